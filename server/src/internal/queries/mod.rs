//! Stored queries: from the configuration, from plugins, from people who saved them.
//!
//! What a visitor may save, see and run is decided elsewhere; here they are kept and found.

mod list;

use datasette_plugin_api::{Value, ValueRef};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{Internal, named};
use crate::config::{StoredQueryConfig, dumps};
use crate::error::Result;
use crate::sqlite::{Params, Rows, Writer, as_text};

pub(crate) use list::{QueryFilter, QueryPage};

/// A query with a name. Its fields are the JSON that `/-/definition` shows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct StoredQuery {
    pub(crate) database: String,
    pub(crate) name: String,
    pub(crate) sql: String,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) description_html: Option<String>,
    pub(crate) hide_sql: bool,
    /// Added to links to the query, after a `#`.
    pub(crate) fragment: Option<String>,
    /// Names of its parameters, if somebody chose them and their order.
    pub(crate) parameters: Vec<String>,
    pub(crate) is_write: bool,
    /// Only its owner may see it.
    pub(crate) is_private: bool,
    /// Runs with magic parameters and without a look at what its SQL touches.
    pub(crate) is_trusted: bool,
    /// `config`, `plugin` or `user`.
    pub(crate) source: String,
    pub(crate) owner_id: Option<String>,
    pub(crate) on_success_message: Option<String>,
    pub(crate) on_success_message_sql: Option<String>,
    pub(crate) on_success_redirect: Option<String>,
    pub(crate) on_error_message: Option<String>,
    pub(crate) on_error_redirect: Option<String>,
    /// Whether an anonymous visitor could not see it, where somebody asked for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) private: Option<bool>,
}

/// A configuration's value for the `source` column.
const FROM_CONFIG: &str = "config";
/// A plugin's.
const FROM_PLUGIN: &str = "plugin";

const COLUMNS: &str = "database_name, name, sql, title, description, description_html, options, parameters, \
                       is_write, is_private, is_trusted, source, owner_id";

impl StoredQuery {
    /// As the configuration describes it.
    pub(crate) fn from_config(database: &str, config: &StoredQueryConfig) -> Self {
        Self {
            database: database.to_owned(),
            name: config.name.clone(),
            sql: config.sql.clone(),
            title: config.title.clone(),
            description: config.description.clone(),
            description_html: config.description_html.clone(),
            hide_sql: config.hide_sql,
            fragment: config.fragment.clone(),
            parameters: config.params.clone().unwrap_or_default(),
            is_write: config.write,
            is_private: false,
            is_trusted: config.is_trusted,
            source: FROM_CONFIG.to_owned(),
            owner_id: None,
            on_success_message: config.on_success_message.clone(),
            on_success_message_sql: config.on_success_message_sql.clone(),
            on_success_redirect: config.on_success_redirect.clone(),
            on_error_message: config.on_error_message.clone(),
            on_error_redirect: config.on_error_redirect.clone(),
            private: None,
        }
    }

    /// As a plugin brings it.
    pub(crate) fn from_plugin(database: &str, query: &StoredQueryConfig) -> Self {
        Self { source: FROM_PLUGIN.to_owned(), ..Self::from_config(database, query) }
    }

    /// A row of [`COLUMNS`], for [`QueryFilter::brought`].
    pub(crate) fn as_row(&self) -> Json {
        Json::Object(self.params().into_iter().map(|(name, value)| (name, value.to_json())).collect())
    }

    /// Its fields, in their order.
    pub(crate) fn to_json(&self) -> Map<String, Json> {
        match serde_json::to_value(self) {
            Ok(Json::Object(fields)) => fields,
            _ => Map::new(),
        }
    }

    /// A row of [`COLUMNS`].
    fn from_row(rows: &Rows, row: usize) -> Self {
        let text = |column| as_text(rows.get(row, column)).into_owned();
        let optional = |column| match rows.get(row, column) {
            ValueRef::Null => None,
            value => Some(as_text(value).into_owned()),
        };
        let flag = |column| rows.get(row, column).as_i64() == Some(1);
        let options: Map<String, Json> = serde_json::from_str(&text(6)).unwrap_or_default();
        let option = |key: &str| options.get(key).and_then(Json::as_str).map(str::to_owned);
        Self {
            database: text(0),
            name: text(1),
            sql: text(2),
            title: optional(3),
            description: optional(4),
            description_html: optional(5),
            hide_sql: options.get("hide_sql").and_then(Json::as_bool).unwrap_or(false),
            fragment: option("fragment"),
            parameters: serde_json::from_str(&text(7)).unwrap_or_default(),
            is_write: flag(8),
            is_private: flag(9),
            is_trusted: flag(10),
            source: text(11),
            owner_id: optional(12),
            on_success_message: option("on_success_message"),
            on_success_message_sql: option("on_success_message_sql"),
            on_success_redirect: option("on_success_redirect"),
            on_error_message: option("on_error_message"),
            on_error_redirect: option("on_error_redirect"),
            private: None,
        }
    }

