//! `databases.{database}.tables.{table}`: how the page of a table behaves unless the URL says otherwise.

use serde_json::Value as Json;

use super::ConfigError;
use super::columns::{self, ColumnConfig};
use super::shape::{self, Node};

/// What is configured for one table or view.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TableConfig {
    pub(crate) sort: Option<String>,
    pub(crate) sort_desc: Option<String>,
    /// Rows per page.
    pub(crate) size: Option<Size>,
    /// `Some(vec![])` means that no column may be sorted by.
    pub(crate) sortable_columns: Option<Vec<String>>,
    pub(crate) label_column: Option<String>,
    /// Each a column's name or an object with one key, the kind of facet: `{"array": "tags"}`.
    pub(crate) facets: Vec<Json>,
    pub(crate) facet_size: Option<Size>,
    pub(crate) fts_table: Option<String>,
    pub(crate) fts_pk: Option<String>,
    pub(crate) searchmode: Option<SearchMode>,
    pub(crate) hidden: bool,
    /// In the order of the file.
    pub(crate) column_types: Vec<ColumnTypeConfig>,
    /// In the order of the file.
    pub(crate) columns: Vec<ColumnConfig>,
}

/// A number of rows or values; zero is never kept, it means the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Exactly(u64),
    /// As many as `max_returned_rows` allows.
    Max,
}

/// How `_search` is read when the URL does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SearchMode {
    /// Words are quoted, operators have no meaning.
    Escaped,
    /// SQLite's full-text query syntax.
    Raw,
}

/// The type that is assigned to a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ColumnTypeConfig {
    pub(crate) column: String,
    pub(crate) column_type: String,
    /// Always an object if there is one.
    pub(crate) config: Option<Json>,
}

impl Size {
    pub(crate) fn limit(self, max_returned_rows: u64) -> u64 {
        match self {
            Self::Exactly(size) => size,
            Self::Max => max_returned_rows,
        }
    }

    fn parse(node: &Node<'_>) -> Result<Option<Self>, ConfigError> {
        let size = match node.value {
            Json::Null => return Ok(None),
            Json::String(text) if text == "max" => return Ok(Some(Self::Max)),
            Json::Number(number) => number.as_u64(),
            Json::String(text) => text.parse().ok(),
            _ => None,
        };
        let size = size.ok_or_else(|| node.expected("a number or max"))?;
        Ok((size > 0).then_some(Self::Exactly(size)))
    }
}

impl TableConfig {
    pub(super) fn parse(node: &Node<'_>) -> Result<Self, ConfigError> {
        shape::check_access_keys(node)?;
        let (sort, sort_desc) = (node.get("sort").name()?, node.get("sort_desc").name()?);
        if sort.is_some() && sort_desc.is_some() {
            return Err(node.error("has both sort and sort_desc; keep one of them"));
        }
        Ok(Self {
            sort,
            sort_desc,
            size: Size::parse(&node.get("size"))?,
            sortable_columns: node.get("sortable_columns").names()?,
            label_column: node.get("label_column").name()?,
            facets: facets(&node.get("facets"))?,
            facet_size: Size::parse(&node.get("facet_size"))?,
            fts_table: node.get("fts_table").name()?,
            fts_pk: node.get("fts_pk").name()?,
            searchmode: search_mode(&node.get("searchmode"))?,
            hidden: node.get("hidden").boolean()?.unwrap_or(false),
            column_types: column_types(&node.get("column_types"))?,
            columns: columns::parse(&node.get("columns"))?,
        })
    }

    /// What is left of it for somebody who may not see the columns that `conceals` names.
    pub(crate) fn without(&self, conceals: impl Fn(&str) -> bool) -> Self {
        let mut config = self.clone();
        let shown = |column: &String| !conceals(column);
        config.sort = config.sort.filter(shown);
        config.sort_desc = config.sort_desc.filter(shown);
        config.label_column = config.label_column.filter(shown);
        if let Some(columns) = &mut config.sortable_columns {
            columns.retain(shown);
        }
        config.facets.retain(|facet| !facet_columns(facet).any(&conceals));
        config.column_types.retain(|column| !conceals(&column.column));
        config.columns.retain(|column| !conceals(&column.name));
        config
    }
}

/// The columns that a configured facet names: itself, its only value, or the `column` in there.
fn facet_columns(facet: &Json) -> impl Iterator<Item = &str> {
    let kinds = facet.as_object().into_iter().flat_map(|kinds| kinds.values());
    facet.as_str().into_iter().chain(kinds.filter_map(|kind| kind.get("column").unwrap_or(kind).as_str()))
}

