//! Forms with files: the fields are read, the files stay where the server keeps the body.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

use crate::multipart::{self, Headers, Parts, boundary};
use crate::{Error, Form, Request, Result};

/// Of one form.
const MAX_FIELDS: usize = 1000;
/// Of one form.
const MAX_FILES: usize = 100;
/// Of one value.
const MAX_FIELD_BYTES: usize = 100 * 1024;
/// Of one file.
const MAX_FILE_BYTES: u64 = 50 * 1024 * 1024;

/// A file that came with a form.
#[derive(Clone, Copy)]
struct Place {
    start: u64,
    size: u64,
}

/// A file that came with a form, where the server keeps it.
#[derive(Clone)]
pub struct UploadedFile<'a> {
    /// Name of the control in the form.
    pub name: String,
    /// As the browser calls the file.
    pub filename: String,
    /// What the browser takes it for; empty if it doesn't say.
    pub content_type: String,
    place: Place,
    request: Request<'a>,
}

impl<'a> UploadedFile<'a> {
    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.place.size
    }

    /// Reads it from its beginning, without keeping it in memory.
    pub fn reader(&self) -> BodyReader<'a> {
        BodyReader::new(self.request, self.place.start, self.place.size)
    }

    /// All of it, in memory.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        self.reader().read_to_end(&mut all)?;
        Ok(all)
    }
}

impl fmt::Debug for UploadedFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UploadedFile({:?}, {:?}, {} bytes)", self.name, self.filename, self.place.size)
    }
}

/// Reads a part of a request's body.
#[derive(Debug, Clone)]
pub struct BodyReader<'a> {
    request: Request<'a>,
    start: u64,
    length: u64,
    at: u64,
}

impl<'a> BodyReader<'a> {
    pub(crate) fn new(request: Request<'a>, start: u64, length: u64) -> Self {
        Self { request, start, length, at: 0 }
    }

    /// How many bytes there are from beginning to end.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

impl Read for BodyReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let wanted = into.len().min(left);
        let Some(into) = into.get_mut(..wanted).filter(|into| !into.is_empty()) else { return Ok(0) };
        let read = self.request.read_at(self.start + self.at, into);
        let read = read.map_err(|error| io::Error::other(error.message))?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for BodyReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        let before = || io::Error::new(io::ErrorKind::InvalidInput, "there is nothing before the beginning");
        self.at = place.ok_or_else(before)?;
        Ok(self.at)
    }
}

/// The fields of a form and the files in it, if they are wanted.
pub(crate) fn read(request: Request<'_>, wants_files: bool) -> Result<(Form, Vec<UploadedFile<'_>>)> {
    let content_type = request.header("content-type").unwrap_or_default();
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        let mut body = Vec::new();
        request.body_reader().read_to_end(&mut body)?;
        let text = String::from_utf8(body).map_err(|_| Error::bad_request("The form is not UTF-8"))?;
        return Ok((Form::parse(&text), Vec::new()));
    }
    let boundary = boundary(parameters).map_err(Error::bad_request)?;
    let mut parts = Gathered { request, wants_files, form: Form::default(), files: Vec::new(), now: None };
    multipart::read(request.body_reader(), &boundary, &mut parts).map_err(Error::bad_request)?;
    Ok((parts.form, parts.files))
}

/// What was found so far.
struct Gathered<'a> {
    request: Request<'a>,
    wants_files: bool,
    form: Form,
    files: Vec<UploadedFile<'a>>,
    now: Option<Part<'a>>,
}

/// The part that is being read.
enum Part<'a> {
    Field(String, Vec<u8>),
    File(UploadedFile<'a>),
}

