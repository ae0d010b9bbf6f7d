//! `?_search=WORDS` and `?_search_COLUMN=WORDS`: full-text search.

use datasette_plugin_api::*;

use crate::identifier::identifier;
use crate::{Args, ensure_visible, first};

pub(crate) fn add(
    host: &Host,
    page: &FiltersFromRequest<'_>,
    args: &Args,
    filters: &mut FilterArguments,
) -> Result<()> {
    let wanted = wanted(args);
    let named_table = first(args, "_fts_table").filter(|name| !name.is_empty());
    let named_key = first(args, "_fts_pk").filter(|name| !name.is_empty());
    if wanted.is_empty() && named_table.is_none() && named_key.is_none() {
        return Ok(());
    }
    let index = Index::of(host, page, args)?;
    // They once chose the table. Now they may say what is the case anyway, for the sake of old links.
    let other_table = named_table.is_some_and(|name| index.table.as_deref() != Some(name));
    if other_table || named_key.is_some_and(|name| name != index.key) {
        return Err(Error::bad_request("Invalid _fts_table or _fts_pk"));
    }
    filters.extra_context.insert("supports_search".to_owned(), index.table.is_some().into());
    let Some(table) = &index.table else { return Ok(()) };
    if wanted.is_empty() {
        return Ok(());
    }
    ensure_visible(host, page, table)?;
    match first(args, "_search") {
        Some(words) => {
            let fts = identifier(table);
            let condition = index.condition(&identifier(&index.key), table, &fts, "search");
            push(filters, condition, "search", words, format!("search matches \"{words}\""));
        }
        None => by_columns(host, page, &index, table, &wanted, filters)?,
    }
    Ok(())
}

/// What to search for: the first value of each argument.
fn wanted(args: &Args) -> Vec<(&str, &str)> {
    let mut wanted: Vec<(&str, &str)> = Vec::new();
    for (name, words) in args.iter().filter(|(name, _)| name.starts_with("_search") && name != "_searchmode")
    {
        if !wanted.iter().any(|(known, _)| known == name) {
            wanted.push((name, words));
        }
    }
    wanted
}

/// One condition for each column that is searched.
fn by_columns(
    host: &Host,
    page: &FiltersFromRequest<'_>,
    index: &Index,
    table: &str,
    wanted: &[(&str, &str)],
    filters: &mut FilterArguments,
) -> Result<()> {
    let columns = host.columns(page.database, table)?;
    for (number, (name, words)) in wanted.iter().enumerate() {
        let known =
            name.strip_prefix("_search_").filter(|name| columns.iter().any(|column| column.name == *name));
        let column = known.ok_or_else(|| Error::bad_request("Cannot search by that column"))?;
        let param = format!("search_{number}");
        let condition = index.condition("rowid", table, &identifier(column), &param);
        let description = format!("search column \"{column}\" matches \"{words}\"");
        push(filters, condition, &param, words, description);
    }
    Ok(())
}

fn push(filters: &mut FilterArguments, condition: String, param: &str, words: &str, description: String) {
    filters.where_clauses.push(condition);
    filters.params.push((param.to_owned(), words.into()));
    filters.human_descriptions.push(description);
    filters.extra_context.insert("search".to_owned(), words.into());
}

/// How a table is searched.
struct Index {
    /// The full-text table; `None` if there is none.
    table: Option<String>,
    /// The column of the table that holds the rowid of the full-text table.
    key: String,
    /// Words are taken for FTS syntax.
    raw: bool,
}

impl Index {
    fn of(host: &Host, page: &FiltersFromRequest<'_>, args: &Args) -> Result<Self> {
        let config = host.table_config(page.database, page.table)?;
        let text = |key: &str| config.get(key).and_then(Json::as_str).filter(|text| !text.is_empty());
        let table = match text("fts_table") {
            Some(table) => Some(table.to_owned()),
            None => host.fts_table(page.database, page.table)?,
        };
        let raw = match first(args, "_searchmode") {
            Some("raw") => true,
            Some("escaped") => false,
            _ => text("searchmode") == Some("raw"),
        };
        Ok(Self { table, key: text("fts_pk").unwrap_or("rowid").to_owned(), raw })
    }

