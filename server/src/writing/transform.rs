//! Rebuilding a table with other columns, keys or constraints: a new one is made and filled, and takes the
//! old one's place with its indexes and triggers. Nothing that SQLite keeps about the old one gets lost.

use datasette_plugin_api::Value;
use rand::Rng;

use super::create_sql::{ColumnSql, Reference, TableSql};
use super::definition::Definition;
use super::insert::table_sql;
use crate::error::{Error, Result};
use crate::sqlite::{Rows, Writer, as_text, quoted};

/// What is to be different. Columns are named as they are called in the table as it stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Transform {
    pub(crate) types: Vec<(String, String)>,
    pub(crate) drop: Vec<String>,
    pub(crate) not_null: Vec<(String, bool)>,
    /// SQL; `None` takes a default away.
    pub(crate) defaults: Vec<(String, Option<String>)>,
    pub(crate) column_order: Option<Vec<String>>,
    pub(crate) primary_key: Option<Vec<String>>,
    pub(crate) add_foreign_keys: Vec<(String, Reference)>,
    pub(crate) drop_foreign_keys: Vec<String>,
    /// In place of all that there are.
    pub(crate) foreign_keys: Option<Vec<(String, Reference)>>,
}

/// A table as it stands.
struct Old {
    definition: Definition,
    columns: Vec<OldColumn>,
    primary_key: Vec<String>,
    /// Columns and what they refer to; more than one column for compound keys.
    foreign_keys: Vec<(Vec<String>, String, Vec<String>, String)>,
}

struct OldColumn {
    name: String,
    sql_type: String,
    not_null: bool,
    /// It is computed: nothing can be put into it.
    generated: bool,
}

impl Transform {
    pub(crate) fn run(&self, writer: &Writer<'_>, table: &str) -> Result<()> {
        let old = Old::read(writer, table)?;
        self.check_names(&old)?;
        let random = rand::rng().random::<u64>();
        let name = format!("{table}_new_{random:012x}");
        let new = self.new_table(&old, name.clone())?;
        let sequence = sequence(writer, table, new.autoincrement)?;
        let dependents = dependents(writer, table)?;
        self.check_indexes(writer, table)?;
        writer.script(&new.sql())?;
        writer.script(&self.copy_sql(&old, table, &name))?;
        // Views and triggers that mention the table mean the new one from now on; they are not to be rewritten.
        writer.script(&format!(
            "DROP TABLE {old}; PRAGMA legacy_alter_table = ON; ALTER TABLE {new} RENAME TO {old}; \
             PRAGMA legacy_alter_table = OFF",
            old = quoted(table),
            new = quoted(&name)
        ))?;
        if let Some(sequence) = sequence {
            let params = [("seq".to_owned(), Value::Integer(sequence)), ("name".to_owned(), table.into())];
            let changed = writer
                .execute("update sqlite_sequence set seq = max(seq, :seq) where name = :name", &params)?;
            if changed == 0 {
                writer.execute("insert into sqlite_sequence (name, seq) values (:name, :seq)", &params)?;
            }
        }
        dependents.iter().try_for_each(|sql| Ok(writer.script(sql)?))
    }

    fn check_names(&self, old: &Old) -> Result<()> {
        let named = self.types.iter().map(|(name, _)| name);
        let named = named.chain(&self.drop).chain(self.not_null.iter().map(|(name, _)| name));
        let named =
            named.chain(self.defaults.iter().map(|(name, _)| name)).chain(self.primary_key.iter().flatten());
        let keys = self.add_foreign_keys.iter().chain(self.foreign_keys.iter().flatten());
        let mut named = named.chain(self.column_order.iter().flatten()).chain(keys.map(|(name, _)| name));
        match named.find(|name| !old.columns.iter().any(|column| same(&column.name, name))) {
            Some(name) => Err(Error::bad_request(format!("No such column: {name}"))),
            None => Ok(()),
        }
    }

    fn drops(&self, column: &str) -> bool {
        self.drop.iter().any(|dropped| same(dropped, column))
    }

