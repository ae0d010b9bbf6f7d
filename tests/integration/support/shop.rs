//! An index of plugins, signed with a throw-away key and served on loopback.

use std::path::{Path, PathBuf};

use minisign::KeyPair;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::program::Program;
use super::web::Web;
use super::{Finished, library};

/// Archives, the index of them, and the server.
pub(crate) struct Shop {
    folder: TempDir,
    key: KeyPair,
    pub(crate) web: Web,
}

impl Shop {
    /// Without anything in it.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is room for temporary files");
        std::fs::create_dir(folder.path().join("shop")).expect("folders can be made");
        let key = KeyPair::generate_unencrypted_keypair().expect("keys can be made");
        let secret = key.sk.to_box(None).expect("keys can be written").into_string();
        std::fs::write(folder.path().join("secret.key"), secret).expect("files can be written");
        let web = Web::serve(&folder.path().join("shop"));
        Self { folder, key, web }
    }

    /// With the plugin hello 0.1.0.
    pub(crate) fn with_hello() -> Self {
        let shop = Self::new();
        shop.add(&library::bytes("hello"), &[]);
        shop.build(&[]);
        shop
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("shop").join(name)
    }

    pub(crate) fn url(&self) -> String {
        self.web.url()
    }

    pub(crate) fn public_key(&self) -> String {
        self.key.pk.to_base64()
    }

    fn secret_key(&self) -> String {
        self.folder.path().join("secret.key").display().to_string()
    }

    #[track_caller]
    fn run(&self, words: &[&str]) -> Finished {
        let done = Program::new(self.folder.path()).args(words).run();
        assert_eq!(done.code, Some(0), "{done:?}");
        done
    }

    /// Packs a library, and returns the archive's file name.
    #[track_caller]
    pub(crate) fn add(&self, library: &[u8], more: &[&str]) -> String {
        let file = format!("{}packed{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        std::fs::write(self.folder.path().join(&file), library).expect("files can be written");
        let words = ["plugins", "pack", file.as_str(), "--out", "shop", "--json"];
        let packed = self.run(&[&words, more].concat());
        let packed: Value = serde_json::from_str(&packed.out).expect("it is JSON");
        let path = packed["path"].as_str().expect("it has a path");
        Path::new(path).file_name().expect("it is a file").to_string_lossy().into_owned()
    }

    /// Makes the index, and signs it.
    #[track_caller]
    pub(crate) fn build(&self, more: &[&str]) {
        let key = self.secret_key();
        self.run(&[&["plugins", "index", "build", "shop", "--key", key.as_str()], more].concat());
    }

    /// Changes the page of a plugin, and signs everything again.
    pub(crate) fn edit_page(&self, name: &str, edit: impl FnOnce(&mut Value)) {
        let path = self.path(&format!("v1/p/{name}.json"));
        let mut page = read(&path);
        edit(&mut page);
        let text = page.to_string();
        std::fs::write(&path, &text).expect("files can be written");
        self.edit_index(|index| index["plugins"][name]["sha256"] = sha256(text.as_bytes()).into());
    }

    /// Changes the index, and signs it again.
    pub(crate) fn edit_index(&self, edit: impl FnOnce(&mut Value)) {
        let mut index = read(&self.path("v1/index.json"));
        edit(&mut index);
        let text = index.to_string();
        std::fs::write(self.path("v1/index.json"), &text).expect("files can be written");
        self.sign(&self.key);
    }

    /// Signs the index with that key.
    pub(crate) fn sign(&self, key: &KeyPair) {
        let index = std::fs::read(self.path("v1/index.json")).expect("there is an index");
        let signature =
            minisign::sign(None, &key.sk, index.as_slice(), None, None).expect("it can be signed");
        std::fs::write(self.path("v1/index.json.minisig"), signature.into_string())
            .expect("files can be written");
    }

    /// Puts other bytes in the place of the newest archive of a plugin, and vouches for them.
    pub(crate) fn replace_archive(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path("replaced.tar.gz"), bytes).expect("files can be written");
        self.edit_page(name, |page| {
            let artifacts = page["releases"][0]["artifacts"].as_object_mut().expect("there are artefacts");
            for artifact in artifacts.values_mut() {
                artifact["url"] = "replaced.tar.gz".into();
                artifact["size"] = bytes.len().into();
                artifact["sha256"] = sha256(bytes).into();
            }
        });
    }
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("it is there")).expect("it is JSON")
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The library of hello under another version, greeting in another way. Both words are as long as before.
pub(crate) fn hello(version: &str, greeting: &str) -> Vec<u8> {
    let bytes = library::with_manifest(
        library::bytes("hello"),
        r#""version":"0.1.0""#,
        &format!(r#""version":"{version}""#),
    );
    library::with_manifest(bytes, "Hello, ", &format!("{greeting}, "))
}
