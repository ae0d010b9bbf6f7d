//! What plugins register at start: routes, formats, facets, types of columns, tokens, parameters, events.

use std::cell::Cell;
use std::collections::HashMap;

use datasette_plugin_api::server::{Hook, RemotePlugin};
use datasette_plugin_api::{
    self as api, Action, ColumnCell, ColumnType, CreateToken, EventType, FacetClass, FacetResults, Html,
    Json, MagicParameter, OutputRenderer, Request as View, Route, Sent, SuggestedFacet, TokenHandler, Value,
};

use super::bodies::returned;
use super::owned::Owned;
use super::pattern::Pattern;
use super::questions::{FacetQuestion, LazyData, RenderQuestion};
use super::stats::within;
use super::{LoadError, Plugins};
use crate::error::{Error, Result};
use crate::request::{Actor, Request};
use crate::response::Response;

/// Everything that plugins registered, each with the name of its plugin.
pub(super) struct Registered {
    pub(super) actions: Vec<(String, Action)>,
    routes: Vec<(Pattern, Owned<Route>)>,
    renderers: Vec<Owned<Box<dyn OutputRenderer>>>,
    facets: Vec<RegisteredFacets>,
    column_types: Vec<RegisteredColumnType>,
    tokens: Vec<Owned<Box<dyn TokenHandler>>>,
    magic: Vec<Owned<MagicParameter>>,
    events: Vec<(String, EventType)>,
}

impl Registered {
    pub(super) const fn nothing() -> Self {
        Self {
            actions: Vec::new(),
            routes: Vec::new(),
            renderers: Vec::new(),
            facets: Vec::new(),
            column_types: Vec::new(),
            tokens: Vec::new(),
            magic: Vec::new(),
            events: Vec::new(),
        }
    }

    pub(super) fn collect(plugins: &Plugins) -> Result<Self, LoadError> {
        let facets = gather(plugins, Hook::RegisterFacetClasses, RemotePlugin::register_facet_classes)?;
        let column_types = gather(plugins, Hook::RegisterColumnTypes, RemotePlugin::register_column_types)?;
        let mut collected = Self {
            actions: named(gather(plugins, Hook::RegisterActions, RemotePlugin::register_actions)?),
            routes: Vec::new(),
            renderers: gather(plugins, Hook::RegisterOutputRenderer, RemotePlugin::register_output_renderer)?,
            facets: facets.into_iter().map(RegisteredFacets).collect(),
            column_types: column_types.into_iter().map(RegisteredColumnType).collect(),
            tokens: gather(plugins, Hook::RegisterTokenHandler, RemotePlugin::register_token_handler)?,
            magic: gather(plugins, Hook::RegisterMagicParameters, RemotePlugin::register_magic_parameters)?,
            events: named(gather(plugins, Hook::RegisterEvents, RemotePlugin::register_events)?),
        };
        for route in gather(plugins, Hook::RegisterRoutes, RemotePlugin::register_routes)? {
            let text = &route.it.pattern;
            let pattern = Pattern::new(text).map_err(|error| {
                LoadError::new(format!(
                    "plugin {}: the route {text:?} is no regular expression: {error}",
                    route.plugin
                ))
            })?;
            collected.routes.push((pattern, route));
        }
        collected.check_actions()?;
        collected.check_column_types()?;
        Ok(collected)
    }

    /// The same action may be registered twice, as long as it is the same.
    fn check_actions(&mut self) -> Result<(), LoadError> {
        let mut names: HashMap<&str, &Action> = HashMap::new();
        let mut abbrs: HashMap<&str, &Action> = HashMap::new();
        for (_, action) in &self.actions {
            if names.insert(&action.name, action).is_some_and(|other| other != action) {
                return Err(LoadError::new(format!("Duplicate action name: {}", action.name)));
            }
            if let Some(abbr) = &action.abbr
                && abbrs.insert(abbr, action).is_some_and(|other| other != action)
            {
                return Err(LoadError::new(format!("Duplicate action abbr: {abbr}")));
            }
        }
        let mut seen = std::collections::HashSet::new();
        self.actions.retain(|(_, action)| seen.insert(action.name.clone()));
        Ok(())
    }

    fn check_column_types(&self) -> Result<(), LoadError> {
        let mut seen = std::collections::HashSet::new();
        let names = self.column_types.iter().map(RegisteredColumnType::name);
        match names.into_iter().find(|name| !seen.insert(*name)) {
            Some(name) => Err(LoadError::new(format!("Duplicate column type name: {name}"))),
            None => Ok(()),
        }
    }

    /// The type of that name.
    pub(super) fn column_type(&self, name: &str) -> Option<&RegisteredColumnType> {
        self.column_types.iter().find(|registered| registered.name() == name)
    }
}

