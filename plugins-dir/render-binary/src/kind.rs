//! What the bytes are, by their first ones.

use imagesize::ImageType;

/// Pictures with more pixels than this on a side may stop a browser, however few bytes they have.
const LARGEST_SIDE: usize = 4096;

/// Pictures are not shown larger than this, in pixels of the page.
const SHOWN_SIDE: usize = 240;

/// The media type, such as `application/pdf`; `None` if it is not known.
pub(crate) fn name(bytes: &[u8]) -> Option<&'static str> {
    infer::get(bytes).map(|kind| kind.mime_type())
}

/// A picture that may be shown, and how large.
pub(crate) struct Picture {
    pub(crate) mime: &'static str,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

/// Only kinds that hold nothing but pixels. SVG is not among them: it may hold scripts.
pub(crate) fn picture(bytes: &[u8], most_bytes: usize) -> Option<Picture> {
    if bytes.len() > most_bytes {
        return None;
    }
    let mime = match imagesize::image_type(bytes).ok()? {
        ImageType::Gif => "image/gif",
        ImageType::Jpeg => "image/jpeg",
        ImageType::Png => "image/png",
        ImageType::Webp => "image/webp",
        _ => return None,
    };
    let size = imagesize::blob_size(bytes).ok()?;
    let largest = size.width.max(size.height);
    if size.width == 0 || size.height == 0 || largest > LARGEST_SIDE {
        return None;
    }
    let scaled = |side: usize| if largest > SHOWN_SIDE { (side * SHOWN_SIDE / largest).max(1) } else { side };
    Some(Picture { mime, width: scaled(size.width), height: scaled(size.height) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{gif, png};

    #[test]
    fn kinds_are_known_by_their_first_bytes() {
        for (bytes, kind) in [
            (b"%PDF-1.4".as_slice(), "application/pdf"),
            (b"PK\x03\x04\x14\0", "application/zip"),
            (b"\x1f\x8b\x08\0", "application/gzip"),
            (b"SQLite format 3\0", "application/vnd.sqlite3"),
            (b"\x89PNG\r\n\x1a\n", "image/png"),
        ] {
            assert_eq!(name(bytes), Some(kind));
        }
        assert_eq!((name(b"hello"), name(b"")), (None, None));
    }

    fn shown(bytes: &[u8]) -> Option<(&'static str, usize, usize)> {
        picture(bytes, 1000).map(|picture| (picture.mime, picture.width, picture.height))
    }

    #[test]
    fn pictures_have_a_size() {
        assert_eq!(shown(&gif()), Some(("image/gif", 1, 1)));
        assert_eq!(shown(&png(100, 50)), Some(("image/png", 100, 50)));
    }

    #[test]
    fn large_pictures_are_shown_smaller() {
        assert_eq!(shown(&png(480, 120)), Some(("image/png", 240, 60)));
        assert_eq!(shown(&png(1, 4096)), Some(("image/png", 1, 240)));
    }

    #[test]
    fn pictures_that_may_do_harm_are_not_shown() {
        assert_eq!(shown(&png(4097, 1)), None);
        assert_eq!(shown(&png(0, 1)), None);
        assert_eq!(shown(&png(u32::MAX, u32::MAX)), None);
        assert_eq!(shown(b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"), None);
        assert_eq!(shown(b"GIF89a"), None);
        assert_eq!(shown(&[gif(), vec![0; 1000]].concat()), None);
        assert_eq!(shown(b""), None);
    }
}
