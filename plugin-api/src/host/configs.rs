//! A plugin's configuration, understood once for each place.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::{Host, Level};
use crate::{Json, Result};

/// What the configuration of a plugin means, at each table, database, or the site. It does not change while the
/// server runs, so each is read once; asking again costs next to nothing, also for every cell of a page.
///
/// ```
/// use datasette_plugin_api::host::{Configs, Host};
/// use datasette_plugin_api::{Html, Json, RenderCell, Result};
///
/// struct Currency {
///     symbols: Configs<String>,
/// }
///
/// impl Currency {
///     fn new(host: Host) -> Self {
///         let symbol = |config: &Json| Ok(config["symbol"].as_str().unwrap_or("€").to_owned());
///         Self { symbols: Configs::new(host, symbol) }
///     }
///
///     fn render_cell(&self, cell: &RenderCell<'_>) -> Result<Option<Html>> {
///         let Some(symbol) = self.symbols.of(Some(cell.database), cell.table)? else { return Ok(None) };
///         Ok(cell.value.as_f64().map(|price| Html(format!("{symbol}{price:.2}"))))
///     }
/// }
/// ```
pub struct Configs<T> {
    host: Host,
    read: fn(&Json) -> Result<T>,
    known: RwLock<HashMap<String, AtDatabase<T>>>,
}

type Known<T> = Option<Arc<T>>;

/// `""` stands for the database itself, and for the site where there is no database.
type AtDatabase<T> = HashMap<String, Known<T>>;

impl<T> Configs<T> {
    /// `read` makes something of what [`Host::plugin_config`] says, which may be null.
    pub fn new(host: Host, read: fn(&Json) -> Result<T>) -> Self {
        Self { host, read, known: RwLock::default() }
    }

    /// The nearest configuration. `None` if `read` finds a mistake in it, which is logged once.
    pub fn of(&self, database: Option<&str>, table: Option<&str>) -> Result<Option<Arc<T>>> {
        let place = (database.unwrap_or_default(), table.unwrap_or_default());
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(place.0).and_then(|tables| tables.get(place.1)) {
            return Ok(known.clone());
        }
        drop(known);
        let config = self.host.plugin_config(self.host.plugin(), database, table)?;
        let found = (self.read)(&config).map(Arc::new).inspect_err(|error| {
            let at: Vec<&str> = [database, table].into_iter().flatten().collect();
            let at = if at.is_empty() { "the root".to_owned() } else { at.join(", ") };
            self.host.log(Level::Error, &format!("the configuration at {at}: {}", error.message));
        });
        let found = found.ok();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(place.0.to_owned()).or_default().insert(place.1.to_owned(), found.clone());
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::Error;
    use crate::ffi::raw::RawHost;
    use crate::testing::FakeHost;

    static ASKED: AtomicUsize = AtomicUsize::new(0);

    #[test]
    fn each_place_is_read_once_also_where_something_is_wrong() {
        let fake = FakeHost::new().answer_with("plugin_config", |args| {
            ASKED.fetch_add(1, Ordering::SeqCst);
            Ok(if args["table"] == "odd" { "three".into() } else { 3.into() })
        });
        let raw = RawHost::over(Box::leak(Box::new(fake)));
        let host = Host { raw, plugin: "sizes".into() };
        let size = |config: &Json| config.as_i64().ok_or_else(|| Error::new("a size is a number"));
        let sizes = Configs::new(host, size);
        for _ in 0..3 {
            assert_eq!(sizes.of(Some("db"), Some("t")).unwrap().as_deref(), Some(&3));
            assert_eq!(sizes.of(Some("db"), None).unwrap().as_deref(), Some(&3));
            assert_eq!(sizes.of(None, None).unwrap().as_deref(), Some(&3));
            assert_eq!(sizes.of(Some("db"), Some("odd")).unwrap(), None);
        }
        assert_eq!(ASKED.load(Ordering::SeqCst), 4);
    }
}
