//! Every way in which SQL could reach what is concealed.

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

pub(super) fn veil_over(columns: &[(&str, &str)], tables: &[&str]) -> Arc<Veil> {
    let mut concealed = Concealed::default();
    for (table, column) in columns {
        concealed.add_column(table, column);
    }
    for table in tables {
        concealed.add_table(table);
    }
    Arc::new(Veil::new(Arc::new(concealed), []).unwrap())
}

fn veil() -> Arc<Veil> {
    veil_over(&[("PEOPLE", "email")], &["found", "guesses"])
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
    let veil = Arc::new(Veil::new(Arc::default(), [("elsewhere".to_owned(), Arc::new(concealed))]).unwrap());
    let run = |sql| conn.through(Some(&veil), || conn.rows(sql, &[])).is_ok();
    assert!(run("select email from main.people"));
    assert!(!run("select email from elsewhere.people"));
}

#[test]
fn a_veil_is_lifted_for_a_while_and_lies_again() {
    let conn = conn();
    let read = || conn.rows("select email from people", &[]).is_ok();
    assert_eq!(conn.through(Some(&veil()), || (read(), conn.unveiled(read), read())), (false, true, false));
    assert!(read());
}

#[test]
fn nothing_concealed_is_no_veil() {
    assert!(Veil::new(Arc::default(), [("x".to_owned(), Arc::default())]).is_none());
}
