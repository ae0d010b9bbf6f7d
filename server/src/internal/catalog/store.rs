//! Writes the catalogue's tables.

use datasette_plugin_api::Value;

use super::Change;
use super::scan::Detail;
use crate::error::Result;
use crate::internal::named;
use crate::internal::schema::CATALOG;
use crate::sqlite::{Conn, Params, Writer, as_text};

/// Names of all databases of which there is anything, attached or not.
pub(super) fn databases(conn: &Conn) -> Result<Vec<String>> {
    let selects: Vec<String> =
        CATALOG.iter().map(|table| format!("select database_name from {table}")).collect();
    let rows = conn.rows(&selects.join(" union "), &[])?;
    Ok((0..rows.len()).map(|row| as_text(rows.get(row, 0)).into_owned()).collect())
}

pub(super) fn remove_database(writer: &Writer<'_>, name: &str) -> Result<()> {
    for table in CATALOG {
        writer.execute(
            &format!("delete from {table} where database_name = :database"),
            &[named("database", name)],
        )?;
    }
    Ok(())
}

pub(super) fn write(writer: &Writer<'_>, change: &Change) -> Result<()> {
    let (name, contents) = (change.name.as_str(), &change.contents);
    if change.whole {
        remove_database(writer, name)?;
    }
    for outdated in &contents.outdated {
        for table in CATALOG.into_iter().filter(|table| *table != "catalog_databases") {
            let column = if table == "catalog_views" { "view_name" } else { "table_name" };
            let sql = format!("delete from {table} where database_name = :database and {column} = :name");
            writer.execute(&sql, &[named("database", name), named("name", outdated.as_str())])?;
        }
    }
    let line = vec![
        named("database", name),
        named("path", change.path.as_deref()),
        named("is_memory", change.is_memory),
        named("schema_version", change.mirrored.schema_version),
    ];
    let sql =
        "insert or replace into catalog_databases values (:database, :path, :is_memory, :schema_version)";
    writer.execute(sql, &line)?;

    for (table, entries) in [("catalog_tables", &contents.tables), ("catalog_views", &contents.views)] {
        let mut insert = Insert::new(table, 4, name);
        for entry in entries {
            insert.line(
                writer,
                &[Value::from(entry.name.as_str()), entry.rootpage.clone(), entry.sql.clone()],
            )?;
        }
    }
    let details = [
        ("catalog_columns", &contents.columns),
        ("catalog_indexes", &contents.indexes),
        ("catalog_foreign_keys", &contents.foreign_keys),
    ];
    for (table, lines) in details {
        write_details(writer, table, name, lines)?;
    }
    Ok(())
}

fn write_details(writer: &Writer<'_>, table: &str, database: &str, lines: &[Detail]) -> Result<()> {
    let Some(first) = lines.first() else { return Ok(()) };
    let mut insert = Insert::new(table, first.values.len() + 2, database);
    for line in lines {
        let values: Vec<Value> =
            std::iter::once(Value::from(line.table.as_str())).chain(line.values.iter().cloned()).collect();
        insert.line(writer, &values)?;
    }
    Ok(())
}

/// Inserts many lines with one statement. Its parameters are made once and filled again.
struct Insert {
    sql: String,
    params: Params,
}

impl Insert {
    /// The first column is the database.
    fn new(table: &str, columns: usize, database: &str) -> Self {
        let names: Vec<String> = (0..columns).map(|index| format!("c{index}")).collect();
        let sql = format!("insert or replace into {table} values (:{})", names.join(", :"));
        let params = names.into_iter().map(|name| (name, Value::from(database))).collect();
        Self { sql, params }
    }

    fn line(&mut self, writer: &Writer<'_>, values: &[Value]) -> Result<()> {
        for ((_, param), value) in self.params.iter_mut().skip(1).zip(values) {
            *param = value.clone();
        }
        writer.execute(&self.sql, &self.params)?;
        Ok(())
    }
}
