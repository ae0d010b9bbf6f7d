//! Lists of stored queries: filtered, in pages, and only what the caller lets pass.

use datasette_plugin_api::Value;

use super::{COLUMNS, StoredQuery, optional};
use crate::error::Result;
use crate::internal::{Internal, named};
use crate::sqlite::{Conn, Params, Rows, as_text};
use crate::tilde;

/// No page is longer.
const LONGEST_PAGE: usize = 1000;
/// How many rows are fetched at once while some of them may not be seen.
const CHUNK: usize = 200;

/// By the title, or the name where there is none.
const SORT_KEY: &str = "lower(coalesce(nullif(title, ''), name))";

/// Which stored queries are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct QueryFilter<'a> {
    pub(crate) database: Option<&'a str>,
    /// Text somewhere in name, title, description or SQL; `%` and `_` are wildcards.
    pub(crate) q: Option<&'a str>,
    pub(crate) is_write: Option<bool>,
    pub(crate) is_private: Option<bool>,
    pub(crate) is_trusted: Option<bool>,
    pub(crate) source: Option<&'a str>,
    pub(crate) owner_id: Option<&'a str>,
    /// Queries that are not kept here: a JSON list of [`StoredQuery::as_row`]. What is kept here under the same
    /// name comes before them.
    pub(crate) brought: Option<&'a str>,
}

/// A page of stored queries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueryPage {
    pub(crate) queries: Vec<StoredQuery>,
    /// Where the next page starts.
    pub(crate) next: Option<String>,
    pub(crate) limit: usize,
}

/// What becomes of a query: `None` if the visitor may not see it, else whether it is private.
pub(crate) type Verdict = Option<bool>;

/// Place of a row in the order of the list.
#[derive(Debug, Clone, Default)]
struct Place {
    database: String,
    sort_key: String,
    name: String,
}

impl Internal {
    /// A page that starts after the token `next`; one that makes no sense starts at the beginning.
    /// `visible` is asked about database and name of each.
    pub(crate) fn list_queries(
        &self,
        filter: QueryFilter<'_>,
        limit: usize,
        next: Option<&str>,
        mut visible: impl FnMut(&str, &str) -> Result<Verdict>,
    ) -> Result<QueryPage> {
        let limit = limit.clamp(1, LONGEST_PAGE);
        let mut after = next.and_then(|token| Place::parse(token, filter.database));
        let mut queries = Vec::new();
        let mut last = None;
        loop {
            let rows = self.read(|conn| filter.rows(conn, after.as_ref()))?;
            for row in 0..rows.len() {
                let mut query = StoredQuery::from_row(&rows, row);
                let place = Place::of(&rows, row);
                let verdict = visible(&query.database, &query.name)?;
                after = Some(place.clone());
                let Some(private) = verdict else { continue };
                if queries.len() == limit {
                    let next = last.map(|place: Place| place.token(filter.database));
                    return Ok(QueryPage { queries, next, limit });
                }
                query.private = Some(private);
                queries.push(query);
                last = Some(place);
            }
            if rows.len() < CHUNK {
                return Ok(QueryPage { queries, next: None, limit });
            }
        }
    }

    /// How many there are.
    pub(crate) fn count_queries(
        &self,
        filter: QueryFilter<'_>,
        mut visible: impl FnMut(&str, &str) -> Result<Verdict>,
    ) -> Result<usize> {
        let (from, conditions) = (filter.from(), QueryFilter::CONDITIONS);
        let sql = format!("select database_name, name from {from} where {conditions}");
        let rows = self.read(|conn| Ok(conn.rows(&sql, &filter.params(None))?))?;
        let mut count = 0;
        for row in 0..rows.len() {
            count += usize::from(visible(&as_text(rows.get(row, 0)), &as_text(rows.get(row, 1)))?.is_some());
        }
        Ok(count)
    }
}

