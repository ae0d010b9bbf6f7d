//! `datasette-hashed-urls`: where an immutable database is found.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::support::{Setup, library};

#[test]
fn an_immutable_database_lives_at_its_hash() {
    let config = json!({"settings": {"base_url": "/p/"}});
    let setup = Setup::new().plugin("hashed.so", &library::bytes("datasette-hashed-urls")).config(&config);
    let file = setup.path("books.db");
    crate::support::database(&file, "library");
    crate::support::database(&setup.path("live.db"), "library");
    let digest = Sha256::digest(std::fs::read(&file).unwrap());
    let hash: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let here = format!("/p/books-{}", &hash[..7]);
    let site = setup.args(&["-i", "$D/books.db", "$D/live.db"]).start();

    let moved = |target: &str| {
        let answer = site.get(target);
        (answer.status, answer.header("location").unwrap_or_default().to_owned())
    };
    assert_eq!(moved("/p/books"), (302, here.clone()));
    assert_eq!(moved("/p/books/authors.json?_size=1"), (302, format!("{here}/authors.json?_size=1")));
    assert_eq!(moved("/p/books-0000000/authors/1"), (302, format!("{here}/authors/1")));

    let page = site.get(&format!("{here}/authors"));
    assert_eq!((page.status, page.header("cache-control")), (200, Some("max-age=31536000")));
    assert!(page.text().contains(&format!("href=\"{here}/authors/1\"")), "{}", page.text());
    assert!(!page.text().contains("href=\"/p/books/"), "{}", page.text());
    let rows = site.get(&format!("{here}/authors.json?_shape=array&_size=1&_ttl=5"));
    assert_eq!(rows.header("cache-control"), Some("max-age=5"));
    assert_eq!(rows.json()[0]["name"], "Ursula K. Le Guin");
    let missing = site.get(&format!("{here}/nothing"));
    assert_eq!(missing.status, 404);
    assert_ne!(missing.header("cache-control"), Some("max-age=31536000"));
    let own = site.connect().request("GET", &format!("{here}/authors"), "cookie: ds_actor=x\r\n", b"");
    assert_eq!(own.header("cache-control"), Some("private, no-store"));

    assert_eq!(site.get("/p/live/authors").status, 200, "what may change stays where it is");
    assert!(site.get("/p/").text().contains(&format!("href=\"{here}\"")));
    let file = site.get(&format!("{here}.db"));
    assert!(file.status == 200 && file.body.starts_with(b"SQLite format 3"));
}
