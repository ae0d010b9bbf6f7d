//! Where the bytes of an import come from, as UTF-8.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use encoding_rs_io::DecodeReaderBytesBuilder;

use super::options::TextEncoding;
use crate::error::{Error, Result};

/// A file, a part of one, or what can be read only once.
pub(crate) enum Input {
    File { file: File, start: u64, length: u64 },
    Stream(Option<Box<dyn Read>>),
}

impl Input {
    /// A whole file. What has no end that could be known (a pipe) is a stream.
    pub(crate) fn file(file: File) -> io::Result<Self> {
        let facts = file.metadata()?;
        if facts.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if facts.is_file() {
            return Ok(Self::File { file, start: 0, length: facts.len() });
        }
        Ok(Self::stream(file))
    }

    pub(crate) fn stream(stream: impl Read + 'static) -> Self {
        Self::Stream(Some(Box::new(stream)))
    }

    /// The same, so that it can be read twice: a stream is put into a temporary file.
    pub(super) fn repeatable(self) -> Result<Self> {
        let Self::Stream(stream) = self else { return Ok(self) };
        let mut file = tempfile::tempfile().map_err(unwritable)?;
        let mut stream = stream.ok_or_else(read_before)?;
        let length = copy(&mut stream, &mut file)?;
        Ok(Self::File { file, start: 0, length })
    }

    pub(super) fn length(&self) -> Option<u64> {
        match self {
            Self::File { length, .. } => Some(*length),
            Self::Stream(_) => None,
        }
    }

    /// Its text from the beginning. `bytes` counts what was read of it.
    pub(super) fn text(&mut self, encoding: TextEncoding, bytes: &Rc<Cell<u64>>) -> Result<Box<dyn Read>> {
        bytes.set(0);
        let source: Box<dyn Read> = match self {
            Self::File { file, start, length } => {
                let mut file = file.try_clone().map_err(|error| unreadable(&error))?;
                file.seek(SeekFrom::Start(*start)).map_err(|error| unreadable(&error))?;
                Box::new(file.take(*length))
            }
            Self::Stream(stream) => stream.take().ok_or_else(read_before)?,
        };
        let counted = Counted { source, bytes: Rc::clone(bytes) };
        let mut decoder = DecodeReaderBytesBuilder::new();
        // What says it is UTF-8 is passed on as it is, so that what is not can be told with its place.
        decoder.encoding(encoding.0).utf8_passthru(true).strip_bom(true);
        Ok(Box::new(decoder.build(counted)))
    }
}

fn copy(from: &mut dyn Read, to: &mut File) -> Result<u64> {
    use io::Write;
    let mut buffer = vec![0; 128 * 1024];
    let mut length = 0;
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => return Ok(length),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unreadable(&error)),
        };
        to.write_all(buffer.get(..read).unwrap_or_default()).map_err(unwritable)?;
        length += read as u64;
    }
}

/// What reading it failed with.
pub(super) fn unreadable(error: &io::Error) -> Error {
    Error::bad_request(format!("The file could not be read: {error}"))
}

fn unwritable(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge | io::ErrorKind::QuotaExceeded => {
            Error::Full
        }
        _ => Error::Internal(anyhow::Error::new(error).context("a temporary file could not be written")),
    }
}

fn read_before() -> Error {
    Error::Internal(anyhow::anyhow!("a stream can be imported only once"))
}

/// Counts the bytes that come out of it.
struct Counted {
    source: Box<dyn Read>,
    bytes: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.bytes.set(self.bytes.get() + read as u64);
        Ok(read)
    }
}
