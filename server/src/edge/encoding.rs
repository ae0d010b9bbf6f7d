//! Answers are compressed for clients that understand it, on the thread that makes them.
//!
//! The site behind knows nothing of it: the tags (`ETag`) it makes and compares name the plain answer. Here they
//! get a suffix on their way out, because a strong tag names the very bytes, and lose it on their way in.

use std::io::{self, Write};

use bytes::Bytes;

use crate::request::Request;
use crate::response::{Body, Response};

/// Shorter answers fit into a packet or two as they are.
const LEAST_BYTES: usize = 860;
/// Larger files are sent from the disk as they are.
const LARGEST_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// Brotli's window, as a power of two.
const BROTLI_WINDOW: u32 = 20;
const BUFFER_BYTES: usize = 32 * 1024;

/// Content codings (RFC 9110, 8.4.1), the one that costs least for what it saves first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Zstd,
    Brotli,
    Gzip,
}

const CODINGS: [Coding; 3] = [Coding::Zstd, Coding::Brotli, Coding::Gzip];

impl Coding {
    fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// What an `Accept-Encoding` header asks for; `None` is the plain answer.
    fn wanted(accepted: &str) -> Option<Self> {
        let weight = |name: &str| {
            accepted.split(',').find_map(|item| {
                let (coding, parameters) = item.split_once(';').unwrap_or((item, ""));
                let coding = coding.trim();
                let is_it = coding.eq_ignore_ascii_case(name) || name == "gzip" && coding == "x-gzip";
                is_it.then(|| quality(parameters))
            })
        };
        let others = weight("*").unwrap_or(0.0);
        let plain = weight("identity").unwrap_or(0.0);
        let mut best: Option<(Self, f32)> = None;
        for coding in CODINGS {
            let weight = weight(coding.name()).unwrap_or(others);
            if weight > 0.0 && weight >= plain && best.is_none_or(|(_, highest)| weight > highest) {
                best = Some((coding, weight));
            }
        }
        best.map(|(coding, _)| coding)
    }

    /// The tag of the plain answer becomes that of the compressed one. A weak tag is the same for both.
    fn mark(self, etag: &str) -> Option<String> {
        let inner = etag.strip_prefix('"')?.strip_suffix('"')?;
        Some(format!("\"{inner}-{}\"", self.name()))
    }

    /// A whole body.
    pub(super) fn encode(self, plain: &[u8]) -> io::Result<Bytes> {
        let mut encoder = Encoder::new(self)?;
        encoder.write(plain)?;
        encoder.finish()
    }
}

fn quality(parameters: &str) -> f32 {
    let value = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("q="));
    value.map_or(1.0, |value| value.trim().parse().unwrap_or(0.0))
}

/// What a client said about the coding of the answer.
#[derive(Debug)]
pub(super) struct Asked {
    coding: Option<Coding>,
    /// `If-None-Match` as it was sent.
    tags: Option<String>,
}

impl Asked {
    /// Also takes our suffixes off the tags that the site will compare.
    pub(super) fn of(request: &mut Request) -> Self {
        let coding = request.header("accept-encoding").and_then(Coding::wanted);
        let mut tags = None;
        for (name, value) in &mut request.headers {
            if name == "if-none-match" {
                let plain = unmarked(value);
                tags = Some(std::mem::replace(value, plain));
            }
        }
        Self { coding, tags }
    }

    /// Completes the headers. The body has to be sent in the coding that is returned.
    pub(super) fn announce(&self, response: &mut Response) -> Option<Coding> {
        if response.status == 304 {
            self.mark_again(response);
            return None;
        }
        let may_be = response.header("content-encoding").is_none()
            && response.header("content-type").is_some_and(is_compressible)
            && !matches!(response.status, 204 | 206)
            && is_worth_it(&response.body);
        if !may_be {
            return None;
        }
        vary(response);
        let coding = self.coding?;
        response.set_header("content-encoding", coding.name());
        if let Some(etag) = response.header("etag").and_then(|etag| coding.mark(etag)) {
            response.set_header("etag", etag);
        }
        Some(coding)
    }

