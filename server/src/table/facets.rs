//! Facets of a table page: asks the plugins that count, and makes links of what they answer.

use std::collections::HashMap;

use datasette_plugin_api::{FacetConfig, FacetResult, FacetSource, FacetValue, Json, Map};

use super::page::TablePage;
use crate::app::App;
use crate::error::{Error, Result};
use crate::plugins::FacetQuestion;
use crate::request::Request;
use crate::urls;

/// The facets of a page.
#[derive(Debug, Default)]
pub(crate) struct Facets {
    /// In the order in which they were counted.
    pub(crate) results: Vec<FacetLinks>,
    pub(crate) timed_out: Vec<String>,
}

/// A facet with its links.
#[derive(Debug)]
pub(crate) struct FacetLinks {
    /// The facet's name, made unique by a number.
    pub(crate) key: String,
    pub(crate) facet: FacetResult,
    /// Path of this page without the facet.
    pub(crate) toggle_url: String,
    /// For each value: absolute URL of this page with it chosen, or not any longer.
    pub(crate) value_urls: Vec<String>,
}

/// Fails if the request asks for facets and the site doesn't allow it.
pub(crate) fn check_allowed(app: &App, request: &Request) -> Result<()> {
    if !app.settings().allow_facet && request.args.iter().any(|(name, _)| name.starts_with("_facet")) {
        return Err(Error::bad_request("_facet= is not allowed"));
    }
    Ok(())
}

/// The request names a facet, so that data formats carry results without being asked.
pub(crate) fn are_requested(request: &Request) -> bool {
    request.args.iter().any(|(name, _)| name == "_facet" || name.starts_with("_facet_"))
}

fn are_off(request: &Request) -> bool {
    request.args.non_empty("_nofacet").is_some()
        || matches!(request.args.get("_shape"), Some("array" | "object"))
}

/// Counts what the configuration and the request ask for.
pub(crate) fn count(
    app: &App,
    request: &Request,
    page: &TablePage<'_>,
    row_count: Option<i64>,
) -> Result<Facets> {
    let mut facets = Facets::default();
    if are_off(request) {
        return Ok(facets);
    }
    let wanted = wanted(request, page)?;
    if wanted.is_empty() {
        return Ok(facets);
    }
    let sql = page.query.sql_no_order_no_limit();
    let columns = page.table().column_names();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for class in app.plugins.facet_classes() {
        let Some(configs) = wanted.get(class.facet_type()) else { continue };
        let question = question(app, request, page, &sql, &columns, configs, row_count);
        let found = class.facet_results(&question)?;
        for facet in found.results {
            let nth = seen.entry(facet.name.clone()).and_modify(|n| *n += 1).or_insert(1);
            let key = if *nth == 1 { facet.name.clone() } else { format!("{}_{nth}", facet.name) };
            facets.results.push(with_links(app, request, key, facet));
        }
        facets.timed_out.extend(found.timed_out);
    }
    Ok(facets)
}

/// Facets that might be worth a look: name, facts for the JSON, absolute URL of this page with it.
pub(crate) fn suggest(
    app: &App,
    request: &Request,
    page: &TablePage<'_>,
    row_count: Option<i64>,
) -> Result<Vec<(String, Map, String)>> {
    let settings = app.settings();
    let off = !settings.suggest_facets
        || !settings.allow_facet
        || are_off(request)
        || ["_next", "_nosuggest"].iter().any(|name| request.args.non_empty(name).is_some());
    if off {
        return Ok(Vec::new());
    }
    let wanted = wanted(request, page)?;
    let sql = page.query.sql_no_order_no_limit();
    let columns = page.table().column_names();
    let mut suggestions = Vec::new();
    for class in app.plugins.facet_classes() {
        let configs = wanted.get(class.facet_type()).map_or(&[][..], Vec::as_slice);
        let question = question(app, request, page, &sql, &columns, configs, row_count);
        for suggested in class.suggest(&question)? {
            let (name, value) = &suggested.arg;
            let path = urls::with_added(request, &app.site_path(request), &[(name, value)]);
            suggestions.push((suggested.name, suggested.extra, app.absolute_url(request, &path)));
        }
    }
    Ok(suggestions)
}

fn question<'a>(
    app: &App,
    request: &'a Request,
    page: &'a TablePage<'_>,
    sql: &'a str,
    columns: &'a [String],
    configs: &'a [FacetConfig],
    row_count: Option<i64>,
) -> FacetQuestion<'a> {
    FacetQuestion {
        request,
        database: &page.place.database.name,
        table: Some(&page.table().name),
        sql,
        params: &page.query.params,
        configs,
        facet_size: facet_size(app, request, page),
        row_count,
        columns,
        time_limit_ms: app.settings().facet_time_limit_ms,
        suggest_time_limit_ms: app.settings().facet_suggest_time_limit_ms,
    }
}

