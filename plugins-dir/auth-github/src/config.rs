//! What the configuration says, checked.

use datasette_plugin_api::*;

const KEYS: [&str; 8] =
    ["client_id", "client_secret", "load_orgs", "load_teams", "host", "github_url", "api_url", "required"];

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// Organizations to ask about.
    pub(crate) orgs: Option<Vec<String>>,
    /// Teams to ask about: organization and name.
    pub(crate) teams: Option<Vec<(String, String)>>,
    /// Where people sign in, without a slash at the end.
    pub(crate) github_url: String,
    pub(crate) api_url: String,
}

impl Config {
    pub(crate) fn read(config: &Json) -> Result<Self> {
        let config = match config {
            // A server that only looks at the library has no configuration.
            Json::Null => return Ok(Self::default()),
            Json::Object(config) => config,
            _ => return Err("the configuration of datasette-auth-github has to be an object".into()),
        };
        if let Some(key) = config.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(format!("datasette-auth-github has no option {key}").into());
        }
        let host = text(config, "host")?.unwrap_or_else(|| "github.com".to_owned());
        let api = match host.as_str() {
            "github.com" => "https://api.github.com".to_owned(),
            host => format!("https://{host}/api/v3"),
        };
        Ok(Self {
            client_id: text(config, "client_id")?.ok_or("datasette-auth-github needs a client_id")?,
            client_secret: text(config, "client_secret")?
                .ok_or("datasette-auth-github needs a client_secret")?,
            orgs: list(config, "load_orgs")?,
            teams: list(config, "load_teams")?.map(|teams| teams.iter().map(team).collect()).transpose()?,
            github_url: url(config, "github_url", format!("https://{host}"))?,
            api_url: url(config, "api_url", api)?,
        })
    }

    pub(crate) fn is_ready(&self) -> bool {
        !self.client_id.is_empty()
    }

    /// What GitHub is asked to let us see. Organizations only where somebody wants to know.
    pub(crate) fn scope(&self) -> &'static str {
        if self.orgs.is_some() || self.teams.is_some() { "read:org user:email" } else { "user:email" }
    }
}

fn text(config: &Map, key: &str) -> Result<Option<String>> {
    match config.get(key) {
        None => Ok(None),
        Some(Json::String(text)) if !text.trim().is_empty() => Ok(Some(text.trim().to_owned())),
        Some(_) => Err(format!("{key} has to be a text that is not empty").into()),
    }
}

fn list(config: &Map, key: &str) -> Result<Option<Vec<String>>> {
    let Some(value) = config.get(key) else { return Ok(None) };
    let texts =
        value.as_array().and_then(|list| list.iter().map(|item| item.as_str().map(str::to_owned)).collect());
    texts.map(Some).ok_or_else(|| format!("{key} has to be a list of texts").into())
}

fn team(name: &String) -> Result<(String, String)> {
    let parts =
        name.split_once('/').filter(|(org, team)| !org.is_empty() && !team.is_empty() && !team.contains('/'));
    let (org, team) =
        parts.ok_or_else(|| Error::new(format!("load_teams: {name} has to be ORGANIZATION/TEAM")))?;
    Ok((org.to_owned(), team.to_owned()))
}

/// Secrets go there, so nobody may listen on the way.
fn url(config: &Map, key: &str, default: String) -> Result<String> {
    let url = text(config, key)?.unwrap_or(default);
    let after = url.strip_prefix("http://").unwrap_or_default();
    let is_local = ["127.0.0.1", "localhost", "[::1]"].iter().any(|host| {
        after.strip_prefix(host).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    });
    if !url.starts_with("https://") && !is_local {
        return Err(format!("{key} has to begin with https://").into());
    }
    Ok(url.trim_end_matches('/').to_owned())
}
