//! Arguments of hooks: what an author reads, written into and read from [`RawArgs`].

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use abi_stable::prefix_type::{PrefixRef, WithMetadata};
use abi_stable::std_types::{ROption, RSlice, RStr};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::raw::{RawArgs, RawArgsRef, RawCallback, RawRegistrar, RawRequest, RawRows, RawValueRef};
use crate::hooks::{Next, RenderData, Write};
use crate::registrar::Registrar;
use crate::{Actor, Error, Request, Result, Rows, ValueRef};

/// A struct of arguments that crosses as [`RawArgs`].
pub trait Arguments: Sized {
    /// The same struct, alive for `'b`.
    type At<'b>;

    /// Reads them, on the plugin's side.
    fn read(raw: RawArgsRef<'_>) -> Result<Self::At<'_>>;

    /// Writes them, on the server's side.
    fn write<'b>(&'b self, raw: &mut RawArgs<'b>);

    /// Calls with them.
    fn lend<R>(&self, call: impl FnOnce(RawArgsRef<'_>) -> R) -> R {
        let mut raw = RawArgs::none();
        self.write(&mut raw);
        lend_raw(raw, call)
    }
}

/// Puts the arguments on this stack for the time of the call.
pub(crate) fn lend_raw<R>(raw: RawArgs<'_>, call: impl FnOnce(RawArgsRef<'_>) -> R) -> R {
    let raw = WithMetadata::new(raw);
    // SAFETY: the reference is used while `raw` is on this stack: the callee's lifetime is its own.
    call(RawArgsRef(unsafe { PrefixRef::from_raw(&raw) }))
}

/// A field of such a struct. `Raw` is its twin on the wire.
pub(crate) trait Field<'a, Raw>: Sized {
    fn read(raw: Raw, name: &str) -> Result<Self>;
    fn write(&'a self) -> Raw;
}

fn missing(name: &str) -> Error {
    Error::new(format!("the server did not say which {name}"))
}

impl<'a> Field<'a, ROption<RStr<'a>>> for &'a str {
    fn read(raw: ROption<RStr<'a>>, name: &str) -> Result<Self> {
        raw.into_option().map(|text| text.as_str()).ok_or_else(|| missing(name))
    }

    fn write(&'a self) -> ROption<RStr<'a>> {
        ROption::RSome((*self).into())
    }
}

impl<'a> Field<'a, ROption<RStr<'a>>> for Option<&'a str> {
    fn read(raw: ROption<RStr<'a>>, _: &str) -> Result<Self> {
        Ok(raw.into_option().map(|text| text.as_str()))
    }

    fn write(&'a self) -> ROption<RStr<'a>> {
        self.map(RStr::from).into()
    }
}

impl<'a> Field<'a, ROption<RStr<'a>>> for Option<Actor> {
    fn read(raw: ROption<RStr<'a>>, _: &str) -> Result<Self> {
        Ok(raw.into_option().map(|text| serde_json::from_str(text.as_str())).transpose()?)
    }

    fn write(&'a self) -> ROption<RStr<'a>> {
        self.as_ref().map(|actor| RStr::from(actor.as_text())).into()
    }
}

impl<'a, T: Serialize + DeserializeOwned> Field<'a, ROption<RStr<'a>>> for Sent<T> {
    fn read(raw: ROption<RStr<'a>>, name: &str) -> Result<Self> {
        let text = raw.into_option().ok_or_else(|| missing(name))?;
        Ok(Self::new(serde_json::from_str(text.as_str())?))
    }

    fn write(&'a self) -> ROption<RStr<'a>> {
        ROption::RSome(self.text().into())
    }
}

impl<'a> Field<'a, ROption<RStr<'a>>> for JsonText<'a> {
    fn read(raw: ROption<RStr<'a>>, _: &str) -> Result<Self> {
        Ok(Self::new(raw.into_option().map_or("null", |text| text.as_str())))
    }

    fn write(&'a self) -> ROption<RStr<'a>> {
        ROption::RSome(self.0.into())
    }
}

impl<'a> Field<'a, RSlice<'a, RStr<'a>>> for Names<'a> {
    fn read(raw: RSlice<'a, RStr<'a>>, _: &str) -> Result<Self> {
        Ok(Self(List::Lent(raw.as_slice())))
    }

