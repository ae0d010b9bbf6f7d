//! What plugins may ask of the site: every service of `datasette_plugin_api::Host`, by name.
//!
//! Adding a service: one line in [`answer`], one function in the file of its subject.

mod args;
mod attach;
mod data;
mod later;
mod queries;
mod resolve;
mod rules;
mod site;
mod sql;
mod transaction;
mod web;

use std::sync::Arc;

use datasette_plugin_api::server::TaskFn;
use datasette_plugin_api::{Error, Json, Result, Write};

use crate::app::{App, Facts};
use crate::config::Config;
use crate::plugins::{HostServices, unknown_service};
use crate::request::Request;
use crate::sqlite::Kind;
use args::Args;
use later::Later;

/// The site, as plugins see it.
pub(crate) struct Host {
    app: Arc<App>,
    later: Later,
}

impl Host {
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self { app, later: Later::default() }
    }

    /// Waits for the writes that plugins asked to be done later. None is taken from now on.
    pub(crate) fn finish(&self) {
        self.later.finish();
    }
}

impl HostServices for Host {
    fn call(&self, plugin: &str, method: &str, args: Json, request: Option<&Request>) -> Result<Json> {
        let args = Args::new(args);
        match method {
            "execute_write_later" => later::execute_write(&self.app, &self.later, plugin, &args),
            _ => answer(&self.app, plugin, method, &args, request),
        }
    }

    fn sign(&self, value: &str, namespace: &str) -> Result<String> {
        sign(&self.app.signer, value, namespace)
    }

    fn unsign(&self, signed: &str, namespace: &str) -> Result<String> {
        unsign(&self.app.signer, signed, namespace)
    }

    fn spawn(&self, plugin: &str, name: &str, id: Option<u64>, task: TaskFn) -> Result<()> {
        Ok(self.app.plugins.tasks().spawn(plugin, name, id, task)?)
    }

