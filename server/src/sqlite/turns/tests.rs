//! Many at once, who get in each other's way.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::sqlite::Database;

const TABLE: &str = "create table t (n integer primary key); \
     create trigger takes_all_down before insert on t when new.n = 13 begin select raise(rollback, 'unlucky'); end";

fn insert(database: &Database, n: usize) -> Result<(), Error> {
    database.write_shared(None, |writer| Ok(writer.script(&format!("insert into t values ({n})"))?))
}

fn count(database: &Database) -> Option<i64> {
    let count = database.read_whole(None, |conn| Ok(conn.value("select count(*) from t", &[])?));
    count.unwrap().and_then(|value| value.as_i64())
}

/// Has them all wait behind a long write, so that they share what comes then.
fn at_once(database: &Database, writes: usize, write: impl Fn(usize) + Sync) {
    std::thread::scope(|scope| {
        let wait = |_: &Writer<'_>| {
            for number in 0..writes {
                let write = &write;
                scope.spawn(move || write(number));
            }
            while database.waiting_writes() < writes.min(LONGEST_QUEUE) {
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok(())
        };
        database.write(wait).unwrap();
    });
}

#[test]
fn those_who_share_a_transaction_fail_and_succeed_for_themselves() {
    let (_folder, database) = Database::for_test(TABLE);
    // Each number comes twice: one of the two is refused.
    let refused = AtomicUsize::new(0);
    at_once(&database, 40, |number| {
        if insert(&database, 100 + number / 2).is_err() {
            refused.fetch_add(1, Ordering::SeqCst);
        }
    });
    assert_eq!((count(&database), refused.load(Ordering::SeqCst)), (Some(20), 20));
}

#[test]
fn who_takes_a_shared_transaction_down_harms_nobody_else() {
    let (_folder, database) = Database::for_test(TABLE);
    at_once(&database, 30, |number| {
        let inserted = insert(&database, number);
        assert_eq!(inserted.is_ok(), number != 13, "{number}: {inserted:?}");
    });
    assert_eq!(count(&database), Some(29));
}

#[test]
fn a_panic_within_a_shared_transaction_undoes_its_own_part() {
    let (_folder, database) = Database::for_test(TABLE);
    at_once(&database, 20, |number| {
        let write = || {
            database.write_shared(None, |writer| {
                writer.script(&format!("insert into t values ({})", 100 + number))?;
                assert!(number % 3 > 0, "a plugin went wrong");
                Ok(())
            })
        };
        assert_eq!(catch_unwind(AssertUnwindSafe(write)).is_ok(), number % 3 > 0);
    });
    assert_eq!(count(&database), Some(13));
    insert(&database, 1).unwrap();
}

#[test]
fn a_change_of_the_schema_that_was_undone_is_forgotten() {
    let (_folder, database) = Database::for_test("");
    let look = |sql: &str, fails: bool| {
        let mut known = None;
        let _ = database.write(|writer| {
            writer.script(sql)?;
            known = writer.conn().known_table("t")?.map(|table| table.sql.clone());
            if fails { Err(Error::bad_request("undo")) } else { Ok(()) }
        });
        known
    };
    assert_eq!(look("create table t (a)", true).as_deref(), Some("CREATE TABLE t (a)"));
    assert_eq!(look("create table t (b)", false).as_deref(), Some("CREATE TABLE t (b)"));
}

#[test]
fn more_than_may_wait_are_sent_away_at_once() {
    let (_folder, database) = Database::for_test(TABLE);
    at_once(&database, LONGEST_QUEUE, |number| {
        if database.waiting_writes() == LONGEST_QUEUE {
            assert!(matches!(insert(&database, 100 + number), Err(Error::Busy { .. })));
        }
        insert(&database, 100 + number).unwrap();
    });
    assert_eq!(count(&database), Some(LONGEST_QUEUE as i64));
}
