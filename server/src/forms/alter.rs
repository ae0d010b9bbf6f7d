//! `/{database}/{table}/-/alter-form`: other columns, keys, or another name. What will be done is shown
//! before it is done.

use datasette_plugin_api::{Json, json};

use super::changes::Changes;
use super::column::{Choices, Draft, Target, fields, reference_value};
use super::create::{MANY_REFERENCES, blank_column};
use super::{Said, ask, done, editing, require, show};
use crate::app::App;
use crate::error::{Error, Result};
use crate::form::Form;
use crate::internal::AssignedType;
use crate::permissions::Resource;
use crate::render::contexts::{ColumnField, Editing, NameValue, TableFormContext, TableReviewContext};
use crate::request::{MessageKind, Request};
use crate::response::{Body, Response};
use crate::sqlite::{Database, Table};
use crate::table;

pub(crate) fn alter(app: &App, request: &Request, database: &Database, table: &Table) -> Result<Response> {
    require(app, request, &["alter-table"], database, table)?;
    if !table.concealed.is_empty() {
        let message =
            "You do not have permission to alter this table, because you may not see all its columns";
        return Err(Error::forbidden(message));
    }
    let page = AlterPage { app, request, database, table };
    let old = page.columns()?;
    if request.is_get_or_head() {
        return page.show(&table.name, &old, 0, 200, Vec::new());
    }
    let form = Form::with_files(request)?;
    let name = form.non_empty("table").map_or(table.name.as_str(), str::trim);
    let drafts = Draft::all_of(&form, &page.targets(&old)?);
    if form.get("more").is_some() || form.get("back").is_some() {
        return page.show(name, &drafts, if form.get("more").is_some() { 1 } else { 0 }, 200, Vec::new());
    }
    let changes = Changes::between(&old, &drafts, (&table.name, name));
    let types = type_changes(&old, &drafts, page.may_assign()?);
    let problems = problems(&old, &drafts);
    if !problems.is_empty() {
        return page.show(name, &drafts, 0, 400, problems);
    }
    if changes.operations.is_empty() && types.is_empty() {
        return page.show(name, &drafts, 0, 400, vec!["Nothing is changed yet".to_owned()]);
    }
    if form.get("confirm").is_none() {
        return page.review(&form, &changes, &types);
    }
    if !changes.operations.is_empty() {
        let body = json!({"operations": changes.operations});
        let said = ask(request, "", &body, |inner| table::alter(app, inner, database, table))?;
        if let Said::Refused { status, errors } = said {
            return page.show(name, &drafts, 0, status, errors);
        }
    }
    page.move_types(name, &old, &drafts)?;
    let location = app.urls.table(&database.route, name);
    Ok(done(request, &location, &format!("Table {name} altered"), MessageKind::Info))
}

/// Types beyond SQLite's that are given or taken away, in sentences.
fn type_changes(old: &[Draft], new: &[Draft], may_assign: bool) -> Vec<String> {
    let sentence = |draft: &Draft| {
        let before = old.iter().find(|column| column.name == draft.old_name);
        let before = before.map(|column| column.custom_type.as_str()).unwrap_or_default();
        if draft.drop || before == draft.custom_type {
            return None;
        }
        Some(match draft.custom_type.as_str() {
            "" => format!("Let column {} no longer be of type {before}", draft.name),
            given => format!("Let column {} be of type {given}", draft.name),
        })
    };
    new.iter().filter(|_| may_assign).filter_map(sentence).collect()
}

/// What the API could only say in its own words.
fn problems(old: &[Draft], new: &[Draft]) -> Vec<String> {
    let mut problems = Vec::new();
    let staying: Vec<&Draft> = new.iter().filter(|draft| !draft.drop).collect();
    if staying.is_empty() {
        problems.push("A table needs at least one column".to_owned());
    }
    for (index, draft) in staying.iter().enumerate() {
        if draft.name.is_empty() {
            problems.push(format!("Column {} needs a name", draft.old_name));
        } else if staying.iter().take(index).any(|other| other.name.eq_ignore_ascii_case(&draft.name)) {
            problems.push(format!("There are two columns called {}", draft.name));
        }
    }
    if old.iter().any(|column| column.pk) && !staying.iter().any(|draft| draft.pk) {
        problems.push("A table that has a primary key keeps one: choose its columns".to_owned());
    }
    problems
}

struct AlterPage<'a> {
    app: &'a App,
    request: &'a Request,
    database: &'a Database,
    table: &'a Table,
}

