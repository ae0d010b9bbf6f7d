//! Narrows the rows of a table page by SQL (`_where`), by full-text search (`_search`), and by rows of
//! another table that refer to it (`_through`).
//!
//! Hooks: `filters_from_request`. Config: none; a table's `fts_table`, `fts_pk` and `searchmode` reach it
//! through the server.
//!
//! Filters by column (`?state=CA`) are the server's own. Conditions stand in the order of the calls below,
//! which visitors see in `_extra=query`.

mod extra_where;
mod identifier;
mod search;
mod through;

use datasette_plugin_api::*;

struct Filters {
    host: Host,
}

#[hookimpl]
impl Plugin for Filters {
    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn filters_from_request(&self, page: &FiltersFromRequest<'_>) -> Result<Option<FilterArguments>> {
        let args = page.request.args();
        if !args.iter().any(|(name, _)| name.starts_with('_')) {
            return Ok(None);
        }
        let mut filters = FilterArguments::new();
        extra_where::add(&self.host, page, &args, &mut filters)?;
        through::add(&self.host, page, &args, &mut filters)?;
        search::add(&self.host, page, &args, &mut filters)?;
        Ok(Some(filters))
    }
}

export_plugin!(Filters, name = "datasette.filters");

/// The query string, decoded, in order.
type Args = [(String, String)];

/// First value of that argument.
fn first<'a>(args: &'a Args, name: &str) -> Option<&'a str> {
    args.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Every value of that argument.
fn all<'a>(args: &'a Args, name: &str) -> impl Iterator<Item = &'a str> {
    args.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Whether the visitor may do that. (Not `Host::allowed`: the server has to know the request, which may be
/// one that nobody checks.)
fn is_allowed(host: &Host, page: &FiltersFromRequest<'_>, action: &str, resource: &Resource) -> Result<bool> {
    let args = json!({"action": action, "resource": resource, "actor": page.request.actor()});
    host.call_for(&page.request, "allowed", &args)
}

/// Forbidden if the visitor may not see that table.
fn ensure_visible(host: &Host, page: &FiltersFromRequest<'_>, table: &str) -> Result<()> {
    let resource = Resource::table(page.database, table);
    let args = json!({"action": "view-table", "resource": resource, "actor": page.request.actor()});
    host.call_for(&page.request, "ensure_permission", &args)
}

#[cfg(test)]
mod testing {
    use datasette_plugin_api::testing::{FakeHost, FakeRequest, Harness};
    use datasette_plugin_api::*;

    use crate::Filters;

    /// What the plugin makes of a request for table `t` of database `db`.
    pub(crate) fn filters(target: &str, host: FakeHost) -> Result<FilterArguments> {
        let request = FakeRequest::get(target);
        let page = FiltersFromRequest::new(request.view(), "db", "t");
        Ok(Harness::<Filters>::with(host).filters_from_request(&page).unwrap()?.unwrap_or_default())
    }

    /// Names and values of parameters, as JSON.
    pub(crate) fn params(filters: &FilterArguments) -> Json {
        filters.params.iter().map(|(name, value)| (name.clone(), value.to_json())).collect::<Map>().into()
    }
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::FakeHost;

    use super::*;
    use crate::testing::{filters, params};

    #[test]
    fn nothing_is_asked_for_a_page_without_special_arguments() {
        assert_eq!(filters("/db/t?state=CA", FakeHost::new()).unwrap(), FilterArguments::new());
    }

    #[test]
    fn where_comes_before_through_and_search_comes_last() {
        let host = FakeHost::new()
            .answer("allowed", true)
            .answer("ensure_permission", Json::Null)
            .answer("foreign_keys", json!([{"column": "t_id", "other_table": "t", "other_column": "id"}]))
            .answer("table_config", json!({"fts_table": "t_fts"}));
        let through = "%7B%22table%22:%22tags%22,%22column%22:%22tag%22,%22value%22:%22x%22%7D";
        let filters = filters(&format!("/db/t?_search=dog&_through={through}&_where=1"), host).unwrap();
        let expected = [
            "1",
            "id in (select t_id from tags where tag = :p0)",
            "rowid in (select rowid from t_fts where t_fts match escape_fts(:search))",
        ];
        assert_eq!(filters.where_clauses, expected);
        assert_eq!(params(&filters), json!({"p0": "x", "search": "dog"}));
        assert_eq!(filters.human_descriptions, ["tags.tag = \"x\"", "search matches \"dog\""]);
    }
}
