use std::cell::RefCell;

use datasette_plugin_api::host::WriteResult;
use datasette_plugin_api::server::WriteStep;
use datasette_plugin_api::testing::Harness;

use super::*;

/// A write that leaves these tables behind.
struct Writing {
    version: RefCell<i64>,
    tables: RefCell<Vec<(i64, &'static str)>>,
    after: Option<Vec<(i64, &'static str)>>,
    fails: bool,
    lists: RefCell<usize>,
    events: RefCell<Vec<Event>>,
}

fn writing(version: i64, before: &[(i64, &'static str)], after: Option<&[(i64, &'static str)]>) -> Writing {
    Writing {
        version: RefCell::new(version),
        tables: RefCell::new(before.to_vec()),
        after: after.map(<[_]>::to_vec),
        fails: false,
        lists: RefCell::default(),
        events: RefCell::default(),
    }
}

impl WriteStep for Writing {
    fn proceed(&self) -> Result<Json> {
        if self.fails {
            return Err(Error::bad_request("the write failed"));
        }
        if let Some(after) = &self.after {
            self.tables.replace(after.clone());
            *self.version.borrow_mut() += 1;
        }
        Ok(Json::Null)
    }

    fn execute(&self, _: &str, _: &[(String, Value)]) -> Result<WriteResult> {
        Err("nothing to execute".into())
    }

    fn query(&self, sql: &str, _: &[(String, Value)]) -> Result<host::QueryResult> {
        if sql == "PRAGMA schema_version" {
            return Ok(host::QueryResult::new(vec!["v".into()], vec![vec![(*self.version.borrow()).into()]]));
        }
        *self.lists.borrow_mut() += 1;
        let rows =
            self.tables.borrow().iter().map(|(page, name)| vec![(*page).into(), (*name).into()]).collect();
        Ok(host::QueryResult::new(vec!["rootpage".into(), "name".into()], rows))
    }

    fn track_event(&self, event: Event) {
        self.events.borrow_mut().push(event);
    }
}

fn run(plugin: &Harness<Events>, writing: &Writing) -> Result<()> {
    let args = WriteWrapper::new("db", None, true, Write::over(writing));
    plugin.write_wrapper(&args).unwrap()
}

#[track_caller]
fn check(before: &[(i64, &'static str)], after: &[(i64, &'static str)], expected: &[(&str, &str)]) {
    let writing = writing(1, before, Some(after));
    run(&Harness::new(), &writing).unwrap();
    let events = writing.events.borrow();
    let text = |event: &Event, key: &str| event.properties[key].as_str().unwrap().to_owned();
    let renamed: Vec<_> =
        events.iter().map(|event| (text(event, "old_table"), text(event, "new_table"))).collect();
    let renamed: Vec<_> = renamed.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
    assert_eq!(renamed, expected);
    assert!(events.iter().all(|event| event.name == "rename-table" && event.properties["database"] == "db"));
}

#[test]
fn a_table_with_another_name_was_renamed() {
    check(&[(2, "a"), (3, "b")], &[(2, "c"), (3, "b")], &[("a", "c")]);
    check(&[(2, "a"), (3, "b")], &[(2, "b"), (3, "a")], &[("a", "b"), ("b", "a")]);
}

#[test]
fn new_and_dropped_tables_were_not_renamed() {
    check(&[(2, "a")], &[(2, "a"), (3, "b")], &[]);
    check(&[(2, "a"), (3, "b")], &[(2, "a")], &[]);
}

#[test]
fn a_write_of_rows_does_not_list_tables_again() {
    let plugin = Harness::new();
    for expected in [1, 0] {
        let writing = writing(5, &[(2, "a")], None);
        run(&plugin, &writing).unwrap();
        assert_eq!(*writing.lists.borrow(), expected);
    }
}

#[test]
fn what_a_failed_write_did_is_forgotten() {
    let plugin = Harness::new();
    let failed = Writing { fails: true, ..writing(1, &[(2, "a")], None) };
    assert_eq!(run(&plugin, &failed).unwrap_err().message, "the write failed");
    // The same version of the schema once more, reached by another way.
    run(&plugin, &writing(1, &[(2, "a")], Some(&[(2, "never committed")]))).unwrap();
    let again = writing(2, &[(2, "b")], Some(&[(2, "c")]));
    run(&plugin, &again).unwrap();
    assert_eq!(again.events.borrow()[0].properties["old_table"], "b");
}

#[test]
fn every_event_is_registered_once() {
    let types = Harness::<Events>::new().register_events().unwrap().unwrap();
    let names: Vec<_> = types.iter().map(|kind| kind.name.as_str()).collect();
    assert_eq!(
        names.join(" "),
        "login logout create-table create-token alter-table rename-table drop-table insert-rows upsert-rows \
         update-row delete-row"
    );
}
