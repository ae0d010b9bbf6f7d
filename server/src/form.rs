//! What a form in a browser sent, in either of the two encodings that browsers know.

use std::io::Read;

use datasette_plugin_api::server::multipart::{self, Headers, Parts, boundary};
use percent_encoding::percent_decode;

use crate::error::{Error, Result};
use crate::request::{Args, Request};

/// More fields than any page of ours has are an attempt to keep us busy.
const MAX_FIELDS: usize = 1000;
/// Of one value.
const MAX_FIELD_BYTES: usize = 100 * 1024;
const TOO_LARGE: &str = "Field value too large";
const MULTIPART: &str = "multipart/form-data";

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

    /// Of an endpoint that programs use as well: whatever does not say that it is something else is urlencoded,
    /// and values may be as long as the body may.
    pub(crate) fn of_anybody(request: &Request) -> Result<Self, String> {
        let content_type = request.header("content-type").unwrap_or_default();
        let is_multipart =
            content_type.get(..MULTIPART.len()).is_some_and(|k| k.eq_ignore_ascii_case(MULTIPART));
        if is_multipart {
            return Self { unlimited: true, ..Self::default() }.parse(content_type, &request.body);
        }
        let body = String::from_utf8_lossy(&request.body);
        // What a program reads from a file may end in a line break.
        let fields = Args::parse(body.trim());
        let fields = fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(Self { fields: fields.collect(), ..Self::default() })
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
            MULTIPART => self.multipart(&boundary(parameters)?, body),
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
        let mut fields = Fields { form: self, current: None };
        multipart::read(body, boundary, &mut fields)?;
        Ok(fields.form)
    }

    fn add(&mut self, name: String, value: String) -> Result<(), String> {
        // A table may have two thousand columns, and a form a dozen controls for each.
        if self.fields.len() == MAX_FIELDS * if self.unlimited { 32 } else { 1 } {
            return Err("Too many fields".to_owned());
        }
        if value.len() > MAX_FIELD_BYTES && !self.unlimited {
            return Err(TOO_LARGE.to_owned());
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

/// Gathers the fields, and the files if they are wanted.
#[derive(Default)]
struct Fields {
    form: Form,
    current: Option<(String, Vec<u8>, Kind)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Field,
    File,
}

impl Parts for Fields {
    fn begin(&mut self, headers: &Headers, _: u64) -> Result<(), String> {
        let wants_file = self.form.unlimited && self.form.files.len() < MAX_FIELDS;
        let kind = match headers.file_name.as_deref() {
            None => Some(Kind::Field),
            // A control without a chosen file sends an empty one without a name.
            Some(name) => (wants_file && !name.is_empty()).then_some(Kind::File),
        };
        self.current = headers.name.clone().zip(kind).map(|(name, kind)| (name, Vec::new(), kind));
        Ok(())
    }

    fn data(&mut self, piece: &[u8]) -> Result<(), String> {
        let Some((_, value, _)) = &mut self.current else { return Ok(()) };
        value.extend_from_slice(piece);
        let is_too_large = value.len() > MAX_FIELD_BYTES && !self.form.unlimited;
        if is_too_large { Err(TOO_LARGE.to_owned()) } else { Ok(()) }
    }

    fn end(&mut self, _: u64) -> Result<(), String> {
        match self.current.take() {
            Some((name, value, Kind::Field)) => {
                self.form.add(name, String::from_utf8_lossy(&value).into_owned())
            }
            Some((name, value, Kind::File)) => {
                self.form.files.push((name, value));
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// A file that came with a form, and where it is in the body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct UploadedFile {
    /// As the browser calls it.
    pub(crate) name: String,
    pub(crate) start: u64,
    pub(crate) length: u64,
}

/// Gathers the fields, and remembers where the file `wanted` is.
struct WithFile<'a> {
    wanted: &'a str,
    fields: Fields,
    file: Option<UploadedFile>,
    is_in_file: bool,
}

impl Form {
    /// The fields of a form and the file called `wanted` that came with it. `body` begins at its first byte.
    pub(crate) fn with_file(
        content_type: &str,
        body: impl Read,
        wanted: &str,
    ) -> Result<(Self, Option<UploadedFile>), String> {
        let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
        if !kind.trim().eq_ignore_ascii_case(MULTIPART) {
            return Err(format!("A file has to be sent as {MULTIPART}"));
        }
        let boundary = boundary(parameters)?;
        let mut parts = WithFile { wanted, fields: Fields::default(), file: None, is_in_file: false };
        multipart::read(body, &boundary, &mut parts)?;
        Ok((parts.fields.form, parts.file))
    }
}

impl Parts for WithFile<'_> {
    fn begin(&mut self, headers: &Headers, at: u64) -> Result<(), String> {
        let file = headers.file_name.as_ref().filter(|_| headers.name.as_deref() == Some(self.wanted));
        self.is_in_file = file.is_some() && self.file.is_none();
        if self.is_in_file {
            self.file = file.map(|name| UploadedFile { name: name.clone(), start: at, length: 0 });
        }
        self.fields.begin(headers, at)
    }

    fn data(&mut self, piece: &[u8]) -> Result<(), String> {
        self.fields.data(piece)
    }

    fn end(&mut self, at: u64) -> Result<(), String> {
        if let Some(file) = self.file.as_mut().filter(|_| self.is_in_file) {
            file.length = at - file.start;
        }
        self.fields.end(at)
    }
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
