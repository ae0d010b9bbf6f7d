//! Answers of hooks, written into and read from [`RawAnswer`].

use abi_stable::std_types::{ROption, RString, RVec};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::object::{pack, unpack};
use super::raw::RawAnswer;
use crate::hooks::*;
use crate::{Actor, Error, Html, Json, Map, Response, Result, Value};

/// Something that a hook or a method may answer.
pub trait Answer: Sized {
    /// Writes it.
    fn send(self) -> Result<RawAnswer>;
    /// Reads it.
    fn receive(raw: RawAnswer) -> Result<Self>;
}

impl Answer for () {
    fn send(self) -> Result<RawAnswer> {
        Ok(RawAnswer::none())
    }

    fn receive(_: RawAnswer) -> Result<Self> {
        Ok(())
    }
}

/// Markup, as it is.
impl Answer for Option<Html> {
    fn send(self) -> Result<RawAnswer> {
        Ok(self.map_or_else(RawAnswer::none, |html| RawAnswer::text(html.0)))
    }

    fn receive(raw: RawAnswer) -> Result<Self> {
        Ok(raw.text.into_option().map(|text| Html(text.into())))
    }
}

/// Answers that cross as JSON; what equals the default ("nothing") does not cross at all.
macro_rules! json {
    ($($ty:ty),* $(,)?) => { $(
        impl Answer for $ty {
            fn send(self) -> Result<RawAnswer> {
                if self == Self::default() { Ok(RawAnswer::none()) } else { send_json(&self) }
            }

            fn receive(raw: RawAnswer) -> Result<Self> {
                raw.text.into_option().map_or_else(|| Ok(Self::default()), |text| receive_json(&text))
            }
        }
    )* };
}

json! {
    bool, i32, String, Value, Json, Map, Option<String>, Option<Json>, Option<Vec<Json>>, Option<Map>, Option<Actor>,
    Option<BodyScript>, Option<FilterArguments>, FacetResults,
    Vec<Action>, Vec<Asset>, Vec<EventType>, Vec<JumpSql>, Vec<MenuItem>, Vec<PermissionSql>, Vec<SuggestedFacet>,
}

impl Answer for Output {
    fn send(self) -> Result<RawAnswer> {
        send_json(&self)
    }

    fn receive(raw: RawAnswer) -> Result<Self> {
        receive_json(&raw.text.into_option().unwrap_or_default())
    }
}

/// Answers that are objects.
macro_rules! objects {
    ($($ty:ty),* $(,)?) => { $(
        impl Answer for Vec<$ty> {
            fn send(self) -> Result<RawAnswer> {
                let objects: RVec<_> = self.into_iter().map(pack).collect();
                Ok(RawAnswer { objects, ..RawAnswer::none() })
            }

            fn receive(raw: RawAnswer) -> Result<Self> {
                raw.objects.into_iter().map(unpack).collect()
            }
        }
    )* };
}

objects! {
    Route, Command, PublishTarget, MagicParameter,
    Box<dyn FacetClass>, Box<dyn OutputRenderer>, Box<dyn TokenHandler>, Box<dyn ColumnType>,
}

impl Answer for Option<TemplateAdditions> {
    fn send(self) -> Result<RawAnswer> {
        let Some(additions) = self else { return Ok(RawAnswer::none()) };
        let objects: RVec<_> = additions.helpers.into_iter().map(pack).collect();
        Ok(RawAnswer { objects, ..send_json(&additions.partials)? })
    }

    fn receive(raw: RawAnswer) -> Result<Self> {
        let ROption::RSome(partials) = raw.text else { return Ok(None) };
        let helpers = raw.objects.into_iter().map(unpack).collect::<Result<_>>()?;
        Ok(Some(TemplateAdditions { helpers, partials: receive_json(&partials)? }))
    }
}

impl Answer for TemplateAdditions {
    fn send(self) -> Result<RawAnswer> {
        Some(self).send()
    }

    fn receive(raw: RawAnswer) -> Result<Self> {
        Option::<Self>::receive(raw).map(Option::unwrap_or_default)
    }
}

/// Status and headers of a response; its body crosses as bytes.
#[derive(Serialize, Deserialize)]
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

impl Answer for Option<Response> {
    fn send(self) -> Result<RawAnswer> {
        let Some(Response { status, headers, body }) = self else { return Ok(RawAnswer::none()) };
        Ok(RawAnswer { body: body.into(), ..send_json(&Head { status, headers })? })
    }

    fn receive(raw: RawAnswer) -> Result<Self> {
        let ROption::RSome(head) = raw.text else { return Ok(None) };
        let Head { status, headers } = receive_json(&head)?;
        Ok(Some(Response { status, headers, body: raw.body.into() }))
    }
}

impl Answer for Response {
    fn send(self) -> Result<RawAnswer> {
        Some(self).send()
    }

    fn receive(raw: RawAnswer) -> Result<Self> {
        Option::<Self>::receive(raw)?.ok_or_else(|| Error::new("there is no response"))
    }
}

fn send_json<T: Serialize>(value: &T) -> Result<RawAnswer> {
    Ok(RawAnswer::text(serde_json::to_string(value)?))
}

fn receive_json<T: DeserializeOwned>(text: &RString) -> Result<T> {
    Ok(serde_json::from_str(text.as_str())?)
}