impl Parts for Gathered<'_> {
    fn begin(&mut self, headers: &Headers, at: u64) -> Result<(), String> {
        let name = headers.name.clone();
        self.now = match (name, &headers.file_name) {
            (Some(name), None) => Some(Part::Field(name, Vec::new())),
            // A control without a chosen file sends an empty one without a name.
            (Some(name), Some(filename)) if self.wants_files && !filename.is_empty() => {
                Some(Part::File(UploadedFile {
                    name,
                    filename: filename.clone(),
                    content_type: headers.content_type.clone().unwrap_or_default(),
                    place: Place { start: at, size: 0 },
                    request: self.request,
                }))
            }
            _ => None,
        };
        Ok(())
    }

    fn data(&mut self, piece: &[u8]) -> Result<(), String> {
        match &mut self.now {
            Some(Part::Field(_, value)) => {
                value.extend_from_slice(piece);
                if value.len() > MAX_FIELD_BYTES { Err("Field value too large".to_owned()) } else { Ok(()) }
            }
            Some(Part::File(file)) => {
                file.place.size += piece.len() as u64;
                if file.place.size > MAX_FILE_BYTES { Err("File too large".to_owned()) } else { Ok(()) }
            }
            None => Ok(()),
        }
    }

    fn end(&mut self, _: u64) -> Result<(), String> {
        match self.now.take() {
            Some(Part::Field(..)) if self.form.0.len() == MAX_FIELDS => Err("Too many fields".to_owned()),
            Some(Part::File(_)) if self.files.len() == MAX_FILES => Err("Too many files".to_owned()),
            Some(Part::Field(name, value)) => {
                self.form.0.push((name, String::from_utf8_lossy(&value).into_owned()));
                Ok(())
            }
            Some(Part::File(file)) => {
                self.files.push(file);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::FakeRequest;

    fn request(body: impl Into<Vec<u8>>) -> FakeRequest {
        FakeRequest::post("/", body).header("content-type", "multipart/form-data; boundary=x")
    }

    const FORM: &str = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--x\r\n\
                        Content-Disposition: form-data; name=\"f\"; filename=\"f.csv\"\r\n\
                        Content-Type: text/csv\r\n\r\nid\r\n1\r\n--x\r\n\
                        Content-Disposition: form-data; name=\"g\"; filename=\"\"\r\n\r\n\r\n--x--";

    #[test]
    fn files_are_read_where_they_are() {
        let fake = request(FORM);
        let (form, files) = fake.view().form_with_files().unwrap();
        assert_eq!(form.iter().collect::<Vec<_>>(), [("a", "one")]);
        let [file] = files.as_slice() else { panic!("{files:?}") };
        assert_eq!((file.name.as_str(), file.filename.as_str()), ("f", "f.csv"));
        assert_eq!((file.content_type.as_str(), file.size()), ("text/csv", 5));
        assert_eq!(file.bytes().unwrap(), b"id\r\n1");
        let mut reader = file.reader();
        reader.seek(SeekFrom::End(-1)).unwrap();
        assert_eq!(io::read_to_string(reader).unwrap(), "1");
        assert_eq!(fake.view().form().unwrap().get("a"), Some("one"));
    }

    #[track_caller]
    fn check(body: &str, expected: &str) {
        let error = request(body).view().form_with_files().unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (crate::ErrorKind::BadRequest, expected));
    }

    #[test]
    fn forms_have_an_end() {
        let part = |extra: &str, value: &str| {
            format!("--x\r\nContent-Disposition: form-data; name=\"a\"{extra}\r\n\r\n{value}\r\n")
        };
        check(&(part("", "").repeat(1001) + "--x--"), "Too many fields");
        check(&(part("; filename=\"f\"", "").repeat(101) + "--x--"), "Too many files");
        check(&(part("", &"x".repeat(102_401)) + "--x--"), "Field value too large");
        let large = "x".repeat(usize::try_from(MAX_FILE_BYTES).unwrap() + 1);
        check(&(part("; filename=\"f\"", &large) + "--x--"), "File too large");
        check("--x\r\n", "Truncated multipart body (missing closing boundary)");
    }
}
