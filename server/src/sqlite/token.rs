//! The tokens of SQL, as far as it takes to find names and words in it.

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A bare word.
    Word(String),
    /// A quoted name or string.
    Quoted(String),
    Sign(char),
}

impl Token {
    pub(crate) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(found) if found.eq_ignore_ascii_case(word))
    }

    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Word(name) | Self::Quoted(name) => Some(name),
            Self::Sign(_) => None,
        }
    }
}

/// Comments and white space are left out. Half a token at the end is one as well.
pub(crate) fn tokens(sql: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => {
                // From behind the opening: `/*/` does not end itself.
                rest.get(2..).and_then(|inner| inner.find("*/")).map_or(rest.len(), |end| end + 4)
            }
            '\'' | '"' | '`' | '[' => {
                let (text, length) = quoted(rest, if first == '[' { ']' } else { first });
                tokens.push(Token::Quoted(text));
                length
            }
            c if c.is_ascii_whitespace() => 1,
            c if is_word(c) => {
                let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                tokens.extend(rest.get(..end).map(|word| Token::Word(word.to_owned())));
                end
            }
            c => {
                tokens.push(Token::Sign(c));
                c.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

/// The text up to the closing quote, which stands for itself where it is doubled, and its length.
fn quoted(sql: &str, close: char) -> (String, usize) {
    let mut text = String::new();
    let mut chars = sql.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == close {
            // Brackets can't be doubled.
            if close != ']' && chars.next_if(|(_, next)| *next == close).is_some() {
                text.push(c);
                continue;
            }
            return (text, at + c.len_utf8());
        }
        text.push(c);
    }
    (text, sql.len())
}
