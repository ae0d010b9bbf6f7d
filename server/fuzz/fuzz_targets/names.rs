//! Any name survives the way through URLs and SQL.
#![no_main]

use std::sync::LazyLock;

use datasette::fuzz::Playground;
use libfuzzer_sys::fuzz_target;

static PLAYGROUND: LazyLock<Playground> = LazyLock::new(Playground::new);

fuzz_target!(|input: &[u8]| PLAYGROUND.name(input));
