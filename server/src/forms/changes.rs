//! What a form of columns changes in a table: the operations of the API, and the same in sentences.

use datasette_plugin_api::{Json, Map, json};

use super::column::{Draft, InitialValue};

/// The changes of one form.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Changes {
    /// As the API takes them.
    pub(super) operations: Vec<Json>,
    pub(super) sentences: Vec<String>,
    pub(super) loses_data: bool,
}

impl Changes {
    /// From the columns as they are to those of the form. `rename` is the table's name before and after.
    pub(super) fn between(old: &[Draft], new: &[Draft], rename: (&str, &str)) -> Self {
        let mut changes = Self::default();
        let kept: Vec<(&Draft, &Draft)> = new
            .iter()
            .filter(|draft| !draft.drop)
            .filter_map(|draft| Some((old.iter().find(|column| column.name == draft.old_name)?, draft)))
            .collect();
        for column in new.iter().filter(|draft| draft.old_name.is_empty() && !draft.drop) {
            changes.add(column);
        }
        for (before, after) in &kept {
            if before.name != after.name && !after.name.is_empty() {
                let args = json!({"name": before.name, "to": after.name});
                changes.push(
                    "rename_column",
                    args,
                    format!("Rename column {} to {}", before.name, after.name),
                );
            }
            changes.alter(before, after);
        }
        for column in old.iter().filter(|column| new.iter().any(|d| d.drop && d.old_name == column.name)) {
            changes.loses_data = true;
            let sentence = format!("Drop column {} with everything in it", column.name);
            changes.push("drop_column", json!({"name": column.name}), sentence);
        }
        changes.key(old, new);
        changes.order(old, new);
        for (before, after) in &kept {
            changes.reference(before, after);
        }
        for column in new.iter().filter(|draft| draft.old_name.is_empty() && !draft.drop) {
            changes.reference(&Draft { name: column.name.clone(), ..Draft::default() }, column);
        }
        if rename.0 != rename.1 && !rename.1.is_empty() {
            let sentence = format!("Rename the table from {} to {}", rename.0, rename.1);
            changes.push("rename_table", json!({"to": rename.1}), sentence);
        }
        changes
    }

    fn push(&mut self, op: &str, args: Json, sentence: String) {
        self.operations.push(json!({"op": op, "args": args}));
        self.sentences.push(sentence);
    }

    fn add(&mut self, column: &Draft) {
        let column_type = if column.column_type.is_empty() { "text" } else { &column.column_type };
        let mut args = Map::new();
        args.insert("name".to_owned(), column.name.as_str().into());
        args.insert("type".to_owned(), column_type.into());
        let mut sentence = format!("Add column {}, {column_type}", column.name);
        if column.not_null {
            args.insert("not_null".to_owned(), true.into());
            sentence.push_str(", not null");
        }
        column.put_default(&mut args);
        if column.default != InitialValue::None {
            sentence.push_str(&format!(", {}", default_text(&column.default)));
        }
        self.push("add_column", Json::Object(args), sentence);
    }

    fn alter(&mut self, before: &Draft, after: &Draft) {
        let mut args = Map::new();
        let mut said = Vec::new();
        if !after.column_type.is_empty() && before.column_type != after.column_type {
            args.insert("type".to_owned(), after.column_type.as_str().into());
            said.push(format!("type {}", after.column_type));
        }
        if before.not_null != after.not_null {
            args.insert("not_null".to_owned(), after.not_null.into());
            said.push(if after.not_null { "not null" } else { "NULL allowed" }.to_owned());
        }
        if before.default != after.default && after.default != InitialValue::Kept {
            after.put_default(&mut args);
            if after.default == InitialValue::None {
                args.insert("default".to_owned(), Json::Null);
            }
            said.push(default_text(&after.default));
        }
        if !args.is_empty() {
            args.insert("name".to_owned(), before.name.as_str().into());
            let sentence = format!("Change column {}: {}", before.name, said.join(", "));
            self.push("alter_column", Json::Object(args), sentence);
        }
    }

