//! What each hook does to a site, by the examples of `docs/plugin-hooks`: through the real program and the boundary.

use serde_json::{Value, json};

use crate::support::sign::{SECRET, cookie};
use crate::support::{Answer, Setup, Site, library};

type Effect = fn(&World);

/// The hooks, each with the test of what it does.
const EFFECTS: &[(&str, Effect)] = &[
    ("startup", startup),
    ("shutdown", shutdown),
    ("register_commands", register_commands),
    ("publish_subcommand", publish_subcommand),
    ("prepare_connection", prepare_connection),
    ("actor_from_request", actor_from_request),
    ("actors_from_ids", actors_from_ids),
    ("register_token_handler", register_token_handler),
    ("request_wrapper", request_wrapper),
    ("skip_csrf", skip_csrf),
    ("register_routes", register_routes),
    ("register_actions", register_actions),
    ("permission_resources_sql", permission_resources_sql),
    ("filters_from_request", filters_from_request),
    ("register_facet_classes", register_facet_classes),
    ("register_column_types", register_column_types),
    ("canned_queries", canned_queries),
    ("register_magic_parameters", register_magic_parameters),
    ("write_wrapper", write_wrapper),
    ("register_events", register_events),
    ("track_event", track_event),
    ("register_output_renderer", register_output_renderer),
    ("render_cell", render_cell),
    ("prepare_template_environment", prepare_template_environment),
    ("template_environment_from_request", template_environment_from_request),
    ("extra_template_vars", extra_template_vars),
    ("extra_css_urls", extra_css_urls),
    ("extra_js_urls", extra_js_urls),
    ("extra_body_script", extra_body_script),
    ("menu_links", menu_links),
    ("jump_items_sql", jump_items_sql),
    ("homepage_actions", homepage_actions),
    ("database_actions", database_actions),
    ("table_actions", table_actions),
    ("view_actions", view_actions),
    ("row_actions", row_actions),
    ("query_actions", query_actions),
    ("top_homepage", top_homepage),
    ("top_database", top_database),
    ("top_table", top_table),
    ("top_row", top_row),
    ("top_query", top_query),
    ("top_stored_query", top_stored_query),
    ("forbidden", forbidden),
    ("handle_exception", handle_exception),
];

#[test]
fn every_hook_does_what_its_example_says() {
    let missing: Vec<_> = datasette_plugin_api::server::HOOK_NAMES
        .into_iter()
        .filter(|hook| !EFFECTS.iter().any(|(name, _)| name == hook))
        .collect();
    assert!(missing.is_empty(), "no test of what these hooks do: {missing:?}");
    let world = World::new();
    let failed: Vec<&str> = EFFECTS
        .iter()
        .filter(|(_, test)| {
            let test = std::panic::AssertUnwindSafe(|| test(&world));
            std::panic::catch_unwind(test).is_err()
        })
        .map(|(name, _)| *name)
        .collect();
    assert!(failed.is_empty(), "{failed:?} do something else; log: {}", world.site.log());
}

/// A site with every example.
struct World {
    site: Site,
}

fn setup() -> Setup {
    let config = json!({
        "permissions": {"insert-row": {"id": "root"}, "create-table": {"id": "root"}},
        "databases": {"library": {
            "queries": {"language": "select :_accept_language as language", "stored": "select 1 as one"},
            "tables": {"secrets": {"allow": {"id": "root"}}, "shelves": {"column_types": {"book_id": "stars"}}},
        }},
    });
    let setup = Setup::new().database("library").config(&config).args(&["--secret", SECRET]);
    setup.write("templates/pages/shout.html", b"{{shout \"quiet\"}}{{> closing}}");
    setup.write("templates/pages/greet.html", b"{{greet \"Ann\"}}{{> greeting}}");
    setup.write("templates/pages/motto.html", b"{{motto}}");
    setup.write("templates/_footer.html", b"<footer>{{motto}}</footer>");
    let setup = setup.args(&["--template-dir", "$D/templates"]);
    setup
        .plugin("asking.so", &library::bytes("fixture-asking"))
        .plugin("examples.so", &library::bytes("fixture-examples"))
}

