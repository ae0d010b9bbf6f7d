//! From Markdown to markup that is harmless whatever the Markdown was.

use std::collections::HashSet;

use ammonia::Builder;
use datasette_plugin_api::{Error, Result};
use pulldown_cmark::{Event, Options as Syntax, Parser, html};

use crate::options::Options;

/// Longer text would be more than a page can show.
const LONGEST: usize = 100_000;

/// Sanitising takes time with the square of how deep things are in each other, and of how many characters it has to
/// write as references.
const DEEPEST: usize = 100;
const MOST_TAGS: usize = 2_000;
const MOST_REFERENCES: usize = 10_000;

pub(crate) fn html(text: &str, options: &Options) -> Result<String> {
    if text.len() > LONGEST {
        return Err(Error::new(format!("the text is longer than {LONGEST} bytes")));
    }
    if text.matches(['&', '\u{a0}']).count() > MOST_REFERENCES {
        return Err(Error::new("the text has too many ampersands and spaces that do not break"));
    }
    let (mut depth, mut tags) = (0_usize, 0);
    let mut events = Vec::new();
    for event in Parser::new_ext(text, options.syntax) {
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Html(markup) | Event::InlineHtml(markup) => tags += markup.matches('<').count(),
            _ => {}
        }
        if depth > DEEPEST || tags > MOST_TAGS {
            return Err(Error::new("the text is nested too deeply"));
        }
        events.push(match event {
            Event::SoftBreak if options.line_breaks => Event::HardBreak,
            event => event,
        });
    }
    let mut markup = String::with_capacity(text.len() * 3 / 2);
    html::push_html(&mut markup, events.into_iter());
    Ok(sanitiser(options).clean(&markup).to_string())
}

