//! The mirror of the attached databases' schemas, for plugins that ask about them in SQL.
//!
//! Pages and permission checks of one table look at the databases themselves: this may lag behind by a
//! second. After the first time only what changed is written, so that creating one table among
//! thousands stays cheap.

mod scan;
mod store;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use datasette_plugin_api::Value;
use parking_lot::Mutex;

use super::Internal;
use crate::error::{Error, Result};
use crate::sqlite::Database;

use scan::{Contents, Fingerprints};

/// Nobody looks at the schemas more often, unless forced to.
const INTERVAL: Duration = Duration::from_secs(1);

/// What the catalogue's tables hold, as this process has written them.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    mirrored: Mutex<HashMap<String, Mirrored>>,
    looked: Mutex<Option<Instant>>,
    is_filled: AtomicBool,
}

/// A database as it was when it was last read.
#[derive(Debug)]
struct Mirrored {
    /// A database may be replaced by another one of the same name.
    database: Weak<Database>,
    schema_version: i64,
    entries: Fingerprints,
}

/// A database that has to be written, and how.
struct Change {
    name: String,
    path: Option<String>,
    is_memory: bool,
    mirrored: Mirrored,
    contents: Contents,
    /// Nothing of it is in the tables that may stay.
    whole: bool,
}

impl Internal {
    /// Brings the catalogue up to date, at most once a second. A call while another one is at work
    /// returns at once, unless the catalogue was never filled or `force` is set: then it waits.
    pub(crate) fn refresh(&self, databases: &[Arc<Database>], force: bool) -> Result<()> {
        let catalog = &self.catalog;
        let is_filled = catalog.is_filled.load(Ordering::Acquire);
        if !force && is_filled && !catalog.is_due() {
            return Ok(());
        }
        let mut mirrored = if force || !is_filled {
            catalog.mirrored.lock()
        } else {
            match catalog.mirrored.try_lock() {
                Some(mirrored) => mirrored,
                None => return Ok(()),
            }
        };
        if !is_filled && catalog.is_filled.load(Ordering::Acquire) && !force {
            return Ok(());
        }
        *catalog.looked.lock() = Some(Instant::now());

        let mut changes = Vec::new();
        for database in databases {
            match look(database, mirrored.get(&database.name)) {
                Ok(change) => changes.extend(change),
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                // One unreadable file must not take the others with it.
                Err(error) => tracing::warn!("The schema of {} could not be read: {error}", database.name),
            }
        }
        let attached: HashSet<&str> = databases.iter().map(|database| database.name.as_str()).collect();
        let gone: Vec<String> = if is_filled {
            mirrored.keys().filter(|name| !attached.contains(name.as_str())).cloned().collect()
        } else {
            self.read(store::databases)?
                .into_iter()
                .filter(|name| !attached.contains(name.as_str()))
                .collect()
        };
        if !changes.is_empty() || !gone.is_empty() {
            self.write(|writer| {
                gone.iter().try_for_each(|name| store::remove_database(writer, name))?;
                changes.iter().try_for_each(|change| store::write(writer, change))
            })?;
            for name in gone {
                mirrored.remove(&name);
            }
            mirrored.extend(changes.into_iter().map(|change| (change.name, change.mirrored)));
        }
        catalog.is_filled.store(true, Ordering::Release);
        Ok(())
    }
}

impl Catalog {
    fn is_due(&self) -> bool {
        self.looked.lock().is_none_or(|looked| looked.elapsed() >= INTERVAL)
    }
}

