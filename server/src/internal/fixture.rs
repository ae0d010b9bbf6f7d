//! Databases for tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::sqlite::{Database, OpenOptions, Source};

/// An empty database in memory.
pub(crate) fn memory(name: &str) -> Arc<Database> {
    // They are shared by name within the process, and tests run side by side.
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let shared = format!("test-{}-{name}", COUNT.fetch_add(1, Ordering::Relaxed));
    open(name, Source::Memory { name: shared, attach: Vec::new() })
}

/// A database whose file is not there.
pub(crate) fn missing(name: &str) -> Arc<Database> {
    open(name, Source::File("/nonexistent/gone.db".into()))
}

fn open(name: &str, source: Source) -> Arc<Database> {
    let options = OpenOptions::plain();
    Arc::new(Database::new(name.to_owned(), source, true, 2, Arc::new(options), None))
}

pub(crate) fn run(database: &Database, sql: &str) {
    database.write(|writer| Ok(writer.script(sql)?)).unwrap();
}
