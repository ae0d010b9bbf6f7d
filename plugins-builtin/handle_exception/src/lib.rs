//! Answers every request that failed: with JSON, with text, or with a page, as the client wants to read it.
//!
//! Hooks: `handle_exception` (after all other plugins). Config: none; the templates `404.html`, `500.html`, ...
//! and `error.html` of the site apply.

use datasette_plugin_api::*;

struct HandleExceptions {
    host: Host,
}

#[hookimpl(trylast = [handle_exception])]
impl Plugin for HandleExceptions {
    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn handle_exception(&self, failure: &HandleException<'_>) -> Result<Option<Response>> {
        let response = match failure.format {
            "json" => json(failure)?,
            "text" => Response::text(failure.message),
            _ => self.page(failure)?,
        };
        Ok(Some(response.with_status(failure.status)))
    }
}

export_plugin!(HandleExceptions, name = "datasette.handle_exception");

fn json(failure: &HandleException<'_>) -> Result<Response> {
    let HandleException { message, status, .. } = failure;
    Response::json(&json!({"ok": false, "error": message, "errors": [message], "status": status}))
}

impl HandleExceptions {
    fn page(&self, failure: &HandleException<'_>) -> Result<Response> {
        let HandleException { message, status, .. } = failure;
        let title = failure.title.map_or_else(|| format!("Error {status}"), str::to_owned);
        let own = format!("{status}.html");
        // Nothing more is asked of a site that just failed: crumbs and menus would.
        let context = json!({
            "ok": false, "error": message, "status": status, "title": title, "sql": failure.sql,
            "crumb_items": [], "menu_links": [],
        });
        let page = self.host.render_template(&[&own, "error.html"], &context, Some(&failure.request))?;
        Ok(Response::html(page))
    }
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, FakeRequest, Harness};

    use super::*;

    fn answer(format: &str, title: Option<&str>) -> (Response, Vec<(String, Json)>) {
        let plugin =
            Harness::<HandleExceptions>::with(FakeHost::new().answer("render_template", "<p>page</p>"));
        let request = FakeRequest::get("/nope");
        let failure =
            HandleException::new(request.view(), 404, title, "Database not found", format, None, None);
        (plugin.handle_exception(&failure).unwrap().unwrap().unwrap(), plugin.asked())
    }

    #[test]
    fn json_says_it_in_one_form() {
        let (response, asked) = answer("json", None);
        let body = r#"{"ok": false, "error": "Database not found", "errors": ["Database not found"], "status": 404}"#;
        assert_eq!((response.status, response.body_text().as_str()), (404, body));
        assert_eq!(response.header("content-type"), Some("application/json; charset=utf-8"));
        assert!(asked.is_empty());
    }

    #[test]
    fn text_is_the_message() {
        let (response, _) = answer("text", None);
        assert_eq!((response.status, response.body_text().as_str()), (404, "Database not found"));
        assert_eq!(response.header("content-type"), Some("text/plain; charset=utf-8"));
    }

    #[test]
    fn pages_have_a_template_for_their_status() {
        let (response, asked) = answer("html", None);
        assert_eq!((response.status, response.body_text().as_str()), (404, "<p>page</p>"));
        let context = json!({
            "ok": false, "error": "Database not found", "status": 404, "title": "Error 404", "sql": null,
            "crumb_items": [], "menu_links": [],
        });
        assert_eq!(asked[0].1, json!({"names": ["404.html", "error.html"], "context": context}));
    }

    #[test]
    fn a_failure_may_have_a_title() {
        let (_, asked) = answer("html", Some("Invalid SQL"));
        assert_eq!(asked[0].1["context"]["title"], "Invalid SQL");
    }
}