impl World {
    fn new() -> Self {
        Self { site: setup().start() }
    }

    fn get(&self, target: &str) -> Answer {
        self.site.get(target)
    }

    fn get_with(&self, target: &str, headers: &str) -> Answer {
        self.site.connect().request("GET", target, headers, b"")
    }

    #[track_caller]
    fn shows(&self, target: &str, words: &[&str]) {
        let page = self.get(target).text();
        for word in words {
            assert!(page.contains(word), "{word:?} is not on {target}: {page}");
        }
    }

    #[track_caller]
    fn ask(&self, service: &str, args: &Value) -> Value {
        let args = args.to_string();
        let args = percent_encoding::utf8_percent_encode(&args, percent_encoding::NON_ALPHANUMERIC);
        let answer = self.get(&format!("/-/ask?service={service}&args={args}"));
        assert_eq!(answer.status, 200, "{service}: {}", answer.text());
        answer.json()
    }

    fn insert(&self, table: &str, row: &Value, headers: &str) -> Answer {
        let headers = format!("content-type: application/json\r\n{headers}");
        let body = json!({"row": row}).to_string();
        self.site.connect().request("POST", &format!("/library/{table}/-/insert"), &headers, body.as_bytes())
    }
}

fn root() -> String {
    cookie(&json!({"id": "root"}))
}

fn startup(_: &World) {
    let config = |name: &str| json!({"plugins": {"startup": {"database": name}}});
    let start = |name: &str| {
        let setup = Setup::new().database("library").config(&config(name));
        setup.plugin("examples.so", &library::bytes("fixture-examples")).run(&["--get", "/.json"])
    };
    assert_eq!(start("library").code, Some(0));
    start("absent").assert_refused(1, &["examples.so: startup", "there is no database absent"]);
}

#[cfg(unix)]
fn shutdown(_: &World) {
    let (code, log) = setup().start().terminate();
    assert!(code == Some(0) && log.contains("Goodbye from 1."), "{log}");
}

#[cfg(not(unix))]
fn shutdown(_: &World) {}

/// The examples, installed: those of a folder have no commands.
fn installed() -> Setup {
    let setup = Setup::new();
    setup.write("installed/examples.so", &library::bytes("fixture-examples"));
    let folder = setup.path("installed");
    setup.env("DATASETTE_PLUGINS_DIR", folder)
}

fn register_commands(_: &World) {
    let setup = installed();
    assert!(setup.run(&["--help"]).out.contains("Count the words of files"));
    setup.write("a.txt", b"three small words");
    assert_eq!(setup.run(&["count-words", "a.txt"]).out, "3 a.txt\n");
}

fn publish_subcommand(_: &World) {
    let setup = installed();
    setup.write("a.db", b"");
    std::fs::create_dir(setup.path("target")).unwrap();
    let published = setup.run(&["publish", "folder", "target", "a.db"]);
    assert_eq!((published.code, published.out.as_str()), (Some(0), "Copied a.db\n"), "{published:?}");
    assert!(setup.path("target/a.db").is_file());
}

fn prepare_connection(world: &World) {
    let sql = "select+initials('Ursula+Le+Guin')+as+i,total_length(title)+as+n+from+books&_shape=array";
    let rows = world.get(&format!("/library/-/query.json?sql={sql}")).json();
    assert_eq!(rows, json!([{"i": "ULG", "n": 116}]));
    let sql = "select+name+from+authors+order+by+name+collate+by_length&_shape=arrayfirst";
    assert_eq!(world.get(&format!("/library/-/query.json?sql={sql}")).json()[0], "Stanisław Lem");
}

fn actor_from_request(world: &World) {
    assert_eq!(
        world.get_with("/-/actor.json", "x-remote-user: ann\r\n").json()["actor"],
        json!({"id": "ann"})
    );
    assert_eq!(world.get_with("/-/actor.json", "x-remote-user: \r\n").status, 401);
    assert_eq!(world.get("/-/actor.json").json()["actor"], Value::Null);
}

