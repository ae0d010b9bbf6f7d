//! What GitHub knows about somebody. Its token is used here and kept nowhere.

use std::time::Duration;

use datasette_plugin_api::*;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use ureq::tls::{RootCerts, TlsConfig};

use crate::config::Config;

/// For each question, all in all.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers are a few kilobytes.
const LARGEST: u64 = 1024 * 1024;

pub(crate) struct GitHub<'a> {
    config: &'a Config,
    agent: ureq::Agent,
}

#[derive(Deserialize)]
struct Token {
    access_token: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
    name: Option<String>,
    email: Option<String>,
}

#[derive(Deserialize)]
struct Membership {
    state: String,
}

impl<'a> GitHub<'a> {
    pub(crate) fn new(config: &'a Config) -> Self {
        // The system's certificates: a server of one's own may have one of the house.
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            // Nobody else is to get the secret or a token.
            .max_redirects(0)
            .user_agent("datasette-auth-github")
            .build();
        Self { config, agent: agent.into() }
    }

    /// The actor that this code stands for.
    pub(crate) fn actor(&self, code: &str) -> Result<Actor> {
        let token = self.token(code)?;
        let user: User = self.get(&token, "/user")?.ok_or("there is no user behind the token")?;
        let mut actor = json!({
            "id": format!("github:{}", user.id),
            "display": user.login,
            "gh_id": user.id.to_string(),
            "gh_name": user.name,
            "gh_login": user.login,
            "gh_email": user.email,
        });
        if let Some(orgs) = &self.config.orgs {
            let mut found = Vec::new();
            for org in orgs {
                if self.is_member(&token, &format!("/user/memberships/orgs/{}", encoded(org)))? {
                    found.push(org.clone());
                }
            }
            actor["gh_orgs"] = json!(found);
        }
        if let Some(teams) = &self.config.teams {
            let mut found = Vec::new();
            for (org, team) in teams {
                let login = encoded(&user.login);
                let path = format!("/orgs/{}/teams/{}/memberships/{login}", encoded(org), encoded(team));
                if self.is_member(&token, &path)? {
                    found.push(format!("{org}/{team}"));
                }
            }
            actor["gh_teams"] = json!(found);
        }
        Actor::from_json(actor).ok_or_else(|| "an actor is an object".into())
    }

    fn token(&self, code: &str) -> Result<String> {
        let url = format!("{}/login/oauth/access_token", self.config.github_url);
        let form = [
            ("client_id", self.config.client_id.as_str()),
            ("client_secret", self.config.client_secret.as_str()),
            ("code", code),
        ];
        let answer = self.agent.post(&url).header("accept", "application/json").send_form(form)?;
        let token: Token = read(answer)?.ok_or("there is nothing that makes tokens")?;
        match (token.access_token, token.error) {
            (Some(token), None) if !token.is_empty() => Ok(token),
            (_, error) => Err(format!("no token for the code: {}", error.unwrap_or_default()).into()),
        }
    }

    /// Invitations that are not accepted yet don't count.
    fn is_member(&self, token: &str, path: &str) -> Result<bool> {
        let found: Option<Membership> = self.get(token, path)?;
        Ok(found.is_some_and(|membership| membership.state == "active"))
    }

    /// `None` if there is no such thing, or none that this token may see.
    fn get<T: serde::de::DeserializeOwned>(&self, token: &str, path: &str) -> Result<Option<T>> {
        let url = format!("{}{path}", self.config.api_url);
        let request = self.agent.get(&url).header("authorization", format!("Bearer {token}"));
        read(request.header("accept", "application/vnd.github+json").call()?)
    }
}

fn read<T: serde::de::DeserializeOwned>(mut answer: ureq::http::Response<ureq::Body>) -> Result<Option<T>> {
    match answer.status().as_u16() {
        200 => Ok(Some(answer.body_mut().with_config().limit(LARGEST).read_json()?)),
        403 | 404 => Ok(None),
        status => Err(format!("GitHub answered with status {status}").into()),
    }
}

fn encoded(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}
