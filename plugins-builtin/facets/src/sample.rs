//! Looks at the first rows of a page, at many columns in one pass.

use datasette_plugin_api::*;

use crate::identifier::identifier;

/// How many columns one query looks at.
const COLUMNS_AT_ONCE: usize = 10;

/// The first rows of a page.
pub(crate) struct Sample<'a> {
    pub(crate) host: &'a Host,
    pub(crate) context: &'a FacetContext<'a>,
    pub(crate) rows: usize,
}

impl Sample<'_> {
    /// The answers for each column that has no facet of this type yet: `question` gives expressions whose
    /// values are whole numbers. Columns whose query took too long are left out.
    pub(crate) fn ask(&self, question: impl Fn(&str) -> Vec<String>) -> Result<Vec<(String, Vec<i64>)>> {
        let enabled: Vec<&str> =
            self.context.configs.iter().filter_map(|config| config.column.as_deref()).collect();
        let columns: Vec<&str> =
            self.context.columns.iter().filter(|column| !enabled.contains(column)).collect();
        let mut answers = Vec::new();
        // The limit holds for one column, so a query about several may take several times as long. But not
        // again and again: rows that are slow to read are slow for all columns.
        let mut patient = true;
        for some in columns.chunks(COLUMNS_AT_ONCE) {
            let times = if patient { u64::try_from(some.len()).unwrap_or(1) } else { 1 };
            let limit = self.context.suggest_time_limit_ms.saturating_mul(times);
            let questions: Vec<Vec<String>> =
                some.iter().map(|column| question(&identifier(column))).collect();
            let sql = format!("select {} from ({})", questions.concat().join(", "), self.sql());
            let Some(numbers) = self.numbers(&sql, limit)? else {
                patient = false;
                continue;
            };
            let mut numbers = numbers.into_iter();
            for (column, question) in some.iter().zip(questions) {
                answers.push(((*column).to_owned(), numbers.by_ref().take(question.len()).collect()));
            }
        }
        Ok(answers)
    }

    /// The rows.
    pub(crate) fn sql(&self) -> String {
        format!("select * from ({}) limit {}", self.context.sql, self.rows)
    }

    /// The only row of a query that counts; `None` if it takes too long.
    pub(crate) fn numbers(&self, sql: &str, time_limit_ms: u64) -> Result<Option<Vec<i64>>> {
        let options = QueryOptions { time_limit_ms: Some(time_limit_ms), max_rows: None, remember: true };
        match self.host.query(self.context.database, sql, &self.context.params, &options) {
            Ok(result) => {
                let row = result.rows.into_iter().next().unwrap_or_default();
                Ok(Some(row.iter().map(|number| number.as_i64().unwrap_or_default()).collect()))
            }
            Err(error) if error.is_interrupted() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::FakeHost;

    use super::*;
    use crate::testing::Page;

    #[test]
    fn wide_tables_are_asked_about_in_pieces() {
        let host = FakeHost::new().answer_with("query", |args| {
            let width = args["sql"].as_str().unwrap_or_default().matches("date(").count();
            Ok(json!({"columns": [], "rows": [vec![1; width]]}))
        });
        let (suggested, asked) = Page::new("/db/t").wide(23).suggest(1, host);
        assert_eq!((suggested.unwrap().len(), asked.len()), (23, 3));
        let limits: Vec<_> =
            asked.iter().map(|(_, args)| args["options"]["time_limit_ms"].as_u64().unwrap()).collect();
        assert_eq!(limits, [500, 500, 150]);
    }

    #[test]
    fn patience_ends_with_the_first_query_that_takes_too_long() {
        let host = FakeHost::new().answer_with("query", |_| Err(Error::interrupted("too long")));
        let (suggested, asked) = Page::new("/db/t").wide(23).suggest(1, host);
        assert_eq!(suggested.unwrap(), []);
        let limits: Vec<_> =
            asked.iter().map(|(_, args)| args["options"]["time_limit_ms"].as_u64().unwrap()).collect();
        assert_eq!(limits, [500, 50, 50]);
    }
}
