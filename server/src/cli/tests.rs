//! Command lines, and what becomes of them. The server behind them is made up.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use datasette_plugin_api::CommandArg;
use serde_json::{Value as Json, json};

use super::*;
use crate::auth::sign::{Secret, Signer};
use crate::handover::ListeningSocket;
use crate::importing::{ImportOptions, Imported, Progress, Watch};
use crate::options::{
    ActionName, CommandError, Extension, InsertOptions, Inserted, Listen, PluginCommand, PluginCommands,
    PluginSummary, ServeOptions, StartError, StartedSite, UntilReplaced,
};
use crate::request::Request;
use crate::response::Response;

mod insert;

/// Remembers what it was asked to start.
#[derive(Default)]
struct Fake {
    started: RefCell<Option<ServeOptions>>,
    inserted: RefCell<Option<ImportOptions>>,
    asked_for_commands: RefCell<bool>,
}

impl Machinery for Fake {
    type Site = FakeSite;

    fn start(&self, options: &ServeOptions) -> Result<FakeSite, StartError> {
        *self.started.borrow_mut() = Some(options.clone());
        Ok(FakeSite)
    }

    fn create_database(&self, path: &Path) -> Result<(), StartError> {
        std::fs::write(path, b"SQLite format 3\0").map_err(|error| StartError::new(error.to_string()))
    }

    fn inspect(&self, files: &[PathBuf], _: &[Extension]) -> Result<Json, StartError> {
        Ok(json!({"files": files.len()}))
    }

    fn insert(&self, options: InsertOptions, watch: &Watch<'_>) -> Result<Inserted, StartError> {
        watch(Progress { writes: true, rows: 2, bytes: 10, of_bytes: None });
        *self.inserted.borrow_mut() = Some(options.import);
        let imported = Imported { rows: 1234, ignored: 4, ..Imported::default() };
        Ok(Inserted { imported, made_database: false })
    }

    fn plugins(&self, _: Option<&Path>) -> Result<Vec<PluginSummary>, StartError> {
        let plugin = |name: &str, version: Option<&str>, is_builtin| PluginSummary {
            name: name.to_owned(),
            version: version.map(str::to_owned),
            has_static: false,
            has_templates: true,
            hooks: vec!["forbidden".into(), "startup".into()],
            is_builtin,
            skipped: None,
        };
        Ok(vec![
            plugin("built-in", Some("1.0"), true),
            plugin("mine", Some("2.0"), false),
            plugin("raw", None, false),
        ])
    }

    fn actions(&self, _: Option<&Path>) -> Result<Vec<ActionName>, StartError> {
        let action =
            |name: &str, abbr: Option<&str>| ActionName { name: name.into(), abbr: abbr.map(str::to_owned) };
        Ok(vec![action("view-instance", Some("vi")), action("insert-row", Some("ir")), action("mine", None)])
    }

    fn commands(&self, _: &ServeOptions) -> Result<PluginCommands, StartError> {
        *self.asked_for_commands.borrow_mut() = true;
        let command = |plugin: &str, name: &str| PluginCommand {
            plugin: plugin.to_owned(),
            name: name.to_owned(),
            about: format!("Does {name}"),
            args: vec![CommandArg::positional("NAME", "Who").required()],
            run: Box::new(|words| match words {
                [] => Err(CommandError::Usage("Missing argument 'NAME'.".to_owned())),
                [word] if word == "fail" => Err(CommandError::Failed("it went wrong".to_owned())),
                words => Ok(words.len() as i32 + 2),
            }),
        };
        Ok(PluginCommands {
            commands: vec![command("p", "shout"), command("p", "another")],
            targets: vec![command("q", "somewhere")],
            problems: vec!["skipped plugin x.so: it is broken".to_owned()],
        })
    }

    fn libraries(&self) -> &dyn crate::installing::Libraries {
        &crate::plugins::PluginLibraries
    }

    fn probe(&self, library: &Path) -> Result<Json, StartError> {
        Ok(json!({"library": library}))
    }
}

struct FakeSite;

impl StartedSite for FakeSite {
    fn answer(&self, request: Request) -> Response {
        let seen = format!("{} {:?}", request.full_path, request.headers);
        match request.path.as_str() {
            "/empty" => Response::text(""),
            "/missing" => Response::text("none").with_status(404),
            _ => Response::text(seen),
        }
    }

