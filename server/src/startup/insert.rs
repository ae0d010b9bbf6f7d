//! `datasette insert`: one import into a file that nobody has to serve.

use std::path::Path;
use std::sync::Arc;

use crate::error::Error;
use crate::importing::{Import, Imported, Watch};
use crate::options::{InsertOptions, Inserted, StartError};
use crate::sqlite::{Database, OpenOptions, Source, create_file, name_for};

/// More than usual: whoever imports writes many pages of indexes again and again.
const CACHE_KB: i64 = 64 * 1024;

pub(super) fn insert(options: InsertOptions, watch: &Watch<'_>) -> Result<Inserted, StartError> {
    let path = options.database.clone();
    let makes_database = !path.exists();
    let database = open(&options);
    if !makes_database {
        database.check().map_err(StartError::usage)?;
    }
    let inserted = run(options, &database, makes_database, watch);
    drop(database);
    if inserted.is_err() && makes_database {
        // It was made for rows that did not come.
        let _ = std::fs::remove_file(&path);
    }
    let imported = inserted.map_err(|error| told(&path, error))?;
    Ok(Inserted { imported, made_database: makes_database })
}

fn open(options: &InsertOptions) -> Database {
    let open_options = OpenOptions {
        cache_size_kb: CACHE_KB,
        extensions: options.extensions.iter().map(|e| (e.path.clone(), e.entrypoint.clone())).collect(),
        ..OpenOptions::plain()
    };
    let path = options.database.clone();
    Database::new(name_for(&path), Source::File(path), true, 1, Arc::new(open_options), None)
}

fn run(
    options: InsertOptions,
    database: &Database,
    makes_database: bool,
    watch: &Watch<'_>,
) -> Result<Imported, Error> {
    let table = &options.import.table;
    let existing = match makes_database {
        true => None,
        false => database.read_whole(None, |conn| Ok(database.table(conn, table)?))?,
    };
    let mut import = Import::survey(&options.import, options.input, existing.as_deref(), watch)?;
    if makes_database {
        create_file(&options.database).map_err(Error::bad_request)?;
    }
    database.write(|writer| import.write(writer, None))
}

fn told(path: &Path, error: Error) -> StartError {
    match error {
        Error::Cancelled => StartError::new("Interrupted; nothing was written since the last commit"),
        // There is nobody to keep it from.
        Error::Internal(error) => StartError::new(format!("{}: {error:#}", path.display())),
        error => StartError::new(error.to_string()),
    }
}
