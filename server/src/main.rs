//! The program: words in, exit code out. Everything else is in the library.

fn main() -> std::process::ExitCode {
    datasette::main()
}
