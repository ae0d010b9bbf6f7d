//! Every hook there is, in the order in which a request meets them.

use crate::hooks::*;
use crate::{Actor, Host, Html, Map, Response, Result};

/// What a plugin can do. Write the hooks you need, under `#[hookimpl]`; the others cost nothing.
///
/// Hooks are called from many threads at once, and they may block: each request has a thread of its own.
///
/// A hook either **decides**: its error fails whatever asked, so that a broken plugin never opens a door;
/// or it **decorates**: its error is logged, and the page is made without it. A panic is such an error.
#[allow(unused_variables)]
pub trait Plugin: Send + Sync + Sized + 'static {
    /// Files that the plugin brings along: `templates/...` and `static/...`. See [`embed!`](crate::embed).
    ///
    /// Templates are found between the site's own and the server's; static files are served as
    /// `/-/static-plugins/NAME/...`.
    const FILES: &'static [EmbeddedFile] = &[];

    /// Makes the plugin. The configuration can be read; databases are there from [`startup`](Self::startup) on.
    /// An error refuses the whole library.
    fn new(host: Host) -> Result<Self>;

    // The server's life.

    /// Once, before the first request, with databases and configuration in place. *Decides*: an error ends
    /// the start with its message.
    fn startup(&self, args: &Startup<'_>) -> Result<()> {
        Ok(())
    }

    /// Once, when the server ends in order. *Decorates.*
    fn shutdown(&self, args: &Shutdown<'_>) -> Result<()> {
        Ok(())
    }

    /// Commands for the `datasette` program. *Decorates*: an error leaves them out.
    fn register_commands(&self) -> Result<Vec<Command>> {
        Ok(Vec::new())
    }

    /// Targets for `datasette publish`. *Decorates*: an error leaves them out.
    fn publish_subcommand(&self) -> Result<Vec<PublishTarget>> {
        Ok(Vec::new())
    }

    /// For every connection to a database, except the internal one: register SQL functions here.
    /// *Decides*: an error fails the connection.
    fn prepare_connection(&self, args: &PrepareConnection<'_>) -> Result<()> {
        Ok(())
    }

    // Who asks.

    /// Who makes this request; the first plugin that knows wins, though all are asked. *Decides.*
    fn actor_from_request(&self, args: &ActorFromRequest<'_>) -> Result<Option<Actor>> {
        Ok(None)
    }

    /// Actors by id, for pages that show who did something; keys are ids as text. The first plugin that
    /// answers wins. *Decides.*
    fn actors_from_ids(&self, args: &ActorsFromIds<'_>) -> Result<Option<Map>> {
        Ok(None)
    }

    /// At start: kinds of API tokens. The first is the one that makes tokens unless another is named.
    /// *Decides.*
    fn register_token_handler(&self) -> Result<Vec<Box<dyn TokenHandler>>> {
        Ok(Vec::new())
    }

    // The way in.

    /// Around the answer to every request: call [`args.next`](RequestWrapper::next) and return what it
    /// returns, changed or not. *Decides.* (Datasette: `asgi_wrapper`.)
    fn request_wrapper(&self, args: &RequestWrapper<'_>) -> Result<Response> {
        args.next.call()
    }

    /// Whether this form need not prove that it comes from this site. One plugin is enough. *Decides.*
    fn skip_csrf(&self, args: &SkipCsrf<'_>) -> Result<bool> {
        Ok(false)
    }

    /// At start: pages of the plugin's own. They are tried before the server's. *Decides.*
    fn register_routes(&self) -> Result<Vec<Route>> {
        Ok(Vec::new())
    }

    // What may they.

    /// At start: actions that may be allowed or forbidden. Two of the same name or abbreviation end the
    /// start. *Decides.*
    fn register_actions(&self) -> Result<Vec<Action>> {
        Ok(Vec::new())
    }

    /// Rules about an action for an actor, as SQL. *Decides*: an error forbids.
    fn permission_resources_sql(&self, args: &PermissionResourcesSql<'_>) -> Result<Vec<PermissionSql>> {
        Ok(Vec::new())
    }

    // The rows of a table.

    /// Conditions for the rows of a table or view, from the query string. *Decides.*
    fn filters_from_request(&self, args: &FiltersFromRequest<'_>) -> Result<Option<FilterArguments>> {
        Ok(None)
    }

    /// At start: ways of counting rows. *Decides.*
    fn register_facet_classes(&self) -> Result<Vec<Box<dyn FacetClass>>> {
        Ok(Vec::new())
    }

    /// At start: meanings of columns. Two of the same name end the start. *Decides.*
    fn register_column_types(&self) -> Result<Vec<Box<dyn ColumnType>>> {
        Ok(Vec::new())
    }

    // Queries.

    /// Stored queries of a database: by name, SQL or an object as in the configuration. *Decides.*
    /// (Gone from Datasette since 1.0a26, where plugins call `add_query`; works here.)
    fn canned_queries(&self, args: &CannedQueries<'_>) -> Result<Map> {
        Ok(Map::new())
    }

    /// At start: parameters of stored queries that the server fills in. *Decides.*
    fn register_magic_parameters(&self) -> Result<Vec<MagicParameter>> {
        Ok(Vec::new())
    }

    // Writes.

    /// Around every write: call [`proceed`](Write::proceed) once. *Decides*: an error, or not proceeding,
    /// undoes the write.
    fn write_wrapper(&self, args: &WriteWrapper<'_>) -> Result<()> {
        args.write.proceed().map(drop)
    }

    /// At start: kinds of events. *Decides.*
    fn register_events(&self) -> Result<Vec<EventType>> {
        Ok(Vec::new())
    }

    /// Something happened; it is done and can't be undone. *Decorates.*
    fn track_event(&self, args: &TrackEvent<'_>) -> Result<()> {
        Ok(())
    }

    // What leaves.

    /// At start: formats, by extension. *Decides.*
    fn register_output_renderer(&self) -> Result<Vec<Box<dyn OutputRenderer>>> {
        Ok(Vec::new())
    }

    /// How a cell looks, for every cell of every HTML page; the first plugin that answers wins. *Decorates.*
    fn render_cell(&self, cell: &RenderCell<'_>) -> Result<Option<Html>> {
        Ok(None)
    }

    /// At start: helpers and partials for all templates. *Decorates.* (Datasette: `prepare_jinja2_environment`.)
    fn prepare_template_environment(
        &self,
        args: &PrepareTemplateEnvironment<'_>,
    ) -> Result<TemplateAdditions> {
        Ok(TemplateAdditions::default())
    }

    /// Helpers and partials for the templates of one request. *Decorates.*
    /// (Datasette: `jinja2_environment_from_request`.)
    fn template_environment_from_request(
        &self,
        args: &TemplateEnvironmentFromRequest<'_>,
    ) -> Result<Option<TemplateAdditions>> {
        Ok(None)
    }

    /// Variables for a page's template. Later plugins overwrite earlier ones', and all the server's.
    /// *Decorates.*
    fn extra_template_vars(&self, page: &PageContext<'_>) -> Result<Map> {
        Ok(Map::new())
    }

    /// Style sheets for a page. *Decorates.*
    fn extra_css_urls(&self, page: &PageContext<'_>) -> Result<Vec<Asset>> {
        Ok(Vec::new())
    }

    /// Scripts for a page. *Decorates.*
    fn extra_js_urls(&self, page: &PageContext<'_>) -> Result<Vec<Asset>> {
        Ok(Vec::new())
    }

    /// JavaScript for the end of a page. *Decorates.*
    fn extra_body_script(&self, page: &PageContext<'_>) -> Result<Option<BodyScript>> {
        Ok(None)
    }

    // Menus.

    /// Links for the menu of the site. *Decorates.*
    fn menu_links(&self, args: &MenuLinks<'_>) -> Result<Vec<MenuItem>> {
        Ok(Vec::new())
    }

    /// Things that the jump menu finds, as SQL. *Decorates.*
    fn jump_items_sql(&self, args: &JumpItemsSql<'_>) -> Result<Vec<JumpSql>> {
        Ok(Vec::new())
    }

    /// Entries for the actions menu of the front page. *Decorates.*
    fn homepage_actions(&self, args: &HomepageActions<'_>) -> Result<Vec<MenuItem>> {
        Ok(Vec::new())
    }

    /// Entries for the actions menu of a database. *Decorates.*
    fn database_actions(&self, args: &DatabaseActions<'_>) -> Result<Vec<MenuItem>> {
        Ok(Vec::new())
    }

    /// Entries for the actions menu of a table. *Decorates.*
    fn table_actions(&self, args: &TableActions<'_>) -> Result<Vec<MenuItem>> {
        Ok(Vec::new())
    }

    /// Entries for the actions menu of a view. *Decorates.*
    fn view_actions(&self, args: &ViewActions<'_>) -> Result<Vec<MenuItem>> {
        Ok(Vec::new())
    }

    /// Entries for the actions menu of a row. *Decorates.*
    fn row_actions(&self, args: &RowActions<'_>) -> Result<Vec<MenuItem>> {
        Ok(Vec::new())
    }

    /// Entries for the actions menu of a query. *Decorates.*
    fn query_actions(&self, args: &QueryActions<'_>) -> Result<Vec<MenuItem>> {
        Ok(Vec::new())
    }

    // Tops of pages: markup under the heading, those of all plugins one after another.

    /// Markup for the top of the front page. *Decorates.*
    fn top_homepage(&self, args: &TopHomepage<'_>) -> Result<Option<Html>> {
        Ok(None)
    }

    /// Markup for the top of a database's page. *Decorates.*
    fn top_database(&self, args: &TopDatabase<'_>) -> Result<Option<Html>> {
        Ok(None)
    }

    /// Markup for the top of a table's page. *Decorates.*
    fn top_table(&self, args: &TopTable<'_>) -> Result<Option<Html>> {
        Ok(None)
    }

    /// Markup for the top of a row's page. *Decorates.*
    fn top_row(&self, args: &TopRow<'_>) -> Result<Option<Html>> {
        Ok(None)
    }

    /// Markup for the top of a page with the visitor's own SQL. *Decorates.*
    fn top_query(&self, args: &TopQuery<'_>) -> Result<Option<Html>> {
        Ok(None)
    }

    /// Markup for the top of a stored query's page. *Decorates.* (Once called `top_canned_query`.)
    fn top_stored_query(&self, args: &TopStoredQuery<'_>) -> Result<Option<Html>> {
        Ok(None)
    }

    // When it goes wrong.

    /// An answer for somebody who was turned away; the first plugin that answers wins. *Decides.*
    fn forbidden(&self, args: &Forbidden<'_>) -> Result<Option<Response>> {
        Ok(None)
    }

    /// An answer for a request that failed; the first plugin that answers wins. *Decides.*
    fn handle_exception(&self, args: &HandleException<'_>) -> Result<Option<Response>> {
        Ok(None)
    }
}

/// A file inside the library.
#[derive(Debug, Clone, Copy)]
pub struct EmbeddedFile {
    /// `templates/...` or `static/...`, with `/`.
    pub path: &'static str,
    /// What is in it.
    pub bytes: &'static [u8],
}

/// Files of the crate, by their paths from its `Cargo.toml`, for [`Plugin::FILES`].
///
/// ```ignore
/// const FILES: &'static [EmbeddedFile] = embed!["static/map.js", "templates/map.html"];
/// ```
#[macro_export]
macro_rules! embed {
    ($($path:literal),* $(,)?) => {
        &[$($crate::EmbeddedFile {
            path: $path,
            bytes: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $path)),
        }),*]
    };
}
