//! What plugins register at start: routes, formats, facets, types of columns, tokens, parameters, events.

use std::cell::Cell;
use std::collections::HashMap;

use datasette_plugin_api::server::{Hook, RemotePlugin};
use datasette_plugin_api::{
    self as api, Action, ColumnCell, ColumnType, CreateToken, EventType, FacetClass, FacetResults, Html,
    Json, JsonText, MagicParameter, OutputRenderer, Request as View, Route, Sent, SuggestedFacet,
    TokenHandler, Value,
};
use percent_encoding::percent_decode_str;
use regex::Regex;

use super::bodies::returned;
use super::glue::failure;
use super::questions::{CellQuestion, ColumnTypeInUse, FacetQuestion, LazyData, RenderQuestion};
use super::{LoadError, Plugins};
use crate::error::{Error, Result};
use crate::request::{Actor, Request};
use crate::response::Response;

/// Everything that plugins registered, each with the name of its plugin.
pub(super) struct Registered {
    pub(super) actions: Vec<(String, Action)>,
    routes: Vec<(String, Regex, Route)>,
    renderers: Vec<(String, Box<dyn OutputRenderer>)>,
    facets: Vec<RegisteredFacets>,
    column_types: Vec<RegisteredColumnType>,
    tokens: Vec<(String, Box<dyn TokenHandler>)>,
    magic: Vec<(String, MagicParameter)>,
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
            actions: gather(plugins, Hook::RegisterActions, RemotePlugin::register_actions)?,
            routes: Vec::new(),
            renderers: gather(plugins, Hook::RegisterOutputRenderer, RemotePlugin::register_output_renderer)?,
            facets: facets.into_iter().map(|(plugin, class)| RegisteredFacets { plugin, class }).collect(),
            column_types: column_types
                .into_iter()
                .map(|(plugin, column_type)| RegisteredColumnType { plugin, column_type })
                .collect(),
            tokens: gather(plugins, Hook::RegisterTokenHandler, RemotePlugin::register_token_handler)?,
            magic: gather(plugins, Hook::RegisterMagicParameters, RemotePlugin::register_magic_parameters)?,
            events: gather(plugins, Hook::RegisterEvents, RemotePlugin::register_events)?,
        };
        for (plugin, route) in gather(plugins, Hook::RegisterRoutes, RemotePlugin::register_routes)? {
            let pattern = Regex::new(&route.pattern).map_err(|error| {
                LoadError::new(format!(
                    "plugin {plugin}: the route {:?} is no regular expression: {error}",
                    route.pattern
                ))
            })?;
            collected.routes.push((plugin, pattern, route));
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

    /// How a cell of a column with that type looks; an error goes to the log.
    pub(super) fn render_cell(&self, given: &ColumnTypeInUse, question: &CellQuestion<'_>) -> Option<Html> {
        let registered = self.column_types.iter().find(|registered| registered.name() == given.name)?;
        let config = JsonText::new(given.config_text());
        let cell =
            ColumnCell::new(question.value, question.column, question.table, question.database, config);
        registered.column_type.render_cell(&cell).unwrap_or_else(|error| {
            tracing::error!(plugin = registered.plugin, column_type = given.name, "{}", error.message);
            None
        })
    }
}

/// What all plugins register, each with the plugin's name; an error ends the start.
fn gather<T>(
    plugins: &Plugins,
    hook: Hook,
    call: impl Fn(&RemotePlugin) -> Option<api::Result<Vec<T>>>,
) -> Result<Vec<(String, T)>, LoadError> {
    let mut all = Vec::new();
    for plugin in plugins.with_hook(hook) {
        let list = plugin.counted(hook, &Cell::default(), || call(&plugin.remote));
        let list = list.transpose().map_err(|error| LoadError::of(&plugin.name, &error))?;
        all.extend(list.into_iter().flatten().map(|it| (plugin.name.clone(), it)));
    }
    Ok(all)
}