    fn params(&self) -> Params {
        vec![
            named("database_name", self.database.as_str()),
            named("name", self.name.as_str()),
            named("sql", self.sql.as_str()),
            named("title", self.title.as_deref()),
            named("description", self.description.as_deref()),
            named("description_html", self.description_html.as_deref()),
            named("options", self.options()),
            named("parameters", dumps(&Json::from(self.parameters.clone()))),
            named("is_write", self.is_write),
            named("is_private", self.is_private),
            named("is_trusted", self.is_trusted),
            named("source", self.source.as_str()),
            named("owner_id", self.owner_id.as_deref()),
        ]
    }

    /// Only those that say something, by name.
    fn options(&self) -> String {
        let texts = [
            ("fragment", &self.fragment),
            ("on_error_message", &self.on_error_message),
            ("on_error_redirect", &self.on_error_redirect),
            ("on_success_message", &self.on_success_message),
            ("on_success_message_sql", &self.on_success_message_sql),
            ("on_success_redirect", &self.on_success_redirect),
        ];
        let mut options: Vec<(String, Json)> = texts
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), Json::from(value.clone()?))))
            .collect();
        if self.hide_sql {
            options.push(("hide_sql".to_owned(), Json::Bool(true)));
        }
        options.sort_by(|a, b| a.0.cmp(&b.0));
        dumps(&Json::Object(options.into_iter().collect()))
    }
}

impl Internal {
    /// Puts the configuration's queries in place of those it had at an earlier start.
    pub(crate) fn replace_config_queries<'a>(
        &self,
        queries: impl IntoIterator<Item = (&'a str, &'a StoredQueryConfig)>,
    ) -> Result<()> {
        self.write(|writer| {
            writer.execute("delete from queries where source = :source", &[named("source", FROM_CONFIG)])?;
            for (database, config) in queries {
                put(writer, &StoredQuery::from_config(database, config))?;
            }
            Ok(())
        })
    }

    pub(crate) fn stored_query(&self, database: &str, name: &str) -> Result<Option<StoredQuery>> {
        let sql = format!("select {COLUMNS} from queries where database_name = :database and name = :name");
        self.read(|conn| {
            let rows = conn.rows(&sql, &place(database, name))?;
            Ok((!rows.is_empty()).then(|| StoredQuery::from_row(&rows, 0)))
        })
    }

    /// Adds the query, in place of one with the same name.
    pub(crate) fn put_query(&self, query: &StoredQuery) -> Result<()> {
        self.write(|writer| put(writer, query))
    }

    /// Adds the query unless there is one with the same name; whether it was added.
    pub(crate) fn add_query(&self, query: &StoredQuery) -> Result<bool> {
        self.write(|writer| {
            let sql = format!("{} on conflict do nothing", insert());
            Ok(writer.execute(&sql, &query.params())? > 0)
        })
    }

    /// Changes the query as `change` says; what it was changed to, or `None` if there is none.
    pub(crate) fn update_query(
        &self,
        database: &str,
        name: &str,
        change: impl FnOnce(&mut StoredQuery),
    ) -> Result<Option<StoredQuery>> {
        let sql = format!("select {COLUMNS} from queries where database_name = :database and name = :name");
        self.write(|writer| {
            let rows = writer.rows(&sql, &place(database, name))?;
            if rows.is_empty() {
                return Ok(None);
            }
            let mut query = StoredQuery::from_row(&rows, 0);
            change(&mut query);
            // Neither can be changed: they are how it was found.
            (query.database, query.name) = (database.to_owned(), name.to_owned());
            put(writer, &query)?;
            Ok(Some(query))
        })
    }

    /// Removes the query, if `source` is given only one of that source; whether there was one.
    pub(crate) fn remove_query(&self, database: &str, name: &str, source: Option<&str>) -> Result<bool> {
        let sql = "delete from queries where database_name = :database and name = :name \
                   and source = coalesce(:source, source)";
        let mut params = place(database, name);
        params.push(named("source", source));
        self.write(|writer| Ok(writer.execute(sql, &params)? > 0))
    }
}

fn place(database: &str, name: &str) -> Params {
    vec![named("database", database), named("name", name)]
}

fn insert() -> String {
    let values: Vec<String> = COLUMNS.split(", ").map(|column| format!(":{column}")).collect();
    format!("insert into queries ({COLUMNS}) values ({})", values.join(", "))
}

