//! `/-/queries` and `/{database}/-/queries`: the saved queries that a visitor may see.

use datasette_plugin_api::{Json, json};

use crate::app::App;
use crate::error::{Error, Result};
use crate::internal::{QueryFilter, QueryPage, StoredQuery};
use crate::permissions::Checker;
use crate::render::contexts::{Base, Link, ListedQuery, NameValue, QueryFacet, QueryFacetItem, QueryListContext};
use crate::render::escape::css_class;
use crate::render::json::to_vec;
use crate::render::page::{self, PageKind};
use crate::request::{Args, Request};
use crate::response::Response;
use crate::sqlite::Database;
use crate::urls;
use crate::writing::{self, refuse};

/// Filters that may stand in the query string, besides those of the list itself.
const FILTERS: &[&str] = &["q", "is_write", "is_private", "source", "owner_id"];

pub(crate) fn list(
    app: &App,
    request: &Request,
    database: Option<&Database>,
    format: Option<&str>,
) -> Result<Response> {
    if !matches!(format, None | Some("json")) {
        return Err(Error::not_found("Page not found"));
    }
    let default = if format.is_none() { 20 } else { 50 };
    let wanted = size(request, default, app.max_returned_rows())
        .and_then(|size| Ok((size, flag(request, "is_write")?, flag(request, "is_private")?)));
    let (size, is_write, is_private) = match wanted {
        Ok(wanted) => wanted,
        Err(message) => return writing::api(Err(refuse(400, message))),
    };
    let filter = QueryFilter {
        database: database.map(|database| database.name.as_str()),
        q: request.args.non_empty("q"),
        is_write,
        is_private,
        source: request.args.non_empty("source"),
        owner_id: request.args.non_empty("owner_id"),
        ..QueryFilter::default()
    };
    let visible = Visible::new(app, request)?;
    let next = request.args.get("_next");
    let page = app.internal.list_queries(filter, size, next, |database, name| visible.verdict(database, name))?;
    let path = match database {
        Some(database) => format!("{}/-/queries", app.urls.database(&database.route)),
        None => app.urls.path("-/queries"),
    };
    let list = List { app, request, database, filter, page, path, visible };
    match format {
        None => list.as_html(),
        Some(_) => list.as_json(),
    }
}

fn size(request: &Request, default: usize, most: usize) -> std::result::Result<usize, String> {
    match request.args.get("_size") {
        None | Some("") => Ok(default),
        Some("max") => Ok(most),
        Some(size) => match size.trim().parse::<usize>() {
            Ok(size) if size <= most => Ok(size),
            Ok(_) => Err(format!("_size must be <= {most}")),
            Err(_) => Err("_size must be a positive integer".to_owned()),
        },
    }
}

fn flag(request: &Request, name: &str) -> std::result::Result<Option<bool>, String> {
    match request.args.get(name).map(str::to_lowercase).as_deref() {
        None | Some("") => Ok(None),
        Some("1" | "true" | "t" | "yes" | "on") => Ok(Some(true)),
        Some("0" | "false" | "f" | "no" | "off") => Ok(Some(false)),
        Some(_) => Err(format!("{name} must be 0 or 1")),
    }
}

/// Which queries the visitor may see, and which of them anonymous visitors may not.
struct Visible<'a> {
    own: Checker<'a>,
    anonymous: Checker<'a>,
}

impl<'a> Visible<'a> {
    fn new(app: &'a App, request: &'a Request) -> Result<Self> {
        let own = app.permissions.checker(request, "view-query")?;
        let anonymous = app.permissions.checker(None::<&datasette_plugin_api::Actor>, "view-query")?;
        Ok(Self { own, anonymous })
    }

    fn verdict(&self, database: &str, name: &str) -> Result<Option<bool>> {
        if !self.own.allows(Some(database), Some(name))? {
            return Ok(None);
        }
        Ok(Some(!self.anonymous.allows(Some(database), Some(name))?))
    }
}

struct List<'a> {
    app: &'a App,
    request: &'a Request,
    database: Option<&'a Database>,
    filter: QueryFilter<'a>,
    page: QueryPage,
    path: String,
    visible: Visible<'a>,
}