    fn new_table(&self, old: &Old, name: String) -> Result<TableSql> {
        let primary_key = match &self.primary_key {
            Some(key) => key.clone(),
            None => old.primary_key.iter().filter(|key| !self.drops(key)).cloned().collect(),
        };
        let (references, mut constraints) = self.foreign_keys(old);
        let mut columns = Vec::new();
        for column in old.columns.iter().filter(|column| !self.drops(&column.name)) {
            let defined = old.definition.columns.iter().find(|defined| same(&defined.name, &column.name));
            let rest = defined.map_or(&[][..], |defined| defined.rest.as_slice());
            if let Some(dropped) = self.drop.iter().find(|dropped| rest.iter().any(|c| c.mentions(dropped))) {
                return Err(in_use(dropped));
            }
            let changed_type = self.types.iter().rfind(|(name, _)| same(name, &column.name));
            let changed_null = self.not_null.iter().rfind(|(name, _)| same(name, &column.name));
            let changed_default = self.defaults.iter().rfind(|(name, _)| same(name, &column.name));
            let reference = references.iter().rfind(|(name, _)| same(name, &column.name));
            columns.push(ColumnSql {
                name: column.name.clone(),
                sql_type: changed_type
                    .map_or_else(|| column.sql_type.clone(), |(_, sql_type)| sql_type.clone()),
                not_null: changed_null.map_or(column.not_null, |(_, not_null)| *not_null),
                default: match changed_default {
                    Some((_, default)) => default.clone(),
                    None => defined.and_then(|defined| defined.default.clone()),
                },
                references: reference.map(|(_, reference)| reference.clone()),
                rest: rest.iter().map(|constraint| constraint.sql.clone()).collect(),
            });
        }
        if columns.is_empty() {
            return Err(Error::bad_request("Tables must have at least one column"));
        }
        if let Some(order) = &self.column_order {
            let place = |column: &ColumnSql| order.iter().position(|name| same(name, &column.name));
            columns.sort_by_key(|column| place(column).unwrap_or(usize::MAX));
        }
        for constraint in &old.definition.constraints {
            if let Some(dropped) = self.drop.iter().find(|dropped| constraint.mentions(dropped)) {
                return Err(in_use(dropped));
            }
            constraints.push(constraint.sql.clone());
        }
        let single = primary_key.first().filter(|_| primary_key.len() == 1);
        let key_column = columns.iter().find(|column| single.is_some_and(|key| same(key, &column.name)));
        let is_integer = key_column.is_some_and(|column| column.sql_type.eq_ignore_ascii_case("integer"));
        let autoincrement = old.definition.autoincrement && is_integer;
        let options = old.definition.options.clone();
        Ok(TableSql { name, columns, primary_key, autoincrement, constraints, options })
    }

    /// Those of single columns, and constraints for the compound ones.
    fn foreign_keys(&self, old: &Old) -> (Vec<(String, Reference)>, Vec<String>) {
        if let Some(keys) = &self.foreign_keys {
            return (keys.clone(), Vec::new());
        }
        let (mut single, mut compound) = (Vec::new(), Vec::new());
        for (columns, table, others, actions) in &old.foreign_keys {
            let goes = |column: &String| {
                self.drops(column) || self.drop_foreign_keys.iter().any(|c| same(c, column))
            };
            if columns.iter().any(goes) {
                continue;
            }
            match (columns.as_slice(), others.as_slice()) {
                ([column], [other]) => {
                    let reference =
                        Reference { table: table.clone(), column: other.clone(), actions: actions.clone() };
                    single.push((column.clone(), reference));
                }
                _ => {
                    let list =
                        |names: &[String]| names.iter().map(|n| quoted(n)).collect::<Vec<_>>().join(", ");
                    let (columns, others, table) = (list(columns), list(others), quoted(table));
                    compound.push(format!("FOREIGN KEY ({columns}) REFERENCES {table}({others}){actions}"));
                }
            }
        }
        single.extend(self.add_foreign_keys.iter().cloned());
        (single, compound)
    }

    fn copy_sql(&self, old: &Old, table: &str, new: &str) -> String {
        let kept = old.columns.iter().filter(|column| !column.generated && !self.drops(&column.name));
        let to_number = |column: &OldColumn| {
            let new_type = self.types.iter().rfind(|(name, _)| same(name, &column.name));
            let is_number =
                new_type.is_some_and(|(_, sql_type)| matches!(sql_type.as_str(), "INTEGER" | "REAL"));
            is_number && (column.sql_type.is_empty() || column.sql_type.eq_ignore_ascii_case("text"))
        };
        let (mut from, mut to) = (Vec::new(), Vec::new());
        let has_rowid = !old.definition.options.to_ascii_uppercase().contains("WITHOUT ROWID")
            && !old.columns.iter().any(|column| same(&column.name, "rowid"));
        if has_rowid {
            from.push("rowid".to_owned());
            to.push("rowid".to_owned());
        }
        for column in kept {
            let name = quoted(&column.name);
            // Empty text is no number.
            from.push(if to_number(column) { format!("NULLIF({name}, '')") } else { name.clone() });
            to.push(name);
        }
        let (from, to) = (from.join(", "), to.join(", "));
        format!("INSERT INTO {} ({to}) SELECT {from} FROM {}", quoted(new), quoted(table))
    }

