//! Shows the trace of a page, `?_trace=1`, as a timeline of what ran for it.
//!
//! Hooks: `extra_css_urls`, `extra_js_urls`. Config: none; the setting `trace_debug` has to be on.

use datasette_plugin_api::*;

struct PrettyTraces {
    host: Host,
}

#[hookimpl]
impl Plugin for PrettyTraces {
    const FILES: &'static [EmbeddedFile] = embed!["static/traces.css", "static/traces.js"];

    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn extra_css_urls(&self, page: &PageContext<'_>) -> Result<Vec<Asset>> {
        self.asset(page, "traces.css")
    }

    fn extra_js_urls(&self, page: &PageContext<'_>) -> Result<Vec<Asset>> {
        Ok(self.asset(page, "traces.js")?.into_iter().map(Asset::module).collect())
    }
}

impl PrettyTraces {
    /// Only on pages that have a trace.
    fn asset(&self, page: &PageContext<'_>, file: &str) -> Result<Vec<Asset>> {
        let query = page.request.map_or("", |request| request.query_string());
        if !query.split('&').any(|pair| pair == "_trace=1") || self.host.setting("trace_debug")? != true {
            return Ok(Vec::new());
        }
        Ok(vec![Asset::new(self.host.static_hash(file, Some(self.host.plugin()))?)])
    }
}

export_plugin!(PrettyTraces);

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, FakeRequest, Harness};

    use super::*;

    /// How many assets a page gets.
    fn assets(target: &str, trace_debug: bool) -> (usize, usize) {
        let host =
            FakeHost::new().answer("setting", trace_debug).answer("static_hash", "/s/traces.js?_hash=1");
        let plugin = Harness::<PrettyTraces>::with(host);
        let request = FakeRequest::get(target);
        let page = || PageContext::new(None, None, None, Names::none(), "index", Some(request.view()));
        let css = plugin.extra_css_urls(&page()).unwrap().unwrap();
        let js = plugin.extra_js_urls(&page()).unwrap().unwrap();
        assert!(js.iter().all(|asset| asset.module));
        (css.len(), js.len())
    }

    #[test]
    fn only_pages_with_a_trace_load_anything() {
        assert_eq!(assets("/?a=1&_trace=1", true), (1, 1));
        assert_eq!(assets("/", true), (0, 0));
        assert_eq!(assets("/?_trace=0", true), (0, 0));
        assert_eq!(assets("/?_trace=1", false), (0, 0));
    }
}