    fn write(&'a self) -> RSlice<'a, RStr<'a>> {
        self.as_slice().into()
    }
}

/// A field that crosses as it is, wrapped.
macro_rules! wrapped {
    ($($author:ident: $raw:ident),*) => { $(
        impl<'a> Field<'a, ROption<$raw<'a>>> for $author<'a> {
            fn read(raw: ROption<$raw<'a>>, name: &str) -> Result<Self> {
                raw.into_option().map(|raw| Self { raw }).ok_or_else(|| missing(name))
            }

            fn write(&'a self) -> ROption<$raw<'a>> {
                ROption::RSome(self.raw)
            }
        }

        impl<'a> Field<'a, ROption<$raw<'a>>> for Option<$author<'a>> {
            fn read(raw: ROption<$raw<'a>>, _: &str) -> Result<Self> {
                Ok(raw.into_option().map(|raw| $author { raw }))
            }

            fn write(&'a self) -> ROption<$raw<'a>> {
                self.as_ref().map(|it| it.raw).into()
            }
        }
    )* };
}

wrapped!(
    Request: RawRequest,
    Rows: RawRows,
    Registrar: RawRegistrar,
    Next: RawCallback,
    Write: RawCallback,
    RenderData: RawCallback
);

/// A field that is the same on both sides.
macro_rules! plain {
    ($($plain:ty),*) => { $(
        impl<'a> Field<'a, $plain> for $plain {
            fn read(raw: $plain, _: &str) -> Result<Self> {
                Ok(raw)
            }

            fn write(&'a self) -> $plain {
                *self
            }
        }
    )* };
}

plain!(bool, u16, u64, usize);

impl<'a> Field<'a, ROption<i64>> for Option<i64> {
    fn read(raw: ROption<i64>, _: &str) -> Result<Self> {
        Ok(raw.into_option())
    }

    fn write(&'a self) -> ROption<i64> {
        (*self).into()
    }
}

impl<'a> Field<'a, RawValueRef<'a>> for ValueRef<'a> {
    fn read(raw: RawValueRef<'a>, _: &str) -> Result<Self> {
        Ok(raw.into())
    }

    fn write(&'a self) -> RawValueRef<'a> {
        (*self).into()
    }
}

/// A value that crosses as JSON; the text is made once, however many plugins get it. Reads like the value.
#[derive(Clone, Default)]
pub struct Sent<T> {
    value: T,
    text: OnceLock<String>,
}

impl<T> Sent<T> {
    /// `value`, ready to cross.
    pub fn new(value: T) -> Self {
        Self { value, text: OnceLock::new() }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T: Serialize> Sent<T> {
    fn text(&self) -> &str {
        self.text.get_or_init(|| serde_json::to_string(&self.value).unwrap_or_else(|_| "null".to_owned()))
    }
}

impl<T> Deref for Sent<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> From<T> for Sent<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: fmt::Debug> fmt::Debug for Sent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// JSON that is not parsed until somebody wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonText<'a>(&'a str);

impl<'a> JsonText<'a> {
    /// This text, which should be JSON.
    pub fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// The value.
    pub fn parse<T: serde::Deserialize<'a>>(&self) -> Result<T> {
        Ok(serde_json::from_str(self.0)?)
    }
}

/// A list of names: of columns, of primary keys.
#[derive(Clone)]
pub struct Names<'a>(List<'a>);

#[derive(Clone)]
enum List<'a> {
    Lent(&'a [RStr<'a>]),
    Own(Vec<RStr<'a>>),
}

impl<'a> Names<'a> {
    /// These names.
    pub fn new<S: AsRef<str> + ?Sized + 'a>(names: impl IntoIterator<Item = &'a S>) -> Self {
        Self(List::Own(names.into_iter().map(|name| RStr::from(name.as_ref())).collect()))
    }

    /// No names.
    pub fn none() -> Self {
        Self(List::Lent(&[]))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// The name at that place.
    pub fn get(&self, index: usize) -> Option<&str> {
        self.as_slice().get(index).map(|name| name.as_str())
    }

    /// Whether it is one of them.
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|known| known == name)
    }

    /// Every name, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.as_slice().iter().map(|name| name.as_str())
    }

    /// Copies.
    pub fn to_vec(&self) -> Vec<String> {
        self.iter().map(str::to_owned).collect()
    }

    pub(crate) fn as_slice(&self) -> &[RStr<'a>] {
        match &self.0 {
            List::Lent(names) => names,
            List::Own(names) => names,
        }
    }

    pub(crate) fn lent(names: RSlice<'a, RStr<'a>>) -> Self {
        Self(List::Lent(names.as_slice()))
    }
}

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Declares the arguments of a hook: the struct that an author reads, how the server makes one, and how
/// it crosses (`field: Type = field of RawArgs`).
macro_rules! arguments {
    ($( $(#[$doc:meta])* $name:ident { $( $(#[$field_doc:meta])* $field:ident: $ty:ty = $raw:ident, )* } )*) => { $(
        $(#[$doc])*
        #[non_exhaustive]
        pub struct $name<'a> {
            $( $(#[$field_doc])* pub $field: $ty, )*
            pub(crate) lifetime: std::marker::PhantomData<&'a ()>,
        }

        impl<'a> $name<'a> {
            /// For the server, and for tests.
            #[allow(clippy::too_many_arguments, clippy::new_without_default)]
            pub fn new($($field: $ty),*) -> Self {
                Self { $($field,)* lifetime: std::marker::PhantomData }
            }
        }

        impl<'a> $crate::ffi::args::Arguments for $name<'a> {
            type At<'b> = $name<'b>;

            #[allow(unused_variables)]
            fn read(raw: $crate::ffi::raw::RawArgsRef<'_>) -> $crate::Result<$name<'_>> {
                Ok($name {
                    $( $field: $crate::ffi::args::Field::read(raw.$raw(), stringify!($field))?, )*
                    lifetime: std::marker::PhantomData,
                })
            }

            #[allow(unused_variables)]
            fn write<'b>(&'b self, raw: &mut $crate::ffi::raw::RawArgs<'b>) {
                $( raw.$raw = $crate::ffi::args::Field::write(&self.$field); )*
            }
        }

        impl std::fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))$(.field(stringify!($field), &self.$field))*.finish()
            }
        }
    )* };
}

pub(crate) use arguments;