impl List<'_> {
    fn next_url(&self) -> Option<String> {
        let next = self.page.next.as_deref()?;
        let kept = self.request.args.iter().filter(|(key, _)| *key != "_next");
        let query = urls::encode_query(kept.chain([("_next", next)]));
        Some(self.app.absolute_url(self.request, &format!("{}?{query}", self.app.site_path(self.request))))
    }

    fn any(&self, is: fn(&StoredQuery) -> bool) -> bool {
        self.page.queries.iter().any(is)
    }

    fn facets(&self) -> Result<Vec<QueryFacet>> {
        let facet = |title: &str, field: Field, labels: [&str; 2]| -> Result<QueryFacet> {
            let mut items = Vec::new();
            for (label, value) in labels.into_iter().zip([false, true]) {
                items.extend(self.facet_item(label, field, value)?);
            }
            Ok(QueryFacet { title: title.to_owned(), items })
        };
        Ok(vec![
            facet("Mode", Field::IsWrite, ["Read-only", "Writable"])?,
            facet("Visibility", Field::IsPrivate, ["Not private", "Private"])?,
        ])
    }

    fn facet_item(&self, label: &str, field: Field, value: bool) -> Result<Option<QueryFacetItem>> {
        let current = field.of(&self.filter);
        let active = current == Some(value);
        let count = if current.is_some_and(|current| current != value) {
            0
        } else {
            let filter = field.with(self.filter, value);
            self.app.internal.count_queries(filter, |database, name| self.visible.verdict(database, name))?
        };
        if !active && count == 0 {
            return Ok(None);
        }
        let value = if value { "1" } else { "0" };
        let href = if active { self.url(field.name(), None) } else { self.url(field.name(), Some(value)) };
        Ok(Some(QueryFacetItem { label: label.to_owned(), count, href: Some(href), active }))
    }

    /// This list with another value of a filter, from its first page.
    fn url(&self, name: &str, value: Option<&str>) -> String {
        // Not `request.args`: blank values stay as they are.
        let args = Args::parse(&self.request.query_string);
        let kept = args.iter().filter(|(key, _)| *key != name && *key != "_next");
        let query = urls::encode_query(kept.chain(value.map(|value| (name, value))));
        crate::request::with_query(&self.path, &query)
    }

    fn as_json(&self) -> Result<Response> {
        let item = |item: QueryFacetItem| {
            json!({"label": item.label, "count": item.count, "href": item.href, "active": item.active})
        };
        let facets = self.facets()?.into_iter().map(|facet| {
            json!({"title": facet.title, "items": facet.items.into_iter().map(item).collect::<Json>()})
        });
        let filters = FILTERS.iter().map(|name| {
            ((*name).to_owned(), Json::from(self.request.args.get(name).unwrap_or_default()))
        });
        let queries = self.page.queries.iter().map(|query| Json::Object(query.to_json()));
        let body = json!({
            "ok": true,
            "database": self.database.map(|database| database.name.as_str()),
            "database_color": self.database.map(Database::color),
            "queries": queries.collect::<Json>(),
            "next": self.page.next,
            "next_url": self.next_url(),
            "limit": self.page.limit,
            "show_private_note": self.any(|query| query.is_private),
            "show_trusted_note": self.any(|query| query.is_trusted),
            "query_list_path": self.path,
            "show_database": self.database.is_none(),
            "facets": facets.collect::<Json>(),
            "filters": Json::Object(filters.collect()),
        });
        Ok(Response::json(to_vec(&body)))
    }

    fn as_html(&self) -> Result<Response> {
        let name = self.database.map(|database| database.name.as_str());
        let chosen = page::choose(self.app, &["query_list.html".to_owned()])?;
        let kind = PageKind { database: name, ..PageKind::of("query-list") };
        let crumbs = page::crumbs(self.app, self.request, name, None)?;
        let hidden = FILTERS.iter().filter(|name| **name != "q").filter_map(|name| {
            Some(NameValue::new(*name, self.request.args.non_empty(name)?))
        });
        let facets = self.facets()?;
        let alternate = page::alternate_json(self.app, self.request);
        let response = page::respond(self.app, self.request, &chosen, kind, crumbs, |base| QueryListContext {
            base: Base { alternate_url_json: Some(alternate.clone()), ..base },
            title: name.map_or_else(|| "queries".to_owned(), |name| format!("{name}: queries")),
            database: name.map(str::to_owned),
            database_class: name.map(css_class),
            database_color: self.database.map_or_else(|| "666".to_owned(), Database::color),
            query_list_path: self.path.clone(),
            q: self.request.args.get("q").unwrap_or_default().to_owned(),
            hidden_args: hidden.collect(),
            facets,
            queries: self.page.queries.iter().map(|query| self.listed(query)).collect(),
            next_url: self.next_url(),
            show_private_note: self.any(|query| query.is_private),
            show_trusted_note: self.any(|query| query.is_trusted),
        })?;
        Ok(page::with_alternate(response, &alternate))
    }

    fn listed(&self, query: &StoredQuery) -> ListedQuery {
        let found = self.app.database_named(&query.database);
        let route = found.map_or_else(|| query.database.clone(), |database| database.route.clone());
        let url = self.app.urls.table(&route, &query.name);
        let fragment = query.fragment.as_deref().filter(|fragment| !fragment.is_empty());
        ListedQuery {
            url: fragment.map_or_else(|| url.clone(), |fragment| format!("{url}#{fragment}")),
            label: query.title.clone().filter(|title| !title.is_empty()).unwrap_or_else(|| query.name.clone()),
            name: query.name.clone(),
            database: self.database.is_none().then(|| Link::new(self.app.urls.database(&route), query.database.clone())),
            description: query.description.clone(),
            is_write: query.is_write,
            is_private: query.is_private,
            is_trusted: query.is_trusted,
            source: query.source.clone(),
            owner_id: query.owner_id.clone(),
        }
    }
}

/// A filter with two values.
#[derive(Clone, Copy)]
enum Field {
    IsWrite,
    IsPrivate,
}

impl Field {
    fn name(self) -> &'static str {
        match self {
            Self::IsWrite => "is_write",
            Self::IsPrivate => "is_private",
        }
    }

    fn of(self, filter: &QueryFilter<'_>) -> Option<bool> {
        match self {
            Self::IsWrite => filter.is_write,
            Self::IsPrivate => filter.is_private,
        }
    }

    fn with(self, filter: QueryFilter<'_>, value: bool) -> QueryFilter<'_> {
        match self {
            Self::IsWrite => QueryFilter { is_write: Some(value), ..filter },
            Self::IsPrivate => QueryFilter { is_private: Some(value), ..filter },
        }
    }
}
