//! Hooks that decorate: an error of a plugin goes to the log, and the page is made without its share.

use std::cell::RefCell;
use std::fmt::Debug;

use datasette_plugin_api::server::{Hook, RemotePlugin};
use datasette_plugin_api::{
    self as api, Asset, BodyScript, DatabaseActions, Event, HomepageActions, Html, JumpItemsSql, JumpSql,
    Map, MenuItem, MenuLinks, Names, PrepareTemplateEnvironment, QueryActions, Request as View, RowActions,
    Rows as RowsView, Sent, Shutdown, TableActions, TemplateAdditions, TemplateEnvironmentFromRequest,
    TopDatabase, TopHomepage, TopQuery, TopRow, TopStoredQuery, TopTable, TrackEvent, Value, ViewActions,
};

use super::questions::{CellQuestion, PageQuestion};
use super::{CellCounter, Loaded, Plugins, VERSION};
use crate::request::Request;
use crate::sqlite::Rows;

impl Plugins {
    /// Tells plugins that the server ends.
    pub(crate) fn shutdown(&self) {
        let args = Shutdown::new(VERSION);
        self.decorate(Hook::Shutdown, &args, |plugin| plugin.shutdown(&args));
    }

    /// Tells plugins what happened.
    pub(crate) fn track_event(&self, event: Event) {
        if self.has_hook(Hook::TrackEvent) {
            let args = TrackEvent::new(Sent::new(event));
            self.decorate(Hook::TrackEvent, &args, |plugin| plugin.track_event(&args));
        }
    }

    // Cells.

    /// Whether any plugin renders cells.
    pub(crate) fn renders_cells(&self) -> bool {
        self.has_hook(Hook::RenderCell)
    }

