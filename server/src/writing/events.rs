//! What is told about writes, once they are committed.

use datasette_plugin_api::{Event, Json};

use crate::app::App;
use crate::request::Request;

/// Events of one request about one database.
pub(crate) struct Events<'a> {
    pub(crate) app: &'a App,
    pub(crate) request: &'a Request,
    pub(crate) database: &'a str,
}

impl Events<'_> {
    fn tell(&self, name: &str, table: &str, properties: &[(&str, Json)]) {
        let event = Event::new(name, self.request.actor.clone());
        let event = event.with("database", self.database).with("table", table);
        let event = properties.iter().fold(event, |event, (key, value)| event.with(*key, value.clone()));
        self.app.announce(event);
    }

    pub(crate) fn create_table(&self, table: &str, schema: &str) {
        self.tell("create-table", table, &[("schema", schema.into())]);
    }

    pub(crate) fn drop_table(&self, table: &str) {
        self.tell("drop-table", table, &[]);
    }

    pub(crate) fn alter_table(&self, table: &str, before: &str, after: &str) {
        self.tell("alter-table", table, &[("before_schema", before.into()), ("after_schema", after.into())]);
    }

    /// `rows`: how many were sent, not how many there are now.
    pub(crate) fn insert_rows(&self, table: &str, rows: usize, ignore: bool, replace: bool) {
        let properties = [("num_rows", rows.into()), ("ignore", ignore.into()), ("replace", replace.into())];
        self.tell("insert-rows", table, &properties);
    }

    pub(crate) fn upsert_rows(&self, table: &str, rows: usize) {
        self.tell("upsert-rows", table, &[("num_rows", rows.into())]);
    }

    pub(crate) fn update_row(&self, table: &str, pks: &[String]) {
        self.tell("update-row", table, &[("pks", pks.into())]);
    }

    pub(crate) fn delete_row(&self, table: &str, pks: &[String]) {
        self.tell("delete-row", table, &[("pks", pks.into())]);
    }
}