/// What all plugins register; an error ends the start.
fn gather<T>(
    plugins: &Plugins,
    hook: Hook,
    call: impl Fn(&RemotePlugin) -> Option<api::Result<Vec<T>>>,
) -> Result<Vec<Owned<T>>, LoadError> {
    let mut all = Vec::new();
    for plugin in plugins.with_hook(hook) {
        // Types of columns are asked about cells, of which few are timed.
        let list = if hook == Hook::RegisterColumnTypes {
            call(&plugin.remote).inspect(|list| plugin.called_untimed(hook, list.is_err()))
        } else {
            plugin.counted(hook, &Cell::default(), || call(&plugin.remote))
        };
        let list = list.transpose().map_err(|error| LoadError::of(&plugin.name, &error))?;
        let owned = |it| Owned::new(&plugin.name, hook, &plugin.counts, it);
        all.extend(list.into_iter().flatten().map(owned));
    }
    Ok(all)
}

/// What is not called, with its plugin's name.
fn named<T>(all: Vec<Owned<T>>) -> Vec<(String, T)> {
    all.into_iter().map(|owned| (owned.plugin, owned.it)).collect()
}

/// A way of counting rows.
pub(crate) struct RegisteredFacets(Owned<Box<dyn FacetClass>>);

impl RegisteredFacets {
    pub(crate) fn facet_type(&self) -> &str {
        self.0.it.facet_type()
    }

    pub(crate) fn suggest(&self, question: &FacetQuestion<'_>) -> Result<Vec<SuggestedFacet>> {
        self.0.ask(|class| class.suggest(&question.view()))
    }

    pub(crate) fn facet_results(&self, question: &FacetQuestion<'_>) -> Result<FacetResults> {
        self.0.ask(|class| class.facet_results(&question.view()))
    }
}

/// A meaning of columns.
pub(crate) struct RegisteredColumnType(Owned<Box<dyn ColumnType>>);

impl RegisteredColumnType {
    pub(crate) fn name(&self) -> &str {
        self.0.it.name()
    }

    pub(crate) fn description(&self) -> &str {
        self.0.it.description()
    }

    /// The SQLite types it fits; none means all.
    pub(crate) fn sqlite_types(&self) -> &[&str] {
        self.0.it.sqlite_types()
    }

    /// How a cell looks; an error goes to the log.
    pub(super) fn render_cell(&self, cell: &ColumnCell<'_>) -> Option<Html> {
        self.0.try_ask_for_cell(|column_type| column_type.render_cell(cell)).unwrap_or_else(|error| {
            tracing::error!(plugin = self.0.plugin, column_type = self.name(), "{}", error.message);
            None
        })
    }

    /// What is wrong with a value.
    pub(crate) fn validate(&self, value: &Json, config: &Json) -> Result<Option<String>> {
        self.0.ask_for_cell(|column_type| column_type.validate(value, config))
    }

    /// What the value looks like in JSON, if not as it is.
    pub(crate) fn transform_value(&self, value: &Json, config: &Json) -> Result<Option<Json>> {
        self.0.ask_for_cell(|column_type| column_type.transform_value(value, config))
    }
}

/// A route, and what its pattern found in the path.
type RouteFound<'a> = (&'a Owned<Route>, Vec<(String, String)>);

impl Plugins {
    /// The answer of the first plugin that has a page at the request's path.
    pub(crate) fn answer_route(&self, request: &Request) -> Option<Result<Response>> {
        let (route, url_vars) = self.route(request)?;
        let mut request = request.clone();
        request.url_vars.extend(url_vars);
        let answer = route.ask(|route| (route.handler)(&View::over(&request)));
        Some(answer.map(|answer| returned(&route.plugin, answer)))
    }

    /// Whether a plugin has a page there that takes large bodies.
    pub(crate) fn takes_files(&self, request: &Request) -> bool {
        self.route(request).is_some_and(|(route, _)| route.it.admit.is_some())
    }

    /// Fails unless the plugin that takes large bodies there wants this one.
    pub(crate) fn admit_files(&self, request: &Request) -> Result<()> {
        let Some((route, url_vars)) = self.route(request) else { return Err(Error::NoSuchPage) };
        let Some(admit) = &route.it.admit else { return Ok(()) };
        let mut request = request.clone();
        request.url_vars.extend(url_vars);
        route.ask(|_| admit(&View::over(&request)))
    }

