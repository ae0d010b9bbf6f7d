//! `--get`: one request without a network, its answer on standard output.

use std::io::Write;

use bytes::Bytes;
use serde_json::json;

use crate::auth::sign::{Secret, Signer};
use crate::options::{Get, StartedSite};
use crate::request::Request;
use crate::response::{Body, Gone, Response, Sink};

use super::World;
use super::error::{CliError, Result};

/// Exit code 0 stands for status 200.
pub(super) fn run<M>(
    world: &mut World<'_, M>,
    site: &impl StartedSite,
    get: &Get,
    secret: &Secret,
) -> Result<u8> {
    let mut request = Request::new("GET", &get.path);
    if let Some(token) = &get.token {
        request.headers.push(("authorization".to_owned(), format!("Bearer {token}")));
    }
    if let Some(actor) = &get.actor {
        let cookie = Signer::new(secret.clone()).sign(&json!({"a": actor}), "actor");
        request.headers.push(("cookie".to_owned(), format!("ds_actor={cookie}")));
    }
    let response = site.answer(request);
    let code = if response.status == 200 { 0 } else { 1 };
    write(world.out, response, get.headers)?;
    Ok(code)
}

fn write(out: &mut dyn Write, response: Response, with_headers: bool) -> Result<()> {
    let mut sink = Output { out, blank_line: false, empty: true, is_broken: false };
    if with_headers {
        writeln!(sink.out, "HTTP/1.1 {}", response.status)?;
        for (name, value) in &response.headers {
            writeln!(sink.out, "{name}: {value}")?;
        }
        // Before the body, if there is one.
        sink.blank_line = true;
    }
    match response.body {
        Body::Bytes(bytes) => sink.write(bytes).map_err(|Gone| CliError::OutputClosed)?,
        Body::Stream(write) => write(&mut sink),
        Body::File { path, .. } => {
            let bytes = std::fs::read(&path).map_err(|error| {
                CliError::failed(format!("{} could not be read: {error}", path.display()))
            })?;
            sink.write(bytes.into()).map_err(|Gone| CliError::OutputClosed)?;
        }
    }
    if sink.is_broken {
        return Err(CliError::failed("The answer could not be completed"));
    }
    if !(sink.empty && with_headers) {
        writeln!(sink.out)?;
    }
    Ok(())
}

struct Output<'a> {
    out: &'a mut dyn Write,
    blank_line: bool,
    empty: bool,
    is_broken: bool,
}

impl Sink for Output<'_> {
    fn write(&mut self, piece: Bytes) -> std::result::Result<(), Gone> {
        if piece.is_empty() {
            return Ok(());
        }
        self.empty = false;
        if std::mem::take(&mut self.blank_line) {
            self.out.write_all(b"\n").map_err(|_| Gone)?;
        }
        self.out.write_all(&piece).map_err(|_| Gone)
    }

    fn break_off(&mut self) {
        self.is_broken = true;
    }
}
