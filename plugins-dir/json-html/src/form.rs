//! The forms of JSON that become markup.
//!
//! Adding a form: an arm in [`object`], with all its keys; an object with any other key is not of the form.

use datasette_plugin_api::{Html, Json, Map, escaped, serde_json};

use crate::address;

/// Markup for a link, a picture or preformatted text; for a list of links or pictures.
pub(crate) fn html(json: &Json) -> Option<Html> {
    let markup = match json {
        Json::Object(it) => object(it)?,
        Json::Array(list) if !list.is_empty() => {
            let item = |item: &Json| link_or_picture(item.as_object()?);
            let items: Vec<String> = list.iter().map(item).collect::<Option<_>>()?;
            items.join(", ")
        }
        _ => return None,
    };
    Some(Html(markup))
}

fn object(it: &Map) -> Option<String> {
    if it.contains_key("pre") {
        return preformatted(it);
    }
    match text(it, "description") {
        Some(description) if !it.contains_key("img_src") => {
            let (link, description) = (link(it)?, escaped(&description).replace('\n', "<br>"));
            Some(format!("<strong>{link}</strong><br>{description}"))
        }
        _ => link_or_picture(it),
    }
}

/// What may stand in a list too.
fn link_or_picture(it: &Map) -> Option<String> {
    if it.contains_key("img_src") {
        picture(it)
    } else if text(it, "description").is_none() {
        link(it)
    } else {
        None
    }
}

fn link(it: &Map) -> Option<String> {
    if !has_only(it, &["href", "label", "title", "description"]) || !it.contains_key("label") {
        return None;
    }
    let address = text(it, "href")?;
    let href = address::link(&address)?;
    let label = text(it, "label").filter(|label| !label.trim().is_empty());
    let title = attribute("title", text(it, "title"));
    let label = escaped(label.as_deref().unwrap_or(href)).into_owned();
    Some(format!("<a href=\"{}\"{title} rel=\"nofollow\">{label}</a>", escaped(href)))
}

fn picture(it: &Map) -> Option<String> {
    if !has_only(it, &["img_src", "alt", "caption", "width", "href"]) {
        return None;
    }
    let address = text(it, "img_src")?;
    let source = escaped(address::picture(&address)?).into_owned();
    let width = text(it, "width");
    if width.as_ref().is_some_and(|width| width.parse::<u16>().is_err()) {
        return None;
    }
    let caption = text(it, "caption");
    // A picture without words is nothing to those who can't see it; its caption stands beside it anyway.
    let alt = escaped(&text(it, "alt").unwrap_or_default()).into_owned();
    let width = attribute("width", width);
    let mut markup =
        format!("<img class=\"json-html\" src=\"{source}\" alt=\"{alt}\"{width} loading=\"lazy\">");
    if let Some(address) = text(it, "href") {
        let href = escaped(address::link(&address)?).into_owned();
        markup = format!("<a href=\"{href}\" rel=\"nofollow\">{markup}</a>");
    }
    Some(match caption {
        Some(caption) => {
            let caption = escaped(&caption).into_owned();
            format!("<figure class=\"json-html\">{markup}<figcaption>{caption}</figcaption></figure>")
        }
        None => markup,
    })
}

fn preformatted(it: &Map) -> Option<String> {
    if it.len() > 1 {
        return None;
    }
    let shown = match it.get("pre")? {
        Json::String(text) => text.clone(),
        json => serde_json::to_string_pretty(json).ok()?,
    };
    Some(format!("<pre class=\"json-html\">{}</pre>", escaped(&shown)))
}

fn has_only(it: &Map, keys: &[&str]) -> bool {
    it.keys().all(|key| keys.contains(&key.as_str()))
}

