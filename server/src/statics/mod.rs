//! Files that are sent as they are: the server's own (embedded), those of `--static` folders and of plugins.
//!
//! A file is never the same URL with other contents if its URL has `?_hash=`, so such answers may be kept for
//! ever; [`Statics::url`] makes these URLs. The names are those on disk: percent-encoding is not undone.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use parking_lot::Mutex;
use rust_embed::RustEmbed;

use self::fingerprints::{Fingerprint, Fingerprints};
use crate::edge::caching::is_known;
use crate::request::Request;
use crate::response::{Body, Response};

mod fingerprints;
mod types;

const CORE: &str = "/-/static/";

/// Larger files are sent in chunks instead of being read first.
const LARGE_FILE_BYTES: u64 = 256 * 1024;

#[derive(RustEmbed)]
#[folder = "../static/"]
struct Core;

const STYLESHEET: &str = "app.css";

/// The files of `css`, in the order of their names: parts to work on, and one request for all of them.
static STYLES: LazyLock<Bytes> = LazyLock::new(|| {
    let mut names: Vec<_> = Core::iter().filter(|name| name.starts_with("css/")).collect();
    names.sort_unstable();
    let parts: Vec<_> = names.iter().filter_map(|name| Core::get(name)).map(|part| part.data).collect();
    parts.join(b"\n".as_slice()).into()
});

/// Every folder with static files, and the URLs below which they are found.
#[derive(Debug)]
pub(crate) struct Statics {
    mounts: Vec<Mount>,
    fingerprints: Fingerprints,
    core_fingerprints: Mutex<HashMap<String, Arc<Fingerprint>>>,
}

#[derive(Debug)]
struct Mount {
    /// Begins and ends with a slash.
    prefix: String,
    folder: PathBuf,
}

/// Why there is no file to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    Missing,
    Outside,
    Directory,
}

impl Statics {
    /// `mounts` as `--static` names them (`assets`, folder), `plugins` by their names; the first match wins.
    pub(crate) fn new(
        mounts: impl IntoIterator<Item = (String, PathBuf)>,
        plugins: impl IntoIterator<Item = (String, PathBuf)>,
    ) -> Self {
        // Canonical now: what is compared later is canonical as well.
        let canonical = |folder: PathBuf| folder.canonicalize().unwrap_or(folder);
        let mut all = Vec::new();
        for (name, folder) in mounts {
            all.push(Mount { prefix: format!("/{}/", name.trim_matches('/')), folder: canonical(folder) });
        }
        for (name, folder) in plugins {
            let folder = canonical(folder);
            let (underscores, dashes) = (name.replace('-', "_"), name.replace('_', "-"));
            for other in [underscores, dashes].iter().filter(|other| **other != name) {
                all.push(Mount { prefix: plugin_prefix(other), folder: folder.clone() });
            }
            all.push(Mount { prefix: plugin_prefix(&name), folder });
        }
        Self { mounts: all, fingerprints: Fingerprints::default(), core_fingerprints: Mutex::default() }
    }

    /// The answer if the path is below one of the folders, whether there is such a file or not.
    pub(crate) fn answer(&self, request: &Request) -> Option<Response> {
        let path = request.path.as_str();
        if path == "/favicon.ico" {
            return Some(favicon());
        }
        let answer = if let Some(name) = path.strip_prefix(CORE) {
            self.core(name, request)
        } else {
            let (mount, name) = self.mount(path)?;
            self.file(&mount.folder, name, request)
        };
        Some(answer.unwrap_or_else(Refused::into_response))
    }

    /// The URL with the hash of its file, so that it may be kept for ever. One that is no static file stays
    /// as it is.
    pub(crate) fn hashed(&self, url: &str) -> String {
        match self.hash(url) {
            Some(hash) => format!("{url}{}_hash={hash}", if url.contains('?') { '&' } else { '?' }),
            None => url.to_owned(),
        }
    }

    /// What `?_hash=` has to be for the file at `url` (without `base_url`).
    pub(crate) fn hash(&self, url: &str) -> Option<String> {
        let path = url.split('?').next().unwrap_or(url);
        if let Some(name) = path.strip_prefix(CORE) {
            let contents = core_file(name).ok()?;
            return Some(self.core_fingerprint(name, &contents).ok()?.hash.clone());
        }
        let (mount, name) = self.mount(path)?;
        let path = resolve(&mount.folder, name).ok()?;
        let fingerprint = self.fingerprints.of_file(&path, &mut File::open(&path).ok()?).ok()?;
        Some(fingerprint.hash.clone())
    }