fn put(writer: &Writer<'_>, query: &StoredQuery) -> Result<()> {
    let changes = COLUMNS.split(", ").skip(2).map(|column| format!("{column} = excluded.{column}, "));
    let changes: String = changes.collect();
    let sql = format!(
        "{} on conflict (database_name, name) do update set {changes}updated_at = current_timestamp",
        insert()
    );
    writer.execute(&sql, &query.params())?;
    Ok(())
}

/// A value of SQL that stands for what is not asked for.
fn optional(value: Option<impl Into<Value>>) -> Value {
    value.map_or(Value::Null, Into::into)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Config;

    fn query(name: &str) -> StoredQuery {
        StoredQuery {
            database: "d".into(),
            name: name.into(),
            sql: "select 1".into(),
            source: "user".into(),
            ..StoredQuery::default()
        }
    }

    #[test]
    fn a_query_comes_back_as_it_was_put() {
        let internal = Internal::open(None).unwrap();
        let query = StoredQuery {
            title: Some("T".into()),
            hide_sql: true,
            fragment: Some("f".into()),
            parameters: vec!["b".into(), "a".into()],
            is_write: true,
            is_private: true,
            owner_id: Some("ann".into()),
            on_error_redirect: Some("/".into()),
            ..query("q")
        };
        internal.put_query(&query).unwrap();
        assert_eq!(internal.stored_query("d", "q").unwrap(), Some(query));
        assert_eq!(internal.stored_query("d", "Q").unwrap(), None);
        let options = internal.read(|conn| Ok(conn.value("select options from queries", &[])?)).unwrap();
        assert_eq!(options, Some(r#"{"fragment": "f", "hide_sql": true, "on_error_redirect": "/"}"#.into()));
    }

    #[test]
    fn adding_keeps_what_is_there_and_putting_replaces_it() {
        let internal = Internal::open(None).unwrap();
        assert!(internal.add_query(&query("q")).unwrap());
        let other = StoredQuery { sql: "select 2".into(), ..query("q") };
        assert!(!internal.add_query(&other).unwrap());
        assert_eq!(internal.stored_query("d", "q").unwrap().unwrap().sql, "select 1");
        internal.put_query(&other).unwrap();
        assert_eq!(internal.stored_query("d", "q").unwrap().unwrap().sql, "select 2");
    }

    #[test]
    fn a_change_leaves_the_rest_as_it_is() {
        let internal = Internal::open(None).unwrap();
        internal.put_query(&StoredQuery { title: Some("T".into()), ..query("q") }).unwrap();
        let changed =
            internal.update_query("d", "q", |query| query.sql = "select 3".into()).unwrap().unwrap();
        assert_eq!((changed.sql.as_str(), changed.title.as_deref()), ("select 3", Some("T")));
        assert_eq!(internal.stored_query("d", "q").unwrap(), Some(changed));
        assert_eq!(internal.update_query("d", "nope", |_| ()).unwrap(), None);
    }

    #[test]
    fn a_query_of_another_source_stays() {
        let internal = Internal::open(None).unwrap();
        internal.put_query(&query("q")).unwrap();
        assert!(!internal.remove_query("d", "q", Some("plugin")).unwrap());
        assert!(internal.remove_query("d", "q", Some("user")).unwrap());
        assert!(!internal.remove_query("d", "q", None).unwrap());
    }

    #[test]
    fn queries_of_the_configuration_replace_those_of_the_last_start() {
        let internal = Internal::open(None).unwrap();
        internal.put_query(&query("saved")).unwrap();
        for names in [
            json!({"a": "select 1", "b": {"sql": "select :x", "params": ["x"], "write": true}}),
            json!({"c": "select 2"}),
        ] {
            let config =
                Config::new(json!({"databases": {"d": {"queries": names}}}), Json::Null, Map::new()).unwrap();
            internal
                .replace_config_queries(config.database("d").queries().iter().map(|query| ("d", query)))
                .unwrap();
        }
        let sql =
            "select group_concat(name || source || is_trusted) from (select * from queries order by name)";
        let names = internal.read(|conn| Ok(conn.value(sql, &[])?)).unwrap();
        assert_eq!(names, Some("cconfig1,saveduser0".into()));
    }

    #[test]
    fn the_json_has_datasettes_fields_in_their_order() {
        let json = serde_json::to_string(&query("q")).unwrap();
        assert_eq!(
            json,
            r#"{"database":"d","name":"q","sql":"select 1","title":null,"description":null,"description_html":null,"hide_sql":false,"fragment":null,"parameters":[],"is_write":false,"is_private":false,"is_trusted":false,"source":"user","owner_id":null,"on_success_message":null,"on_success_message_sql":null,"on_success_redirect":null,"on_error_message":null,"on_error_redirect":null}"#
        );
    }
}
