//! Greets people: `select hello('you')` in SQL, and a page at `/-/hello`.
//!
//! Hooks: `prepare_connection`, `register_routes`. Config: none.

use datasette_plugin_api::*;

struct Hello;

#[hookimpl]
impl Plugin for Hello {
    fn new(_host: Host) -> Result<Self> {
        Ok(Self)
    }

    fn prepare_connection(&self, args: &PrepareConnection<'_>) -> Result<()> {
        args.registrar.scalar("hello", 1, |args| Ok(greeting(&args[0].to_string()).into()))
    }

    fn register_routes(&self) -> Result<Vec<Route>> {
        Ok(vec![Route::new("^/-/hello$", page)])
    }
}

export_plugin!(Hello);

fn greeting(name: &str) -> String {
    format!("Hello, {}!", if name.is_empty() { "world" } else { name })
}

fn page(request: &Request<'_>) -> Result<Response> {
    let greeting = greeting(request.arg("name").unwrap_or_default());
    Ok(Response::html(format!("<h1>{}</h1>", Html::escape(&greeting))))
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::{FakeRequest, Harness};

    use super::*;

    #[test]
    fn sql_can_greet() {
        let sql = Harness::<Hello>::new().sql().unwrap();
        assert_eq!(sql.call("hello", &["Ann".into()]).unwrap(), "Hello, Ann!".into());
        assert_eq!(sql.call("hello", &[Value::Null]).unwrap(), "Hello, world!".into());
    }

    #[test]
    fn the_page_greets_and_escapes() {
        let plugin = Harness::<Hello>::new();
        let page = |target| plugin.get(&FakeRequest::get(target)).unwrap().body_text();
        assert_eq!(page("/-/hello"), "<h1>Hello, world!</h1>");
        assert_eq!(page("/-/hello?name=%3Cb%3E"), "<h1>Hello, &lt;b&gt;!</h1>");
    }
}