    fn mount<'a>(&self, path: &'a str) -> Option<(&Mount, &'a str)> {
        self.mounts.iter().find_map(|mount| Some((mount, path.strip_prefix(mount.prefix.as_str())?)))
    }

    fn core(&self, name: &str, request: &Request) -> Result<Response, Refused> {
        let contents = core_file(name)?;
        let fingerprint = self.core_fingerprint(name, &contents)?;
        Ok(send(request, &fingerprint, types::content_type(name), Body::Bytes(contents)))
    }

    fn core_fingerprint(&self, name: &str, contents: &Bytes) -> Result<Arc<Fingerprint>, Refused> {
        if let Some(known) = self.core_fingerprints.lock().get(name) {
            return Ok(Arc::clone(known));
        }
        let fingerprint = Arc::new(Fingerprint::of(contents.as_ref()).map_err(|_| Refused::Missing)?);
        self.core_fingerprints.lock().insert(name.to_owned(), Arc::clone(&fingerprint));
        Ok(fingerprint)
    }

    fn file(&self, folder: &Path, name: &str, request: &Request) -> Result<Response, Refused> {
        let path = resolve(folder, name)?;
        let shown = path.display();
        let unreadable = |error: std::io::Error| {
            tracing::warn!("Could not read the static file {shown}: {error}");
            Refused::Missing
        };
        let mut file = File::open(&path).map_err(unreadable)?;
        let fingerprint = self.fingerprints.of_file(&path, &mut file).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let body = if length > LARGE_FILE_BYTES {
            Body::File { path: path.clone(), length }
        } else {
            let mut contents = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
            file.read_to_end(&mut contents).map_err(unreadable)?;
            Body::Bytes(contents.into())
        };
        Ok(send(request, &fingerprint, types::content_type(&path.to_string_lossy()), body))
    }
}

impl Refused {
    fn into_response(self) -> Response {
        let (status, line) = match self {
            Self::Missing => (404, "404: File not found"),
            Self::Outside => (404, "404: Path not inside root path"),
            Self::Directory => (403, "403: Directory listing is not allowed"),
        };
        Response::html(line).with_status(status)
    }
}

fn plugin_prefix(name: &str) -> String {
    format!("/-/static-plugins/{name}/")
}

fn favicon() -> Response {
    let Ok(file) = core_file("favicon.png") else { return Refused::Missing.into_response() };
    let mut response =
        Response::new(200, "image/png", file).with_header("cache-control", "max-age=3600, public");
    response.is_static = true;
    response
}

fn send(request: &Request, fingerprint: &Fingerprint, content_type: &str, body: Body) -> Response {
    let mut response = if is_known(request, &fingerprint.etag) {
        Response::new(304, "text/plain", Bytes::new())
    } else {
        Response { body, ..Response::new(200, content_type, Bytes::new()) }
    };
    response.is_static = true;
    if request.args.get("_hash") == Some(fingerprint.hash.as_str()) {
        response.set_header("cache-control", "max-age=31536000, immutable, public");
    }
    response.with_header("etag", fingerprint.etag.as_str())
}

fn core_file(name: &str) -> Result<Bytes, Refused> {
    if name == STYLESHEET {
        return Ok(STYLES.clone());
    }
    if let Some(file) = Core::get(name).filter(|_| !name.is_empty()) {
        return Ok(match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        });
    }
    if is_outside(Path::new(name)) {
        return Err(Refused::Outside);
    }
    let folder = format!("{}/", name.trim_end_matches('/'));
    let is_folder = name.is_empty() || Core::iter().any(|file| file.starts_with(&folder));
    Err(if is_folder { Refused::Directory } else { Refused::Missing })
}

/// The file of that name, if it is in the folder when every symlink is followed.
fn resolve(folder: &Path, name: &str) -> Result<PathBuf, Refused> {
    let name = Path::new(name);
    if name.components().any(|part| matches!(part, Component::RootDir | Component::Prefix(_))) {
        return Err(Refused::Outside);
    }
    // Collected from its parts: a slash at the end makes no difference.
    let path = folder.join(name.components().collect::<PathBuf>());
    let Ok(path) = path.canonicalize() else {
        return Err(if is_outside(name) { Refused::Outside } else { Refused::Missing });
    };
    if !path.starts_with(folder) {
        return Err(Refused::Outside);
    }
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => Err(Refused::Directory),
        // Not a pipe or a device, which might never end.
        Ok(metadata) if metadata.is_file() => Ok(path),
        _ => Err(Refused::Missing),
    }
}

/// Whether a relative path climbs out of its folder, going by its text alone.
fn is_outside(name: &Path) -> bool {
    let mut depth = 0i32;
    name.components().any(|part| {
        match part {
            Component::Normal(_) => depth += 1,
            Component::ParentDir => depth -= 1,
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => depth = -1,
        }
        depth < 0
    })
}

#[cfg(test)]
mod tests;
