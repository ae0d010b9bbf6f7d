//! Columns of Markdown, shown as what it means; `render_markdown()` in SQL and in templates.
//!
//! Hooks: `startup`, `render_cell`, `prepare_connection`, `prepare_template_environment`, `extra_css_urls`.
//! Config: `columns`, `patterns`, `extensions`, `extra_tags`, `extra_attrs`; at the root, a database or a table.
//!
//! `markdown` makes markup and sanitises it, `options` says with which extensions and tags, `config` which
//! columns.

mod allowed;
mod config;
mod markdown;
mod options;

use datasette_plugin_api::host::Configs;
use datasette_plugin_api::*;

use config::Config;
use options::Options;

struct RenderMarkdown {
    host: Host,
    configs: Configs<Config>,
}

#[hookimpl]
impl Plugin for RenderMarkdown {
    const FILES: &'static [EmbeddedFile] = embed!["static/render-markdown.css"];

    fn new(host: Host) -> Result<Self> {
        Ok(Self { configs: Configs::new(host.clone(), Config::read), host })
    }

    /// A mistake in the configuration should be noticed before the first visitor.
    fn startup(&self, _: &Startup<'_>) -> Result<()> {
        Config::read(&self.host.config()?).map(drop)
    }

    fn render_cell(&self, cell: &RenderCell<'_>) -> Result<Option<Html>> {
        let Some(text) = cell.value.as_str().filter(|text| !text.is_empty()) else { return Ok(None) };
        let Some(config) = self.configs.of(Some(cell.database), cell.table)? else { return Ok(None) };
        if !config.wants(cell.column) {
            return Ok(None);
        }
        // What can't be rendered looks like any other text.
        Ok(markdown::html(text, &config.options).ok().map(wrapped))
    }

    fn prepare_connection(&self, connection: &PrepareConnection<'_>) -> Result<()> {
        for arguments in [1, 2] {
            connection.registrar.scalar("render_markdown", arguments, in_sql)?;
        }
        Ok(())
    }

    fn prepare_template_environment(&self, _: &PrepareTemplateEnvironment<'_>) -> Result<TemplateAdditions> {
        Ok(TemplateAdditions::new().helper(TemplateHelper::new("render_markdown", in_template)))
    }

    /// Every page, because a template of any page may have Markdown in it.
    fn extra_css_urls(&self, _: &PageContext<'_>) -> Result<Vec<Asset>> {
        Ok(vec![Asset::new(format!("/-/static-plugins/{}/render-markdown.css", self.host.plugin()))])
    }
}

export_plugin!(RenderMarkdown);

fn wrapped(markup: String) -> Html {
    Html(format!("<div class=\"render-markdown\">{markup}</div>"))
}

