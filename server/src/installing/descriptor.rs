//! `plugin.toml`: what an archive says about the plugin in it. It has to agree with the library's own manifest.

use serde::{Deserialize, Serialize};

use super::error::{Error, Result};
use super::target;
use super::version::{self, Requirement, Version};

pub(super) const FILE: &str = "plugin.toml";

/// Of the file's format.
const SCHEMA: u32 = 1;

/// `plugin.toml`. Unknown keys are for newer servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Descriptor {
    pub(crate) schema: u32,
    /// Normal.
    pub(crate) name: String,
    pub(crate) version: String,
    /// Major and minor version of the plugin API that it was built with.
    pub(crate) abi: String,
    /// The triple that it was built for.
    pub(crate) target: String,
    /// The library's file.
    pub(crate) library: String,
    #[serde(default)]
    pub(crate) summary: String,
    #[serde(default)]
    pub(crate) license: String,
    /// Other plugins, as `name>=1`.
    #[serde(default)]
    pub(crate) requires: Vec<String>,
}

/// What a library says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LibraryFacts {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Of the plugin API.
    pub(crate) api: String,
    /// `x86_64-linux`
    pub(crate) target: String,
    pub(crate) security: bool,
    /// The plugins in it.
    pub(crate) plugins: Vec<String>,
}

impl LibraryFacts {
    /// Major and minor version of the plugin API.
    pub(super) fn abi(&self) -> String {
        self.api.split('.').take(2).collect::<Vec<_>>().join(".")
    }

    /// The name under which it is installed.
    pub(super) fn normal_name(&self) -> Result<String> {
        version::normal(&self.name).map_err(Error::failed)
    }
}

impl Descriptor {
    pub(super) fn new(facts: &LibraryFacts, target: &str, library: &str) -> Result<Self> {
        version::parse(&facts.version)
            .map_err(|error| Error::failed(format!("The library's version: {error}")))?;
        Ok(Self {
            schema: SCHEMA,
            name: facts.normal_name()?,
            version: facts.version.clone(),
            abi: facts.abi(),
            target: target.to_owned(),
            library: library.to_owned(),
            summary: String::new(),
            license: String::new(),
            requires: Vec::new(),
        })
    }

    pub(super) fn parse(text: &str) -> Result<Self> {
        let wrong = |why: String| Error::failed(format!("{FILE} can't be understood: {why}"));
        let it: Self = toml::from_str(text).map_err(|error| wrong(error.message().to_owned()))?;
        if it.schema != SCHEMA {
            return Err(Error::failed("The archive needs a newer datasette"));
        }
        version::parse(&it.version).map_err(wrong)?;
        if version::normal(&it.name).map_err(wrong)? != it.name {
            return Err(wrong(format!("the name {:?} is not in its plain spelling", it.name)));
        }
        if !target::is_triple(&it.target) {
            return Err(wrong(format!("'{}' is no target", it.target)));
        }
        if it.library.contains(['/', '\\']) || it.library.starts_with('.') || it.library.is_empty() {
            return Err(wrong(format!("'{}' is no name of a library", it.library)));
        }
        for requirement in &it.requires {
            Requirement::parse(requirement).map_err(wrong)?;
        }
        Ok(it)
    }

    pub(super) fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|error| Error::failed(format!("{FILE} can't be written: {error}")))
    }

    /// Compares it with the library.
    pub(super) fn check(&self, facts: &LibraryFacts) -> Result<()> {
        let name = facts.normal_name()?;
        for (what, said, found) in [
            ("name", &self.name, &name),
            ("version", &self.version, &facts.version),
            ("abi", &self.abi, &facts.abi()),
        ] {
            if said != found {
                return Err(Error::failed(format!("{FILE} says {what} {said}, the library says {found}")));
            }
        }
        if !is_for(&self.target, &facts.target) {
            return Err(Error::failed(format!(
                "{FILE} says target {}, the library says {}",
                self.target, facts.target
            )));
        }
        Ok(())
    }

    pub(super) fn version(&self) -> Result<Version> {
        version::parse(&self.version).map_err(Error::failed)
    }

    /// The name of its archive.
    pub(crate) fn archive_name(&self) -> String {
        let major = self.abi.split('.').next().unwrap_or_default();
        format!("{}-{}-abi{major}-{}.tar.gz", self.name, self.version, self.target)
    }
}

/// Whether a triple is about the machine that a library names.
pub(super) fn is_for(triple: &str, short: &str) -> bool {
    let Some((arch, os)) = short.split_once('-') else { return false };
    let os = match os {
        "macos" => "apple-darwin",
        os => os,
    };
    let same_arch = triple.split('-').next().is_some_and(|first| {
        first == arch
            || match arch {
                "x86" => matches!(first, "i586" | "i686"),
                "riscv64" | "arm" => first.starts_with(arch) || (arch == "arm" && first.starts_with("armv")),
                "powerpc64" => first == "powerpc64le",
                _ => false,
            }
    });
    same_arch && triple.contains(os)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::installing) fn facts() -> LibraryFacts {
        LibraryFacts {
            name: "Hello_There".to_owned(),
            version: "0.1.0".to_owned(),
            api: datasette_plugin_api::API_VERSION.to_owned(),
            target: target::in_short(),
            security: false,
            plugins: vec!["hello".to_owned()],
        }
    }

    #[test]
    fn what_the_archive_says_is_what_the_library_says() {
        let descriptor = Descriptor::new(&facts(), &target::ours(), "libhello.so").unwrap();
        assert_eq!(descriptor.name, "hello-there");
        let read = Descriptor::parse(&descriptor.to_toml().unwrap()).unwrap();
        assert_eq!(read, descriptor);
        read.check(&facts()).unwrap();
        let other = LibraryFacts { version: "0.2.0".to_owned(), ..facts() };
        assert!(read.check(&other).unwrap_err().message.contains("says version 0.1.0"));
        assert!(descriptor.archive_name().starts_with("hello-there-0.1.0-abi1-"));
    }

    #[test]
    fn triples_are_about_machines() {
        for (triple, short, expected) in [
            ("x86_64-unknown-linux-gnu", "x86_64-linux", true),
            ("aarch64-apple-darwin", "aarch64-macos", true),
            ("armv7-unknown-linux-gnueabihf", "arm-linux", true),
            ("aarch64-unknown-linux-gnu", "x86_64-linux", false),
            ("x86_64-pc-windows-msvc", "x86_64-linux", false),
        ] {
            assert_eq!(is_for(triple, short), expected, "{triple} {short}");
        }
        assert!(is_for(&target::ours(), &target::in_short()));
    }

    #[test]
    fn what_is_no_description_says_why() {
        let good = Descriptor::new(&facts(), &target::ours(), "libhello.so").unwrap().to_toml().unwrap();
        let check = |old: &str, new: &str, word: &str| {
            let error = Descriptor::parse(&good.replace(old, new)).unwrap_err();
            assert!(error.message.contains(word), "{error}");
        };
        check("schema = 1", "schema = 2", "newer datasette");
        check("hello-there", "../x", "no name");
        check("hello-there", "Hello", "plain spelling");
        check("libhello.so", "../libhello.so", "no name of a library");
        check("version = \"0.1.0\"", "version = \"new\"", "no version");
        check("name =", "nome =", "name");
    }
}