    /// `matched` is the full-text table, or one of its columns.
    fn condition(&self, key: &str, table: &str, matched: &str, param: &str) -> String {
        let words = if self.raw { format!(":{param}") } else { format!("escape_fts(:{param})") };
        format!("{key} in (select rowid from {} where {matched} match {words})", identifier(table))
    }
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::FakeHost;
    use datasette_plugin_api::*;

    use crate::testing::{filters, params};

    fn indexed() -> FakeHost {
        FakeHost::new()
            .answer("table_config", json!({}))
            .answer("fts_table", "t_fts")
            .answer("ensure_permission", Json::Null)
            .answer("columns", json!([{"name": "text1"}, {"name": "name with . and spaces"}]))
    }

    #[test]
    fn words_are_searched_in_all_columns() {
        let found = filters("/db/t?_search=do%22g&_search_nope=x", indexed()).unwrap();
        let clause = "rowid in (select rowid from t_fts where t_fts match escape_fts(:search))";
        assert_eq!(found.where_clauses, [clause]);
        assert_eq!(params(&found), json!({"search": "do\"g"}));
        assert_eq!(found.human_descriptions, ["search matches \"do\"g\""]);
        assert_eq!(Json::from(found.extra_context), json!({"supports_search": true, "search": "do\"g"}));
    }

    #[test]
    fn columns_are_searched_one_by_one() {
        let target = "/db/t?_search_name+with+.+and+spaces=panther&_search_text1=a&_search_text1=b";
        let found = filters(target, indexed()).unwrap();
        assert_eq!(
            found.where_clauses,
            [
                "rowid in (select rowid from t_fts where \"name with . and spaces\" match escape_fts(:search_0))",
                "rowid in (select rowid from t_fts where text1 match escape_fts(:search_1))",
            ]
        );
        assert_eq!(params(&found), json!({"search_0": "panther", "search_1": "a"}));
        assert_eq!(found.human_descriptions[1], "search column \"text1\" matches \"a\"");
    }

    #[test]
    fn the_configuration_says_where_and_how() {
        let host = || {
            let config = json!({"fts_table": "other fts", "fts_pk": "id", "searchmode": "raw"});
            FakeHost::new().answer("table_config", config).answer("ensure_permission", Json::Null)
        };
        let clause = |target| filters(target, host()).unwrap().where_clauses.concat();
        let raw = "id in (select rowid from \"other fts\" where \"other fts\" match :search)";
        assert_eq!(clause("/db/t?_search=x"), raw);
        assert_eq!(clause("/db/t?_search=x&_searchmode=bogus"), raw);
        assert!(clause("/db/t?_search=x&_searchmode=escaped").ends_with("match escape_fts(:search))"));
    }

    #[test]
    fn only_columns_of_the_index_can_be_searched() {
        for target in ["/db/t?_search_nope=x", "/db/t?_search_=x", "/db/t?_searchx=x"] {
            let error = filters(target, indexed()).unwrap_err();
            assert_eq!(error, Error::bad_request("Cannot search by that column"), "{target}");
        }
    }

    #[test]
    fn nobody_chooses_another_index() {
        let invalid = Error::bad_request("Invalid _fts_table or _fts_pk");
        for target in
            ["/db/t?_search=x&_fts_table=secret", "/db/t?_fts_pk=id", "/db/t?_fts_table=t_fts&_fts_pk=x"]
        {
            assert_eq!(filters(target, indexed()).unwrap_err(), invalid, "{target}");
        }
        assert_eq!(
            filters("/db/t?_search=x&_fts_table=t_fts&_fts_pk=rowid", indexed()).unwrap().params.len(),
            1
        );
    }

    #[test]
    fn the_index_is_a_table_that_one_must_be_allowed_to_see() {
        let host = indexed().answer_with("ensure_permission", |args| {
            assert_eq!(args["resource"], json!({"database": "db", "resource": "t_fts"}));
            Err(Error::forbidden("no"))
        });
        assert_eq!(filters("/db/t?_search=x", host).unwrap_err().kind, ErrorKind::Forbidden);
    }

    #[test]
    fn without_an_index_a_search_is_ignored() {
        let host = FakeHost::new().answer("table_config", json!({})).answer("fts_table", Json::Null);
        let found = filters("/db/t?_search=x", host).unwrap();
        assert_eq!((found.where_clauses.len(), &found.extra_context["supports_search"]), (0, &json!(false)));
    }
}
