//! Datasette, natively: serves SQLite files as a web site with a JSON API, and lets plugins do
//! everything that is not the core.
//!
//! A request goes one way, and the modules stand in that order; each uses only those below it:
//!
//! ```text
//! socket → edge → site → who asks → routes → may they → capability → SQL → rows → renderer → response
//! ```

use std::process::ExitCode;

#[doc(hidden)]
pub mod bench;
#[doc(hidden)]
pub mod fuzz;
mod cli;
mod startup;
mod edge;
mod site;
mod traced;
mod routes;
mod custom_pages;
mod forms;
mod home;
mod database;
mod table;
mod row;
mod query;
mod offers;
mod upload;
mod extras;
mod column_types;
mod importing;
mod writing;
mod auth;
mod debug;
mod messages;
mod statics;
mod render;
mod host;
mod app;
mod permissions;
mod internal;
mod plugins;
mod installing;
mod sqlite;
mod config;
mod options;
mod urls;
mod tilde;
mod form;
mod handover;
mod log;
mod side_by_side;
mod signals;
mod trace;
mod error;
mod proxies;
mod request;
mod response;

/// The commands and their options, for completions and manual pages.
#[doc(hidden)]
pub fn command() -> clap::Command {
    cli::command()
}

/// Runs the command line.
pub fn main() -> ExitCode {
    log::start();
    signals::survive_full_files();
    ExitCode::from(cli::run(&startup::Startup, std::env::args_os()))
}
