//! Indents JSON without reading its values, so that long numbers keep their digits and text its escapes.
//!
//! What fits on a line stays on it.

use datasette_plugin_api::escaped;

/// So long a line may be that holds a whole object or array.
const WIDTH: usize = 44;

pub(crate) struct Layout {
    /// Escaped, with the keys of objects marked.
    pub(crate) html: String,
    pub(crate) lines: usize,
}

/// `text` has to be valid JSON, not nested deeply.
pub(crate) fn indented(text: &str) -> Layout {
    let tokens = tokens(text);
    let short = short_ones(&tokens);
    let mut layout = Layout { html: String::with_capacity(text.len() * 2), lines: 1 };
    let mut level = 0;
    // Openings of short ones that are still open: within them there are no line breaks.
    let mut within = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        let next = tokens.get(index + 1).copied().unwrap_or_default();
        match *token {
            "{" | "[" => {
                layout.html.push_str(token);
                if within > 0 || short.get(index) == Some(&true) {
                    within += 1;
                } else {
                    level += 1;
                    layout.new_line(level);
                }
            }
            "}" | "]" => {
                if within > 0 {
                    within -= 1;
                } else {
                    level -= usize::from(level > 0);
                    layout.new_line(level);
                }
                layout.html.push_str(token);
            }
            "," if within > 0 => layout.html.push_str(", "),
            "," => {
                layout.html.push(',');
                layout.new_line(level);
            }
            ":" => layout.html.push_str(": "),
            key if next == ":" => {
                layout.html.push_str("<span class=\"pretty-json-key\">");
                layout.html.push_str(&escaped(key));
                layout.html.push_str("</span>");
            }
            value => layout.html.push_str(&escaped(value)),
        }
    }
    layout
}

impl Layout {
    fn new_line(&mut self, level: usize) {
        self.html.push('\n');
        self.html.extend(std::iter::repeat_n("  ", level));
        self.lines += 1;
    }
}

/// For each opening bracket, whether everything up to its closing one fits on a line.
fn short_ones(tokens: &[&str]) -> Vec<bool> {
    let mut short = vec![false; tokens.len()];
    let mut open = Vec::new();
    let mut width = 0;
    for (index, token) in tokens.iter().enumerate() {
        if matches!(*token, "{" | "[") {
            open.push((index, width));
        }
        width += match *token {
            "," | ":" => 2,
            token => token.chars().count(),
        };
        if matches!(*token, "}" | "]")
            && let Some((opening, before)) = open.pop()
            && let Some(place) = short.get_mut(opening)
        {
            *place = width - before <= WIDTH;
        }
    }
    short
}

fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (token, after) = rest.split_at(token_end(rest));
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}

/// Never 0 for text that is not empty.
fn token_end(text: &str) -> usize {
    let mut chars = text.char_indices();
    match chars.next() {
        Some((_, '"')) => {
            let mut is_escaped = false;
            for (at, c) in chars {
                match c {
                    '"' if !is_escaped => return at + 1,
                    c => is_escaped = c == '\\' && !is_escaped,
                }
            }
            text.len()
        }
        Some((_, '{' | '}' | '[' | ']' | ',' | ':')) => 1,
        _ => text.find(|c: char| c.is_whitespace() || "{}[],:\"".contains(c)).unwrap_or(text.len()).max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &str) {
        let layout = indented(json);
        let plain = layout.html.replace("<span class=\"pretty-json-key\">", "").replace("</span>", "");
        assert_eq!(plain.replace("&#34;", "\""), expected);
        assert_eq!(layout.lines, expected.lines().count());
    }

    #[test]
    fn what_is_short_stays_on_its_line() {
        check(" [1,2 , {\"a\" :\n[ ] } ] ", "[1, 2, {\"a\": []}]");
    }

    #[test]
    fn what_is_long_is_indented() {
        let long = "x".repeat(WIDTH);
        check(
            &format!("{{\"a\":[\"{long}\",{{}},[1,2]],\"b\":null}}"),
            &format!("{{\n  \"a\": [\n    \"{long}\",\n    {{}},\n    [1, 2]\n  ],\n  \"b\": null\n}}"),
        );
    }

    #[test]
    fn values_stay_as_they_are() {
        check("[12345678901234567890123,1.10,-1e5]", "[12345678901234567890123, 1.10, -1e5]");
        check(r#"["\u00e9\"\\",true]"#, r#"["\u00e9\"\\", true]"#);
        check(r#"{"a:{b},":"[x, y: z]"}"#, r#"{"a:{b},": "[x, y: z]"}"#);
    }

    #[test]
    fn keys_are_marked_and_text_is_escaped() {
        let layout = indented(r#"{"<k>":"<v>"}"#);
        let expected = "{<span class=\"pretty-json-key\">&#34;&lt;k&gt;&#34;</span>: &#34;&lt;v&gt;&#34;}";
        assert_eq!(layout.html, expected);
    }
}
