//! Content types by file name, as Python's `mimetypes` has them without the operating system's list, plus the
//! kinds of files that the web got since.

/// The content type of a file; `text/plain` if its name tells nothing.
pub(super) fn content_type(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or_default();
    let (stem, extension) = split(name);
    // A compressed file is named after what is in it. The encoding itself isn't announced: the file is sent as
    // it is, to be stored, not to be unpacked on the way.
    let inner = match extension {
        "gz" | "Z" | "bz2" | "xz" | "br" => split(stem).1,
        "tgz" | "taz" | "tz" | "tbz2" | "txz" => "tar",
        "svgz" => "svg",
        _ => extension,
    };
    by_extension(&inner.to_ascii_lowercase()).unwrap_or("text/plain")
}

/// Name and extension. A dot at the beginning hides a file, it begins no extension.
fn split(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.trim_start_matches('.').is_empty() => (stem, extension),
        _ => (name, ""),
    }
}

fn by_extension(extension: &str) -> Option<&'static str> {
    Some(match extension {
        // Pages and what they are made of
        "html" | "htm" => "text/html",
        "xhtml" | "xht" => "application/xhtml+xml",
        "css" => "text/css",
        "js" | "mjs" => "text/javascript",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        "otf" => "font/otf",
        "eot" => "application/vnd.ms-fontobject",
        // Images
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" | "jpe" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "heic" => "image/heic",
        "heif" => "image/heif",
        "jxl" => "image/jxl",
        "apng" => "image/apng",
        "ico" => "image/vnd.microsoft.icon",
        "bmp" => "image/bmp",
        "tif" | "tiff" => "image/tiff",
        "ief" => "image/ief",
        "ras" => "image/x-cmu-raster",
        "pnm" => "image/x-portable-anymap",
        "pbm" => "image/x-portable-bitmap",
        "pgm" => "image/x-portable-graymap",
        "ppm" => "image/x-portable-pixmap",
        "rgb" => "image/x-rgb",
        "xbm" => "image/x-xbitmap",
        "xpm" => "image/x-xpixmap",
        "xwd" => "image/x-xwindowdump",
        // Sound and films
        "mp3" | "mp2" => "audio/mpeg",
        "aac" | "adts" | "loas" | "ass" => "audio/aac",
        "m4a" => "audio/mp4",
        "opus" => "audio/opus",
        "ogg" | "oga" => "audio/ogg",
        "flac" => "audio/flac",
        "wav" => "audio/x-wav",
        "aif" | "aifc" | "aiff" => "audio/x-aiff",
        "au" | "snd" => "audio/basic",
        "3gp" | "3gpp" => "audio/3gpp",
        "3g2" | "3gpp2" => "audio/3gpp2",
        "ra" => "audio/x-pn-realaudio",
        "ram" => "application/x-pn-realaudio",
        "m3u" | "m3u8" => "application/vnd.apple.mpegurl",
        "mp4" | "m4v" => "video/mp4",
        "mpeg" | "m1v" | "mpa" | "mpe" | "mpg" => "video/mpeg",
        "webm" => "video/webm",
        "ogv" => "video/ogg",
        "mov" | "qt" => "video/quicktime",
        "mkv" => "video/x-matroska",
        "avi" => "video/x-msvideo",
        "movie" => "video/x-sgi-movie",
        // Text and data
        "txt" | "bat" | "c" | "h" | "ksh" | "pl" | "srt" => "text/plain",
        "md" | "markdown" => "text/markdown",
        "csv" => "text/csv",
        "tsv" => "text/tab-separated-values",
        "vtt" => "text/vtt",
        "vcf" => "text/x-vcard",
        "ics" => "text/calendar",
        "n3" => "text/n3",
        "rtx" => "text/richtext",
        "py" => "text/x-python",
        "etx" => "text/x-setext",
        "sgm" | "sgml" => "text/x-sgml",
        "xml" => "text/xml",
        "rdf" | "wsdl" | "xpdl" | "xsl" => "application/xml",
        "geojson" => "application/geo+json",
        "jsonld" => "application/ld+json",
        "atom" => "application/atom+xml",
        "kml" => "application/vnd.google-earth.kml+xml",
        "kmz" => "application/vnd.google-earth.kmz",
        "nq" => "application/n-quads",
        "nt" => "application/n-triples",
        "trig" => "application/trig",
        "sql" => "application/sql",
        "sqlite" | "sqlite3" => "application/vnd.sqlite3",
        "eml" | "mht" | "mhtml" | "nws" => "message/rfc822",
        // Documents
        "pdf" => "application/pdf",
        "ps" | "ai" | "eps" => "application/postscript",
        "rtf" => "application/rtf",
        "epub" => "application/epub+zip",
        "doc" | "dot" | "wiz" => "application/msword",
        "xls" | "xlb" => "application/vnd.ms-excel",
        "ppt" | "pot" | "ppa" | "pps" | "pwz" => "application/vnd.ms-powerpoint",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "odp" => "application/vnd.oasis.opendocument.presentation",
        "dvi" => "application/x-dvi",
        "latex" => "application/x-latex",
        "tex" => "application/x-tex",
        "texi" | "texinfo" => "application/x-texinfo",
        "roff" | "t" | "tr" => "application/x-troff",
        "man" => "application/x-troff-man",
        "me" => "application/x-troff-me",
        "ms" => "application/x-troff-ms",
        "mif" => "application/x-mif",
        // Archives and programs
        "zip" => "application/zip",
        "tar" => "application/x-tar",
        "7z" => "application/x-7z-compressed",
        "gtar" => "application/x-gtar",
        "ustar" => "application/x-ustar",
        "cpio" => "application/x-cpio",
        "bcpio" => "application/x-bcpio",
        "sv4cpio" => "application/x-sv4cpio",
        "sv4crc" => "application/x-sv4crc",
        "shar" => "application/x-shar",
        "sh" => "application/x-sh",
        "csh" => "application/x-csh",
        "tcl" => "application/x-tcl",
        "bin" | "a" | "dll" | "exe" | "o" | "obj" | "so" => "application/octet-stream",
        "pyc" | "pyo" => "application/x-python-code",
        "nc" | "cdf" => "application/x-netcdf",
        "hdf" => "application/x-hdf",
        "h5" => "application/x-hdf5",
        "src" => "application/x-wais-source",
        "swf" => "application/x-shockwave-flash",
        "oda" => "application/oda",
        "p12" | "pfx" => "application/x-pkcs12",
        "p7c" => "application/pkcs7-mime",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: &str) {
        assert_eq!(content_type(path), expected, "{path}");
    }

    #[test]
    fn the_extension_decides_in_any_case() {
        check("a/style.css", "text/css");
        check("PIC.PNG", "image/png");
        check("app.min.js", "text/javascript");
    }

    #[test]
    fn compressed_files_are_named_after_what_is_in_them() {
        check("a.css.gz", "text/css");
        check("a.tar.bz2", "application/x-tar");
        check("a.tgz", "application/x-tar");
        check("a.svgz", "image/svg+xml");
        check("a.gz", "text/plain");
    }

    #[test]
    fn names_that_tell_nothing_are_text() {
        for name in ["noextension", ".hidden", ".css", "..css", "a.", "a.unknown", "css", "dir.css/file"] {
            check(name, "text/plain");
        }
    }
}
