//! Files of requirements, and locks.

use super::{greeting, installed, refused, state};
use crate::support::shop::hello;
use crate::support::{Setup, Shop, library};

#[test]
fn a_list_installs_everything_or_nothing() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    shop.add(&library::bytes("fixture-every-hook"), &[]);
    shop.build(&[]);
    setup.write("bad.txt", b"hello\n# fine so far\nfixture-every-hook==nonsense\n");
    refused(
        &setup,
        &shop,
        &["-r", "bad.txt"],
        1,
        &["Line 3 of bad.txt", "nonsense", "Nothing was installed"],
    );
    setup.write("missing.txt", b"hello\nnot-there\n");
    refused(&setup, &shop, &["-r", "missing.txt"], 4, &["no plugin not-there"]);
    refused(&setup, &shop, &["-r", "nowhere.txt"], 2, &["nowhere.txt"]);
    assert_eq!(greeting(&setup), None);
    setup.write("good.txt", b"# both\nhello>=0.1\nfixture-every-hook  # the other\n");
    let said = installed(&setup, &shop, &["-r", "good.txt"]);
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn one_plugin_that_can_not_be_loaded_keeps_all_out() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    shop.add(&library::bytes("fixture-crashing"), &[]);
    shop.build(&[]);
    setup.write("list.txt", b"hello\nfixture-crashing\n");
    refused(&setup, &shop, &["-r", "list.txt"], 1, &["fixture-crashing", "crashed while loading"]);
    assert_eq!(greeting(&setup), None);
}

#[test]
fn a_lock_installs_the_same_again_and_nothing_else() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    installed(&setup, &shop, &["hello"]);
    let lock = setup.run_command(&["plugins", "lock"]);
    assert!(lock.out.starts_with("hello==0.1.0 --hash=sha256:"), "{lock:?}");
    let requirements = setup.run_command(&["plugins", "--requirements"]);
    assert_eq!(requirements.out, "hello==0.1.0\n");

    let other = Setup::new();
    other.write("lock.txt", lock.out.as_bytes());
    installed(&other, &shop, &["-r", "lock.txt", "--locked"]);
    assert_eq!(state(&other)["plugins"]["hello"]["sha256"], state(&setup)["plugins"]["hello"]["sha256"]);
    let third = Setup::new();
    third.write("requirements.txt", requirements.out.as_bytes());
    installed(&third, &shop, &["-r", "requirements.txt"]);
    refused(&third, &shop, &["-r", "requirements.txt", "--locked"], 2, &["--locked wants a hash"]);
    refused(&third, &shop, &["hello", "--locked"], 2, &["--locked"]);

    // The same version with other bytes.
    let archive = shop.add(&hello("0.1.0", "Howdy"), &[]);
    shop.build(&[]);
    assert!(archive.contains("0.1.0"));
    let fourth = Setup::new();
    fourth.write("lock.txt", lock.out.as_bytes());
    refused(&fourth, &shop, &["-r", "lock.txt", "--locked"], 3, &["sha256 of hello 0.1.0", "expected"]);
}

#[test]
fn where_one_has_a_hash_all_need_one() {
    let (setup, shop) = (Setup::new(), Shop::with_hello());
    shop.add(&library::bytes("fixture-every-hook"), &[]);
    shop.build(&[]);
    installed(&setup, &shop, &["hello"]);
    let lock = setup.run_command(&["plugins", "lock"]).out;
    let other = Setup::new();
    other.write("mixed.txt", format!("{lock}fixture-every-hook\n").as_bytes());
    refused(&other, &shop, &["-r", "mixed.txt"], 3, &["fixture-every-hook", "has no --hash"]);
}

#[test]
fn what_was_installed_from_a_file_is_left_out_of_the_lock() {
    let setup = Setup::new();
    setup.write("libhello.so", &library::bytes("hello"));
    assert_eq!(setup.run_command(&["install", "./libhello.so"]).code, Some(0));
    let lock = setup.run_command(&["plugins", "lock"]);
    assert_eq!((lock.code, lock.out.as_str()), (Some(1), ""));
    assert!(lock.err.contains("left out hello 0.1.0"), "{lock:?}");
}
