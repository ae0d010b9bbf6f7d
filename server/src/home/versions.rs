//! `/-/versions`: what answers here.

use datasette_plugin_api::{Json, Map, json};

use super::introspection::respond;
use crate::app::App;
use crate::error::Result;
use crate::permissions::Resource;
use crate::request::Request;
use crate::response::Response;
use crate::sqlite;

pub(crate) fn versions(app: &App, request: &Request, format: Option<&str>) -> Result<Response> {
    app.permissions.require(request, "view-instance", Resource::Instance)?;
    let mut datasette = Map::new();
    datasette.insert("version".to_owned(), env!("CARGO_PKG_VERSION").into());
    if let Some(note) = &app.facts.version_note {
        datasette.insert("note".to_owned(), note.as_str().into());
    }
    let facts = sqlite::build_facts().map_err(|error| anyhow::anyhow!(error))?;
    let fts: Vec<&str> = ["FTS5", "FTS4", "FTS3"]
        .into_iter()
        .filter(|version| facts.compile_options.iter().any(|option| option == &format!("ENABLE_{version}")))
        .collect();
    // The names are those of the reference's report, as far as there is something to report.
    let data = json!({
        "ok": true,
        "rust": {"version": env!("DATASETTE_RUSTC"), "target": env!("DATASETTE_TARGET")},
        "datasette": datasette,
        "plugin_api": datasette_plugin_api::API_VERSION,
        "sqlite": {
            "version": facts.version,
            "fts_versions": fts,
            "extensions": {"json1": true},
            "compile_options": facts.compile_options.iter().map(|o| Json::String(o.clone())).collect::<Json>(),
        },
    });
    respond(app, request, "versions", format, &data)
}
