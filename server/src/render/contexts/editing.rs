//! The pages on which rows and tables are changed: `row_form.html`, `row_delete.html`, `table_form.html`,
//! `table_review.html`, `table_drop.html`. Dialogs show the same forms.

use serde::Serialize;

use super::base::Base;
use super::parts::{Choice, NameValue};

/// What all of these pages are given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Editing {
    /// What is done: `Edit row 1`.
    pub(crate) heading: String,
    /// The name of the database.
    pub(crate) database: String,
    /// Its name as a CSS class.
    pub(crate) database_class: String,
    /// Its colour, six hexadecimal digits.
    pub(crate) database_color: String,
    /// The name of the table; empty for one that is still to be made.
    pub(crate) table: String,
    /// Path of the table; empty for one that is still to be made.
    pub(crate) table_url: String,
    /// Where the form goes.
    pub(crate) form_action: String,
    /// Where the visitor came from.
    pub(crate) cancel_url: String,
    /// What is wrong with what was sent, apart from single fields.
    pub(crate) errors: Vec<String>,
}

/// What `row_form.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct RowFormContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    #[serde(flatten)]
    pub(crate) editing: Editing,
    /// `insert` or `edit`.
    pub(crate) mode: &'static str,
    /// What the button says.
    pub(crate) submit_label: &'static str,
    /// The columns.
    pub(crate) fields: Vec<RowField>,
    /// Tells, when the form comes back, whether somebody else changed the row meanwhile.
    pub(crate) row_version: Option<String>,
}

/// A column of a row, as a field.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct RowField {
    /// The column.
    pub(crate) column: String,
    /// Number of the field, for ids.
    pub(crate) number: usize,
    /// `line`, `text` (several lines), `file`, or `fixed` (can't be changed).
    pub(crate) kind: &'static str,
    /// Type of the input element: `text`, `url`, `email`.
    pub(crate) input_type: &'static str,
    /// The keyboard that phones should show: `numeric`, `decimal`; empty for the usual one.
    pub(crate) input_mode: &'static str,
    /// What is in it.
    pub(crate) value: String,
    /// Lines of a field with several.
    pub(crate) lines: usize,
    /// What is stored if it stays empty, shown in it.
    pub(crate) placeholder: String,
    /// SQLite fills it with the next number if it stays empty.
    pub(crate) automatic: bool,
    /// It can't stay empty.
    pub(crate) required: bool,
    /// What may be stored if it stays empty, where there is a choice.
    pub(crate) empty_choices: Vec<Choice>,
    /// The choice made.
    pub(crate) empty_choice: Option<String>,
    /// The declared type, in lower case.
    pub(crate) declared_type: String,
    /// The affinity of the column: `TEXT`, `INTEGER`, …
    pub(crate) sqlite_type: &'static str,
    /// The type beyond SQLite's: `url`, `email`, `json`, …
    pub(crate) column_type: Option<String>,
    /// Configuration of that type, as JSON.
    pub(crate) column_type_config: Option<String>,
    /// The description of the column.
    pub(crate) description: Option<String>,
    /// It is part of the primary key.
    pub(crate) is_pk: bool,
    /// NULL is not allowed.
    pub(crate) not_null: bool,
    /// SQL of the default.
    pub(crate) default_expression: Option<String>,
    /// What finds rows that it may refer to, as JSON.
    pub(crate) autocomplete_url: Option<String>,
    /// The table that it refers to.
    pub(crate) other_table: Option<String>,
    /// Page of that table.
    pub(crate) other_table_url: Option<String>,
    /// What the row that it refers to is called.
    pub(crate) label: Option<String>,
    /// Where the stored bytes are.
    pub(crate) download_url: Option<String>,
    /// How many they are: `1.2 KB`.
    pub(crate) size_text: Option<String>,
    /// What is wrong with it.
    pub(crate) error: Option<String>,
}

/// What `row_delete.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct RowDeleteContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    #[serde(flatten)]
    pub(crate) editing: Editing,
    /// The row's columns and values, as text.
    pub(crate) cells: Vec<NameValue>,
}

/// What `table_form.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct TableFormContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    #[serde(flatten)]
    pub(crate) editing: Editing,
    /// `create` or `alter`.
    pub(crate) mode: &'static str,
    /// What the button says.
    pub(crate) submit_label: &'static str,
    /// The table's name, as it is to be.
    pub(crate) name: String,
    /// Its columns.
    pub(crate) columns: Vec<ColumnField>,
    /// A column without anything, for scripts that add one; its number is `N`.
    pub(crate) blank_column: ColumnField,
    /// The types.
    pub(crate) type_choices: Vec<Choice>,
    /// What a default can be.
    pub(crate) default_choices: Vec<Choice>,
    /// The columns that columns can refer to: `authors.id`.
    pub(crate) reference_choices: Vec<String>,
    /// They are too many for a select element.
    pub(crate) many_references: bool,
    /// Types beyond SQLite's; empty if the visitor may not assign them.
    pub(crate) custom_type_choices: Vec<Choice>,
    /// Where the table can be dropped, if the visitor may.
    pub(crate) drop_url: Option<String>,
}

/// A column of a table, as a row of fields.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ColumnField {
    /// Stands behind the names of its fields: `name.1`.
    pub(crate) number: String,
    /// Its place among the columns.
    pub(crate) position: String,
    /// Its name so far; empty for a new one.
    pub(crate) old_name: String,
    /// Its name as it is to be.
    pub(crate) name: String,
    /// Its type; empty keeps the declared one.
    pub(crate) column_type: String,
    /// A declared type that is none of the choices, and may be kept.
    pub(crate) declared_type: Option<String>,
    /// It is part of the primary key.
    pub(crate) pk: bool,
    /// NULL is not allowed.
    pub(crate) not_null: bool,
    /// What kind of default it has; empty for none.
    pub(crate) default_kind: String,
    /// SQL of a default that is none of the choices, and may be kept.
    pub(crate) default_sql: Option<String>,
    /// The value, if that is the default.
    pub(crate) default: String,
    /// What it refers to: one of the choices, or empty.
    pub(crate) reference: String,
    /// What it might refer to, by its values: one of the choices.
    pub(crate) suggested_reference: Option<String>,
    /// Its type beyond SQLite's, or empty.
    pub(crate) custom_type: String,
    /// It is to be dropped.
    pub(crate) drop: bool,
}

/// What `table_review.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct TableReviewContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    #[serde(flatten)]
    pub(crate) editing: Editing,
    /// What will be done, sentence by sentence.
    pub(crate) changes: Vec<String>,
    /// Something of it loses data.
    pub(crate) loses_data: bool,
    /// What the form has to send again.
    pub(crate) hidden: Vec<NameValue>,
}

/// What `table_drop.html` is given.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct TableDropContext {
    #[serde(flatten)]
    pub(crate) base: Base,
    #[serde(flatten)]
    pub(crate) editing: Editing,
    /// `1,234 rows`, if they could be counted in time.
    pub(crate) count_text: Option<String>,
}
