//! A request as the core sees it: plain data, fully read, no socket behind it.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;
use percent_encoding::percent_decode_str;

pub(crate) use datasette_plugin_api::Actor;

use crate::permissions::PermissionMemo;

/// One HTTP request. Header names are lower case; `path` still has its percent- and tilde-encoding.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// As sent, upper case: `GET`, `POST`, ...
    pub method: String,
    /// Raw path without query string, with `base_url` removed; always starts with `/`.
    pub path: String,
    /// Raw path as the client sent it, `base_url` included.
    pub full_path: String,
    /// Without the `?`; empty if there is none.
    pub query_string: String,
    /// Decoded query string, in order.
    pub args: Args,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// The body, where it is too large to be held in memory; `body` is empty then.
    pub upload: Option<Upload>,
    /// `http` or `https`, after `force_https_urls` and trusted proxy headers.
    pub scheme: &'static str,
    /// The Host header, or `localhost`.
    pub host: String,
    /// Address of whoever asks, as far as it is known: behind a trusted proxy, the one that it names.
    pub client: Option<String>,
    /// Set once the actor plugins were asked.
    pub actor: Option<Actor>,
    /// What the route's pattern named, decoded.
    pub url_vars: Vec<(String, String)>,
    /// Plugins and internal callers may be exempted from permission checks.
    pub skip_permission_checks: bool,
    /// What was found out about permissions while this request is answered.
    pub permission_memo: PermissionMemo,
    /// Messages for the visitor's next page.
    pub messages: Outbox,
    /// Set when the client goes away; long queries look at it.
    pub cancelled: Cancelled,
}

impl Request {
    /// A request for `target` (path and query string) as `--get`, plugins and tests make it.
    pub(crate) fn new(method: &str, target: &str) -> Self {
        let (path, query_string) = target.split_once('?').unwrap_or((target, ""));
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Self {
            method: method.to_owned(),
            full_path: path.clone(),
            path,
            args: Args::parse(query_string),
            query_string: query_string.to_owned(),
            headers: Vec::new(),
            body: Bytes::new(),
            upload: None,
            scheme: "http",
            host: "localhost".to_owned(),
            client: None,
            actor: None,
            url_vars: Vec::new(),
            skip_permission_checks: false,
            permission_memo: PermissionMemo::default(),
            messages: Outbox::default(),
            cancelled: Cancelled::default(),
        }
    }

    /// First value of the header, `name` in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Value of the cookie, unquoted; the last one if there are several of that name.
    pub(crate) fn cookie(&self, name: &str) -> Option<Cow<'_, str>> {
        datasette_plugin_api::server::cookie(self.header("cookie")?, name)
    }

    pub(crate) fn url_var(&self, name: &str) -> Option<&str> {
        self.url_vars.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Path and query string as the client sent them.
    pub(crate) fn target(&self) -> String {
        with_query(&self.full_path, &self.query_string)
    }

    pub(crate) fn is_get_or_head(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD")
    }

    /// Who may change what this request does to shared caches: anybody it could have identified.
    pub(crate) fn has_credentials(&self) -> bool {
        self.actor.is_some() || self.header("cookie").is_some() || self.header("authorization").is_some()
    }
}

pub(crate) fn with_query(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// A body in a temporary file, which ends with the last copy of this.
#[derive(Debug, Clone)]
pub(crate) struct Upload(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    file: File,
    /// How long it is, as plugins are told.
    length: String,
}

impl Upload {
    pub(crate) fn new(file: File, length: u64) -> Self {
        Self(Arc::new(Kept { file, length: length.to_string() }))
    }

    pub(crate) fn file(&self) -> io::Result<File> {
        self.0.file.try_clone()
    }

    pub(crate) fn length_text(&self) -> &str {
        &self.0.length
    }

    /// The body from its beginning. There is one place to read at: who reads waits for nobody else.
    pub(crate) fn reader(&self) -> io::Result<File> {
        let mut file = self.file()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }

    /// The body from that place on.
    pub(crate) fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut file = &self.0.file;
        file.seek(SeekFrom::Start(at))?;
        file.read(into)
    }
}

