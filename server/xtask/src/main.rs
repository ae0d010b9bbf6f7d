//! Chores of the project that are programs: `cargo run -p xtask -- dist` makes the archive that is shipped.

mod dist;
mod pages;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Chores of the project
#[derive(Debug, Parser)]
#[command(name = "xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Make target/dist/datasette-VERSION-TRIPLE.tar.gz: the program, its plugins, completions, manual pages
    Dist(DistArgs),
}

#[derive(Debug, clap::Args)]
struct DistArgs {
    /// Profile of cargo to build with
    #[arg(long, default_value = "release")]
    profile: String,

    /// Build for another machine, as cargo build --target does
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,

    /// Where to put the archive [default: target/dist]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,

    /// Leave debugging symbols in
    #[arg(long)]
    no_strip: bool,
}

fn main() -> ExitCode {
    let Cli { chore: Chore::Dist(args) } = Cli::parse();
    match dist::make(&args) {
        Ok(made) => {
            println!("{}", made.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
