//! `?_facet=COLUMN`: how many rows have each value of a column.

use datasette_plugin_api::*;

use crate::choice::{Choices, as_text};
use crate::count::{Counted, count};
use crate::sample::Sample;

pub(crate) struct ColumnFacet {
    pub(crate) host: Host,
}

impl FacetClass for ColumnFacet {
    fn facet_type(&self) -> &str {
        "column"
    }

    /// Columns whose values repeat, and are few enough to be shown.
    fn suggest(&self, context: &FacetContext<'_>) -> Result<Vec<SuggestedFacet>> {
        let sample = Sample { host: &self.host, context, rows: 1000 };
        let answers =
            sample.ask(|c| vec!["count(*)".into(), format!("count({c})"), format!("count(distinct {c})")])?;
        let size = i64::try_from(context.facet_size).unwrap_or(i64::MAX);
        let is_useful = |counts: &[i64]| match *counts {
            [sampled, filled, distinct] => {
                let rows = context.row_count.unwrap_or(sampled);
                distinct > 1 && distinct < rows && distinct <= size && filled > distinct
            }
            _ => false,
        };
        let useful = answers.into_iter().filter(|(_, counts)| is_useful(counts));
        Ok(useful.map(|(column, _)| SuggestedFacet::new(&*column, "_facet", &*column)).collect())
    }

    fn facet_results(&self, context: &FacetContext<'_>) -> Result<FacetResults> {
        let sql = |c: &str, limit| {
            format!(
                "select {c} as value, count(*) as count from (\n    {}\n)\nwhere {c} is not null \
                 group by {c} order by count desc, value limit {limit}",
                context.sql
            )
        };
        let (counted, timed_out) = count(&self.host, context, sql)?;
        let choices = Choices::of(&context.request);
        let mut answer = FacetResults::default();
        for facet in counted {
            answer.results.push(self.result(context, &choices, facet)?);
        }
        answer.timed_out = timed_out;
        Ok(answer)
    }
}

impl ColumnFacet {
    fn result(&self, context: &FacetContext<'_>, choices: &Choices, facet: Counted) -> Result<FacetResult> {
        let column = &facet.column;
        let labels = self.labels(context, &facet)?;
        let exact = format!("{column}__exact");
        // Arguments that start with an underscore are never filters unless they say how.
        let name = if column.starts_with('_') { &exact } else { column };
        let mut result = FacetResult::new(column, "column", facet.source, "_facet", column);
        result.truncated = facet.truncated;
        for (value, count) in &facet.values {
            let text = as_text(value);
            let selected = choices.contain(name, &text) || choices.contain(&exact, &text);
            let json = value.to_json();
            let label =
                labels.iter().find(|(labelled, _)| is_same(labelled, &json)).map(|(_, label)| label.clone());
            let value = FacetValue::new(json.clone(), *count, name, text).label(label.unwrap_or(json));
            result.values.push(value.selected(selected));
        }
        Ok(result)
    }

    /// Labels of values that refer to another table, which this visitor may see.
    fn labels(&self, context: &FacetContext<'_>, facet: &Counted) -> Result<Vec<(Json, Json)>> {
        let Some(table) = context.table else { return Ok(Vec::new()) };
        if facet.values.is_empty() {
            return Ok(Vec::new());
        }
        let values: Vec<Json> = facet.values.iter().map(|(value, _)| value.to_json()).collect();
        // Not `Host::expand_labels`: a label may be a number.
        let args = json!({
            "database": context.database, "table": table, "column": facet.column, "values": values,
        });
        self.host.call_for(&context.request, "expand_labels", &args)
    }
}