    /// The first route that matches, with what it found in the path.
    fn route(&self, request: &Request) -> Option<RouteFound<'_>> {
        let mut routes = self.registered().routes.iter();
        routes.find_map(|(pattern, route)| Some((route, pattern.vars(&request.path)?)))
    }

    /// Whether a plugin knows the format.
    pub(crate) fn has_renderer(&self, format: &str) -> bool {
        self.renderer(format).is_some()
    }

    fn renderer(&self, format: &str) -> Option<&Owned<Box<dyn OutputRenderer>>> {
        self.registered().renderers.iter().find(|renderer| renderer.it.extension() == format)
    }

    /// The formats that plugins offer for these rows. One that fails to say is not offered.
    pub(crate) fn renderers_for(&self, question: &RenderQuestion<'_>) -> Vec<String> {
        let registered = &self.registered().renderers;
        if registered.is_empty() {
            return Vec::new();
        }
        let page = question.can_render();
        let offered = registered.iter().filter(|renderer| {
            renderer.try_ask(|renderer| renderer.can_render(&page)).unwrap_or_else(|error| {
                let (plugin, extension) = (&renderer.plugin, renderer.it.extension());
                tracing::error!(plugin, renderer = extension, "{}", error.message);
                false
            })
        });
        offered.map(|renderer| renderer.it.extension().to_owned()).collect()
    }

    /// The rows in a plugin's format. `data` is the page's JSON, made if the plugin asks; without `rows`
    /// it gets them.
    pub(crate) fn render_output(
        &self,
        format: &str,
        question: &RenderQuestion<'_>,
        truncated: bool,
        error: Option<&str>,
        data: &dyn Fn() -> Json,
    ) -> Result<Response> {
        let unknown = || Error::not_found(format!("Invalid format: {format}"));
        let renderer = self.renderer(format).ok_or_else(unknown)?;
        let inside = Cell::default();
        let rest = || within(&inside, data);
        let data = LazyData { rows: question.rows, rest: &rest };
        let answer = renderer
            .ask_beside(&inside, |renderer| renderer.render(&question.render(truncated, error, &data)))?;
        let answer = answer.map(|answer| returned(&renderer.plugin, answer));
        answer.ok_or_else(|| Error::not_found("No data"))
    }

    /// Ways of counting rows, in the order in which they are asked.
    pub(crate) fn facet_classes(&self) -> &[RegisteredFacets] {
        &self.registered().facets
    }

    /// Meanings of columns.
    pub(crate) fn column_types(&self) -> &[RegisteredColumnType] {
        &self.registered().column_types
    }

    /// The meaning of that name.
    pub(crate) fn column_type(&self, name: &str) -> Option<&RegisteredColumnType> {
        self.column_types().iter().find(|registered| registered.name() == name)
    }

    /// Makes a token; `restrictions` as they stand in its `_r`, null for none.
    pub(crate) fn create_token(
        &self,
        handler: Option<&str>,
        actor_id: &str,
        expires_after: Option<i64>,
        restrictions: &Json,
    ) -> Result<String> {
        let fits = |name: &str| handler.is_none_or(|wanted| wanted == name);
        let found = self.registered().tokens.iter().find(|known| fits(known.it.name()));
        let known = found.ok_or_else(|| match handler {
            Some(name) => Error::bad_request(format!("Token handler {name:?} not found")),
            None => Error::bad_request("No token handlers are registered"),
        })?;
        let token = CreateToken::new(actor_id, expires_after, Sent::new(restrictions.clone()));
        known.ask(|known| known.create(&token))
    }

    /// Whose token it is. `Unauthorized` if it is of a known kind and not valid.
    pub(crate) fn verify_token(&self, token: &str) -> Result<Option<Actor>> {
        for handler in &self.registered().tokens {
            if let Some(actor) = handler.ask(|handler| handler.verify(token))? {
                return Ok(Some(actor));
            }
        }
        Ok(None)
    }

    /// The value of a parameter that a plugin fills in.
    pub(crate) fn magic_value(&self, parameter: &str, request: &Request) -> Option<Result<Value>> {
        let (magic, key) = self.magic(parameter)?;
        Some(magic.ask(|magic| (magic.value)(key, &View::over(request))))
    }

    pub(super) fn magic<'a>(&'a self, parameter: &'a str) -> Option<(&'a Owned<MagicParameter>, &'a str)> {
        let (prefix, key) = parameter.strip_prefix('_')?.split_once('_')?;
        let magic = self.registered().magic.iter().find(|magic| magic.it.prefix == prefix)?;
        Some((magic, key))
    }

    /// Kinds of events, with the plugin that knows them.
    pub(crate) fn event_types(&self) -> &[(String, EventType)] {
        &self.registered().events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(name: &str, abbr: &str, description: &str) -> (String, Action) {
        ("p".to_owned(), Action::new(name, description, api::ResourceKind::Table).abbr(abbr))
    }

    fn problem(actions: Vec<(String, Action)>) -> Option<String> {
        Registered { actions, ..Registered::nothing() }.check_actions().err().map(|error| error.to_string())
    }

    #[test]
    fn actions_are_unique_or_the_same() {
        assert_eq!(problem(vec![action("a", "x", "A"), action("a", "x", "A")]), None);
        let other = vec![action("a", "x", "A"), action("a", "x", "B")];
        assert_eq!(problem(other).as_deref(), Some("Duplicate action name: a"));
        let abbr = vec![action("a", "x", "A"), action("b", "x", "B")];
        assert_eq!(problem(abbr).as_deref(), Some("Duplicate action abbr: x"));
    }
}
