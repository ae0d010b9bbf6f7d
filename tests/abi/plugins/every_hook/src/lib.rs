//! Has every hook, and says at `/-/hooks` which were called so far.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};

use datasette_plugin_api::*;

static MET: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());

fn hooks_met() -> MutexGuard<'static, BTreeSet<&'static str>> {
    MET.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn met(hook: &'static str) {
    hooks_met().insert(hook);
}

struct EveryHook;

#[hookimpl]
impl Plugin for EveryHook {
    fn new(_host: Host) -> Result<Self> {
        Ok(Self)
    }

    fn startup(&self, _: &Startup<'_>) -> Result<()> {
        met("startup");
        Ok(())
    }
    fn shutdown(&self, _: &Shutdown<'_>) -> Result<()> {
        met("shutdown");
        Ok(())
    }
    fn register_commands(&self) -> Result<Vec<Command>> {
        met("register_commands");
        Ok(Vec::new())
    }
    fn publish_subcommand(&self) -> Result<Vec<PublishTarget>> {
        met("publish_subcommand");
        Ok(Vec::new())
    }
    fn prepare_connection(&self, _: &PrepareConnection<'_>) -> Result<()> {
        met("prepare_connection");
        Ok(())
    }
    fn actor_from_request(&self, _: &ActorFromRequest<'_>) -> Result<Option<Actor>> {
        met("actor_from_request");
        Ok(None)
    }
    fn actors_from_ids(&self, _: &ActorsFromIds<'_>) -> Result<Option<Map>> {
        met("actors_from_ids");
        Ok(None)
    }
    fn register_token_handler(&self) -> Result<Vec<Box<dyn TokenHandler>>> {
        met("register_token_handler");
        Ok(Vec::new())
    }
    fn request_wrapper(&self, args: &RequestWrapper<'_>) -> Result<Response> {
        met("request_wrapper");
        args.next.call()
    }
    fn skip_csrf(&self, _: &SkipCsrf<'_>) -> Result<bool> {
        met("skip_csrf");
        Ok(false)
    }
    fn register_routes(&self) -> Result<Vec<Route>> {
        met("register_routes");
        Ok(vec![Route::new("^/-/hooks$", |_| Response::json(&*hooks_met()))])
    }
    fn register_actions(&self) -> Result<Vec<Action>> {
        met("register_actions");
        Ok(Vec::new())
    }
    fn permission_resources_sql(&self, _: &PermissionResourcesSql<'_>) -> Result<Vec<PermissionSql>> {
        met("permission_resources_sql");
        Ok(Vec::new())
    }
    fn filters_from_request(&self, _: &FiltersFromRequest<'_>) -> Result<Option<FilterArguments>> {
        met("filters_from_request");
        Ok(None)
    }
    fn register_facet_classes(&self) -> Result<Vec<Box<dyn FacetClass>>> {
        met("register_facet_classes");
        Ok(Vec::new())
    }
    fn register_column_types(&self) -> Result<Vec<Box<dyn ColumnType>>> {
        met("register_column_types");
        Ok(Vec::new())
    }
    fn canned_queries(&self, _: &CannedQueries<'_>) -> Result<Map> {
        met("canned_queries");
        Ok(Map::new())
    }
    fn register_magic_parameters(&self) -> Result<Vec<MagicParameter>> {
        met("register_magic_parameters");
        Ok(Vec::new())
    }
    fn write_wrapper(&self, args: &WriteWrapper<'_>) -> Result<()> {
        met("write_wrapper");
        args.write.proceed().map(drop)
    }
    fn register_events(&self) -> Result<Vec<EventType>> {
        met("register_events");
        Ok(Vec::new())
    }
    fn track_event(&self, _: &TrackEvent<'_>) -> Result<()> {
        met("track_event");
        Ok(())
    }
    fn register_output_renderer(&self) -> Result<Vec<Box<dyn OutputRenderer>>> {
        met("register_output_renderer");
        Ok(Vec::new())
    }
    fn render_cell(&self, _: &RenderCell<'_>) -> Result<Option<Html>> {
        met("render_cell");
        Ok(None)
    }
    fn prepare_template_environment(&self, _: &PrepareTemplateEnvironment<'_>) -> Result<TemplateAdditions> {
        met("prepare_template_environment");
        Ok(TemplateAdditions::default())
    }
    fn template_environment_from_request(
        &self,
        _: &TemplateEnvironmentFromRequest<'_>,
    ) -> Result<Option<TemplateAdditions>> {
        met("template_environment_from_request");
        Ok(None)
    }
    fn extra_template_vars(&self, _: &PageContext<'_>) -> Result<Map> {
        met("extra_template_vars");
        Ok(Map::new())
    }
    fn extra_css_urls(&self, _: &PageContext<'_>) -> Result<Vec<Asset>> {
        met("extra_css_urls");
        Ok(Vec::new())
    }
    fn extra_js_urls(&self, _: &PageContext<'_>) -> Result<Vec<Asset>> {
        met("extra_js_urls");
        Ok(Vec::new())
    }
    fn extra_body_script(&self, _: &PageContext<'_>) -> Result<Option<BodyScript>> {
        met("extra_body_script");
        Ok(None)
    }
    fn menu_links(&self, _: &MenuLinks<'_>) -> Result<Vec<MenuItem>> {
        met("menu_links");
        Ok(Vec::new())
    }
    fn jump_items_sql(&self, _: &JumpItemsSql<'_>) -> Result<Vec<JumpSql>> {
        met("jump_items_sql");
        Ok(Vec::new())
    }
    fn homepage_actions(&self, _: &HomepageActions<'_>) -> Result<Vec<MenuItem>> {
        met("homepage_actions");
        Ok(Vec::new())
    }
    fn database_actions(&self, _: &DatabaseActions<'_>) -> Result<Vec<MenuItem>> {
        met("database_actions");
        Ok(Vec::new())
    }
    fn table_actions(&self, _: &TableActions<'_>) -> Result<Vec<MenuItem>> {
        met("table_actions");
        Ok(Vec::new())
    }
    fn view_actions(&self, _: &ViewActions<'_>) -> Result<Vec<MenuItem>> {
        met("view_actions");
        Ok(Vec::new())
    }
    fn row_actions(&self, _: &RowActions<'_>) -> Result<Vec<MenuItem>> {
        met("row_actions");
        Ok(Vec::new())
    }
    fn query_actions(&self, _: &QueryActions<'_>) -> Result<Vec<MenuItem>> {
        met("query_actions");
        Ok(Vec::new())
    }
    fn top_homepage(&self, _: &TopHomepage<'_>) -> Result<Option<Html>> {
        met("top_homepage");
        Ok(None)
    }
    fn top_database(&self, _: &TopDatabase<'_>) -> Result<Option<Html>> {
        met("top_database");
        Ok(None)
    }
    fn top_table(&self, _: &TopTable<'_>) -> Result<Option<Html>> {
        met("top_table");
        Ok(None)
    }
    fn top_row(&self, _: &TopRow<'_>) -> Result<Option<Html>> {
        met("top_row");
        Ok(None)
    }
    fn top_query(&self, _: &TopQuery<'_>) -> Result<Option<Html>> {
        met("top_query");
        Ok(None)
    }
    fn top_stored_query(&self, _: &TopStoredQuery<'_>) -> Result<Option<Html>> {
        met("top_stored_query");
        Ok(None)
    }
    fn forbidden(&self, _: &Forbidden<'_>) -> Result<Option<Response>> {
        met("forbidden");
        Ok(None)
    }
    fn handle_exception(&self, _: &HandleException<'_>) -> Result<Option<Response>> {
        met("handle_exception");
        Ok(None)
    }
}

export_plugin!(EveryHook);
