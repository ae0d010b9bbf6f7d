//! What one actor may not see of the databases on a connection: columns, and whole tables.
//!
//! A veil lies over a connection while somebody's request works with it. Whatever SQL is prepared
//! meanwhile, ours or a visitor's, can't read, write or describe what is under it: SQLite's authorizer
//! asks here. Who may see what is decided by `permissions`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rusqlite::hooks::{AuthAction, AuthContext};

use super::token::{Token, tokens};

/// The databases of a connection, by SQLite's names for them.
#[derive(Debug, Default)]
pub(crate) struct Veil {
    schemas: BTreeMap<String, Arc<Concealed>>,
    /// Tells answers under this veil from others; equal veils have equal ones.
    pub(super) identity: String,
}

/// What is concealed of one database. Names are in lower case.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Concealed {
    columns: BTreeMap<String, BTreeSet<String>>,
    tables: BTreeSet<String>,
}

/// Pragmas that describe the table they are given.
const ABOUT_TABLES: &[&str] = &["table_info", "table_xinfo", "foreign_key_list", "index_list"];
/// Pragmas that describe an index: which table it belongs to, they don't say.
const ABOUT_INDEXES: &[&str] = &["index_info", "index_xinfo"];

impl Concealed {
    pub(crate) fn is_empty(&self) -> bool {
        self.columns.is_empty() && self.tables.is_empty()
    }

    pub(crate) fn add_column(&mut self, table: &str, column: &str) {
        self.columns.entry(fold(table)).or_default().insert(fold(column));
    }

    /// Conceals a whole table or view. Whether it was not concealed before.
    pub(crate) fn add_table(&mut self, table: &str) -> bool {
        self.tables.insert(fold(table))
    }

    /// Names of the tables of which columns are concealed, in lower case.
    pub(crate) fn tables_with_columns(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    /// The concealed columns of a table, in lower case.
    pub(crate) fn columns_of(&self, table: &str) -> Option<&BTreeSet<String>> {
        self.columns.get(&fold(table))
    }

    /// Nothing of it may be seen.
    pub(crate) fn hides_table(&self, table: &str) -> bool {
        self.tables.contains(&fold(table))
    }

    /// Something of it may not be seen.
    pub(crate) fn touches(&self, table: &str) -> bool {
        self.hides_table(table) || self.columns_of(table).is_some()
    }

    pub(crate) fn hides_column(&self, table: &str, column: &str) -> bool {
        self.columns_of(table).is_some_and(|columns| columns.contains(&fold(column)))
    }

    /// Nothing but that table.
    pub(crate) fn of_table(table: &str) -> Self {
        Self { tables: BTreeSet::from([fold(table)]), ..Self::default() }
    }

    /// Whether a statement of the schema names a table of which something is concealed.
    pub(crate) fn names_table_in(&self, sql: &str) -> bool {
        tokens(sql).iter().filter_map(Token::name).any(|name| self.touches(name))
    }
}

impl Veil {
    /// `main` is the connection's own database; the others are attached to it.
    pub(crate) fn new(
        main: Arc<Concealed>,
        attached: impl IntoIterator<Item = (String, Arc<Concealed>)>,
    ) -> Option<Self> {
        let own = std::iter::once(("main".to_owned(), main));
        let schemas: BTreeMap<_, _> = own
            .chain(attached)
            .filter(|(_, concealed)| !concealed.is_empty())
            .map(|(name, concealed)| (fold(&name), concealed))
            .collect();
        let identity = format!("{schemas:?}");
        (!schemas.is_empty()).then_some(Self { schemas, identity })
    }

    /// What is concealed of the connection's own database.
    pub(crate) fn main(&self) -> Option<&Concealed> {
        self.schemas.get("main").map(AsRef::as_ref)
    }

    /// Whether the authorizer has to refuse. Where SQLite doesn't say which database it is about, it may be any.
    pub(super) fn refuses(&self, context: &AuthContext<'_>) -> bool {
        let schema = context.database_name;
        // In the name of a view that is concealed nothing is read at all, be it only counted.
        if context.accessor.is_some_and(|view| self.any(schema, |concealed| concealed.hides_table(view))) {
            return true;
        }
        match context.action {
            AuthAction::Read { table_name, column_name } => {
                self.any(schema, |concealed| conceals_read(concealed, table_name, column_name))
            }
            AuthAction::Update { table_name, column_name } => self.any(schema, |concealed| {
                concealed.hides_table(table_name) || concealed.hides_column(table_name, column_name)
            }),
            // SQLite doesn't say into which columns.
            AuthAction::Insert { table_name }
            | AuthAction::CreateIndex { table_name, .. }
            | AuthAction::CreateTempIndex { table_name, .. } => {
                self.any(schema, |concealed| concealed.touches(table_name))
            }
            // Under another name its columns would not be concealed any more.
            AuthAction::AlterTable { database_name, table_name } => {
                self.any(Some(database_name), |concealed| concealed.touches(table_name))
            }
            AuthAction::Delete { table_name } => {
                self.any(schema, |concealed| concealed.hides_table(table_name))
            }
            // They work later, for others, who may see more.
            AuthAction::CreateTrigger { .. }
            | AuthAction::CreateTempTrigger { .. }
            | AuthAction::CreateVtable { .. } => true,
            AuthAction::Pragma { pragma_name, pragma_value } => {
                let is_one_of = |names: &[&str]| names.iter().any(|n| n.eq_ignore_ascii_case(pragma_name));
                let touches = || {
                    pragma_value
                        .is_none_or(|table| self.schemas.values().any(|concealed| concealed.touches(table)))
                };
                is_one_of(ABOUT_INDEXES) || (is_one_of(ABOUT_TABLES) && touches())
            }
            _ => false,
        }
    }

