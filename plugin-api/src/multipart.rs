//! Forms with files in them (`multipart/form-data`), read from beginning to end with little memory, however
//! large they are.

use std::io::{self, Read};

use memchr::memmem;

/// More than any browser sends for one part.
const MOST_HEADER_BYTES: usize = 16 * 1024;
const CHUNK_BYTES: usize = 64 * 1024;

/// What becomes of the parts of a form. The errors are sentences.
pub trait Parts {
    /// A part begins; `at` is the place of its first byte.
    fn begin(&mut self, headers: &Headers, at: u64) -> Result<(), String>;
    /// A piece of it.
    fn data(&mut self, piece: &[u8]) -> Result<(), String>;
    /// It ended before `at`.
    fn end(&mut self, at: u64) -> Result<(), String>;
}

/// What a part says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers {
    /// Of the control in the form.
    pub name: Option<String>,
    /// Files have one, if only an empty one.
    pub file_name: Option<String>,
    /// What the browser takes the file for.
    pub content_type: Option<String>,
}

impl Headers {
    fn parse(text: &str) -> Self {
        let header = |wanted: &str| {
            text.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim())
            })
        };
        let content_type = header("content-type").map(str::to_owned);
        let disposition = header("content-disposition").and_then(|value| value.split_once(';'));
        let Some((_, parameters)) = disposition else {
            return Self { content_type, ..Self::default() };
        };
        // Browsers write what could end a name in this way, and nothing else.
        let plain = |name: String| name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n");
        Self {
            name: parameter(parameters, "name").map(plain),
            file_name: parameter(parameters, "filename").map(plain),
            content_type,
        }
    }
}

/// Reads the form whose parts stand between lines with `boundary`.
pub fn read(input: impl Read, boundary: &str, parts: &mut dyn Parts) -> Result<(), String> {
    let truncated = || Err("Truncated multipart body (missing closing boundary)".to_owned());
    // Each part begins after a line with the boundary; the first line may have nothing before it.
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let mut input = Scanner { input, buffer: Vec::new(), at: 0 };
    let first = delimiter.get(2..).unwrap_or_default();
    if input.begins_with(first)? {
        input.skip(first.len());
    } else if !input.until(&delimiter, &mut |_| Ok(()))? {
        return truncated();
    }
    loop {
        if input.begins_with(b"--")? {
            return Ok(());
        }
        // White space may stand between the boundary and the end of its line.
        if !input.until(b"\r\n", &mut |_| Ok(()))? {
            return truncated();
        }
        let Some(headers) = input.headers(&delimiter)? else { return truncated() };
        parts.begin(&headers, input.at)?;
        let mut length = 0;
        let start = input.at;
        let found = input.until(&delimiter, &mut |piece| {
            length += piece.len() as u64;
            parts.data(piece)
        })?;
        if !found {
            return truncated();
        }
        parts.end(start + length)?;
    }
}

/// A window on what is read.
struct Scanner<R> {
    input: R,
    buffer: Vec<u8>,
    /// Where in the input the buffer begins.
    at: u64,
}