fn actors_from_ids(world: &World) {
    let known = world.ask("actors_from_ids", &json!({"ids": ["staff-ann", "bob"]}));
    assert_eq!(known, json!({"staff-ann": {"id": "staff-ann", "name": "ANN"}}));
    assert_eq!(world.ask("actors_from_ids", &json!({"ids": ["bob"]})), json!({"bob": {"id": "bob"}}));
}

fn register_token_handler(world: &World) {
    let token = world.ask("create_token", &json!({"token": {"actor_id": "ann", "handler": "badge"}}));
    let bearer = |token: &str| format!("authorization: Bearer {token}\r\n");
    let token = token.as_str().unwrap();
    assert_eq!(world.get_with("/-/actor.json", &bearer(token)).json()["actor"], json!({"id": "ann"}));
    assert_eq!(world.get_with("/-/actor.json", &bearer("badge_forged")).status, 401);
}

fn request_wrapper(world: &World) {
    let front = world.get("/start");
    assert_eq!((front.status, front.header("permissions-policy")), (200, Some("camera=(), microphone=()")));
    assert!(front.text().contains("library"));
}

fn skip_csrf(world: &World) {
    let foreign = "origin: https://elsewhere.example\r\nsec-fetch-site: cross-site\r\n";
    let headers = format!("{foreign}x-webhook-word: sesame\r\n");
    let post = |target: &str| world.site.connect().request("POST", target, &headers, b"a=1");
    assert_eq!((post("/-/webhook").status, post("/-/logout").status), (200, 403));
}

fn register_routes(world: &World) {
    world.shows("/-/year/2024", &["<h1>2024</h1>", "Books bought: 7"]);
    assert_eq!(world.get("/-/year/24").status, 404);
    let body =
        b"--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nfour\r\n--x--\r\n";
    let kind = "content-type: multipart/form-data; boundary=x\r\n";
    assert_eq!(world.site.connect().request("POST", "/-/measure", kind, body).json(), json!({"a.txt": 4}));
}

fn register_actions(world: &World) {
    let action = world.ask("get_action", &json!({"name_or_abbr": "lb"}));
    assert_eq!((&action["name"], &action["also_requires"]), (&json!("lend-book"), &json!("view-table")));
}

fn permission_resources_sql(world: &World) {
    let allowed = |actor: Value, action: &str| {
        let resource = json!({"database": "library", "resource": "books"});
        world.ask("allowed", &json!({"action": action, "resource": resource, "actor": actor}))
    };
    let librarian = json!({"id": "x", "role": "librarian"});
    assert_eq!(allowed(librarian.clone(), "insert-row"), true);
    assert_eq!(allowed(librarian, "delete-row"), false);
    assert_eq!(allowed(json!({"id": "x"}), "insert-row"), false);
}

fn filters_from_request(world: &World) {
    let rows = world.get("/library/books.json?_longer_than=300&_shape=array").json();
    assert_eq!(rows.as_array().unwrap().len(), 3);
    world.shows("/library/books?_longer_than=300", &["longer than 300 pages"]);
    assert_eq!(world.get("/library/books.json?_longer_than=long").status, 400);
    assert_eq!(
        world.get("/library/authors.json?_longer_than=300&_shape=array").json().as_array().unwrap().len(),
        4
    );
}

fn register_facet_classes(world: &World) {
    let facet = world.get("/library/authors.json?_facet_initial=name&_extra=facet_results").json();
    let facet = &facet["facet_results"]["results"]["name"];
    assert_eq!((&facet["type"], facet["results"].as_array().unwrap().len()), (&json!("initial"), 4));
    let letters: Vec<&Value> =
        facet["results"].as_array().unwrap().iter().map(|value| &value["value"]).collect();
    assert_eq!(letters, ["<", "O", "S", "U"]);
}

fn register_column_types(world: &World) {
    world.shows("/library/shelves", &["★★★★★"]);
    let insert = |stars: i64| {
        world.insert("shelves", &json!({"room": "r", "slot": stars.to_string(), "book_id": stars}), &root())
    };
    let refused = insert(7);
    assert!(
        refused.status == 400 && refused.text().contains("A rating is a number from 0 to 5"),
        "{}",
        refused.text()
    );
    assert_eq!(insert(4).status, 201);
}