/// The usual tags of texts; links to the web, mails and this site.
fn sanitiser(options: &Options) -> Builder<'_> {
    let mut builder = Builder::default();
    builder
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(Some("nofollow noopener noreferrer"))
        .set_tag_attribute_value("img", "loading", "lazy");
    if options.syntax.contains(Syntax::ENABLE_TASKLISTS) {
        // Nothing but boxes that nobody can tick.
        builder
            .add_tags(["input"])
            .add_tag_attributes("input", ["checked"])
            .set_tag_attribute_value("input", "type", "checkbox")
            .set_tag_attribute_value("input", "disabled", "");
    }
    builder.add_tags(options.extra_tags.iter().map(String::as_str));
    for (tag, attribute) in &options.extra_attrs {
        match tag.as_str() {
            "*" => builder.add_generic_attributes([attribute.as_str()]),
            tag => builder.add_tag_attributes(tag, [attribute.as_str()]),
        };
    }
    builder
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::{Json, json};

    use super::*;

    fn render_with(settings: &Json, text: &str) -> String {
        html(text, &Options::read(settings.as_object().unwrap()).unwrap()).unwrap()
    }

    #[track_caller]
    fn check_with(settings: Json, text: &str, expected: &str) {
        assert_eq!(render_with(&settings, text), expected);
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        check_with(json!({}), text, expected);
    }

    #[test]
    fn markdown_becomes_markup() {
        check("# A\n\n* b\n* `c`\n", "<h1>A</h1>\n<ul>\n<li>b</li>\n<li><code>c</code></li>\n</ul>\n");
        let link = "<p><a href=\"https://example.com/\" rel=\"nofollow noopener noreferrer\">x</a></p>\n";
        check("[x](https://example.com/)", link);
        check("![x](/a.png)", "<p><img src=\"/a.png\" alt=\"x\" loading=\"lazy\"></p>\n");
        check("a <kbd>b</kbd>", "<p>a <kbd>b</kbd></p>\n");
    }

    #[test]
    fn tables_are_an_extension() {
        let table = "| a |\n|---|\n| b |\n";
        assert!(!render_with(&json!({}), table).contains("<table>"));
        let markup = render_with(&json!({"extensions": ["tables"]}), table);
        assert!(markup.contains("<table>") && markup.contains("<td>b</td>"), "{markup}");
    }

    #[test]
    fn tasks_are_boxes_that_nobody_can_tick() {
        let settings = json!({"extensions": ["tasklists"]});
        let markup = render_with(&settings, "- [x] done\n- [ ] open\n\n<input type=text name=password>");
        assert_eq!(markup.matches("<input").count(), 3, "{markup}");
        assert_eq!(markup.matches("type=\"checkbox\"").count(), 3, "{markup}");
        assert_eq!(markup.matches("disabled").count(), 3, "{markup}");
        assert!(markup.contains("checked") && !markup.contains("password"), "{markup}");
    }

    #[test]
    fn line_breaks_are_an_extension() {
        check("a\nb", "<p>a\nb</p>\n");
        check_with(json!({"extensions": ["nl2br"]}), "a\nb", "<p>a<br>\nb</p>\n");
    }

    #[test]
    fn more_tags_and_attributes_can_be_allowed() {
        let text = "<section id=\"x\" class=\"y\" onclick=\"z\">a</section>";
        check(text, "a");
        let settings = json!({"extra_tags": ["section"], "extra_attrs": {"section": ["id"], "*": ["class"]}});
        check_with(settings, text, "<section id=\"x\" class=\"y\">a</section>");
    }

    #[test]
    fn nothing_hostile_remains() {
        let generous = json!({
            "extensions": ["mdx_gfm:GithubFlavoredMarkdownExtension", "extra", "smarty"],
            "extra_tags": ["details", "summary", "input", "video", "source", "section"],
            "extra_attrs": {"*": ["class", "id", "name"], "video": ["src", "poster"], "a": ["target"], "img": ["srcset"]},
        });
        for attack in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<svg/onload=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](java&#10;script:alert(1))",
            "[x](&#x6A;avascript:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "[x](vbscript:alert(1))",
            "<javascript:alert(1)>",
            "![x](javascript:alert(1))",
            "![x](data:image/svg+xml,<svg/>)",
            "[x]: javascript:alert(1)\n\n[x]",
            "<a href=\" javascript:alert(1)\">x</a>",
            "<a href=\"java\tscript:alert(1)\">x</a>",
            "<iframe src=\"https://evil.example/\"></iframe>",
            "<iframe srcdoc=\"<script>alert(1)</script>\">",
            "<style>@import 'https://evil.example/';</style>",
            "<p style=\"background:url(javascript:alert(1))\">x</p>",
            "<form action=\"https://evil.example/\"><input name=p></form>",
            "<base href=\"https://evil.example/\">",
            "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
            "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "<video poster=\"javascript:alert(1)\" src=\"javascript:alert(1)\">",
            "```\"><script>alert(1)</script>\nx\n```",
            "<!--><script>alert(1)</script>-->",
            "</div></td></table><script>alert(1)</script>",
        ] {
            for settings in [&json!({}), &generous] {
                let markup = render_with(settings, attack).to_ascii_lowercase();
                let attributes = markup.replace("&lt;", "").replace("&gt;", "").replace("&#", "");
                for word in [
                    "<script",
                    "<svg",
                    "<iframe",
                    "<style",
                    "<form",
                    "<base",
                    "<meta",
                    "<math",
                    "<noscript",
                    "</div",
                    "</td",
                ] {
                    assert!(!markup.contains(word), "{attack}: {markup}");
                }
                for word in [
                    "=\"javascript:",
                    "=\" javascript:",
                    "=\"data:",
                    "=\"vbscript:",
                    " onerror=a",
                    " style=\"",
                    "srcdoc=\"",
                ] {
                    let inside_tag = attributes.split('<').skip(1).filter_map(|tag| tag.split_once('>'));
                    assert!(!inside_tag.into_iter().any(|(tag, _)| tag.contains(word)), "{attack}: {markup}");
                }
            }
        }
    }

    #[test]
    fn too_much_is_refused_before_it_takes_time() {
        let options = Options::default();
        let nested = |piece: &str| html(&piece.repeat(LONGEST / piece.len()), &options);
        for piece in [">", "<div>", "<b>", "a<i>", "* ", "[", "![", "*a **a "] {
            // Either it is refused, or it is flat.
            if let Ok(markup) = nested(piece) {
                assert!(markup.len() < 20 * LONGEST, "{piece}");
            }
        }
        assert!(nested(">").is_err() && nested("<div>").is_err() && nested("a<i>").is_err());
        assert!(nested("&").is_err() && nested("\u{a0}").is_err() && nested("&nbsp;").is_err());
        let error = html(&"a".repeat(LONGEST + 1), &options).unwrap_err();
        assert_eq!(error.message, "the text is longer than 100000 bytes");
    }
}
