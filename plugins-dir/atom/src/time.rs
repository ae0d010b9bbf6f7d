//! Times as Atom wants them (RFC 3339), from times as SQLite has them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Text with an offset, or without: then it is UTC, as in SQLite. A day is its beginning.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(read(text).map(|time| time.to_string()).as_deref(), expected, "{text}");
    }

    #[test]
    fn times_have_many_forms() {
        check("2024-05-01T12:30:00Z", Some("2024-05-01T12:30:00Z"));
        check("2024-05-01T12:30:00+02:00", Some("2024-05-01T10:30:00Z"));
        check("2024-05-01 12:30:00", Some("2024-05-01T12:30:00Z"));
        check(" 2024-05-01 12:30 ", Some("2024-05-01T12:30:00Z"));
        check("2024-05-01T12:30:00.25", Some("2024-05-01T12:30:00.25Z"));
        check("2024-05-01", Some("2024-05-01T00:00:00Z"));
    }

    #[test]
    fn other_text_is_no_time() {
        for text in ["", "yesterday", "2024", "2024-13-01", "2024-02-30", "12:30"] {
            check(text, None);
        }
    }
}
