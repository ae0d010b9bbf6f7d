//! Who asks, and what they may: written for plugin API 1.0.0.

use datasette_plugin_api::*;

struct Access {
    host: Host,
    guest: String,
}

#[hookimpl(tryfirst = [actor_from_request])]
impl Plugin for Access {
    fn new(host: Host) -> Result<Self> {
        let guest = host.config()?["guest"].as_str().unwrap_or("nobody").to_owned();
        Ok(Self { host, guest })
    }

    fn startup(&self, _: &Startup<'_>) -> Result<()> {
        self.host.log(Level::Warn, "abi-access has started");
        Ok(())
    }

    fn actor_from_request(&self, args: &ActorFromRequest<'_>) -> Result<Option<Actor>> {
        match args.request.arg("_as") {
            Some("panic") => panic!("nobody is called that"),
            Some(name) => Ok(Some(Actor::with_id(name))),
            None => Ok(None),
        }
    }

    fn actors_from_ids(&self, args: &ActorsFromIds<'_>) -> Result<Option<Map>> {
        let name = |id: &Json| id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        Ok(Some(args.ids.iter().map(|id| (name(id), json!({"id": id, "known": true}))).collect()))
    }

    fn register_actions(&self) -> Result<Vec<Action>> {
        Ok(vec![Action::new("abi-greet", "Greet", ResourceKind::Table).abbr("ag")])
    }

    fn permission_resources_sql(&self, args: &PermissionResourcesSql<'_>) -> Result<Vec<PermissionSql>> {
        let is_guest = args.actor.as_ref().and_then(Actor::id).is_some_and(|id| id == self.guest);
        Ok(match args.action {
            "view-table" if is_guest => vec![PermissionSql::deny("guests see no tables")],
            "abi-greet" => vec![PermissionSql::allow("anybody may be greeted")],
            _ => Vec::new(),
        })
    }

    fn register_token_handler(&self) -> Result<Vec<Box<dyn TokenHandler>>> {
        Ok(vec![Box::new(Tokens)])
    }

    fn forbidden(&self, args: &Forbidden<'_>) -> Result<Option<Response>> {
        Ok(Some(Response::text(format!("abi-access: {}", args.message)).with_status(403)))
    }

    fn register_routes(&self) -> Result<Vec<Route>> {
        let host = self.host.clone();
        Ok(vec![Route::new("^/-/abi-host$", move |request| {
            let signed = host.sign("ann", "abi")?;
            let (books, one) = (Resource::table("library", "books"), Value::from(20));
            let rows = host.query("library", "select :n + 1 as m", &[("n".to_owned(), one)], &QueryOptions::default())?;
            let allowed = host.allowed("view-table", &books, request.actor().as_ref())?;
            Response::json(&json!({
                "unsigned": host.unsign(&signed, "abi")?,
                "rows": rows.single().and_then(Value::as_i64),
                "allowed": allowed,
                "url": host.url_table("library", "books", Some("json"))?,
                "setting": host.setting("default_page_size")?,
            }))
        })])
    }
}

export_plugin!(Access);

struct Tokens;

impl TokenHandler for Tokens {
    fn name(&self) -> &str {
        "abi"
    }

    fn create(&self, token: &CreateToken<'_>) -> Result<String> {
        Ok(format!("abi_{}", token.actor_id))
    }

    fn verify(&self, token: &str) -> Result<Option<Actor>> {
        match token.strip_prefix("abi_") {
            Some("expired") => Err(Error::unauthorized("the token has expired")),
            Some(id) => Ok(Some(Actor::with_id(id))),
            None => Ok(None),
        }
    }
}
