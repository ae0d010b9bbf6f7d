//! What somebody wants to have installed, in words and in lines of a file.

use std::path::PathBuf;

use url::Url;

use super::address;
use super::error::{Error, Result};
use super::version::Requirement;

/// Everything that `datasette install` was told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Order {
    pub(crate) wanted: Vec<Wanted>,
    /// Crates and libraries to link, for development.
    pub(crate) editable: Vec<PathBuf>,
    pub(crate) upgrade: bool,
    pub(crate) target: String,
    /// Put the archives there, and install nothing.
    pub(crate) download_only: Option<PathBuf>,
    /// Every plugin has to be named with its version and its hash.
    pub(crate) locked: bool,
    pub(crate) dry_run: bool,
    pub(crate) require_signed: bool,
}

/// One plugin that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) what: What,
    /// It has to be one of these. None: any.
    pub(crate) hashes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    Named(Requirement),
    /// An archive or a library.
    File(PathBuf),
    Url(Url),
}

impl Wanted {
    /// `NAME`, `NAME==1.2.3`, `./x.so`, `./x.tar.gz`, `https://…tar.gz`.
    pub(crate) fn parse(word: &str) -> Result<Self> {
        let wanted = |what| Ok(Self { what, hashes: Vec::new() });
        let lower = word.to_ascii_lowercase();
        if ["git+", "hg+", "svn+", "bzr+"].iter().any(|scheme| lower.starts_with(scheme)) {
            return Err(Error::usage(format!(
                "'{word}': nothing is built here; build the plugin, and install its library with -e PATH"
            )));
        }
        if [".whl", ".zip", ".egg"].iter().any(|end| lower.ends_with(end)) {
            return Err(Error::usage(format!(
                "'{word}' is a package of Python, and this server can't load plugins in Python"
            )));
        }
        if word.contains("://") {
            let url = address::web(word)?;
            if !is_archive(url.path()) {
                return Err(Error::usage(format!(
                    "'{word}' is no archive: its name does not end in .tar.gz"
                )));
            }
            return wanted(What::Url(url));
        }
        let is_library = ["so", "dylib", "dll"].iter().any(|end| lower.ends_with(&format!(".{end}")));
        if is_library || is_archive(&lower) || word.contains(['/', '\\']) || word.starts_with('.') {
            return wanted(What::File(word.into()));
        }
        wanted(What::Named(Requirement::parse(word).map_err(Error::usage)?))
    }

    /// With a hash that it has to have.
    pub(crate) fn with_hash(mut self, hash: &str) -> Result<Self> {
        let digits = hash.strip_prefix("sha256:").unwrap_or(hash).to_ascii_lowercase();
        if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Error::usage(format!("'{hash}' is no sha256: that has 64 hexadecimal digits")));
        }
        self.hashes.push(digits);
        Ok(self)
    }

    /// Whether a hash is one of those that it has to have.
    pub(super) fn accepts_hash(&self, sha256: &str) -> bool {
        self.hashes.is_empty() || self.hashes.iter().any(|hash| hash.eq_ignore_ascii_case(sha256))
    }

    pub(super) fn requirement(&self) -> Option<&Requirement> {
        match &self.what {
            What::Named(requirement) => Some(requirement),
            _ => None,
        }
    }
}

pub(super) fn is_archive(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.ends_with(".tar.gz") || lower.ends_with(".tgz")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_a_name_a_file_or_an_address() {
        let what = |word: &str| Wanted::parse(word).unwrap().what;
        assert!(matches!(what("hello>=1,<2"), What::Named(_)));
        for file in ["./x.so", "x.dylib", "../a", "dir/x.tar.gz", "x.tgz"] {
            assert!(matches!(what(file), What::File(_)), "{file}");
        }
        assert!(matches!(what("https://example.com/x-1.tar.gz"), What::Url(_)));
    }

    #[test]
    fn what_pip_would_take_and_this_can_not_says_so() {
        let check = |word: &str, expected: &str| {
            let error = Wanted::parse(word).unwrap_err();
            assert!(error.message.contains(expected), "{error}");
        };
        check("git+https://github.com/x/y", "nothing is built");
        check("x-1.0-py3-none-any.whl", "Python");
        check("https://example.com/x.html", "no archive");
        check("ftp://example.com/x.tar.gz", "https://");
        check("hello[all]", "extras");
    }

    #[test]
    fn hashes_have_64_digits() {
        let wanted = Wanted::parse("x").unwrap().with_hash(&format!("sha256:{}", "AB".repeat(32))).unwrap();
        assert!(wanted.accepts_hash(&"ab".repeat(32)) && !wanted.accepts_hash(&"cd".repeat(32)));
        assert!(Wanted::parse("x").unwrap().with_hash("abc").is_err());
    }
}
