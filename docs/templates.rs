//! Writes the part of `docs/templates.md` that lists what templates are given, from the doc comments in
//! `server/src/render/contexts/`. A program of one file, so that it needs nothing but `rustc`:
//!
//! ```sh
//! ./check docs            # says whether the page is up to date
//! ./check docs --write    # brings it up to date
//! ```
//!
//! It reads the structs as text: a `///` comment, attributes, `pub(crate) name: Type,`. A field or struct without
//! a comment is an error, so the page has no gaps.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

const BEGIN: &str = "<!-- fields: written by docs/templates.rs -->";
const END: &str = "<!-- end of fields -->";

/// Files whose pages come first, in this order; all others follow by name.
const FIRST: [&str; 8] = ["index", "database", "table", "row", "query", "query_list", "schema", "json"];
/// Files without a page of their own that come first among what pages share.
const FIRST_SHARED: [&str; 3] = ["base", "rows", "metadata"];

fn main() -> ExitCode {
    let write = env::args().any(|arg| arg == "--write");
    match bring_up_to_date(Path::new("."), write) {
        Ok(message) => {
            println!("{message}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// Compares the page with the code, or writes it. `root` is the folder of the repository.
pub fn bring_up_to_date(root: &Path, write: bool) -> Result<String, String> {
    let path = root.join("docs/templates.md");
    let page = read(&path)?;
    let (before, rest) =
        page.split_once(BEGIN).ok_or_else(|| format!("docs/templates.md has no line {BEGIN}"))?;
    let (_, after) = rest.split_once(END).ok_or_else(|| format!("docs/templates.md has no line {END}"))?;
    let fresh = format!("{before}{BEGIN}\n\n{}{END}{after}", fields(root)?);
    if fresh == page {
        return Ok("docs/templates.md is up to date".to_owned());
    }
    if !write {
        return Err("docs/templates.md is older than the code; run ./check docs --write".to_owned());
    }
    fs::write(&path, fresh).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok("docs/templates.md was written".to_owned())
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// A struct of a context.
struct Struct {
    name: String,
    doc: String,
    fields: Vec<Field>,
}

struct Field {
    name: String,
    kind: String,
    doc: String,
    flattened: bool,
}

/// A file of contexts.
struct File {
    name: String,
    /// Its first sentence.
    header: String,
    structs: Vec<Struct>,
}

fn fields(root: &Path) -> Result<String, String> {
    let (pages, shared): (Vec<File>, Vec<File>) =
        files(&root.join("server/src/render/contexts"))?.into_iter().partition(File::has_page);
    let (pages, shared) = (sorted(pages, &FIRST), sorted(shared, &FIRST_SHARED));
    let known: BTreeSet<&str> =
        pages.iter().chain(&shared).flat_map(|file| &file.structs).map(|one| one.name.as_str()).collect();

    let mut out = String::new();
    for file in &pages {
        let _ = writeln!(out, "## {}\n", file.header.trim_end_matches('.'));
        let alone = file.structs.iter().filter(|one| one.is_page()).count() == 1;
        for one in &file.structs {
            match (one.is_page(), alone) {
                (true, true) => {}
                (true, false) => drop(writeln!(out, "### {}\n", one.doc.trim_end_matches('.'))),
                (false, _) => drop(writeln!(out, "### {}\n\n{}\n", one.name, one.doc)),
            }
            table(&mut out, one, &known);
        }
    }
    let _ = writeln!(out, "## What pages share\n");
    for one in shared.iter().flat_map(|file| &file.structs) {
        let _ = writeln!(out, "### {}\n\n{}\n", one.name, one.doc);
        table(&mut out, one, &known);
    }
    Ok(out)
}

fn files(folder: &Path) -> Result<Vec<File>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries.flatten() {
        let file_name = entry.file_name().to_string_lossy().into_owned();
        let Some(name) = file_name.strip_suffix(".rs").filter(|name| *name != "mod") else { continue };
        let source = read(&entry.path())?;
        let (header, structs) = parse(&source).map_err(|error| format!("contexts/{file_name}: {error}"))?;
        files.push(File { name: name.to_owned(), header, structs });
    }
    Ok(files)
}

fn sorted(mut files: Vec<File>, first: &[&str]) -> Vec<File> {
    let rank = |file: &File| first.iter().position(|name| *name == file.name).unwrap_or(first.len());
    files.sort_by(|a, b| (rank(a), &a.name).cmp(&(rank(b), &b.name)));
    files
}

impl File {
    fn has_page(&self) -> bool {
        self.structs.iter().any(Struct::is_page)
    }
}

impl Struct {
    /// What a template is given; everything else is a piece of that.
    fn is_page(&self) -> bool {
        self.name.ends_with("Context")
    }
}

fn table(out: &mut String, one: &Struct, known: &BTreeSet<&str>) {
    let besides: Vec<&Field> = one.fields.iter().filter(|field| field.flattened).collect();
    let linked = |name: &str| known.contains(name).then(|| format!("[{name}](#{})", name.to_lowercase()));
    let links: Vec<String> = besides.iter().filter_map(|field| linked(&field.kind)).collect();
    if !links.is_empty() {
        let _ = writeln!(out, "Everything of {}, and:\n", links.join(" and "));
    }
    if besides.len() == one.fields.len() && links.len() == besides.len() {
        out.truncate(out.trim_end_matches(", and:\n\n").len());
        out.push_str(".\n\n");
        return;
    }
    let rest: Vec<&&Field> = besides.iter().filter(|field| linked(&field.kind).is_none()).collect();
    let _ = writeln!(out, "| Field | | |\n|---|---|---|");
    for field in one.fields.iter().filter(|field| !field.flattened) {
        let _ = writeln!(out, "| `{}` | {} | {} |", field.name, kind(&field.kind, known), field.doc);
    }
    for field in rest {
        let _ = writeln!(out, "| … | {} | {} |", kind(&field.kind, known), field.doc);
    }
    out.push('\n');
}

/// A type in the words of somebody who writes a template.
fn kind(rust: &str, known: &BTreeSet<&str>) -> String {
    let inner = |prefix: &str| rust.strip_prefix(prefix).and_then(|rest| rest.strip_suffix('>'));
    if let Some(inner) = inner("Option<") {
        return format!("{} or null", kind(inner, known));
    }
    if let Some(inner) = inner("Vec<") {
        return format!("list of {}", kind(inner, known));
    }
    match rust {
        "String" | "&'static str" | "MessageKind" => "text".to_owned(),
        "bool" => "true or false".to_owned(),
        "i64" | "u64" | "u16" | "u8" | "usize" => "number".to_owned(),
        "Html" => "HTML".to_owned(),
        "Value" | "serde_json::Value" => "any JSON".to_owned(),
        "OrderedMap" => "object of texts".to_owned(),
        _ if rust.starts_with("Map<") => "object".to_owned(),
        _ if known.contains(rust) => format!("[{rust}](#{})", rust.to_lowercase()),
        other => format!("`{other}`"),
    }
}

/// The file's first sentence and its structs that templates see.
fn parse(source: &str) -> Result<(String, Vec<Struct>), String> {
    let header = source.lines().find_map(|line| line.strip_prefix("//! ")).ok_or("has no header")?.to_owned();
    let (mut structs, mut current): (Vec<Struct>, Option<Struct>) = (Vec::new(), None);
    let (mut doc, mut attributes): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[cfg(test)]") {
            break;
        } else if let Some(text) = line.strip_prefix("///") {
            doc.push(text.trim().to_owned());
        } else if line.starts_with("#[") {
            attributes.push(line.to_owned());
        } else if let Some(name) =
            line.strip_prefix("pub(crate) struct ").and_then(|rest| rest.strip_suffix(" {"))
        {
            let serialized = attributes.iter().any(|attribute| attribute.contains("Serialize"));
            if serialized && doc.is_empty() {
                return Err(format!("{name} has no doc comment"));
            }
            current = serialized.then(|| Struct {
                name: name.to_owned(),
                doc: paragraphs(&doc),
                fields: Vec::new(),
            });
            (doc, attributes) = Default::default();
        } else if line == "}" {
            structs.extend(current.take());
            (doc, attributes) = Default::default();
        } else if let (Some(one), Some(field)) = (&mut current, line.strip_prefix("pub(crate) ")) {
            let (name, rust) =
                field.trim_end_matches(',').split_once(": ").ok_or_else(|| format!("{line} is no field"))?;
            let flattened = attributes.iter().any(|attribute| attribute.contains("serde(flatten)"));
            if doc.is_empty() && !flattened {
                return Err(format!("{}.{name} has no doc comment", one.name));
            }
            one.fields.push(Field {
                name: renamed(&attributes).unwrap_or(name).to_owned(),
                kind: rust.to_owned(),
                // A bar would end the cell of the table.
                doc: doc.join(" ").replace('|', "\\|"),
                flattened,
            });
            (doc, attributes) = Default::default();
        } else {
            (doc, attributes) = Default::default();
        }
    }
    Ok((header, structs))
}

/// The name in `#[serde(rename = "type")]`.
fn renamed(attributes: &[String]) -> Option<&str> {
    attributes.iter().find_map(|attribute| attribute.strip_prefix("#[serde(rename = \"")?.split('"').next())
}

/// Comment lines as Markdown, without links into the code.
fn paragraphs(doc: &[String]) -> String {
    doc.join("\n").trim().to_owned()
}