    /// An index of a column that goes would have to go as well; that is for somebody to decide.
    fn check_indexes(&self, writer: &Writer<'_>, table: &str) -> Result<()> {
        if self.drop.is_empty() {
            return Ok(());
        }
        let sql = "select l.name, coalesce(i.name, '') from pragma_index_list(:table) l, pragma_index_info(l.name) i";
        let columns = writer.rows(sql, &[("table".to_owned(), table.into())])?;
        for row in 0..columns.len() {
            let (index, column) = (as_text(columns.get(row, 0)), as_text(columns.get(row, 1)));
            if self.drops(&column) {
                let message =
                    format!("The column {column} is used by the index {index}; drop that index first");
                return Err(Error::bad_request(message));
            }
        }
        Ok(())
    }
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

fn in_use(column: &str) -> Error {
    Error::bad_request(format!("Cannot drop column {column}: a constraint of the table uses it"))
}

impl Old {
    fn read(writer: &Writer<'_>, table: &str) -> Result<Self> {
        let sql = table_sql(writer, table)?.unwrap_or_default();
        let definition = Definition::parse(&sql)?;
        let rows = writer.rows(&format!("PRAGMA table_xinfo({})", quoted(table)), &[])?;
        let text = |rows: &Rows, row: usize, column: &str| as_text(rows.named(row, column)).into_owned();
        let number =
            |rows: &Rows, row: usize, column: &str| rows.named(row, column).as_i64().unwrap_or_default();
        let columns = (0..rows.len()).map(|row| OldColumn {
            name: text(&rows, row, "name"),
            // The pragma adds this to the types of computed columns.
            sql_type: text(&rows, row, "type").trim_end_matches("GENERATED ALWAYS").trim_end().to_owned(),
            not_null: number(&rows, row, "notnull") != 0,
            generated: number(&rows, row, "hidden") >= 2,
        });
        let columns = columns.collect();
        let mut keys: Vec<(i64, String)> =
            (0..rows.len()).map(|row| (number(&rows, row, "pk"), text(&rows, row, "name"))).collect();
        keys.retain(|(place, _)| *place > 0);
        keys.sort_unstable();
        let primary_key = keys.into_iter().map(|(_, name)| name).collect();
        let foreign_keys = foreign_keys(writer, table)?;
        Ok(Self { definition, columns, primary_key, foreign_keys })
    }
}

#[expect(clippy::type_complexity, reason = "the four parts of a foreign key, read in one place")]
fn foreign_keys(writer: &Writer<'_>, table: &str) -> Result<Vec<(Vec<String>, String, Vec<String>, String)>> {
    let rows = writer.rows(&format!("PRAGMA foreign_key_list({})", quoted(table)), &[])?;
    let text = |row: usize, column: &str| as_text(rows.named(row, column)).into_owned();
    let mut keys: Vec<(i64, (Vec<String>, String, Vec<String>, String))> = Vec::new();
    for row in 0..rows.len() {
        let id = rows.named(row, "id").as_i64().unwrap_or_default();
        let other_table = text(row, "table");
        let other = match rows.named(row, "to") {
            datasette_plugin_api::ValueRef::Null => super::create_sql::single_key(writer, &other_table)?,
            value => as_text(value).into_owned(),
        };
        if let Some((_, (columns, _, others, _))) = keys.iter_mut().find(|(known, _)| *known == id) {
            columns.push(text(row, "from"));
            others.push(other);
            continue;
        }
        let mut actions = String::new();
        for (column, words) in [("on_update", "ON UPDATE"), ("on_delete", "ON DELETE")] {
            let action = text(row, column);
            if action != "NO ACTION" {
                actions.push_str(&format!(" {words} {action}"));
            }
        }
        keys.push((id, (vec![text(row, "from")], other_table, vec![other], actions)));
    }
    // SQLite lists the last one first.
    keys.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    Ok(keys.into_iter().map(|(_, key)| key).collect())
}

/// How far AUTOINCREMENT has counted.
fn sequence(writer: &Writer<'_>, table: &str, autoincrement: bool) -> Result<Option<i64>> {
    if !autoincrement {
        return Ok(None);
    }
    let found = writer
        .conn()
        .value("select seq from sqlite_sequence where name = :name", &[("name".to_owned(), table.into())])?;
    Ok(found.and_then(|value| value.as_i64()))
}

/// Statements of the indexes and triggers that go with the table.
fn dependents(writer: &Writer<'_>, table: &str) -> Result<Vec<String>> {
    let sql = "select sql from sqlite_master where tbl_name = :table collate nocase \
               and type in ('index', 'trigger') and sql is not null order by type, rowid";
    let rows = writer.rows(sql, &[("table".to_owned(), table.into())])?;
    Ok((0..rows.len()).map(|row| as_text(rows.get(row, 0)).into_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::Database;

    /// What a table made by `sql` is after the change: its statement, and what `question` says.
    #[track_caller]
    fn check(sql: &str, change: &Transform, question: &str, expected: &str) {
        let (_folder, database) = Database::for_test(sql);
        let found = database.write(|writer| {
            change.run(writer, "t")?;
            let statement = table_sql(writer, "t")?.unwrap_or_default();
            let answer =
                writer.conn().value(question, &[])?.map(|value| as_text(value.as_ref()).into_owned());
            Ok(format!("{statement} | {}", answer.unwrap_or_default()))
        });
        assert_eq!(found.unwrap_or_else(|error| format!("error: {error}")), expected);
    }

    #[test]
    fn triggers_indexes_and_the_sequence_stay() {
        check(
            "create table t (id integer primary key autoincrement, n text); create table log (n); \
             create trigger tr after insert on t begin insert into log values (new.n); end; \
             create index i on t(n); insert into t (n) values ('a'), ('b'); delete from t where n = 'b'",
            &Transform { not_null: vec![("n".into(), true)], ..Transform::default() },
            "select group_concat(name) || (select seq from sqlite_sequence where name = 't') \
             from (select name from sqlite_master where tbl_name = 't' order by name)",
            "CREATE TABLE \"t\" (\n   \"id\" INTEGER PRIMARY KEY AUTOINCREMENT,\n   \"n\" TEXT NOT NULL\n) | i,t,tr2",
        );
    }

    #[test]
    fn types_and_options_stay_unless_they_are_changed() {
        check(
            "create table t (code varchar(3) primary key, d datetime, x text) without rowid; \
             insert into t values ('a', '2024-01-01', '')",
            &Transform { types: vec![("x".into(), "INTEGER".into())], ..Transform::default() },
            "select d || coalesce(x, ' null') from t",
            "CREATE TABLE \"t\" (\n   \"code\" varchar(3) PRIMARY KEY NOT NULL,\n   \"d\" datetime,\n   \
             \"x\" INTEGER\n) without rowid | 2024-01-01 null",
        );
    }

    #[test]
    fn compound_keys_of_other_tables_stay() {
        check(
            "create table o (a, b, primary key (a, b)); \
             create table t (a, b, c references o(a) on delete cascade, foreign key (a, b) references o(a, b))",
            &Transform { drop: vec!["c".into()], ..Transform::default() },
            "select count(*) from pragma_foreign_key_list('t')",
            "CREATE TABLE \"t\" (\n   \"a\",\n   \"b\",\n   FOREIGN KEY (\"a\", \"b\") REFERENCES \"o\"(\"a\", \"b\")\n) | 2",
        );
    }

    #[test]
    fn a_column_that_is_needed_or_missing_is_not_dropped() {
        let drop = |name: &str| Transform { drop: vec![name.into()], ..Transform::default() };
        let sql = "create table t (a, b, c check (b > 1)); create index i on t(a)";
        let used = "The column a is used by the index i; drop that index first";
        check(sql, &drop("a"), "select 1", &format!("error: {used}"));
        check(sql, &drop("b"), "select 1", "error: Cannot drop column b: a constraint of the table uses it");
        check(sql, &drop("d"), "select 1", "error: No such column: d");
    }
}