/// Text or a number, as `json_object` makes them of columns; null is as good as absent.
fn text(it: &Map, key: &str) -> Option<String> {
    match it.get(key)? {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn attribute(name: &str, value: Option<String>) -> String {
    value.map(|value| format!(" {name}=\"{}\"", escaped(&value))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::json;

    use super::*;

    #[track_caller]
    fn check(json: &Json, expected: &str) {
        assert_eq!(html(json), Some(Html(expected.to_owned())));
    }

    #[test]
    fn a_link_has_an_address_and_a_label() {
        let json = json!({"href": "/a?b&c", "label": "A & B", "title": "\"A\""});
        check(&json, "<a href=\"/a?b&amp;c\" title=\"&#34;A&#34;\" rel=\"nofollow\">A &amp; B</a>");
        let without_label = "<a href=\"/a\" rel=\"nofollow\">/a</a>";
        check(&json!({"href": "/a", "label": null}), without_label);
        check(&json!({"href": "/a", "label": " "}), without_label);
        check(&json!({"href": "/7", "label": 7}), "<a href=\"/7\" rel=\"nofollow\">7</a>");
    }

    #[test]
    fn a_description_stands_below_its_link() {
        let json = json!({"href": "/", "label": "x", "description": "<one>\ntwo"});
        let expected = "<strong><a href=\"/\" rel=\"nofollow\">x</a></strong><br>&lt;one&gt;<br>two";
        check(&json, expected);
    }

    #[test]
    fn lists_are_of_links_and_pictures() {
        let one = json!({"href": "/1", "label": "one"});
        let two = json!({"href": "/2", "label": "two"});
        let expected = "<a href=\"/1\" rel=\"nofollow\">one</a>, <a href=\"/2\" rel=\"nofollow\">two</a>";
        check(&json!([one, two]), expected);
        let described = json!({"href": "/2", "label": "two", "description": "second"});
        for other in [json!(1), json!([]), json!({"href": "javascript:x", "label": "x"}), described] {
            assert_eq!(html(&json!([one, other])), None);
        }
    }

    #[test]
    fn a_picture_has_width_words_link_and_caption() {
        check(
            &json!({"img_src": "/a.png"}),
            "<img class=\"json-html\" src=\"/a.png\" alt=\"\" loading=\"lazy\">",
        );
        let json = json!({
            "img_src": "https://example.com/a.png", "alt": "\"A\"", "width": 200, "href": "/a", "caption": "<A>",
        });
        check(
            &json,
            "<figure class=\"json-html\"><a href=\"/a\" rel=\"nofollow\"><img class=\"json-html\" \
             src=\"https://example.com/a.png\" alt=\"&#34;A&#34;\" width=\"200\" loading=\"lazy\"></a>\
             <figcaption>&lt;A&gt;</figcaption></figure>",
        );
    }

    #[test]
    fn preformatted_text_may_be_json() {
        check(&json!({"pre": "a\n<b>"}), "<pre class=\"json-html\">a\n&lt;b&gt;</pre>");
        check(&json!({"pre": {"a": []}}), "<pre class=\"json-html\">{\n  &#34;a&#34;: []\n}</pre>");
        assert_eq!(html(&json!({"pre": "a", "b": 1})), None);
    }

    #[test]
    fn nothing_hostile_becomes_markup() {
        let attack = "\"><script>alert(1)</script>";
        for json in [
            json!({"href": "javascript:alert(1)", "label": "x"}),
            json!({"href": "data:text/html,x", "label": "x"}),
            json!({"img_src": "javascript:alert(1)"}),
            json!({"img_src": "/a.png", "href": "vbscript:x"}),
            json!({"img_src": "/a.png", "width": "1 onload=alert(1)"}),
            json!({"img_src": "/a.png", "onload": "alert(1)"}),
            json!({"href": "/", "label": "x", "onclick": "alert(1)"}),
        ] {
            assert_eq!(html(&json), None, "{json}");
        }
        for json in [
            json!({"href": format!("/{attack}"), "label": attack, "title": attack, "description": attack}),
            json!({"img_src": format!("/{attack}"), "alt": attack, "caption": attack, "href": format!("/{attack}")}),
            json!({"pre": attack}),
            json!({"pre": {attack: attack}}),
        ] {
            let markup = html(&json).unwrap().0;
            assert!(!markup.contains("<script") && !markup.contains("\"\"><"), "{markup}");
        }
    }
}
