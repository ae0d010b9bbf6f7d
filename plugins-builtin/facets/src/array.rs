//! `?_facet_array=COLUMN`: how many rows have each element in the JSON array of a column.

use datasette_plugin_api::*;

use crate::choice::{Choices, as_text};
use crate::count::count;
use crate::identifier::identifier;
use crate::sample::Sample;

pub(crate) struct ArrayFacet {
    pub(crate) host: Host,
}

impl FacetClass for ArrayFacet {
    fn facet_type(&self) -> &str {
        "array"
    }

    /// Columns that hold nothing but arrays of strings, as far as the sample tells.
    fn suggest(&self, context: &FacetContext<'_>) -> Result<Vec<SuggestedFacet>> {
        let sample = Sample { host: &self.host, context, rows: 1000 };
        // The nested `case`: json_type() of what isn't JSON would end the query.
        let answers = sample.ask(|c| {
            let array = format!(
                "case when typeof({c}) = 'text' and json_valid({c}) then json_type({c}) = 'array' end"
            );
            vec![format!("count(nullif({c}, ''))"), format!("count(nullif({array}, 0))")]
        })?;
        let mut suggested = Vec::new();
        for (column, counts) in answers {
            let only_arrays = matches!(*counts, [filled, arrays] if filled > 0 && arrays == filled);
            if only_arrays && self.holds_strings(&sample, &column)? {
                suggested
                    .push(SuggestedFacet::new(&*column, "_facet_array", &*column).extra("type", "array"));
            }
        }
        Ok(suggested)
    }

    fn facet_results(&self, context: &FacetContext<'_>) -> Result<FacetResults> {
        // Rows get numbers, so that an element counts once for a row that has it twice.
        let sql = |c: &str, limit| {
            format!(
                "with _facet_numbered as (\n    select row_number() over () as facet_row, nullif({c}, '') as facet_array \
                 from (\n        {}\n    )\n), _facet_elements as (\n    select distinct facet_row, j.value as value \
                 from _facet_numbered join json_each(_facet_numbered.facet_array) as j\n)\nselect value, count(*) as count \
                 from _facet_elements group by value order by count desc, value limit {limit}",
                context.sql
            )
        };
        let (counted, timed_out) = count(&self.host, context, sql)?;
        let choices = Choices::of(&context.request);
        let mut answer = FacetResults::default();
        for facet in counted {
            let name = format!("{}__arraycontains", facet.column);
            let mut result =
                FacetResult::new(&*facet.column, "array", facet.source, "_facet_array", &*facet.column);
            // Elements are text, whatever they were: the filter compares them as text.
            let values = facet.values.iter().map(|(element, count)| (as_text(element), *count));
            let value =
                |(text, count): (String, i64)| choices.value(&Value::Text(text.clone()), count, &name, text);
            result.values = values.map(value).collect();
            result.truncated = facet.truncated;
            answer.results.push(result);
        }
        answer.timed_out = timed_out;
        Ok(answer)
    }
}

impl ArrayFacet {
    /// Whether the first arrays that aren't empty hold strings and nothing else; false if that takes too long.
    fn holds_strings(&self, sample: &Sample<'_>, column: &str) -> Result<bool> {
        let c = identifier(column);
        let sql = format!(
            "select count(*), coalesce(sum(exists (select 1 from json_each({c}) where type != 'text')), 0) from (\
             select {c} from ({}) where nullif({c}, '') is not null and json_array_length({c}) > 0 limit 100)",
            sample.sql()
        );
        let counts = sample.numbers(&sql, sample.context.suggest_time_limit_ms)?;
        Ok(matches!(counts.as_deref(), Some([arrays, 0]) if *arrays > 0))
    }
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::FakeHost;

    use super::*;
    use crate::testing::{Page, rows};

    #[test]
    fn elements_are_text_whatever_they_were() {
        let host =
            FakeHost::new().answer("query", rows(&[json!([1, 30]), json!(["a/b", 2]), json!([null, 1])]));
        let page = Page::new("/db/t?tags__arraycontains=1").column("tags").size(3);
        let (results, _) = page.results(2, host);
        let values = &results.unwrap().results[0].values;
        let shown: Vec<_> =
            values.iter().map(|v| (&v.value, v.label == v.value, &*v.toggle.1, v.selected)).collect();
        let (one, slash, none) = (json!("1"), json!("a/b"), json!("None"));
        assert_eq!(
            shown,
            [(&one, true, "1", true), (&slash, true, "a/b", false), (&none, true, "None", false)]
        );
    }

    #[test]
    fn a_column_that_is_not_json_is_the_visitors_mistake() {
        let host = FakeHost::new().answer_with("query", |_| Err(Error::new("malformed JSON")));
        let (results, _) = Page::new("/db/t").column("state").results(2, host);
        let error = results.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadRequest);
        assert_eq!(error.message, "_facet_array=state: not every value of this column is JSON");
    }

    #[track_caller]
    fn suggests(counts: Json, strings: Json) -> Vec<String> {
        let host = FakeHost::new().answer_with("query", move |args| {
            let second = args["sql"].as_str().unwrap_or_default().contains("json_each");
            Ok(json!({"columns": [], "rows": [if second { &strings } else { &counts }]}))
        });
        let (suggested, _) = Page::new("/db/t").suggest(2, host);
        suggested.unwrap().into_iter().map(|suggested| suggested.name).collect()
    }

    #[test]
    fn columns_of_arrays_of_strings_are_suggested() {
        assert_eq!(suggests(json!([5, 0, 0, 0, 5, 5, 5, 4]), json!([3, 0])), ["tags"]);
    }

    #[test]
    fn arrays_of_other_things_and_empty_arrays_are_not() {
        assert_eq!(suggests(json!([5, 0, 0, 0, 5, 5, 5, 4]), json!([3, 1])), [""; 0]);
        assert_eq!(suggests(json!([5, 0, 0, 0, 5, 5, 5, 4]), json!([0, 0])), [""; 0]);
    }
}
