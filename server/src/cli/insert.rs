//! `datasette insert`: the rows of a file go into a table.

use std::cell::{Cell, OnceCell};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ArgAction;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::importing::{Format, ImportOptions, Input, Layout, OnConflict, Progress, TextEncoding};
use crate::options::{InsertOptions, Inserted, Machinery};

use super::error::{CliError, Result};
use super::{World, values};

/// Insert the rows of a CSV, TSV or JSON file into a table
///
/// Database and table are made if they are missing: datasette insert data.db trees trees.csv
///
/// All rows are inserted or, if anything is wrong with one of them, none.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true, args_override_self = true)]
pub(super) struct Args {
    /// The database file
    database: PathBuf,

    /// The table
    table: String,

    /// The file with the rows, - for standard input
    file: PathBuf,

    /// Format of the file: csv, tsv, json (a list of objects, or one object) or nl (an object on each
    /// line); without it, the file's name tells
    #[arg(short, long, value_name = "FORMAT")]
    format: Option<String>,

    /// Column of the primary key, if the table is made; again for a compound one
    #[arg(long, value_name = "COLUMN")]
    pk: Vec<String>,

    /// Rows replace those that have the same key
    #[arg(long)]
    replace: bool,

    /// Rows are left out if their key is taken
    #[arg(long)]
    ignore: bool,

    /// Add the columns that the table lacks
    #[arg(long)]
    alter: bool,

    /// Delete the rows that are in the table first
    #[arg(long)]
    truncate: bool,

    /// Store numbers of CSV and TSV as numbers, unless anything of their text would be lost; this is the
    /// default
    #[arg(long, overrides_with = "no_detect_types")]
    detect_types: bool,

    /// Store everything of CSV and TSV as text
    #[arg(long)]
    no_detect_types: bool,

    /// Store empty cells of CSV and TSV as NULL in columns of text, too
    #[arg(long)]
    empty_null: bool,

    /// Character between the cells of CSV and TSV, or \t
    #[arg(long, value_name = "CHARACTER")]
    delimiter: Option<String>,

    /// Character around cells that have such characters in them
    #[arg(long, value_name = "CHARACTER")]
    quotechar: Option<String>,

    /// The first line of CSV and TSV is a row already
    #[arg(long)]
    no_headers: bool,

    /// Encoding of the file, such as latin-1 or utf-16; the default is utf-8
    #[arg(long, value_name = "ENCODING")]
    encoding: Option<String>,

    /// Commit after every so many rows, instead of all or nothing
    #[arg(long, value_name = "ROWS")]
    batch_size: Option<String>,