    fn root_token(&self) -> &str {
        "abc"
    }

    fn landing_path(&self) -> String {
        "/".to_owned()
    }

    fn serve(
        self,
        _: Option<UntilReplaced>,
        on_ready: &mut dyn FnMut(Option<&str>),
    ) -> Result<Option<ListeningSocket>, StartError> {
        on_ready(Some("http://127.0.0.1:8001"));
        Ok(None)
    }
}

struct Outcome {
    code: u8,
    out: String,
    err: String,
    started: Option<ServeOptions>,
    inserted: Option<ImportOptions>,
    loaded_plugins: bool,
}

/// Runs `datasette` with the words; `$D` in them is the folder.
fn datasette_in(folder: &Path, words: &[&str], variables: &[(&str, &str)]) -> Outcome {
    let machinery = Fake::default();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let shown = folder.display().to_string();
    let words = words.iter().map(|word| OsString::from(word.replace("$D", &shown)));
    let env = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
    let mut world = World { machinery: &machinery, env: &env, out: &mut out, err: &mut err };
    let code = run_in(&mut world, std::iter::once("datasette".into()).chain(words));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&shown, "$D");
    let (started, inserted) = (machinery.started.into_inner(), machinery.inserted.into_inner());
    let loaded_plugins = machinery.asked_for_commands.into_inner();
    Outcome { code, out: text(out), err: text(err), started, inserted, loaded_plugins }
}

fn datasette(words: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    datasette_in(folder.path(), words, &[])
}

#[track_caller]
fn started(words: &[&str]) -> ServeOptions {
    let outcome = datasette(words);
    let complaint = outcome.err.lines().find(|line| !line.starts_with("Datasette is running on"));
    assert_eq!((outcome.code, complaint), (0, None));
    outcome.started.expect("a started server")
}

/// The line after `Error: ` and the exit code.
#[track_caller]
fn check_error(words: &[&str], code: u8, message: &str) {
    let outcome = datasette(words);
    let error = outcome.err.split_once("Error: ").map(|(_, error)| error.trim_end()).unwrap_or_default();
    assert_eq!((outcome.code, error), (code, message), "{}", outcome.err);
    assert!(outcome.started.is_none() && outcome.out.is_empty(), "{}", outcome.out);
}

fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn without_words_an_empty_site_with_memory_is_served() {
    let options = started(&[]);
    assert!(options.memory && options.databases.is_empty());
    assert_eq!(options.listen, Listen::Tcp { host: "127.0.0.1".to_owned(), port: 8001 });
}

#[test]
fn the_version_is_told() {
    let outcome = datasette(&["--version"]);
    assert_eq!(
        (outcome.code, outcome.out),
        (0, format!("datasette, version {}\n", env!("CARGO_PKG_VERSION")))
    );
}

#[test]
fn help_goes_to_standard_output() {
    let outcome = datasette(&["--help"]);
    assert_eq!(outcome.code, 0);
    assert!(
        COMMANDS.iter().all(|command| outcome.out.contains(&format!("\n  {command} "))),
        "{}",
        outcome.out
    );
}

#[test]
fn commands_of_plugins_are_shown_and_run() {
    let help = datasette(&["--help"]);
    assert!(help.out.contains("\n  another       Does another\n"), "{}", help.out);
    let (_, listed) = help.out.split_once("Commands:\n").unwrap();
    let lines = listed.lines().take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let commands: Vec<&str> = names.filter(|word| !word.is_empty()).collect();
    assert!(
        commands.is_sorted() && commands.contains(&"shout") && commands.contains(&"serve"),
        "{commands:?}"
    );
    assert!(help.err.contains("Warning: skipped plugin x.so"), "{}", help.err);

    let own = datasette(&["shout", "--help"]);
    assert_eq!(own.code, 0);
    assert!(own.out.contains("Usage: datasette shout <NAME>") && own.out.contains("Who"), "{}", own.out);
    assert_eq!(datasette(&["shout", "a", "--x"]).code, 4);
    let wrong = datasette(&["shout"]);
    assert_eq!(wrong.code, 2);
    assert_eq!(
        wrong.err,
        "Usage: datasette shout <NAME>\nTry 'datasette shout --help' for help.\n\nError: Missing argument 'NAME'.\n"
    );
    check_error(&["shout", "fail"], 1, "it went wrong");
}