impl QueryFilter<'_> {
    /// What is not asked for is NULL. One text for every filter, so that its statement is prepared once.
    const CONDITIONS: &'static str = "(:database is null or database_name = :database) \
        and (:q is null or name like :q or title like :q or description like :q or sql like :q) \
        and (:is_write is null or is_write = :is_write) \
        and (:is_private is null or is_private = :is_private) \
        and (:is_trusted is null or is_trusted = :is_trusted) \
        and (:source is null or source = :source) \
        and (:owner_id is null or owner_id = :owner_id)";

    /// The table, with what was brought beside it.
    fn from(&self) -> String {
        if self.brought.is_none() {
            return "queries".to_owned();
        }
        let columns =
            COLUMNS.split(", ").map(|column| format!("json_extract(value, '$.{column}') as {column}"));
        let columns = columns.collect::<Vec<_>>().join(", ");
        format!(
            "(select {COLUMNS} from queries union all select {COLUMNS} from (select {columns} from json_each(:brought)) b \
             where not exists (select 1 from queries q where (q.database_name, q.name) = (b.database_name, b.name)))"
        )
    }

    fn rows(&self, conn: &Conn, after: Option<&Place>) -> Result<Rows> {
        let after_condition = after.map_or(
            "",
            |_| "and (database_name, sort_key, name) > (:after_database, :after_sort_key, :after_name)",
        );
        let sql = format!(
            "select {COLUMNS}, sort_key from (select *, {SORT_KEY} as sort_key from {}) \
             where {} {after_condition} order by database_name, sort_key, name limit {CHUNK}",
            self.from(),
            Self::CONDITIONS
        );
        Ok(conn.rows(&sql, &self.params(after))?)
    }

    fn params(&self, after: Option<&Place>) -> Params {
        let q = self.q.filter(|q| !q.is_empty()).map(|q| format!("%{q}%"));
        let after = |part: fn(&Place) -> &String| optional(after.map(|place| part(place).as_str()));
        let values: [(&str, Value); 11] = [
            ("database", optional(self.database)),
            ("q", optional(q)),
            ("is_write", optional(self.is_write)),
            ("is_private", optional(self.is_private)),
            ("is_trusted", optional(self.is_trusted)),
            ("source", optional(self.source)),
            ("owner_id", optional(self.owner_id)),
            ("brought", optional(self.brought)),
            ("after_database", after(|place| &place.database)),
            ("after_sort_key", after(|place| &place.sort_key)),
            ("after_name", after(|place| &place.name)),
        ];
        values.into_iter().map(|(name, value)| named(name, value)).collect()
    }
}

impl Place {
    fn of(rows: &Rows, row: usize) -> Self {
        let text = |name| as_text(rows.named(row, name)).into_owned();
        Self { database: text("database_name"), sort_key: text("sort_key"), name: text("name") }
    }

    /// Tilde-encoded, with a comma between; the database only where there may be several.
    fn token(&self, database: Option<&str>) -> String {
        let place = format!("{},{}", tilde::encode(&self.sort_key), tilde::encode(&self.name));
        if database.is_some() { place } else { format!("{},{place}", tilde::encode(&self.database)) }
    }

