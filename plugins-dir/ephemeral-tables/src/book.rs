//! What is known about tables: which were there before, which came when. No SQL and no clock.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub(crate) struct Book {
    /// Tables that nobody knows the age of: they stay.
    old: BTreeSet<String>,
    /// When the others came: seconds since 1970.
    created: BTreeMap<String, i64>,
}

/// What is new since the last look.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) came: Vec<String>,
    pub(crate) went: Vec<String>,
}

impl Book {
    /// The book at the start: what was recorded earlier, of the tables that are there.
    pub(crate) fn open(tables: &[String], recorded: impl IntoIterator<Item = (String, i64)>) -> Self {
        let mut created: BTreeMap<String, i64> = recorded.into_iter().collect();
        created.retain(|table, _| tables.contains(table));
        let old = tables.iter().filter(|table| !created.contains_key(*table)).cloned().collect();
        Self { old, created }
    }

    /// Takes note of the tables that are there now.
    pub(crate) fn look(&mut self, tables: &[String], now: i64) -> Difference {
        let gone = |table: &String| !tables.contains(table);
        let mut difference = Difference::default();
        self.old.retain(|table| !gone(table));
        self.created.retain(|table, _| {
            if gone(table) {
                difference.went.push(table.clone());
            }
            !gone(table)
        });
        for table in tables {
            if !self.old.contains(table) && !self.created.contains_key(table) {
                self.created.insert(table.clone(), now);
                difference.came.push(table.clone());
            }
        }
        difference
    }

    /// When a table came, if it came while somebody looked.
    pub(crate) fn created(&self, table: &str) -> Option<i64> {
        self.created.get(table).copied()
    }

    /// Tables that are older than that many seconds.
    pub(crate) fn older_than(&self, seconds: i64, now: i64) -> Vec<String> {
        let expired = self.created.iter().filter(|(_, created)| now.saturating_sub(**created) >= seconds);
        expired.map(|(table, _)| table.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(names: &str) -> Vec<String> {
        names.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn what_was_there_before_stays() {
        let mut book = Book::open(&tables("a b"), []);
        book.look(&tables("a b c"), 100);
        assert_eq!(book.older_than(10, 109), tables(""));
        assert_eq!(book.older_than(10, 110), tables("c"));
        assert_eq!(book.older_than(10, i64::MAX), tables("c"));
        assert_eq!((book.created("a"), book.created("c")), (None, Some(100)));
    }

    #[test]
    fn records_outlive_a_restart() {
        let book = Book::open(&tables("a b"), [("b".to_owned(), 5), ("gone".to_owned(), 1)]);
        assert_eq!(book.older_than(10, 100), tables("b"));
    }

    #[test]
    fn a_table_that_comes_again_is_new() {
        let mut book = Book::open(&[], []);
        assert_eq!(book.look(&tables("a"), 1).came, tables("a"));
        assert_eq!(book.look(&[], 50).went, tables("a"));
        assert_eq!(book.look(&tables("a"), 60).came, tables("a"));
        assert_eq!(book.created("a"), Some(60));
        // Even one that was there before.
        let mut book = Book::open(&tables("a"), []);
        book.look(&[], 1);
        book.look(&tables("a"), 2);
        assert_eq!(book.created("a"), Some(2));
    }

    #[test]
    fn a_clock_that_goes_back_drops_nothing() {
        let mut book = Book::open(&[], []);
        book.look(&tables("a"), 1000);
        assert_eq!(book.older_than(10, 5), tables(""));
    }
}
