//! `CREATE TABLE` statements, written as sqlite-utils writes them: SQLite keeps the text, and people read it.

use datasette_plugin_api::{Json, Value};

use crate::error::{Error, Result};
use crate::sqlite::{Writer, as_text, quoted};

/// A table to be made.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TableSql {
    pub(crate) name: String,
    pub(crate) columns: Vec<ColumnSql>,
    pub(crate) primary_key: Vec<String>,
    pub(crate) autoincrement: bool,
    /// Constraints of the whole table.
    pub(crate) constraints: Vec<String>,
    /// What follows the closing bracket: ` STRICT`, ` WITHOUT ROWID`.
    pub(crate) options: String,
}

/// A column of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ColumnSql {
    pub(crate) name: String,
    pub(crate) sql_type: String,
    pub(crate) not_null: bool,
    /// SQL.
    pub(crate) default: Option<String>,
    pub(crate) references: Option<Reference>,
    /// Constraints that this module knows nothing about.
    pub(crate) rest: Vec<String>,
}

/// A foreign key of one column.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Reference {
    pub(crate) table: String,
    pub(crate) column: String,
    /// ` ON DELETE CASCADE` and the like.
    pub(crate) actions: String,
}

impl TableSql {
    pub(crate) fn sql(&self) -> String {
        let single = match self.primary_key.as_slice() {
            [only] => Some(only),
            _ => None,
        };
        let mut lines: Vec<String> = Vec::new();
        if let Some(key) = single.filter(|key| !self.columns.iter().any(|c| c.name.eq_ignore_ascii_case(key)))
        {
            lines.push(format!("   {} INTEGER PRIMARY KEY", quoted(key)));
        }
        for column in &self.columns {
            let is_key = single.is_some_and(|key| key.eq_ignore_ascii_case(&column.name));
            lines.push(column.sql(is_key, is_key && self.autoincrement));
        }
        lines.extend(self.constraints.iter().map(|constraint| format!("   {constraint}")));
        if self.primary_key.len() > 1 {
            let keys = self.primary_key.iter().map(|key| {
                let column = self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(key));
                quoted(column.map_or(key, |column| &column.name))
            });
            lines.push(format!("   PRIMARY KEY ({})", keys.collect::<Vec<_>>().join(", ")));
        }
        format!("CREATE TABLE {} (\n{}\n){}", quoted(&self.name), lines.join(",\n"), self.options)
    }
}

impl ColumnSql {
    fn sql(&self, is_key: bool, autoincrement: bool) -> String {
        let mut sql = format!("   {}", quoted(&self.name));
        if !self.sql_type.is_empty() {
            sql.push(' ');
            sql.push_str(&self.sql_type);
        }
        if is_key {
            sql.push_str(" PRIMARY KEY");
        }
        if autoincrement {
            sql.push_str(" AUTOINCREMENT");
        }
        if self.not_null {
            sql.push_str(" NOT NULL");
        }
        if let Some(default) = &self.default {
            sql.push_str(" DEFAULT ");
            sql.push_str(default);
        }
        if let Some(Reference { table, column, actions }) = &self.references {
            sql.push_str(&format!(" REFERENCES {}({}){actions}", quoted(table), quoted(column)));
        }
        for constraint in &self.rest {
            sql.push(' ');
            sql.push_str(constraint);
        }
        sql
    }
}

/// Whether a table may be called so.
pub(crate) fn is_table_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with("sqlite_") && !name.contains('\n')
}

/// A value as it stands behind `DEFAULT`.
pub(crate) fn literal(value: &Json) -> Result<String> {
    Ok(match value {
        Json::String(text) => format!("'{}'", text.replace('\'', "''")),
        Json::Bool(value) => i64::from(*value).to_string(),
        Json::Number(number) => number.to_string(),
        Json::Null => "NULL".to_owned(),
        Json::Array(_) | Json::Object(_) => {
            return Err(Error::bad_request("A default has to be text, a number, true, false or null"));
        }
    })
}

/// The column that a foreign key to the table means, if it does not say.
pub(crate) fn single_key(writer: &Writer<'_>, table: &str) -> Result<String> {
    let sql = "select name from pragma_table_info(:table) where pk > 0";
    let keys = writer.rows(sql, &[("table".to_owned(), Value::Text(table.to_owned()))])?;
    if keys.len() != 1 {
        let message = format!("Could not detect single primary key for table '{table}'");
        return Err(Error::bad_request(message));
    }
    Ok(as_text(keys.get(0, 0)).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_look_as_sqlite_utils_makes_them() {
        let column = |name: &str, sql_type: &str| ColumnSql {
            name: name.into(),
            sql_type: sql_type.into(),
            ..ColumnSql::default()
        };
        let mut table = TableSql {
            name: "a \"b".into(),
            columns: vec![
                column("id", "INTEGER"),
                ColumnSql { not_null: true, default: Some("'it''s'".into()), ..column("n", "TEXT") },
                ColumnSql {
                    references: Some(Reference {
                        table: "t".into(),
                        column: "id".into(),
                        actions: String::new(),
                    }),
                    ..column("r", "INTEGER")
                },
            ],
            primary_key: vec!["ID".into()],
            ..TableSql::default()
        };
        let expected = "CREATE TABLE \"a \"\"b\" (\n   \"id\" INTEGER PRIMARY KEY,\n   \
                        \"n\" TEXT NOT NULL DEFAULT 'it''s',\n   \"r\" INTEGER REFERENCES \"t\"(\"id\")\n)";
        assert_eq!(table.sql(), expected);
        table.columns.truncate(1);
        table.primary_key = vec!["id".into(), "b".into()];
        let expected = "CREATE TABLE \"a \"\"b\" (\n   \"id\" INTEGER,\n   PRIMARY KEY (\"id\", \"b\")\n)";
        assert_eq!(table.sql(), expected);
        table.primary_key = vec!["key".into()];
        let expected = "CREATE TABLE \"a \"\"b\" (\n   \"key\" INTEGER PRIMARY KEY,\n   \"id\" INTEGER\n)";
        assert_eq!(table.sql(), expected);
    }
}
