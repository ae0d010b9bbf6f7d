//! Plugins of `plugins-dir`, loaded into a server as their users would.

mod formats;
mod rendering;
mod site;
mod sql_functions;