/// A way of counting rows.
pub(crate) struct RegisteredFacets {
    plugin: String,
    class: Box<dyn FacetClass>,
}

impl RegisteredFacets {
    pub(crate) fn facet_type(&self) -> &str {
        self.class.facet_type()
    }

    pub(crate) fn suggest(&self, question: &FacetQuestion<'_>) -> Result<Vec<SuggestedFacet>> {
        let answer = self.class.suggest(&question.view());
        answer.map_err(|error| failure(&self.plugin, Hook::RegisterFacetClasses, error))
    }

    pub(crate) fn facet_results(&self, question: &FacetQuestion<'_>) -> Result<FacetResults> {
        let answer = self.class.facet_results(&question.view());
        answer.map_err(|error| failure(&self.plugin, Hook::RegisterFacetClasses, error))
    }
}

/// A meaning of columns.
pub(crate) struct RegisteredColumnType {
    plugin: String,
    column_type: Box<dyn ColumnType>,
}

impl RegisteredColumnType {
    pub(crate) fn name(&self) -> &str {
        self.column_type.name()
    }

    pub(crate) fn description(&self) -> &str {
        self.column_type.description()
    }

    /// The SQLite types it fits; none means all.
    pub(crate) fn sqlite_types(&self) -> &[&str] {
        self.column_type.sqlite_types()
    }

    /// What is wrong with a value.
    pub(crate) fn validate(&self, value: &Json, config: &Json) -> Result<Option<String>> {
        let answer = self.column_type.validate(value, config);
        answer.map_err(|error| failure(&self.plugin, Hook::RegisterColumnTypes, error))
    }

    /// What the value looks like in JSON, if not as it is.
    pub(crate) fn transform_value(&self, value: &Json, config: &Json) -> Result<Option<Json>> {
        let answer = self.column_type.transform_value(value, config);
        answer.map_err(|error| failure(&self.plugin, Hook::RegisterColumnTypes, error))
    }
}

/// The plugin, what its pattern found in the path, and its route.
type RouteFound<'a> = (&'a str, Vec<(String, String)>, &'a Route);

impl Plugins {
    /// The answer of the first plugin that has a page at the request's path.
    pub(crate) fn answer_route(&self, request: &Request) -> Option<Result<Response>> {
        let (plugin, url_vars, route) = self.route(request)?;
        let mut request = request.clone();
        request.url_vars.extend(url_vars);
        let answer = (route.handler)(&View::over(&request));
        let answer = answer.map(|answer| returned(plugin, answer));
        Some(answer.map_err(|error| failure(plugin, Hook::RegisterRoutes, error)))
    }

    /// Whether a plugin has a page there that takes large bodies.
    pub(crate) fn takes_files(&self, request: &Request) -> bool {
        self.route(request).is_some_and(|(_, _, route)| route.admit.is_some())
    }

    /// Fails unless the plugin that takes large bodies there wants this one.
    pub(crate) fn admit_files(&self, request: &Request) -> Result<()> {
        let Some((plugin, url_vars, route)) = self.route(request) else { return Err(Error::NoSuchPage) };
        let Some(admit) = &route.admit else { return Ok(()) };
        let mut request = request.clone();
        request.url_vars.extend(url_vars);
        admit(&View::over(&request)).map_err(|error| failure(plugin, Hook::RegisterRoutes, error))
    }

