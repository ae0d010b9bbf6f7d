//! `email`: a link that starts a mail.

use datasette_plugin_api::*;

use crate::text_of;

pub(crate) struct Email;

impl ColumnType for Email {
    fn name(&self) -> &str {
        "email"
    }

    fn description(&self) -> &str {
        "Email address"
    }

    fn sqlite_types(&self) -> &[&str] {
        &["TEXT"]
    }

    fn render_cell(&self, cell: &ColumnCell<'_>) -> Result<Option<Html>> {
        let text = cell.value.as_str().filter(|text| !text.is_empty()).map(|text| escaped(text.trim()));
        Ok(text.map(|text| Html(format!("<a href=\"mailto:{text}\">{text}</a>"))))
    }

    fn validate(&self, value: &Json, _config: &Json) -> Result<Option<String>> {
        Ok(match text_of(value, "Email must be a string") {
            Ok(Some(text)) if !is_address(text.trim()) => Some("Invalid email address".to_owned()),
            Ok(_) => None,
            Err(problem) => Some(problem),
        })
    }
}

/// `somebody@host.tld`: one `@`, no spaces, a dot inside the host.
fn is_address(text: &str) -> bool {
    let Some((somebody, host)) = text.split_once('@') else { return false };
    let dot_inside = host.char_indices().any(|(at, c)| c == '.' && at > 0 && at + 1 < host.len());
    !somebody.is_empty() && !text.contains(char::is_whitespace) && !host.contains('@') && dot_inside
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::json;

    use crate::testing::{cell, problem};

    #[test]
    fn addresses_start_a_mail() {
        let link = cell("email", " a&b@example.com ").unwrap();
        assert_eq!(link, "<a href=\"mailto:a&amp;b@example.com\">a&amp;b@example.com</a>");
        assert_eq!((cell("email", ""), cell("email", 5)), (None, None));
    }

    #[test]
    fn addresses_have_one_at_and_a_dot() {
        for good in ["a@example.com", " a.b+c@x.y.z ", "é@ü.de"] {
            assert_eq!(problem("email", json!(good)), None, "{good}");
        }
        for bad in ["a", "a@b", "@b.c", "a@.c", "a@b.", "a@@b.c", "a b@c.d", "a@b.c@d.e", "   "] {
            assert_eq!(problem("email", json!(bad)).as_deref(), Some("Invalid email address"), "{bad}");
        }
        assert_eq!(problem("email", json!(true)).as_deref(), Some("Email must be a string"));
    }
}
