//! What `/-/allowed` and `/-/rules` have in common: one action, and pages of what was found about it.

use datasette_plugin_api::{Json, Map, json};

use super::{Wrong, actor_id};
use crate::app::App;
use crate::render::contexts::{Listing, ListingRow};
use crate::render::number::counted;
use crate::request::{Request, with_query};
use crate::urls::{encode_query, with_format};

const DEFAULT_SIZE: usize = 50;
const MAX_SIZE: usize = 200;

/// What a request asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked<'a> {
    pub(super) action: &'a str,
    pub(super) parent: Option<&'a str>,
    pub(super) child: Option<&'a str>,
    page: usize,
    size: usize,
}

impl<'a> Asked<'a> {
    pub(super) fn of(app: &App, request: &'a Request) -> Result<Self, Wrong> {
        let is_known = |action: &str| app.permissions.actions().get(action).is_some();
        Self::parse(request, &is_known)
    }

    fn parse(request: &'a Request, is_known: &dyn Fn(&str) -> bool) -> Result<Self, Wrong> {
        let args = &request.args;
        let action = args.non_empty("action").ok_or_else(|| Wrong::new("action parameter is required"))?;
        if !is_known(action) {
            return Err(Wrong::unknown_action(action));
        }
        let (parent, child) = (args.non_empty("parent"), args.non_empty("child"));
        if child.is_some() && parent.is_none() {
            return Err(Wrong::new("parent must be provided when child is specified"));
        }
        let page = args.get("_page").unwrap_or("1").trim().parse().ok().filter(|page| *page > 0);
        let page = page.ok_or_else(|| Wrong::new("_page must be a positive integer"))?;
        let size = match args.non_empty("_size") {
            None => DEFAULT_SIZE,
            Some("max") => MAX_SIZE,
            Some(size) => size.trim().parse().map_err(|_| Wrong::new("_size must be a positive integer"))?,
        };
        if size > MAX_SIZE {
            return Err(Wrong::new(format!("_size must be <= {MAX_SIZE}")));
        }
        Ok(Self { action, parent, child, page, size })
    }

    fn offset(&self) -> usize {
        self.page.saturating_sub(1).saturating_mul(self.size)
    }

    /// The page that is asked for.
    pub(super) fn page_of(&self, items: Vec<ListingRow>) -> Found {
        let total = items.len();
        let shown: Vec<ListingRow> = items.into_iter().skip(self.offset()).take(self.size).collect();
        Found {
            page: self.page,
            size: self.size,
            total,
            items: shown,
            has_next: total > self.offset().saturating_add(self.size),
        }
    }
}

/// A page of what was found.
pub(super) struct Found {
    page: usize,
    size: usize,
    total: usize,
    items: Vec<ListingRow>,
    has_next: bool,
}

impl Found {
    /// This listing at another page, as HTML or JSON: whatever `path` is.
    fn page_url(&self, request: &Request, path: &str, page: usize) -> String {
        let (page, size) = (page.to_string(), self.size.to_string());
        let kept = request.args.iter().filter(|(name, _)| !matches!(*name, "_page" | "_size"));
        with_query(path, &encode_query(kept.chain([("_page", page.as_str()), ("_size", size.as_str())])))
    }

    fn next(&self, request: &Request) -> Option<String> {
        self.has_next.then(|| self.page_url(request, &request.full_path, self.page.saturating_add(1)))
    }

    fn previous(&self, request: &Request) -> Option<String> {
        (self.page > 1).then(|| self.page_url(request, &request.full_path, self.page - 1))
    }

    pub(super) fn to_json(
        &self,
        request: &Request,
        action: &str,
        item: impl Fn(&ListingRow) -> Json,
    ) -> Json {
        let mut body = Map::new();
        body.insert("ok".to_owned(), true.into());
        body.insert("action".to_owned(), action.into());
        body.insert("actor_id".to_owned(), actor_id(request.actor.as_ref()));
        body.insert("page".to_owned(), self.page.into());
        body.insert("page_size".to_owned(), self.size.into());
        body.insert("total".to_owned(), self.total.into());
        body.insert("items".to_owned(), self.items.iter().map(item).collect());
        if let Some(url) = self.next(request) {
            body.insert("next_url".to_owned(), url.into());
        }
        if let Some(url) = self.previous(request) {
            body.insert("previous_url".to_owned(), url.into());
        }
        json!(body)
    }

    /// For the page; `what` is the word for one of the things listed.
    pub(super) fn into_context(
        self,
        app: &App,
        request: &Request,
        what: &str,
        with_reasons: bool,
    ) -> Listing {
        let count = counted(i64::try_from(self.total).unwrap_or(i64::MAX), what);
        Listing {
            summary: if self.total > self.items.len() {
                format!("{count}, page {}", self.page)
            } else {
                count
            },
            json_url: with_format(&app.site_path(request), &request.query_string, "json", &[]),
            previous_url: self.previous(request),
            next_url: self.next(request),
            with_reasons,
            items: self.items,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expected: Result<(usize, usize), (u16, &str)>) {
        let request = Request::new("GET", &format!("/-/allowed?{query}"));
        let asked = Asked::parse(&request, &|action| action == "vt");
        let found = asked.map(|asked| (asked.offset(), asked.size));
        assert_eq!(
            found.map_err(|wrong| (wrong.status, wrong.message)),
            expected.map_err(|(s, m)| (s, m.to_owned()))
        );
    }

    #[test]
    fn questions_have_to_make_sense() {
        check("action=vt", Ok((0, 50)));
        check("action=vt&_size=max&_page=3", Ok((400, 200)));
        check("action=vt&_size=0&_page=3", Ok((0, 0)));
        check("action=vt&parent=d&child=t", Ok((0, 50)));
        check("", Err((400, "action parameter is required")));
        check("action=", Err((400, "action parameter is required")));
        check("action=x", Err((404, "Unknown action: x")));
        check("action=vt&child=t", Err((400, "parent must be provided when child is specified")));
        for page in ["0", "-1", "x", "", "99999999999999999999999"] {
            check(&format!("action=vt&_page={page}"), Err((400, "_page must be a positive integer")));
        }
        check("action=vt&_size=x", Err((400, "_size must be a positive integer")));
        check("action=vt&_size=-1", Err((400, "_size must be a positive integer")));
        check("action=vt&_size=201", Err((400, "_size must be <= 200")));
        check("action=vt&_page=18446744073709551615", Ok((usize::MAX, 50)));
    }

    #[test]
    fn pages_lead_to_each_other() {
        let request = Request::new("GET", "/-/allowed.json?_size=2&action=vt&_page=2&x=%26");
        let asked = Asked::parse(&request, &|_| true).unwrap();
        let items = (0..5).map(|_| ListingRow::default()).collect();
        let json = asked.page_of(items).to_json(&request, "vt", |_| json!(1));
        assert_eq!(
            json,
            json!({
                "ok": true, "action": "vt", "actor_id": null, "page": 2, "page_size": 2, "total": 5, "items": [1, 1],
                "next_url": "/-/allowed.json?action=vt&x=%26&_page=3&_size=2",
                "previous_url": "/-/allowed.json?action=vt&x=%26&_page=1&_size=2",
            })
        );
    }
}
