//! What can be said about an import.

use std::path::Path;

/// What a file is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    /// Tabs instead of commas.
    Tsv,
    /// One object, or a list of them.
    Json,
    /// An object on each line.
    Lines,
}

impl Format {
    pub(crate) const NAMES: [&str; 4] = ["csv", "tsv", "json", "nl"];

    pub(crate) fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "tsv" => Some(Self::Tsv),
            "json" => Some(Self::Json),
            "nl" => Some(Self::Lines),
            _ => None,
        }
    }

    /// By the end of a file's name.
    pub(crate) fn of_file(name: &Path) -> Option<Self> {
        let extension = name.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "csv" => Some(Self::Csv),
            "tsv" | "tab" => Some(Self::Tsv),
            "json" => Some(Self::Json),
            "ndjson" | "jsonl" | "nl" => Some(Self::Lines),
            _ => None,
        }
    }
}

/// What becomes of a row whose key is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum OnConflict {
    /// Nothing is imported at all.
    #[default]
    Fail,
    Ignore,
    Replace,
}

/// How text is written in bytes. What begins with a byte order mark says so itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TextEncoding(pub(super) Option<&'static encoding_rs::Encoding>);

impl TextEncoding {
    /// By any of the names that the web knows, and a few of Python's.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let lower = name.trim().to_ascii_lowercase().replace('_', "-");
        let name = match lower.as_str() {
            "utf-8-sig" | "utf-8" | "utf8" => return Some(Self(None)),
            "latin-1" => "latin1",
            "utf16" => "utf-16",
            "cp1252" => "windows-1252",
            other => other,
        };
        let found = encoding_rs::Encoding::for_label_no_replacement(name.as_bytes())?;
        Some(Self(Some(found).filter(|found| *found != encoding_rs::UTF_8)))
    }
}

/// How a table is written as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// What stands between cells; `None` for that of the format.
    pub(crate) delimiter: Option<u8>,
    pub(crate) quote: u8,
    /// The first line names the columns.
    pub(crate) has_headers: bool,
    pub(crate) encoding: TextEncoding,
}

impl Default for Layout {
    fn default() -> Self {
        Self { delimiter: None, quote: b'"', has_headers: true, encoding: TextEncoding::default() }
    }
}

/// What is to be imported where, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImportOptions {
    pub(crate) table: String,
    pub(crate) format: Format,
    pub(crate) layout: Layout,
    /// Of a table that is made; of one that is there already, it has to be the same.
    pub(crate) primary_key: Vec<String>,
    pub(crate) on_conflict: OnConflict,
    /// Columns that the table lacks are added.
    pub(crate) alter: bool,
    /// The table is emptied before.
    pub(crate) truncate: bool,
    /// Cells of text that are numbers are stored as numbers.
    pub(crate) detect_types: bool,
    /// Empty cells of text are NULL, too.
    pub(crate) empty_null: bool,
    /// Commit after so many rows, instead of all at once.
    pub(crate) batch_size: Option<u64>,
}

impl ImportOptions {
    pub(crate) fn new(table: impl Into<String>, format: Format) -> Self {
        Self {
            table: table.into(),
            format,
            layout: Layout::default(),
            primary_key: Vec::new(),
            on_conflict: OnConflict::Fail,
            alter: false,
            truncate: false,
            detect_types: true,
            empty_null: false,
            batch_size: None,
        }
    }
}