fn canned_queries(world: &World) {
    let ann = "x-remote-user: ann\r\n";
    let rows = world.get_with("/library/my_books.json?word=Solar&_shape=array", ann).json();
    assert_eq!(rows, json!([{"title": "Solaris"}]));
    assert_eq!(world.get("/library/my_books.json?word=Solar").status, 404);
    for page in ["/library", "/library/-/queries", "/-/queries", "/library.json", "/library/-/queries.json"] {
        assert!(world.get_with(page, ann).text().contains("Books for ann"), "{page}");
        assert!(!world.get(page).text().contains("Books for"), "{page}");
    }
    let definition = world.get_with("/library/my_books/-/definition", ann).json();
    assert_eq!(
        (&definition["query"]["source"], &definition["query"]["is_trusted"]),
        (&json!("plugin"), &json!(true))
    );
    assert!(world.get_with("/library/my_books", ann).text().contains("Books for ann"));
    let change = world.site.connect().request("POST", "/library/my_books/-/delete", &root(), b"");
    assert_eq!(change.status, 403);
}

fn register_magic_parameters(world: &World) {
    let rows = world.get_with("/library/language.json?_shape=array", "accept-language: fr\r\n").json();
    assert_eq!(rows, json!([{"language": "fr"}]));
}

fn write_wrapper(world: &World) {
    let create =
        json!({"database": "library", "sql": "create table write_log (id integer primary key, who text)"});
    world.ask("execute_write_script", &create);
    assert_eq!(world.insert("no_key", &json!({"note": "new"}), &root()).status, 201);
    let log = world.get("/library/write_log.json?_shape=array&_col=who").json();
    let rows = log.as_array().unwrap();
    assert_eq!(rows.last().unwrap()["who"], "root");
}

fn register_events(world: &World) {
    let lent =
        json!({"event": {"name": "book-lent", "properties": {"book": 1, "days": 7}, "actor": {"id": "ann"}}});
    assert_eq!(world.ask("track_event", &lent), Value::Null);
}

fn track_event(world: &World) {
    register_events(world);
    world.site.wait_for_log("ann: book-lent {\"book\":1,\"days\":7}");
    assert_eq!(world.insert("no_key", &json!({"note": "new"}), &root()).status, 201);
    world.site.wait_for_log("root: insert-rows");
}

fn register_output_renderer(world: &World) {
    let tsv = world.get("/library/authors.tsv?id__lt=3");
    assert_eq!(tsv.header("content-type"), Some("text/tab-separated-values; charset=utf-8"));
    assert_eq!(tsv.text(), "id\tname\tborn\n1\tUrsula K. Le Guin\t1929\n2\tStanisław Lem\t1921");
    assert_eq!(world.get("/library/-/query.tsv?sql=select+1+as+a,2+as+b").text(), "a\tb\n1\t2");
    world.shows("/library/authors", &["authors.tsv"]);
    assert!(
        !world.get("/library/-/query?sql=select+1").text().contains("query.tsv"),
        "one column is not offered"
    );
    assert_eq!(world.get("/library/-/query.tsv?sql=nonsense").status, 400);
}

fn render_cell(world: &World) {
    world.shows("/library/books", &["€&nbsp;9.99"]);
    assert!(world.get("/library/books.json").text().contains("9.99"));
    assert!(!world.get("/library/books.json").text().contains("nbsp"));
}

fn prepare_template_environment(world: &World) {
    assert_eq!(world.get("/shout").text(), "QUIET<p>That is all.</p>");
}

fn template_environment_from_request(world: &World) {
    assert_eq!(world.get("/greet").text(), "Hello, Ann!<p>Hello!</p>");
    let french = world.get_with("/greet", "accept-language: fr-CA\r\n");
    assert_eq!(french.text(), "Bonjour, Ann!<p>Bonjour!</p>");
}

fn extra_template_vars(world: &World) {
    assert_eq!(world.get("/motto").text(), "Data for everybody");
    world.shows("/library/authors", &["<footer>authors: 3 columns</footer>"]);
}

