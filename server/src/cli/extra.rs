//! Commands that plugins add: found by their first word, and shown among ours by `datasette --help`.
//!
//! Loading plugins takes longer than most commands. So it is done for words that could be the name of a
//! command and are none of ours, and never for `datasette data.db`.

use std::ffi::OsString;
use std::path::Path;

use clap::{Arg, ArgAction, CommandFactory as _};
use datasette_plugin_api::CommandArg;

use crate::options::{CommandError, Machinery, PluginCommand, PluginCommands};

use super::error::{CliError, Result};
use super::{COMMANDS, Cli, World, serve};

/// Runs the command of a plugin, or shows the help with all commands. Nothing if the words are for somebody else.
pub(super) fn dispatch<M: Machinery>(world: &mut World<'_, M>, words: &[OsString]) -> Result<Option<u8>> {
    let Some(first) = words.get(1).and_then(|word| word.to_str()) else { return Ok(None) };
    if first == "--help" {
        return help(world).map(Some);
    }
    if !is_name(first) || COMMANDS.contains(&first) {
        return Ok(None);
    }
    let found = commands(world)?;
    let Some(command) = found.commands.iter().find(|command| command.name == first) else {
        // A missing plugin is what a missing command is about; a file that is there is not missed.
        if !Path::new(first).exists() {
            tell(world, &found.problems)?;
        }
        return Ok(None);
    };
    check(&found.commands, &COMMANDS)?;
    run(world, "datasette", command, words.get(2..).unwrap_or_default()).map(Some)
}

/// What plugins add; reasons why some add nothing are in it.
pub(super) fn commands<M: Machinery>(world: &World<'_, M>) -> Result<PluginCommands> {
    // As a site without words would be: a command may ask it.
    let options = serve::options(world, serve::Args::default())?;
    Ok(world.machinery.commands(&options)?)
}

/// Lower-case letters, digits, `-` and `_`: no file of a database is called so.
fn is_name(word: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    !word.is_empty() && !word.starts_with('-') && word.bytes().all(fits)
}

/// No command may stand in front of another: neither of one of ours, nor of another plugin's.
pub(super) fn check(commands: &[PluginCommand], ours: &[&str]) -> Result<()> {
    for (place, command) in commands.iter().enumerate() {
        let PluginCommand { plugin, name, .. } = command;
        let other = commands.iter().take(place).find(|other| other.name == *name);
        let reason = if !is_name(name) {
            "which can't be typed; names are lower-case letters, digits, - and _".to_owned()
        } else if ours.contains(&name.as_str()) {
            "which datasette has itself".to_owned()
        } else if let Some(other) = other {
            format!("which plugin {} adds, too", other.plugin)
        } else {
            continue;
        };
        return Err(CliError::failed(format!(
            "plugin {plugin} adds the command {name:?}, {reason}. Rename it, or remove the plugin"
        )));
    }
    Ok(())
}

pub(super) fn tell<M>(world: &mut World<'_, M>, problems: &[String]) -> Result<()> {
    problems.iter().try_for_each(|problem| Ok(writeln!(world.err, "Warning: {problem}")?))
}

/// Runs it with the words behind its name; `parent` stands before that.
pub(super) fn run<M>(
    world: &mut World<'_, M>,
    parent: &str,
    command: &PluginCommand,
    words: &[OsString],
) -> Result<u8> {
    let path = format!("{parent} {}", command.name);
    let usage = |message: String| {
        let usage = page(parent, command).render_usage().to_string().trim_end().to_owned();
        CliError::UsageOf { usage, path: path.clone(), message }
    };
    let words: Option<Vec<String>> = words.iter().map(|word| Some(word.to_str()?.to_owned())).collect();
    let words = words.ok_or_else(|| usage("The words of a command have to be UTF-8".to_owned()))?;
    if words.iter().take_while(|word| *word != "--").any(|word| word == "--help") {
        return Err(CliError::Help(page(parent, command).render_help().to_string()));
    }
    // What was said so far comes first: the plugin writes to the same places.
    world.out.flush()?;
    match (command.run)(&words) {
        // What is no exit code of a program is a failure.
        Ok(code) => Ok(u8::try_from(code).unwrap_or(1)),
        Err(CommandError::Usage(message)) => Err(usage(message)),
        Err(CommandError::Failed(message)) => Err(CliError::failed(message)),
    }
}

