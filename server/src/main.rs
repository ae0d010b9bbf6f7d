//! The program: words in, exit code out. Everything else is in the library.

/// Pages are made of many short-lived strings, on several threads at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    datasette::main()
}
