//! `?_through={"table": T, "column": C, "value": V}`: rows that a row of T refers to, in which C is V.

use datasette_plugin_api::*;

use crate::identifier::identifier;
use crate::{Args, all, ensure_visible};

pub(crate) fn add(
    host: &Host,
    page: &FiltersFromRequest<'_>,
    args: &Args,
    filters: &mut FilterArguments,
) -> Result<()> {
    // Datasette calls its parameters p0, p1, ...; so do filters by column.
    let prefix = if args.iter().any(|(name, _)| is_column_filter(name)) { "through_p" } else { "p" };
    for (number, text) in all(args, "_through").enumerate() {
        let through = Through::parse(text)?;
        ensure_visible(host, page, &through.table)?;
        let key = key_to(host, page, &through.table)?;
        let param = format!("{prefix}{number}");
        filters.where_clauses.push(format!(
            "{} in (select {} from {} where {} = :{param})",
            identifier(&key.other_column),
            identifier(&key.column),
            identifier(&through.table),
            identifier(&through.column),
        ));
        let shown = through.value.as_str().map_or_else(|| through.value.to_string(), str::to_owned);
        filters.human_descriptions.push(format!("{}.{} = \"{shown}\"", through.table, through.column));
        filters.params.push((param, Value::from_json(&through.value)));
    }
    Ok(())
}

fn is_column_filter(name: &str) -> bool {
    !name.starts_with('_') || name.contains("__")
}

/// The foreign key of the other table that refers to this one.
fn key_to(host: &Host, page: &FiltersFromRequest<'_>, through: &str) -> Result<host::ForeignKey> {
    let keys = match host.foreign_keys(page.database, through) {
        Ok(keys) => keys,
        Err(error) if error.kind == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    keys.into_iter()
        .find(|key| key.other_table == page.table)
        .ok_or_else(|| Error::bad_request("Invalid _through - could not find corresponding foreign key"))
}

struct Through {
    table: String,
    column: String,
    /// Text, a number, or null.
    value: Json,
}

impl Through {
    fn parse(text: &str) -> Result<Self> {
        let invalid = |what: &str| Error::bad_request(format!("Invalid _through - {what}"));
        let json: Json =
            serde_json::from_str(text).map_err(|error| invalid(&format!("it is not JSON: {error}")))?;
        let missing = || invalid("it has to be an object with \"table\", \"column\" and \"value\"");
        let name = |key: &str| Some(json.get(key)?.as_str()?.to_owned());
        let value = json.get("value").cloned().ok_or_else(missing)?;
        if value.is_array() || value.is_object() {
            return Err(invalid("\"value\" has to be text or a number"));
        }
        Ok(Self {
            table: name("table").ok_or_else(missing)?,
            column: name("column").ok_or_else(missing)?,
            value,
        })
    }
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::FakeHost;
    use datasette_plugin_api::*;

    use crate::testing::{filters, params};

    fn linked() -> FakeHost {
        FakeHost::new().answer("ensure_permission", Json::Null).answer(
            "foreign_keys",
            json!([
                {"column": "characteristic_id", "other_table": "characteristic", "other_column": "pk"},
                {"column": "order", "other_table": "t", "other_column": "pk"},
            ]),
        )
    }

    fn url(through: &[Json], rest: &str) -> String {
        let escaped = |json: &Json| json.to_string().replace(' ', "+").replace('&', "%26");
        let args: Vec<_> = through.iter().map(|json| format!("_through={}", escaped(json))).collect();
        format!("/db/t?{}{rest}", args.join("&"))
    }

    #[test]
    fn rows_are_found_by_the_rows_that_refer_to_them() {
        let first = json!({"table": "link", "column": "characteristic_id", "value": "1"});
        let second = json!({"table": "link", "column": "a b", "value": 2.5});
        let found = filters(&url(&[first, second], ""), linked()).unwrap();
        assert_eq!(
            found.where_clauses,
            [
                "pk in (select \"order\" from link where characteristic_id = :p0)",
                "pk in (select \"order\" from link where \"a b\" = :p1)",
            ]
        );
        assert_eq!(params(&found), json!({"p0": "1", "p1": 2.5}));
        assert_eq!(found.human_descriptions, ["link.characteristic_id = \"1\"", "link.a b = \"2.5\""]);
    }

    #[test]
    fn parameters_are_not_those_of_filters_by_column() {
        for rest in ["&name__contains=x", "&state=CA", "&_x__exact=1"] {
            let through = json!({"table": "link", "column": "c", "value": 1});
            let found = filters(&url(&[through], rest), linked()).unwrap();
            assert_eq!(params(&found), json!({"through_p0": 1}));
        }
    }

    #[test]
    fn the_other_table_must_refer_to_this_one() {
        let hosts = [
            linked().answer("foreign_keys", json!([])),
            linked().answer_with("foreign_keys", |_| Err(Error::not_found("no such table"))),
        ];
        for host in hosts {
            let error =
                filters(&url(&[json!({"table": "x", "column": "c", "value": 1})], ""), host).unwrap_err();
            let expected = "Invalid _through - could not find corresponding foreign key";
            assert_eq!(error, Error::bad_request(expected));
        }
    }

    #[test]
    fn the_other_table_must_be_visible() {
        let host = linked().answer_with("ensure_permission", |args| {
            assert_eq!(args["resource"], json!({"database": "db", "resource": "x"}));
            Err(Error::forbidden("no"))
        });
        let error = filters(&url(&[json!({"table": "x", "column": "c", "value": 1})], ""), host).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Forbidden);
    }

    #[test]
    fn bad_json_is_the_visitors_mistake() {
        for bad in
            ["x", "1", "{}", r#"{"table":"x","column":"c"}"#, r#"{"table":"x","column":"c","value":[1]}"#]
        {
            let error = filters(&format!("/db/t?_through={bad}"), linked()).unwrap_err();
            assert_eq!(error.kind, ErrorKind::BadRequest, "{bad}");
            assert!(error.message.starts_with("Invalid _through - "), "{}", error.message);
        }
    }
}