fn facets(node: &Node<'_>) -> Result<Vec<Json>, ConfigError> {
    let mut facets = Vec::new();
    for item in node.list()?.unwrap_or_default() {
        let one_kind = item.value.as_object().is_some_and(|map| {
            map.len() == 1 && map.values().all(|value| matches!(value, Json::String(_) | Json::Object(_)))
        });
        match item.value {
            Json::Object(_) if one_kind => facets.push(item.value.clone()),
            Json::String(_) | Json::Number(_) => facets.extend(item.name()?.map(Json::String)),
            _ => return Err(item.expected("a column's name, or one pair like array: column")),
        }
    }
    Ok(facets)
}

fn search_mode(node: &Node<'_>) -> Result<Option<SearchMode>, ConfigError> {
    match node.string()?.as_deref() {
        None => Ok(None),
        Some("raw") => Ok(Some(SearchMode::Raw)),
        Some("escaped") => Ok(Some(SearchMode::Escaped)),
        Some(_) => Err(node.expected("raw or escaped")),
    }
}

fn column_types(node: &Node<'_>) -> Result<Vec<ColumnTypeConfig>, ConfigError> {
    let mut types = Vec::new();
    for (column, assigned) in node.entries()? {
        let (column_type, config) = match assigned.value {
            Json::Null => continue,
            Json::Object(_) => {
                let config = assigned.get("config");
                config.object()?;
                (assigned.get("type"), (!config.is_null()).then(|| config.value.clone()))
            }
            _ => (assigned.clone(), None),
        };
        let column_type = column_type.string()?.ok_or_else(|| assigned.error("needs a type"))?;
        types.push(ColumnTypeConfig { column: column.to_owned(), column_type, config });
    }
    Ok(types)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn table(value: Json) -> Result<TableConfig, String> {
        TableConfig::parse(&Node { path: "t".to_owned(), value: &value }).map_err(|error| error.to_string())
    }

    #[test]
    fn every_key_is_read() {
        let parsed = table(json!({
            "sort": "a", "size": 4, "facets": ["b", {"array": "tags"}, {"date": {"column": "c"}}],
            "facet_size": "max", "sortable_columns": [], "label_column": 2020, "hidden": 1,
            "fts_table": "f", "fts_pk": "id", "searchmode": "raw",
            "column_types": {"tags": "json", "n": {"type": "x", "config": {"a": 1}}}
        }));
        let expected = TableConfig {
            sort: Some("a".into()),
            sort_desc: None,
            size: Some(Size::Exactly(4)),
            sortable_columns: Some(vec![]),
            label_column: Some("2020".into()),
            facets: vec![json!("b"), json!({"array": "tags"}), json!({"date": {"column": "c"}})],
            facet_size: Some(Size::Max),
            fts_table: Some("f".into()),
            fts_pk: Some("id".into()),
            searchmode: Some(SearchMode::Raw),
            hidden: true,
            column_types: vec![
                ColumnTypeConfig { column: "tags".into(), column_type: "json".into(), config: None },
                ColumnTypeConfig {
                    column: "n".into(),
                    column_type: "x".into(),
                    config: Some(json!({"a": 1})),
                },
            ],
            columns: Vec::new(),
        };
        assert_eq!(parsed, Ok(expected));
    }

    #[test]
    fn a_word_that_yaml_reads_as_no_is_explained() {
        assert_eq!(
            table(json!({"sort": false})).unwrap_err(),
            "Invalid configuration at t.sort: expected a name (in quotes if it is a word like yes or off), got false"
        );
    }

    #[test]
    fn facets_name_one_kind_each() {
        assert!(table(json!({"facets": [{"array": "a", "date": "b"}]})).unwrap_err().contains("t.facets[0]"));
        assert!(table(json!({"facets": [["a"]]})).unwrap_err().contains("got a list"));
    }

    #[test]
    fn sizes_are_counts() {
        assert!(table(json!({"size": -1})).unwrap_err().contains("expected a number or max"));
        assert!(table(json!({"size": 1.5})).is_err());
        assert_eq!(table(json!({"size": 0})).unwrap().size, None);
    }

    #[test]
    fn search_modes_are_known() {
        assert!(table(json!({"searchmode": "fuzzy"})).unwrap_err().contains("raw or escaped"));
    }
}