/// 1 and 1.0 are the same key.
fn is_same(a: &Json, b: &Json) -> bool {
    a == b || matches!((a.as_f64(), b.as_f64()), (Some(a), Some(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::FakeHost;

    use super::*;
    use crate::testing::{Page, rows};

    #[test]
    fn values_are_counted_by_the_sql_that_datasette_runs() {
        let page = Page::new("/db/t").column("state");
        let (_, asked) = page.results(0, FakeHost::new().answer("query", rows(&[])));
        let sql = "select state as value, count(*) as count from (\n    select * from t\n)\nwhere state is not null \
                   group by state order by count desc, value limit 3";
        assert_eq!(asked[0].1["sql"], sql);
        assert_eq!(asked[0].1["options"], json!({"time_limit_ms": 200, "remember": true}));
    }

    #[test]
    fn more_values_than_the_size_are_cut() {
        let host = FakeHost::new()
            .answer("query", rows(&[json!(["CA", 10]), json!(["MI", 4]), json!(["MC", 1])]))
            .answer("expand_labels", json!([]));
        let (results, _) = Page::new("/db/t?state=MI").column("state").results(0, host);
        let result = &results.unwrap().results[0];
        assert!(result.truncated && result.hideable);
        assert_eq!(result.toggle_arg, ("_facet".into(), "state".into()));
        let shown: Vec<_> =
            result.values.iter().map(|v| (&v.value, v.count, &*v.toggle.1, v.selected)).collect();
        assert_eq!(shown, [(&json!("CA"), 10, "CA", false), (&json!("MI"), 4, "MI", true)]);
    }

    #[test]
    fn foreign_keys_have_labels_and_hidden_columns_say_exact() {
        let host = FakeHost::new()
            .answer("query", rows(&[json!([1, 6]), json!([9, 1])]))
            .answer("expand_labels", json!([[1, "San Francisco"]]));
        let (results, asked) = Page::new("/db/t?_city__exact=9").column("_city").results(0, host);
        let values = &results.unwrap().results[0].values;
        let shown: Vec<_> = values.iter().map(|v| (&v.label, &*v.toggle.0, v.selected)).collect();
        assert_eq!(
            shown,
            [(&json!("San Francisco"), "_city__exact", false), (&json!(9), "_city__exact", true)]
        );
        assert_eq!(asked[1].1, json!({"database": "db", "table": "t", "column": "_city", "values": [1, 9]}));
    }

    #[test]
    fn exact_counts_as_chosen_too() {
        let host =
            FakeHost::new().answer("query", rows(&[json!([1.5, 6])])).answer("expand_labels", json!([]));
        let (results, _) = Page::new("/db/t?state__exact=1.5").column("state").results(0, host);
        let value = &results.unwrap().results[0].values[0];
        assert_eq!((value.toggle.0.as_str(), value.selected), ("state", true));
    }

    #[test]
    fn a_facet_that_takes_too_long_is_named() {
        let host = FakeHost::new().answer_with("query", |_| Err(Error::interrupted("too long")));
        let (results, _) = Page::new("/db/t").column("state").results(0, host);
        let results = results.unwrap();
        assert_eq!((results.results.len(), results.timed_out), (0, vec!["state".to_owned()]));
    }

    #[test]
    fn an_unknown_column_is_the_visitors_mistake() {
        let (results, asked) = Page::new("/db/t").column("no pe").results(0, FakeHost::new());
        assert_eq!(results.unwrap_err(), Error::bad_request("no such column: no pe"));
        assert!(asked.is_empty());
    }

    #[test]
    fn a_facet_without_column_is_refused() {
        let config = FacetConfig::new(json!({"col": "state"}), FacetSource::Request);
        let (results, _) = Page::new("/db/t").config(config).results(0, FakeHost::new());
        assert_eq!(results.unwrap_err().kind, ErrorKind::BadRequest);
    }

    #[test]
    fn columns_with_few_repeating_values_are_suggested() {
        // state: three values, two of them often enough; _city: every row another; tags: more than shown;
        // created: always the same.
        let counts = json!([[10, 10, 2, 10, 10, 10, 10, 9, 8, 10, 10, 1]]);
        let host = FakeHost::new().answer("query", json!({"columns": [], "rows": counts}));
        let (suggested, asked) = Page::new("/db/t").suggest(0, host);
        let names: Vec<_> = suggested.unwrap().into_iter().map(|s| (s.name, s.arg)).collect();
        assert_eq!(names, [("state".to_owned(), ("_facet".to_owned(), "state".to_owned()))]);
        let sql = asked[0].1["sql"].as_str().unwrap();
        assert!(
            sql.starts_with("select count(*), count(state), count(distinct state), count(*), count(_city), ")
        );
        assert!(sql.ends_with(" from (select * from (select * from t) limit 1000)"), "{sql}");
    }

    #[test]
    fn suggestions_that_take_too_long_are_left_out() {
        let host = FakeHost::new().answer_with("query", |_| Err(Error::interrupted("too long")));
        let (suggested, _) = Page::new("/db/t").suggest(0, host);
        assert_eq!(suggested.unwrap(), []);
    }
}