    /// The first route that matches, with what it found in the path.
    fn route(&self, request: &Request) -> Option<RouteFound<'_>> {
        let mut routes = self.registered().routes.iter();
        routes.find_map(|(plugin, pattern, route)| {
            Some((plugin.as_str(), url_vars(pattern, &request.path)?, route))
        })
    }

    /// Whether a plugin knows the format.
    pub(crate) fn has_renderer(&self, format: &str) -> bool {
        self.renderer(format).is_some()
    }

    fn renderer(&self, format: &str) -> Option<&(String, Box<dyn OutputRenderer>)> {
        self.registered().renderers.iter().find(|(_, renderer)| renderer.extension() == format)
    }

    /// The formats that plugins offer for these rows. One that fails to say is not offered.
    pub(crate) fn renderers_for(&self, question: &RenderQuestion<'_>) -> Vec<String> {
        let registered = &self.registered().renderers;
        if registered.is_empty() {
            return Vec::new();
        }
        let page = question.can_render();
        let offered = registered.iter().filter(|(plugin, renderer)| {
            renderer.can_render(&page).unwrap_or_else(|error| {
                tracing::error!(plugin, renderer = renderer.extension(), "{}", error.message);
                false
            })
        });
        offered.map(|(_, renderer)| renderer.extension().to_owned()).collect()
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
        let (plugin, renderer) = self.renderer(format).ok_or_else(unknown)?;
        let data = LazyData { rows: question.rows, rest: data };
        let answer = renderer.render(&question.render(truncated, error, &data));
        let answer = answer.map_err(|error| failure(plugin, Hook::RegisterOutputRenderer, error))?;
        let answer = answer.map(|answer| returned(plugin, answer));
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
        let found = self.registered().tokens.iter().find(|(_, known)| fits(known.name()));
        let (plugin, known) = found.ok_or_else(|| match handler {
            Some(name) => Error::bad_request(format!("Token handler {name:?} not found")),
            None => Error::bad_request("No token handlers are registered"),
        })?;
        let token = CreateToken::new(actor_id, expires_after, Sent::new(restrictions.clone()));
        known.create(&token).map_err(|error| failure(plugin, Hook::RegisterTokenHandler, error))
    }

    /// Whose token it is. `Unauthorized` if it is of a known kind and not valid.
    pub(crate) fn verify_token(&self, token: &str) -> Result<Option<Actor>> {
        for (plugin, handler) in &self.registered().tokens {
            let verified = handler.verify(token);
            if let Some(actor) =
                verified.map_err(|error| failure(plugin, Hook::RegisterTokenHandler, error))?
            {
                return Ok(Some(actor));
            }
        }
        Ok(None)
    }

    /// The value of a parameter that a plugin fills in.
    pub(crate) fn magic_value(&self, parameter: &str, request: &Request) -> Option<Result<Value>> {
        let (plugin, magic, key) = self.magic(parameter)?;
        let value = (magic.value)(key, &View::over(request));
        Some(value.map_err(|error| failure(plugin, Hook::RegisterMagicParameters, error)))
    }

    pub(super) fn magic<'a>(&'a self, parameter: &'a str) -> Option<(&'a str, &'a MagicParameter, &'a str)> {
        let (prefix, key) = parameter.strip_prefix('_')?.split_once('_')?;
        let (plugin, magic) = self.registered().magic.iter().find(|(_, magic)| magic.prefix == prefix)?;
        Some((plugin, magic, key))
    }

    /// Kinds of events, with the plugin that knows them.
    pub(crate) fn event_types(&self) -> &[(String, EventType)] {
        &self.registered().events
    }
}

/// What the named groups of the pattern matched, decoded; `None` if it does not match from the start.
fn url_vars(pattern: &Regex, path: &str) -> Option<Vec<(String, String)>> {
    let found =
        pattern.captures(path).filter(|found| found.get(0).is_some_and(|whole| whole.start() == 0))?;
    let named = pattern.capture_names().flatten();
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Some(named.filter_map(|name| Some((name.to_owned(), decoded(found.name(name)?.as_str())))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, path: &str, expected: Option<&[(&str, &str)]>) {
        let found = url_vars(&Regex::new(pattern).unwrap(), path);
        let found =
            found.as_ref().map(|vars| vars.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>());
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn routes_match_from_the_start_of_the_path() {
        check("/-/hello$", "/-/hello", Some(&[]));
        check("/-/hello$", "/x/-/hello", None);
        check("^/-/map/(?P<place>[^/]+)$", "/-/map/S%C3%A3o", Some(&[("place", "São")]));
    }

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
