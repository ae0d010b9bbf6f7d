//! What a site of 4,000 tables takes to answer: permissions are asked about one of them, or all.
//!
//! `cargo bench -p datasette --bench wide`. The built-in plugins have to be built: `cargo build --release`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use datasette::bench::Served;

fn wide(criterion: &mut Criterion) {
    for tables in [10, 4000] {
        let site = match Served::wide(tables) {
            Ok(site) => site,
            Err(error) => panic!("{error}"),
        };
        let mut group = criterion.benchmark_group(format!("{tables} tables"));
        group.sample_size(20);
        for (what, target) in [
            ("a table", "/wide/t7.json"),
            ("one permission", "/-/check.json?action=view-table&parent=wide&child=t7"),
            ("a page of what is allowed", "/-/allowed.json?action=view-table&_size=200"),
            ("the home page", "/"),
            ("search", "/-/jump.json?q=t7"),
        ] {
            assert_eq!(site.get(target).0, 200, "{target}");
            group.bench_function(what, |bencher| bencher.iter(|| black_box(site.get(target))));
        }
        group.finish();
    }
}

criterion_group!(benches, wide);
criterion_main!(benches);
