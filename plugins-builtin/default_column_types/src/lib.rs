//! What text columns can mean: a URL, an email address, JSON, or text of several lines.
//!
//! Hooks: `register_column_types`. Config: none; which columns have which type is said in a table's
//! `column_types`.
//!
//! Adding a type: a file with a [`ColumnType`], and a line below.

mod email;
mod json;
mod textarea;
mod url;

use datasette_plugin_api::*;

struct DefaultColumnTypes;

#[hookimpl]
impl Plugin for DefaultColumnTypes {
    fn new(_host: Host) -> Result<Self> {
        Ok(Self)
    }

    fn register_column_types(&self) -> Result<Vec<Box<dyn ColumnType>>> {
        Ok(vec![
            Box::new(url::Url),
            Box::new(email::Email),
            Box::new(json::JsonData),
            Box::new(textarea::Textarea),
        ])
    }
}

export_plugin!(DefaultColumnTypes, name = "datasette.default_column_types");

/// The text of a value to validate; `None` if there is nothing to validate: null, or no text yet.
fn text_of<'a>(value: &'a Json, not_text: &str) -> Result<Option<&'a str>, String> {
    match value {
        Json::Null => Ok(None),
        Json::String(text) if text.is_empty() => Ok(None),
        Json::String(text) => Ok(Some(text)),
        _ => Err(not_text.to_owned()),
    }
}

#[cfg(test)]
mod testing {
    use datasette_plugin_api::testing::Harness;
    use datasette_plugin_api::*;

    use crate::DefaultColumnTypes;

    fn column_type(name: &str) -> Box<dyn ColumnType> {
        let types = Harness::<DefaultColumnTypes>::new().register_column_types().unwrap().unwrap();
        types.into_iter().find(|it| it.name() == name).unwrap()
    }

    /// How a cell looks.
    pub(crate) fn cell(name: &str, value: impl Into<Value>) -> Option<String> {
        let value = value.into();
        let cell = ColumnCell::new(value.as_ref(), "c", Some("t"), "db", JsonText::new("null"));
        column_type(name).render_cell(&cell).unwrap().map(|html| html.0)
    }

    /// What is wrong with a value.
    pub(crate) fn problem(name: &str, value: Json) -> Option<String> {
        column_type(name).validate(&value, &Json::Null).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::Harness;

    use super::*;

    #[test]
    fn there_are_four_types_for_text_columns() {
        let types = Harness::<DefaultColumnTypes>::new().register_column_types().unwrap().unwrap();
        let facts: Vec<_> = types.iter().map(|it| (it.name(), it.description(), it.sqlite_types())).collect();
        let text = ["TEXT"].as_slice();
        assert_eq!(
            facts,
            [
                ("url", "URL", text),
                ("email", "Email address", text),
                ("json", "JSON data", text),
                ("textarea", "Multiline text", text),
            ]
        );
    }

    #[test]
    fn null_and_empty_text_are_always_valid() {
        for name in ["url", "email", "json", "textarea"] {
            assert_eq!(testing::problem(name, Json::Null), None);
            assert_eq!(testing::problem(name, json!("")), None);
        }
    }

    #[test]
    fn nulls_look_like_nulls() {
        for name in ["url", "email", "json", "textarea"] {
            assert_eq!(testing::cell(name, Value::Null), None);
        }
    }
}
