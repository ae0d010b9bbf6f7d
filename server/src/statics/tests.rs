//! A folder as users have them, with what may be in it and what may not be seen.

use super::*;

struct Site {
    folder: tempfile::TempDir,
    statics: Statics,
}

fn site() -> Site {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, contents: &[u8]| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    };
    write("public/hello.txt", b"hello, static world\n");
    write("public/style.css", b"body { color: #123456 }\n");
    write("public/sub/nested.txt", b"nested");
    write("public/with space.txt", b"space");
    write("public/.hidden", b"hidden");
    write("public/large.bin", &vec![b'x'; 300_000]);
    write("other/o.txt", b"other");
    write("secret.txt", b"must not be served");
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink("../secret.txt", folder.path().join("public/leak.txt")).unwrap();
        symlink("..", folder.path().join("public/up")).unwrap();
        symlink("hello.txt", folder.path().join("public/same.txt")).unwrap();
    }
    let at = |name: &str| folder.path().join(name);
    let mounts = [("assets".to_owned(), at("public")), ("/deep/er/".to_owned(), at("other"))];
    let statics = Statics::new(mounts, [("my-plugin".to_owned(), at("other"))]);
    Site { folder, statics }
}

fn get(site: &Site, target: &str, if_none_match: &str) -> Option<Response> {
    let mut request = Request::new("GET", target);
    request.headers.push(("if-none-match".to_owned(), if_none_match.to_owned()));
    site.statics.answer(&request)
}

/// Status and body of the answer to each path.
#[track_caller]
fn check(cases: &[(&str, u16, &str)]) {
    let site = site();
    for (target, status, text) in cases {
        let response = get(&site, target, "").unwrap();
        let Body::Bytes(body) = &response.body else { panic!("{target} is not bytes") };
        assert_eq!((response.status, String::from_utf8_lossy(body).as_ref()), (*status, *text), "{target}");
    }
}

const MISSING: &str = "404: File not found";
const OUTSIDE: &str = "404: Path not inside root path";
const DIRECTORY: &str = "403: Directory listing is not allowed";

#[test]
fn files_are_found_below_their_mounts() {
    check(&[
        ("/assets/hello.txt", 200, "hello, static world\n"),
        ("/assets/hello.txt/", 200, "hello, static world\n"),
        ("/assets/sub/../hello.txt", 200, "hello, static world\n"),
        ("/assets/sub/nested.txt", 200, "nested"),
        ("/assets/.hidden", 200, "hidden"),
        ("/deep/er/o.txt", 200, "other"),
        ("/-/static-plugins/my-plugin/o.txt", 200, "other"),
        ("/-/static-plugins/my_plugin/o.txt", 200, "other"),
    ]);
}

#[test]
fn other_paths_are_not_static() {
    let site = site();
    for path in
        ["/", "/assets", "/assetsx/hello.txt", "/-/static", "/-/static-plugins/nope/o.txt", "/x/assets/"]
    {
        assert!(get(&site, path, "").is_none(), "{path}");
    }
}

