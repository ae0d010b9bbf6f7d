//! Any query string makes SQL that SQLite understands, or is refused.
#![no_main]

use std::sync::LazyLock;

use datasette::fuzz::Playground;
use libfuzzer_sys::fuzz_target;

static PLAYGROUND: LazyLock<Playground> = LazyLock::new(Playground::new);

fuzz_target!(|input: &[u8]| PLAYGROUND.page(input));
