//! SQLite's five kinds of values, owned and borrowed.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Json;

/// A value that belongs to you.
///
/// As JSON a BLOB is `{"$base64": true, "encoded": "..."}` and an infinite number is `null`.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// SQL's null.
    #[default]
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating point number.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// A value that belongs to the server, for as long as the call lasts.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum ValueRef<'a> {
    /// SQL's null.
    #[default]
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating point number.
    Real(f64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

impl Value {
    /// The same value, borrowed.
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Integer(i) => ValueRef::Integer(*i),
            Self::Real(r) => ValueRef::Real(*r),
            Self::Text(t) => ValueRef::Text(t),
            Self::Blob(b) => ValueRef::Blob(b),
        }
    }

    /// The text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        self.as_ref().as_str()
    }

    /// The number, if it is a whole number.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_ref().as_i64()
    }

    /// The number, if it is a number.
    pub fn as_f64(&self) -> Option<f64> {
        self.as_ref().as_f64()
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// As JSON: see [`Value`] for BLOBs and infinities.
    pub fn to_json(&self) -> Json {
        self.as_ref().to_json()
    }

    /// The value SQLite would store for this JSON; arrays and objects become their JSON text.
    pub fn from_json(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(b) => Self::Integer(i64::from(*b)),
            Json::Number(n) => match (n.as_i64(), n.as_f64()) {
                (Some(i), _) => Self::Integer(i),
                (None, Some(r)) => Self::Real(r),
                (None, None) => Self::Text(n.to_string()),
            },
            Json::String(s) => Self::Text(s.clone()),
            Json::Array(_) => Self::Text(json.to_string()),
            Json::Object(_) => blob(json).unwrap_or_else(|| Self::Text(json.to_string())),
        }
    }
}

impl<'a> ValueRef<'a> {
    /// A copy that belongs to you.
    pub fn to_owned(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Integer(i) => Value::Integer(i),
            Self::Real(r) => Value::Real(r),
            Self::Text(t) => Value::Text(t.to_owned()),
            Self::Blob(b) => Value::Blob(b.to_vec()),
        }
    }

    /// The text, if it is text.
    pub fn as_str(self) -> Option<&'a str> {
        match self {
            Self::Text(t) => Some(t),
            _ => None,
        }
    }

    /// The bytes, if it is a BLOB.
    pub fn as_blob(self) -> Option<&'a [u8]> {
        match self {
            Self::Blob(b) => Some(b),
            _ => None,
        }
    }

    /// The number, if it is a whole number.
    pub fn as_i64(self) -> Option<i64> {
        match self {
            Self::Integer(i) => Some(i),
            _ => None,
        }
    }

    /// The number, if it is a number.
    pub fn as_f64(self) -> Option<f64> {
        match self {
            Self::Integer(i) => Some(i as f64),
            Self::Real(r) => Some(r),
            _ => None,
        }
    }

    /// Whether it is null.
    pub fn is_null(self) -> bool {
        matches!(self, Self::Null)
    }

    /// As JSON: see [`Value`] for BLOBs and infinities.
    pub fn to_json(self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Integer(i) => i.into(),
            Self::Real(r) => r.into(),
            Self::Text(t) => t.into(),
            Self::Blob(b) => serde_json::json!({"$base64": true, "encoded": BASE64_STANDARD.encode(b)}),
        }
    }
}

/// As it would be printed: null is empty, a BLOB is its size.
impl fmt::Display for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Integer(i) => i.fmt(f),
            // Debug, because SQLite prints 1.0 and not 1.
            Self::Real(r) => write!(f, "{r:?}"),
            Self::Text(t) => f.write_str(t),
            Self::Blob(b) => write!(f, "<Binary: {} bytes>", b.len()),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(f)
    }
}

impl Serialize for ValueRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Null => serializer.serialize_unit(),
            Self::Integer(i) => serializer.serialize_i64(i),
            Self::Real(r) if r.is_finite() => serializer.serialize_f64(r),
            Self::Real(_) => serializer.serialize_unit(),
            Self::Text(t) => serializer.serialize_str(t),
            Self::Blob(b) => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("$base64", &true)?;
                map.serialize_entry("encoded", &BASE64_STANDARD.encode(b))?;
                map.end()
            }
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        match &json {
            Json::Array(_) => Err(D::Error::custom("an array is not a value of SQLite")),
            Json::Object(_) => {
                blob(&json).ok_or_else(|| D::Error::custom("an object is not a value of SQLite"))
            }
            _ => Ok(Self::from_json(&json)),
        }
    }
}

fn blob(json: &Json) -> Option<Value> {
    let object = json.as_object().filter(|object| object.len() == 2)?;
    object.get("$base64")?.as_bool().filter(|yes| *yes)?;
    BASE64_STANDARD.decode(object.get("encoded")?.as_str()?).ok().map(Value::Blob)
}

macro_rules! from {
    ($($from:ty => |$it:ident| $value:expr;)*) => { $(
        impl From<$from> for Value {
            fn from($it: $from) -> Self {
                $value
            }
        }
    )* };
}

from! {
    i64 => |i| Self::Integer(i);
    i32 => |i| Self::Integer(i.into());
    u32 => |i| Self::Integer(i.into());
    bool => |b| Self::Integer(b.into());
    f64 => |r| Self::Real(r);
    &str => |t| Self::Text(t.to_owned());
    String => |t| Self::Text(t);
    Vec<u8> => |b| Self::Blob(b);
    &[u8] => |b| Self::Blob(b.to_vec());
    ValueRef<'_> => |v| v.to_owned();
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: Value, json: &str) {
        assert_eq!(serde_json::to_string(&value).unwrap(), json);
        assert_eq!(serde_json::from_str::<Value>(json).unwrap(), value);
    }

    #[test]
    fn every_value_survives_json() {
        check(Value::Null, "null");
        check(Value::Integer(i64::MIN), "-9223372036854775808");
        check(Value::Real(1.0), "1.0");
        check("é".into(), "\"é\"");
        check(Value::Blob(vec![0, 255]), r#"{"$base64":true,"encoded":"AP8="}"#);
    }

    #[test]
    fn infinity_is_null_in_json() {
        assert_eq!(serde_json::to_string(&Value::Real(f64::INFINITY)).unwrap(), "null");
        assert_eq!(Value::Real(f64::INFINITY).to_json(), Json::Null);
    }

    #[test]
    fn json_that_is_no_value_becomes_its_text() {
        assert_eq!(Value::from_json(&serde_json::json!(["a"])), Value::Text("[\"a\"]".into()));
        assert!(serde_json::from_str::<Value>("[1]").is_err());
    }
}