impl AlterPage<'_> {
    fn may_assign(&self) -> Result<bool> {
        let resource = Resource::Table(&self.database.name, &self.table.name);
        self.app.permissions.allowed(self.request, "set-column-type", resource)
    }

    /// The columns as they are.
    fn columns(&self) -> Result<Vec<Draft>> {
        let types = self.app.column_types(&self.database.name, self.table)?;
        let columns = self.table.columns.iter().filter(|column| column.hidden == 0);
        let mut drafts: Vec<Draft> = columns.map(|column| Draft::of(self.table, column, &types)).collect();
        let targets = self.targets(&[])?;
        for (table, column) in drafts.iter_mut().filter_map(|draft| draft.reference.as_mut()) {
            // A key that does not say which column means the other table's key; names may be spelled otherwise.
            let same = targets.iter().find(|(known, key)| {
                known.eq_ignore_ascii_case(table) && (column.is_empty() || key.eq_ignore_ascii_case(column))
            });
            if let Some((known, key)) = same {
                (*table, *column) = (known.clone(), key.clone());
            }
        }
        Ok(drafts)
    }

    /// What columns can refer to. What is there stays possible, even if the visitor may not see it.
    fn targets(&self, drafts: &[Draft]) -> Result<Vec<Target>> {
        let mut targets = self.app.read(self.request, self.database, |conn| {
            table::reference_targets(self.app, self.request, conn, self.database, None)
        })?;
        for target in drafts.iter().filter_map(|draft| draft.reference.clone()) {
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        Ok(targets)
    }

    fn show(
        &self,
        name: &str,
        drafts: &[Draft],
        blank: usize,
        status: u16,
        errors: Vec<String>,
    ) -> Result<Response> {
        let (app, request, database, table) = (self.app, self.request, self.database, self.table);
        let targets = self.targets(drafts)?;
        let choices = Choices::new(app, request, database, Some(&table.name), &targets)?;
        let mut columns = fields(drafts, &table.columns);
        self.suggest(&mut columns)?;
        for _ in 0..blank {
            let number = columns.len() + 1;
            columns.push(Draft { column_type: "text".to_owned(), ..Draft::default() }.field(number, None));
        }
        let resource = Resource::Table(&database.name, &table.name);
        let may_drop = app.permissions.allowed(request, "drop-table", resource)?;
        let url = app.urls.table(&database.route, &table.name);
        let heading = format!("Alter table {}", table.name);
        let editing = editing(app, database, &table.name, heading, format!("{url}/-/alter-form"));
        show(app, request, database, Some(&table.name), "table_form.html", status, |base| TableFormContext {
            base,
            editing: Editing { errors, ..editing },
            mode: "alter",
            submit_label: "Review the changes",
            name: name.to_owned(),
            columns,
            blank_column: blank_column(),
            type_choices: choices.types,
            default_choices: choices.defaults,
            many_references: choices.references.len() > MANY_REFERENCES,
            reference_choices: choices.references,
            custom_type_choices: choices.custom_types,
            drop_url: may_drop.then(|| format!("{url}/-/drop-form")),
        })
    }

    /// What columns might refer to, judged by names and values.
    fn suggest(&self, columns: &mut [ColumnField]) -> Result<()> {
        let Ok(response) = table::foreign_key_suggestions(self.app, self.request, self.database, self.table)
        else {
            return Ok(());
        };
        let Body::Bytes(bytes) = &response.body else { return Ok(()) };
        let told: Json = serde_json::from_slice(bytes).unwrap_or_default();
        for entry in told["columns"].as_array().into_iter().flatten() {
            let Some(field) = columns.iter_mut().find(|field| entry["column"] == field.old_name.as_str())
            else {
                continue;
            };
            let suggestions = entry["suggestions"].as_array().into_iter().flatten();
            // Small numbers are found in every table: only a name that fits as well says something.
            let mut fitting = suggestions.filter(|it| {
                it["reasons"].as_array().is_some_and(|reasons| reasons.contains(&json!("name_match")))
            });
            if let Some(best) = fitting.next().filter(|_| field.reference.is_empty()) {
                let (table, column) = (best["fk_table"].as_str(), best["fk_column"].as_str());
                if let (Some(table), Some(column)) = (table, column) {
                    field.suggested_reference = Some(reference_value(table, column));
                }
            }
        }
        Ok(())
    }

    fn review(&self, form: &Form, changes: &Changes, types: &[String]) -> Result<Response> {
        let (app, database, table) = (self.app, self.database, self.table);
        let url = app.urls.table(&database.route, &table.name);
        let heading = format!("Alter table {}: is this right?", table.name);
        let editing = editing(app, database, &table.name, heading, format!("{url}/-/alter-form"));
        let hidden = form.iter().map(|(name, value)| NameValue::new(name, value)).collect();
        let sentences = changes.sentences.iter().chain(types).cloned().collect();
        let template = "table_review.html";
        show(app, self.request, database, Some(&table.name), template, 200, |base| TableReviewContext {
            base,
            editing,
            changes: sentences,
            loses_data: changes.loses_data,
            hidden,
        })
    }

    /// Types beyond SQLite's follow their columns to new names, whoever renames them, and change as the form
    /// says if the visitor may assign them.
    fn move_types(&self, name: &str, old: &[Draft], new: &[Draft]) -> Result<()> {
        let may_assign = self.may_assign()?;
        let (internal, database) = (&self.app.internal, &self.database.name);
        let before = internal.column_types(database, &self.table.name)?;
        let after = types_after(&before, old, new, may_assign);
        if before == after && name == self.table.name {
            return Ok(());
        }
        for assigned in &before {
            internal.remove_column_type(database, &self.table.name, &assigned.column)?;
        }
        internal.set_column_types(after.iter().map(|assigned| (database.as_str(), name, assigned)))
    }
}

