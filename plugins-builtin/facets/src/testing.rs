//! A page for tests.

use datasette_plugin_api::testing::{FakeHost, FakeRequest, Harness};
use datasette_plugin_api::*;

use crate::Facets;

/// A table page with columns `state`, `_city`, `tags`, `created`.
pub(crate) struct Page {
    request: FakeRequest,
    columns: Vec<String>,
    configs: Vec<FacetConfig>,
    size: usize,
}

type Asked = Vec<(String, Json)>;

impl Page {
    pub(crate) fn new(target: &str) -> Self {
        let columns = ["state", "_city", "tags", "created"].map(str::to_owned).to_vec();
        Self { request: FakeRequest::get(target), columns, configs: Vec::new(), size: 2 }
    }

    pub(crate) fn column(self, name: &str) -> Self {
        self.config(FacetConfig::column(name, FacetSource::Request))
    }

    pub(crate) fn config(mut self, config: FacetConfig) -> Self {
        self.configs.push(config);
        self
    }

    pub(crate) fn size(mut self, size: usize) -> Self {
        self.size = size;
        self
    }

    pub(crate) fn wide(mut self, columns: usize) -> Self {
        self.columns = (0..columns).map(|n| format!("c{n}")).collect();
        self
    }

    /// What the class at that place counts, and what it asked the server.
    pub(crate) fn results(self, class: usize, host: FakeHost) -> (Result<FacetResults>, Asked) {
        self.ask(class, host, |class, context| class.facet_results(context))
    }

    /// What the class at that place suggests, and what it asked the server.
    pub(crate) fn suggest(self, class: usize, host: FakeHost) -> (Result<Vec<SuggestedFacet>>, Asked) {
        self.ask(class, host, |class, context| class.suggest(context))
    }

    fn ask<T>(
        self,
        class: usize,
        host: FakeHost,
        ask: impl Fn(&dyn FacetClass, &FacetContext<'_>) -> T,
    ) -> (T, Asked) {
        let plugin = Harness::<Facets>::with(host);
        let classes = plugin.register_facet_classes().unwrap().unwrap();
        let context = FacetContext::new(
            self.request.view(),
            "db",
            Some("t"),
            "select * from t",
            Vec::new().into(),
            self.configs.into(),
            self.size,
            None,
            Names::new(&self.columns),
            200,
            50,
        );
        let answer = ask(&*classes[class], &context);
        (answer, plugin.asked())
    }
}

/// What a query returns.
pub(crate) fn rows(rows: &[Json]) -> Json {
    json!({"columns": ["value", "count"], "rows": rows})
}
