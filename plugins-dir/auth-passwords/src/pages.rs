//! `/-/login` and `/-/password-tool`.

use datasette_plugin_api::*;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::accounts::{Accounts, Refused};
use crate::hash;

/// The shortest password the tool makes a hash of.
const SHORTEST: usize = 8;

/// `/-/login`: asks, and after a POST signs in.
pub(crate) fn login(host: &Host, accounts: &Accounts, request: &Request<'_>) -> Result<Response> {
    match request.method() {
        "GET" | "HEAD" => {
            let next = local_path(request.arg("next").unwrap_or_default()).unwrap_or_default();
            login_page(host, accounts, request, next, "", None)
        }
        "POST" => {
            let form = request.form()?;
            let next = local_path(form.get("next").unwrap_or_default()).unwrap_or_default();
            let name = form.get("username").unwrap_or_default();
            let password = form.get("password").unwrap_or_default();
            match accounts.sign_in(name, password, request.client()) {
                Ok(actor) => signed_in(host, request, &actor, next),
                Err(refused) => login_page(host, accounts, request, next, name, Some(&refused)),
            }
        }
        _ => Ok(method_not_allowed()),
    }
}

fn signed_in(host: &Host, request: &Request<'_>, actor: &Actor, next: &str) -> Result<Response> {
    let location = if next.is_empty() { host.url_instance(None)? } else { next.to_owned() };
    let cookie = host.actor_cookie(request, actor, None)?;
    host.track_event(&Event::new("login", Some(actor.clone())))?;
    Ok(Response::redirect(location).with_cookie(&cookie))
}

fn login_page(
    host: &Host,
    accounts: &Accounts,
    request: &Request<'_>,
    next: &str,
    name: &str,
    refused: Option<&Refused>,
) -> Result<Response> {
    let context = json!({
        "form_action": host.url_path("/-/login", None)?,
        "tool_url": host.url_path("/-/password-tool", None)?,
        "no_accounts": accounts.is_empty(),
        "next": next,
        "username": name,
        "error": refused.map(told),
    });
    let page = host.render_template(&["password_login.html"], &context, Some(request))?;
    Ok(with_refusal(Response::html(page), refused))
}

fn told(refused: &Refused) -> String {
    match refused {
        Refused::Wrong => "The user name or the password is wrong.".to_owned(),
        Refused::TooMany(wait) => {
            format!("There were too many attempts. Try again in {}.", seconds(wait.as_secs().max(1)))
        }
    }
}

fn seconds(number: u64) -> String {
    if number == 1 { "a second".to_owned() } else { format!("{number} seconds") }
}

fn with_refusal(response: Response, refused: Option<&Refused>) -> Response {
    match refused {
        None => response,
        Some(Refused::Wrong) => response.with_status(403),
        Some(Refused::TooMany(wait)) => {
            response.with_status(429).with_header("retry-after", wait.as_secs().max(1).to_string())
        }
    }
}

/// `/-/password-tool`: makes the hash of a password, for the configuration.
pub(crate) fn tool(host: &Host, accounts: &Accounts, request: &Request<'_>) -> Result<Response> {
    let (made, problem, refused) = match request.method() {
        "GET" | "HEAD" => (None, None, None),
        "POST" => {
            let form = request.form()?;
            let (password, again) = (form.get("password").unwrap_or_default(), form.get("password_again"));
            if password.chars().count() < SHORTEST {
                (None, Some(format!("A password needs {SHORTEST} characters or more.")), None)
            } else if again != Some(password) {
                (None, Some("The passwords are not the same.".to_owned()), None)
            } else {
                match accounts.alone(|| hash::hash(password)) {
                    Ok(hash) => (Some(hash?), None, None),
                    Err(refused) => (None, Some(told(&refused)), Some(refused)),
                }
            }
        }
        _ => return Ok(method_not_allowed()),
    };
    let context = json!({
        "form_action": host.url_path("/-/password-tool", None)?,
        "error": problem,
        "hash": made,
    });
    let page = host.render_template(&["password_tool.html"], &context, Some(request))?;
    let response = with_refusal(Response::html(page), refused.as_ref());
    // Neither a password's hash nor anything about it is to be found in a cache.
    Ok(response.with_header("cache-control", "private, no-store"))
}

/// Strangers who open a page that they may not see are asked who they are; programs are told 403.
pub(crate) fn send_to_login(
    host: &Host,
    accounts: &Accounts,
    request: &Request<'_>,
) -> Result<Option<Response>> {
    let is_page = request.header("accept").is_some_and(|accept| accept.contains("text/html"));
    let is_data = request.path().ends_with(".json") || request.path().ends_with(".csv");
    let is_stranger = request.actor().is_none() && request.method() == "GET";
    if !is_stranger || !is_page || is_data || accounts.is_empty() || accounts.realm.is_some() {
        return Ok(None);
    }
    let mut here = request.full_path().to_owned();
    if !request.query_string().is_empty() {
        here = format!("{here}?{}", request.query_string());
    }
    let next = utf8_percent_encode(&here, NON_ALPHANUMERIC);
    let location = format!("{}?next={next}", host.url_path("/-/login", None)?);
    let mut response = Response::html("").with_status(302).with_header("location", location);
    response = response.with_header("cache-control", "private, no-store");
    Ok(Some(response))
}

/// The address if it is one of this site. Browsers take `//host`, `/\host` and what hides behind tabs for
/// another site.
fn local_path(next: &str) -> Option<&str> {
    let is_plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_local = next.starts_with('/') && !next.starts_with("//");
    Some(next).filter(|next| is_plain && is_local && next.len() < 4096)
}

fn method_not_allowed() -> Response {
    Response::text("Method not allowed").with_status(405).with_header("allow", "GET, HEAD, POST")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_site_are_followed() {
        for good in ["/", "/db/t?x=1&y=%2F", "/prefix/-/actor"] {
            assert_eq!(local_path(good), Some(good));
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "evil.example",
            "/a\r\nset-cookie: a=b",
            "/é",
            "\\\\evil.example",
        ] {
            assert_eq!(local_path(bad), None, "{bad:?}");
        }
    }
}