/// The assignments of a table whose columns are no longer `old`, but `new`.
fn types_after(before: &[AssignedType], old: &[Draft], new: &[Draft], may_assign: bool) -> Vec<AssignedType> {
    let assigned = |draft: &Draft| {
        let was = old.iter().find(|column| column.name == draft.old_name);
        let was_type = was.map(|column| column.custom_type.as_str()).unwrap_or_default();
        if !may_assign || was_type == draft.custom_type {
            let kept = before.iter().find(|assigned| assigned.column == draft.old_name)?;
            return Some(AssignedType { column: draft.name.clone(), ..kept.clone() });
        }
        let column_type = Some(draft.custom_type.clone()).filter(|given| !given.is_empty())?;
        Some(AssignedType { column: draft.name.clone(), column_type, config: None })
    };
    new.iter().filter(|draft| !draft.drop).filter_map(assigned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str) -> Draft {
        Draft { old_name: name.to_owned(), name: name.to_owned(), ..Draft::default() }
    }

    #[test]
    fn a_table_keeps_a_key_and_different_names() {
        let old = [Draft { pk: true, ..column("id") }, column("a")];
        assert!(problems(&old, &old).is_empty());
        let new =
            [Draft { drop: true, pk: true, ..column("id") }, Draft { name: String::new(), ..column("a") }];
        let expected =
            ["Column a needs a name", "A table that has a primary key keeps one: choose its columns"];
        assert_eq!(problems(&old, &new), expected);
        let new = [Draft { pk: true, ..column("id") }, Draft { name: "ID".to_owned(), ..column("a") }];
        assert_eq!(problems(&old, &new), ["There are two columns called ID"]);
    }

    #[test]
    fn types_are_told_where_they_may_be_assigned() {
        let old = [column("a"), Draft { custom_type: "url".to_owned(), ..column("b") }];
        let new = [Draft { custom_type: "json".to_owned(), ..column("a") }, column("b")];
        let expected = ["Let column a be of type json", "Let column b no longer be of type url"];
        assert_eq!(type_changes(&old, &new, true), expected);
        assert!(type_changes(&old, &new, false).is_empty());
    }

    #[test]
    fn types_follow_their_columns() {
        let config = Some(json!({"a": 1}));
        let assigned = |column: &str, name: &str| AssignedType {
            column: column.to_owned(),
            column_type: name.to_owned(),
            config: config.clone(),
        };
        let before =
            [assigned("a", "url"), assigned("b", "json"), assigned("c", "url"), assigned("d", "gone")];
        let of =
            |name: &str, custom_type: &str| Draft { custom_type: custom_type.to_owned(), ..column(name) };
        // Nobody knows the type of the last one any more, so no form shows it.
        let old = [of("a", "url"), of("b", "json"), of("c", "url"), of("d", "")];
        let renamed = Draft { name: "x".to_owned(), ..of("a", "url") };
        let new = [renamed, of("b", "url"), Draft { drop: true, ..of("c", "url") }, of("d", "")];
        let expected = [
            assigned("x", "url"),
            AssignedType { config: None, ..assigned("b", "url") },
            assigned("d", "gone"),
        ];
        assert_eq!(types_after(&before, &old, &new, true), expected);
        let expected = [assigned("x", "url"), assigned("b", "json"), assigned("d", "gone")];
        assert_eq!(types_after(&before, &old, &new, false), expected);
    }
}