fn extra_css_urls(world: &World) {
    world.shows("/library/authors", &["/-/static-plugins/extra_css_urls/tables.css"]);
    assert!(!world.get("/").text().contains("tables.css"));
    for name in ["extra_css_urls", "extra-css-urls"] {
        let file = world.get(&format!("/-/static-plugins/{name}/tables.css"));
        assert_eq!((file.status, file.header("content-type")), (200, Some("text/css")), "{name}");
    }
}

fn extra_js_urls(world: &World) {
    world.shows("/library", &["<script type=\"module\" src=\"/-/static-plugins/extra_js_urls/database.js\""]);
    assert_eq!(world.get("/-/static-plugins/extra_js_urls/database.js").text(), "console.log('a database');");
    assert!(!world.get("/library/authors").text().contains("database.js"));
}

fn extra_body_script(world: &World) {
    world.shows("/library/authors/1", &["document.body.dataset.template = \"row.html\";"]);
    assert!(!world.get("/library/authors").text().contains("dataset.template ="));
}

fn menu_links(world: &World) {
    assert!(world.get_with("/", &root()).text().contains("I am root"));
    assert!(!world.get("/").text().contains("I am "));
}

fn jump_items_sql(world: &World) {
    let found = world.get("/-/jump.json?q=lend").json();
    let matches = found["matches"].as_array().unwrap();
    assert!(matches.iter().any(|it| it["url"] == "/-/help" && it["type"] == "help"), "{found}");
}

fn homepage_actions(world: &World) {
    world.shows("/", &["data-refresh=\"all\"", "formaction=\"/-/refresh\"", "For anybody"]);
}

fn database_actions(world: &World) {
    world.shows("/library", &["/library/-/schema", "See the schema", "Of library"]);
}

fn table_actions(world: &World) {
    world.shows("/library/authors", &["authors as CSV"]);
    assert!(!world.get("/library/cheap_books").text().contains("as CSV"));
}

fn view_actions(world: &World) {
    world.shows("/library/cheap_books", &["cheap_books as JSON", "/library/cheap_books.json"]);
    assert!(!world.get("/library/authors").text().contains("as JSON"));
}

fn row_actions(world: &World) {
    world.shows("/library/books/3", &["https://example.com/search?book=3", "Look up Solaris in books"]);
}

fn query_actions(world: &World) {
    world.shows("/library/-/query?sql=select+:n+as+n&n=5", &["About your SQL, 14 characters, n=5"]);
    world.shows("/library/stored", &["About stored, 15 characters,"]);
}

fn top_homepage(world: &World) {
    world.shows("/", &["<p>Welcome to localhost</p>"]);
}

fn top_database(world: &World) {
    world.shows("/library", &["<p>All about library</p>"]);
}

fn top_table(world: &World) {
    world.shows("/library/books", &["library has <a href=\"?pages__gt=300\">long books</a>"]);
}

fn top_row(world: &World) {
    world.shows("/library/books/3", &["<p>You look at Solaris</p>"]);
}

fn top_query(world: &World) {
    world.shows("/library/-/query?sql=select+1", &["<p>8 characters of SQL about library</p>"]);
    assert!(!world.get("/library/stored").text().contains("characters of SQL"));
}

fn top_stored_query(world: &World) {
    world.shows("/library/stored", &["<p>stored is kept with library</p>"]);
}

fn forbidden(world: &World) {
    let closed = world.get("/library/secrets");
    assert_eq!(closed.status, 403);
    world.shows("/library/secrets", &["Ask for a key", "You do not have permission"]);
    assert!(!world.get("/library/secrets/1").text().contains("Ask for a key"));
}

fn handle_exception(world: &World) {
    let moved = world.get("/old-library/books");
    assert_eq!((moved.status, moved.header("location")), (301, Some("/library/books")));
    // What visitors don't learn.
    assert_eq!(world.get("/-/transaction?then=panic").status, 500);
    world.site.wait_for_log("/-/transaction failed: plugin asking.so failed in register_routes: panicked at");
}
