//! `textarea`: text of several lines. Only its editor is special, and that is the page's.

use datasette_plugin_api::ColumnType;

pub(crate) struct Textarea;

impl ColumnType for Textarea {
    fn name(&self) -> &str {
        "textarea"
    }

    fn description(&self) -> &str {
        "Multiline text"
    }

    fn sqlite_types(&self) -> &[&str] {
        &["TEXT"]
    }
}
