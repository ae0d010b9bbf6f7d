//! What no configuration may allow: tags and attributes that run scripts, load pages or change the page around them.

use datasette_plugin_api::{Error, Result};

const NEVER_TAGS: &[&str] = &[
    "applet",
    "base",
    "body",
    "button",
    "embed",
    "form",
    "frame",
    "frameset",
    "head",
    "html",
    "iframe",
    "link",
    "math",
    "meta",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "plaintext",
    "script",
    "select",
    "style",
    "svg",
    "template",
    "textarea",
    "title",
    "xmp",
];

/// `rel` is set on every link.
const NEVER_ATTRIBUTES: &[&str] = &["action", "formaction", "ping", "rel", "srcdoc", "style"];

/// The tag in lower case.
pub(crate) fn tag(name: &str) -> Result<String> {
    let name = name.to_ascii_lowercase();
    if NEVER_TAGS.contains(&name.as_str()) || !is_plain(&name) {
        return Err(Error::new(format!("extra_tags: {name} can't be allowed")));
    }
    Ok(name)
}

/// The attribute in lower case.
pub(crate) fn attribute(name: &str) -> Result<String> {
    let name = name.to_ascii_lowercase();
    if NEVER_ATTRIBUTES.contains(&name.as_str()) || name.starts_with("on") || !is_plain(&name) {
        return Err(Error::new(format!("extra_attrs: {name} can't be allowed")));
    }
    Ok(name)
}

/// Letters, digits and hyphens: nothing with a namespace.
fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_names_are_allowed() {
        assert_eq!(tag("Details"), Ok("details".to_owned()));
        assert_eq!(attribute("data-x"), Ok("data-x".to_owned()));
    }

    #[test]
    fn harmful_names_are_not() {
        for name in ["SCRIPT", "style", "iframe", "svg", "form", "", "*", "x:script", "a b"] {
            assert!(tag(name).is_err(), "{name}");
        }
        for name in ["onclick", "OnLoad", "style", "srcdoc", "rel", "xlink:href", "", "*"] {
            assert!(attribute(name).is_err(), "{name}");
        }
    }
}
