//! The answer to a request.

use std::fmt::{self, Write};
use std::io;

use serde::Serialize;
use serde_json::ser::Formatter;

use crate::{Html, Result};

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Names in lower case, in order; a name may repeat.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A body of that type; status 200.
    pub fn new(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status: 200, headers, body: body.into() }
    }

    /// A page.
    pub fn html(page: impl Into<Html>) -> Self {
        Self::new("text/html; charset=utf-8", page.into().0)
    }

    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new("text/plain; charset=utf-8", text.into())
    }

    /// Anything that serializes, as JSON; in the form of the server's own, with a space behind `:` and `,`.
    pub fn json(data: &impl Serialize) -> Result<Self> {
        let mut body = Vec::new();
        data.serialize(&mut serde_json::Serializer::with_formatter(&mut body, Spaced))?;
        Ok(Self::new("application/json; charset=utf-8", body))
    }

    /// Sends the visitor elsewhere (302).
    pub fn redirect(location: impl Into<String>) -> Self {
        let headers = vec![("location".to_owned(), location.into())];
        Self { status: 302, headers, body: Vec::new() }
    }

    /// With that status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// With one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }

    /// With a cookie.
    #[must_use]
    pub fn with_cookie(mut self, cookie: &Cookie) -> Self {
        self.set_cookie(cookie);
        self
    }

    /// Sets a cookie.
    pub fn set_cookie(&mut self, cookie: &Cookie) {
        self.headers.push(("set-cookie".to_owned(), cookie.to_string()));
    }

    /// First header of that name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as text, as tests like it.
    pub fn body_text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl From<String> for Html {
    fn from(markup: String) -> Self {
        Self(markup)
    }
}

impl From<&str> for Html {
    fn from(markup: &str) -> Self {
        Self(markup.to_owned())
    }
}

/// A cookie to set; prints as the header's value. By default: `path=/`, `samesite=lax`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value, of any characters.
    pub value: String,
    /// Seconds it lives; without it or `expires` until the browser is closed. 0 deletes it.
    pub max_age: Option<i64>,
    /// A date as HTTP writes it.
    pub expires: Option<String>,
    /// Where on the site it is sent.
    pub path: String,
    /// Which hosts it is sent to.
    pub domain: Option<String>,
    /// Only over https.
    pub secure: bool,
    /// Not for scripts.
    pub httponly: bool,
    /// `lax`, `strict` or `none`.
    pub samesite: String,
}

impl Cookie {
    /// A cookie for the whole site.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            max_age: None,
            expires: None,
            path: "/".to_owned(),
            domain: None,
            secure: false,
            httponly: false,
            samesite: "lax".to_owned(),
        }
    }

    /// One that makes the browser forget the cookie of that name.
    pub fn deleted(name: impl Into<String>) -> Self {
        let expires = Some("Thu, 01 Jan 1970 00:00:00 GMT".to_owned());
        Self { max_age: Some(0), expires, ..Self::new(name, "") }
    }
}

impl fmt::Display for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, quoted(&self.value))?;
        if let Some(domain) = &self.domain {
            write!(f, "; Domain={domain}")?;
        }
        if let Some(expires) = &self.expires {
            write!(f, "; expires={expires}")?;
        }
        if self.httponly {
            f.write_str("; HttpOnly")?;
        }
        if let Some(seconds) = self.max_age {
            write!(f, "; Max-Age={seconds}")?;
        }
        write!(f, "; Path={}; SameSite={}", self.path, self.samesite)?;
        if self.secure { f.write_str("; Secure") } else { Ok(()) }
    }
}

/// As Python quotes cookies, so that either side reads what the other wrote.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~:".contains(c);
    if value.chars().all(plain) {
        return value.to_owned();
    }
    let mut out = String::from("\"");
    for byte in value.bytes() {
        let c = char::from(byte);
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if plain(c) || " ()/<=>?@[]{}".contains(c) => out.push(c),
            _ => write!(out, "\\{byte:03o}").unwrap_or_default(),
        }
    }
    out.push('"');
    out
}

/// How the server writes JSON.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        for character in text.chars() {
            if character.is_ascii() {
                write!(out, "{character}")?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_looks_like_the_servers_own() {
        let data = serde_json::json!({"a": [1, null, "é😀\"\n"], "b": {}, "c": []});
        let response = Response::json(&data).unwrap();
        let expected = r#"{"a": [1, null, "\u00e9\ud83d\ude00\"\n"], "b": {}, "c": []}"#;
        assert_eq!(response.body_text(), expected);
    }

    #[test]
    fn cookies_are_written_as_python_does() {
        assert_eq!(Cookie::new("a", "b").to_string(), "a=b; Path=/; SameSite=lax");
        let cookie = Cookie { max_age: Some(5), secure: true, httponly: true, ..Cookie::new("a", "x;\"é") };
        let expected = r#"a="x\073\"\303\251"; HttpOnly; Max-Age=5; Path=/; SameSite=lax; Secure"#;
        assert_eq!(cookie.to_string(), expected);
    }
}