    fn call_with(
        &self,
        _plugin: &str,
        method: &str,
        args: Json,
        request: Option<&Request>,
        work: &dyn Fn(&Write<'_>) -> Result<()>,
    ) -> Result<Json> {
        match method {
            "write" => transaction::write(&self.app, &Args::new(args), request, work),
            other => Err(unknown_service(other)),
        }
    }
}

/// What is signed is JSON where it reads as such, else text.
fn sign(signer: &crate::auth::sign::Signer, value: &str, namespace: &str) -> Result<String> {
    let value = serde_json::from_str(value).unwrap_or_else(|_| Json::String(value.to_owned()));
    Ok(signer.sign(&value, namespace))
}

fn unsign(signer: &crate::auth::sign::Signer, signed: &str, namespace: &str) -> Result<String> {
    let value = signer.unsign(signed, namespace).map_err(|_| Error::bad_request("Bad signature"))?;
    Ok(match value {
        Json::String(text) => text,
        other => other.to_string(),
    })
}

/// [`setting`](site::setting) for plugins that are made before the site is.
pub(crate) fn setting(config: &Config, facts: &Facts, args: Json) -> Result<Json> {
    site::setting(config, facts, &Args::new(args))
}

/// [`plugin_config`](site::plugin_config) for plugins that are made before the site is.
pub(crate) fn plugin_config(config: &Config, args: Json, fallback: bool) -> Result<Json> {
    site::plugin_config(config, &Args::new(args), fallback)
}

/// A URL by the name of its builder and an object of its arguments, as jump items describe it.
pub(crate) fn named_url(app: &App, method: &str, args: &Json) -> Result<String> {
    let known = [
        "path",
        "instance",
        "static",
        "static_plugins",
        "logout",
        "database",
        "table",
        "query",
        "row",
        "row_blob",
    ];
    match method {
        "logout" => Ok(app.urls.path("-/logout")),
        method if known.contains(&method) => {
            let url = web::url(app, &format!("url_{method}"), &Args::new(args.clone()))?;
            Ok(url.as_str().unwrap_or_default().to_owned())
        }
        other => Err(Error::bad_request(format!("there is no URL named {other}"))),
    }
}

fn answer(
    app: &Arc<App>,
    plugin: &str,
    method: &str,
    args: &Args,
    request: Option<&Request>,
) -> Result<Json> {
    match method {
        "setting" => site::setting(&app.config, &app.facts, args),
        "settings" => Ok(Json::Object(app.settings().to_json())),
        "plugin_config" => site::plugin_config(&app.config, args, true),
        "plugin_config_at" => site::plugin_config(&app.config, args, false),
        "table_config" => site::table_config(app, args),
        "get_instance_metadata"
        | "get_database_metadata"
        | "get_resource_metadata"
        | "get_column_metadata" => site::get_metadata(app, args),
        "set_instance_metadata"
        | "set_database_metadata"
        | "set_resource_metadata"
        | "set_column_metadata" => site::set_metadata(app, args),
        "site_config" => site::site_config(app, plugin),
        "brought_queries" => queries::brought(app, plugin, args),
        "registered_actions" => site::registered_actions(app),
        "databases" => site::databases(app),
        "trace" => {
            crate::trace::note(args.text("name")?, args.read("duration_ms")?, args.get("details"));
            Ok(Json::Null)
        }
        "track_event" => site::track_event(app, args),
        "actors_from_ids" => site::actors_from_ids(app, args),
        "task_register" => Ok(app.plugins.tasks().register(plugin, args.text("name")?).into()),
        "task_state" => Ok(app.plugins.tasks().state(args.read("id")?).into()),
        "task_is_cancelled" => Ok(app.plugins.tasks().is_cancelled(args.read("id")?).into()),
        "task_cancel" => {
            app.plugins.tasks().cancel(args.read("id")?);
            Ok(Json::Null)
        }
        "refresh_schemas" => site::refresh_schemas(app),

        "query" => sql::query(app, args, request, sql::Sees::WhatTheVisitorSees),
        "query_with_hidden_columns" => sql::query(app, args, request, sql::Sees::HiddenColumns),
        "internal_query" => sql::internal_query(app, args),
        "internal_write" => sql::internal_write(app, args),
        "execute_write" => sql::execute_write(app, args, request),
        "execute_write_many" => sql::execute_write_many(app, args, request),
        "execute_write_batch" => sql::execute_write_batch(app, args, request),
        "execute_write_script" => sql::execute_write_script(app, args, request),

        "add_query" => queries::add(app, args),
        "update_query" => queries::update(app, args),
        "remove_query" => queries::remove(app, args),
        "get_query" => queries::get(app, args),
        "list_queries" => queries::list(app, args),
        "count_queries" => queries::count(app, args),

        "add_database" | "add_database_at" => attach::add_database(app, args),
        "add_memory_database" => attach::add_memory_database(app, args),
        "remove_database" => attach::remove_database(app, args),
        "get_database" => attach::get_database(app, args),

        "resolve_database" => resolve::database(app, request),
        "resolve_table" => resolve::table(app, request),
        "resolve_row" => resolve::row(app, request),

        "tables" => data::tables(app, args),
        "views" => data::views(app, args),
        "hidden_tables" => data::hidden_tables(app, args),
        "table_exists" => data::exists(app, args, "table", Kind::Table),
        "view_exists" => data::exists(app, args, "view", Kind::View),
        "table_counts" => data::table_counts(app, args),
        "columns" => data::columns(app, args),
        "primary_keys" => data::primary_keys(app, args),
        "foreign_keys" => data::foreign_keys(app, args),
        "all_foreign_keys" => data::all_foreign_keys(app, args),
        "fts_table" => data::fts_table(app, args),
        "label_column" => data::label_column(app, args),
        "table_definition" => data::definition(app, args, "table", Kind::Table),
        "view_definition" => data::definition(app, args, "view", Kind::View),
        "get_column_types" => data::get_column_types(app, args),
        "get_column_type" => data::get_column_type(app, args),
        "set_column_type" => data::set_column_type(app, args),
        "remove_column_type" => data::remove_column_type(app, args),
        "expand_labels" => data::expand_labels(app, args, request),

        "allowed" => rules::allowed(app, args, request),
        "allowed_many" => rules::allowed_many(app, args, request),
        "allowed_resources" => rules::allowed_resources(app, args, request, false),
        "explained_resources" => rules::allowed_resources(app, args, request, true),
        "allowed_resources_sql" => rules::allowed_resources_sql(app, args, request),
        "check_visibility" => rules::check_visibility(app, args, request),
        "ensure_permission" => rules::ensure_permission(app, args, request),
        "get_action" => rules::get_action(app, args),
        "create_token" => rules::create_token(app, args),
        "verify_token" => rules::verify_token(app, args),
        "actor_cookie" => rules::actor_cookie(app, args),

        "url_instance" | "url_logout" | "url_database" | "url_database_query" | "url_table" | "url_query"
        | "url_row" | "url_row_blob" | "url_static" | "url_static_plugins" | "url_path" | "static_hash" => {
            web::url(app, method, args)
        }
        "absolute_url" => web::absolute_url(app, args, request),
        "add_message" => web::add_message(args, request),
        "render_template" => web::render_template(app, args, request),
        "client" => web::client(app, args),
        "in_client" => Ok(web::in_client().into()),
        _ => {
            tracing::warn!("plugin {plugin} asked for the service {method}, which this server does not have");
            Err(unknown_service(method))
        }
    }
}

/// A failure of the site, in the words of the plugins' API.
fn failed(error: crate::error::Error) -> Error {
    use crate::error::Error as Own;
    match error {
        Own::NotFound(message) => Error::not_found(message),
        Own::Forbidden(message) => Error::forbidden(message),
        Own::Unauthorized { message } => Error::unauthorized(message),
        Own::Interrupted { .. } | Own::Cancelled => Error::interrupted("interrupted"),
        Own::BadRequest { message, .. } | Own::InvalidSql { message } => Error::bad_request(message),
        other => Error::new(other.to_string()),
    }
}
