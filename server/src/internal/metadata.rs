//! Titles, descriptions, licenses: what there is to say about the site and its parts.

use serde_json::{Map, Value as Json};

use super::{Internal, named};
use crate::config::Metadata;
use crate::error::Result;
use crate::sqlite::{Params, Writer, as_text};

/// What a piece of metadata is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About<'a> {
    Instance,
    Database(&'a str),
    /// A table, view or stored query.
    Resource(&'a str, &'a str),
    Column(&'a str, &'a str, &'a str),
}

impl<'a> About<'a> {
    fn table(self) -> &'static str {
        match self {
            Self::Instance => "metadata_instance",
            Self::Database(_) => "metadata_databases",
            Self::Resource(..) => "metadata_resources",
            Self::Column(..) => "metadata_columns",
        }
    }

    /// The columns that name it, with their values.
    fn names(self) -> Vec<(&'static str, &'a str)> {
        match self {
            Self::Instance => vec![],
            Self::Database(database) => vec![("database_name", database)],
            Self::Resource(database, resource) => {
                vec![("database_name", database), ("resource_name", resource)]
            }
            Self::Column(database, resource, column) => {
                vec![("database_name", database), ("resource_name", resource), ("column_name", column)]
            }
        }
    }

    fn params(self) -> Params {
        self.names().into_iter().map(|(name, value)| named(name, value)).collect()
    }
}

impl Internal {
    /// Everything that is said about it, in the order in which it was first said. Values are text.
    pub(crate) fn metadata(&self, about: About<'_>) -> Result<Map<String, Json>> {
        let conditions = about.names().into_iter().map(|(name, _)| format!(" and {name} = :{name}"));
        let sql =
            format!("select key, value from {} where 1{}", about.table(), conditions.collect::<String>());
        self.pairs(&format!("{sql} order by rowid"), &about.params())
    }

    /// Descriptions of a table's columns, by column.
    pub(crate) fn column_descriptions(&self, database: &str, resource: &str) -> Result<Map<String, Json>> {
        let sql = "select column_name, value from metadata_columns where database_name = :database_name \
                   and resource_name = :resource_name and key = 'description' order by column_name";
        self.pairs(sql, &About::Resource(database, resource).params())
    }

    fn pairs(&self, sql: &str, params: &Params) -> Result<Map<String, Json>> {
        self.read(|conn| {
            let rows = conn.rows(sql, params)?;
            let pair = |row| (as_text(rows.get(row, 0)).into_owned(), rows.get(row, 1).to_json());
            Ok((0..rows.len()).map(pair).collect())
        })
    }

    /// Says something, in place of what was said under that key before.
    pub(crate) fn set_metadata(&self, about: About<'_>, key: &str, value: &str) -> Result<()> {
        self.write(|writer| set(writer, about, key, value))
    }

    /// Takes over what the metadata file says; what plugins have said under other keys stays.
    pub(crate) fn apply_metadata(&self, metadata: &Metadata) -> Result<()> {
        self.write(|writer| {
            for row in &metadata.instance {
                set(writer, About::Instance, &row.key, &row.value)?;
            }
            for row in &metadata.databases {
                set(writer, About::Database(&row.database), &row.key, &row.value)?;
            }
            for row in &metadata.resources {
                set(writer, About::Resource(&row.database, &row.resource), &row.key, &row.value)?;
            }
            for row in &metadata.columns {
                set(writer, About::Column(&row.database, &row.resource, &row.column), &row.key, &row.value)?;
            }
            Ok(())
        })
    }
}

fn set(writer: &Writer<'_>, about: About<'_>, key: &str, value: &str) -> Result<()> {
    let names: String = about.names().into_iter().map(|(name, _)| format!("{name}, ")).collect();
    let values: String = about.names().into_iter().map(|(name, _)| format!(":{name}, ")).collect();
    let sql = format!(
        "insert into {} ({names}key, value) values ({values}:key, :value) \
         on conflict ({names}key) do update set value = excluded.value",
        about.table()
    );
    let mut params = about.params();
    params.extend([named("key", key), named("value", value)]);
    writer.execute(&sql, &params)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Config;

    fn internal() -> Internal {
        Internal::open(None).unwrap()
    }

    #[test]
    fn metadata_is_kept_apart_by_what_it_is_about() {
        let internal = internal();
        let places =
            [About::Instance, About::Database("d"), About::Resource("d", "t"), About::Column("d", "t", "c")];
        for about in places {
            internal.set_metadata(about, "title", &format!("{about:?}")).unwrap();
        }
        for about in places {
            assert_eq!(
                Json::Object(internal.metadata(about).unwrap()),
                json!({"title": format!("{about:?}")})
            );
        }
        assert!(internal.metadata(About::Resource("d", "other")).unwrap().is_empty());
    }

    #[test]
    fn a_key_keeps_its_place_when_its_value_changes() {
        let internal = internal();
        for (key, value) in [("b", "1"), ("a", "2"), ("b", "3")] {
            internal.set_metadata(About::Instance, key, value).unwrap();
        }
        let text = serde_json::to_string(&internal.metadata(About::Instance).unwrap()).unwrap();
        assert_eq!(text, r#"{"b":"3","a":"2"}"#);
    }

    #[test]
    fn the_file_wins_over_what_was_there() {
        let internal = internal();
        internal.set_metadata(About::Database("d"), "title", "old").unwrap();
        internal.set_metadata(About::Database("d"), "source", "kept").unwrap();
        let file = json!({"title": "T", "databases": {"d": {"title": "new", "tables": {"t": {
            "about": "x", "columns": {"c": "A column"}
        }}}}});
        let config = Config::new(Json::Null, file, Map::new()).unwrap();
        internal.apply_metadata(config.metadata()).unwrap();
        assert_eq!(Json::Object(internal.metadata(About::Instance).unwrap()), json!({"title": "T"}));
        let database = internal.metadata(About::Database("d")).unwrap();
        assert_eq!(Json::Object(database), json!({"title": "new", "source": "kept"}));
        assert_eq!(Json::Object(internal.column_descriptions("d", "t").unwrap()), json!({"c": "A column"}));
    }
}
