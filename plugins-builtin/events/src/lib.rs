//! The events of the server, and renamed tables, which nobody else would notice.
//!
//! Hooks: `register_events`, `write_wrapper`. Config: none.

mod tables;

use std::collections::HashMap;
use std::sync::Mutex;

use datasette_plugin_api::*;

use tables::{Names, Snapshot, names, schema_version};

/// Remembers the tables of each database, so that a write of rows costs two small questions.
#[derive(Default)]
struct Events {
    known: Mutex<HashMap<String, Snapshot>>,
}

#[hookimpl]
impl Plugin for Events {
    fn new(_host: Host) -> Result<Self> {
        Ok(Self::default())
    }

    fn register_events(&self) -> Result<Vec<EventType>> {
        Ok(types())
    }

    fn write_wrapper(&self, args: &WriteWrapper<'_>) -> Result<()> {
        let version = schema_version(&args.write)?;
        let before = self.before(args, version)?;
        args.write.proceed()?;
        if schema_version(&args.write)? == version {
            return Ok(());
        }
        let actor = args.request.as_ref().and_then(Request::actor);
        for (old, new) in before.renamed(&names(&args.write)?) {
            let event = Event::new("rename-table", actor.clone())
                .with("database", args.database)
                .with("old_table", old)
                .with("new_table", new);
            args.write.track_event(&event)?;
        }
        Ok(())
    }
}

export_plugin!(Events, name = "datasette.events");

impl Events {
    /// The tables before the write. Only what is committed is remembered: the schema's version goes
    /// back with a transaction that fails, and comes again with other tables.
    fn before(&self, args: &WriteWrapper<'_>, version: i64) -> Result<Names> {
        let poisoned = |_| Error::new("another write panicked while it looked at the tables");
        if let Some(known) = self.known.lock().map_err(poisoned)?.get(args.database)
            && known.version == version
        {
            return Ok(known.names.clone());
        }
        let names = names(&args.write)?;
        let snapshot = Snapshot { version, names: names.clone() };
        self.known.lock().map_err(poisoned)?.insert(args.database.to_owned(), snapshot);
        Ok(names)
    }
}

fn types() -> Vec<EventType> {
    vec![
        EventType::new("login", "Somebody has logged in", [""; 0]),
        EventType::new("logout", "Somebody has logged out", [""; 0]),
        EventType::new("create-table", "A table was created", ["database", "table", "schema"]),
        EventType::new(
            "create-token",
            "An API token was made",
            ["expires_after", "restrict_all", "restrict_database", "restrict_resource"],
        ),
        EventType::new(
            "alter-table",
            "A table's columns or keys were changed",
            ["database", "table", "before_schema", "after_schema"],
        ),
        EventType::new("rename-table", "A table got another name", ["database", "old_table", "new_table"]),
        EventType::new("drop-table", "A table was dropped", ["database", "table"]),
        EventType::new(
            "insert-rows",
            "Rows were inserted; num_rows is how many were sent",
            ["database", "table", "num_rows", "ignore", "replace"],
        ),
        EventType::new(
            "upsert-rows",
            "Rows were inserted or updated; num_rows is how many were sent",
            ["database", "table", "num_rows"],
        ),
        EventType::new("update-row", "A row was updated", ["database", "table", "pks"]),
        EventType::new("delete-row", "A row was deleted", ["database", "table", "pks"]),
    ]
}

#[cfg(test)]
mod tests;
