//! SQL functions and what pages look like: written for plugin API 1.0.0.

use datasette_plugin_api::*;

struct Pages {
    host: Host,
}

#[hookimpl]
impl Plugin for Pages {
    const FILES: &'static [EmbeddedFile] = &[
        EmbeddedFile { path: "static/abi.css", bytes: b"body { color: teal }" },
        EmbeddedFile { path: "templates/abi.html", bytes: b"<p>{{abi_loud word}} {{word}}</p>" },
    ];

    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn prepare_connection(&self, args: &PrepareConnection<'_>) -> Result<()> {
        args.registrar.scalar("abi_reverse", 1, |args| {
            Ok(args[0].as_str().map(|text| text.chars().rev().collect::<String>()).into())
        })?;
        args.registrar.aggregate("abi_longest", 1, Longest::default)?;
        args.registrar.collation("abi_length", |a, b| a.len().cmp(&b.len()))
    }

    fn register_routes(&self) -> Result<Vec<Route>> {
        let host = self.host.clone();
        Ok(vec![Route::new("^/-/abi/(?P<word>[^/]+)$", move |request| {
            let context = json!({"word": request.url_var("word")});
            Ok(Response::html(host.render_template(&["abi.html"], &context, Some(request))?))
        })])
    }

    fn request_wrapper(&self, args: &RequestWrapper<'_>) -> Result<Response> {
        Ok(args.next.call()?.with_header("x-abi", args.request.method()))
    }

    fn prepare_template_environment(&self, _: &PrepareTemplateEnvironment<'_>) -> Result<TemplateAdditions> {
        Ok(TemplateAdditions::new().helper(TemplateHelper::new("abi_loud", |args, _| {
            Ok(Output::Text(args[0].as_str().unwrap_or_default().to_uppercase()))
        })))
    }

    fn render_cell(&self, cell: &RenderCell<'_>) -> Result<Option<Html>> {
        let shown = cell.value.as_str().filter(|_| cell.column == "title" && cell.table == Some("books"));
        Ok(shown.map(|text| Html(format!("<b class=abi>{}</b>", Html::escape(text)))))
    }

    fn extra_css_urls(&self, _: &PageContext<'_>) -> Result<Vec<Asset>> {
        Ok(vec![Asset::new(self.host.url_static_plugins(self.host.plugin(), "abi.css")?)])
    }

    fn menu_links(&self, args: &MenuLinks<'_>) -> Result<Vec<MenuItem>> {
        let name = args.actor.as_ref().and_then(Actor::id).map_or_else(|| "stranger".to_owned(), |id| id.to_string());
        Ok(vec![MenuItem::link("/-/abi/menu", format!("ABI of {name}"))])
    }

    fn table_actions(&self, args: &TableActions<'_>) -> Result<Vec<MenuItem>> {
        Ok(vec![MenuItem::link("/-/abi/table", format!("ABI of {}", args.table)).description("Of 1.0")])
    }

    fn top_table(&self, args: &TopTable<'_>) -> Result<Option<Html>> {
        Ok(Some(Html::escape(&format!("abi-top {}.{}", args.database, args.table))))
    }
}

export_plugin!(Pages);

#[derive(Default)]
struct Longest(String);

impl Aggregate for Longest {
    fn step(&mut self, args: &[ValueRef<'_>]) -> Result<()> {
        if let Some(text) = args[0].as_str().filter(|text| text.len() > self.0.len()) {
            self.0 = text.to_owned();
        }
        Ok(())
    }

    fn finish(self) -> Result<Value> {
        Ok(self.0.into())
    }
}
