//! `/-/queries` and `/{database}/-/queries`: the stored queries that a visitor may see; and
//! `/{database}/{query}/-/definition`, all that is known about one.

use datasette_plugin_api::{Json, json};

use crate::app::App;
use crate::error::{Error, Result};
use crate::internal::{QueryFilter, QueryPage, StoredQuery};
use crate::permissions::Resource;
use crate::render::contexts::{Base, NameValue, QueryFacet, QueryFacetItem, QueryListContext, QueryListItem};
use crate::render::escape::css_class;
use crate::render::json::to_vec;
use crate::render::page::{self, PageKind};
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::Database;
use crate::urls;

/// As many on a page for people, and in an answer for programs.
const PAGE_SIZE: usize = 20;
const JSON_SIZE: usize = 50;

/// `None` lists the queries of all databases.
pub(crate) fn list(
    app: &App,
    request: &Request,
    database: Option<&Database>,
    format: Option<&str>,
) -> Result<Response> {
    match (database, format) {
        (_, Some(format)) if format != "json" => {
            return Err(Error::not_found(format!("Invalid format: {format}")));
        }
        (Some(database), _) => {
            app.permissions.require(request, "view-database", Resource::Database(&database.name))?;
        }
        (None, _) => app.permissions.require(request, "view-instance", Resource::Instance)?,
    }
    let name = database.map(|database| database.name.as_str());
    let brought = app.brought_queries(request.actor.as_ref(), name)?;
    let list = List::load(app, request, database, brought.as_deref(), format.is_some())?;
    if format.is_some() { Ok(list.as_json(app, request)) } else { list.into_html(app, request) }
}

/// `GET /{database}/{query}/-/definition`
pub(crate) fn definition(app: &App, request: &Request, database: &Database, name: &str) -> Result<Response> {
    let Some(query) = app.stored_query(request.actor.as_ref(), &database.name, name)? else {
        return Err(Error::not_found(format!("Query not found: {name}")));
    };
    if !app.permissions.allowed(request, "view-query", Resource::Query(&database.name, name))? {
        return Err(Error::forbidden("Permission denied"));
    }
    let body = json!({"ok": true, "unstable": crate::home::UNSTABLE, "query": query.to_json()});
    Ok(Response::json(to_vec(&body)))
}

/// A page of the list, and what narrows it.
struct List<'a> {
    database: Option<&'a Database>,
    filter: QueryFilter<'a>,
    page: QueryPage,
    facets: Vec<Facet>,
    /// Path of the list, without query string.
    path: String,
}

struct Facet {
    title: &'static str,
    items: Vec<FacetItem>,
}

struct FacetItem {
    label: &'static str,
    count: usize,
    href: Option<String>,
    active: bool,
}

impl<'a> List<'a> {
    fn load(
        app: &App,
        request: &'a Request,
        database: Option<&'a Database>,
        brought: Option<&'a str>,
        for_program: bool,
    ) -> Result<Self> {
        let args = &request.args;
        let filter = QueryFilter {
            database: database.map(|database| database.name.as_str()),
            q: args.non_empty("q"),
            is_write: flag(request, "is_write")?,
            is_private: flag(request, "is_private")?,
            is_trusted: None,
            source: args.non_empty("source"),
            owner_id: args.non_empty("owner_id"),
            brought,
        };
        let limit = size(request, if for_program { JSON_SIZE } else { PAGE_SIZE }, app.max_returned_rows())?;
        let visible = |database: &str, name: &str| {
            let seen = app.permissions.visibility(request, "view-query", Resource::Query(database, name))?;
            Ok(seen.visible.then_some(seen.private))
        };
        let page = app.internal.list_queries(filter, limit, args.get("_next"), visible)?;
        let path = match database {
            Some(database) => format!("{}/-/queries", app.urls.database(&database.route)),
            None => app.urls.path("-/queries"),
        };
        let mut list = Self { database, filter, page, facets: Vec::new(), path };
        list.facets = vec![
            Facet {
                title: "Mode",
                items: list.facet(app, request, "is_write", [("Read-only", false), ("Writable", true)])?,
            },
            Facet {
                title: "Visibility",
                items: list.facet(app, request, "is_private", [("Not private", false), ("Private", true)])?,
            },
        ];
        Ok(list)
    }

