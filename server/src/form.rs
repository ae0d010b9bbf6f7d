//! What a form in a browser sent, in either of the two encodings that browsers know.

use percent_encoding::percent_decode;

use crate::error::{Error, Result};
use crate::request::Request;

/// More fields than any page of ours has are an attempt to keep us busy.
const MAX_FIELDS: usize = 1000;
/// Of one value.
const MAX_FIELD_BYTES: usize = 100 * 1024;

/// Names and values, in order; uploaded files are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn of(request: &Request) -> Result<Self> {
        let content_type = request.header("content-type").unwrap_or_default();
        Self::parse(content_type, &request.body).map_err(Error::bad_request)
    }

    fn parse(content_type: &str, body: &[u8]) -> Result<Self, String> {
        if content_type.is_empty() {
            return Err("Missing Content-Type header; expected application/x-www-form-urlencoded or multipart/form-data"
                .to_owned());
        }
        let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
        match kind.trim().to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => Self::urlencoded(body),
            "multipart/form-data" => match parameter(parameters, "boundary") {
                Some(boundary) if !boundary.is_empty() => Self::multipart(&boundary, body),
                _ => Err("Missing boundary in Content-Type".to_owned()),
            },
            other => Err(format!(
                "Unsupported Content-Type: {other}. Expected application/x-www-form-urlencoded or multipart/form-data"
            )),
        }
    }

    fn urlencoded(body: &[u8]) -> Result<Self, String> {
        let mut form = Self::default();
        for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let equals = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(equals);
            form.add(decode(name), decode(value.get(1..).unwrap_or_default()))?;
        }
        Ok(form)
    }

    fn multipart(boundary: &str, body: &[u8]) -> Result<Self, String> {
        let truncated = || "Truncated multipart body (missing closing boundary)".to_owned();
        // Each part begins after a line with the boundary; the first line may have nothing before it.
        let delimiter = format!("\r\n--{boundary}");
        let delimiter = delimiter.as_bytes();
        let first = delimiter.get(2..).unwrap_or_default();
        let mut rest = match body.strip_prefix(first) {
            Some(rest) => rest,
            None => split_at(body, delimiter).ok_or_else(truncated)?.1,
        };
        let mut form = Self::default();
        loop {
            if rest.starts_with(b"--") {
                return Ok(form);
            }
            // White space may stand between the boundary and the end of its line.
            let (_, part) = split_at(rest, b"\r\n").ok_or_else(truncated)?;
            let (part, after) = split_at(part, delimiter).ok_or_else(truncated)?;
            // A part without any header begins with the empty line that ends them.
            let (headers, value) = match part.strip_prefix(b"\r\n") {
                Some(value) => (&b""[..], value),
                None => split_at(part, b"\r\n\r\n").ok_or("A part of the form has no end of its headers")?,
            };
            if let Some(name) = field_name(&String::from_utf8_lossy(headers)) {
                form.add(name, String::from_utf8_lossy(value).into_owned())?;
            }
            rest = after;
        }
    }

    fn add(&mut self, name: String, value: String) -> Result<(), String> {
        if self.0.len() == MAX_FIELDS {
            return Err("Too many fields".to_owned());
        }
        if value.len() > MAX_FIELD_BYTES {
            return Err("Field value too large".to_owned());
        }
        self.0.push((name, value));
        Ok(())
    }

    /// The first value of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first value, unless it is empty.
    pub(crate) fn non_empty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn decode(piece: &[u8]) -> String {
    let spaced: Vec<u8> = piece.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).decode_utf8_lossy().into_owned()
}

/// What stands before and after the first `mark`.
fn split_at<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(mark.len().max(1)).position(|window| window == mark)?;
    Some((bytes.get(..at)?, bytes.get(at + mark.len()..)?))
}

