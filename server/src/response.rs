//! An answer as the core makes it: plain data, plus bodies that are written while they are sent.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use bytes::Bytes;

/// One HTTP response. The edge adds `date`, `content-length` or chunking, and the caching rules.
#[derive(Debug)]
pub(crate) struct Response {
    pub status: u16,
    /// Names in lower case, in order; a name may repeat (`set-cookie`, `link`).
    pub headers: Vec<(String, String)>,
    pub body: Body,
    /// A file that is the same for everybody: credentials on the request do not make it private.
    pub is_static: bool,
}

/// Writes a body to a sink.
pub(crate) type WriteBody = Box<dyn FnOnce(&mut dyn Sink) + Send>;

/// What is sent after the headers.
pub(crate) enum Body {
    Bytes(Bytes),
    /// Written on the request's blocking thread, piece by piece, while the client reads.
    Stream(WriteBody),
    /// A file on disk, sent in chunks.
    File {
        path: PathBuf,
        length: u64,
    },
}

/// Where a streamed body goes. An error means that the client is gone: stop writing.
pub(crate) trait Sink {
    fn write(&mut self, piece: Bytes) -> Result<(), Gone>;

    /// What was written goes out now: more may be long in coming.
    fn flush(&mut self) -> Result<(), Gone> {
        Ok(())
    }

    /// The rest can't be made: whoever reads has to see that the body is not whole.
    fn break_off(&mut self) {}
}

/// A body that is gathered, for callers in this process.
impl Sink for Vec<u8> {
    fn write(&mut self, piece: Bytes) -> Result<(), Gone> {
        self.extend_from_slice(&piece);
        Ok(())
    }
}

/// A body that is gathered, and whether it is whole.
#[derive(Default)]
struct Gathered {
    all: Vec<u8>,
    is_broken: bool,
}

impl Sink for Gathered {
    fn write(&mut self, piece: Bytes) -> Result<(), Gone> {
        self.all.write(piece)
    }

    fn break_off(&mut self) {
        self.is_broken = true;
    }
}

/// The client went away.
#[derive(Debug)]
pub(crate) struct Gone;

impl Body {
    /// All of it; an error if it is in a file that can't be read, or could not be made to its end.
    pub(crate) fn collect(self) -> io::Result<Bytes> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::File { path, length } => {
                let mut all = Vec::new();
                File::open(path)?.take(length).read_to_end(&mut all)?;
                Ok(all.into())
            }
            Self::Stream(write) => {
                let mut gathered = Gathered::default();
                write(&mut gathered);
                match gathered {
                    Gathered { is_broken: true, .. } => {
                        Err(io::Error::other("the answer could not be completed"))
                    }
                    Gathered { all, .. } => Ok(all.into()),
                }
            }
        }
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Stream(_) => f.write_str("Stream"),
            Self::File { path, length } => write!(f, "File({}, {length})", path.display()),
        }
    }
}

impl Response {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: Body::Bytes(body.into()),
            is_static: false,
        }
    }

    pub(crate) fn html(body: impl Into<Bytes>) -> Self {
        Self::new(200, "text/html; charset=utf-8", body)
    }

    pub(crate) fn json(body: impl Into<Bytes>) -> Self {
        Self::new(200, "application/json; charset=utf-8", body)
    }

    pub(crate) fn text(body: impl Into<Bytes>) -> Self {
        Self::new(200, "text/plain; charset=utf-8", body)
    }

    pub(crate) fn redirect(location: impl Into<String>) -> Self {
        Self::new(302, "text/plain", Bytes::new()).with_header("location", location)
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With a body that is written now instead of while it is sent, for those that are short: its length and its
    /// tag are known.
    pub(crate) fn gathered(mut self) -> Self {
        if let Body::Stream(write) = self.body {
            let mut all = Vec::new();
            write(&mut all);
            self.body = Body::Bytes(all.into());
        }
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Replaces every header of that name.
    pub(crate) fn set_header(&mut self, name: &str, value: impl Into<String>) {
        self.remove_header(name);
        self.headers.push((name.to_owned(), value.into()));
    }

    pub(crate) fn remove_header(&mut self, name: &str) {
        self.headers.retain(|(n, _)| n != name);
    }
}