    /// "Not modified" names what the client has, which may be a compressed answer.
    fn mark_again(&self, response: &mut Response) {
        let (Some(etag), Some(tags)) = (response.header("etag"), &self.tags) else { return };
        let has = |marked: &String| tags.split(',').any(|tag| tag.trim() == marked);
        let marked = self.coding.into_iter().chain(CODINGS).filter_map(|c| c.mark(etag)).find(has);
        if let Some(marked) = marked {
            response.set_header("etag", marked);
        }
        // As the answer itself would have: its kind is not known any more.
        vary(response);
    }
}

fn is_worth_it(body: &Body) -> bool {
    match body {
        Body::Bytes(bytes) => bytes.len() >= LEAST_BYTES,
        Body::File { length, .. } => (LEAST_BYTES as u64..=LARGEST_FILE_BYTES).contains(length),
        Body::Stream(_) => true,
    }
}

/// Without our suffixes.
fn unmarked(tags: &str) -> String {
    let plain = |tag: &str| {
        let end = CODINGS.iter().find_map(|c| tag.strip_suffix(&format!("-{}\"", c.name())));
        end.map_or_else(|| tag.to_owned(), |start| format!("{start}\""))
    };
    tags.split(',').map(|tag| plain(tag.trim())).collect::<Vec<_>>().join(", ")
}

/// Whether it is text of some kind; images and archives are compressed already.
fn is_compressible(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    // Events have to arrive one by one.
    (kind.starts_with("text/") && kind != "text/event-stream")
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
        || matches!(
            kind.as_str(),
            "application/json"
                | "application/javascript"
                | "application/xml"
                | "application/x-ndjson"
                | "application/wasm"
        )
}

fn vary(response: &mut Response) {
    let so_far = response.header("vary").unwrap_or_default();
    let has = |part: &str| part == "*" || part.eq_ignore_ascii_case("accept-encoding");
    if so_far.split(',').any(|part| has(part.trim())) {
        return;
    }
    let all =
        if so_far.is_empty() { "Accept-Encoding".to_owned() } else { format!("{so_far}, Accept-Encoding") };
    response.set_header("vary", all);
}

/// Compresses a body that arrives in pieces.
pub(super) enum Encoder {
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    Gzip(flate2::write::GzEncoder<Vec<u8>>),
}

