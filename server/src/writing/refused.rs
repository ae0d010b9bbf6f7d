//! Refusals of the JSON API: always JSON, whatever the client says it accepts, and often several
//! reasons at once.

use datasette_plugin_api::{Json, json};

use crate::error::{Error, ErrorPage, Result};
use crate::render::json::to_vec;
use crate::response::Response;

/// The outcome of a request to the JSON API.
pub(crate) type Verdict<T = Response> = std::result::Result<T, Refused>;

/// Why it is not done.
#[derive(Debug)]
pub(crate) enum Refused {
    /// What the client reads.
    Told { status: u16, errors: Vec<String> },
    /// An error that may have to be kept from the client, or told in another way.
    Failed(Error),
    /// An error that is told as on any page.
    Page(Error),
}

impl<E: Into<Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// A refusal with one reason.
pub(crate) fn refuse(status: u16, message: impl Into<String>) -> Refused {
    Refused::Told { status, errors: vec![message.into()] }
}

/// The answer. What went wrong on our side stays an error, for the log and the error page.
pub(crate) fn api(verdict: Verdict) -> Result<Response> {
    match verdict {
        Ok(response) => Ok(response),
        Err(Refused::Told { status, errors }) => Ok(error_response(&errors, status)),
        Err(Refused::Page(error)) => Err(error),
        Err(Refused::Failed(error)) => match error {
            Error::Busy { message } => Ok(error_response(&[message], 503).with_header("retry-after", "1")),
            Error::Full => {
                tracing::error!("{error}");
                Ok(error_response(&[error.to_string()], 507))
            }
            Error::Interrupted { .. } => {
                let message = "SQL query took too long; a write may take two seconds".to_owned();
                Ok(error_response(&[message], 400))
            }
            Error::NotFound(_)
            | Error::Forbidden(_)
            | Error::BadRequest { .. }
            | Error::InvalidSql { .. } => {
                let page = ErrorPage::from(&error);
                Ok(error_response(&[page.message], page.status))
            }
            other => Err(other),
        },
    }
}

fn error_response(errors: &[String], status: u16) -> Response {
    Response::json(to_vec(&error_body(errors, status))).with_status(status)
}

/// The one shape of errors in JSON.
pub(crate) fn error_body(errors: &[String], status: u16) -> Json {
    json!({"ok": false, "error": errors.join("; "), "errors": errors, "status": status})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_reasons_are_told_at_once() {
        let refused = Refused::Told { status: 400, errors: vec!["a".into(), "b".into()] };
        let response = api(Err(refused)).unwrap();
        let crate::response::Body::Bytes(body) = response.body else { panic!("no bytes") };
        let expected = r#"{"ok": false, "error": "a; b", "errors": ["a", "b"], "status": 400}"#;
        assert_eq!((response.status, std::str::from_utf8(&body)), (400, Ok(expected)));
    }

    #[test]
    fn what_is_our_fault_stays_an_error() {
        let error = Error::Internal(anyhow::anyhow!("/etc/secret is missing"));
        assert!(api(Err(error.into())).is_err());
    }

    #[test]
    fn a_busy_database_says_when_to_come_back() {
        let response = api(Err(Error::Busy { message: "later".into() }.into())).unwrap();
        assert_eq!((response.status, response.header("retry-after")), (503, Some("1")));
    }
}
