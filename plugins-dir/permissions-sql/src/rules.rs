//! The rules of the configuration, and what a rule's query says.

use datasette_plugin_api::*;

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    /// `None`: every action.
    action: Option<String>,
    /// A database, or a database and a table or query in it; empty: everything.
    pub(crate) resource: Vec<String>,
    sql: String,
    /// Where the query runs; `None` is the first database.
    database: Option<String>,
    /// Without rows, others decide.
    pub(crate) fallback: bool,
    /// Names of parameters in the query.
    parameters: Vec<String>,
}

/// What a rule says about a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allow,
    Deny,
    NoOpinion,
}

const KEYS: [&str; 5] = ["action", "resource", "sql", "database", "fallback"];

impl Rule {
    pub(crate) fn list(config: &Json) -> Result<Vec<Self>> {
        match config {
            Json::Null => Ok(Vec::new()),
            Json::Array(rules) => {
                rules.iter().enumerate().map(|(at, rule)| Self::read(at + 1, rule)).collect()
            }
            _ => Err("the configuration of datasette-permissions-sql has to be a list of rules".into()),
        }
    }

    fn read(number: usize, rule: &Json) -> Result<Self> {
        let wrong = |what: &str| Error::new(format!("rule {number} of datasette-permissions-sql: {what}"));
        let rule = rule.as_object().ok_or_else(|| wrong("it has to be an object"))?;
        if let Some(key) = rule.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(wrong(&format!("there is no option {key}")));
        }
        let text = |key: &str| match rule.get(key) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(wrong(&format!("{key} has to be a text"))),
        };
        let sql = text("sql")?.ok_or_else(|| wrong("it needs sql"))?;
        let resource = match rule.get("resource") {
            None | Some(Json::Null) => Vec::new(),
            Some(Json::String(database)) => vec![database.clone()],
            Some(Json::Array(parts)) if (1..=2).contains(&parts.len()) => {
                let parts = parts.iter().map(|part| part.as_str().map(str::to_owned)).collect::<Option<_>>();
                parts.ok_or_else(|| wrong("resource has to be a list of texts"))?
            }
            Some(_) => return Err(wrong("resource has to be [database] or [database, table or query]")),
        };
        let fallback = match rule.get("fallback") {
            None => false,
            Some(Json::Bool(fallback)) => *fallback,
            Some(_) => return Err(wrong("fallback has to be true or false")),
        };
        let (action, database) = (text("action")?, text("database")?);
        let parameters = parameters(&sql);
        Ok(Self { action, resource, sql, database, fallback, parameters })
    }

    pub(crate) fn is_about(&self, action: &str) -> bool {
        self.action.as_deref().is_none_or(|own| own == action)
    }

    /// Whether it is about that database or table. Names of tables are compared as SQLite does.
    pub(crate) fn covers(&self, parent: Option<&str>, child: Option<&str>) -> bool {
        match self.resource.as_slice() {
            [] => true,
            [database] => parent == Some(database.as_str()),
            [database, name, ..] => {
                parent == Some(database.as_str())
                    && child.is_some_and(|child| child.eq_ignore_ascii_case(name))
            }
        }
    }

    /// Whether the query looks at which resource it is asked about.
    pub(crate) fn needs(&self, parameter: &str) -> bool {
        self.parameters.iter().any(|own| own == parameter)
    }

    /// Asks the query. A failure forbids, and the log says why.
    pub(crate) fn ask(
        &self,
        host: &Host,
        action: &str,
        actor: Option<&Actor>,
        parent: Option<&str>,
        child: Option<&str>,
    ) -> Verdict {
        self.rows(host, action, actor, parent, child).map_or_else(
            |error| {
                let message =
                    format!("a rule about {action} failed, which forbids: {}: {}", error.message, self.sql);
                host.log(Level::Error, &message);
                Verdict::Deny
            },
            |rows| self.verdict(&rows),
        )
    }

    fn rows(
        &self,
        host: &Host,
        action: &str,
        actor: Option<&Actor>,
        parent: Option<&str>,
        child: Option<&str>,
    ) -> Result<QueryResult> {
        let database = match &self.database {
            Some(name) => name.clone(),
            None => first_database(host)?,
        };
        let value = |name: &String| {
            let value = match name.as_str() {
                "action" => action.into(),
                "resource_1" => parent.into(),
                "resource_2" => child.into(),
                name => {
                    let fact = name.strip_prefix("actor_").and_then(|key| actor?.get(key).cloned());
                    Value::from_json(&fact.unwrap_or_default())
                }
            };
            (name.clone(), value)
        };
        let params: Vec<(String, Value)> = self.parameters.iter().map(value).collect();
        let options = QueryOptions { max_rows: Some(2), remember: true, ..QueryOptions::default() };
        // Who may do what does not depend on which columns this visitor may see.
        host.query_with_hidden_columns(&database, &self.sql, &params, &options)
    }

    fn verdict(&self, result: &QueryResult) -> Verdict {
        let none = if self.fallback { Verdict::NoOpinion } else { Verdict::Deny };
        let single = result.single().filter(|_| result.rows.len() == 1 && result.columns.len() == 1);
        match (result.rows.is_empty(), single) {
            (true, _) | (false, Some(Value::Null)) => none,
            (false, Some(Value::Integer(-1 | 0))) => Verdict::Deny,
            (false, _) => Verdict::Allow,
        }
    }
}

fn first_database(host: &Host) -> Result<String> {
    let databases = host.databases()?;
    // Nobody means the one in memory, which every server may have.
    let first = databases.iter().find(|database| !database.is_memory).or(databases.first());
    first.map(|database| database.name.clone()).ok_or_else(|| "there is no database to ask".into())
}

/// The parameters we know about that stand in the query. One that stands in a text or comment is bound as
/// well, which does no harm.
fn parameters(sql: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for piece in sql.split(':').skip(1) {
        let end = piece.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(piece.len());
        let name = &piece[..end];
        let is_known = name.starts_with("actor_") || ["action", "resource_1", "resource_2"].contains(&name);
        if is_known && !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
    }
    found
}
