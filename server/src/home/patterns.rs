//! `/-/patterns`: every piece that pages are made of, for whoever writes CSS for them.

use crate::app::App;
use crate::error::Result;
use crate::permissions::Resource;
use crate::render::contexts::PatternsContext;
use crate::render::page::{self, PageKind};
use crate::request::Request;
use crate::response::Response;

pub(crate) fn patterns(app: &App, request: &Request) -> Result<Response> {
    app.permissions.require(request, "view-instance", Resource::Instance)?;
    let chosen = page::choose(app, &["patterns.html".to_owned()])?;
    let crumbs = page::crumbs(app, request, None, None)?;
    page::respond(app, request, &chosen, PageKind::of("patterns"), crumbs, |base| PatternsContext { base })
}
