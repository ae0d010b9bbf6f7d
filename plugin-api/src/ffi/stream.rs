//! Streamed bodies, as they cross: an object that is asked for one piece after the other.

use abi_stable::std_types::{ROption, RString};
use serde_json::json;

use super::answer::Answer;
use super::args::{Arguments, arguments};
use super::object::{Kind, Remote};
use super::raw::{RawAnswer, RawArgsRef};
use crate::{BodyStream, Error, Json, Result};

arguments! {
    /// The next piece is wanted.
    NextPiece {}
}

/// A piece, or the end.
struct Piece(Option<Vec<u8>>);

impl Answer for Piece {
    fn send(self) -> Result<RawAnswer> {
        let Some(bytes) = self.0 else { return Ok(RawAnswer::none()) };
        Ok(RawAnswer { body: bytes.into(), ..RawAnswer::text(RString::new()) })
    }

    fn receive(raw: RawAnswer) -> Result<Self> {
        Ok(Self(matches!(raw.text, ROption::RSome(_)).then(|| raw.body.into())))
    }
}

impl Kind for BodyStream {
    fn info(&self) -> Json {
        json!({"kind": "body", "token": self.token})
    }

    fn call(&self, method: &str, args: RawArgsRef<'_>) -> Result<RawAnswer> {
        NextPiece::read(args)?;
        match method {
            "next" => Piece(self.clone().next().transpose()?).send(),
            other => Err(Error::new(format!("a streamed body does not know `{other}`"))),
        }
    }

    fn proxy(info: Json, remote: Remote) -> Result<Self> {
        let next = move || remote.ask::<_, Piece>("next", &NextPiece::new()).map(|piece| piece.0).transpose();
        let stream = Self::new(std::iter::from_fn(next));
        Ok(match info["token"].as_u64() {
            Some(token) => stream.with_token(token),
            None => stream,
        })
    }
}
