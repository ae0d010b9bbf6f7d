//! What `benches/` measures. A benchmark sees the library from outside, so this is its door to the hot path.

use std::path::PathBuf;
use std::sync::Arc;

use datasette_plugin_api::{Map, Names, json};
use tempfile::TempDir;

use crate::auth::sign::Secret;
use crate::config::Config;
use crate::options::{DatabaseFile, InspectData, Listen, Machinery, ServeOptions, StartedSite};
use crate::plugins::{CellsQuestion, Plugins};
use crate::proxies::TrustedProxies;
use crate::render::cells::{Cell, CellStyle, RowsTable};
use crate::render::contexts::DisplayColumn;
use crate::render::escape::css_class;
use crate::render::shape::RowsAnswer;
use crate::request::Request;
use crate::response::Body;
use crate::sqlite::{Database, OpenOptions, Rows, Source, create_file};
use crate::startup::{Started, Startup};

/// Rows as a table page has them: a number, a word, a fraction, a text that needs escaping, a null, a link.
pub struct Sample {
    rows: Rows,
    request: Request,
    columns: Vec<DisplayColumn>,
}

impl Sample {
    /// So many rows, from a real SQLite.
    pub fn new(count: usize) -> Result<Self, String> {
        let options = OpenOptions::plain();
        let source = Source::Memory { name: "bench".to_owned(), attach: Vec::new() };
        let database = Database::new("bench".to_owned(), source, false, 1, Arc::new(options), None);
        let sql = format!(
            "with recursive c(n) as (select 1 union all select n + 1 from c where n < {count}) \
             select n as id, 'word ' || n as word, n / 8.0 as fraction, 'a <b> & \"c\" ' || n as markup, \
             null as missing, 'https://example.com/' || n as link from c"
        );
        let rows = database.read_whole(None, |conn| Ok(conn.rows(&sql, &[])?));
        let rows = rows.map_err(|error| error.to_string())?;
        let column = |name: &String| DisplayColumn {
            name: name.clone(),
            class: css_class(name),
            ..DisplayColumn::default()
        };
        let columns = rows.columns.iter().map(column).collect();
        Ok(Self { rows, request: Request::new("GET", "/bench/rows.json"), columns })
    }

    /// The rows as the JSON of a page; its length.
    pub fn json(&self) -> usize {
        let answer = RowsAnswer {
            request: &self.request,
            rows: &self.rows,
            labels: None,
            replaced: None,
            before: Vec::new(),
            after: Vec::new(),
            truncated: false,
            primary_keys: None,
            error: None,
        };
        match answer.respond().body {
            Body::Bytes(bytes) => bytes.len(),
            _ => 0,
        }
    }

    /// The rows as the HTML of a page; its length.
    pub fn html(&self) -> usize {
        let mut out = Vec::new();
        let mut table = RowsTable::begin(&mut out, &self.columns, CellStyle { truncate: 2048, types: true });
        for row in 0..self.rows.len() {
            table.row(None, None);
            for column in 0..self.columns.len() {
                table.cell(&Cell::Value(self.rows.get(row, column)));
            }
        }
        table.finish("0 records");
        out.len()
    }
}

/// A whole site with its plugins, asked without a socket.
pub struct Served {
    site: Started,
    _folder: TempDir,
}

impl Served {
    /// Serves a new database of so many tables with a row each, `t0`, `t1`, ... in `wide`. Everybody may ask who may
    /// do what.
    pub fn wide(tables: usize) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let path = folder.path().join("wide.db");
        create_file(&path)?;
        let options = OpenOptions::plain();
        let database =
            Database::new("wide".to_owned(), Source::File(path.clone()), true, 1, Arc::new(options), None);
        let sql: String = (0..tables)
            .map(|n| {
                format!(
                    "create table t{n} (id integer primary key, a, b); insert into t{n} values (1, 2, 3);"
                )
            })
            .collect();
        database.write(|writer| Ok(writer.script(&sql)?)).map_err(|error| error.to_string())?;
        drop(database);
        let config = Config::new(json!({"permissions": {"permissions-debug": true}}), json!({}), Map::new())
            .map_err(|error| error.to_string())?;
        let site = Startup.start(&options_for(path, config)).map_err(|error| error.to_string())?;
        Ok(Self { site, _folder: folder })
    }

    /// Answers a GET by somebody who is not signed in; the status and the length of the body.
    pub fn get(&self, target: &str) -> (u16, usize) {
        let response = self.site.answer(Request::new("GET", target));
        (response.status, response.body.collect().map_or(0, |body| body.len()))
    }
}

fn options_for(path: PathBuf, config: Config) -> ServeOptions {
    ServeOptions {
        databases: vec![DatabaseFile { path, immutable: false }],
        memory: false,
        crossdb: false,
        nolock: false,
        internal: None,
        extensions: Vec::new(),
        inspect_data: InspectData::default(),
        config,
        template_dir: None,
        plugins_dir: None,
        strict_plugins: false,
        safe_mode: false,
        static_mounts: Vec::new(),
        listen: Listen::Tcp { host: "127.0.0.1".to_owned(), port: 0 },
        inherited: None,
        reloads: false,
        tls: None,
        cors: false,
        trusted_proxies: TrustedProxies::default(),
        secret: Secret::random(),
        root: false,
        default_deny: false,
        version_note: None,
        get: None,
        open_browser: false,
    }
}

/// Calls of hooks in a real library.
pub struct Calls {
    plugins: Plugins,
    rows: Rows,
    request: Request,
    columns: Vec<String>,
}

impl Calls {
    /// Of the example for `render_cell`, whose library lies beside the benchmark.
    pub fn load() -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let library = program.with_file_name(libloading::library_filename("fixture_examples"));
        let plugins = Plugins::only(&library, "render_cell").map_err(|error| error.to_string())?;
        let sample = Sample::new(100)?;
        let columns = sample.rows.columns.clone();
        Ok(Self { plugins, rows: sample.rows, request: sample.request, columns })
    }

    /// A hook that the plugin does not have, called as pages do; the length of what it says.
    #[inline(never)]
    pub fn absent(&self) -> usize {
        self.plugins.top_table(&self.request, "bench", "rows").0.len()
    }

    /// As [`absent`](Self::absent), without a hook: what the measuring takes.
    #[inline(never)]
    pub fn nothing(&self) -> usize {
        self.columns.len()
    }

    /// Asks the plugin about every cell of a page, of which it wants none; how many cells there are.
    pub fn cells(&self) -> usize {
        let pks = Names::new(&self.columns[..1]);
        let mut cells = self.plugins.cells(CellsQuestion {
            table: Some("rows"),
            database: "bench",
            pks: &pks,
            rows: &self.rows,
            request: &self.request,
        });
        let mut asked = 0;
        for column in 0..self.columns.len() {
            cells.column(column, None);
            asked += (0..self.rows.len()).filter(|row| cells.render(*row).is_none()).count();
        }
        asked
    }
}
