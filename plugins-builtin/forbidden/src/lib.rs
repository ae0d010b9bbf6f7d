//! Answers visitors who may not do what they asked for: with JSON if they speak JSON, else with a page.
//!
//! Hooks: `forbidden` (after all other plugins). Config: none; the templates `403.html` and `error.html` of
//! the site apply.

use datasette_plugin_api::*;

struct TurnAway {
    host: Host,
}

#[hookimpl(trylast = [forbidden])]
impl Plugin for TurnAway {
    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn forbidden(&self, args: &Forbidden<'_>) -> Result<Option<Response>> {
        let Forbidden { request, message, .. } = args;
        let response = if wants_json(request) {
            Response::json(&json!({"ok": false, "error": message, "errors": [message], "status": 403}))?
        } else {
            let context = json!({"ok": false, "error": message, "status": 403, "title": "Forbidden"});
            Response::html(self.host.render_template(&["403.html", "error.html"], &context, Some(request))?)
        };
        Ok(Some(response.with_status(403)))
    }
}

export_plugin!(TurnAway, name = "datasette.forbidden");

fn wants_json(request: &Request<'_>) -> bool {
    request.path().ends_with(".json")
        || request.header("accept").is_some_and(|accept| accept.contains("application/json"))
        || request.header("content-type") == Some("application/json")
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, FakeRequest, Harness};

    use super::*;

    fn answer(request: &FakeRequest) -> (Response, Vec<(String, Json)>) {
        let plugin = Harness::<TurnAway>::with(FakeHost::new().answer("render_template", "<p>page</p>"));
        let response = plugin.forbidden(&Forbidden::new(request.view(), "view-database"));
        (response.unwrap().unwrap().unwrap(), plugin.asked())
    }

    #[test]
    fn who_speaks_json_gets_json() {
        let requests = [
            FakeRequest::get("/db.json?x=1"),
            FakeRequest::get("/db").header("Accept", "text/html, application/json"),
            FakeRequest::post("/db/-/create", "{}").header("Content-Type", "application/json"),
        ];
        for request in requests {
            let (response, _) = answer(&request);
            let body =
                r#"{"ok": false, "error": "view-database", "errors": ["view-database"], "status": 403}"#;
            assert_eq!((response.status, response.body_text().as_str()), (403, body));
        }
    }

    #[test]
    fn everybody_else_gets_a_page() {
        let other = FakeRequest::post("/db", "").header("Content-Type", "application/json; charset=utf-8");
        for request in [FakeRequest::get("/db.csv"), other] {
            let (response, asked) = answer(&request);
            assert_eq!((response.status, response.body_text().as_str()), (403, "<p>page</p>"));
            assert_eq!(asked[0].1["names"], json!(["403.html", "error.html"]));
            assert_eq!(asked[0].1["context"]["title"], "Forbidden");
        }
    }
}
