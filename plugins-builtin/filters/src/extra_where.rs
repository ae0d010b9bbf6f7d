//! `?_where=SQL`: conditions in the visitor's own SQL, for visitors who may run SQL.

use datasette_plugin_api::*;

use crate::{Args, all, is_allowed};

pub(crate) fn add(
    host: &Host,
    page: &FiltersFromRequest<'_>,
    args: &Args,
    filters: &mut FilterArguments,
) -> Result<()> {
    let mut wheres = all(args, "_where").map(str::to_owned).peekable();
    if wheres.peek().is_none() {
        return Ok(());
    }
    if !is_allowed(host, page, "execute-sql", &Resource::database(page.database))? {
        return Err(Error::forbidden("_where= is not allowed"));
    }
    filters.where_clauses.extend(wheres);
    Ok(())
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::FakeHost;
    use datasette_plugin_api::*;

    use crate::testing::filters;

    #[test]
    fn every_where_is_a_condition() {
        let found =
            filters("/db/t?_where=pk+%3E+3&_where=state='CA'", FakeHost::new().answer("allowed", true));
        let expected = FilterArguments::new().filter("pk > 3").filter("state='CA'");
        assert_eq!(found.unwrap(), expected);
    }

    #[test]
    fn who_may_not_run_sql_may_not_filter_by_sql() {
        let host = FakeHost::new().answer_with("allowed", |args| {
            assert_eq!(args["action"], "execute-sql");
            assert_eq!(args["resource"], json!({"database": "db", "resource": null}));
            Ok(false.into())
        });
        let error = filters("/db/t?_where=1", host).unwrap_err();
        assert_eq!(error, Error::forbidden("_where= is not allowed"));
    }

    #[test]
    fn a_permission_check_that_fails_does_not_allow() {
        assert!(filters("/db/t?_where=1", FakeHost::new()).is_err());
    }
}