/// What has to be written about a database, if anything.
fn look(database: &Arc<Database>, before: Option<&Mirrored>) -> Result<Option<Change>> {
    let before = before.filter(|before| Weak::ptr_eq(&before.database, &Arc::downgrade(database)));
    database.read_whole(None, |conn| {
        // Not `Conn::schema_version`, which remembers what it was at the start of the lease. Asked
        // before the schema is read: if it changes meanwhile, the next look reads it again.
        let schema_version = match conn.value("PRAGMA schema_version", &[])? {
            Some(Value::Integer(version)) => version,
            _ => 0,
        };
        if before.is_some_and(|before| before.schema_version == schema_version) {
            return Ok(None);
        }
        let (contents, entries) = scan::scan(conn, before.map(|before| &before.entries))?;
        Ok(Some(Change {
            name: database.name.clone(),
            path: database.path().map(|path| path.to_string_lossy().into_owned()),
            is_memory: database.is_memory(),
            mirrored: Mirrored { database: Arc::downgrade(database), schema_version, entries },
            contents,
            whole: before.is_none(),
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::internal::fixture::{memory, missing, run};

    #[track_caller]
    fn check(internal: &Internal, sql: &str, expected: &str) {
        let rows = internal.read(|conn| Ok(conn.rows(sql, &[])?)).unwrap();
        let line = |row| {
            let cells = (0..rows.columns.len())
                .map(|column| crate::sqlite::as_text(rows.get(row, column)).into_owned());
            cells.collect::<Vec<_>>().join("|")
        };
        assert_eq!((0..rows.len()).map(line).collect::<Vec<_>>().join("\n"), expected);
    }

    #[test]
    fn everything_about_a_schema_is_mirrored() {
        let (internal, database) = (Internal::open(None).unwrap(), memory("d"));
        run(
            &database,
            "create table parent (id integer primary key, name text not null default 'x');
             create table child (a, b references parent(id) on delete cascade, c as (a) virtual, primary key (a, b));
             create unique index child_b on child (b) where b > 1;
             create view v as select * from parent;
             create virtual table words using fts5(word)",
        );
        internal.refresh(&[database], false).unwrap();
        check(&internal, "select database_name, is_memory, path from catalog_databases", "d|1|None");
        check(
            &internal,
            "select table_name, sql is not null from catalog_tables where table_name not like 'words_%' order by 1",
            "child|1\nparent|1\nwords|1",
        );
        check(
            &internal,
            "select view_name, rootpage, sql from catalog_views",
            "v|0|CREATE VIEW v as select * from parent",
        );
        check(
            &internal,
            "select cid, name, type, \"notnull\", default_value, is_pk, hidden from catalog_columns \
             where table_name in ('parent', 'child') order by table_name, cid",
            "0|a||0|None|1|0\n1|b||0|None|2|0\n2|c||0|None|0|2\n0|id|INTEGER|0|None|1|0\n1|name|TEXT|1|'x'|0|0",
        );
        check(
            &internal,
            "select name from catalog_columns where table_name = 'words' and hidden = 0",
            "word",
        );
        check(
            &internal,
            "select table_name, name, \"unique\", origin, partial from catalog_indexes where table_name = 'child' order by name",
            "child|child_b|1|c|1\nchild|sqlite_autoindex_child_1|1|pk|0",
        );
        check(
            &internal,
            "select table_name, id, seq, \"table\", \"from\", \"to\", on_delete from catalog_foreign_keys",
            "child|0|0|parent|b|id|CASCADE",
        );
    }

    #[test]
    fn only_what_changed_is_written_again() {
        let (internal, database) = (Internal::open(None).unwrap(), memory("d"));
        run(&database, "create table a (x); create table b (y); create view v as select 1");
        internal.refresh(std::slice::from_ref(&database), false).unwrap();
        // A mark that a rewrite of the whole database would remove.
        internal
            .write(|writer| Ok(writer.script("update catalog_columns set type = 'kept' where name = 'x'")?))
            .unwrap();
        run(
            &database,
            "alter table b add column z; create table c (w); create index b_y on b (y); drop view v",
        );
        internal.refresh(&[database], true).unwrap();
        check(
            &internal,
            "select table_name, name, type from catalog_columns order by 1, cid",
            "a|x|kept\nb|y|\nb|z|\nc|w|",
        );
        check(&internal, "select table_name, name from catalog_indexes", "b|b_y");
        check(&internal, "select count(*) from catalog_views", "0");
    }

    #[test]
    fn databases_that_are_gone_disappear() {
        let internal = Internal::open(None).unwrap();
        internal
            .write(|writer| {
                Ok(writer.script(
                    "insert into catalog_databases values ('old', '/gone.db', 0, 1);
                     insert into catalog_tables values ('older', 't', 2, 'create table t (a)')",
                )?)
            })
            .unwrap();
        let databases = [memory("d"), memory("e")];
        for database in &databases {
            run(database, "create table t (a)");
        }
        internal.refresh(&databases, false).unwrap();
        check(&internal, "select database_name, table_name from catalog_tables order by 1", "d|t\ne|t");
        internal.refresh(&databases[1..], true).unwrap();
        check(&internal, "select database_name from catalog_databases", "e");
        check(&internal, "select database_name, table_name, name from catalog_columns", "e|t|a");
    }

    #[test]
    fn a_database_that_took_the_name_of_another_is_read_anew() {
        let internal = Internal::open(None).unwrap();
        for table in ["first", "second"] {
            let database = memory("d");
            run(&database, &format!("create table {table} (a)"));
            internal.refresh(&[database], true).unwrap();
            check(&internal, "select table_name from catalog_tables", table);
        }
    }

    #[test]
    fn nothing_is_written_when_nothing_changed() {
        let (internal, database) = (Internal::open(None).unwrap(), memory("d"));
        run(&database, "create table a (x)");
        internal.refresh(std::slice::from_ref(&database), true).unwrap();
        let generation = internal.generation();
        internal.refresh(&[database], true).unwrap();
        assert_eq!(internal.generation(), generation);
    }

    #[test]
    fn changes_within_a_second_wait_unless_forced() {
        let (internal, database) = (Internal::open(None).unwrap(), memory("d"));
        internal.refresh(std::slice::from_ref(&database), false).unwrap();
        run(&database, "create table a (x)");
        internal.refresh(std::slice::from_ref(&database), false).unwrap();
        check(&internal, "select count(*) from catalog_tables", "0");
        internal.refresh(&[database], true).unwrap();
        check(&internal, "select count(*) from catalog_tables", "1");
    }

    #[test]
    fn an_unreadable_database_does_not_take_the_others_with_it() {
        let internal = Internal::open(None).unwrap();
        let database = memory("d");
        run(&database, "create table a (x)");
        internal.refresh(&[missing("gone"), database], false).unwrap();
        check(&internal, "select database_name, table_name from catalog_tables", "d|a");
    }

    #[test]
    fn a_table_that_poses_as_a_pragma_hides_nothing() {
        let (internal, database) = (Internal::open(None).unwrap(), memory("d"));
        run(&database, "create table pragma_table_xinfo (a); create table t (b)");
        internal.refresh(&[database], false).unwrap();
        check(
            &internal,
            "select table_name, name from catalog_columns order by 1",
            "pragma_table_xinfo|a\nt|b",
        );
    }

    #[test]
    #[ignore = "a measurement: cargo test --release -- --ignored --nocapture thousands"]
    fn thousands_of_tables() {
        for count in [4_000, 20_000] {
            let (internal, database) = (Internal::open(None).unwrap(), memory("d"));
            let tables: String =
                (0..count).map(|n| format!("create table t{n} (id integer primary key, a, b, c);")).collect();
            run(&database, &tables);
            let started = Instant::now();
            internal.refresh(std::slice::from_ref(&database), false).unwrap();
            println!("{count} tables: first {:?}", started.elapsed());
            run(&database, "create table one_more (a)");
            let started = Instant::now();
            internal.refresh(std::slice::from_ref(&database), true).unwrap();
            println!("{count} tables: one more {:?}", started.elapsed());
            let started = Instant::now();
            internal.refresh(&[database], true).unwrap();
            println!("{count} tables: nothing {:?}", started.elapsed());
        }
    }
}
