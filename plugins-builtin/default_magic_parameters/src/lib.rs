//! Parameters of stored queries that fill in themselves: `:_now_date_utc`, `:_actor_id`, ...
//!
//! Hooks: `register_magic_parameters`. Config: none.

mod clock;

use std::time::{SystemTime, UNIX_EPOCH};

use datasette_plugin_api::*;
use rand::Rng;

use clock::{date, datetime};

/// More digits than anybody needs, few enough for any memory.
const MOST_RANDOM_CHARS: usize = 65_536;

struct MagicParameters;

#[hookimpl]
impl Plugin for MagicParameters {
    fn new(_host: Host) -> Result<Self> {
        Ok(Self)
    }

    fn register_magic_parameters(&self) -> Result<Vec<MagicParameter>> {
        Ok(vec![
            MagicParameter::new("header", header),
            MagicParameter::new("actor", actor),
            MagicParameter::new("cookie", cookie),
            MagicParameter::new("now", |key, _| now(key, seconds())),
            MagicParameter::new("random", |key, _| random(key)),
        ])
    }
}

export_plugin!(MagicParameters, name = "datasette.default_magic_parameters");

fn header(key: &str, request: &Request<'_>) -> Result<Value> {
    Ok(request.header(&key.replace('_', "-")).unwrap_or_default().into())
}

fn actor(key: &str, request: &Request<'_>) -> Result<Value> {
    let actor = request.actor();
    let Some(actor) = actor else {
        return Err(Error::bad_request(format!(":_actor_{key} has no value: nobody is signed in")));
    };
    let value = actor.get(key);
    value.map(Value::from_json).ok_or_else(|| {
        Error::bad_request(format!(":_actor_{key} has no value: nothing is known about the actor as {key}"))
    })
}

fn cookie(key: &str, request: &Request<'_>) -> Result<Value> {
    let cookie = request.cookie(key);
    cookie.as_deref().map(Value::from).ok_or_else(|| {
        Error::bad_request(format!(":_cookie_{key} has no value: the request has no such cookie"))
    })
}

fn now(key: &str, seconds: u64) -> Result<Value> {
    match key {
        "epoch" => Ok(Value::Integer(i64::try_from(seconds)?)),
        "date_utc" => Ok(date(seconds).into()),
        "datetime_utc" => Ok(datetime(seconds).into()),
        _ => Err(Error::bad_request(format!(
            ":_now_{key} is unknown; there are :_now_epoch, :_now_date_utc and :_now_datetime_utc"
        ))),
    }
}

fn random(key: &str) -> Result<Value> {
    let count = key.strip_prefix("chars_").and_then(|count| count.parse().ok());
    match count {
        Some(count) if count <= MOST_RANDOM_CHARS => Ok(hex(count).into()),
        _ => Err(Error::bad_request(format!(
            ":_random_{key} is unknown; there is :_random_chars_N, with N from 0 to {MOST_RANDOM_CHARS}"
        ))),
    }
}

/// Good enough for secrets: the generator is seeded by the operating system, and again now and then.
fn hex(count: usize) -> String {
    let mut generator = rand::rng();
    (0..count).filter_map(|_| char::from_digit(generator.random_range(0..16), 16)).collect()
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeRequest, Harness};

    use super::*;

    /// The value of `:_PREFIX_KEY`, as the server asks for it.
    fn value(prefix: &str, key: &str, request: &FakeRequest) -> Result<Value> {
        let plugin = Harness::<MagicParameters>::new();
        let parameters = plugin.register_magic_parameters().unwrap()?;
        let parameter = parameters.iter().find(|parameter| parameter.prefix == prefix).unwrap();
        (parameter.value)(key, &request.view())
    }

    #[track_caller]
    fn check(prefix: &str, key: &str, expected: impl Into<Value>) {
        let actor = Actor::from_json(json!({"id": "ann", "age": 5, "roles": ["a"]})).unwrap();
        let request =
            FakeRequest::get("/").header("User-Agent", "curl").header("Cookie", "lang=en").actor(actor);
        assert_eq!(value(prefix, key, &request).unwrap(), expected.into());
    }

    #[track_caller]
    fn refused(prefix: &str, key: &str, expected: &str) {
        let error = value(prefix, key, &FakeRequest::get("/")).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadRequest);
        assert!(error.message.contains(expected), "{}", error.message);
    }

    #[test]
    fn headers_are_named_with_underscores() {
        check("header", "user_agent", "curl");
        check("header", "x_missing", "");
    }

    #[test]
    fn an_actor_has_values_of_its_own() {
        check("actor", "id", "ann");
        check("actor", "age", 5);
        check("actor", "roles", "[\"a\"]");
        refused("actor", "id", "nobody is signed in");
    }

    #[test]
    fn cookies_have_to_be_there() {
        check("cookie", "lang", "en");
        refused("cookie", "lang", "no such cookie");
    }

    #[test]
    fn the_time_comes_in_three_forms() {
        let at = |key: &str| now(key, 1_700_000_000).unwrap();
        assert_eq!(at("epoch"), Value::Integer(1_700_000_000));
        assert_eq!(at("date_utc"), "2023-11-14".into());
        assert_eq!(at("datetime_utc"), "2023-11-14T22:13:20Z".into());
        refused("now", "later", ":_now_later is unknown");
    }

    #[test]
    fn random_digits_differ() {
        let request = FakeRequest::get("/");
        let digits = || value("random", "chars_33", &request).unwrap().as_str().unwrap().to_owned();
        let (first, second) = (digits(), digits());
        assert_ne!(first, second);
        assert!(first.len() == 33 && first.bytes().all(|byte| byte.is_ascii_hexdigit()));
        check("random", "chars_0", "");
    }

    #[test]
    fn nobody_gets_a_gigabyte_of_them() {
        for key in
            ["chars_", "chars_-1", "chars_x", "chars_1000000000", "chars_99999999999999999999", "words_5"]
        {
            refused("random", key, "is unknown");
        }
    }
}
