//! `datasette plugin new`: a crate that is a plugin already, to change into one's own.

use std::path::{Path, PathBuf};

use clap::ArgAction;

use crate::cli::World;
use crate::cli::error::{CliError, Result};
use crate::cli::serve::reason;

/// Start a new plugin: a crate that builds, with a page, a SQL function and tests
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(super) struct Args {
    /// Name of the plugin: lower-case letters, digits and -, such as datasette-shout
    name: String,

    /// Folder to make it in [default: the name, here]
    #[arg(long, value_name = "PATH")]
    dir: Option<PathBuf>,

    /// Folder of datasette-plugin-api, to build with that instead of a released version
    #[arg(long, value_name = "PATH")]
    api_path: Option<PathBuf>,

    /// Show this message and exit
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

/// Path in the new folder, and text with `{{words}}` to be replaced.
const FILES: [(&str, &str); 4] = [
    ("Cargo.toml", include_str!("template/Cargo.toml.txt")),
    ("src/lib.rs", include_str!("template/src/lib.rs.txt")),
    ("README.md", include_str!("template/README.md.txt")),
    (".gitignore", "/target\n"),
];

pub(super) fn run<M>(world: &mut World<'_, M>, args: Args) -> Result<u8> {
    let name = args.name.as_str();
    check_name(name)?;
    let folder = args.dir.unwrap_or_else(|| name.into());
    check_free(&folder)?;
    let api = api(args.api_path.as_deref())?;
    for (path, template) in FILES {
        write(&folder.join(path), &filled(template, name, &api))?;
    }
    let (shown, library) = (folder.display(), library(name));
    writeln!(
        world.out,
        "Made the plugin {name} in {shown}\n\n\
         Build it, and see it at work:\n\n    \
         cd {shown}\n    \
         cargo test\n    \
         cargo build --release\n    \
         datasette --memory --plugins-dir target/release --reload\n\n\
         Then open http://127.0.0.1:8001/-/{slug}, and change src/lib.rs: after each cargo build --release\n\
         the server starts again with the new {library}.",
        slug = slug(name),
    )?;
    Ok(0)
}

/// The name is that of a crate, a library and a plugin.
fn check_name(name: &str) -> Result<()> {
    let wrong =
        |reason: &str| Err(CliError::usage("plugin", format!("Invalid value for 'NAME': {name:?} {reason}")));
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    if !name.bytes().all(fits) || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        return wrong(
            "is no name for a plugin; begin with a letter, and go on with lower-case letters, digits and -",
        );
    }
    if name.len() > 64 {
        return wrong("is too long; 64 characters are enough");
    }
    if name.ends_with(['-', '_']) || name.contains("--") {
        return wrong("has a - that separates nothing");
    }
    if TAKEN.contains(&name) {
        return wrong("means something else to Rust or to datasette; choose another");
    }
    Ok(())
}

/// Crates of that name don't build, or hide what the plugin needs.
#[rustfmt::skip]
const TAKEN: [&str; 52] = [
    "abstract", "alloc", "as", "async", "await", "become", "box", "break", "const", "continue", "core", "crate",
    "datasette", "datasette-plugin-api", "datasette_plugin_api", "do", "dyn", "else", "enum", "extern", "false",
    "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override",
    "priv", "proc-macro", "pub", "ref", "return", "self", "static", "std", "struct", "super", "test", "trait", "true",
    "type", "unsafe", "use",
];

fn check_free(folder: &Path) -> Result<()> {
    let shown = folder.display();
    match std::fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(CliError::failed(format!(
            "{shown} exists and is not empty; choose another folder with --dir"
        ))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(CliError::failed(format!(
            "{shown} can't be used: {}; choose another folder with --dir",
            reason(&error)
        ))),
    }
}

/// The value of the dependency.
fn api(path: Option<&Path>) -> Result<String> {
    let Some(path) = path else {
        let version = datasette_plugin_api::API_VERSION;
        let minor = version.rsplit_once('.').map_or(version, |(minor, _)| minor);
        return Ok(format!("\"{minor}\""));
    };
    let wrong = |why: &str| {
        CliError::usage("plugin", format!("Invalid value for '--api-path': {} {why}", path.display()))
    };
    let manifest =
        std::fs::read_to_string(path.join("Cargo.toml")).map_err(|_| wrong("has no Cargo.toml"))?;
    if !manifest.contains("name = \"datasette-plugin-api\"") {
        return Err(wrong("is not the folder of datasette-plugin-api"));
    }
    let path = std::path::absolute(path).map_err(|error| wrong(&reason(&error)))?;
    // A string of JSON is one of TOML, too.
    Ok(format!("{{ path = {} }}", serde_json::Value::from(path.display().to_string())))
}

fn filled(template: &str, name: &str, api: &str) -> String {
    let replacements = [
        ("{{name}}", name.to_owned()),
        ("{{api}}", api.to_owned()),
        ("{{slug}}", slug(name).to_owned()),
        ("{{function}}", slug(name).replace('-', "_")),
        ("{{Type}}", type_name(name)),
        ("{{library}}", library(name)),
    ];
    replacements.iter().fold(template.to_owned(), |text, (word, value)| text.replace(word, value))
}

/// `datasette-shout` is about shouting.
fn slug(name: &str) -> &str {
    let short = name.strip_prefix("datasette-").or_else(|| name.strip_prefix("datasette_")).unwrap_or(name);
    if short.starts_with(|first: char| first.is_ascii_lowercase()) { short } else { name }
}

/// `ShoutPlugin`: nothing that the plugin API has is called so.
fn type_name(name: &str) -> String {
    let capital = |part: &str| {
        let mut letters = part.chars();
        letters
            .next()
            .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
            .unwrap_or_default()
    };
    format!("{}Plugin", slug(name).split(['-', '_']).map(capital).collect::<String>())
}

fn library(name: &str) -> String {
    let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    format!("{prefix}{}{suffix}", name.replace('-', "_"))
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, text)).map_err(|error| {
        CliError::failed(format!("{} can't be written: {}; check its folder", path.display(), reason(&error)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_crates() {
        for name in ["shout", "datasette-shout", "a1_b-2"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in [
            "",
            "Shout",
            "2fast",
            "-a",
            "a-",
            "a--b",
            "a b",
            "../a",
            "a/b",
            "a.b",
            "ünder",
            "self",
            "datasette",
        ] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert!(check_name(&"a".repeat(65)).is_err());
    }

    #[test]
    fn names_are_made_of_the_name() {
        assert_eq!(
            (slug("datasette-my-map"), type_name("datasette-my-map").as_str()),
            ("my-map", "MyMapPlugin")
        );
        assert_eq!((slug("datasette-2fa"), type_name("plugin").as_str()), ("datasette-2fa", "PluginPlugin"));
        assert!(library("datasette-my-map").contains("datasette_my_map"));
    }

    #[test]
    fn templates_leave_nothing_open() {
        for (path, template) in FILES {
            let text = filled(template, "datasette-shout", "\"1.0\"");
            assert!(!text.contains("{{") || path.ends_with("lib.rs"), "{path}: {text}");
            for word in ["{{name}}", "{{api}}", "{{slug}}", "{{function}}", "{{Type}}", "{{library}}"] {
                assert!(!text.contains(word), "{path}: {word}");
            }
        }
    }
}
