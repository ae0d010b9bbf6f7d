//! Looks at the tables from time to time and drops what is due. What came when is kept in the internal database,
//! so that a restart makes no table younger or older.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use datasette_plugin_api::*;

use crate::book::{Book, Difference};
use crate::config::Config;

/// Tables as people see them: not SQLite's own, and not those that virtual tables keep their data in.
const TABLES: &str = "select name from pragma_table_list where schema = 'main' \
                      and type in ('table', 'virtual') and name not like 'sqlite~_%' escape '~'";

pub(crate) struct Keeper {
    pub(crate) host: Host,
    pub(crate) config: Config,
    book: Mutex<Book>,
    ended: Mutex<bool>,
    end: Condvar,
}

impl Keeper {
    pub(crate) fn new(host: Host, config: Config) -> Self {
        Self { host, config, book: Mutex::default(), ended: Mutex::default(), end: Condvar::new() }
    }

    /// Finds or makes the database, and remembers what is in it.
    pub(crate) fn begin(&self) -> Result<()> {
        let name = &self.config.database;
        if !self.host.databases()?.iter().any(|database| &database.name == name) {
            self.host.add_memory_database(name, Some(name))?;
        } else if self.config.prefixes.is_empty() {
            return Err(Error::new(format!(
                "datasette-ephemeral-tables would drop every new table of {name}: name prefixes, or another database"
            )));
        }
        self.host.internal_write(
            "create table if not exists datasette_ephemeral_tables \
             (database_name text, table_name text, created_at integer, primary key (database_name, table_name))",
            &[],
        )?;
        let recorded = self.host.internal_query(
            "select table_name, created_at from datasette_ephemeral_tables \
             where database_name = :ephemeral_database",
            &[("ephemeral_database".to_owned(), name.as_str().into())],
        )?;
        let recorded = recorded.rows.iter().filter_map(|row| match row.as_slice() {
            [Value::Text(table), Value::Integer(created)] => Some((table.clone(), *created)),
            _ => None,
        });
        let recorded: Vec<(String, i64)> = recorded.collect();
        let tables = self.tables()?;
        // Tables in memory are gone with the server that had them.
        for (table, _) in recorded.iter().filter(|(table, _)| !tables.contains(table)) {
            self.forget(table)?;
        }
        *self.book() = Book::open(&tables, recorded);
        Ok(())
    }

    /// Until the server ends.
    pub(crate) fn run(&self) {
        let pause = Duration::from_secs(self.config.check_interval);
        loop {
            let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
            let waited = self.end.wait_timeout_while(ended, pause, |ended| !*ended);
            if *waited.unwrap_or_else(PoisonError::into_inner).0 {
                return;
            }
            if let Err(error) = self.sweep(now()) {
                self.host.log(Level::Error, &format!("looking for expired tables failed: {}", error.message));
            }
        }
    }

    pub(crate) fn stop(&self) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.end.notify_all();
    }

    /// Notes what came, and drops what is due.
    fn sweep(&self, now: i64) -> Result<()> {
        let tables = self.tables()?;
        self.note(&tables, now)?;
        let due = self.book().older_than(self.config.table_ttl, now);
        for table in due {
            if let Err(error) = self.drop_table(&table) {
                // Such as a table that others refer to: they may be gone when its next time comes.
                let message = format!("{table} could not be dropped, and stays a while: {}", error.message);
                self.host.log(Level::Warn, &message);
                self.book().look(&without(&tables, &table), now);
                self.note(&tables, now)?;
            }
        }
        Ok(())
    }

    /// Looks in the middle of a write.
    pub(crate) fn look_within(&self, write: &Write<'_>) -> Result<()> {
        let tables = self.concerned(&write.query(TABLES, &[])?);
        self.note(&tables, now())
    }

    /// Seconds until the table is dropped, if it ever is.
    pub(crate) fn left(&self, table: &str) -> Option<i64> {
        let created = self.book().created(table)?;
        Some(created.saturating_add(self.config.table_ttl).saturating_sub(now()))
    }

    fn tables(&self) -> Result<Vec<String>> {
        // More than there are: none may seem to be gone.
        let options = QueryOptions { max_rows: Some(1_000_000), ..QueryOptions::default() };
        Ok(self.concerned(&self.host.query(&self.config.database, TABLES, &[], &options)?))
    }

    fn concerned(&self, found: &QueryResult) -> Vec<String> {
        let names = found.rows.iter().filter_map(|row| row.first()?.as_str());
        names.filter(|name| self.config.concerns(name)).map(str::to_owned).collect()
    }

    fn note(&self, tables: &[String], now: i64) -> Result<()> {
        let Difference { came, went } = self.book().look(tables, now);
        for table in went {
            self.forget(&table)?;
        }
        for table in came {
            let mut params = self.params(&table);
            params.push(("ephemeral_now".to_owned(), now.into()));
            self.host.internal_write(
                "insert or replace into datasette_ephemeral_tables \
                 values (:ephemeral_database, :ephemeral_table, :ephemeral_now)",
                &params,
            )?;
        }
        Ok(())
    }

    fn forget(&self, table: &str) -> Result<()> {
        let sql = "delete from datasette_ephemeral_tables \
                   where database_name = :ephemeral_database and table_name = :ephemeral_table";
        self.host.internal_write(sql, &self.params(table)).map(drop)
    }

    fn params(&self, table: &str) -> Vec<(String, Value)> {
        let database = self.config.database.as_str().into();
        vec![("ephemeral_database".to_owned(), database), ("ephemeral_table".to_owned(), table.into())]
    }

    fn drop_table(&self, table: &str) -> Result<()> {
        let database = &self.config.database;
        self.host.execute_write(database, &format!("drop table \"{}\"", table.replace('"', "\"\"")), &[])?;
        let event = Event::new("drop-table", None).with("database", database.as_str()).with("table", table);
        self.host.track_event(&event)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // What it holds is true after a panic as well.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn without(tables: &[String], table: &str) -> Vec<String> {
    tables.iter().filter(|known| *known != table).cloned().collect()
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i64::try_from(since).unwrap_or(i64::MAX)
}