    /// Counts the cells of a page.
    pub(crate) fn cell_counter(&self) -> CellCounter<'_> {
        CellCounter::new(self)
    }

    /// How the cell looks: its column's type is asked first, then the plugins until one answers.
    pub(crate) fn render_cell(&self, question: &CellQuestion<'_>, counter: &CellCounter<'_>) -> Option<Html> {
        let typed = question.column_type.and_then(|given| self.registered().render_cell(given, question));
        if typed.is_some() || !self.renders_cells() {
            return typed;
        }
        let cell = question.view();
        let trace = self.trace.start(Hook::RenderCell, &cell).map(RefCell::new);
        let ask = |plugin: &Loaded| {
            let started = trace.as_ref().map(|_| std::time::Instant::now());
            let answer = plugin.remote.render_cell(&cell)?;
            if let (Some(trace), Some(started)) = (&trace, started) {
                trace.borrow_mut().answered(&plugin.name, started.elapsed(), format!("{answer:?}"));
            }
            Some(answer)
        };
        counter.first(ask, |plugin, error| log(plugin, Hook::RenderCell, &error))
    }

    // Pages.

    /// Variables for a page's template. Of equal names the first plugin's stays.
    pub(crate) fn extra_template_vars(&self, question: &PageQuestion<'_>) -> Map {
        let page = question.view();
        let answers =
            self.decorate(Hook::ExtraTemplateVars, &page, |plugin| plugin.extra_template_vars(&page));
        answers.into_iter().rev().flat_map(|(_, vars)| vars).collect()
    }

    /// Style sheets of a page.
    pub(crate) fn extra_css_urls(&self, question: &PageQuestion<'_>) -> Vec<Asset> {
        let page = question.view();
        self.lists(Hook::ExtraCssUrls, &page, |plugin| plugin.extra_css_urls(&page))
    }

    /// Scripts of a page.
    pub(crate) fn extra_js_urls(&self, question: &PageQuestion<'_>) -> Vec<Asset> {
        let page = question.view();
        self.lists(Hook::ExtraJsUrls, &page, |plugin| plugin.extra_js_urls(&page))
    }

    /// JavaScript for the end of a page.
    pub(crate) fn extra_body_script(&self, question: &PageQuestion<'_>) -> Vec<BodyScript> {
        let page = question.view();
        let answers = self.decorate(Hook::ExtraBodyScript, &page, |plugin| plugin.extra_body_script(&page));
        answers.into_iter().filter_map(|(_, script)| script).collect()
    }

    /// Helpers and partials for all templates.
    pub(crate) fn prepare_template_environment(&self) -> Vec<TemplateAdditions> {
        let args = PrepareTemplateEnvironment::new(VERSION);
        let hook = Hook::PrepareTemplateEnvironment;
        let answers = self.decorate(hook, &args, |plugin| plugin.prepare_template_environment(&args));
        answers.into_iter().map(|(_, additions)| additions).collect()
    }

    /// Helpers and partials for the templates of this request, with the plugin that brings them.
    pub(crate) fn template_environment_from_request(
        &self,
        request: &Request,
    ) -> Vec<(String, TemplateAdditions)> {
        if !self.has_hook(Hook::TemplateEnvironmentFromRequest) {
            return Vec::new();
        }
        let args = TemplateEnvironmentFromRequest::new(View::over(request));
        let hook = Hook::TemplateEnvironmentFromRequest;
        let answers = self.decorate(hook, &args, |plugin| plugin.template_environment_from_request(&args));
        answers.into_iter().filter_map(|(plugin, it)| Some((plugin.name.clone(), it?))).collect()
    }

    // Menus.

    /// Links for the menu of the site.
    pub(crate) fn menu_links(&self, request: &Request) -> Vec<MenuItem> {
        let args = MenuLinks::new(request.actor.clone(), View::over(request));
        self.lists(Hook::MenuLinks, &args, |plugin| plugin.menu_links(&args))
    }

    /// What the jump menu finds, with the plugin that knows it.
    pub(crate) fn jump_items_sql(&self, request: &Request) -> Vec<(String, JumpSql)> {
        let args = JumpItemsSql::new(request.actor.clone(), View::over(request));
        let lists = self.decorate(Hook::JumpItemsSql, &args, |plugin| plugin.jump_items_sql(&args));
        lists
            .into_iter()
            .flat_map(|(plugin, list)| list.into_iter().map(|it| (plugin.name.clone(), it)))
            .collect()
    }

    /// Entries for the actions menu of the front page.
    pub(crate) fn homepage_actions(&self, request: &Request) -> Vec<MenuItem> {
        let args = HomepageActions::new(request.actor.clone(), View::over(request));
        self.lists(Hook::HomepageActions, &args, |plugin| plugin.homepage_actions(&args))
    }

    /// Entries for the actions menu of a database.
    pub(crate) fn database_actions(&self, request: &Request, database: &str) -> Vec<MenuItem> {
        let args = DatabaseActions::new(request.actor.clone(), View::over(request), database);
        self.lists(Hook::DatabaseActions, &args, |plugin| plugin.database_actions(&args))
    }

    /// Entries for the actions menu of a table.
    pub(crate) fn table_actions(&self, request: &Request, database: &str, table: &str) -> Vec<MenuItem> {
        let args = TableActions::new(request.actor.clone(), View::over(request), database, table);
        self.lists(Hook::TableActions, &args, |plugin| plugin.table_actions(&args))
    }

    /// Entries for the actions menu of a view.
    pub(crate) fn view_actions(&self, request: &Request, database: &str, view: &str) -> Vec<MenuItem> {
        let args = ViewActions::new(request.actor.clone(), View::over(request), database, view);
        self.lists(Hook::ViewActions, &args, |plugin| plugin.view_actions(&args))
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
        let (actor, view) = (request.actor.clone(), View::over(request));
        let args = RowActions::new(actor, view, database, table, RowsView::over(rows), Names::new(pks));
        self.lists(Hook::RowActions, &args, |plugin| plugin.row_actions(&args))
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
        let (actor, view) = (request.actor.clone(), View::over(request));
        let args = QueryActions::new(actor, view, database, query_name, sql, Sent::new(params.to_vec()));
        self.lists(Hook::QueryActions, &args, |plugin| plugin.query_actions(&args))
    }

    // Tops of pages.

    /// Markup for the top of the front page.
    pub(crate) fn top_homepage(&self, request: &Request) -> Html {
        let args = TopHomepage::new(View::over(request));
        self.markup(Hook::TopHomepage, &args, |plugin| plugin.top_homepage(&args))
    }

    /// Markup for the top of a database's page.
    pub(crate) fn top_database(&self, request: &Request, database: &str) -> Html {
        let args = TopDatabase::new(View::over(request), database);
        self.markup(Hook::TopDatabase, &args, |plugin| plugin.top_database(&args))
    }

    /// Markup for the top of a table's page.
    pub(crate) fn top_table(&self, request: &Request, database: &str, table: &str) -> Html {
        let args = TopTable::new(View::over(request), database, table);
        self.markup(Hook::TopTable, &args, |plugin| plugin.top_table(&args))
    }

    /// Markup for the top of a row's page; the row is the first of `rows`.
    pub(crate) fn top_row(&self, request: &Request, database: &str, table: &str, rows: &Rows) -> Html {
        let args = TopRow::new(View::over(request), database, table, RowsView::over(rows));
        self.markup(Hook::TopRow, &args, |plugin| plugin.top_row(&args))
    }

    /// Markup for the top of a page with the visitor's own SQL.
    pub(crate) fn top_query(&self, request: &Request, database: &str, sql: &str) -> Html {
        let args = TopQuery::new(View::over(request), database, sql);
        self.markup(Hook::TopQuery, &args, |plugin| plugin.top_query(&args))
    }

    /// Markup for the top of a stored query's page.
    pub(crate) fn top_stored_query(&self, request: &Request, database: &str, query_name: &str) -> Html {
        let args = TopStoredQuery::new(View::over(request), database, query_name);
        self.markup(Hook::TopStoredQuery, &args, |plugin| plugin.top_stored_query(&args))
    }

    /// Calls the hook in every plugin that has it; errors are logged.
    fn decorate<T: Debug>(
        &self,
        hook: Hook,
        args: &dyn Debug,
        call: impl Fn(&RemotePlugin) -> Option<api::Result<T>>,
    ) -> Vec<(&Loaded, T)> {
        let answers = self.ask(hook, args, call).into_iter();
        answers
            .filter_map(|(plugin, answer)| match answer {
                Ok(answer) => Some((plugin, answer)),
                Err(error) => {
                    log(plugin, hook, &error);
                    None
                }
            })
            .collect()
    }

    /// All that plugins list, one after another.
    fn lists<T: Debug>(
        &self,
        hook: Hook,
        args: &dyn Debug,
        call: impl Fn(&RemotePlugin) -> Option<api::Result<Vec<T>>>,
    ) -> Vec<T> {
        self.decorate(hook, args, call).into_iter().flat_map(|(_, list)| list).collect()
    }

    /// The markup of all plugins, one after another.
    fn markup(
        &self,
        hook: Hook,
        args: &dyn Debug,
        call: impl Fn(&RemotePlugin) -> Option<api::Result<Option<Html>>>,
    ) -> Html {
        let pieces = self.decorate(hook, args, call).into_iter().filter_map(|(_, html)| html);
        Html(pieces.map(|html| html.0).collect())
    }
}

/// A plugin's failure that nobody but its author should hear of.
fn log(plugin: &Loaded, hook: Hook, error: &api::Error) {
    tracing::error!(plugin = plugin.name, hook = hook.name(), "{}", error.message);
}
