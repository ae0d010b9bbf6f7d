//! The words behind a command's name, sorted by its arguments.

use std::collections::{HashMap, HashSet};

use super::CommandArg;
use crate::{Error, Result};

/// What was given to a command.
///
/// ```
/// # use datasette_plugin_api::{CommandArg, CommandLine};
/// let args = [
///     CommandArg::positional("FILES", "Database files").multiple(),
///     CommandArg::option("--tag", "Name of it").short('t').default("latest"),
///     CommandArg::flag("--quiet", "Say nothing"),
/// ];
/// let words = ["a.db", "--quiet", "b.db"].map(str::to_owned);
/// let given = CommandLine::read(&args, &words).unwrap();
/// assert_eq!(given.values("FILES"), ["a.db", "b.db"]);
/// assert_eq!((given.value("--tag"), given.is_given("--quiet")), (Some("latest"), true));
/// assert_eq!(CommandLine::read(&args, &["--loud".to_owned()]).unwrap_err().message, "No such option: --loud");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandLine {
    values: HashMap<String, Vec<String>>,
    /// What was said, and is not only a default.
    given: HashSet<String>,
}

impl CommandLine {
    /// Sorts the words. The error is of the kind [`BadRequest`](crate::ErrorKind::BadRequest), which commands pass on.
    pub fn read(args: &[CommandArg], words: &[String]) -> Result<Self> {
        let mut line = Self::default();
        let mut positional = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                positional.extend(words.by_ref().cloned());
            } else if word.len() > 1 && word.starts_with('-') {
                line.option(args, word, &mut words)?;
            } else {
                positional.push(word.clone());
            }
        }
        line.places(args, positional)?;
        line.complete(args)?;
        Ok(line)
    }

    /// The value of an argument, by its name as in [`CommandArg::name`]; the last if there are several.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values(name).last().map(String::as_str)
    }

    /// All values of an argument, in order. Those of an option that takes several words each time stand in a row.
    pub fn values(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether it was given: the way to ask for a flag.
    pub fn is_given(&self, name: &str) -> bool {
        self.given.contains(name)
    }

    /// `--name value`, `--name=value`, `-n value`, `-nvalue`.
    fn option<'a>(
        &mut self,
        args: &[CommandArg],
        word: &str,
        rest: &mut impl Iterator<Item = &'a String>,
    ) -> Result<()> {
        let (arg, shown, attached) = find(args, word)?;
        let wanted = arg.words();
        let mut values: Vec<String> = attached.map(str::to_owned).into_iter().collect();
        if values.len() > wanted {
            return Err(wrong(format!("Option '{shown}' does not take a value.")));
        }
        values.extend(rest.take(wanted - values.len()).cloned());
        if values.len() < wanted {
            let arguments =
                if wanted == 1 { "an argument".to_owned() } else { format!("{wanted} arguments") };
            return Err(wrong(format!("Option '{shown}' requires {arguments}.")));
        }
        self.put(arg, values)
    }

    fn places(&mut self, args: &[CommandArg], words: Vec<String>) -> Result<()> {
        let mut words = words.into_iter();
        for arg in args.iter().filter(|arg| !arg.is_option()) {
            let taken: Vec<String> =
                if arg.multiple { words.by_ref().collect() } else { words.by_ref().take(1).collect() };
            for value in taken {
                self.put(arg, vec![value])?;
            }
        }
        let more: Vec<String> = words.collect();
        match more.as_slice() {
            [] => Ok(()),
            [one] => Err(wrong(format!("Got unexpected extra argument ({one})"))),
            more => Err(wrong(format!("Got unexpected extra arguments ({})", more.join(" ")))),
        }
    }

    fn put(&mut self, arg: &CommandArg, values: Vec<String>) -> Result<()> {
        if let Some(value) =
            values.iter().find(|value| !arg.choices.is_empty() && !arg.choices.contains(value))
        {
            let choices: Vec<String> = arg.choices.iter().map(|choice| format!("'{choice}'")).collect();
            let choices = choices.join(", ");
            return Err(wrong(format!(
                "Invalid value for '{}': '{value}' is not one of {choices}.",
                arg.name
            )));
        }
        self.given.insert(arg.name.clone());
        let all = self.values.entry(arg.name.clone()).or_default();
        if !arg.multiple {
            all.clear();
        }
        all.extend(values);
        Ok(())
    }

    fn complete(&mut self, args: &[CommandArg]) -> Result<()> {
        for arg in args.iter().filter(|arg| !self.given.contains(&arg.name)) {
            if arg.required {
                let what = if arg.is_option() { "option" } else { "argument" };
                return Err(wrong(format!("Missing {what} '{}'.", arg.name)));
            }
            if let Some(default) = &arg.default {
                self.values.insert(arg.name.clone(), vec![default.clone()]);
            }
        }
        Ok(())
    }
}

