//! SQL that is being written, as its pages show it.

use datasette_plugin_api::{Json, Map};

use super::analyze::Report;
use crate::app::App;
use crate::render::contexts::{AnalysisRow, NameValue, SqlDraft};
use crate::render::escape::css_class;
use crate::sqlite::Database;

/// `path`: below the database's URL, where the form goes. `values`: of parameters, by name.
pub(super) fn draft(
    app: &App,
    database: &Database,
    path: &str,
    analyze: &str,
    sql: &str,
    report: &Report,
    values: &Map,
) -> SqlDraft {
    let base = app.urls.database(&database.route);
    let value = |name: &String| {
        let value = values.get(name).map(crate::writing::python_text).unwrap_or_default();
        NameValue::new(name.clone(), value)
    };
    SqlDraft {
        database: database.name.clone(),
        database_class: css_class(&database.name),
        database_color: database.color(),
        form_action: format!("{base}{path}"),
        analyze_url: format!("{base}{analyze}"),
        sql: sql.to_owned(),
        editor_rows: sql.lines().count().max(3) + 2,
        parameters: report.parameters.iter().map(value).collect(),
        analysis_error: report.error.clone(),
        analysis_rows: report.rows.iter().map(analysis_row).collect(),
    }
}

fn analysis_row(row: &Map) -> AnalysisRow {
    let text = |name: &str| row.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    AnalysisRow {
        operation: text("operation"),
        database: text("database"),
        table: text("table"),
        required_permission: text("required_permission"),
        source: text("source"),
        allowed: match row.get("allowed") {
            Some(Json::Bool(true)) => "yes",
            Some(Json::Bool(false)) => "no",
            _ => "",
        },
    }
}