#[test]
fn targets_of_plugins_are_shown_and_run() {
    let help = datasette(&["publish", "--help"]);
    assert_eq!(help.code, 0);
    assert!(help.out.contains("Usage: datasette publish [OPTIONS] COMMAND [ARGS]..."), "{}", help.out);
    assert!(help.out.contains("\n  somewhere  Does somewhere\n"), "{}", help.out);
    let nothing = datasette(&["publish"]);
    assert!(
        nothing.code == 2 && nothing.out.is_empty() && nothing.err.contains("somewhere"),
        "{}",
        nothing.err
    );
    check_error(&["publish", "somwhere"], 2, "No such command 'somwhere'. Did you mean somewhere?");
    assert_eq!(datasette(&["publish", "somewhere", "a.db"]).code, 3);
    assert!(
        datasette(&["publish", "somewhere", "--help"]).out.contains("Usage: datasette publish somewhere")
    );
}

#[test]
fn plugins_are_loaded_for_words_that_could_be_theirs_only() {
    let folder = folder_with(&[("a.db", "SQLite format 3\0")]);
    for words in [&["$D/a.db"][..], &["serve", "$D/a.db"], &["--memory"], &[], &["inspect"], &["--version"]] {
        let outcome = datasette_in(folder.path(), words, &[]);
        assert_eq!((outcome.code, outcome.loaded_plugins), (0, false), "{words:?}: {}", outcome.err);
    }
    assert!(datasette(&["shot"]).loaded_plugins);
}

#[test]
fn help_of_serve_has_every_option_of_datasette() {
    let help = datasette(&["serve", "--help"]).out;
    for option in "-i, --immutable|-h, --host|-p, --port|--uds|--reload|--cors|--load-extension|--inspect-file|\
        -m, --metadata|--template-dir|--plugins-dir|--static|--memory|-c, --config|-s, --setting|--secret|--root|\
        --default-deny|--get|--headers|--token|--actor|--version-note|--help-settings|--pdb|-o, --open|--create|\
        --crossdb|--nolock|--ssl-keyfile|--ssl-certfile|--internal|--help"
        .split('|')
    {
        assert!(help.contains(option), "{option} is missing in {help}");
    }
}

#[test]
fn settings_are_listed_before_anything_is_checked() {
    let outcome = datasette(&["nope.db", "--help-settings"]);
    assert_eq!(outcome.code, 0);
    assert!(outcome.out.starts_with("Settings:\n  default_page_size "), "{}", outcome.out);
}

#[test]
fn usage_errors_have_the_form_of_datasette() {
    let outcome = datasette(&["--bogus-option"]);
    assert_eq!(outcome.code, 2);
    assert_eq!(
        outcome.err,
        "Usage: datasette serve [OPTIONS] [FILES]...\nTry 'datasette serve --help' for help.\n\n\
         Error: No such option: --bogus-option\n"
    );
}

#[test]
fn wrong_words_are_explained() {
    check_error(&["--hedders"], 2, "No such option: --hedders Did you mean --headers?");
    check_error(&["-p"], 2, "Option '--port' requires an argument.");
    check_error(&["-s", "a"], 2, "Option '--setting' requires 2 arguments.");
    check_error(&["--cors=1"], 2, "Option '--cors' does not take a value.");
    check_error(&["create-token"], 2, "Missing argument 'ID'.");
    check_error(&["create-token", "root"], 2, "Missing option '--secret'.");
    check_error(&["plugins", "extra"], 2, "Got unexpected extra argument (extra)");
    check_error(
        &["-p", "99999"],
        2,
        "Invalid value for '-p' / '--port': 99999 is not in the range 0<=x<=65535.",
    );
    check_error(&["-p", "abc"], 2, "Invalid value for '-p' / '--port': 'abc' is not a valid integer range.");
    check_error(&["-p", "-1"], 2, "Invalid value for '-p' / '--port': -1 is not in the range 0<=x<=65535.");
}

