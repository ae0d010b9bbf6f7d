//! `datasette install`: prebuilt plugins, from an index, an address or a file.

use std::path::PathBuf;

use clap::ArgAction;

use crate::installing::{
    self, Order, Sources, State, Wanted, is_our_target, is_triple, normal_name, our_target,
    read_requirements, upgradable,
};
use crate::options::Machinery;

use super::World;
use super::error::{CliError, Result};
use super::installing::{IndexArgs, PlaceArgs, Terminal, print_changes, told_as};

const COMMAND: &str = "install";

/// Install prebuilt plugins
///
/// A name is looked for in an index (--index); an archive or a library is installed by its path, an archive on the web by
/// its address.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true, args_override_self = true)]
pub(super) struct Args {
    /// Names such as hello, hello==1.2.3 or 'hello>=1,<2'; paths such as ./hello.tar.gz; addresses
    #[arg(value_name = "PLUGINS")]
    plugins: Vec<String>,

    /// Take the newest version; without names, of everything that came from an index
    #[arg(short = 'U', long)]
    upgrade: bool,

    /// Install what the lines of a file say: all of it or nothing
    #[arg(short, long = "requirement", value_name = "FILE")]
    requirements: Vec<PathBuf>,

    /// Link the library that cargo builds of a crate there, for development
    #[arg(short, long, value_name = "PATH")]
    editable: Vec<PathBuf>,

    #[command(flatten)]
    index: IndexArgs,

    #[command(flatten)]
    place: PlaceArgs,

    /// What the sha256 of the one file or address has to be
    #[arg(long, value_name = "HEX")]
    sha256: Option<String>,

    /// With --download-only: for which machines, as x86_64-unknown-linux-gnu
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,

    /// Put the archives into a folder, and install nothing
    #[arg(long, value_name = "DIRECTORY")]
    download_only: Option<PathBuf>,

    /// Refuse what is not named with its version and its hash
    #[arg(long)]
    locked: bool,

    /// Refuse what no trusted key has signed
    #[arg(long)]
    require_signed: bool,

    /// Say what would be installed, and install nothing
    #[arg(long)]
    dry_run: bool,

    /// Write what was done as JSON
    #[arg(long)]
    json: bool,

    /// Do not ask: install what nobody vouches for, too
    #[arg(short, long)]
    yes: bool,

    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

pub(super) fn run<M: Machinery>(world: &mut World<'_, M>, args: Args) -> Result<u8> {
    let place = args.place.place(world)?;
    let keys = args.index.keys(COMMAND)?;
    let state = told_as(world, COMMAND, args.json, State::read(&place))?;
    let order = order(world, &args, &state);
    let order = match order {
        Err(OrderError::Words(error)) => return Err(error),
        Err(OrderError::Installing(error)) => told_as(world, COMMAND, args.json, Err(error))?,
        Ok(order) => order,
    };
    let names: Vec<String> = match args.upgrade && args.plugins.is_empty() {
        true => state.plugins.keys().cloned().collect(),
        false => args.plugins.iter().filter_map(|word| normal_name(name_of(word)).ok()).collect(),
    };
    let addresses = args.index.addresses(world, COMMAND, &state, &names)?;
    let machinery = world.machinery;
    let outcome = {
        let terminal = Terminal::new(world.err, args.yes);
        Sources::new(&place, &keys, args.index.offline, &terminal).and_then(|mut sources| {
            installing::install(&place, machinery.libraries(), &mut sources, addresses, &order)
        })
    };
    let changes = told_as(world, COMMAND, args.json, outcome)?;
    if changes.is_empty() && !args.json {
        writeln!(world.out, "Everything is installed as asked for")?;
    }
    print_changes(world, &changes, args.json)?;
    Ok(0)
}

enum OrderError {
    Words(CliError),
    Installing(installing::Error),
}

impl From<installing::Error> for OrderError {
    fn from(error: installing::Error) -> Self {
        Self::Installing(error)
    }
}

fn order<M>(world: &mut World<'_, M>, args: &Args, state: &State) -> Result<Order, OrderError> {
    let usage = |message: String| OrderError::Words(CliError::usage(COMMAND, message));
    if args.plugins.is_empty() && args.requirements.is_empty() && args.editable.is_empty() && !args.upgrade {
        return Err(usage("Please specify at least one package to install".to_owned()));
    }
    let target = args.target.clone().unwrap_or_else(our_target);
    if !is_triple(&target) {
        return Err(usage(format!(
            "Invalid value for '--target': '{target}' is no target like {}",
            our_target()
        )));
    }
    if !is_our_target(&target) && args.download_only.is_none() && !args.dry_run {
        return Err(usage(format!(
            "Invalid value for '--target': this is {}, so what is for {target} can only be fetched: --download-only",
            our_target()
        )));
    }
    let mut wanted = args.plugins.iter().map(|word| Wanted::parse(word)).collect::<Result<Vec<_>, _>>()?;
    if let Some(hash) = &args.sha256 {
        let [one] = wanted.as_mut_slice() else {
            return Err(usage(
                "--sha256 is about one plugin; in a file for -r each may have its own".to_owned(),
            ));
        };
        *one = one.clone().with_hash(hash)?;
    }
    let mut editable = args.editable.clone();
    for file in &args.requirements {
        let (more, links) = read_requirements(file)?;
        wanted.extend(more);
        editable.extend(links);
    }
    if args.upgrade && wanted.is_empty() && editable.is_empty() && args.requirements.is_empty() {
        let (all, others) = upgradable(state);
        for name in others {
            let _ =
                writeln!(world.err, "{name} did not come from an index; install its newer version by hand");
        }
        wanted = all;
    }
    Ok(Order {
        wanted,
        editable,
        upgrade: args.upgrade,
        target,
        download_only: args.download_only.clone(),
        locked: args.locked,
        dry_run: args.dry_run,
        require_signed: args.require_signed,
    })
}

/// `hello` of `hello>=1`.
fn name_of(word: &str) -> &str {
    word.split(['=', '!', '<', '>', '~']).next().unwrap_or_default().trim()
}