impl Encoder {
    pub(super) fn new(coding: Coding) -> io::Result<Self> {
        Ok(match coding {
            Coding::Zstd => Self::Zstd(zstd::stream::write::Encoder::new(Vec::new(), 3)?),
            Coding::Brotli => Self::Brotli(Box::new(brotli::CompressorWriter::new(
                Vec::new(),
                BUFFER_BYTES,
                4,
                BROTLI_WINDOW,
            ))),
            Coding::Gzip => {
                Self::Gzip(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(5)))
            }
        })
    }

    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        match self {
            Self::Zstd(encoder) => encoder.write_all(piece),
            Self::Brotli(encoder) => encoder.write_all(piece),
            Self::Gzip(encoder) => encoder.write_all(piece),
        }
    }

    /// What has to be sent so that the client can read all of this piece.
    pub(super) fn piece(&mut self, piece: &[u8]) -> io::Result<Bytes> {
        self.write(piece)?;
        let written = match self {
            Self::Zstd(encoder) => {
                encoder.flush()?;
                std::mem::take(encoder.get_mut())
            }
            Self::Brotli(encoder) => {
                encoder.flush()?;
                std::mem::take(encoder.get_mut())
            }
            Self::Gzip(encoder) => {
                encoder.flush()?;
                std::mem::take(encoder.get_mut())
            }
        };
        Ok(written.into())
    }

    /// The rest.
    pub(super) fn finish(self) -> io::Result<Bytes> {
        Ok(match self {
            Self::Zstd(encoder) => encoder.finish()?,
            Self::Brotli(encoder) => encoder.into_inner(),
            Self::Gzip(encoder) => encoder.finish()?,
        }
        .into())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_client_says_what_it_understands_and_prefers() {
        let check = |accepted: &str, coding: Option<Coding>| {
            assert_eq!(Coding::wanted(accepted), coding, "{accepted:?}");
        };
        check("", None);
        check("gzip, deflate, br, zstd", Some(Coding::Zstd));
        check("gzip, deflate, br", Some(Coding::Brotli));
        check("GZIP", Some(Coding::Gzip));
        check("x-gzip", Some(Coding::Gzip));
        check("deflate", None);
        check("gzip;q=1.0, br;q=0.5", Some(Coding::Gzip));
        check("zstd;q=0, *", Some(Coding::Brotli));
        check("*;q=0", None);
        check("identity, gzip;q=0.5", None);
        check("br; q=nonsense, gzip", Some(Coding::Gzip));
    }

    fn decoded(coding: Coding, bytes: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        match coding {
            Coding::Zstd => zstd::stream::read::Decoder::new(bytes).unwrap().read_to_end(&mut plain).unwrap(),
            Coding::Brotli => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut plain).unwrap(),
            Coding::Gzip => flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap(),
        };
        plain
    }

    #[test]
    fn what_is_compressed_is_what_was_there() {
        let plain = "a row, and another row\n".repeat(5000);
        for coding in CODINGS {
            let encoded = coding.encode(plain.as_bytes()).unwrap();
            assert!(encoded.len() < plain.len() / 10, "{coding:?}");
            assert_eq!(decoded(coding, &encoded), plain.as_bytes());
        }
    }

    #[test]
    fn every_piece_can_be_read_when_it_is_sent() {
        let mut encoder = Encoder::new(Coding::Gzip).unwrap();
        let first = encoder.piece(b"first").unwrap();
        let mut plain = [0; 5];
        flate2::read::GzDecoder::new(first.as_ref()).read_exact(&mut plain).unwrap();
        assert_eq!(&plain, b"first");
        for coding in CODINGS {
            let mut encoder = Encoder::new(coding).unwrap();
            let mut sent = encoder.piece(b"first ").unwrap().to_vec();
            sent.extend_from_slice(&encoder.piece(b"second").unwrap());
            sent.extend_from_slice(&encoder.finish().unwrap());
            assert_eq!(decoded(coding, &sent), b"first second");
        }
    }

    fn answer(accepted: &str, content_type: &str, length: usize) -> (Response, Option<Coding>) {
        let mut request = Request::new("GET", "/");
        request.headers.push(("accept-encoding".into(), accepted.into()));
        let mut response =
            Response::new(200, content_type, vec![b'x'; length]).with_header("etag", "\"abc\"");
        let coding = Asked::of(&mut request).announce(&mut response);
        (response, coding)
    }

    #[test]
    fn a_compressed_answer_has_a_tag_of_its_own() {
        let (response, coding) = answer("br", "text/html; charset=utf-8", 5000);
        assert_eq!(coding, Some(Coding::Brotli));
        assert_eq!(response.header("etag"), Some("\"abc-br\""));
        assert_eq!(response.header("content-encoding"), Some("br"));
        assert_eq!(response.header("vary"), Some("Accept-Encoding"));
    }

    #[test]
    fn short_answers_and_images_stay_as_they_are() {
        assert_eq!(answer("br", "text/html", 100).1, None);
        let (response, coding) = answer("br", "image/png", 5000);
        assert_eq!((coding, response.header("vary")), (None, None));
    }

    #[test]
    fn plain_answers_vary_as_well() {
        let (response, coding) = answer("", "application/json", 5000);
        assert_eq!((coding, response.header("vary")), (None, Some("Accept-Encoding")));
        assert_eq!(response.header("etag"), Some("\"abc\""));
    }

    #[test]
    fn not_modified_names_what_the_client_has() {
        let check = |sent: &str, seen: &str, answered: &str| {
            let mut request = Request::new("GET", "/");
            request.headers.push(("if-none-match".into(), sent.into()));
            let asked = Asked::of(&mut request);
            assert_eq!(request.header("if-none-match"), Some(seen));
            let mut response = Response::text("").with_status(304).with_header("etag", "\"abc\"");
            assert_eq!(asked.announce(&mut response), None);
            assert_eq!(response.header("etag"), Some(answered));
        };
        check("\"abc-zstd\"", "\"abc\"", "\"abc-zstd\"");
        check("W/\"x\", \"abc-gzip\"", "W/\"x\", \"abc\"", "\"abc-gzip\"");
        check("\"abc\"", "\"abc\"", "\"abc\"");
        check("*", "*", "\"abc\"");
    }
}
