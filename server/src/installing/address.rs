//! Where an index is: on a web server, or in a folder.

use std::fmt;
use std::path::PathBuf;

use url::{Host, Url};

use super::error::{Error, Result};

/// Where files are, without their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    Folder(PathBuf),
    /// Ends in a slash.
    Web(Url),
}

/// Where one file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Location {
    File(PathBuf),
    Web(Url),
}

impl Address {
    /// `https://…`, `http://…`, or a folder.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        if text.contains("://") && !text.starts_with("file://") {
            let mut url = web(text)?;
            url.set_query(None);
            url.set_fragment(None);
            if !url.path().ends_with('/') {
                let path = format!("{}/", url.path());
                url.set_path(&path);
            }
            return Ok(Self::Web(url));
        }
        let path = text.strip_prefix("file://").unwrap_or(text);
        let path = PathBuf::from(path);
        if !path.is_dir() {
            return Err(Error::usage(format!(
                "'{text}' is no index: neither an address that begins with https:// or http://, nor a folder"
            )));
        }
        Ok(Self::Folder(std::path::absolute(&path).unwrap_or(path)))
    }

    /// A file of the index, by its path.
    pub(super) fn file(&self, path: &str) -> Result<Location> {
        match self {
            Self::Folder(folder) => Ok(Location::File(folder.join(path))),
            Self::Web(base) => base.join(path).map(Location::Web).map_err(|_| no_address(path)),
        }
    }

    /// An artefact, by what the index says: an address, or a path from the index's own.
    pub(super) fn artefact(&self, text: &str) -> Result<Location> {
        if text.contains("://") {
            return Ok(Location::Web(web(text)?));
        }
        match self {
            Self::Web(base) => match base.join(text) {
                Ok(url) => web(url.as_str()).map(Location::Web),
                Err(_) => Err(no_address(text)),
            },
            Self::Folder(folder) => {
                let plain = std::path::Path::new(text)
                    .components()
                    .all(|part| matches!(part, std::path::Component::Normal(_)));
                if plain { Ok(Location::File(folder.join(text))) } else { Err(no_address(text)) }
            }
        }
    }

    /// Whether nobody on the way could have changed what it says.
    pub(super) fn is_private(&self) -> bool {
        match self {
            Self::Folder(_) => true,
            Self::Web(url) => is_private(url),
        }
    }
}

/// Whether nobody on the way could have changed what comes from there.
pub(super) fn is_private(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

/// Whether that is this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// An address that can be asked.
pub(super) fn web(text: &str) -> Result<Url> {
    let url = Url::parse(text).map_err(|_| no_address(text))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(Error::usage(format!("'{text}' is no address that begins with https:// or http://")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::usage(
            "An address with a name and a password in it would be remembered; leave them out",
        ));
    }
    Ok(url)
}

fn no_address(text: &str) -> Error {
    Error::usage(format!("'{text}' is no address"))
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(out, "{}", path.display()),
            Self::Web(url) => write!(out, "{url}"),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(out, "{}", path.display()),
            Self::Web(url) => write!(out, "{url}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_start_from_the_index() {
        let index = Address::parse("https://example.com/plugins?x#y").unwrap();
        assert_eq!(index.to_string(), "https://example.com/plugins/");
        assert_eq!(
            index.file("v1/index.json").unwrap().to_string(),
            "https://example.com/plugins/v1/index.json"
        );
        assert_eq!(index.artefact("a.tar.gz").unwrap().to_string(), "https://example.com/plugins/a.tar.gz");
        assert_eq!(index.artefact("https://o.example/a").unwrap().to_string(), "https://o.example/a");
        assert!(index.artefact("file:///etc/passwd").is_err());
    }

    #[test]
    fn artefacts_of_a_folder_are_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let index = Address::parse(folder.path().to_str().unwrap()).unwrap();
        assert!(index.artefact("a/b.tar.gz").is_ok());
        for wrong in ["../a", "/etc/passwd", "a/../../b"] {
            assert!(index.artefact(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn other_addresses_are_refused() {
        for wrong in ["ftp://x/", "https://", "nowhere", "https://me:secret@example.com/"] {
            assert!(Address::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_this_machine_and_https_are_private() {
        for (text, expected) in [
            ("https://example.com/", true),
            ("http://127.0.0.1:80/", true),
            ("http://[::1]/", true),
            ("http://localhost/", true),
            ("http://example.com/", false),
            ("http://10.0.0.1/", false),
        ] {
            assert_eq!(Address::parse(text).unwrap().is_private(), expected, "{text}");
        }
    }
}
