//! The SQL function `escape_fts`.
//!
//! Hooks: `prepare_connection`. Config: none.

mod escape;

use datasette_plugin_api::*;

use escape::escape_fts;

struct SqlFunctions;

#[hookimpl]
impl Plugin for SqlFunctions {
    fn new(_host: Host) -> Result<Self> {
        Ok(Self)
    }

    fn prepare_connection(&self, connection: &PrepareConnection<'_>) -> Result<()> {
        connection.registrar.scalar("escape_fts", 1, |args| {
            Ok(match args.first() {
                None | Some(ValueRef::Null) => Value::Null,
                Some(ValueRef::Text(text)) => escape_fts(text).into(),
                Some(ValueRef::Blob(bytes)) => escape_fts(&String::from_utf8_lossy(bytes)).into(),
                Some(number) => escape_fts(&number.to_string()).into(),
            })
        })
    }
}

export_plugin!(SqlFunctions, name = "datasette.sql_functions");

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::Harness;

    use super::*;

    #[track_caller]
    fn check(argument: impl Into<Value>, expected: impl Into<Value>) {
        let connection = Harness::<SqlFunctions>::new().sql().unwrap();
        assert_eq!(connection.call("escape_fts", &[argument.into()]).unwrap(), expected.into());
    }

    #[test]
    fn text_is_escaped_and_null_stays_null() {
        check("a b", "\"a\" \"b\"");
        check(Value::Null, Value::Null);
    }

    #[test]
    fn numbers_are_searched_as_they_are_written() {
        check(42, "\"42\"");
        check(1.5, "\"1.5\"");
    }
}