/// The name of a field; a file has a name too, and is none.
fn field_name(headers: &str) -> Option<String> {
    let disposition = headers.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let (_, parameters) = disposition.split_once(';')?;
    if parameter(parameters, "filename").is_some() {
        return None;
    }
    parameter(parameters, "name")
}

/// `name=value` or `name="value"` among parameters that are separated by semicolons.
fn parameter(parameters: &str, wanted: &str) -> Option<String> {
    let mut rest = parameters;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ';']);
        let (name, after) = rest.split_once('=')?;
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => {
                let (value, after) = after.split_once(';').unwrap_or((after, ""));
                (value.trim().to_owned(), after)
            }
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after;
    }
}

/// The text up to the closing quote, and what follows.
fn unquote(quoted: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, quoted.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content_type: &str, body: &str, expected: Result<&[(&str, &str)], &str>) {
        let form = Form::parse(content_type, body.as_bytes());
        let form = form.as_ref().map(|form| form.iter().collect::<Vec<_>>());
        assert_eq!(form.as_deref().map_err(|error| error.as_str()), expected);
    }

    const URLENCODED: &str = "application/x-www-form-urlencoded";

    #[test]
    fn urlencoded_forms_keep_order_and_blanks() {
        check(URLENCODED, "a=1+2&b=%C3%A9&a=&c", Ok(&[("a", "1 2"), ("b", "é"), ("a", ""), ("c", "")]));
        check("Application/X-WWW-Form-Urlencoded; charset=utf-8", "a=b=c", Ok(&[("a", "b=c")]));
        check(URLENCODED, "", Ok(&[]));
        check(URLENCODED, "a=%ff&%zz", Ok(&[("a", "\u{fffd}"), ("%zz", "")]));
    }

    #[test]
    fn multipart_forms_have_fields_and_no_files() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\ntwo\r\n--x\r\n\
                    content-disposition: form-data; name=\"f\"; filename=\"f.txt\"\r\n\r\nfile\r\n--x\r\n\
                    Content-Disposition: form-data; name=\"q\\\"uote\"\r\n\r\n\r\n--x--\r\n";
        check("multipart/form-data; boundary=x", body, Ok(&[("a", "one\r\ntwo"), ("q\"uote", "")]));
        check("multipart/form-data; boundary=\"x\"", "preamble\r\n--x--", Ok(&[]));
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        let truncated = Err("Truncated multipart body (missing closing boundary)");
        let kind = "multipart/form-data; boundary=x";
        for body in
            ["", "--x", "--x\r\n", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none", "--y--"]
        {
            check(kind, body, truncated);
        }
        check(kind, "--x\r\nno end\r\n--x--", Err("A part of the form has no end of its headers"));
    }

    #[test]
    fn other_bodies_are_no_forms() {
        check(
            "",
            "a=1",
            Err(
                "Missing Content-Type header; expected application/x-www-form-urlencoded or multipart/form-data",
            ),
        );
        check(
            "text/plain",
            "a=1",
            Err(
                "Unsupported Content-Type: text/plain. Expected application/x-www-form-urlencoded or multipart/form-data",
            ),
        );
        check("multipart/form-data", "", Err("Missing boundary in Content-Type"));
        check("multipart/form-data; boundary=", "", Err("Missing boundary in Content-Type"));
    }

    #[test]
    fn forms_have_an_end() {
        check(URLENCODED, &"a&".repeat(1001), Err("Too many fields"));
        check(URLENCODED, &format!("a={}", "x".repeat(102_401)), Err("Field value too large"));
    }

    #[test]
    fn no_bytes_make_it_stumble() {
        for body in [
            &b"--x\r\n\r\n\r\n--x--"[..],
            b"\xff--x",
            b"--x--x--x",
            b"--x\n\n--x--",
            b"--x\r\n:\r\n\r\n--x--",
        ] {
            let _ = Form::parse("multipart/form-data; boundary=x", body);
            let _ = Form::parse("multipart/form-data; boundary=--", body);
            let _ = Form::parse(URLENCODED, body);
        }
    }
}
