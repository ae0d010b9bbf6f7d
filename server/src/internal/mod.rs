//! The internal database: what the site knows about itself, in SQL that plugins can join with.
//!
//! Catalogue, metadata, stored queries and types of columns live here, and plugins may add tables of
//! their own. It has no URL and no page. Who may see what of it is up to `permissions`.

mod schema;
mod catalog;
mod metadata;
mod queries;
mod column_types;
mod temporary;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::Result;
use crate::request::Cancelled;
use crate::sqlite::{Conn, Database, OpenOptions, Source, Writer};

use catalog::Catalog;
use temporary::TemporaryFile;

pub(crate) use column_types::AssignedType;
pub(crate) use metadata::About;
pub(crate) use queries::{QueryFilter, QueryPage, StoredQuery};

/// Its name in messages and for plugins; no URL leads to it.
pub(crate) const NAME: &str = "__INTERNAL__";

/// The internal database of one site.
#[derive(Debug)]
pub(crate) struct Internal {
    // Before `temporary`, so that connections are closed before their file goes away.
    database: Database,
    catalog: Catalog,
    generation: AtomicU64,
    column_types: column_types::Assignments,
    temporary: Option<TemporaryFile>,
}

impl Internal {
    /// Opens the file at `path`, or a temporary one, and makes the tables that are missing. The error is a sentence.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, String> {
        let temporary = match path {
            Some(_) => None,
            None => Some(TemporaryFile::new()?),
        };
        let path =
            temporary.as_ref().map(TemporaryFile::path).or(path).map(PathBuf::from).unwrap_or_default();
        // Plugins and extensions add nothing to these connections: permissions must not depend on them.
        let options = OpenOptions::plain();
        let readers = std::thread::available_parallelism().map_or(4, |n| n.get().max(4));
        let database = Database::new(
            NAME.to_owned(),
            Source::File(path.clone()),
            true,
            readers,
            Arc::new(options),
            None,
        );
        let is_temporary = temporary.is_some();
        let made = database.write(|writer| {
            if is_temporary {
                // Both pragmas need to be outside of a transaction. Nobody misses this file after a
                // crash, so nothing has to wait for the disk.
                writer
                    .script("COMMIT; PRAGMA journal_mode = wal; PRAGMA synchronous = off; BEGIN IMMEDIATE")?;
            }
            schema::create(writer)
        });
        made.map_err(|error| format!("The internal database {} can't be used: {error}", path.display()))?;
        let (catalog, column_types) = (Catalog::default(), column_types::Assignments::default());
        Ok(Self { database, catalog, generation: AtomicU64::new(1), column_types, temporary })
    }

    /// Lends a read connection to `work`.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Conn) -> Result<T>) -> Result<T> {
        self.database.read_whole(None, work)
    }

    /// Like [`Self::read`]; gives up when the client is gone.
    pub(crate) fn read_for<T>(
        &self,
        cancelled: Option<&Cancelled>,
        work: impl FnOnce(&Conn) -> Result<T>,
    ) -> Result<T> {
        self.database.read_whole(cancelled, work)
    }

    /// Runs `work` in one transaction: all of it or nothing.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Writer<'_>) -> Result<T>) -> Result<T> {
        let result = self.database.write(work)?;
        // After the commit: what was computed from older rows carries the older number.
        self.generation.fetch_add(1, Ordering::Release);
        Ok(result)
    }

    /// Changes whenever this process has written anything: the key of whatever is computed from it.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Other processes may write it as well, without our generation telling.
    pub(crate) fn is_shared(&self) -> bool {
        self.temporary.is_none()
    }

    /// Removes the temporary file now. For an exit that does not wait until everything is dropped.
    pub(crate) fn remove_temporary_file(&self) {
        if let Some(file) = &self.temporary {
            file.remove();
        }
    }
}

/// For SQL: a named text parameter.
fn named(name: &str, value: impl Into<datasette_plugin_api::Value>) -> (String, datasette_plugin_api::Value) {
    (name.to_owned(), value.into())
}

#[cfg(test)]
pub(crate) mod fixture;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_file_is_in_wal_mode_and_gone_afterwards() {
        let internal = Internal::open(None).unwrap();
        let path = internal.temporary.as_ref().unwrap().path().to_owned();
        assert!(path.file_name().unwrap().to_str().unwrap().starts_with("datasette_temp_"));
        let mode = internal.read(|conn| Ok(conn.value("PRAGMA journal_mode", &[])?)).unwrap();
        assert_eq!(mode, Some("wal".into()));
        drop(internal);
        for suffix in ["", "-wal", "-shm"] {
            assert!(!PathBuf::from(format!("{}{suffix}", path.display())).exists());
        }
    }

    #[test]
    fn a_given_file_is_kept_and_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("internal.db");
        for _ in 0..2 {
            let internal = Internal::open(Some(&path)).unwrap();
            internal.set_metadata(About::Instance, "title", "Kept").unwrap();
            let mode = internal.read(|conn| Ok(conn.value("PRAGMA journal_mode", &[])?)).unwrap();
            assert_eq!(mode, Some("delete".into()));
        }
        let internal = Internal::open(Some(&path)).unwrap();
        assert_eq!(internal.metadata(About::Instance).unwrap().get("title"), Some(&"Kept".into()));
    }

    #[test]
    fn a_file_that_is_no_database_is_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text.db");
        std::fs::write(&path, "This is not a database, it is text. ".repeat(100)).unwrap();
        let error = Internal::open(Some(&path)).unwrap_err();
        assert!(error.contains("text.db"), "{error}");
    }

    #[test]
    fn a_write_that_fails_changes_nothing() {
        let internal = Internal::open(None).unwrap();
        let before = internal.generation();
        let failed = internal.write(|writer| {
            writer.script("insert into metadata_instance values ('a', 'b')")?;
            Ok(writer.script("no such statement")?)
        });
        assert!(failed.is_err());
        assert_eq!(internal.generation(), before);
        assert!(internal.metadata(About::Instance).unwrap().is_empty());
    }
}
