//! Bodies that are made while they are sent.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Result;

/// What makes the pieces of a body, one after the other.
type Pieces = Box<dyn Iterator<Item = Result<Vec<u8>>> + Send>;

/// A body that is made piece by piece, no faster than the client reads. It is an iterator: whoever takes it from a
/// response may look at the pieces, change them, and put what comes of them into another response.
///
/// Small pieces that come one upon the other are sent together, one that was long in coming is sent at once. An empty
/// piece sends everything before it: a stream of events ends each of them with one.
///
/// When the client leaves, it is dropped where it stands. An error breaks the connection off, so that nobody takes
/// half an answer for a whole one.
#[derive(Clone)]
pub struct BodyStream {
    pieces: Arc<Mutex<Option<Pieces>>>,
    /// Names a body of the server's own, which goes back to it as it came.
    pub(crate) token: Option<u64>,
}

impl BodyStream {
    /// These pieces.
    pub fn new<I>(pieces: I) -> Self
    where
        I: IntoIterator<Item = Result<Vec<u8>>>,
        I::IntoIter: Send + 'static,
    {
        Self { pieces: Arc::new(Mutex::new(Some(Box::new(pieces.into_iter())))), token: None }
    }

    /// For the server: a body that it knows again by this number.
    #[must_use]
    pub fn with_token(mut self, token: u64) -> Self {
        self.token = Some(token);
        self
    }

    /// For the server: the number of a body of its own.
    pub fn token(&self) -> Option<u64> {
        self.token
    }
}

impl Iterator for BodyStream {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        let next = pieces.as_mut()?.next();
        // What is done, or broken, is not asked again, and lets go of what it holds.
        if !matches!(next, Some(Ok(_))) {
            *pieces = None;
        }
        next
    }
}

/// The same stream, not one with the same pieces.
impl PartialEq for BodyStream {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.pieces, &other.pieces)
    }
}

impl Eq for BodyStream {}

impl fmt::Debug for BodyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyStream")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn a_stream_ends_with_its_first_error() {
        let pieces = vec![Ok(vec![1]), Err(Error::new("no disk")), Ok(vec![2])];
        let mut stream = BodyStream::new(pieces);
        assert_eq!(stream.next(), Some(Ok(vec![1])));
        assert_eq!(stream.next(), Some(Err(Error::new("no disk"))));
        assert_eq!(stream.next(), None);
    }
}
