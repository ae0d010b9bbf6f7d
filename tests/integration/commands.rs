//! Commands that plugins add to the program.

use crate::support::{Setup, library};

/// With that plugin installed.
fn installed(krate: &str) -> Setup {
    let setup = Setup::new();
    setup.write(&format!("installed/{krate}.so"), &library::bytes(krate));
    let folder = setup.path("installed");
    setup.env("DATASETTE_PLUGINS_DIR", folder)
}

#[test]
fn commands_of_plugins_stand_in_the_help_and_run() {
    let setup = installed("fixture-commands");
    let help = setup.run(&["--help"]);
    assert_eq!(help.code, Some(0), "{help:?}");
    for line in ["  shout ", "Say it loudly", "  serve ", "  publish "] {
        assert!(help.out.contains(line), "{line:?} is not in {}", help.out);
    }
    let own = setup.run(&["shout", "--help"]);
    for line in ["Usage: datasette shout [OPTIONS] <WORD>", "-t, --times <NUMBER>", "How often [default: 1]"]
    {
        assert!(own.out.contains(line), "{line:?} is not in {}", own.out);
    }
    let loud = setup.run(&["shout", "hello", "-t2"]);
    assert_eq!((loud.code, loud.out.as_str()), (Some(0), "HELLO HELLO"), "{loud:?}");
    setup.run(&["shout"]).assert_refused(2, &["Usage: datasette shout", "Missing argument 'WORD'."]);
    setup.run(&["shout", "a", "--times", "x"]).assert_refused(2, &["'--times': it has to be a number"]);
    assert_eq!(setup.run(&["fail", "7"]).code, Some(7));
    setup.run(&["fail"]).assert_refused(1, &["there is no code"]);
}

#[test]
fn a_command_that_panics_is_told_with_its_plugin_and_line() {
    let panicked = installed("fixture-commands").run(&["fail", "panic"]);
    assert_eq!(panicked.code, Some(1));
    for word in ["Error: plugin fixture-commands, command fail: panicked at", "src/lib.rs:", "no such luck"] {
        assert!(panicked.err.contains(word), "{word:?} is not in {}", panicked.err);
    }
}

#[test]
fn a_command_may_ask_the_server() {
    let setup = installed("fixture-commands").env("DATASETTE_SECRET", "s");
    let sum = setup.run(&["sum", "2", "3"]);
    assert_eq!(sum.code, Some(0), "{sum:?}");
    assert!(sum.out.starts_with("5\n"), "{sum:?}");
    assert_eq!(setup.run(&["sum", "2", "3"]).out, sum.out, "the secret is the environment's");
    // A file that is named is read and written, by the server's own SQLite.
    crate::support::database(&setup.path("library.db"), "library");
    assert_eq!(setup.run(&["rows", "library.db", "no_key"]).out, "4\n");
    assert_eq!(setup.run(&["rows", "library.db", "no_key"]).out, "5\n");
    setup.run(&["rows", "nope.db", "no_key"]).assert_refused(1, &["there is no file nope.db"]);
}

#[test]
fn files_and_folders_are_served_whatever_commands_there_are() {
    let setup = installed("fixture-commands").database("library");
    assert_eq!(setup.run(&["--get", "/library/books.json"]).code, Some(0));
    std::fs::create_dir(setup.path("site")).unwrap();
    let folder = Setup::new();
    crate::support::database(&folder.write("site/library.db", b""), "library");
    assert_eq!(folder.run(&["site", "--get", "/library/books.json"]).code, Some(0));
}

#[test]
fn no_plugin_stands_before_another_command() {
    let taken = installed("fixture-commands").env("FIXTURE_COMMAND", "serve");
    let words = ["plugin fixture-commands", "\"serve\"", "datasette has itself"];
    taken.run(&["--help"]).assert_refused(1, &words);
    taken.run(&["shout", "x"]).assert_refused(1, &words);
    // The command itself is still the server's.
    assert_eq!(taken.run(&["serve", "--get", "/"]).code, Some(0));
    let twice = installed("fixture-commands").env("FIXTURE_COMMAND", "sum");
    twice.run(&["sum", "1"]).assert_refused(1, &["\"sum\"", "fixture-commands adds, too"]);
}

#[test]
fn a_plugin_that_was_left_out_is_told_to_whoever_misses_its_command() {
    let setup = installed("fixture-commands");
    let bytes = library::bytes("fixture-commands");
    setup.write("installed/fixture-commands.so", &bytes[..bytes.len() / 2]);
    let missed = setup.run(&["shout", "x"]);
    assert_eq!(missed.code, Some(1));
    assert!(missed.err.contains("skipped plugin") && missed.err.contains("truncated"), "{}", missed.err);
}

#[test]
fn targets_of_plugins_are_listed_and_run() {
    let setup = installed("fixture-commands");
    let help = setup.run(&["publish", "--help"]);
    assert!(help.code == Some(0) && help.out.contains("Publish to nobody"), "{help:?}");
    let published = setup.run(&["publish", "nowhere", "a.db", "b.db"]);
    assert_eq!(
        (published.code, published.out.as_str()),
        (Some(0), "2 files went nowhere\n"),
        "{published:?}"
    );
    setup.run(&["publish", "somewhere"]).assert_refused(2, &["No such command 'somewhere'."]);
    assert_eq!(setup.run(&["publish"]).code, Some(2));
}