    /// The two halves of the list by a flag; a half without queries is left out.
    fn facet(
        &self,
        app: &App,
        request: &Request,
        name: &'static str,
        choices: [(&'static str, bool); 2],
    ) -> Result<Vec<FacetItem>> {
        let current = if name == "is_write" { self.filter.is_write } else { self.filter.is_private };
        let mut items = Vec::new();
        for (label, value) in choices {
            let active = current == Some(value);
            let count = if current.is_some() && !active { 0 } else { self.count(app, request, name, value)? };
            if !active && count == 0 {
                continue;
            }
            // A chosen half is a link to the whole.
            let set = if active { None } else { Some((name, if value { "1" } else { "0" })) };
            items.push(FacetItem { label, count, href: Some(self.url(request, name, set)), active });
        }
        Ok(items)
    }

    fn count(&self, app: &App, request: &Request, name: &str, value: bool) -> Result<usize> {
        let mut filter = self.filter;
        *(if name == "is_write" { &mut filter.is_write } else { &mut filter.is_private }) = Some(value);
        app.internal.count_queries(filter, |database, name| {
            let resource = Resource::Query(database, name);
            Ok(app.permissions.allowed(request, "view-query", resource)?.then_some(false))
        })
    }

    /// The first page of this list without the argument, or with another value of it.
    fn url(&self, request: &Request, without: &str, set: Option<(&str, &str)>) -> String {
        let kept = request.args.iter().filter(|(name, _)| *name != without && *name != "_next");
        crate::request::with_query(&self.path, &urls::encode_query(kept.chain(set)))
    }

    fn next_url(&self, app: &App, request: &Request) -> Option<String> {
        let next = self.page.next.as_deref()?;
        let kept = request.args.iter().filter(|(name, _)| *name != "_next");
        let query = urls::encode_query(kept.chain([("_next", next)]));
        Some(app.absolute_url(request, &crate::request::with_query(&app.site_path(request), &query)))
    }

    fn has(&self, which: impl Fn(&StoredQuery) -> bool) -> bool {
        self.page.queries.iter().any(which)
    }

    fn as_json(&self, app: &App, request: &Request) -> Response {
        let item = |item: &FacetItem| json!({"label": item.label, "count": item.count, "href": item.href, "active": item.active});
        let facet = |facet: &Facet| json!({"title": facet.title, "items": facet.items.iter().map(item).collect::<Json>()});
        let given = |name: &str| request.args.get(name).unwrap_or_default().to_owned();
        let body = json!({
            "ok": true,
            "database": self.database.map(|database| database.name.clone()),
            "database_color": self.database.map(Database::color),
            "queries": self.page.queries.iter().map(|query| Json::Object(query.to_json())).collect::<Json>(),
            "next": self.page.next,
            "next_url": self.next_url(app, request),
            "limit": self.page.limit,
            "show_private_note": self.has(|query| query.is_private),
            "show_trusted_note": self.has(|query| query.is_trusted),
            "query_list_path": self.path,
            "show_database": self.database.is_none(),
            "facets": self.facets.iter().map(facet).collect::<Json>(),
            "filters": {
                "q": given("q"),
                "is_write": given("is_write"),
                "is_private": given("is_private"),
                "source": given("source"),
                "owner_id": given("owner_id"),
            },
        });
        Response::json(to_vec(&body))
    }

    fn into_html(self, app: &App, request: &Request) -> Result<Response> {
        let chosen = page::choose(app, &["query_list.html".to_owned()])?;
        let name = self.database.map(|database| database.name.as_str());
        let kind = PageKind { database: name, ..PageKind::of("query_list") };
        let crumbs = page::crumbs(app, request, name, None)?;
        let alternate = page::alternate_json(app, request);
        let kept = ["is_write", "is_private", "source", "owner_id"];
        let kept =
            kept.into_iter().filter_map(|name| Some(NameValue::new(name, request.args.non_empty(name)?)));
        let item = |query: &StoredQuery| self.item(app, query);
        let facet = |facet: &Facet| QueryFacet {
            title: facet.title,
            items: facet.items.iter().map(facet_item).collect(),
        };
        let response = page::respond(app, request, &chosen, kind, crumbs, |base| QueryListContext {
            base: Base { alternate_url_json: Some(alternate.clone()), ..base },
            title: name.map_or_else(|| "queries".to_owned(), |name| format!("{name}: queries")),
            database: name.map(str::to_owned),
            database_class: name.map(css_class),
            database_color: self.database.map_or_else(|| "666666".to_owned(), Database::color),
            queries: self.page.queries.iter().map(item).collect(),
            show_database: self.database.is_none(),
            show_private_note: self.has(|query| query.is_private),
            show_trusted_note: self.has(|query| query.is_trusted),
            facets: self.facets.iter().map(facet).collect(),
            query_list_path: self.path.clone(),
            q: request.args.get("q").unwrap_or_default().to_owned(),
            hidden_args: kept.collect(),
            next_url: self.next_url(app, request),
        })?;
        Ok(page::with_alternate(response, &alternate))
    }

    fn item(&self, app: &App, query: &StoredQuery) -> QueryListItem {
        let route =
            app.database_named(&query.database).map_or_else(|| query.database.clone(), |db| db.route.clone());
        let fragment = query.fragment.as_deref().filter(|fragment| !fragment.is_empty());
        let path = app.urls.table(&route, &query.name);
        QueryListItem {
            database: query.database.clone(),
            database_path: app.urls.database(&route),
            label: query
                .title
                .clone()
                .filter(|title| !title.is_empty())
                .unwrap_or_else(|| query.name.clone()),
            href: fragment.map_or_else(|| path.clone(), |fragment| format!("{path}#{fragment}")),
            description: query.description.clone().filter(|text| !text.is_empty()),
            sql: query.sql.clone(),
            owner_id: query.owner_id.clone(),
            is_write: query.is_write,
            is_private: query.is_private,
            is_trusted: query.is_trusted,
            private: query.private == Some(true),
        }
    }
}

fn facet_item(item: &FacetItem) -> QueryFacetItem {
    QueryFacetItem { label: item.label, count: item.count, href: item.href.clone(), active: item.active }
}

/// An argument that says yes, no or nothing.
fn flag(request: &Request, name: &str) -> Result<Option<bool>> {
    match request.args.get(name).unwrap_or_default().to_lowercase().as_str() {
        "" => Ok(None),
        "1" | "true" | "t" | "yes" | "on" => Ok(Some(true)),
        "0" | "false" | "f" | "no" | "off" => Ok(Some(false)),
        _ => Err(Error::bad_request(format!("{name} must be 0 or 1"))),
    }
}

fn size(request: &Request, default: usize, most: usize) -> Result<usize> {
    match request.args.get("_size").unwrap_or_default().trim() {
        "" => Ok(default),
        "max" => Ok(most),
        text => match text.parse::<usize>() {
            Err(_) => Err(Error::bad_request("_size must be a positive integer")),
            Ok(size) if size > most => Err(Error::bad_request(format!("_size must be <= {most}"))),
            Ok(size) => Ok(size),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: std::fmt::Debug>(found: Result<T>, expected: &str) {
        let told = found.map_or_else(|error| error.to_string(), |value| format!("{value:?}"));
        assert_eq!(told, expected);
    }

    #[test]
    fn flags_say_yes_no_or_nothing() {
        let request = Request::new("GET", "/-/queries?a=On&b=f&c=&d=2");
        check(flag(&request, "a"), "Some(true)");
        check(flag(&request, "b"), "Some(false)");
        check(flag(&request, "c"), "None");
        check(flag(&request, "d"), "d must be 0 or 1");
        check(flag(&request, "e"), "None");
    }

    #[test]
    fn sizes_have_a_limit() {
        let sized =
            |size_text: &str| size(&Request::new("GET", &format!("/-/queries?_size={size_text}")), 20, 100);
        check(sized(""), "20");
        check(sized("max"), "100");
        check(sized("0"), "0");
        check(sized("-1"), "_size must be a positive integer");
        check(sized("101"), "_size must be <= 100");
    }
}
