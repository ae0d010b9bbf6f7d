//! Stored queries, wherever they come from: kept in the internal database, or brought by plugins for a visitor.

use datasette_plugin_api::Json;
use datasette_plugin_api::server::Hook;

use crate::app::App;
use crate::error::Result;
use crate::internal::StoredQuery;
use crate::request::Actor;

impl App {
    /// The query of that name, as this actor finds it. What is kept comes before what a plugin brings.
    pub(crate) fn stored_query(
        &self,
        actor: Option<&Actor>,
        database: &str,
        name: &str,
    ) -> Result<Option<StoredQuery>> {
        let kept = self.internal.stored_query(database, name)?;
        if kept.is_some() || !self.plugins.has_hook(Hook::CannedQueries) {
            return Ok(kept);
        }
        let mut brought = self.plugins.canned_queries(database, actor)?.into_iter();
        let found = brought.find(|query| query.name == name);
        Ok(found.map(|query| StoredQuery::from_plugin(database, &query)))
    }

    /// What plugins bring for this actor, for [`QueryFilter::brought`](crate::internal::QueryFilter::brought).
    pub(crate) fn brought_queries(
        &self,
        actor: Option<&Actor>,
        database: Option<&str>,
    ) -> Result<Option<String>> {
        if !self.plugins.has_hook(Hook::CannedQueries) {
            return Ok(None);
        }
        let mut rows = Vec::new();
        for served in self.all_databases() {
            if database.is_none_or(|wanted| wanted == served.name) {
                let brought = self.plugins.canned_queries(&served.name, actor)?;
                let row = |query| StoredQuery::from_plugin(&served.name, query).as_row();
                rows.extend(brought.iter().map(row));
            }
        }
        Ok((!rows.is_empty()).then(|| Json::Array(rows).to_string()))
    }
}