#[test]
fn a_mistyped_command_is_a_missing_file() {
    let mistyped = datasette(&["inspct"]);
    assert_eq!(mistyped.code, 1);
    assert!(
        mistyped.err.ends_with(
            "Error: Invalid value for '[FILES]...': Path 'inspct' does not exist. Did you mean the command inspect?\n"
        ),
        "{}",
        mistyped.err
    );
    check_error(
        &["nope.db"],
        1,
        "Invalid value for '[FILES]...': Path 'nope.db' does not exist. \
         Check the path, or add --create to make a new database there.",
    );
}

#[test]
fn folders_and_mounts_have_to_be_there() {
    check_error(
        &["--template-dir", "/no/such"],
        2,
        "Invalid value for '--template-dir': Directory '/no/such' does not exist.",
    );
    check_error(
        &["--static", "nofolder"],
        2,
        "Invalid value for '--static': \"nofolder\" should be of format mountpoint:directory",
    );
    check_error(
        &["--static", "a:/no/such"],
        2,
        "Invalid value for '--static': a:/no/such is not a valid directory path",
    );
    check_error(&["/", "/"], 1, "Cannot pass multiple directories. Pass a single directory as config_dir.");
}

#[test]
fn options_of_get_need_get() {
    check_error(&["--headers"], 1, "--headers can only be used with --get");
    check_error(&["--token", "x"], 1, "--token can only be used with --get");
    check_error(&["--actor", "{}"], 1, "--actor can only be used with --get");
}

#[test]
fn what_is_not_supported_is_refused() {
    assert!(datasette(&["--reload", "--get", "/"]).err.contains("--reload is for a server"));
    assert!(datasette(&["--reload", "-c", "-"]).err.contains("--reload can't read standard input again"));
    assert!(datasette(&["--pdb"]).err.contains("--pdb is not supported"));
}

#[test]
fn settings_on_the_command_line_reach_the_configuration() {
    let options = started(&[
        "--setting",
        "default_page_size",
        "7",
        "-s",
        "allow_facet",
        "off",
        "-s",
        "plugins.p.n",
        "-5",
    ]);
    assert_eq!(
        (options.config.settings().default_page_size, options.config.settings().allow_facet),
        (7, false)
    );
    assert_eq!(options.config.plugin_config("p", None, None, true), Ok(Some(json!({"n": -5}))));
}

#[test]
fn wrong_settings_are_refused() {
    check_error(
        &["-s", "default_page_size", "abc"],
        2,
        "Invalid value for '-s' / '--setting': \"settings.default_page_size\" should be an integer",
    );
    check_error(
        &["-s", "alow_facet", "1"],
        2,
        "Invalid value for '-s' / '--setting': \"alow_facet\" is not a setting; did you mean \"allow_facet\"?",
    );
    check_error(
        &["-s", "settings.nope", "1"],
        1,
        "Invalid setting 'nope' in config file; datasette --help-settings lists the settings",
    );
}