/// The option that a word means, as it was written, and what is attached to it.
fn find<'a, 'w>(args: &'a [CommandArg], word: &'w str) -> Result<(&'a CommandArg, &'w str, Option<&'w str>)> {
    let unknown = |shown: &str| wrong(format!("No such option: {shown}"));
    if word.starts_with("--") {
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        let arg = args.iter().find(|arg| arg.name == name).ok_or_else(|| unknown(name))?;
        return Ok((arg, name, value));
    }
    let letter = word.chars().nth(1);
    let (shown, value) = word.split_at(1 + letter.map_or(0, char::len_utf8));
    let arg = args.iter().find(|arg| arg.short.is_some() && arg.short == letter);
    Ok((arg.ok_or_else(|| unknown(shown))?, shown, (!value.is_empty()).then_some(value)))
}

fn wrong(message: String) -> Error {
    Error::bad_request(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> Vec<CommandArg> {
        vec![
            CommandArg::positional("NAME", "A name").required(),
            CommandArg::positional("FILES", "Files").multiple(),
            CommandArg::option("--port", "A port").short('p').default("8001"),
            CommandArg::option("--secret", "Three words").multiple().value_names(&["A", "B", "C"]),
            CommandArg::option("--cpu", "How many").choices(&["1", "2"]),
            CommandArg::flag("--quiet", "Say nothing").short('q'),
        ]
    }

    fn read(words: &str) -> Result<CommandLine> {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        CommandLine::read(&args(), &words)
    }

    #[track_caller]
    fn check_error(words: &str, message: &str) {
        assert_eq!(read(words).unwrap_err(), Error::bad_request(message));
    }

    #[test]
    fn words_go_where_they_belong() {
        let line = read("me -p80 a.db --secret x y z -q --secret 1 2 3 -- -b.db").unwrap();
        assert_eq!((line.value("NAME"), line.value("--port")), (Some("me"), Some("80")));
        assert_eq!(line.values("FILES"), ["a.db", "-b.db"]);
        assert_eq!(line.values("--secret"), ["x", "y", "z", "1", "2", "3"]);
        assert!(line.is_given("--quiet") && !line.is_given("--cpu"));
        let line = read("me --port=1 --port=2 --cpu 2").unwrap();
        assert_eq!((line.value("--port"), line.value("--cpu")), (Some("2"), Some("2")));
        assert_eq!(read("me").unwrap().value("--port"), Some("8001"));
        assert!(!read("me").unwrap().is_given("--port"));
    }

    #[test]
    fn wrong_words_are_explained() {
        check_error("", "Missing argument 'NAME'.");
        check_error("me --nope", "No such option: --nope");
        check_error("me -x1", "No such option: -x");
        check_error("me --port", "Option '--port' requires an argument.");
        check_error("me --secret a b", "Option '--secret' requires 3 arguments.");
        check_error("me --quiet=1", "Option '--quiet' does not take a value.");
        check_error("me --cpu 3", "Invalid value for '--cpu': '3' is not one of '1', '2'.");
        let line = CommandLine::read(&[], &["a".to_owned()]);
        assert_eq!(line.unwrap_err().message, "Got unexpected extra argument (a)");
    }
}
