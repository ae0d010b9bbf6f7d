//! Markup that is trusted, as opposed to text.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Markup that goes into a page as it is.
///
/// Whoever makes one promises that everything in it that came from outside went through [`escape`].
///
/// [`escape`]: Html::escape
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Html(pub String);

impl Html {
    /// Text, made harmless for element content and for quoted attributes.
    ///
    /// ```
    /// # use datasette_plugin_api::Html;
    /// assert_eq!(Html::escape("<b> & \"c\"").0, "&lt;b&gt; &amp; &#34;c&#34;");
    /// ```
    pub fn escape(text: &str) -> Self {
        Self(escaped(text).into_owned())
    }

    /// The markup.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Text, made harmless; borrowed if it already was.
pub fn escaped(text: &str) -> Cow<'_, str> {
    let special = |c: char| matches!(c, '&' | '<' | '>' | '"' | '\'');
    if !text.contains(special) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
