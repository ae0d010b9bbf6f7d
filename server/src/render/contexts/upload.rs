//! `upload.html`: a file whose rows go into a table.

use serde::Serialize;

use super::base::Base;
use super::parts::Choice;

/// What `upload.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct UploadContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    /// The name of the database.
    pub(crate) database: String,
    /// Its name as a CSS class.
    pub(crate) database_class: String,
    /// Its colour, six hexadecimal digits.
    pub(crate) database_color: String,
    /// Where the form goes.
    pub(crate) form_action: String,
    /// The actor may make new tables.
    pub(crate) may_make_tables: bool,
    /// The largest file, in bytes; 0 for no limit.
    pub(crate) max_bytes: u64,
    /// The same for people; null for no limit.
    pub(crate) max_text: Option<String>,
    /// Why the last try failed.
    pub(crate) error: Option<String>,
    /// Something of what is usually hidden was chosen.
    pub(crate) has_options: bool,
    /// The table that the rows go into.
    pub(crate) table: String,
    /// Columns of the primary key, with commas.
    pub(crate) primary_key: String,
    /// Columns that the table lacks are added.
    pub(crate) alter: bool,
    /// Formats of files.
    pub(crate) formats: Vec<Choice>,
    /// The chosen one.
    pub(crate) format: String,
    /// What may stand between cells.
    pub(crate) delimiters: Vec<Choice>,
    /// The chosen one.
    pub(crate) delimiter: String,
    /// Encodings of files.
    pub(crate) encodings: Vec<Choice>,
    /// The chosen one.
    pub(crate) encoding: String,
    /// What the first line may be.
    pub(crate) first_lines: Vec<Choice>,
    /// The chosen one.
    pub(crate) first_line: String,
    /// How cells may be stored.
    pub(crate) cell_types: Vec<Choice>,
    /// The chosen one.
    pub(crate) cell_type: String,
    /// What may become of rows whose key is taken.
    pub(crate) conflicts: Vec<Choice>,
    /// The chosen one.
    pub(crate) conflict: String,
}
