//! Clap's complaints in the words people know from Datasette, so that scripts and searches find them.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Error};

use super::error::CliError;
use super::{COMMANDS, Cli};

/// `Usage: datasette serve [OPTIONS] [FILES]...`
pub(super) fn line(command: &str) -> String {
    let mut cli = Cli::command();
    cli.build();
    let usage = match cli.find_subcommand_mut(command) {
        Some(subcommand) => subcommand.render_usage(),
        None => cli.render_usage(),
    };
    usage.to_string().trim_end().to_owned()
}

pub(super) fn adapt(error: Error, words: &[OsString]) -> CliError {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand) {
        return CliError::Help(error.render().to_string());
    }
    let named = words.get(1).and_then(|word| word.to_str());
    let command = COMMANDS.into_iter().find(|command| Some(*command) == named).unwrap_or_default();
    CliError::usage(command, message(&error))
}

fn message(error: &Error) -> String {
    let argument = text(error, ContextKind::InvalidArg);
    // As clap writes it: `--setting <NAME> <VALUE>`, `--port <PORT>`, `<ID>`.
    let option = argument.split(" <").next().unwrap_or_default().to_owned();
    match error.kind() {
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            let hint = text(error, ContextKind::SuggestedArg);
            let hint = if hint.is_empty() { String::new() } else { format!(" Did you mean {hint}?") };
            format!("No such option: {option}{hint}")
        }
        ErrorKind::UnknownArgument => format!("Got unexpected extra argument ({argument})"),
        ErrorKind::InvalidSubcommand => {
            let hint = text(error, ContextKind::SuggestedSubcommand);
            let hint = if hint.is_empty() { String::new() } else { format!(". Did you mean {hint}?") };
            format!("Got unexpected extra argument ({}){hint}", text(error, ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingRequiredArgument if option.starts_with('-') => {
            format!("Missing option '{option}'.")
        }
        ErrorKind::MissingRequiredArgument => {
            format!("Missing argument '{}'.", argument.trim_matches(['<', '>', '.', '[', ']']))
        }
        ErrorKind::WrongNumberOfValues => {
            let wanted = argument.matches(" <").count();
            format!("Option '{option}' requires {wanted} arguments.")
        }
        ErrorKind::InvalidValue | ErrorKind::NoEquals
            if text(error, ContextKind::InvalidValue).is_empty() =>
        {
            format!("Option '{option}' requires an argument.")
        }
        ErrorKind::TooManyValues => format!("Option '{option}' does not take a value."),
        ErrorKind::InvalidUtf8 => "The words of a command have to be UTF-8".to_owned(),
        _ => {
            let text = error.render().to_string();
            let first = text.lines().next().unwrap_or_default();
            first.strip_prefix("error: ").unwrap_or(first).to_owned()
        }
    }
}

fn text(error: &Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.first().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}
