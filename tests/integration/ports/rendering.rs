//! `datasette-render-markdown`, `datasette-render-binary`, `datasette-pretty-json`, `datasette-json-html`.

use serde_json::{Value, json};

use super::site::{quoted, sql, with};
use crate::support::Site;

/// The cells that plugins render, of each row.
#[track_caller]
fn cells(site: &Site, path: &str) -> Value {
    let separator = if path.contains('?') { '&' } else { '?' };
    let answer = site.get(&format!("{path}{separator}_extra=render_cell"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["render_cell"].clone()
}

#[test]
fn markdown_is_rendered_and_harmless() {
    let site = with(&["datasette-render-markdown"]).start();
    let rendered = cells(&site, "/ports/notes.json");
    let hello =
        "<div class=\"render-markdown\"><h1>Hello</h1>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n</div>";
    assert_eq!(rendered[0], json!({"text_markdown": hello}));
    let page = site.get("/ports/notes").text();
    assert!(page.contains(hello), "{page}");
    assert!(
        page.contains("href=\"/-/static-plugins/datasette-render-markdown/render-markdown.css"),
        "{page}"
    );
    let hostile = rendered[1]["text_markdown"].as_str().unwrap();
    for word in ["script", "onerror"] {
        assert!(!hostile.contains(word), "{hostile}");
    }
    let style = site.get("/-/static-plugins/datasette-render-markdown/render-markdown.css");
    assert_eq!((style.status, style.header("content-type")), (200, Some("text/css")));
}

#[test]
fn the_nearest_configuration_says_which_columns_are_markdown() {
    let table = json!({"columns": ["body"], "patterns": ["*_md"], "extensions": ["strikethrough"]});
    let config = json!({
        "plugins": {"datasette-render-markdown": {"patterns": []}},
        "databases": {"ports": {"tables": {"notes": {"plugins": {"datasette-render-markdown": table}}}}},
    });
    let site = with(&["datasette-render-markdown"]).config(&config).start();
    let rendered = cells(&site, "/ports/notes.json");
    let paragraph = |html: &str| format!("<div class=\"render-markdown\"><p>{html}</p>\n</div>");
    let expected = json!({"body": paragraph("<em>body</em>"), "other_md": paragraph("<del>other</del>")});
    assert_eq!(rendered[0], expected);
    // A query has no table: the root's is its nearest.
    let query = quoted("select '# x' as a_markdown");
    assert_eq!(cells(&site, &format!("/ports/-/query.json?sql={query}")), json!([{}]));
}

#[test]
fn markdown_is_for_sql_and_templates_too() {
    let setup = with(&["datasette-render-markdown"]);
    setup.write("templates/pages/about.html", b"{{render_markdown \"**bold** <i onclick=x>i</i>\"}}");
    let templates = setup.path("templates").display().to_string();
    let site = setup.args(&["--template-dir", &templates]).start();
    assert_eq!(sql(&site, "select render_markdown('*a*')"), json!("<p><em>a</em></p>\n"));
    let wrong = quoted("select render_markdown('a', '{\"extra_tags\": [\"script\"]}')");
    let answer = site.get(&format!("/ports/-/query.json?sql={wrong}"));
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("script can't be allowed"), "{}", answer.text());
    let about = site.get("/about").text();
    assert_eq!(about.trim(), "<div class=\"render-markdown\"><p><strong>bold</strong> <i>i</i></p>\n</div>");
}

#[test]
fn a_mistake_in_the_configuration_stops_the_start() {
    for (plugin, config, word) in [
        ("datasette-render-markdown", json!({"extra_tags": ["script"]}), "script can't be allowed"),
        ("datasette-render-binary", json!({"shown_bytes": "many"}), "shown_bytes has to be a whole number"),
        ("datasette-pretty-json", json!({"columns": "a"}), "columns has to be a list of names"),
    ] {
        let setup = with(&[plugin]).config(&json!({"plugins": {plugin: config}}));
        setup.run(&["--get", "/"]).assert_refused(1, &[plugin, word]);
    }
}

#[test]
fn blobs_show_what_is_in_them_and_can_be_had() {
    let site = with(&["datasette-render-binary"]).start();
    let rendered = cells(&site, "/ports/files.json");
    let html = |row: usize| rendered[row]["data"].as_str().unwrap();
    let start = "<div class=\"render-binary\"><img src=\"data:image/gif;base64,R0lG";
    assert!(html(0).starts_with(start), "{}", html(0));
    assert!(
        html(0).contains("href=\"/ports/files/1.blob?_blob_column=data\">image/gif, 42 bytes</a>"),
        "{}",
        html(0)
    );
    assert!(html(1).contains("<code><i>00 ff</i>A</code>"), "{}", html(1));
    assert!(html(2).contains("<code>&lt;svg onload=alert(1)&gt;</code>"), "{}", html(2));
    assert_eq!(rendered[3], json!({}));
    assert!(site.get("/ports/files").text().contains(html(1)));
    assert_eq!(site.get("/ports/files/2.blob?_blob_column=data").body, [0, 0xff, b'A']);
}

#[test]
fn the_download_of_every_blob_works() {
    let site = with(&["datasette-render-binary"]).start();
    let query = format!("/ports/-/query?sql={}", quoted("select x'0304' as data"));
    for (page, bytes) in [
        ("/ports/pages", b"\xca\xfe".as_slice()),
        ("/ports/pages/a~2Fb,7", b"\xca\xfe"),
        ("/ports/heap", b"\x01\x02"),
        ("/ports/all_files", b"\x00\xffA"),
        (&query, b"\x03\x04"),
    ] {
        let html = site.get(page).text();
        let link =
            html.split("<a class=\"blob-download\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
        let link = link.unwrap_or_else(|| panic!("no link on {page}: {html}")).replace("&amp;", "&");
        let answer = site.get(&link);
        assert_eq!((answer.status, answer.body.as_slice()), (200, bytes), "{page}: {link}");
    }
}

#[test]
fn json_is_shown_indented() {
    let site = with(&["datasette-pretty-json"]).start();
    let rendered = cells(&site, "/ports/data.json");
    let html = rendered[0]["json"].as_str().unwrap();
    let expected = "<pre class=\"pretty-json\">{<span class=\"pretty-json-key\">&#34;a&#34;</span>: [1, 2], \
                    <span class=\"pretty-json-key\">&#34;b&#34;</span>: &#34;&lt;script&gt;&#34;}</pre>";
    assert_eq!(html, expected);
    assert_eq!(rendered[2].get("more"), None);
    assert!(site.get("/ports/data/1").text().contains(expected));
    assert_eq!(site.get("/-/static-plugins/datasette-pretty-json/pretty-json.css").status, 200);
}

#[test]
fn pretty_json_is_for_the_columns_of_the_configuration() {
    let plugins = json!({"datasette-pretty-json": {"columns": ["more"]}});
    let config = json!({"databases": {"ports": {"plugins": plugins}}});
    let site = with(&["datasette-pretty-json"]).config(&config).start();
    assert_eq!(cells(&site, "/ports/data.json")[0], json!({"more": "<pre class=\"pretty-json\">[1]</pre>"}));
}

#[test]
fn json_of_known_forms_is_links_and_pictures() {
    // Beside the plugin that shows any JSON, which has to wait.
    let site = with(&["datasette-json-html", "datasette-pretty-json"]).start();
    let rendered = cells(&site, "/ports/data.json");
    let link = "<a href=\"https://example.com/\" rel=\"nofollow\">Example &lt;b&gt;</a>";
    let picture =
        "<img class=\"json-html\" src=\"/-/static/favicon.png\" alt=\"\" width=\"16\" loading=\"lazy\">";
    assert_eq!(rendered[1], json!({"json": link, "more": picture}));
    let hostile = rendered[2]["json"].as_str().unwrap();
    assert!(hostile.starts_with("<pre class=\"pretty-json\">{") && !hostile.contains("href=\""), "{hostile}");
    assert_eq!(sql(&site, "select urllib_quote_plus('a b&c')"), json!("a+b%26c"));
    assert_eq!(site.get("/-/static-plugins/datasette-json-html/json-html.css").status, 200);
}

#[test]
fn style_sheets_are_found_below_a_base_url() {
    let plugins = [
        "datasette-json-html",
        "datasette-pretty-json",
        "datasette-render-binary",
        "datasette-render-markdown",
    ];
    let site = with(&plugins).args(&["--setting", "base_url", "/x/"]).start();
    let page = site.get("/x/ports/data").text();
    for plugin in plugins {
        let file = format!("/x/-/static-plugins/{plugin}/{}.css", plugin.trim_start_matches("datasette-"));
        assert!(page.contains(&format!("href=\"{file}")), "{file} is not in {page}");
        assert_eq!(site.get(&file).status, 200);
    }
    let blob = site.get("/x/ports/files/2").text();
    assert!(blob.contains("href=\"/x/ports/files/2.blob?_blob_column=data\""), "{blob}");
}
