//! Runs `tests/cases/<capability>/<claim>.case`: a request line, ten dashes, and the answer to it as recorded.
//!
//! `UPDATE_EXPECT=1 cargo test` records the answers anew; read the difference before you keep it. Of the
//! headers those are recorded that say what the body is or where to go; what differs from run to run is
//! replaced by a word.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::json;

use crate::support::{Answer, Setup, Site, workspace};

const RULE: &str = "\n----------\n";

/// Headers that belong to the claim.
const RECORDED: &[&str] =
    &["location", "content-type", "content-disposition", "link", "allow", "cache-control"];

/// The site that all cases ask.
fn site() -> Site {
    let setup = Setup::new().database("library");
    let mount = setup.write("downloads/hello.txt", b"Hello from a folder\n");
    let mount = format!("downloads:{}", mount.parent().expect("it is in a folder").display());
    let config = json!({
        "title": "Cases",
        "settings": {"default_page_size": 10, "max_returned_rows": 50, "facet_time_limit_ms": 2000,
                     "suggest_facets": false, "truncate_cells_html": 30},
        "plugins": {"datasette-map": {"api_key": "hidden", "zoom": 3, "nested": {"password": "hidden"}}},
        "databases": {"library": {
            "queries": {
                "by_author": {
                    "sql": "select title, pages from books where author_id = :author order by id",
                    "title": "Books of an author"
                }
            },
            "tables": {
                "books": {"facets": ["author_id"], "sortable_columns": ["title", "pages", "price"]},
                "secrets": {"allow": false}
            }
        }}
    });
    setup
        .config(&config)
        .args(&["--static", &mount, "--version-note", "as tested", "--secret", "s3cret"])
        .start()
}

#[test]
fn every_case_is_answered_as_recorded() {
    let site = site();
    let cases = files(&workspace().join("tests/cases"));
    assert!(!cases.is_empty(), "there are no cases");
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut differences = Vec::new();
    for path in cases {
        let text = std::fs::read_to_string(&path).expect("cases are text");
        let (line, expected) = text.split_once(RULE).unwrap_or((text.trim_end(), ""));
        let actual = ask(&site, line);
        if actual == expected {
            continue;
        }
        if update {
            std::fs::write(&path, format!("{line}{RULE}{actual}")).expect("cases can be written");
        } else {
            differences.push(format!("{}\n{}", path.display(), difference(expected, &actual)));
        }
    }
    let hint = "UPDATE_EXPECT=1 records the answers as they are now";
    assert!(differences.is_empty(), "{}\n{hint}", differences.join("\n\n"));
}

/// `METHOD target`, then headers, one to a line, and after an empty line a body.
fn ask(site: &Site, request: &str) -> String {
    let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
    let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
    let (method, target) = line.split_once(' ').expect("the first line is METHOD target");
    let headers: String = headers.lines().map(|header| format!("{header}\r\n")).collect();
    let answer =
        site.connect().request(method, target, &format!("{headers}connection: close\r\n"), body.as_bytes());
    show(&answer)
}

fn show(answer: &Answer) -> String {
    let mut text = format!("{}\n", answer.status);
    for name in RECORDED {
        for (_, value) in answer.headers.iter().filter(|(known, _)| known == name) {
            text.push_str(&format!("{name}: {value}\n"));
        }
    }
    text.push('\n');
    match std::str::from_utf8(&answer.body) {
        // Line ends of CSV would be changed by editors.
        Ok(body) => text.push_str(&steady(&content(body).replace('\r', "␍"))),
        Err(_) => text.push_str(&format!("bytes {:02x?}", answer.body)),
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Of a page the part that is about something; the frame around it is the same everywhere.
fn content(body: &str) -> &str {
    let main = body.find("<main").and_then(|start| body.get(start..));
    main.and_then(|main| main.get(..main.find("</main>")?)).unwrap_or(body)
}

/// The text without what differs from run to run.
fn steady(text: &str) -> String {
    let changing = [
        (r#""query_ms": [0-9.e-]+"#, r#""query_ms": TIME"#),
        (r"took [0-9.]+ms", "took TIME"),
        (r"\?_hash=[0-9a-f]+", "?_hash=HASH"),
    ];
    changing.iter().fold(text.to_owned(), |text, (pattern, word)| {
        Regex::new(pattern).expect("it is a pattern").replace_all(&text, *word).into_owned()
    })
}

/// The lines of one that the other does not have, with those around them left out.
fn difference(expected: &str, actual: &str) -> String {
    let mut lines: BTreeMap<usize, (&str, &str)> = BTreeMap::new();
    for (number, line) in expected.lines().enumerate() {
        lines.entry(number).or_default().0 = line;
    }
    for (number, line) in actual.lines().enumerate() {
        lines.entry(number).or_default().1 = line;
    }
    let unlike = lines.values().filter(|(expected, actual)| expected != actual);
    unlike.take(5).map(|(expected, actual)| format!("  expected {expected}\n  got      {actual}\n")).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("there are cases") {
        let path = entry.expect("folders can be read").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "case") {
            found.push(path);
        }
    }
    found.sort();
    found
}
