//! The door for the fuzzer in `server/fuzz`: from any query string to the SQL of a table page, and through SQLite.

use std::sync::Arc;
use std::time::Duration;

use datasette_plugin_api::Value;

use crate::config::TableConfig;
use crate::request::Request;
use crate::sqlite::{Conn, Database, OpenOptions, Source, SqlError, Table, identifier, parse_python_bytes};
use crate::table::{QueryLimits, TableQuery};
use crate::tilde;

const SCHEMA: &str = r#"
    create table plain (id integer primary key, a, "b c" text, "d'e""f" real, g json);
    insert into plain values (1, 2, 'x', 0.5, '["y"]'), (2, x'00ff', null, 9e999, '{}'), (3, 'z', '', -1, null);
    create table pairs (x text, "select" blob, n, primary key (x, "select")) without rowid;
    insert into pairs values ('a', x'01', 1), ('a', 'b', null), ('', '', '');
    create table "no key]`" ("_under", "a__gt", "count(*)");
    insert into "no key]`" values (1, 2, 3), (null, 'x', x'27');
    create view seen as select a, "b c" from plain order by id;
"#;

const TABLES: [&str; 4] = ["plain", "pairs", "no key]`", "seen"];

/// What SQLite may say of columns and values that a visitor chose; anything else is a mistake in the SQL.
const VISITORS_OWN: [&str; 7] = [
    "null character",
    "no such column",
    "malformed JSON",
    "pattern too complex",
    "integer overflow",
    "too big",
    "too many SQL variables",
];

/// A database with names that are hard to quote.
#[derive(Debug)]
pub struct Playground {
    database: Database,
    tables: Vec<Arc<Table>>,
}

impl Playground {
    /// Panics if the database can't be made: nothing can be tried then.
    pub fn new() -> Self {
        let options = OpenOptions::plain();
        let source = Source::Memory { name: "fuzz".to_owned(), attach: Vec::new() };
        let database = Database::new("fuzz".to_owned(), source, true, 1, Arc::new(options), None);
        let tables = database.write(|writer| Ok(writer.script(SCHEMA)?)).and_then(|()| {
            database.read_whole(None, |conn| {
                TABLES
                    .into_iter()
                    .filter_map(|name| database.table(conn, name).transpose())
                    .map(|t| Ok(t?))
                    .collect()
            })
        });
        match tables {
            Ok(tables) => Self { database, tables },
            Err(error) => panic!("the playground has no database: {error}"),
        }
    }

    /// Tries a request. The first byte chooses the table, the rest is its query string. Panics if the SQL is wrong.
    pub fn page(&self, input: &[u8]) {
        let Some((first, rest)) = input.split_first() else { return };
        let Some(table) = self.tables.get(usize::from(*first) % self.tables.len().max(1)) else { return };
        let query_string = String::from_utf8_lossy(rest).replace(['#', '\0'], "");
        let request = Request::new("GET", &format!("/fuzz/table?{query_string}"));
        let limits = QueryLimits { default_page_size: 2, max_returned_rows: 10 };
        let next = request.args.get("_next").map(str::to_owned);
        let config = TableConfig::default();
        let query = TableQuery::parse(table, &request, &config, limits, Vec::new(), next.as_deref());
        let Ok(query) = query else { return };
        let tried = self.database.read_whole(None, |conn| {
            self.run(conn, &query.sql(), &query.params, query.page_size + 1);
            if query.sort.is_some() && !query.table.is_view() {
                self.run(conn, &query.exact_sql(), &query.params, query.page_size + 1);
            }
            self.run(conn, &query.limited_count_sql(5), &query.filter_params, 1);
            self.run(conn, &query.sql_no_order_no_limit(), &query.params, 20);
            Ok(())
        });
        assert!(tried.is_ok(), "{tried:?}");
    }

    fn run(&self, conn: &Conn, sql: &str, params: &[(String, Value)], most: usize) {
        match conn.limited(Some(Duration::from_millis(200)), || conn.untrusted(sql, params, most)) {
            Ok(rows) => assert!(!rows.truncated || most == 20, "{sql} gives more than {most} rows"),
            Err(SqlError::Failed { message }) => {
                let is_own = VISITORS_OWN.iter().any(|own| message.contains(own));
                assert!(is_own, "{message}: {sql} {params:?}");
            }
            Err(_) => {}
        }
    }

    /// Tries a name: as it is encoded, quoted and read back. Panics if another name comes back.
    pub fn name(&self, input: &[u8]) {
        let name = String::from_utf8_lossy(input).replace('\0', "");
        assert_eq!(tilde::decode(&tilde::encode(&name)), name);
        let _ = (tilde::decode(&name), parse_python_bytes(&name));
        if name.is_empty() {
            return;
        }
        let sql = format!("select 1 as {}", identifier(&name));
        let columns = self.database.read_whole(None, |conn| Ok(conn.rows(&sql, &[])?.columns));
        assert_eq!(columns.ok(), Some(vec![name]));
    }
}

impl Default for Playground {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_playground_works() {
        let playground = Playground::new();
        assert_eq!(playground.tables.len(), TABLES.len());
        for input in [
            "\0a__gt=1&_sort=a",
            "\u{1}_next=a,$b01",
            "\u{2}_under__exact=1",
            "\u{3}_next=1",
            "\0g__arraycontains=y",
            "\u{2}_nocol=_under&_nocol=a__gt&_nocol=count(*)",
            "\u{3}_col=a&_nocol=a",
        ] {
            playground.page(input.as_bytes());
        }
        playground.name("a]\"`'é".as_bytes());
    }
}