#[test]
fn configuration_and_metadata_are_read_and_merged() {
    let folder = folder_with(&[
        ("c.yaml", "settings: {default_page_size: 3, max_csv_mb: 4}\nplugins: {p: {a: 1}}"),
        ("m.json", r#"{"title": "T", "plugins": {"q": 1}}"#),
    ]);
    let words =
        ["-c", "$D/c.yaml", "-m", "$D/m.json", "-s", "default_page_size", "5", "-s", "plugins.p.b", "2"];
    let options = datasette_in(folder.path(), &words, &[]).started.unwrap();
    assert_eq!((options.config.settings().default_page_size, options.config.settings().max_csv_mb), (5, 4));
    assert_eq!(options.config.root()["plugins"], json!({"p": {"a": 1, "b": 2}, "q": 1}));
    assert_eq!(options.config.metadata().instance[0].value, "T");
}

#[test]
fn unreadable_configuration_is_refused() {
    check_error(
        &["-c", "/no/such.yaml"],
        2,
        "Invalid value for '-c' / '--config': '/no/such.yaml': No such file or directory",
    );
    let folder = folder_with(&[("broken.yaml", "a: [1"), ("list.yaml", "[1]")]);
    let outcome = datasette_in(folder.path(), &["-c", "$D/broken.yaml"], &[]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.err.starts_with("Error: $D/broken.yaml is not valid YAML: line "), "{}", outcome.err);
    let outcome = datasette_in(folder.path(), &["-c", "$D/list.yaml", "-s", "allow_facet", "1"], &[]);
    assert!(outcome.err.contains("has to hold key: value pairs"), "{}", outcome.err);
}

#[test]
fn metadata_that_protects_nothing_is_pointed_out() {
    let folder = folder_with(&[("m.yaml", "allow_sql: false")]);
    let outcome = datasette_in(folder.path(), &["-m", "$D/m.yaml"], &[]);
    assert_eq!(outcome.code, 0);
    assert!(outcome.err.starts_with("Warning: metadata.allow_sql has no effect there"), "{}", outcome.err);
}

#[test]
fn a_folder_is_a_whole_site() {
    let folder = folder_with(&[
        ("one.db", ""),
        ("two.sqlite", ""),
        ("datasette.yaml", "settings: {default_page_size: 2, max_csv_mb: 4}"),
        ("metadata.yaml", "title: From the folder"),
        ("inspect-data.json", r#"{"two": {"file": "two.sqlite", "tables": {"t": {"count": 5}}}}"#),
        ("templates/index.html", ""),
        ("static/a.css", ""),
    ]);
    // -s goes over the folder's configuration, it does not replace it.
    let words = ["$D", "-s", "default_page_size", "3"];
    let options = datasette_in(folder.path(), &words, &[]).started.unwrap();
    assert_eq!((options.config.settings().default_page_size, options.config.settings().max_csv_mb), (3, 4));
    let databases: Vec<_> = options.databases.iter().map(|database| database.immutable).collect();
    assert_eq!(databases, [false, true]);
    assert_eq!(options.inspect_data["two"].tables["t"].count, Some(5));
    assert_eq!(options.static_mounts[0].mount, "static");
    assert!(options.template_dir.is_some() && options.plugins_dir.is_none() && !options.memory);
}

#[test]
fn missing_databases_can_be_created() {
    let folder = folder_with(&[]);
    let outcome = datasette_in(folder.path(), &["--create", "$D/made.db"], &[]);
    assert_eq!((outcome.code, outcome.started.unwrap().databases.len()), (0, 1));
    assert!(folder.path().join("made.db").exists());
}

#[test]
fn the_internal_database_is_not_served() {
    let folder = folder_with(&[("a.db", "")]);
    let outcome = datasette_in(
        folder.path(),
        &["$D/a.db"],
        &[("DATASETTE_INTERNAL", &format!("{}/a.db", folder.path().display()))],
    );
    assert_eq!(outcome.code, 1);
    assert!(outcome.err.contains("is served, too"), "{}", outcome.err);
}

#[test]
fn variables_stand_in_for_options() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        ("DATASETTE_INTERNAL", "/tmp/i.db"),
        ("DATASETTE_SSL_CERTFILE", "cert.pem"),
        ("DATASETTE_LOAD_EXTENSION", "a.so b.so:init"),
        ("DATASETTE_SSL_KEYFILE", ""),
    ];
    let options = datasette_in(folder.path(), &[], &variables).started.unwrap();
    assert_eq!(options.internal.as_deref(), Some(Path::new("/tmp/i.db")));
    assert_eq!(options.extensions.len(), 2);
    assert!(options.tls.is_some_and(|tls| tls.keyfile.is_none()));
    check_error(&["--ssl-keyfile", "x"], 2, "--ssl-keyfile needs --ssl-certfile, too");
}

#[test]
fn the_last_of_repeated_options_counts() {
    let options = started(&["--port", "1", "--port", "2", "--cors", "--cors"]);
    assert_eq!(options.listen, Listen::Tcp { host: "127.0.0.1".to_owned(), port: 2 });
}