#[test]
fn what_is_not_there_is_said_in_one_line() {
    check(&[
        ("/assets/nope.txt", 404, MISSING),
        ("/assets/HELLO.txt", 404, MISSING),
        ("/assets/hello.txt/nope", 404, MISSING),
        ("/assets/with%20space.txt", 404, MISSING),
        ("/assets/with+space.txt", 404, MISSING),
        ("/assets/%ff", 404, MISSING),
        ("/assets/\0", 404, MISSING),
        ("/assets/", 403, DIRECTORY),
        ("/assets/sub", 403, DIRECTORY),
        ("/assets/sub/", 403, DIRECTORY),
        ("/-/static/nope.css", 404, MISSING),
        ("/-/static/", 403, DIRECTORY),
    ]);
    let response = get(&site(), "/assets/nope.txt", "").unwrap();
    assert_eq!(response.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(!response.is_static);
}

#[test]
fn nothing_outside_of_a_folder_is_served() {
    check(&[
        ("/assets/../secret.txt", 404, OUTSIDE),
        ("/assets/sub/../../secret.txt", 404, OUTSIDE),
        ("/assets/..", 404, OUTSIDE),
        ("/assets/../nope", 404, OUTSIDE),
        ("/assets//etc/passwd", 404, OUTSIDE),
        ("/assets/..%2fsecret.txt", 404, MISSING),
        ("/assets/%2e%2e/secret.txt", 404, MISSING),
        ("/assets/....//secret.txt", 404, MISSING),
        ("/-/static/../app.py", 404, OUTSIDE),
        ("/-/static/%2e%2e/app.py", 404, MISSING),
    ]);
}

#[cfg(unix)]
#[test]
fn symlinks_are_followed_within_the_folder_only() {
    check(&[
        ("/assets/same.txt", 200, "hello, static world\n"),
        ("/assets/leak.txt", 404, OUTSIDE),
        ("/assets/up/secret.txt", 404, OUTSIDE),
        ("/assets/up", 404, OUTSIDE),
    ]);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_opened() {
    let site = site();
    let socket = site.folder.path().join("public/socket");
    let _listener = std::os::unix::net::UnixListener::bind(socket).unwrap();
    assert_eq!(get(&site, "/assets/socket", "").unwrap().status, 404);
}

#[test]
fn a_file_has_its_type_and_tag() {
    let response = get(&site(), "/assets/style.css", "").unwrap();
    assert_eq!(response.header("content-type"), Some("text/css"));
    assert_eq!(response.header("etag"), Some("\"9c66539aeaefe519b3196f758bb817d2\""));
    assert_eq!(response.header("cache-control"), None);
    assert!(response.is_static);
}

#[test]
fn a_file_the_client_has_is_not_sent_again() {
    let site = site();
    let etag = "\"4fca4141c59fe65d92aced32886f26f0\"";
    for tags in [etag.to_owned(), format!("W/{etag}"), format!("\"0\", {etag}"), "*".to_owned()] {
        let response = get(&site, "/assets/hello.txt", &tags).unwrap();
        assert_eq!((response.status, response.header("etag")), (304, Some(etag)), "{tags}");
        assert!(response.is_static);
    }
    assert_eq!(get(&site, "/assets/hello.txt", "\"0\"").unwrap().status, 200);
}

#[test]
fn the_right_hash_makes_an_answer_last() {
    let site = site();
    let url = site.statics.hashed("/assets/hello.txt");
    let hash = site.statics.hash("/assets/hello.txt").unwrap();
    assert_eq!(url, format!("/assets/hello.txt?_hash={hash}"));
    let lifetime = |target: &str| {
        let response = get(&site, target, "").unwrap();
        response.header("cache-control").map(str::to_owned)
    };
    assert_eq!(lifetime(&url).as_deref(), Some("max-age=31536000, immutable, public"));
    assert_eq!(lifetime("/assets/hello.txt?_hash=abc"), None);
}

#[test]
fn urls_without_a_file_have_no_hash() {
    let site = site();
    assert_eq!(site.statics.hashed("/-/static/nope.css"), "/-/static/nope.css");
    assert_eq!(site.statics.hashed("/assets/../secret.txt"), "/assets/../secret.txt");
    assert_eq!(site.statics.hashed("/elsewhere.css"), "/elsewhere.css");
}

#[test]
fn large_files_are_sent_from_disk() {
    let response = get(&site(), "/assets/large.bin", "").unwrap();
    assert!(matches!(response.body, Body::File { length: 300_000, .. }));
    assert_eq!(response.header("content-type"), Some("application/octet-stream"));
}

#[test]
fn the_servers_own_files_are_embedded() {
    let site = site();
    for name in Core::iter() {
        let url = site.statics.hashed(&format!("/-/static/{name}"));
        assert!(url.contains("?_hash="), "{name}");
        let response = get(&site, &url, "").unwrap();
        assert_eq!(response.status, 200, "{name}");
        assert!(response.header("cache-control").is_some(), "{name}");
        let etag = response.header("etag").unwrap().to_owned();
        assert_eq!(get(&site, &url, &etag).unwrap().status, 304, "{name}");
    }
}

#[test]
fn the_favicon_may_be_kept_for_an_hour() {
    let response = get(&site(), "/favicon.ico", "").unwrap();
    if Core::get("favicon.png").is_none() {
        assert_eq!(response.status, 404);
        return;
    }
    assert_eq!(response.header("content-type"), Some("image/png"));
    assert_eq!(response.header("cache-control"), Some("max-age=3600, public"));
    assert!(response.is_static);
}
