//! Hooks that decorate: an error of a plugin goes to the log, and the page is made without its share.

use std::fmt::Debug;

use datasette_plugin_api::server::{Hook, RemotePlugin};
use datasette_plugin_api::{
    self as api, Asset, BodyScript, DatabaseActions, Event, HomepageActions, Html, Json, JumpItemsSql,
    JumpSql, MenuItem, MenuLinks, Names, PrepareTemplateEnvironment, QueryActions, Request as View,
    RowActions, Rows as RowsView, Sent, Shutdown, TableActions, TemplateAdditions,
    TemplateEnvironmentFromRequest, TopDatabase, TopHomepage, TopQuery, TopRow, TopStoredQuery, TopTable,
    TrackEvent, Value, ViewActions,
};

use super::questions::PageQuestion;
use super::{Loaded, Plugins, VERSION, apart};
use crate::request::Request;
use crate::sqlite::Rows;

impl Plugins {
    /// Tells plugins that the server ends.
    pub(crate) fn shutdown(&self) {
        self.decorate(Hook::Shutdown, || Shutdown::new(VERSION), RemotePlugin::shutdown);
    }

    /// Tells plugins what happened.
    pub(crate) fn track_event(&self, event: Event) {
        let args = move || TrackEvent::new(Sent::new(event));
        self.decorate(Hook::TrackEvent, args, RemotePlugin::track_event);
    }

    // Pages.

    /// Variables for a page's template. Of equal names the last wins, which is the first plugin's.
    pub(crate) fn extra_template_vars(&self, question: &PageQuestion<'_>) -> Vec<(String, Json)> {
        let hook = Hook::ExtraTemplateVars;
        if !self.has_hook(hook) {
            return Vec::new();
        }
        apart(move || {
            let answers = self.decorate(hook, move || question.view(), RemotePlugin::extra_template_vars);
            answers.into_iter().rev().flat_map(|(_, vars)| vars).collect()
        })
    }

    /// Style sheets of a page.
    pub(crate) fn extra_css_urls(&self, question: &PageQuestion<'_>) -> Vec<Asset> {
        self.lists(Hook::ExtraCssUrls, move || question.view(), RemotePlugin::extra_css_urls)
    }

    /// Scripts of a page.
    pub(crate) fn extra_js_urls(&self, question: &PageQuestion<'_>) -> Vec<Asset> {
        self.lists(Hook::ExtraJsUrls, move || question.view(), RemotePlugin::extra_js_urls)
    }

    /// JavaScript for the end of a page.
    pub(crate) fn extra_body_script(&self, question: &PageQuestion<'_>) -> Vec<BodyScript> {
        let hook = Hook::ExtraBodyScript;
        if !self.has_hook(hook) {
            return Vec::new();
        }
        apart(move || {
            let answers = self.decorate(hook, move || question.view(), RemotePlugin::extra_body_script);
            answers.into_iter().filter_map(|(_, script)| script).collect()
        })
    }

    /// Helpers and partials for all templates.
    pub(crate) fn prepare_template_environment(&self) -> Vec<TemplateAdditions> {
        let (hook, args) = (Hook::PrepareTemplateEnvironment, || PrepareTemplateEnvironment::new(VERSION));
        let answers = self.decorate(hook, args, RemotePlugin::prepare_template_environment);
        answers.into_iter().map(|(_, additions)| additions).collect()
    }

    /// Helpers and partials for the templates of this request, with the plugin that brings them.
    pub(crate) fn template_environment_from_request(
        &self,
        request: &Request,
    ) -> Vec<(String, TemplateAdditions)> {
        let hook = Hook::TemplateEnvironmentFromRequest;
        if !self.has_hook(hook) {
            return Vec::new();
        }
        apart(move || {
            let args = move || TemplateEnvironmentFromRequest::new(View::over(request));
            let answers = self.decorate(hook, args, RemotePlugin::template_environment_from_request);
            answers.into_iter().filter_map(|(plugin, it)| Some((plugin.name.clone(), it?))).collect()
        })
    }

    // Menus.

    /// Links for the menu of the site.
    pub(crate) fn menu_links(&self, request: &Request) -> Vec<MenuItem> {
        let args = move || MenuLinks::new(request.actor.clone(), View::over(request));
        self.lists(Hook::MenuLinks, args, RemotePlugin::menu_links)
    }

    /// What the jump menu finds, with the plugin that knows it.
    pub(crate) fn jump_items_sql(&self, request: &Request) -> Vec<(String, JumpSql)> {
        let args = move || JumpItemsSql::new(request.actor.clone(), View::over(request));
        let lists = self.decorate(Hook::JumpItemsSql, args, RemotePlugin::jump_items_sql).into_iter();
        lists.flat_map(|(plugin, list)| list.into_iter().map(|it| (plugin.name.clone(), it))).collect()
    }

    /// Entries for the actions menu of the front page.
    pub(crate) fn homepage_actions(&self, request: &Request) -> Vec<MenuItem> {
        let args = move || HomepageActions::new(request.actor.clone(), View::over(request));
        self.lists(Hook::HomepageActions, args, RemotePlugin::homepage_actions)
    }

    /// Entries for the actions menu of a database.
    pub(crate) fn database_actions(&self, request: &Request, database: &str) -> Vec<MenuItem> {
        let args = move || DatabaseActions::new(request.actor.clone(), View::over(request), database);
        self.lists(Hook::DatabaseActions, args, RemotePlugin::database_actions)
    }

