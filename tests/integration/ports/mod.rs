//! Plugins of `plugins-dir`, loaded into a server as their users would.

mod auth;
mod ephemeral_tables;
mod formats;
mod github;
mod hashed_urls;
mod maps;
mod permissions_sql;
mod rendering;
mod site;
mod sql_functions;
