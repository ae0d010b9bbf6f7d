//! What a plugin costs that has nothing to do: a hook that it does not have, and cells that it does not want.
//!
//! `cargo bench -p datasette --bench plugins`. The plugin is a real library, loaded as the server loads it.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use datasette::bench::Calls;

fn plugins(criterion: &mut Criterion) {
    let calls = match Calls::load() {
        Ok(calls) => calls,
        Err(error) => panic!("{error}"),
    };
    let mut group = criterion.benchmark_group("plugins");
    assert_eq!(calls.absent(), 0, "it does not have that hook");
    group.bench_function("nothing, to be taken off", |bencher| bencher.iter(|| black_box(&calls).nothing()));
    group.bench_function("a hook it does not have", |bencher| bencher.iter(|| black_box(&calls).absent()));
    assert_eq!(calls.cells(), 600, "it wants none of them");
    group.throughput(Throughput::Elements(600));
    group.bench_function("cells it does not want", |bencher| bencher.iter(|| black_box(&calls).cells()));
    group.finish();
}

criterion_group!(benches, plugins);
criterion_main!(benches);