    /// Entries for the actions menu of a table.
    pub(crate) fn table_actions(&self, request: &Request, database: &str, table: &str) -> Vec<MenuItem> {
        let args = move || TableActions::new(request.actor.clone(), View::over(request), database, table);
        self.lists(Hook::TableActions, args, RemotePlugin::table_actions)
    }

    /// Entries for the actions menu of a view.
    pub(crate) fn view_actions(&self, request: &Request, database: &str, view: &str) -> Vec<MenuItem> {
        let args = move || ViewActions::new(request.actor.clone(), View::over(request), database, view);
        self.lists(Hook::ViewActions, args, RemotePlugin::view_actions)
    }

    /// Entries for the actions menu of a row, which is the first of `rows`.
    pub(crate) fn row_actions(
        &self,
        request: &Request,
        database: &str,
        table: &str,
        pks: &[String],
        rows: &Rows,
    ) -> Vec<MenuItem> {
        let args = move || {
            let (actor, view) = (request.actor.clone(), View::over(request));
            RowActions::new(actor, view, database, table, RowsView::over(rows), Names::new(pks))
        };
        self.lists(Hook::RowActions, args, RemotePlugin::row_actions)
    }

    /// Entries for the actions menu of a query; `query_name` is `None` for the visitor's own SQL.
    pub(crate) fn query_actions(
        &self,
        request: &Request,
        database: &str,
        query_name: Option<&str>,
        sql: &str,
        params: &[(String, Value)],
    ) -> Vec<MenuItem> {
        let args = move || {
            let (actor, view) = (request.actor.clone(), View::over(request));
            QueryActions::new(actor, view, database, query_name, sql, Sent::new(params.to_vec()))
        };
        self.lists(Hook::QueryActions, args, RemotePlugin::query_actions)
    }

    // Tops of pages.

    /// Markup for the top of the front page.
    pub(crate) fn top_homepage(&self, request: &Request) -> Html {
        let args = move || TopHomepage::new(View::over(request));
        self.markup(Hook::TopHomepage, args, RemotePlugin::top_homepage)
    }

    /// Markup for the top of a database's page.
    pub(crate) fn top_database(&self, request: &Request, database: &str) -> Html {
        let args = move || TopDatabase::new(View::over(request), database);
        self.markup(Hook::TopDatabase, args, RemotePlugin::top_database)
    }

    /// Markup for the top of a table's page.
    pub(crate) fn top_table(&self, request: &Request, database: &str, table: &str) -> Html {
        let args = move || TopTable::new(View::over(request), database, table);
        self.markup(Hook::TopTable, args, RemotePlugin::top_table)
    }

    /// Markup for the top of a row's page; the row is the first of `rows`.
    pub(crate) fn top_row(&self, request: &Request, database: &str, table: &str, rows: &Rows) -> Html {
        let args = move || TopRow::new(View::over(request), database, table, RowsView::over(rows));
        self.markup(Hook::TopRow, args, RemotePlugin::top_row)
    }

    /// Markup for the top of a page with the visitor's own SQL.
    pub(crate) fn top_query(&self, request: &Request, database: &str, sql: &str) -> Html {
        let args = move || TopQuery::new(View::over(request), database, sql);
        self.markup(Hook::TopQuery, args, RemotePlugin::top_query)
    }

    /// Markup for the top of a stored query's page.
    pub(crate) fn top_stored_query(&self, request: &Request, database: &str, query_name: &str) -> Html {
        let args = move || TopStoredQuery::new(View::over(request), database, query_name);
        self.markup(Hook::TopStoredQuery, args, RemotePlugin::top_stored_query)
    }

    // A page calls many hooks that nobody has: for these, the question is all that is done. So it comes first, before
    // anything is put together for the others.

    /// Calls the hook in every plugin that has it; errors are logged.
    #[inline]
    fn decorate<A: Debug, T: Debug>(
        &self,
        hook: Hook,
        args: impl FnOnce() -> A,
        call: impl Fn(&RemotePlugin, &A) -> Option<api::Result<T>>,
    ) -> Vec<(&Loaded, T)> {
        if !self.has_hook(hook) {
            return Vec::new();
        }
        apart(move || {
            let answers = self.ask(hook, &args(), call).into_iter();
            answers
                .filter_map(|(plugin, answer)| match answer {
                    Ok(answer) => Some((plugin, answer)),
                    Err(error) => {
                        log(plugin, hook, &error);
                        None
                    }
                })
                .collect()
        })
    }

    /// All that plugins list, one after another.
    #[inline]
    fn lists<A: Debug, T: Debug>(
        &self,
        hook: Hook,
        args: impl FnOnce() -> A,
        call: impl Fn(&RemotePlugin, &A) -> Option<api::Result<Vec<T>>>,
    ) -> Vec<T> {
        if !self.has_hook(hook) {
            return Vec::new();
        }
        apart(move || self.decorate(hook, args, call).into_iter().flat_map(|(_, list)| list).collect())
    }

    /// The markup of all plugins, one after another.
    #[inline]
    fn markup<A: Debug>(
        &self,
        hook: Hook,
        args: impl FnOnce() -> A,
        call: impl Fn(&RemotePlugin, &A) -> Option<api::Result<Option<Html>>>,
    ) -> Html {
        if !self.has_hook(hook) {
            return Html::default();
        }
        apart(move || {
            let pieces = self.decorate(hook, args, call).into_iter().filter_map(|(_, html)| html);
            Html(pieces.map(|html| html.0).collect())
        })
    }
}

/// A plugin's failure that nobody but its author should hear of.
pub(super) fn log(plugin: &Loaded, hook: Hook, error: &api::Error) {
    tracing::error!(plugin = plugin.name, hook = hook.name(), "{}", error.message);
}