    fn key(&mut self, old: &[Draft], new: &[Draft]) {
        // Operations know columns by their old names.
        let keys = |drafts: &[Draft]| {
            let keys = drafts.iter().filter(|draft| draft.pk && !draft.drop);
            let name = |d: &Draft| if d.old_name.is_empty() { d.name.clone() } else { d.old_name.clone() };
            keys.map(name).collect::<Vec<_>>()
        };
        let (mut before, mut wanted) = (keys(old), keys(new));
        let after = wanted.clone();
        before.sort_unstable();
        wanted.sort_unstable();
        if before != wanted && !after.is_empty() {
            let sentence = format!("Make {} the primary key", after.join(", "));
            self.push("set_primary_key", json!({"columns": after}), sentence);
        }
    }

    fn order(&mut self, old: &[Draft], new: &[Draft]) {
        let kept: Vec<&Draft> = new.iter().filter(|draft| !draft.drop).collect();
        let name = |d: &&Draft| if d.old_name.is_empty() { d.name.clone() } else { d.old_name.clone() };
        let wanted: Vec<String> = kept.iter().map(name).collect();
        let staying = old.iter().map(|d| d.name.clone()).filter(|name| wanted.contains(name));
        let added = kept.iter().filter(|d| d.old_name.is_empty()).map(|d| d.name.clone());
        let natural: Vec<String> = staying.chain(added).collect();
        if wanted != natural {
            let names: Vec<&str> = kept.iter().map(|draft| draft.name.as_str()).collect();
            let sentence = format!("Put the columns in this order: {}", names.join(", "));
            self.push("reorder_columns", json!({"columns": wanted}), sentence);
        }
    }

    fn reference(&mut self, before: &Draft, after: &Draft) {
        if before.reference == after.reference {
            return;
        }
        if let Some((table, _)) = &before.reference {
            let sentence = format!("Let column {} no longer refer to {table}", before.name);
            self.push("drop_foreign_key", json!({"column": before.name}), sentence);
        }
        if let Some((table, column)) = &after.reference {
            let args = json!({"column": before.name, "fk_table": table, "fk_column": column});
            self.push(
                "add_foreign_key",
                args,
                format!("Let column {} refer to {table}.{column}", before.name),
            );
        }
    }
}

fn default_text(default: &InitialValue) -> String {
    match default {
        InitialValue::None => "no default".to_owned(),
        InitialValue::Text(text) => format!("default '{text}'"),
        InitialValue::Expression(name) => format!("default {name}"),
        InitialValue::Kept => "the default it has".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str) -> Draft {
        Draft {
            old_name: name.to_owned(),
            name: name.to_owned(),
            column_type: "text".to_owned(),
            ..Draft::default()
        }
    }

    fn old() -> Vec<Draft> {
        vec![Draft { pk: true, ..column("id") }, column("a"), column("b")]
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Vec<Draft>), expected: &Json) -> Changes {
        let mut new = old();
        change(&mut new);
        let changes = Changes::between(&old(), &new, ("t", "t"));
        let said = changes.operations.iter().map(|it| json!([it["op"], it["args"]])).collect::<Json>();
        assert_eq!(said, *expected);
        assert_eq!(changes.sentences.len(), changes.operations.len());
        changes
    }

    #[test]
    fn nothing_changed_is_nothing_to_do() {
        check(|_| {}, &json!([]));
    }

    #[test]
    fn columns_are_added_renamed_and_changed() {
        check(
            |columns| {
                columns[1].name = "x".to_owned();
                columns[2].not_null = true;
                columns[2].default = InitialValue::Text("d".to_owned());
                columns.push(Draft {
                    old_name: String::new(),
                    column_type: "integer".to_owned(),
                    ..column("n")
                });
            },
            &json!([
                ["add_column", {"name": "n", "type": "integer"}],
                ["rename_column", {"name": "a", "to": "x"}],
                ["alter_column", {"not_null": true, "default": "d", "name": "b"}],
            ]),
        );
    }

    #[test]
    fn dropping_a_column_is_said_to_lose_data() {
        let changes = check(|columns| columns[1].drop = true, &json!([["drop_column", {"name": "a"}]]));
        assert!(changes.loses_data);
    }

    #[test]
    fn order_key_and_references_go_by_old_names() {
        check(
            |columns| {
                columns.swap(1, 2);
                columns[1].pk = true;
                columns[1].reference = Some(("o".to_owned(), "id".to_owned()));
            },
            &json!([
                ["set_primary_key", {"columns": ["id", "b"]}],
                ["reorder_columns", {"columns": ["id", "b", "a"]}],
                ["add_foreign_key", {"column": "b", "fk_table": "o", "fk_column": "id"}],
            ]),
        );
    }
}
