//! Lines as calendars have them (RFC 5545, 3.1): 75 bytes at most, longer ones are folded.

/// Bytes of a line, without its end.
const WIDTH: usize = 75;

#[derive(Default)]
pub(crate) struct Lines(String);

impl Lines {
    /// A line as it is; without line breaks in it.
    pub(crate) fn push(&mut self, line: &str) {
        let mut width = 0;
        for c in line.chars() {
            if width + c.len_utf8() > WIDTH {
                self.0.push_str("\r\n ");
                width = 1;
            }
            self.0.push(c);
            width += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    /// A property whose value is text.
    pub(crate) fn push_text(&mut self, name: &str, text: &str) {
        self.push(&format!("{name}:{}", text_value(text)));
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

/// Text with what means something in calendars escaped; other control characters are left out.
fn text_value(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' | '\r' => out.push_str("\\n"),
            '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(line: &str) -> String {
        let mut lines = Lines::default();
        lines.push(line);
        lines.into_text()
    }

    #[test]
    fn lines_have_75_bytes_at_most() {
        assert_eq!(lines(&"a".repeat(75)), format!("{}\r\n", "a".repeat(75)));
        assert_eq!(lines(&"a".repeat(76)), format!("{}\r\n a\r\n", "a".repeat(75)));
        assert_eq!(lines(&"a".repeat(150)), format!("{0}\r\n {1}\r\n a\r\n", "a".repeat(75), "a".repeat(74)));
    }

    #[test]
    fn lines_are_folded_between_characters() {
        let text = format!("a{}", "日".repeat(100));
        let folded = lines(&text);
        assert!(folded.lines().all(|line| line.len() <= WIDTH));
        assert_eq!(folded.replace("\r\n ", "").trim_end(), text);
    }

    #[test]
    fn text_is_escaped() {
        let mut lines = Lines::default();
        lines.push_text("SUMMARY", "a;b,c\\d\r\ne\nf\rg\0\u{7f}\u{85}:\"");
        assert_eq!(lines.into_text(), "SUMMARY:a\\;b\\,c\\\\d\\ne\\nf\\ng:\"\r\n");
    }
}
