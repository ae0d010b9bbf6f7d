//! The configuration, and words. That tables are dropped is tested with the server.

use datasette_plugin_api::testing::{FakeHost, FakeRequest, Harness};

use super::*;

#[test]
fn the_configuration_is_that_of_the_python_plugin_and_a_little_more() {
    let config = Config::read(&Json::Null).unwrap();
    assert_eq!((config.database.as_str(), config.table_ttl, config.check_interval), ("ephemeral", 300, 2));
    assert!(config.concerns("anything"));
    let config =
        json!({"database": "d", "table_ttl": 60, "prefixes": ["tmp_", "Demo"], "keep": ["tmp_stays"]});
    let config = Config::read(&config).unwrap();
    for (table, expected) in [
        ("tmp_a", true),
        ("TMP_a", true),
        ("demo", true),
        ("tmp", false),
        ("a", false),
        ("Tmp_Stays", false),
        ("é", false),
    ] {
        assert_eq!(config.concerns(table), expected, "{table}");
    }
}

#[test]
fn mistakes_in_the_configuration_are_named() {
    for (config, expected) in [
        (json!({"table_ttl": 0}), "table_ttl has to be a number of seconds"),
        (json!({"table_ttl": "5m"}), "table_ttl has to be a number of seconds"),
        (json!({"check_interval": 1.5}), "check_interval"),
        (json!({"prefixes": "tmp"}), "prefixes has to be a list"),
        (json!({"prefixes": [""]}), "prefixes has to be a list"),
        (json!({"database": 1}), "database"),
        (json!({"ttl": 1}), "no option ttl"),
    ] {
        let error = Config::read(&config).unwrap_err().message;
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_database_with_other_tables_needs_prefixes() {
    let host = FakeHost::new().config(json!({"database": "d"})).answer("databases", json!([{"name": "d"}]));
    let plugin = Harness::<Ephemeral>::with(host);
    let error = plugin.startup(&Startup::new("1")).unwrap().unwrap_err();
    assert!(error.message.contains("name prefixes"), "{}", error.message);
}

#[test]
fn pages_say_for_how_long() {
    let config = json!({"database": "d", "prefixes": ["<b>"], "table_ttl": 90});
    let plugin = Harness::<Ephemeral>::with(FakeHost::new().config(config));
    let request = FakeRequest::get("/d");
    let top = |database: &str| {
        plugin.top_database(&TopDatabase::new(request.view(), database)).unwrap().unwrap().map(|html| html.0)
    };
    let note = top("d").unwrap();
    assert!(note.contains("names like &lt;b&gt;… are dropped after a minute and 30 seconds."), "{note}");
    assert_eq!(top("other"), None);
    let table = plugin.top_table(&TopTable::new(request.view(), "d", "t")).unwrap().unwrap();
    assert_eq!(table, None, "a table that nobody saw coming");
}

#[test]
fn durations_are_said_as_people_do() {
    for (seconds, expected) in [
        (0, "a second"),
        (1, "a second"),
        (59, "59 seconds"),
        (60, "a minute"),
        (300, "5 minutes"),
        (3600, "an hour"),
        (5400, "an hour and 30 minutes"),
        (90_061, "a day and an hour"),
        (172_800, "2 days"),
    ] {
        assert_eq!(config::duration(seconds), expected);
    }
}
