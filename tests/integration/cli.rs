//! The command line: what it says to good words and to bad ones.

use std::net::TcpListener;

use serde_json::json;

use crate::support::{Finished, Setup, Site};

#[track_caller]
fn run(words: &[&str]) -> Finished {
    Setup::new().run(words)
}

#[test]
fn version_and_settings_are_told() {
    let version = run(&["--version"]);
    assert_eq!(version.out, format!("datasette, version {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(version.code, Some(0));
    let settings = run(&["--help-settings"]);
    assert_eq!(settings.code, Some(0));
    for name in ["default_page_size", "sql_time_limit_ms", "base_url"] {
        assert!(settings.out.contains(name), "{}", settings.out);
    }
    assert_eq!(run(&["--help"]).code, Some(0));
}

#[test]
fn get_prints_the_body_and_its_exit_code_is_the_status() {
    let setup = Setup::new().database("library");
    let found = setup.run(&["--get", "/library/authors.json?_size=1&_shape=array"]);
    assert_eq!(found.code, Some(0), "{found:?}");
    let rows: serde_json::Value = serde_json::from_str(&found.out).unwrap();
    assert_eq!(rows[0]["name"], "Ursula K. Le Guin");

    let missing = setup.run(&["--get", "/library/nothing.json"]);
    assert_eq!(missing.code, Some(1));
    assert!(missing.out.contains("Table not found"), "{missing:?}");

    let headers = setup.run(&["--get", "/library.json", "--headers"]);
    assert!(headers.out.starts_with("HTTP/1.1 200\n"), "{headers:?}");
    assert!(headers.out.contains("content-type: application/json"), "{headers:?}");

    let actor = setup.run(&["--get", "/-/actor.json", "--actor", r#"{"id": "ann"}"#]);
    assert!(actor.out.contains("ann"), "{actor:?}");
    run(&["--headers"]).assert_refused(1, &["--headers can only be used with --get"]);
}

#[test]
fn files_that_are_no_databases_are_named() {
    let setup = Setup::new();
    setup.write("notes.txt", b"this is not a database, only somebody's notes");
    std::fs::create_dir(setup.path("folder.db")).unwrap();
    setup.run(&["missing.db"]).assert_refused(1, &["missing.db", "--create"]);
    setup.run(&["notes.txt"]).assert_refused(1, &["notes.txt is not a SQLite database"]);
    setup.run(&["-i", "folder.db"]).assert_refused(1, &["folder.db", "folder"]);
}

#[test]
fn damaged_databases_are_named() {
    let setup = Setup::new().database("library");
    let whole = std::fs::read(setup.path("library.db")).unwrap();
    // The header is right, the schema's page is not.
    let mut spoiled = whole.clone();
    spoiled[100..4000].fill(0xab);
    setup.write("spoiled.db", &spoiled);
    setup.run(&["spoiled.db"]).assert_refused(2, &["spoiled.db", "malformed", "integrity_check"]);
    // Encrypted files are noise from the first byte on.
    let noise: Vec<u8> = whole.iter().enumerate().map(|(at, byte)| byte ^ (at as u8) ^ 0x5a).collect();
    setup.write("noise.db", &noise);
    setup.run(&["noise.db"]).assert_refused(1, &["noise.db is not a SQLite database, or it is encrypted"]);
}

#[test]
#[cfg(unix)]
fn files_that_may_not_be_read_are_named() {
    use std::os::unix::fs::PermissionsExt;

    let setup = Setup::new().database("library");
    let path = setup.path("library.db");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    // Nothing is forbidden to root.
    if std::fs::read(&path).is_err() {
        setup.run(&[]).assert_refused(2, &["library.db", "permission"]);
    }
}

#[test]
fn a_port_in_use_is_said_and_left_alone() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    run(&["--memory", "-p", &port]).assert_refused(1, &[&port, "in use", "--port"]);
    run(&["-p", "70000"]).assert_refused(2, &["70000", "65535"]);
    run(&["--memory", "-h", "192.0.2.1"]).assert_refused(1, &["192.0.2.1", "--host"]);
}

#[test]
fn unknown_settings_get_a_suggestion() {
    let refused = run(&["--memory", "-s", "settings.default_page_sise", "5"]);
    refused.assert_refused(1, &["default_page_sise", "default_page_size"]);
    run(&["--memory", "--setting", "sql_time_limit", "5"]).assert_refused(2, &["sql_time_limit_ms"]);
    run(&["--memory", "-s", "default_page_size", "many"])
        .assert_refused(2, &["default_page_size", "integer"]);
}

#[test]
fn errors_in_yaml_have_a_place() {
    let setup = Setup::new();
    setup.write("datasette.yaml", b"title: Fine\nsettings:\n  base_url: \"/\n");
    setup.run(&["-c", "datasette.yaml"]).assert_refused(1, &["datasette.yaml", "line", "column"]);
    setup.write("datasette.json", b"{\"title\": \"x\"");
    setup.run(&["-c", "datasette.json"]).assert_refused(1, &["datasette.json", "line 1"]);
    setup.run(&["-c", "nowhere.yaml"]).assert_refused(2, &["nowhere.yaml", "No such file"]);
}

#[test]
fn errors_in_templates_have_a_name_and_a_line() {
    let setup = Setup::new();
    setup.write("templates/index.html", b"<h1>Hello</h1>\n<p>\n{{#if databases}}\n</p>\n");
    let refused = setup.run(&["--memory", "--template-dir", "templates", "--get", "/"]);
    refused.assert_refused(1, &["index.html", "line"]);
}

#[test]
fn folders_that_are_missing_are_named() {
    run(&["--memory", "--plugins-dir", "nowhere"]).assert_refused(2, &["--plugins-dir", "nowhere"]);
    run(&["--memory", "--template-dir", "nowhere"]).assert_refused(2, &["--template-dir", "nowhere"]);
    run(&["--memory", "--static", "x:nowhere"]).assert_refused(2, &["--static", "nowhere"]);
}

#[test]
fn unknown_words_are_explained() {
    run(&["--memori"]).assert_refused(2, &["--memori", "--help"]);
    run(&["--memory", "--reload", "--get", "/"]).assert_refused(2, &["--reload", "--get"]);
}

#[test]
fn create_makes_files_that_are_missing() {
    let setup = Setup::new().args(&["--create", "$D/new.db"]);
    let found = setup.run(&["--get", "/new.json"]);
    assert_eq!(found.code, Some(0), "{found:?}");
    assert!(setup.path("new.db").is_file());
}

#[test]
fn a_folder_is_a_whole_site() {
    let setup = Setup::new();
    crate::support::database(&setup.write("site/library.db", b""), "library");
    setup.write("site/datasette.yaml", b"settings:\n  default_page_size: 2\n");
    setup.write("site/metadata.json", br#"{"title": "A folder"}"#);
    setup.write("site/static/a.txt", b"static");
    setup.write("site/templates/_footer.html", b"<p>Foot of the folder</p>");
    let site = setup.args(&["$D/site"]).start();
    let page = site.get("/library/authors.json").json();
    assert_eq!(page["rows"].as_array().unwrap().len(), 2, "{page}");
    assert!(site.get("/").text().contains("A folder"));
    assert_eq!(site.get("/static/a.txt").text(), "static");
    assert!(site.get("/").text().contains("Foot of the folder"));
}

#[test]
fn memory_is_there_when_nothing_else_is() {
    let site = Setup::new().start();
    let answer = site.get("/_memory/-/query.json?sql=select+1+%2B+1+as+two&_shape=array");
    assert_eq!(answer.json(), json!([{"two": 2}]));
}

#[test]
fn files_of_the_same_name_are_numbered() {
    let setup = Setup::new();
    crate::support::database(&setup.write("a/library.db", b""), "library");
    crate::support::database(&setup.write("b/library.db", b""), "library");
    let site = setup.args(&["$D/a/library.db", "$D/b/library.db"]).start();
    let databases = site.get("/-/databases.json").json();
    let names: Vec<&str> =
        databases["databases"].as_array().unwrap().iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names, ["library", "library_2"]);
}

#[test]
fn any_file_name_can_be_served() {
    let setup = Setup::new();
    let name = "50% of? a#b.db";
    crate::support::database(&setup.write(name, b""), "library");
    let site = setup.args(&[&format!("$D/{name}")]).start();
    let answer = site.get("/50~25~20of~3F~20a~23b/authors.json?_size=0");
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn root_gets_a_link_that_works_once() {
    let setup = Setup::new().database("library").args(&["--root"]);
    let site = setup.start();
    let path = site.first_output_line();
    let path = &path[path.find("/-/auth-token").expect("it is the link")..];
    let answer = site.get(path);
    assert_eq!(answer.status, 302, "{}", answer.text());
    assert!(answer.header("set-cookie").unwrap_or_default().starts_with("ds_actor="));
    assert_eq!(site.get(path).status, 403);
}

#[test]
#[cfg(unix)]
fn a_signal_ends_it_in_order() {
    let site = Site::library();
    assert_eq!(site.get("/").status, 200);
    let (code, log) = site.terminate();
    assert_eq!(code, Some(0), "{log}");
}

#[test]
#[cfg(unix)]
fn what_runs_may_finish_after_a_signal() {
    let site = Setup::new().database("library").args(&["-s", "sql_time_limit_ms", "20000"]).start();
    let sql = "with+recursive+c(n)+as+(select+1+union+all+select+n%2B1+from+c+where+n+%3C+2000000)+select+count(*)+from+c";
    let mut connection = site.connect();
    let asking = std::thread::spawn(move || {
        connection.request("GET", &format!("/library/-/query.json?sql={sql}&_shape=arrays"), "", b"")
    });
    std::thread::sleep(std::time::Duration::from_millis(150));
    let (code, log) = site.terminate();
    let answer = asking.join().unwrap();
    assert_eq!((code, answer.status), (Some(0), 200), "{log}{}", answer.text());
}

#[test]
#[cfg(unix)]
fn a_socket_file_serves_and_goes_with_the_server() {
    use crate::support::Connection;
    use std::os::unix::net::UnixStream;

    let site = Setup::new().database("library").args(&["--uds", "$D/site.sock"]).start_elsewhere();
    let path = site.path("site.sock");
    let mut connection = Connection::over(UnixStream::connect(&path).unwrap());
    let answer = connection.request("GET", "/library/authors.json?_size=0", "connection: close\r\n", b"");
    assert_eq!(answer.status, 200);
    drop(connection);
    let folder = site.folder().to_owned();
    let (code, _) = site.terminate();
    assert_eq!(code, Some(0));
    assert!(!folder.join("site.sock").exists());
}

#[test]
fn https_needs_a_certificate_and_then_works() {
    use std::sync::Arc;

    use rustls_pki_types::pem::PemObject;
    use rustls_pki_types::{CertificateDer, ServerName};
    use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

    let file = |name: &str| crate::support::fixture(&format!("tls/{name}")).display().to_string();
    let (cert, key) = (file("cert.pem"), file("key.pem"));
    run(&["--memory", "--ssl-keyfile", &key]).assert_refused(2, &["--ssl-certfile"]);
    run(&["--memory", "--ssl-certfile", &key]).assert_refused(1, &["key.pem", "certificate"]);

    let site = Setup::new().args(&["--ssl-certfile", &cert, "--ssl-keyfile", &key]).start();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&cert).unwrap()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let socket = std::net::TcpStream::connect(("127.0.0.1", site.port)).unwrap();
    let stream = StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), socket);
    let answer = crate::support::Connection::over(stream).request("GET", "/-/versions.json", "", b"");
    assert_eq!(answer.status, 200);
}

#[test]
fn the_internal_database_can_be_kept() {
    let setup = Setup::new().database("library").args(&["--internal", "$D/internal.db"]);
    assert_eq!(setup.run(&["--get", "/library.json"]).code, Some(0));
    assert!(setup.path("internal.db").is_file());
    assert_eq!(setup.run(&["--get", "/library.json"]).code, Some(0));
    let shared = setup.path("library.db").display().to_string();
    setup.run(&["--internal", &shared]).assert_refused(1, &["library.db"]);
}

#[test]
fn inspect_counts_and_serve_believes_it() {
    let setup = Setup::new().database("library");
    let inspected = setup.run_command(&["inspect", "library.db"]);
    let mut data: serde_json::Value = serde_json::from_str(&inspected.out).unwrap();
    assert_eq!(data["library"]["tables"]["numbers"]["count"], 250, "{data}");
    data["library"]["tables"]["numbers"]["count"] = json!(999);
    setup.write("counts.json", data.to_string().as_bytes());
    let path = setup.path("library.db").display().to_string();
    let page = Setup::new().run(&[
        "-i",
        &path,
        "--inspect-file",
        &setup.path("counts.json").display().to_string(),
        "--get",
        "/library/numbers.json?_extra=count&_size=0",
    ]);
    assert!(page.out.contains("\"count\": 999"), "{page:?}");
}
