//! Reading the `Cookie` header as Python's `SimpleCookie` does, but for one thing: a cookie that is none does not
//! take the others with it.

use std::borrow::Cow;

/// The value of that name in a `Cookie` header, unquoted; the last one if there are several.
pub fn cookie<'a>(header: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let mut found = None;
    let mut rest = header;
    while !rest.is_empty() {
        let end = rest.find(['=', ';']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let Some(after) = after.strip_prefix('=') else {
            // A name alone is no cookie.
            rest = after.strip_prefix(';').unwrap_or_default();
            continue;
        };
        let value = after.trim_start();
        let length = quoted(value).unwrap_or_else(|| value.find(';').unwrap_or(value.len()));
        let (value, after) = value.split_at(length);
        if key.trim() == name {
            found = Some(value.trim_end());
        }
        rest = after.trim_start().strip_prefix(';').unwrap_or_default();
    }
    found.map(unquoted)
}

/// How long the quoted text is with which `value` begins, if nothing else follows it.
fn quoted(value: &str) -> Option<usize> {
    let inner = value.strip_prefix('"')?;
    let mut escaped = false;
    let end = inner.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    let after = inner.get(end + 1..)?.trim_start();
    (after.is_empty() || after.starts_with(';')).then_some(end + 2)
}

/// Without its quotes: `\"` is `"`, and `\054` the character of that octal number.
fn unquoted(value: &str) -> Cow<'_, str> {
    let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let Some(inner) = inner else { return Cow::Borrowed(value) };
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let octal =
            after.get(..3).filter(|digits| digits.bytes().all(|digit| (b'0'..=b'7').contains(&digit)));
        match octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(code) => {
                text.push(char::from(code));
                rest = &after[3..];
            }
            None => {
                let mut characters = after.chars();
                text.extend(characters.next());
                rest = characters.as_str();
            }
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, expected: Option<&str>) {
        assert_eq!(cookie(header, "a").as_deref(), expected, "{header}");
    }

    #[test]
    fn the_last_of_a_name_counts() {
        check("a=1", Some("1"));
        check("b=2; a=1", Some("1"));
        check("a = 5 ; b=2", Some("5"));
        check("a=1; a=2", Some("2"));
        check("a=;b=1", Some(""));
        check("a==;b=1", Some("="));
        check("ba=1; ab=2", None);
        check("", None);
    }

    #[test]
    fn quotes_and_escapes_are_undone() {
        check(r#"a="x\054y"; b=2"#, Some("x,y"));
        check(r#"a="x\"y\\""#, Some(r#"x"y\"#));
        check(r#"a="\303\251""#, Some("Ã©"));
        check(r#"a="x;y" ; b=1"#, Some("x;y"));
        check(r#"b="a=1; a=2"; a=3"#, Some("3"));
        check(r#"a="\9\4""#, Some("94"));
        check(r#"a="\é""#, Some("é"));
        check(r#"a=x\054"#, Some(r"x\054"));
    }

    #[test]
    fn what_is_no_cookie_harms_no_other() {
        check("b; a=1", Some("1"));
        check("b c=2; a=1; {x}=3", Some("1"));
        check(r#"b="1; a=1"#, Some("1"));
        check(r#"a="1; b=1"#, Some("\"1"));
        check(r#"a=""#, Some("\""));
        check(r#"a="\"#, Some(r#""\"#));
        check("a", None);
    }
}
