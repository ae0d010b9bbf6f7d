//! `datasette inspect`: hash, size and row counts of files, for servers that start later.

use std::path::PathBuf;
use std::sync::Arc;

use datasette_plugin_api::{Json, Map, json};

use crate::options::{Extension, StartError};
use crate::sqlite::{Database, OpenOptions, Source, name_for};

pub(super) fn inspect(files: &[PathBuf], extensions: &[Extension]) -> Result<Json, StartError> {
    let options = Arc::new(OpenOptions {
        extensions: extensions.iter().map(|e| (e.path.clone(), e.entrypoint.clone())).collect(),
        ..OpenOptions::plain()
    });
    let mut found = Map::new();
    for path in files {
        let name = name_for(path);
        let source = Source::File(path.clone());
        let database = Database::new(name.clone(), source, false, 1, Arc::clone(&options), None);
        database.check().map_err(StartError::usage)?;
        let tables = database.read_whole(None, |conn| {
            let counts = database.exact_counts(conn)?;
            let schema = database.schema(conn)?;
            let tables = schema.entries.iter().filter_map(|entry| {
                let count = counts.get(&entry.name)?.unwrap_or(0);
                Some((entry.name.clone(), json!({"count": count})))
            });
            Ok(tables.collect::<Map>())
        });
        let tables = tables.map_err(|error| StartError::new(format!("{}: {error}", path.display())))?;
        let facts = json!({
            "hash": database.hash(),
            "size": database.size(),
            "file": path.display().to_string(),
            "tables": tables,
        });
        found.insert(name, facts);
    }
    Ok(Json::Object(found))
}