/// Set by the edge when nobody waits for the answer any more.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cancelled(Arc<AtomicBool>);

impl Cancelled {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A message for the visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub text: String,
    pub kind: MessageKind,
}

/// How a message is meant. The numbers are those of the cookie that carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageKind {
    Info = 1,
    Warning = 2,
    Error = 3,
}

impl MessageKind {
    pub(crate) fn from_number(number: i64) -> Self {
        match number {
            2 => Self::Warning,
            3 => Self::Error,
            _ => Self::Info,
        }
    }
}

/// Messages that wait to be shown. Clones of a request share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outbox(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    messages: Vec<Message>,
    shown: bool,
}

impl Outbox {
    /// What earlier requests left.
    pub(crate) fn fill(&self, messages: Vec<Message>) {
        self.0.lock().messages = messages;
    }

    /// Shows the text on the next page: this one, if it is still to be rendered.
    pub(crate) fn add(&self, text: impl Into<String>, kind: MessageKind) {
        self.0.lock().messages.push(Message { text: text.into(), kind });
    }

    /// The messages, for a page that shows them now.
    pub(crate) fn show(&self) -> Vec<Message> {
        let mut waiting = self.0.lock();
        let messages = std::mem::take(&mut waiting.messages);
        waiting.shown |= !messages.is_empty();
        messages
    }

    pub(crate) fn waiting(&self) -> Vec<Message> {
        self.0.lock().messages.clone()
    }

    pub(crate) fn were_shown(&self) -> bool {
        self.0.lock().shown
    }
}

/// A query string, decoded as `application/x-www-form-urlencoded`; order and repetition are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Args(Vec<(String, String)>);

impl Args {
    /// Blank values are kept (`a=` and `a`), empty pieces (`&&`) dropped.
    pub(crate) fn parse(query: &str) -> Self {
        let pairs = query.split('&').filter(|piece| !piece.is_empty());
        Self(
            pairs
                .map(|piece| piece.split_once('=').unwrap_or((piece, "")))
                .map(|(k, v)| (decode(k), decode(v)))
                .collect(),
        )
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }

    /// The first value if it isn't empty.
    pub(crate) fn non_empty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|v| !v.is_empty())
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.0.iter().filter(move |(k, _)| k == name).map(|(_, v)| v.as_str())
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(k, _)| k == name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }

    /// Distinct names in the order of their first appearance.
    pub(crate) fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = Vec::new();
        for (k, _) in &self.0 {
            if !keys.contains(&k.as_str()) {
                keys.push(k);
            }
        }
        keys
    }
}

fn decode(piece: &str) -> String {
    let spaced = if piece.contains('+') { Cow::Owned(piece.replace('+', " ")) } else { Cow::Borrowed(piece) };
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_keep_order_repetition_and_blank_values() {
        let args = Args::parse("b=2&a=1+x&&b=%C3%A9&c&d=");
        assert_eq!(args.all("b").collect::<Vec<_>>(), ["2", "é"]);
        assert_eq!(args.keys(), ["b", "a", "c", "d"]);
        assert_eq!((args.get("a"), args.get("c"), args.get("d")), (Some("1 x"), Some(""), Some("")));
    }

    #[test]
    fn bytes_that_are_not_utf8_become_replacement_characters() {
        assert_eq!(Args::parse("a=%ff").get("a"), Some("\u{fffd}"));
    }

    #[test]
    fn cookies_are_found_and_unquoted() {
        let mut request = Request::new("GET", "/");
        request.headers.push(("cookie".into(), "a=1; ds_actor=\"x y\"; b=2".into()));
        assert_eq!(request.cookie("ds_actor").as_deref(), Some("x y"));
        assert_eq!(request.cookie("nope"), None);
    }
}