    /// SQLite extension to load, and optionally its entry point [env: DATASETTE_LOAD_EXTENSION]
    #[arg(long, value_name = "PATH:ENTRYPOINT?")]
    load_extension: Vec<String>,

    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

pub(super) fn run<M: Machinery>(world: &mut World<'_, M>, args: Args) -> Result<u8> {
    let import = import_options(&args)?;
    let extensions = values::extensions(args.load_extension.clone(), world.var("DATASETTE_LOAD_EXTENSION"))?;
    let input = input(&args.file)?;
    let options = InsertOptions { database: args.database.clone(), extensions, input, import };
    let watcher = Watcher::new();
    let inserted = world.machinery.insert(options, &|progress| watcher.look(progress));
    watcher.finish();
    writeln!(world.err, "{}", said(&args, &inserted?))?;
    Ok(0)
}

fn said(args: &Args, inserted: &Inserted) -> String {
    let Inserted { imported, made_database } = inserted;
    let rows = crate::render::number::counted(
        i64::try_from(imported.rows - imported.ignored).unwrap_or(i64::MAX),
        "row",
    );
    let mut said = format!("Inserted {rows} into {} of {}", args.table, args.database.display());
    if imported.ignored > 0 {
        let left_out =
            crate::render::number::counted(i64::try_from(imported.ignored).unwrap_or(i64::MAX), "row");
        said.push_str(&format!("; {left_out} had a key that is taken"));
    }
    match (made_database, &imported.before) {
        (true, _) => said.push_str("; the database is new"),
        (false, None) => said.push_str("; the table is new"),
        (false, Some(_)) => {}
    }
    said
}

fn import_options(args: &Args) -> Result<ImportOptions> {
    let wrong = |option: &str, reason: String| CliError::value("insert", option, reason);
    let format = match &args.format {
        Some(name) => Format::named(name).ok_or_else(|| {
            wrong("'-f' / '--format'", format!("'{name}' is not one of {}.", Format::NAMES.join(", ")))
        })?,
        None => Format::of_file(&args.file).ok_or_else(|| {
            let file = args.file.display();
            CliError::usage("insert", format!("The name {file} does not tell a format; say it with --format"))
        })?,
    };
    if args.replace && args.ignore {
        return Err(CliError::usage("insert", "Use either --replace or --ignore"));
    }
    let is_text = matches!(format, Format::Csv | Format::Tsv);
    let only_text = [
        (args.delimiter.is_some(), "--delimiter"),
        (args.quotechar.is_some(), "--quotechar"),
        (args.no_headers, "--no-headers"),
        (args.detect_types, "--detect-types"),
        (args.no_detect_types, "--no-detect-types"),
        (args.empty_null, "--empty-null"),
    ];
    if let Some((_, option)) = only_text.into_iter().find(|(given, _)| *given && !is_text) {
        return Err(CliError::usage(
            "insert",
            format!("{option} is about CSV and TSV, and JSON has its own ways"),
        ));
    }
    let character =
        |option: &str, value: &Option<String>| value.as_deref().map(|v| byte(option, v)).transpose();
    let encoding = match &args.encoding {
        None => TextEncoding::default(),
        Some(name) => TextEncoding::named(name).ok_or_else(|| {
            wrong("'--encoding'", format!("'{name}' is no encoding; utf-8, latin-1 and utf-16 are some"))
        })?,
    };
    let batch_size = match &args.batch_size {
        None => None,
        Some(text) => match text.parse::<u64>() {
            Ok(size) if size > 0 => Some(size),
            _ => return Err(wrong("'--batch-size'", format!("'{text}' is not a number of rows"))),
        },
    };
    let layout = Layout {
        delimiter: character("'--delimiter'", &args.delimiter)?,
        quote: character("'--quotechar'", &args.quotechar)?.unwrap_or(b'"'),
        has_headers: !args.no_headers,
        encoding,
    };
    Ok(ImportOptions {
        layout,
        primary_key: args.pk.clone(),
        on_conflict: match (args.replace, args.ignore) {
            (true, _) => OnConflict::Replace,
            (_, true) => OnConflict::Ignore,
            _ => OnConflict::Fail,
        },
        alter: args.alter,
        truncate: args.truncate,
        detect_types: !args.no_detect_types,
        empty_null: args.empty_null,
        batch_size,
        ..ImportOptions::new(args.table.clone(), format)
    })
}

fn byte(option: &str, value: &str) -> Result<u8> {
    match value.as_bytes() {
        b"\\t" | b"tab" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Ok(*byte),
        _ => Err(CliError::value("insert", option, format!("'{value}' is not one ASCII character"))),
    }
}

fn input(file: &Path) -> Result<Input> {
    if file.as_os_str() == "-" {
        return Ok(Input::stream(io::stdin()));
    }
    let opened = File::open(file).and_then(Input::file);
    opened.map_err(|error| {
        let shown = file.display();
        let reason = match error.kind() {
            io::ErrorKind::NotFound => format!("File '{shown}' does not exist."),
            io::ErrorKind::IsADirectory => format!("File '{shown}' is a directory."),
            _ => format!("File '{shown}' could not be read: {error}"),
        };
        CliError::value("insert", "'FILE'", reason)
    })
}

/// Shows how far it has come, where there is a terminal, and listens to Ctrl+C.
struct Watcher {
    bar: OnceCell<ProgressBar>,
    writes: Cell<bool>,
    interrupted: OnceCell<Option<Arc<AtomicBool>>>,
}

impl Watcher {
    fn new() -> Self {
        Self { bar: OnceCell::new(), writes: Cell::new(false), interrupted: OnceCell::new() }
    }

    fn look(&self, progress: Progress) -> bool {
        let bar = self.bar.get_or_init(|| bar(progress.of_bytes));
        if progress.writes && !self.writes.replace(true) {
            bar.reset();
        }
        bar.set_position(progress.bytes);
        let what = if progress.writes { "rows" } else { "rows looked at" };
        bar.set_message(format!("{} {what}", progress.rows));
        // Until something is written Ctrl+C may just end the program.
        let interrupted = || self.interrupted.get_or_init(|| crate::signals::interrupted().ok()).as_ref();
        !(progress.writes && interrupted().is_some_and(|flag| flag.load(Ordering::Relaxed)))
    }

    fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

/// Hidden unless standard error is a terminal.
fn bar(of_bytes: Option<u64>) -> ProgressBar {
    let (bar, template) = match of_bytes {
        Some(length) => (
            ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr()),
            "{bar:40} {percent}% {bytes} of {total_bytes}, {msg}",
        ),
        None => {
            (ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()), "{spinner} {bytes}, {msg}")
        }
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
