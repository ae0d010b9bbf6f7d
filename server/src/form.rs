//! What a form in a browser sent, in either of the two encodings that browsers know.

use percent_encoding::percent_decode;

use crate::error::{Error, Result};
use crate::request::Request;

/// More fields than any page of ours has are an attempt to keep us busy.
const MAX_FIELDS: usize = 1000;
/// Of one value.
const MAX_FIELD_BYTES: usize = 100 * 1024;

/// Names and values, in order, and the files that were uploaded with them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
    files: Vec<(String, Vec<u8>)>,
    /// A value may be as long as the body, and files are wanted.
    unlimited: bool,
}

impl Form {
    /// A form with short values; files are left out.
    pub(crate) fn of(request: &Request) -> Result<Self> {
        Self::default().read(request)
    }

    /// A form whose values may be of any length that fits into a body, with its files.
    pub(crate) fn with_files(request: &Request) -> Result<Self> {
        Self { unlimited: true, ..Self::default() }.read(request)
    }

    fn read(self, request: &Request) -> Result<Self> {
        let content_type = request.header("content-type").unwrap_or_default();
        self.parse(content_type, &request.body).map_err(Error::bad_request)
    }

    fn parse(self, content_type: &str, body: &[u8]) -> Result<Self, String> {
        if content_type.is_empty() {
            return Err("Missing Content-Type header; expected application/x-www-form-urlencoded or multipart/form-data"
                .to_owned());
        }
        let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
        match kind.trim().to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => self.urlencoded(body),
            "multipart/form-data" => match parameter(parameters, "boundary") {
                Some(boundary) if !boundary.is_empty() => self.multipart(&boundary, body),
                _ => Err("Missing boundary in Content-Type".to_owned()),
            },
            other => Err(format!(
                "Unsupported Content-Type: {other}. Expected application/x-www-form-urlencoded or multipart/form-data"
            )),
        }
    }

    fn urlencoded(self, body: &[u8]) -> Result<Self, String> {
        let mut form = self;
        for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let equals = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(equals);
            form.add(decode(name), decode(value.get(1..).unwrap_or_default()))?;
        }
        Ok(form)
    }

    fn multipart(self, boundary: &str, body: &[u8]) -> Result<Self, String> {
        let truncated = || "Truncated multipart body (missing closing boundary)".to_owned();
        // Each part begins after a line with the boundary; the first line may have nothing before it.
        let delimiter = format!("\r\n--{boundary}");
        let delimiter = delimiter.as_bytes();
        let first = delimiter.get(2..).unwrap_or_default();
        let mut rest = match body.strip_prefix(first) {
            Some(rest) => rest,
            None => split_at(body, delimiter).ok_or_else(truncated)?.1,
        };
        let mut form = self;
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
            match part_name(&String::from_utf8_lossy(headers)) {
                Some(Part::Field(name)) => form.add(name, String::from_utf8_lossy(value).into_owned())?,
                // A control without a chosen file sends an empty one without a name.
                Some(Part::File(name)) if form.unlimited && form.files.len() < MAX_FIELDS => {
                    form.files.push((name, value.to_vec()));
                }
                _ => {}
            }
            rest = after;
        }
    }

    fn add(&mut self, name: String, value: String) -> Result<(), String> {
        // A table may have two thousand columns, and a form a dozen controls for each.
        if self.fields.len() == MAX_FIELDS * if self.unlimited { 32 } else { 1 } {
            return Err("Too many fields".to_owned());
        }
        if value.len() > MAX_FIELD_BYTES && !self.unlimited {
            return Err("Field value too large".to_owned());
        }
        self.fields.push((name, value));
        Ok(())
    }

    /// The first value of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first value, unless it is empty.
    pub(crate) fn non_empty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Contents of the file that was chosen in the control of that name.
    pub(crate) fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.iter().find(|(known, _)| known == name).map(|(_, bytes)| bytes.as_slice())
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

/// What a part of a multipart body is.
enum Part {
    Field(String),
    File(String),
}

/// `None` for a part without a name, and for a file control in which nothing was chosen.
fn part_name(headers: &str) -> Option<Part> {
    let disposition = headers.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let (_, parameters) = disposition.split_once(';')?;
    // Browsers write what could end the name in this way, and nothing else.
    let name = parameter(parameters, "name")?;
    let name = name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n");
    match parameter(parameters, "filename") {
        None => Some(Part::Field(name)),
        Some(file) if file.is_empty() => None,
        Some(_) => Some(Part::File(name)),
    }
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
        let form = Form::default().parse(content_type, body.as_bytes());
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
                    Content-Disposition: form-data; name=\"q\\\"uo%22te\"\r\n\r\n\r\n--x--\r\n";
        check("multipart/form-data; boundary=x", body, Ok(&[("a", "one\r\ntwo"), ("q\"uo\"te", "")]));
        check("multipart/form-data; boundary=\"x\"", "preamble\r\n--x--", Ok(&[]));
    }

    #[test]
    fn files_are_there_for_who_asks() {
        let body =
            b"--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\"\r\n\r\n\xca\xfe\r\n--x\r\n\
                     Content-Disposition: form-data; name=\"b\"; filename=\"\"\r\n\r\n\r\n--x--";
        let wanted = Form { unlimited: true, ..Form::default() };
        let form = wanted.parse("multipart/form-data; boundary=x", body).unwrap();
        assert_eq!((form.file("a"), form.file("b")), (Some(&b"\xca\xfe"[..]), None));
        let form = Form::default().parse("multipart/form-data; boundary=x", body).unwrap();
        assert_eq!(form.file("a"), None);
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
            let _ = Form::default().parse("multipart/form-data; boundary=x", body);
            let _ = Form::default().parse("multipart/form-data; boundary=--", body);
            let _ = Form::default().parse(URLENCODED, body);
        }
    }
}
