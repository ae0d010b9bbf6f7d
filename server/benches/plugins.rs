//! What a plugin costs that has nothing to do: a hook that it does not have, and cells that it does not want.
//!
//! `cargo bench -p datasette --bench plugins`. The plugin is a real library, loaded as the server loads it.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use datasette::bench::Calls;

fn plugins(criterion: &mut Criterion) {
    let Some(calls) = Calls::load() else {
        eprintln!(
            "SKIPPED: the library of the examples does not lie beside this program; build the tests first"
        );
        return;
    };
    let mut group = criterion.benchmark_group("plugins");
    let arguments = calls.arguments();
    group.bench_function("a hook it does not have", |bencher| {
        bencher.iter(|| black_box(&calls).absent(black_box(&arguments)));
    });
    group.throughput(Throughput::Elements(calls.cells() as u64));
    group.bench_function("cells it does not want", |bencher| bencher.iter(|| black_box(&calls).cells()));
    group.finish();
}

criterion_group!(benches, plugins);
criterion_main!(benches);
