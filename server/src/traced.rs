//! `?_trace=1`: adds what was noted while the answer was made to the answer. Needs the setting
//! `trace_debug`, because SQL and its values may be nobody's business.

use std::time::Instant;

use bytes::Bytes;
use datasette_plugin_api::{Html, Json, json};

use crate::render::json::{pretty, write_json};
use crate::request::Request;
use crate::response::{Body, Response};
use crate::trace::capture;

/// Larger answers stay as they are.
const LARGEST: usize = 256 * 1024;

/// The argument has to be there literally.
pub(crate) fn is_wanted(request: &Request) -> bool {
    request.query_string.split('&').any(|pair| pair == "_trace=1")
}

/// Answers, and tells how.
pub(crate) fn answer(answer: impl FnOnce() -> Response) -> Response {
    let started = Instant::now();
    let (mut response, traces) = capture(answer);
    let sum: f64 = traces.iter().filter_map(|trace| trace.get("duration_ms")?.as_f64()).sum();
    let trace = json!({
        "request_duration_ms": started.elapsed().as_secs_f64() * 1000.0,
        "sum_trace_duration_ms": sum,
        "num_traces": traces.len(),
        "traces": traces,
    });
    let kind = response.header("content-type").unwrap_or_default().to_owned();
    if let Body::Bytes(bytes) = &response.body
        && let Some(changed) = with_trace(bytes, &kind, &trace)
    {
        response.body = Body::Bytes(Bytes::from(changed));
    }
    response
}

/// At the end of a page, or as the last member of an object; `None` where there is no place for it.
fn with_trace(body: &[u8], content_type: &str, trace: &Json) -> Option<Vec<u8>> {
    if body.len() > LARGEST {
        return None;
    }
    let mut out = body.to_vec();
    if content_type.contains("text/html") {
        let end = memchr::memmem::rfind(body, b"</body>")?;
        let text = Html::escape(&pretty(trace, 2));
        out.splice(end..end, format!("<pre>{text}</pre>").into_bytes());
    } else if content_type.contains("json") && body.starts_with(b"{") && body.ends_with(b"}") {
        out.pop();
        out.extend_from_slice(if out.len() > 1 { b", \"_trace\": " } else { b"\"_trace\": " });
        write_json(&mut out, trace);
        out.push(b'}');
    } else {
        return None;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, content_type: &str, expected: &str) {
        let changed = with_trace(body.as_bytes(), content_type, &json!([1]));
        let changed = changed.map(|body| String::from_utf8(body).unwrap());
        assert_eq!(changed.as_deref().unwrap_or("unchanged"), expected);
    }

    #[test]
    fn objects_get_a_member() {
        check(r#"{"a": 1}"#, "application/json; charset=utf-8", r#"{"a": 1, "_trace": [1]}"#);
        check("{}", "application/json", r#"{"_trace": [1]}"#);
        check("[1]", "application/json", "unchanged");
    }

    #[test]
    fn pages_get_it_at_their_end() {
        check("<p>x</body>", "text/html; charset=utf-8", "<p>x<pre>[\n  1\n]</pre></body>");
        check("<p>x", "text/html", "unchanged");
        check("</body>", "text/plain", "unchanged");
    }

    #[test]
    fn the_argument_is_taken_literally() {
        assert!(is_wanted(&Request::new("GET", "/?a=1&_trace=1")));
        assert!(!is_wanted(&Request::new("GET", "/?_trace=on")));
    }
}