/// `_facet_size`, else the table's, else the site's; never more than `max_returned_rows`.
fn facet_size(app: &App, request: &Request, page: &TablePage<'_>) -> usize {
    let settings = app.settings();
    let max = settings.max_returned_rows;
    let asked = request
        .args
        .get("_facet_size")
        .and_then(|text| if text == "max" { Some(max) } else { text.parse().ok() });
    let configured = || page.place.config.facet_size.map(|size| size.limit(max));
    let size = asked.or_else(configured).unwrap_or(settings.default_facet_size).min(max);
    usize::try_from(size).unwrap_or(usize::MAX)
}

/// Configurations by facet type: the table's first, then the request's.
fn wanted(request: &Request, page: &TablePage<'_>) -> Result<HashMap<String, Vec<FacetConfig>>> {
    let mut wanted: HashMap<String, Vec<FacetConfig>> = HashMap::new();
    for config in &page.place.config.facets {
        match config {
            Json::String(column) => {
                let config = FacetConfig::column(column.clone(), FacetSource::Metadata);
                wanted.entry("column".to_owned()).or_default().push(config);
            }
            Json::Object(object) => {
                for (kind, config) in object {
                    wanted
                        .entry(kind.clone())
                        .or_default()
                        .push(FacetConfig::new(config.clone(), FacetSource::Metadata));
                }
            }
            _ => {}
        }
    }
    for (name, value) in request.args.iter() {
        let kind = match name.strip_prefix("_facet") {
            Some("") => "column",
            Some(rest) => match rest.strip_prefix('_') {
                Some("size") | None => continue,
                Some(kind) => kind,
            },
            None => continue,
        };
        let config = if value.starts_with('{') {
            let parsed = serde_json::from_str(value)
                .map_err(|error| Error::bad_request(format!("{name} is not valid JSON: {error}")))?;
            FacetConfig::new(parsed, FacetSource::Request)
        } else {
            FacetConfig::column(value, FacetSource::Request)
        };
        wanted.entry(kind.to_owned()).or_default().push(config);
    }
    Ok(wanted)
}

fn with_links(app: &App, request: &Request, key: String, facet: FacetResult) -> FacetLinks {
    let path = app.site_path(request);
    let (name, value) = &facet.toggle_arg;
    let toggle_url = urls::without_pairs(request, &path, &[(name, value)]);
    let value_url = |choice: &FacetValue| {
        let pair = (choice.toggle.0.as_str(), choice.toggle.1.as_str());
        let toggled = if choice.selected {
            // Chosen under either spelling of "equals".
            let exact = format!("{}__exact", pair.0);
            let plain = pair.0.strip_suffix("__exact").unwrap_or(pair.0);
            urls::without_pairs(request, &path, &[pair, (&exact, pair.1), (plain, pair.1)])
        } else {
            urls::with_added(request, &path, &[pair])
        };
        app.absolute_url(request, &toggled)
    };
    let value_urls = facet.values.iter().map(value_url).collect();
    FacetLinks { key, facet, toggle_url, value_urls }
}

impl FacetLinks {
    pub(crate) fn to_json(&self) -> Json {
        let mut object = Map::new();
        let value = |(value, url): (&FacetValue, &String)| {
            let mut object = Map::new();
            object.insert("value".to_owned(), value.value.clone());
            object.insert("label".to_owned(), value.label.clone());
            object.insert("count".to_owned(), value.count.into());
            object.insert("toggle_url".to_owned(), url.clone().into());
            object.insert("selected".to_owned(), value.selected.into());
            Json::Object(object)
        };
        let results: Vec<Json> = self.facet.values.iter().zip(&self.value_urls).map(value).collect();
        object.insert("name".to_owned(), self.facet.name.clone().into());
        object.insert("type".to_owned(), self.facet.facet_type.clone().into());
        object.insert("hideable".to_owned(), self.facet.hideable.into());
        object.insert("toggle_url".to_owned(), self.toggle_url.clone().into());
        object.insert("results".to_owned(), results.into());
        object.insert("truncated".to_owned(), self.facet.truncated.into());
        Json::Object(object)
    }
}

impl Facets {
    pub(crate) fn to_json(&self) -> Json {
        let results: Map = self.results.iter().map(|facet| (facet.key.clone(), facet.to_json())).collect();
        let mut object = Map::new();
        object.insert("results".to_owned(), Json::Object(results));
        object.insert("timed_out".to_owned(), self.timed_out.clone().into());
        Json::Object(object)
    }

    /// The table's configured facets in their order, then the others, most values first.
    pub(crate) fn sorted(&self, page: &TablePage<'_>) -> Vec<&FacetLinks> {
        let configured: Vec<&str> = page.place.config.facets.iter().filter_map(config_name).collect();
        let place = |facet: &FacetLinks| configured.iter().position(|name| *name == facet.facet.name);
        let (mut first, mut rest): (Vec<_>, Vec<_>) =
            self.results.iter().partition(|facet| place(facet).is_some());
        first.sort_by_key(|facet| place(facet));
        rest.sort_by(|a, b| {
            (b.facet.values.len(), &b.facet.name).cmp(&(a.facet.values.len(), &a.facet.name))
        });
        first.into_iter().chain(rest).collect()
    }
}

fn config_name(config: &Json) -> Option<&str> {
    match config {
        Json::String(name) => Some(name),
        Json::Object(object) => object.values().next()?.as_str(),
        _ => None,
    }
}
