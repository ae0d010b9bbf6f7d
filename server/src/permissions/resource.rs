//! What an action is done to.

use std::borrow::Cow;

use datasette_plugin_api::ResourceKind;

/// Something that may be allowed or forbidden. Databases are named by their name, not by their route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Resource<'a> {
    Instance,
    Database(&'a str),
    /// A table or view of a database.
    Table(&'a str, &'a str),
    /// A stored query of a database.
    Query(&'a str, &'a str),
}

impl<'a> Resource<'a> {
    /// Of an action's kind, from the parts that the permission tools take.
    pub(crate) fn of(kind: ResourceKind, parent: Option<&'a str>, child: Option<&'a str>) -> Self {
        match (parent, child) {
            (None, _) => Self::Instance,
            (Some(parent), None) => Self::Database(parent),
            (Some(parent), Some(child)) if kind == ResourceKind::Query => Self::Query(parent, child),
            (Some(parent), Some(child)) => Self::Table(parent, child),
        }
    }

    /// The database.
    pub(crate) fn parent(self) -> Option<&'a str> {
        match self {
            Self::Instance => None,
            Self::Database(parent) | Self::Table(parent, _) | Self::Query(parent, _) => Some(parent),
        }
    }

    /// The table or query.
    pub(crate) fn child(self) -> Option<&'a str> {
        match self {
            Self::Instance | Self::Database(_) => None,
            Self::Table(_, child) | Self::Query(_, child) => Some(child),
        }
    }
}

/// How names of children are compared: SQLite folds ASCII letters of tables, queries are exact.
pub(super) fn folds_case(kind: ResourceKind) -> bool {
    kind == ResourceKind::Table
}

/// The name in the form in which it is compared.
pub(super) fn folded(name: &str, fold: bool) -> Cow<'_, str> {
    if fold && name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}
