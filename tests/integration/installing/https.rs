//! Over HTTPS, from who can prove who they are. The index is served by the server itself, as a folder of static files.

use super::{Shop, greeting};
use crate::support::{Setup, fixture};

#[test]
fn an_index_is_fetched_over_https_from_who_can_prove_it() {
    let shop = Shop::with_hello();
    let file = |name: &str| fixture(&format!("tls/{name}")).display().to_string();
    let (cert, key) = (file("cert.pem"), file("key.pem"));
    let mount = format!("shop:{}", shop.path("").display());
    let site =
        Setup::new().args(&["--ssl-certfile", &cert, "--ssl-keyfile", &key, "--static", &mount]).start();
    let (url, public) = (format!("https://localhost:{}/shop/", site.port), shop.public_key());
    let install = ["install", "hello", "--index", &url, "--index-key", &public];

    let stranger = Setup::new();
    stranger.run_command(&install).assert_refused(5, &["could not be fetched", "certificate"]);
    assert_eq!(greeting(&stranger), None);

    let friend = Setup::new().env("SSL_CERT_FILE", &cert);
    let done = friend.run_command(&install);
    assert!(done.out.contains("Installed hello 0.1.0 (signed-index"), "{done:?}");
    assert!(greeting(&friend).is_some());
    let elsewhere = url.replace("localhost", "127.0.0.2");
    let update = ["install", "-U", "hello", "--index", &elsewhere, "--index-key", &public];
    friend.run_command(&update).assert_refused(5, &["could not be fetched"]);

    let nonsense = Setup::new().env("SSL_CERT_FILE", &key);
    nonsense.run_command(&install).assert_refused(1, &["SSL_CERT_FILE"]);
}