impl<R: Read> Scanner<R> {
    /// Reads on; `false` at the end.
    fn more(&mut self) -> Result<bool, String> {
        let length = self.buffer.len();
        self.buffer.resize(length + CHUNK_BYTES, 0);
        let read = loop {
            match self.input.read(self.buffer.get_mut(length..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let read = read.map_err(|error| format!("The form could not be read: {error}"));
        self.buffer.truncate(length + read.as_ref().map_or(0, |read| *read));
        Ok(read? > 0)
    }

    fn skip(&mut self, bytes: usize) {
        self.buffer.drain(..bytes.min(self.buffer.len()));
        self.at += bytes as u64;
    }

    fn begins_with(&mut self, bytes: &[u8]) -> Result<bool, String> {
        while self.buffer.len() < bytes.len() && self.more()? {}
        Ok(self.buffer.starts_with(bytes))
    }

    /// Passes on what stands before `mark`, and skips the mark. `false`: there was none.
    fn until(
        &mut self,
        mark: &[u8],
        take: &mut dyn FnMut(&[u8]) -> Result<(), String>,
    ) -> Result<bool, String> {
        loop {
            if let Some(found) = memmem::find(&self.buffer, mark) {
                take(self.buffer.get(..found).unwrap_or_default())?;
                self.skip(found + mark.len());
                return Ok(true);
            }
            // The mark may have begun at the end.
            let safe = self.buffer.len().saturating_sub(mark.len().saturating_sub(1));
            take(self.buffer.get(..safe).unwrap_or_default())?;
            self.skip(safe);
            if !self.more()? {
                return Ok(false);
            }
        }
    }

    /// The headers of a part. `None`: the form ended before they did.
    fn headers(&mut self, delimiter: &[u8]) -> Result<Option<Headers>, String> {
        // A part without any header begins with the empty line that ends them.
        if self.begins_with(b"\r\n")? && !self.begins_with(delimiter)? {
            self.skip(2);
            return Ok(Some(Headers::default()));
        }
        loop {
            let end = memmem::find(&self.buffer, b"\r\n\r\n");
            let part = memmem::find(&self.buffer, delimiter);
            match (end, part) {
                (Some(end), part) if part.is_none_or(|part| end < part) => {
                    let text =
                        String::from_utf8_lossy(self.buffer.get(..end).unwrap_or_default()).into_owned();
                    self.skip(end + 4);
                    return Ok(Some(Headers::parse(&text)));
                }
                (_, Some(_)) => return Err("A part of the form has no end of its headers".to_owned()),
                (_, None) if self.buffer.len() > MOST_HEADER_BYTES => {
                    return Err("The headers of a part of the form are too long".to_owned());
                }
                (_, None) => {
                    if !self.more()? {
                        return Ok(None);
                    }
                }
            }
        }
    }
}

/// The boundary that a `multipart/form-data` content type names.
pub fn boundary(parameters: &str) -> Result<String, String> {
    let boundary = parameter(parameters, "boundary").filter(|boundary| !boundary.is_empty());
    boundary.ok_or_else(|| "Missing boundary in Content-Type".to_owned())
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

    #[derive(Default)]
    struct Found(Vec<(Headers, u64, Vec<u8>, u64)>);

    impl Parts for Found {
        fn begin(&mut self, headers: &Headers, at: u64) -> Result<(), String> {
            self.0.push((headers.clone(), at, Vec::new(), 0));
            Ok(())
        }

        fn data(&mut self, piece: &[u8]) -> Result<(), String> {
            self.0.last_mut().unwrap().2.extend_from_slice(piece);
            Ok(())
        }

        fn end(&mut self, at: u64) -> Result<(), String> {
            self.0.last_mut().unwrap().3 = at;
            Ok(())
        }
    }

    /// Comes a few bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(self.0.len()).min(buffer.len());
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    #[test]
    fn parts_are_found_however_the_bytes_come() {
        let file = [b"\r\n--".repeat(30_000), b"\r\n--x\xff \r".to_vec()].concat();
        let body = [
            b"--xy\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.csv\"\r\n\r\n".to_vec(),
            file.clone(),
            b"\r\n--xy  \r\n\r\nplain\r\n--xy--\r\n".to_vec(),
        ]
        .concat();
        for step in [1, 7, 1000, usize::MAX] {
            let mut found = Found::default();
            read(Slow(&body, step), "xy", &mut found).unwrap();
            let [(headers, start, data, end), (none, _, plain, _)] = found.0.as_slice() else { panic!() };
            assert_eq!((headers.name.as_deref(), headers.file_name.as_deref()), (Some("f"), Some("a.csv")));
            assert!(*data == file && body[*start as usize..*end as usize] == file);
            assert_eq!((none, plain.as_slice()), (&Headers::default(), &b"plain"[..]));
        }
    }
}
