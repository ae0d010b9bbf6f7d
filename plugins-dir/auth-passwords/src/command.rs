//! `datasette hash-password`: the hash of a password, for the configuration.

use std::io::{self, BufRead as _, IsTerminal as _};

use datasette_plugin_api::{Command, Result};

use crate::hash;

pub(crate) fn hash_password() -> Command {
    Command::with_args(
        "hash-password",
        "Make the hash of a password, for datasette-auth-passwords",
        Vec::new(),
        |_| {
            println!("{}", hash::hash(&password()?)?);
            Ok(0)
        },
    )
}

/// From a person, twice and unseen; from a program, a line.
fn password() -> Result<String> {
    let password = if io::stdin().is_terminal() {
        let first = rpassword::prompt_password("Password: ")?;
        if rpassword::prompt_password("The same again: ")? != first {
            return Err("the passwords are not the same".into());
        }
        first
    } else {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    if password.is_empty() { Err("there is no password to hash".into()) } else { Ok(password) }
}
