//! `?_facet_date=COLUMN`: how many rows fall on each day.

use datasette_plugin_api::*;

use crate::choice::{Choices, as_text};
use crate::count::count;
use crate::sample::Sample;

pub(crate) struct DateFacet {
    pub(crate) host: Host,
}

impl FacetClass for DateFacet {
    fn facet_type(&self) -> &str {
        "date"
    }

    /// Columns with at least one text that is a date, among the first rows.
    fn suggest(&self, context: &FacetContext<'_>) -> Result<Vec<SuggestedFacet>> {
        let sample = Sample { host: &self.host, context, rows: 100 };
        let answers =
            sample.ask(|c| vec![format!("count(case when {c} glob '????-??-*' then date({c}) end)")])?;
        let useful = answers.into_iter().filter(|(_, counts)| counts.iter().any(|dates| *dates > 0));
        let suggested =
            |column: &str| SuggestedFacet::new(column, "_facet_date", column).extra("type", "date");
        Ok(useful.map(|(column, _)| suggested(&column)).collect())
    }

    fn facet_results(&self, context: &FacetContext<'_>) -> Result<FacetResults> {
        let sql = |c: &str, limit| {
            format!(
                "select date({c}) as value, count(*) as count from (\n    {}\n)\nwhere date({c}) is not null \
                 group by date({c}) order by count desc, value limit {limit}",
                context.sql
            )
        };
        let (counted, timed_out) = count(&self.host, context, sql)?;
        let choices = Choices::of(&context.request);
        let mut answer = FacetResults::default();
        for facet in counted {
            let name = format!("{}__date", facet.column);
            let mut result =
                FacetResult::new(&*facet.column, "date", facet.source, "_facet_date", &*facet.column);
            let values = facet.values.iter();
            result.values =
                values.map(|(day, count)| choices.value(day, *count, &name, as_text(day))).collect();
            result.truncated = facet.truncated;
            answer.results.push(result);
        }
        answer.timed_out = timed_out;
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::FakeHost;

    use super::*;
    use crate::testing::{Page, rows};

    #[test]
    fn rows_are_counted_by_day() {
        let host =
            FakeHost::new().answer("query", rows(&[json!(["2019-01-14", 4]), json!(["2019-01-15", 1])]));
        let (results, asked) = Page::new("/db/t?created__date=2019-01-15").column("created").results(1, host);
        let result = &results.unwrap().results[0];
        assert_eq!((&*result.facet_type, &result.toggle_arg.0), ("date", &"_facet_date".to_owned()));
        let shown: Vec<_> = result.values.iter().map(|v| (&v.label, &*v.toggle.0, v.selected)).collect();
        assert_eq!(
            shown,
            [(&json!("2019-01-14"), "created__date", false), (&json!("2019-01-15"), "created__date", true)]
        );
        let sql = asked[0].1["sql"].as_str().unwrap();
        assert!(
            sql.contains("where date(created) is not null group by date(created) order by count desc, value")
        );
    }

    #[test]
    fn columns_with_a_date_are_suggested() {
        let host = FakeHost::new().answer("query", json!({"columns": [], "rows": [[0, 0, 0, 7]]}));
        let (suggested, asked) = Page::new("/db/t").suggest(1, host);
        let expected = SuggestedFacet::new("created", "_facet_date", "created").extra("type", "date");
        assert_eq!(suggested.unwrap(), [expected]);
        assert!(asked[0].1["sql"].as_str().unwrap().ends_with(" limit 100)"));
    }

    #[test]
    fn columns_that_are_counted_already_are_not_asked_about() {
        let host = FakeHost::new().answer("query", json!({"columns": [], "rows": [[0, 0, 0]]}));
        let (_, asked) = Page::new("/db/t").column("created").suggest(1, host);
        assert!(!asked[0].1["sql"].as_str().unwrap().contains("created"));
    }
}