    fn any(&self, schema: Option<&str>, conceals: impl Fn(&Concealed) -> bool) -> bool {
        match schema.map(fold) {
            // Views and triggers of `temp` may be about any database.
            None => self.schemas.values().any(|concealed| conceals(concealed)),
            Some(schema) if schema == "temp" => self.schemas.values().any(|concealed| conceals(concealed)),
            Some(schema) => self.schemas.get(&schema).is_some_and(|concealed| conceals(concealed)),
        }
    }
}

fn conceals_read(concealed: &Concealed, table: &str, column: &str) -> bool {
    if concealed.hides_table(table) || concealed.hides_column(table, column) {
        return true;
    }
    match fold(table).as_str() {
        // The text of the statements names every column.
        "sqlite_master" | "sqlite_schema" | "sqlite_temp_master" | "sqlite_temp_schema" => {
            column.eq_ignore_ascii_case("sql")
        }
        // Samples of the values of indexed columns.
        "sqlite_stat3" | "sqlite_stat4" => true,
        _ => false,
    }
}

/// Whether tables might be joined by the names of their columns. SQLite compares those columns without
/// asking the authorizer, so nobody may do it under a veil. The words are looked for in strings and comments
/// too: who writes the SQL must not be able to make us see a string where SQLite sees none.
pub(crate) fn joins_by_name(sql: &str) -> bool {
    let sql = sql.to_ascii_lowercase();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii();
    sql.split(|c| !is_word(c)).any(|word| matches!(word, "natural" | "using"))
}

/// As SQLite compares names.
fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::connection::Conn;
    use super::*;

    const SCHEMA: &str = "create table people (id integer primary key, name text, Email text);
        insert into people values (1, 'Ann', 'ann@example.com');
        create table other (id integer primary key, email text);
        insert into other values (1, 'ann@example.com');
        create index by_email on people (email);
        create view everybody as select * from people;
        create view guesses as select o.id from other o natural join people;
        create virtual table found using fts5(name, email);
        analyze;";

    fn conn() -> Conn {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        Conn::new(connection).unwrap()
    }

    fn veil() -> Arc<Veil> {
        let mut concealed = Concealed::default();
        concealed.add_column("PEOPLE", "email");
        concealed.add_table("found");
        concealed.add_table("guesses");
        Arc::new(Veil::new(Arc::new(concealed), []).unwrap())
    }

    #[track_caller]
    fn refused(sql: &str) {
        let conn = conn();
        conn.rows(sql, &[]).expect("without a veil it runs, and is kept prepared");
        let error = conn.through(Some(&veil()), || conn.rows(sql, &[])).expect_err(sql);
        let message = error.message();
        assert!(!message.to_lowercase().contains("email") && !message.contains("people"), "{sql}: {message}");
        conn.rows(sql, &[]).expect("it runs again afterwards");
    }

    #[track_caller]
    fn runs(sql: &str) {
        let conn = conn();
        conn.through(Some(&veil()), || conn.rows(sql, &[])).expect(sql);
    }

    #[test]
    fn a_concealed_column_can_t_be_read_in_any_way() {
        for sql in [
            "select email from people",
            "select \"email\" from people",
            "select EMAIL from PEOPLE",
            "select main.people.email from people",
            "select * from people",
            "select id from (select * from people)",
            "select id from everybody",
            "with x as (select * from people) select id from x",
            "select id from people where email like 'a%'",
            "select id from people order by email",
            "select count(email) from people",
            "select id from people group by email",
            "select max(email) over () from people",
            "select 1 where exists (select email from people)",
            "select o.id from other o where (select 1 from people p where p.email = o.email)",
            "select o.id from other o join people p on p.email = o.email",
            "select sqlite_offset(email) from people",
            "select id from people union select email from people",
            "select json_group_array(email) from people",
            "select (1, 'Ann', 'ann@example.com') in people",
            "select row_number() over (partition by email) from people",
            "select count(*) filter (where email is null) from people",
            "select id from people except select id from (select * from people)",
            "select p.id from other o left join people p on (o.id, o.email) = (p.id, p.email)",
            "select distinct * from people indexed by by_email where email > ''",
            "select x.value from people, json_each(json_array(email)) x",
            "select rowid from found where found match 'email:ann'",
            "select count(*) from found",
            "select count(*) from guesses",
            "select 1 from guesses",
            "select * from found",
            "select sql from sqlite_master",
            "select sql from sqlite_schema",
            "select * from pragma_table_info('people')",
            "select * from pragma_table_xinfo('PEOPLE')",
            "select m.name, c.name from sqlite_master m, pragma_table_info(m.name) c",
            "select * from pragma_index_info('by_email')",
            "select * from pragma_index_xinfo('by_email')",
            "select * from pragma_index_list('people')",
            "select * from sqlite_stat4",
        ] {
            if sql.contains("sqlite_offset") && conn().rows(sql, &[]).is_err() {
                continue;
            }
            refused(sql);
        }
    }

