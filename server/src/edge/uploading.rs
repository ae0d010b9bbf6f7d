//! Bodies that are too large for memory: kept in a temporary file, once the site has said that they may come.

use std::fs::File;
use std::io::{self, Write as _};
use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use tokio::task::spawn_blocking;

use super::arrival::{BodyError, Length, receive};
use super::departure::{Departure, Payload};
use super::{Limits, Site};
use crate::request::{Request, Upload};
use crate::response::Body;

/// So much is gathered before it is written.
const PIECE_BYTES: usize = 256 * 1024;
/// Up to here a body stays in memory: most are no larger, and need no file.
const MEMORY_BYTES: usize = 1024 * 1024;

/// The answer, if the site does not want the body.
pub(super) async fn refused(site: &Arc<dyn Site>, request: &Request) -> Option<Departure> {
    let (asked, request) = (Arc::clone(site), request.clone());
    match spawn_blocking(move || asked.admit_upload(request)).await {
        Ok(Ok(())) => None,
        Ok(Err(response)) => {
            let Body::Bytes(bytes) = response.body else { return Some(Departure::broken()) };
            let (status, headers) = (response.status, response.headers);
            Some(Departure { status, headers, payload: Payload::Bytes(bytes), head_only: false })
        }
        Err(_) => Some(Departure::broken()),
    }
}

/// Reads the body; what is more than fits into memory goes into a file that has no name and ends with the request.
pub(super) async fn keep<S, B>(
    body: S,
    length: Length,
    limits: &Limits,
) -> Result<(Bytes, Option<Upload>), BodyError>
where
    S: warp::Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    let mut kept = Kept { most: Some(MEMORY_BYTES), ..Kept::default() };
    receive(body, length, limits, &mut kept).await?;
    if kept.file.is_none() {
        return Ok((kept.bytes.freeze(), None));
    }
    kept.write().await?;
    let upload = kept.file.map(|file| Upload::new(file, kept.written)).ok_or(BodyError::Broken)?;
    Ok((Bytes::new(), Some(upload)))
}

/// A body while it arrives: in memory, or in a file and the last of it in memory.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) bytes: BytesMut,
    /// How much may be in memory; `None` is all of it.
    most: Option<usize>,
    file: Option<File>,
    written: u64,
}

impl Kept {
    pub(super) async fn add(&mut self, chunk: &Bytes) -> Result<(), BodyError> {
        self.bytes.extend_from_slice(chunk);
        let most = if self.file.is_some() { Some(PIECE_BYTES) } else { self.most };
        if most.is_some_and(|most| self.bytes.len() > most) { self.write().await } else { Ok(()) }
    }

    async fn write(&mut self) -> Result<(), BodyError> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => blocking(tempfile::tempfile).await?,
        };
        let piece = self.bytes.split().freeze();
        self.written += piece.len() as u64;
        self.file = Some(blocking(move || file.write_all(&piece).map(|()| file)).await?);
        Ok(())
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, BodyError> {
    let done = spawn_blocking(work).await.map_err(|_| BodyError::Broken)?;
    done.map_err(|error| {
        tracing::error!("An upload could not be kept in a temporary file: {error}");
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge | io::ErrorKind::QuotaExceeded => {
                BodyError::Full
            }
            _ => BodyError::Broken,
        }
    })
}