/// `datasette --help`, with the plugins' commands among ours.
fn help<M: Machinery>(world: &mut World<'_, M>) -> Result<u8> {
    let found = commands(world)?;
    let cli = found.commands.iter().fold(Cli::command(), |cli, command| {
        let is_ours = cli.find_subcommand(&command.name).is_some();
        if is_ours { cli } else { cli.subcommand(page("datasette", command)) }
    });
    write!(world.out, "{}", by_name(cli).render_help())?;
    tell(world, &found.problems)?;
    check(&found.commands, &COMMANDS)?;
    Ok(0)
}

/// With its commands in the order of the alphabet.
pub(super) fn by_name(command: clap::Command) -> clap::Command {
    command.mut_subcommands(|command| command.display_order(0))
}

/// The command as the library for command lines knows it, for its help.
pub(super) fn page(parent: &str, command: &PluginCommand) -> clap::Command {
    let page = clap::Command::new(command.name.clone())
        .bin_name(format!("{parent} {}", command.name))
        .about(command.about.clone())
        .disable_help_flag(true)
        .max_term_width(100);
    let page = command.args.iter().fold(page, |page, given| page.arg(argument(given)));
    page.arg(Arg::new("help").long("help").help("Show this message and exit").action(ArgAction::Help))
}

fn argument(given: &CommandArg) -> Arg {
    let long = given.name.trim_start_matches('-');
    let mut help = given.help.clone();
    if !given.choices.is_empty() {
        help = format!("{help} [{}]", given.choices.join(", "));
    }
    if let Some(default) = given.default.as_ref().filter(|_| given.takes_value) {
        help = format!("{help} [default: {default}]");
    }
    let arg = Arg::new(given.name.clone()).help(help).required(given.required);
    let arg = match given.short {
        Some(letter) => arg.short(letter),
        None => arg,
    };
    if !given.is_option() {
        let name =
            if given.value_names.is_empty() { vec![given.name.clone()] } else { given.value_names.clone() };
        let action = if given.multiple { ArgAction::Append } else { ArgAction::Set };
        let arg = arg.value_names(name).action(action);
        return if given.multiple { arg.num_args(1..) } else { arg };
    }
    let arg = arg.long(long.to_owned());
    if !given.takes_value {
        return arg.action(ArgAction::SetTrue);
    }
    let names =
        if given.value_names.is_empty() { vec!["TEXT".to_owned()] } else { given.value_names.clone() };
    let action = if given.multiple { ArgAction::Append } else { ArgAction::Set };
    arg.num_args(names.len()).value_names(names).action(action)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(plugin: &str, name: &str) -> PluginCommand {
        PluginCommand {
            plugin: plugin.to_owned(),
            name: name.to_owned(),
            about: "Does it".to_owned(),
            args: vec![
                CommandArg::positional("FILES", "Database files").multiple(),
                CommandArg::option("--secret", "Three").short('s').multiple().value_names(&["A", "B", "C"]),
                CommandArg::option("--cpu", "How many").choices(&["1", "2"]).default("1"),
                CommandArg::flag("--loud", "Shout"),
            ],
            run: Box::new(|_| Ok(0)),
        }
    }

    #[test]
    fn files_are_not_taken_for_commands() {
        assert!(["shout", "a-b_2"].into_iter().all(is_name));
        assert!(!["data.db", "./shout", "--memory", "-i", "", "Ä", "a b"].into_iter().any(is_name));
    }

    #[test]
    fn a_command_can_be_added_once() {
        let problem = |commands: &[PluginCommand]| match check(commands, &COMMANDS) {
            Err(CliError::Failed(error)) => error.message,
            other => format!("{other:?}"),
        };
        assert_eq!(problem(&[command("p", "a"), command("q", "b")]), "Ok(())");
        assert!(
            problem(&[command("p", "serve")])
                .starts_with("plugin p adds the command \"serve\", which datasette has")
        );
        assert!(
            problem(&[command("p", "a"), command("q", "a")])
                .contains("plugin q adds the command \"a\", which plugin p")
        );
        assert!(problem(&[command("p", "A b")]).contains("can't be typed"));
    }

    #[test]
    fn help_shows_what_a_command_takes() {
        let help = page("datasette publish", &command("p", "it")).render_help().to_string();
        for line in [
            "Usage: datasette publish it [OPTIONS] [FILES]...",
            "[FILES]...  Database files",
            "-s, --secret <A> <B> <C>  Three",
            "--cpu <TEXT>          How many [1, 2] [default: 1]",
            "--loud                Shout",
            "--help                Show this message and exit",
        ] {
            assert!(help.contains(line), "{line:?} is not in {help}");
        }
    }
}