/// `render_markdown(text[, options])`, options as a JSON object: markup as text. What is wrong is for who wrote the SQL.
fn in_sql(args: &[ValueRef<'_>]) -> Result<Value> {
    sql_value(args).map_err(|error| Error::bad_request(error.message).context("render_markdown"))
}

fn sql_value(args: &[ValueRef<'_>]) -> Result<Value> {
    let options = match args.get(1) {
        None | Some(ValueRef::Null) => Options::default(),
        Some(options) => {
            let options: Json = serde_json::from_str(options.as_str().unwrap_or_default())
                .map_err(|error| Error::new(format!("the options are no JSON: {error}")))?;
            Options::read(options.as_object().ok_or("the options have to be an object")?)?
        }
    };
    match args.first() {
        None | Some(ValueRef::Null) => Ok(Value::Null),
        Some(ValueRef::Blob(_)) => Err(Error::new("a BLOB is not text")),
        Some(text) => markdown::html(&text.to_string(), &options).map(Value::from),
    }
}

/// `{{render_markdown text extensions="tables"}}`
fn in_template(args: &[Json], named: &Map) -> Result<Output> {
    let options = Options::read(named).map_err(|error| error.context("render_markdown"))?;
    let text = match args.first() {
        None | Some(Json::Null) => return Ok(String::new().into()),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let markup = markdown::html(&text, &options).map_err(|error| error.context("render_markdown"))?;
    Ok(wrapped(markup).into())
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeHost, FakeRows, Harness};

    use super::*;

    fn plugin(config: Json) -> Harness<RenderMarkdown> {
        Harness::with(FakeHost::new().named("datasette-render-markdown").config(config))
    }

    fn render(plugin: &Harness<RenderMarkdown>, column: &str, value: impl Into<Value>) -> Option<String> {
        let rows = FakeRows::new(&[column]).row([value.into()]);
        let mut cell = RenderCell::new(rows.view_row(0).at(0), column, "news", rows.view_row(0));
        cell.table = Some("entries");
        plugin.render_cell(&cell).unwrap().unwrap().map(|html| html.0)
    }

    #[test]
    fn columns_that_end_in_markdown_are_rendered() {
        let plugin = plugin(Json::Null);
        let html = "<div class=\"render-markdown\"><h1>Hi</h1>\n</div>";
        assert_eq!(render(&plugin, "body_markdown", "# Hi").as_deref(), Some(html));
        assert_eq!(render(&plugin, "body", "# Hi"), None);
        for nothing in [Value::Null, "".into(), 5.into(), Value::Blob(b"# Hi".to_vec())] {
            assert_eq!(render(&plugin, "body_markdown", nothing), None);
        }
    }

    #[test]
    fn the_configuration_names_columns_and_patterns() {
        let with = plugin(json!({"columns": ["body"], "patterns": ["*_md", "note?"]}));
        let rendered = |column: &str| render(&with, column, "x").is_some();
        assert_eq!(
            ["body", "x_md", "notes", "note", "x_markdown"].map(rendered),
            [true, true, true, false, false]
        );
        let without = plugin(json!({"patterns": []}));
        assert_eq!(render(&without, "x_markdown", "x"), None);
    }

    #[test]
    fn the_configuration_is_asked_of_each_table_once() {
        let plugin = plugin(Json::Null);
        for _ in 0..3 {
            render(&plugin, "a_markdown", "x");
        }
        let place = json!({"plugin": "datasette-render-markdown", "database": "news", "table": "entries"});
        assert_eq!(plugin.asked(), [("plugin_config".to_owned(), place)]);
    }

    #[test]
    fn a_mistake_in_the_configuration_stops_the_start() {
        let start = |config| plugin(config).startup(&Startup::new("1")).unwrap();
        assert_eq!(start(json!({"columns": ["a"], "extensions": ["tables"]})), Ok(()));
        let error = start(json!({"extra_tags": ["script"]})).unwrap_err();
        assert!(error.message.contains("script can't be allowed"), "{}", error.message);
    }

    #[test]
    fn a_mistake_at_a_table_is_logged_once_and_nothing_is_rendered() {
        let plugin = plugin(json!({"columns": 5}));
        assert_eq!((render(&plugin, "a_markdown", "x"), render(&plugin, "a_markdown", "x")), (None, None));
        let logged = plugin.logged();
        assert!(
            logged.len() == 1 && logged[0].contains("news, entries: columns has to be a list"),
            "{logged:?}"
        );
    }

    #[test]
    fn sql_renders_markdown() {
        let sql = plugin(Json::Null).sql().unwrap();
        let call = |args: &[Value]| sql.call("render_markdown", args);
        assert_eq!(call(&["*a*".into()]).unwrap(), "<p><em>a</em></p>\n".into());
        assert_eq!(call(&[Value::Null]).unwrap(), Value::Null);
        assert_eq!(call(&[5.into(), Value::Null]).unwrap(), "<p>5</p>\n".into());
        let struck = call(&["~~a~~".into(), r#"{"extensions": ["strikethrough"]}"#.into()]).unwrap();
        assert_eq!(struck, "<p><del>a</del></p>\n".into());
    }

    #[test]
    fn options_in_sql_are_checked() {
        let sql = plugin(Json::Null).sql().unwrap();
        for (options, word) in [
            ("tables", "no JSON"),
            ("[]", "have to be an object"),
            (r#"{"extensions": ["tabels"]}"#, "tabels"),
            (r#"{"columns": []}"#, "columns"),
        ] {
            let error = sql.call("render_markdown", &["a".into(), options.into()]).unwrap_err();
            assert!(error.message.contains(word), "{}", error.message);
        }
        assert!(sql.call("render_markdown", &[Value::Blob(vec![1])]).is_err());
    }

    #[test]
    fn templates_render_markdown() {
        let additions = plugin(Json::Null)
            .prepare_template_environment(&PrepareTemplateEnvironment::new("1"))
            .unwrap()
            .unwrap();
        let helper = &additions.helpers[0];
        assert_eq!(helper.name, "render_markdown");
        let html = |text: Json, named: Json| match (helper.call)(&[text], named.as_object().unwrap()).unwrap()
        {
            Output::Html(html) => html.0,
            Output::Text(text) => text,
        };
        let wrapped = "<div class=\"render-markdown\"><p><strong>a</strong></p>\n</div>";
        assert_eq!(html(json!("**a**"), json!({})), wrapped);
        assert_eq!(html(Json::Null, json!({})), "");
        let named = json!({"extra_attrs": "p:id,class a:name", "extensions": "nl2br, tables"});
        assert!(html(json!("<p id=\"x\">a\nb</p>"), named).contains("<p id=\"x\">"));
    }
}
