//! `/-/debug/autocomplete`: tries out how the rows of a table are found by their labels.

use crate::app::App;
use crate::error::Result;
use crate::permissions::Resource;
use crate::render::contexts::{AutocompleteContext, AutocompleteTable};
use crate::render::page::{self, PageKind};
use crate::request::Request;
use crate::response::Response;
use crate::sqlite::Kind;
use crate::table::labels::label_column;
use crate::urls;

/// So many tables are looked at, and so many shown.
const SCANNED: usize = 100;
const SHOWN: usize = 5;

pub(crate) fn autocomplete(app: &App, request: &Request) -> Result<Response> {
    app.permissions.require(request, "view-instance", Resource::Instance)?;
    let arg = |name: &str| request.args.get(name).unwrap_or_default().to_owned();
    let (database_name, table_name) = (arg("database"), arg("table"));
    let mut context = AutocompleteContext {
        form_action: app.urls.path("-/debug/autocomplete"),
        ..AutocompleteContext::default()
    };
    if database_name.is_empty() && table_name.is_empty() {
        suggest(app, request, &mut context)?;
    } else {
        try_table(app, request, &database_name, &table_name, &mut context)?;
    }
    let context = AutocompleteContext { database_name, table_name, ..context };
    let chosen = page::choose(app, &["debug_autocomplete.html".to_owned()])?;
    let crumbs = page::crumbs(app, request, None, None)?;
    let kind = PageKind::of("autocomplete_debug");
    page::respond(app, request, &chosen, kind, crumbs, |base| AutocompleteContext { base, ..context })
}

fn try_table(
    app: &App,
    request: &Request,
    database: &str,
    table: &str,
    context: &mut AutocompleteContext,
) -> Result<()> {
    if database.is_empty() || table.is_empty() {
        context.error = Some("Both database and table are required.".to_owned());
        return Ok(());
    }
    let Some(database) = app.database_named(database) else {
        context.error = Some("Database not found.".to_owned());
        return Ok(());
    };
    let found = app.read(request, &database, |conn| Ok(database.table(conn, table)?))?;
    let Some(found) = found.filter(|found| !found.is_view()) else {
        context.error = Some("Table not found.".to_owned());
        return Ok(());
    };
    app.permissions.require(request, "view-table", Resource::Table(&database.name, &found.name))?;
    context.autocomplete_url =
        Some(format!("{}/-/autocomplete", app.urls.table(&database.route, &found.name)));
    context.label_column = label_column(app, &database, &found);
    Ok(())
}

/// Some tables whose rows have names.
fn suggest(app: &App, request: &Request, context: &mut AutocompleteContext) -> Result<()> {
    context.show_suggestions = true;
    for database in app.all_databases() {
        app.read(request, &database, |conn| {
            let schema = database.schema(conn)?;
            for name in schema.names(Kind::Table) {
                if context.scanned >= SCANNED || context.suggestions.len() >= SHOWN {
                    break;
                }
                context.scanned += 1;
                let resource = Resource::Table(&database.name, name);
                if !app.permissions.allowed(request, "view-table", resource)? {
                    continue;
                }
                let Some(table) = schema.table(conn, name)? else { continue };
                if let Some(label_column) = label_column(app, &database, &table) {
                    let query = urls::encode_query([("database", database.name.as_str()), ("table", name)]);
                    context.suggestions.push(AutocompleteTable {
                        database: database.name.clone(),
                        table: name.to_owned(),
                        label_column,
                        url: format!("{}?{query}", context.form_action),
                    });
                }
            }
            Ok(())
        })?;
    }
    context.reached_scan_limit = context.scanned >= SCANNED;
    Ok(())
}
