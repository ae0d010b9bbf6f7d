//! Tables that hold parts of other tables.

use super::*;

/// Everybody sees everything, except for these tables.
fn site_without(tables: &'static [&'static str], sql: &str) -> Site {
    let site = Site::empty(move |_, _| {
        let rows = tables.iter().map(|table| {
            PermissionSql::rows("select 'd' as parent, :table as child, 0 as allow, 'no' as reason")
                .param("table", *table)
        });
        Ok(allow_all().into_iter().chain(rows).collect())
    });
    site.add("d", sql);
    site
}

/// Which tables may be seen; single checks and lists have to agree.
#[track_caller]
fn check(site: &Site, expected: &[&str]) {
    let request = request(None);
    let listed = site.permissions.list_all(&request, List::of("view-table")).unwrap();
    let listed: Vec<_> = listed.iter().filter_map(|item| item.child.as_deref()).collect();
    let everything = site.databases.read().clone();
    let names = everything[0]
        .read_whole(None, |conn| {
            Ok(conn.rows("select name from sqlite_master where type = 'table' order by 1", &[])?)
        })
        .unwrap();
    let single: Vec<String> = (0..names.len())
        .map(|row| crate::sqlite::as_text(names.get(row, 0)).into_owned())
        .filter(|name| site.permissions.allowed(&request, "view-table", Resource::Table("d", name)).unwrap())
        .collect();
    assert_eq!(listed, single);
    assert_eq!(listed, expected);
}

const EXTERNAL: &str = "create table Docs (id integer primary key, body);
    create virtual table docs_fts using fts5(body, content=docs, content_rowid=id);
    create virtual table words using fts5vocab(docs_fts, row)";

#[test]
fn a_full_text_table_shows_no_more_than_its_source() {
    check(&site_without(&[], EXTERNAL), &["Docs", "docs_fts"]);
    check(&site_without(&["DOCS"], EXTERNAL), &[]);
    check(&site_without(&["docs_fts"], EXTERNAL), &["Docs"]);
}

#[test]
fn shadow_tables_show_no_more_than_their_table() {
    let own = "create virtual table notes using fts5(body); create table notes_x (a)";
    let all =
        ["notes", "notes_config", "notes_content", "notes_data", "notes_docsize", "notes_idx", "notes_x"];
    check(&site_without(&[], own), &all);
    check(&site_without(&["Notes"], own), &["notes_x"]);
    let tree = "create virtual table places using rtree(id, a, b)";
    check(&site_without(&[], tree), &["places", "places_node", "places_parent", "places_rowid"]);
    check(&site_without(&["places"], tree), &[]);
}

#[test]
fn what_is_made_from_something_made_is_closed() {
    // The words of a full-text table that indexes another one, and its shadow tables.
    let site = site_without(&[], EXTERNAL);
    for table in ["words", "docs_fts_data", "DOCS_FTS_IDX"] {
        assert!(
            !site.permissions.allowed(&request(None), "view-table", Resource::Table("d", table)).unwrap()
        );
    }
    let own =
        "create virtual table notes using fts5(body); create virtual table words using fts5vocab(notes, row)";
    let site = site_without(&[], own);
    assert!(site.permissions.allowed(&request(None), "view-table", Resource::Table("d", "words")).unwrap());
}

#[test]
fn words_of_a_table_that_can_not_be_found_are_closed() {
    let own =
        "create virtual table notes using fts5(body); create virtual table words using fts5vocab(gone, row)";
    let site = site_without(&[], own);
    assert!(!site.permissions.allowed(&request(None), "view-table", Resource::Table("d", "words")).unwrap());
}

#[test]
fn actions_that_require_a_look_at_a_table_follow() {
    let site = site_without(&["docs"], EXTERNAL);
    let table = Resource::Table("d", "docs_fts");
    assert!(!site.permissions.allowed(&request(None), "see-more", table).unwrap());
    let listed = site.permissions.list_all(&request(None), List::of("see-more")).unwrap();
    assert!(listed.is_empty());
}

#[test]
fn a_change_of_the_schema_is_seen() {
    let site = site_without(&["docs"], "create table docs (body); create table docs_fts (a)");
    let fts = Resource::Table("d", "docs_fts");
    assert!(site.permissions.allowed(&request(None), "view-table", fts).unwrap());
    let database = site.databases.read()[0].clone();
    let sql = "drop table docs_fts; create virtual table docs_fts using fts5(body, content=docs)";
    database.write(|writer| Ok(writer.script(sql)?)).unwrap();
    assert!(!site.permissions.allowed(&request(None), "view-table", fts).unwrap());
}
