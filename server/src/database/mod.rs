//! A database: its tables, views and queries, its schema, its file.

mod listing;
mod show;
mod schema;
mod download;

pub(crate) use download::download;
pub(crate) use listing::{first_table, hidden_tables, visible_databases, visible_tables};
pub(crate) use schema::{
    missing_as_text, show_database as show_schema, show_instance as show_instance_schema,
    show_table as show_table_schema,
};
pub(crate) use show::show;