    #[test]
    fn joins_by_name_are_refused_because_sqlite_does_not_ask_about_them() {
        refused("select people.id from people natural join (select 'ann@example.com' as email)");
        refused("select people.id from people join (select 'ann@example.com' as email) using (email)");
        refused("select count(*) from main.people NATURAL /* x */ JOIN other");
        // SQLite takes `:a(')` for one name, where others see a string begin.
        for sql in [
            "select :a(') from people natural join other -- '",
            "select '/*/' from people /*/ */ natural join other",
        ] {
            assert!(joins_by_name(sql), "{sql}");
        }
        runs("select 'housing' as naturally");
    }

    #[test]
    fn everything_else_can_be_read() {
        for sql in [
            "select id, name from people",
            "select rowid, count(*) from people",
            "select * from other",
            "select email from other",
            "select name, type from sqlite_master",
            "select * from pragma_table_info('other')",
            "select people.name, other.email from people join other on other.id = people.id",
        ] {
            runs(sql);
        }
    }

    #[test]
    fn a_column_that_is_not_there_sounds_like_a_concealed_one() {
        let conn = conn();
        let message = |sql| conn.through(Some(&veil()), || conn.rows(sql, &[])).unwrap_err().message();
        assert_eq!(message("select zr_none from people"), message("select email from people"));
        assert_eq!(message("select * from people"), message("select email from people"));
        assert_eq!(
            conn.rows("select zr_none from people", &[]).unwrap_err().message(),
            "no such column: zr_none"
        );
    }

    #[test]
    fn what_is_written_under_a_veil_does_not_touch_what_it_conceals() {
        for (sql, allowed) in [
            ("update people set name = 'Bob'", true),
            ("delete from people where id = 7", true),
            ("insert into other (email) values ('x')", true),
            ("create view v as select 1", true),
            ("update people set name = email", false),
            ("update people set email = 'x'", false),
            ("update people set name = 'x' where email = 'ann@example.com'", false),
            ("update people set name = 'x' returning *", false),
            ("delete from people where email is not null", false),
            ("delete from people returning email", false),
            ("insert into people (id, name) values (9, 'x')", false),
            ("insert into people values (9, 'x', 'y')", false),
            ("insert into other select id + 10, email from people", false),
            ("create table copy as select * from people", false),
            ("alter table people rename to persons", false),
            ("alter table people rename column email to mail", false),
            ("create unique index u on people (email)", false),
            ("create trigger t after insert on other begin delete from other; end", false),
            ("create virtual table leak using fts5(email, content='people')", false),
        ] {
            let conn = conn();
            let done = conn.through(Some(&veil()), || conn.write(sql, 10, |_| Ok(())));
            assert_eq!(done.is_ok(), allowed, "{sql}: {done:?}");
        }
    }

    #[test]
    fn attached_databases_have_their_own() {
        let conn = conn();
        conn.batch("attach ':memory:' as elsewhere; create table elsewhere.people (id, email)").unwrap();
        let mut concealed = Concealed::default();
        concealed.add_column("people", "email");
        let veil =
            Arc::new(Veil::new(Arc::default(), [("elsewhere".to_owned(), Arc::new(concealed))]).unwrap());
        let run = |sql| conn.through(Some(&veil), || conn.rows(sql, &[])).is_ok();
        assert!(run("select email from main.people"));
        assert!(!run("select email from elsewhere.people"));
    }

    #[test]
    fn a_veil_is_lifted_for_a_while_and_lies_again() {
        let conn = conn();
        let read = || conn.rows("select email from people", &[]).is_ok();
        assert_eq!(
            conn.through(Some(&veil()), || (read(), conn.unveiled(read), read())),
            (false, true, false)
        );
        assert!(read());
    }

    #[test]
    fn nothing_concealed_is_no_veil() {
        assert!(Veil::new(Arc::default(), [("x".to_owned(), Arc::default())]).is_none());
    }
}
