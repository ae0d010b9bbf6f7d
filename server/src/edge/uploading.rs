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

/// Puts the body into a file that has no name and ends with the request.
pub(super) async fn keep<S, B>(body: S, length: Length, limits: &Limits) -> Result<Upload, BodyError>
where
    S: warp::Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    let file = blocking(tempfile::tempfile).await?;
    let mut kept = Kept { bytes: BytesMut::with_capacity(PIECE_BYTES), file: Some(file) };
    receive(body, length, limits, &mut kept).await?;
    kept.write().await?;
    kept.file.map(Upload::new).ok_or(BodyError::Broken)
}

/// A body while it arrives: in memory, or in a file and the last of it in memory.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) bytes: BytesMut,
    file: Option<File>,
}

impl Kept {
    pub(super) async fn add(&mut self, chunk: &Bytes) -> Result<(), BodyError> {
        self.bytes.extend_from_slice(chunk);
        if self.file.is_some() && self.bytes.len() >= PIECE_BYTES { self.write().await } else { Ok(()) }
    }

    async fn write(&mut self) -> Result<(), BodyError> {
        let (mut file, piece) = (self.file.take().ok_or(BodyError::Broken)?, self.bytes.split().freeze());
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
