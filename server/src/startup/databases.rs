//! Opens the databases that the command line names, and checks each once.

use std::sync::Arc;

use crate::options::{Inspected as InspectFile, ServeOptions, StartError};
use crate::sqlite::{Database, Inspected, OpenOptions, Source, free_name, name_for};

/// SQLite can attach no more than this to one connection.
const MOST_ATTACHED: usize = 10;

pub(super) fn open(
    options: &ServeOptions,
    open_options: &Arc<OpenOptions>,
) -> Result<Vec<Arc<Database>>, StartError> {
    let threads = usize::try_from(options.config.settings().num_sql_threads).unwrap_or(usize::MAX).max(1);
    let mut databases: Vec<Arc<Database>> = Vec::new();
    for file in &options.databases {
        let name = free_name(&databases, name_for(&file.path));
        let inspected = options.inspect_data.get(&name).filter(|_| file.immutable).map(inspected);
        let source = Source::File(file.path.clone());
        let database =
            Database::new(name, source, !file.immutable, threads, Arc::clone(open_options), inspected);
        database.check().map_err(StartError::usage)?;
        databases.push(Arc::new(database));
    }
    if options.memory {
        let attach = if options.crossdb {
            let files = databases
                .iter()
                .filter_map(|database| Some((database.name.clone(), database.path()?.to_owned())));
            files.take(MOST_ATTACHED).collect()
        } else {
            Vec::new()
        };
        let source = Source::Memory { name: format!("_memory_{}", std::process::id()), attach };
        let name = "_memory".to_owned();
        // Before the files, as it always was.
        databases
            .insert(0, Arc::new(Database::new(name, source, false, threads, Arc::clone(open_options), None)));
    }
    Ok(databases)
}

fn inspected(file: &InspectFile) -> Inspected {
    let count = |(name, table): (&String, &crate::options::InspectedTable)| {
        Some((name.clone(), i64::try_from(table.count?).unwrap_or(i64::MAX)))
    };
    Inspected {
        hash: file.hash.clone(),
        size: file.size,
        counts: file.tables.iter().filter_map(count).collect(),
    }
}
