//! The request that a hook is asked about.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode_str;

use crate::cookie::cookie;
use crate::ffi::raw::RawRequest;
use crate::upload::{self, BodyReader, UploadedFile};
use crate::{Actor, Error, Json, Result};

/// A view of the server's request, for as long as the call lasts. Nothing is copied until it is asked for.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub(crate) raw: RawRequest<'a>,
}

impl<'a> Request<'a> {
    /// `GET`, `POST`, ...: upper case.
    pub fn method(&self) -> &'a str {
        self.text("method").unwrap_or("GET")
    }

    /// The path, without the site's `base_url` and without the query string; still percent-encoded.
    pub fn path(&self) -> &'a str {
        self.text("path").unwrap_or("/")
    }

    /// The path as it was sent, with `base_url` and without the query string.
    pub fn full_path(&self) -> &'a str {
        self.text("full_path").unwrap_or("/")
    }

    /// Without the `?`; empty if there is none.
    pub fn query_string(&self) -> &'a str {
        self.text("query_string").unwrap_or("")
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &'a str {
        self.text("scheme").unwrap_or("http")
    }

    /// The host it was sent to, with the port if there is one.
    pub fn host(&self) -> &'a str {
        self.text("host").unwrap_or("localhost")
    }

    /// The address of whoever asks: `192.0.2.1` or `2001:db8::1`, behind a proxy that the server trusts
    /// (`--forwarded-allow-ips`) the one that it names. `None` for requests from a Unix socket or from the server
    /// itself, and on servers older than 1.1.
    pub fn client(&self) -> Option<&'a str> {
        self.text("client")
    }

    /// Who asks; `None` before the actor plugins were asked, and for strangers.
    pub fn actor(&self) -> Option<Actor> {
        serde_json::from_str(self.text("actor")?).ok()
    }

    /// First header of that name; case does not matter.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        if name.chars().any(|c| c.is_ascii_uppercase()) {
            return self.first("header", &name.to_ascii_lowercase());
        }
        self.first("header", name)
    }

    /// All headers, names in lower case.
    pub fn headers(&self) -> Vec<(String, String)> {
        self.pairs("header")
    }

    /// The cookie's value, unquoted; the last one if there are several of that name.
    pub fn cookie(&self, name: &str) -> Option<Cow<'a, str>> {
        cookie(self.header("cookie")?, name)
    }

    /// First value of that query string argument, decoded.
    pub fn arg(&self, name: &str) -> Option<&'a str> {
        self.first("arg", name)
    }

    /// Every value of that query string argument, in order.
    pub fn args_all(&self, name: &str) -> Vec<String> {
        self.args().into_iter().filter(|(key, _)| key == name).map(|(_, value)| value).collect()
    }

    /// The query string, decoded, in order.
    pub fn args(&self) -> Vec<(String, String)> {
        self.pairs("arg")
    }

    /// What the named group of the route's pattern matched, decoded.
    pub fn url_var(&self, name: &str) -> Option<&'a str> {
        self.first("url_var", name)
    }

    /// The body as it was sent. Empty if it is so large that the server keeps it in a file, which happens for
    /// [routes that take files](crate::Route::takes_files) only: read those with
    /// [`body_reader`](Self::body_reader).
    pub fn body(&self) -> &'a [u8] {
        self.bytes()
    }

    /// Reads the body, wherever the server keeps it.
    pub fn body_reader(&self) -> BodyReader<'a> {
        let length = self.text("body_length").and_then(|length| length.parse().ok());
        BodyReader::new(*self, 0, length.unwrap_or_else(|| self.body().len() as u64))
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<Json> {
        serde_json::from_slice(self.body())
            .map_err(|error| Error::bad_request(format!("Invalid JSON: {error}")))
    }

    /// The body as a form, in either encoding that browsers know. Files are passed over; errors are of the kind
    /// [`BadRequest`](crate::ErrorKind::BadRequest).
    pub fn form(&self) -> Result<Form> {
        upload::read(*self, false).map(|(form, _)| form)
    }

    /// The body as a form, with the files in it. Nothing is copied: each is read where it is.
    ///
    /// At most 1,000 fields of 100 KB and 100 files of 50 MB. A body of more than the server's
    /// `max_post_body_bytes` arrives only at [routes that take files](crate::Route::takes_files).
    pub fn form_with_files(&self) -> Result<(Form, Vec<UploadedFile<'a>>)> {
        upload::read(*self, true)
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method(), self.full_path())?;
        match self.query_string() {
            "" => Ok(()),
            query => write!(f, "?{query}"),
        }
    }
}

/// What a form sent, in order; names may repeat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form(pub(crate) Vec<(String, String)>);

impl Form {
    /// Reads `application/x-www-form-urlencoded`.
    pub fn parse(text: &str) -> Self {
        let pieces = text.split('&').filter(|piece| !piece.is_empty());
        let pairs = pieces.map(|piece| piece.split_once('=').unwrap_or((piece, "")));
        Self(pairs.map(|(name, value)| (decoded(name), decoded(value))).collect())
    }

    /// The value; the last one if it was sent more than once.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every value of that name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Every name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn decoded(piece: &str) -> String {
    percent_decode_str(&piece.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use crate::testing::FakeRequest;

    #[test]
    fn a_request_shows_what_was_sent() {
        let fake = FakeRequest::get("/a/b?x=1&x=2+3&y").header("Cookie", "a=1; b=\"x y\"").url_var("db", "a");
        let request = fake.view();
        assert_eq!(
            (request.method(), request.path(), request.query_string()),
            ("GET", "/a/b", "x=1&x=2+3&y")
        );
        assert_eq!(request.args_all("x"), ["1", "2 3"]);
        assert_eq!((request.arg("y"), request.arg("z")), (Some(""), None));
        assert_eq!(request.cookie("b").as_deref(), Some("x y"));
        assert_eq!(request.header("COOKIE"), request.header("cookie"));
        assert_eq!(request.url_var("db"), Some("a"));
        assert_eq!(request.actor(), None);
    }

    #[test]
    fn forms_and_json_come_from_the_body() {
        let form = FakeRequest::post("/", "a=1&a=2&b=%C3%A9").view().form().unwrap();
        assert_eq!((form.get("a"), form.all("a"), form.get("b")), (Some("2"), vec!["1", "2"], Some("é")));
        let fake = FakeRequest::post("/", "{");
        assert_eq!(fake.view().json().unwrap_err().kind, crate::ErrorKind::BadRequest);
    }
}
