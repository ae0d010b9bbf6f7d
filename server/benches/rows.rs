//! How long a page's rows take on their way from SQLite's values to the bytes of the answer.
//!
//! `cargo bench -p datasette`; compare with `--save-baseline` and `--baseline`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use datasette::bench::Sample;

fn rows(criterion: &mut Criterion) {
    for count in [100, 1000] {
        let sample = match Sample::new(count) {
            Ok(sample) => sample,
            Err(error) => panic!("{error}"),
        };
        let mut group = criterion.benchmark_group(format!("{count} rows"));
        group.throughput(Throughput::Bytes(sample.json() as u64));
        group.bench_function("to JSON", |bencher| bencher.iter(|| black_box(&sample).json()));
        group.throughput(Throughput::Bytes(sample.html() as u64));
        group.bench_function("to HTML", |bencher| bencher.iter(|| black_box(&sample).html()));
        group.finish();
    }
}

criterion_group!(benches, rows);
criterion_main!(benches);