    fn parse(token: &str, database: Option<&str>) -> Option<Self> {
        let parts: Vec<String> = token.split(',').map(tilde::decode).collect();
        match (database, parts.as_slice()) {
            (Some(database), [sort_key, name]) => {
                Some(Self { database: database.to_owned(), sort_key: sort_key.clone(), name: name.clone() })
            }
            (None, [database, sort_key, name]) => {
                Some(Self { database: database.clone(), sort_key: sort_key.clone(), name: name.clone() })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;

    fn internal() -> Internal {
        let internal = Internal::open(None).unwrap();
        for (database, name, title, is_private) in [
            ("d", "b", Some("Zebra"), false),
            ("d", "c", None, true),
            ("d", "a", Some(""), false),
            ("e", "x,y", None, false),
        ] {
            let query = StoredQuery {
                database: database.into(),
                name: name.into(),
                sql: format!("select '{name}'"),
                title: title.map(str::to_owned),
                is_private,
                source: "user".into(),
                ..StoredQuery::default()
            };
            internal.put_query(&query).unwrap();
        }
        internal
    }

    /// All pages, one per word, queries by their names.
    #[track_caller]
    fn check(filter: QueryFilter<'_>, limit: usize, hidden: &str, expected: &str) {
        let internal = internal();
        let visible = |_: &str, name: &str| Ok((name != hidden).then_some(false));
        let (mut pages, mut next) = (Vec::new(), None);
        loop {
            let page = internal.list_queries(filter, limit, next.as_deref(), visible).unwrap();
            pages.push(page.queries.iter().map(|query| query.name.as_str()).collect::<Vec<_>>().join("+"));
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(pages.join(" "), expected);
        let count = internal.count_queries(filter, visible).unwrap();
        assert_eq!(count, expected.split([' ', '+']).filter(|name| !name.is_empty()).count());
    }

    const ALL: QueryFilter<'_> = QueryFilter {
        database: None,
        q: None,
        is_write: None,
        is_private: None,
        is_trusted: None,
        source: None,
        owner_id: None,
        brought: None,
    };

    #[test]
    fn queries_come_by_database_then_title_then_name() {
        check(ALL, 50, "", "a+c+b+x,y");
        check(QueryFilter { database: Some("d"), ..ALL }, 50, "", "a+c+b");
    }

    #[test]
    fn pages_follow_each_other_without_gaps() {
        check(ALL, 1, "", "a c b x,y");
        check(ALL, 3, "", "a+c+b x,y");
        check(QueryFilter { database: Some("d"), ..ALL }, 2, "", "a+c b");
    }

    #[test]
    fn what_may_not_be_seen_leaves_no_hole() {
        check(ALL, 2, "c", "a+b x,y");
        check(ALL, 3, "x,y", "a+c+b");
    }

    #[test]
    fn filters_narrow_the_list() {
        check(QueryFilter { q: Some("zeb"), ..ALL }, 50, "", "b");
        check(QueryFilter { q: Some("select 'c"), ..ALL }, 50, "", "c");
        check(QueryFilter { is_private: Some(true), ..ALL }, 50, "", "c");
        check(QueryFilter { source: Some("config"), ..ALL }, 50, "", "");
        check(QueryFilter { owner_id: Some("ann"), ..ALL }, 50, "", "");
    }

    #[test]
    fn what_was_brought_stands_among_what_is_kept() {
        let brought = |name: &str| {
            let (database, source) = ("d".to_owned(), "plugin".to_owned());
            let sql = "select 'brought'".to_owned();
            StoredQuery { database, name: name.to_owned(), sql, source, ..StoredQuery::default() }.as_row()
        };
        // `c` is kept already.
        let rows = Json::Array(["aa", "c", "zz"].into_iter().map(brought).collect()).to_string();
        let all = QueryFilter { database: Some("d"), brought: Some(&rows), ..ALL };
        check(all, 50, "", "a+aa+c+b+zz");
        check(all, 2, "", "a+aa c+b zz");
        check(QueryFilter { source: Some("plugin"), ..all }, 50, "", "aa+zz");
        check(QueryFilter { q: Some("BROUGHT"), ..all }, 1, "aa", "zz");
    }

    #[test]
    fn tokens_are_datasettes() {
        let internal = internal();
        let everything = |_: &str, _: &str| Ok(Some(false));
        let page =
            internal.list_queries(QueryFilter { database: Some("d"), ..ALL }, 1, None, everything).unwrap();
        assert_eq!(page.next.as_deref(), Some("a,a"));
        let page = internal.list_queries(ALL, 1, Some("nonsense"), everything).unwrap();
        assert_eq!(page.next.as_deref(), Some("d,a,a"));
        let none = internal.list_queries(ALL, 1, Some("e,x~2Cy,x~2Cy"), everything).unwrap();
        assert_eq!((none.queries.len(), none.next), (0, None));
    }
}
