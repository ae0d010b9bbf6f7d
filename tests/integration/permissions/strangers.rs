//! Every page of a closed site, asked by a stranger.

use super::*;

/// Pages that a stranger may ask for, whatever is closed.
const PUBLIC: [&str; 7] =
    ["/-/actor", "/-/actor.json", "/-/allow-debug", "/-/logout", "/favicon.ico", "/-/static/app.css", "/-"];

/// Pages that leave out what the visitor may not see, and for a stranger show nothing.
const FILTERED: [&str; 3] = ["/-/schema", "/-/jump", "/-/tables"];

/// Paths of the route table, with something in each place.
fn paths() -> Vec<String> {
    let source = std::fs::read_to_string(crate::support::workspace().join("server/src/routes.rs")).unwrap();
    let route = regex::Regex::new(r#"^\s+\((?:_|"[A-Z]+"), \[([^\]]*)\]\)"#).unwrap();
    let mut paths = Vec::new();
    for line in source.lines() {
        let Some(found) = route.captures(line) else { continue };
        let mut variants = vec![String::new()];
        for piece in found[1].split(',').map(str::trim) {
            let piece = piece.split_once('@').map_or(piece, |(_, rest)| rest.trim());
            let choices: Vec<String> = match piece {
                "db" => vec!["a".into()],
                "name" => vec!["t".into(), "q".into()],
                "key" => vec!["1".into()],
                words => {
                    let words = words.trim_matches(['(', ')']).split('|');
                    words.map(|word| word.trim().trim_matches('"').to_owned()).collect()
                }
            };
            variants = variants
                .iter()
                .flat_map(|path| choices.iter().map(move |choice| format!("{path}/{choice}")))
                .collect();
        }
        paths.extend(variants);
    }
    paths
}

/// Formats, of the server and of its plugins, and what some pages want to know.
const ENDS: [&str; 9] = [
    "",
    ".json",
    ".csv",
    ".ndjson",
    ".blob?_blob_column=a",
    ".md",
    ".db",
    "?sql=select+1",
    "?action=view-table",
];

/// Every arm of the route table is one that [`paths`] understands.
#[test]
fn the_route_table_is_understood_to_its_last_line() {
    let source = std::fs::read_to_string(crate::support::workspace().join("server/src/routes.rs")).unwrap();
    let table = source.split("match (request.method.as_str(), segments.as_slice()) {").nth(1).unwrap();
    let table = table.split("\n    }\n").next().unwrap();
    // What stands before the arrow of an arm, on the level of the table.
    let arms = regex::Regex::new(r"(?m)^        \(").unwrap().find_iter(table).count();
    let understood =
        regex::Regex::new(r#"(?m)^        \((?:_|"[A-Z]+"), \[[^\]]*\](?: \| \[[^\]]*\])*\)"#).unwrap();
    assert_eq!(understood.find_iter(table).count(), arms, "an arm of another shape is not walked");
    assert!(arms > 40, "{arms}");
}

#[test]
fn a_closed_site_tells_a_stranger_nothing() {
    let config =
        json!({"databases": {"a": {"queries": {"q": "select 1"}}}, "plugins": {"fixture-asking": {}}});
    let site = site(&config, &["--default-deny", "--root"]);
    let mut connection = site.connect();
    let mut paths = paths();
    assert!(paths.len() > 40, "the route table was not understood: {paths:?}");
    // Formats that plugins render, on every kind of page that has rows.
    let listed =
        connection.request("GET", "/-/plugins.json?all=1", &cookie(&json!({"id": "root"})), b"").json();
    assert!(listed.to_string().contains("asking.so"), "{listed}");
    // A plugin's page is as open as the plugin makes it; this one asks for the visitor, who may nothing.
    let asked = "/-/ask?for=visitor&service=ensure_permission&args=%7B%22action%22:%22view-instance%22,%22resource%22:%7B%7D%7D";
    assert_eq!(connection.request("GET", asked, "", b"").status, 400);
    paths.extend(["/", "/-/", "/a/t/1/2"].map(str::to_owned));
    let mut open = Vec::new();
    for path in paths {
        for end in ENDS {
            for method in ["GET", "POST"] {
                let target = format!("{path}{end}");
                if PUBLIC.contains(&target.split('?').next().unwrap()) {
                    continue;
                }
                let answer = connection.request(method, &target, "content-type: application/json\r\n", b"");
                // A wrong method, format or name is said to everybody: that tells nothing about what is inside.
                let is_closed = matches!(answer.status, 401 | 403 | 404 | 405)
                    || answer.status == 302
                        && answer.header("location").is_some_and(|to| !to.contains("://"));
                let is_filtered = FILTERED.iter().any(|page| path == *page);
                let lists_nothing = answer.status == 200 && is_filtered && is_empty(&answer.text());
                if !is_closed && !lists_nothing {
                    open.push(format!("{method} {target}: {} {}", answer.status, answer.text()));
                }
            }
        }
    }
    assert!(open.is_empty(), "{}", open.join("\n"));
}

fn is_empty(text: &str) -> bool {
    match serde_json::from_str::<Value>(text) {
        Ok(answer) => ["matches", "schemas", "queries"].iter().any(|key| answer[key] == json!([])),
        Err(_) => !text.contains("create table") && !text.contains("select 1"),
    }
}
