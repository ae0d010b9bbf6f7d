//! What the pages' templates are given: one struct per page, and the pieces they share.
//!
//! The fields are the documented API of custom templates, and keep Datasette's names. Decisions are
//! made before: a template finds finished URLs, labels and figures, and only arranges them. What is
//! [`Html`] here is printed with `{{{three braces}}}`, everything else with two.
//!
//! Adding a field: one line with a doc comment here, one line in the page's module.
//!
//! [`Html`]: datasette_plugin_api::Html

mod actions;
mod allow_debug;
mod api;
mod autocomplete;
mod base;
mod check;
mod create_token;
mod database;
mod editing;
mod error;
mod index;
mod json;
mod listing;
mod logout;
mod messages_debug;
mod metadata;
mod parts;
mod patterns;
mod playground;
mod query;
mod query_list;
mod row;
mod rows;
mod schema;
mod table;
mod upload;
mod writing;

pub(crate) use actions::{ActionRow, ActionsContext};
pub(crate) use allow_debug::AllowDebugContext;
pub(crate) use api::{ApiContext, ApiDatabase, ApiLink, ApiTable};
pub(crate) use autocomplete::{AutocompleteContext, AutocompleteTable};
pub(crate) use base::{Asset, Base, BodyScript, Message, MessageKind, RequestView, Urls};
pub(crate) use check::{CheckAnswer, CheckContext};
pub(crate) use create_token::{CreateTokenContext, TokenGroup};
pub(crate) use database::{AttachedDatabase, DatabaseContext, DatabaseTable, DatabaseView, QueryLink};
pub(crate) use editing::{
    ColumnField, Editing, RowDeleteContext, RowField, RowFormContext, TableDropContext, TableFormContext,
    TableReviewContext,
};
pub(crate) use error::ErrorContext;
pub(crate) use index::{IndexContext, IndexDatabase, IndexTable};
pub(crate) use json::ShowJsonContext;
pub(crate) use listing::{Listing, ListingContext, ListingRow};
pub(crate) use logout::LogoutContext;
pub(crate) use messages_debug::MessagesDebugContext;
pub(crate) use metadata::Metadata;
pub(crate) use parts::{ActionItem, Choice, DebugTab, Link, NameValue, OrderedMap};
pub(crate) use patterns::PatternsContext;
pub(crate) use playground::{CheckRow, PlaygroundContext};
pub(crate) use query::{QueryContext, QueryText};
pub(crate) use query_list::{QueryFacet, QueryFacetItem, QueryListContext, QueryListItem};
pub(crate) use row::{ForeignKeyTable, RowContext};
pub(crate) use rows::{DisplayCell, DisplayColumn, DisplayRow, Table};
pub(crate) use schema::{SchemaContext, SchemaItem};
pub(crate) use table::{
    ExpandableColumn, ExtraWhere, Facet, FacetValue, FilterSelection, Filters, SuggestedFacet, TableContext,
};
pub(crate) use upload::UploadContext;
pub(crate) use writing::{AnalysisRow, ExecuteWriteContext, QueryDeleteContext, SavedQueryContext, SqlDraft};