#[test]
fn get_prints_the_answer() {
    let outcome = datasette(&["--get", "/x?y=1", "--token", "T"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (0, "/x [(\"authorization\", \"Bearer T\")]\n"));
    let outcome = datasette(&["--get", "/missing"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (1, "none\n"));
}

#[test]
fn get_can_print_headers() {
    let outcome = datasette(&["--get", "/missing", "--headers"]);
    let expected = "HTTP/1.1 404\ncontent-type: text/plain; charset=utf-8\n\nnone\n";
    assert_eq!(outcome.out, expected);
    let outcome = datasette(&["--get", "/empty", "--headers"]);
    assert_eq!(outcome.out, "HTTP/1.1 200\ncontent-type: text/plain; charset=utf-8\n");
}

#[test]
fn get_asks_as_an_actor() {
    let outcome = datasette(&["--get", "/", "--actor", r#"{"id": "root"}"#, "--secret", "s3cret"]);
    let cookie = "ds_actor=eyJhIjp7ImlkIjoicm9vdCJ9fQ.9OOVFAzua22DBub1WlO9M57Ifhk";
    assert!(outcome.out.contains(cookie), "{}", outcome.out);
    let error = "Invalid value for '--actor': it has to be a JSON object like '{\"id\": \"root\"}'";
    check_error(&["--get", "/", "--actor", "root"], 2, error);
}

#[test]
fn root_prints_where_to_log_in() {
    let outcome = datasette(&["--root", "-s", "base_url", "/deep/"]);
    assert_eq!(outcome.out, "http://127.0.0.1:8001/deep/-/auth-token?token=abc\n");
}

#[test]
fn plugins_are_listed() {
    let list = |words: &[&str]| serde_json::from_str::<Json>(&datasette(words).out).unwrap();
    assert_eq!(
        list(&["plugins"])[0],
        json!({"name": "mine", "static": false, "templates": true, "version": "2.0", "hooks": ["forbidden", "startup"]})
    );
    assert_eq!(list(&["plugins", "--all"]).as_array().map(Vec::len), Some(3));
    assert_eq!(datasette(&["plugins", "--requirements"]).out, "mine==2.0\n");
    assert_eq!(datasette(&["plugins", "--probe", "x.so"]).out, "{\"library\": \"x.so\"}\n");
}

#[test]
fn inspect_writes_where_it_is_told() {
    let folder = folder_with(&[("a.db", "")]);
    assert_eq!(datasette_in(folder.path(), &["inspect", "$D/a.db"], &[]).out, "{\n  \"files\": 1\n}");
    let outcome = datasette_in(folder.path(), &["inspect", "$D/a.db", "--inspect-file", "$D/out.json"], &[]);
    assert_eq!((outcome.code, outcome.out.as_str()), (0, ""));
    assert!(folder.path().join("out.json").exists());
    check_error(&["inspect", "nope.db"], 2, "Invalid value for '[FILES]...': Path 'nope.db' does not exist.");
}

#[track_caller]
fn token(words: &[&str]) -> (Json, Outcome) {
    let words: Vec<_> = ["create-token", "root", "--secret", "s"].iter().chain(words).copied().collect();
    let outcome = datasette(&words);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    let token = outcome.out.lines().next().and_then(|line| line.strip_prefix("dstok_")).unwrap();
    (Signer::new(Secret::new("s")).unsign(token, "token").unwrap(), outcome)
}

#[test]
fn tokens_are_signed() {
    let (payload, outcome) = token(&["-e", "3600"]);
    assert_eq!((&payload["a"], &payload["d"], payload.get("_r")), (&json!("root"), &json!(3600), None));
    assert!(payload["t"].as_u64().is_some_and(|time| time > 1_700_000_000));
    assert_eq!(outcome.out.lines().count(), 1);
    let error = "Invalid value for '-e' / '--expires-after': 'soon' is not a valid integer.";
    check_error(&["create-token", "root", "--secret", "s", "--expires-after", "soon"], 2, error);
}

#[test]
fn restrictions_use_short_names() {
    let (payload, outcome) = token(&[
        "--all",
        "view-instance",
        "-a",
        "mine",
        "-d",
        "data",
        "insert-row",
        "-r",
        "data",
        "a b",
        "insert-row",
        "--resource",
        "data",
        "a b",
        "unknown-action",
    ]);
    let expected =
        json!({"a": ["vi", "mine"], "d": {"data": ["ir"]}, "r": {"data": {"a b": ["ir", "unknown-action"]}}});
    assert_eq!(payload["_r"], expected);
    assert_eq!(outcome.err, "  Unknown permission: unknown-action \n");
}

#[test]
fn debug_shows_what_is_in_a_token() {
    let (payload, outcome) = token(&["--debug"]);
    let (_, decoded) = outcome.out.split_once("\n\nDecoded:\n\n").unwrap();
    assert_eq!(serde_json::from_str::<Json>(decoded).unwrap(), payload);
}
