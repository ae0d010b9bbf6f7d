//! The fields of the form beside the file: read, checked, and shown again if anything is wrong.

use std::path::Path;

use crate::form::Form;
use crate::importing::{Format, ImportOptions, Layout, OnConflict, TextEncoding};
use crate::render::contexts::{Choice, UploadContext};
use crate::request::Request;

/// As they were sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields {
    table: String,
    primary_key: String,
    alter: bool,
    format: String,
    delimiter: String,
    encoding: String,
    headers: String,
    types: String,
    conflict: String,
}

const FORMATS: &[(&str, &str)] = &[
    ("", "As its name says"),
    ("csv", "CSV"),
    ("tsv", "TSV"),
    ("json", "JSON: a list of objects"),
    ("nl", "JSON: an object on each line"),
];
const DELIMITERS: &[(&str, &str)] = &[
    ("", "Usual for the format"),
    (",", "Comma"),
    (";", "Semicolon"),
    ("tab", "Tab"),
    ("|", "Vertical bar"),
];
const ENCODINGS: &[(&str, &str)] = &[
    ("", "UTF-8"),
    ("latin-1", "Latin-1 (Windows-1252)"),
    ("utf-16", "UTF-16"),
    ("iso-8859-2", "Latin-2"),
    ("windows-1251", "Cyrillic (Windows-1251)"),
    ("shift_jis", "Shift JIS"),
    ("gb18030", "GB 18030"),
];
const HEADERS: &[(&str, &str)] = &[("", "Names the columns"), ("no", "Is a row already")];
const TYPES: &[(&str, &str)] = &[("", "Numbers where nothing is lost"), ("text", "Text, all of it")];
const CONFLICTS: &[(&str, &str)] =
    &[("", "Import nothing at all"), ("ignore", "Leave the new row out"), ("replace", "Replace the old row")];

impl Fields {
    /// Before anything was sent.
    pub(super) fn of_address(request: &Request) -> Self {
        let table = request.args.get("table").unwrap_or_default().to_owned();
        Self { table, ..Self::default() }
    }

    pub(super) fn of(form: &Form) -> Self {
        let text = |name: &str| form.get(name).unwrap_or_default().trim().to_owned();
        Self {
            table: text("table"),
            primary_key: text("pk"),
            alter: form.non_empty("alter").is_some(),
            format: text("format"),
            // A space is a delimiter, too.
            delimiter: form.get("delimiter").unwrap_or_default().to_owned(),
            encoding: text("encoding"),
            headers: text("headers"),
            types: text("types"),
            conflict: text("conflict"),
        }
    }

    /// What is to be done with a file of that name. The error is a sentence.
    pub(super) fn options(&self, file_name: &str) -> Result<ImportOptions, String> {
        let path = Path::new(file_name);
        let format = match self.format.as_str() {
            "" => Format::of_file(path)
                .ok_or_else(|| format!("The name {file_name} does not tell a format; choose one"))?,
            name => Format::named(name).ok_or_else(|| unknown("format", name))?,
        };
        let table = match self.table.as_str() {
            "" => path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
            table => table.to_owned(),
        };
        if table.is_empty() {
            return Err("Name the table that the rows go into".to_owned());
        }
        let delimiter = match self.delimiter.as_bytes() {
            [] => None,
            b"tab" => Some(b'\t'),
            [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Some(*byte),
            _ => return Err(unknown("delimiter", &self.delimiter)),
        };
        let encoding = match self.encoding.as_str() {
            "" => TextEncoding::default(),
            name => TextEncoding::named(name).ok_or_else(|| unknown("encoding", name))?,
        };
        let chosen = |field: &str, value: &str, choices: &[(&str, &str)]| {
            let is_known = choices.iter().any(|(known, _)| *known == value);
            if is_known { Ok(()) } else { Err(unknown(field, value)) }
        };
        chosen("headers", &self.headers, HEADERS)?;
        chosen("types", &self.types, TYPES)?;
        chosen("conflict", &self.conflict, CONFLICTS)?;
        let keys = self.primary_key.split(',').map(str::trim).filter(|key| !key.is_empty());
        Ok(ImportOptions {
            layout: Layout { delimiter, has_headers: self.headers.is_empty(), encoding, ..Layout::default() },
            primary_key: keys.map(str::to_owned).collect(),
            on_conflict: match self.conflict.as_str() {
                "ignore" => OnConflict::Ignore,
                "replace" => OnConflict::Replace,
                _ => OnConflict::Fail,
            },
            alter: self.alter,
            detect_types: self.types.is_empty(),
            ..ImportOptions::new(table, format)
        })
    }

    /// Something of what is usually hidden was chosen.
    fn has_options(&self) -> bool {
        let Self { table: _, primary_key, alter, format, delimiter, encoding, headers, types, conflict } =
            self;
        let texts = [primary_key, format, delimiter, encoding, headers, types, conflict];
        *alter || texts.into_iter().any(|value| !value.is_empty())
    }

    /// The lists of the form, and what was chosen in them.
    pub(super) fn fill(self, context: &mut UploadContext) {
        context.has_options = self.has_options();
        context.table = self.table;
        context.primary_key = self.primary_key;
        context.alter = self.alter;
        for (list, chosen, choices, value) in [
            (&mut context.formats, &mut context.format, FORMATS, self.format),
            (&mut context.delimiters, &mut context.delimiter, DELIMITERS, self.delimiter),
            (&mut context.encodings, &mut context.encoding, ENCODINGS, self.encoding),
            (&mut context.first_lines, &mut context.first_line, HEADERS, self.headers),
            (&mut context.cell_types, &mut context.cell_type, TYPES, self.types),
            (&mut context.conflicts, &mut context.conflict, CONFLICTS, self.conflict),
        ] {
            *list = choices.iter().map(|(value, label)| Choice::new(*value, *label)).collect();
            *chosen = value;
        }
    }
}

fn unknown(field: &str, value: &str) -> String {
    format!("{value} is no {field} that is known here")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_table_and_format() {
        let options = Fields::default().options("trees of paris.csv").unwrap();
        assert_eq!((options.table.as_str(), options.format), ("trees of paris", Format::Csv));
        let named = Fields { table: "t".into(), format: "nl".into(), ..Fields::default() };
        let options = named.options("x.bin").unwrap();
        assert_eq!((options.table.as_str(), options.format), ("t", Format::Lines));
        let error = Fields::default().options("x.bin").unwrap_err();
        assert_eq!(error, "The name x.bin does not tell a format; choose one");
    }

    #[test]
    fn what_nobody_offered_is_refused() {
        for fields in [
            Fields { format: "xml".into(), ..Fields::default() },
            Fields { delimiter: "ab".into(), ..Fields::default() },
            Fields { encoding: "klingon".into(), ..Fields::default() },
            Fields { types: "x".into(), ..Fields::default() },
            Fields { headers: "x".into(), ..Fields::default() },
            Fields { conflict: "x".into(), ..Fields::default() },
        ] {
            assert!(fields.options("a.csv").unwrap_err().ends_with("that is known here"), "{fields:?}");
        }
    }

    #[test]
    fn several_keys_are_separated_by_commas() {
        let fields = Fields { primary_key: "a, b,".into(), ..Fields::default() };
        assert_eq!(fields.options("a.csv").unwrap().primary_key, ["a", "b"]);
    }
}
