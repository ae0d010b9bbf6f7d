//! Files that `install -r` reads: lines as pip writes them, and `datasette plugins lock`.

use std::path::{Path, PathBuf};

use super::error::{Error, Result, plain};
use super::order::Wanted;
use super::state::State;

/// Larger ones are something else.
const LARGEST: u64 = 4 * 1024 * 1024;

/// What a file asks for: plugins, and paths to link. One bad line, and there is nothing.
pub(crate) fn read_requirements(path: &Path) -> Result<(Vec<Wanted>, Vec<PathBuf>)> {
    let shown = path.display();
    let unreadable =
        |error: std::io::Error| Error::usage(format!("'{shown}' can't be read: {}", plain(&error)));
    if std::fs::metadata(path).map_err(unreadable)?.len() > LARGEST {
        return Err(Error::usage(format!("'{shown}' is too large to be a list of plugins")));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    parse(&text).map_err(|(line, why)| {
        Error::failed(format!("Line {line} of {shown}: {why}. Nothing was installed."))
    })
}

/// The error is the number of a line, and what is wrong with it.
fn parse(text: &str) -> Result<(Vec<Wanted>, Vec<PathBuf>), (usize, String)> {
    let (mut wanted, mut editable) = (Vec::new(), Vec::new());
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let mut line = line.to_owned();
        while line.trim_end().ends_with('\\') {
            let kept = line.trim_end().trim_end_matches('\\').len();
            line.truncate(kept);
            line.push(' ');
            line.push_str(lines.next().map_or("", |(_, next)| next));
        }
        let line = without_comment(&line);
        if line.is_empty() {
            continue;
        }
        if let Some(path) = line.strip_prefix("-e ").or_else(|| line.strip_prefix("--editable ")) {
            editable.push(path.trim().into());
            continue;
        }
        wanted.push(one(line).map_err(|why| (number + 1, why))?);
    }
    Ok((wanted, editable))
}

/// A comment begins the line, or follows a space: addresses may have a `#`.
fn without_comment(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with('#') {
        return "";
    }
    line.find(" #").map_or(line, |end| line.get(..end).unwrap_or_default()).trim()
}

fn one(line: &str) -> Result<Wanted, String> {
    if line.starts_with('-') {
        let option = line.split([' ', '=']).next().unwrap_or_default();
        return Err(format!(
            "the option {option} is not understood in a file; give options to datasette install"
        ));
    }
    let mut hashes = Vec::new();
    let mut words = Vec::new();
    for word in line.split_whitespace() {
        if let Some(hash) = word.strip_prefix("--hash=") {
            let hash = hash.strip_prefix("sha256:").ok_or_else(|| format!("'{hash}' is no sha256:…"))?;
            hashes.push(hash.to_owned());
        } else if word.starts_with("--") {
            return Err(format!("{word} is not understood; only --hash=sha256:… may follow"));
        } else {
            words.push(word);
        }
    }
    let mut wanted = Wanted::parse(&words.join(" ")).map_err(|error| error.message)?;
    for hash in hashes {
        wanted = wanted.with_hash(&hash).map_err(|error| error.message)?;
    }
    Ok(wanted)
}

/// What is installed as lines that `install -r --locked` reads. The second: what can't be said in such a line, and why.
pub(crate) fn lock_lines(state: &State) -> (Vec<String>, Vec<String>) {
    let (mut lines, mut left_out) = (Vec::new(), Vec::new());
    for (name, record) in &state.plugins {
        let current = &record.current;
        if current.index().is_some() {
            lines.push(format!("{name}=={} --hash=sha256:{}", current.version, current.sha256));
        } else if let super::state::Source::Url { url } = &current.source {
            lines.push(format!("{url} --hash=sha256:{}", current.sha256));
        } else {
            left_out.push(format!("{name} {} was installed from a file of this machine", current.version));
        }
    }
    (lines, left_out)
}

#[cfg(test)]
mod tests {
    use super::super::state::tests::installed;
    use super::super::state::{Record, Source};
    use super::*;

    #[test]
    fn lines_are_read_as_pip_reads_them() {
        let hash = "ab".repeat(32);
        let text = format!(
            "# plugins\n\nhello==0.1.0 \\\n    --hash=sha256:{hash} --hash=sha256:{}\n  other >= 1, < 2  # why\n\
             https://example.com/x-1.tar.gz#frag\n-e ../mine\n",
            "cd".repeat(32)
        );
        let (wanted, editable) = parse(&text).unwrap();
        assert_eq!(wanted.len(), 3);
        assert_eq!(wanted[0].hashes.len(), 2);
        assert_eq!(wanted[1].requirement().unwrap().to_string(), "other>=1,<2");
        assert_eq!(editable, [PathBuf::from("../mine")]);
    }

    #[test]
    fn a_bad_line_is_named() {
        let check = |text: &str, line: usize, word: &str| {
            let (number, why) = parse(text).unwrap_err();
            assert!(number == line && why.contains(word), "{number}: {why}");
        };
        check("hello\n\nhello==x\n", 3, "no version");
        check("--extra-index-url https://x\n", 1, "--extra-index-url");
        check("hello --hash=md5:aa\n", 1, "no sha256");
        check("a \\\n==x\nhello --frobnicate\n", 1, "no version");
        check("x\nhello --frobnicate\n", 2, "--frobnicate");
    }

    #[test]
    fn the_lock_is_a_list_that_can_be_read() {
        let mut state = State::default();
        let mut current = installed("1.0.0");
        current.source =
            Source::Index { index: "https://example.com/".into(), url: "https://example.com/x".into() };
        state.plugins.insert("x".to_owned(), Record { current, previous: None });
        state.plugins.insert("y".to_owned(), Record { current: installed("1.0.0"), previous: None });
        let (lines, left_out) = lock_lines(&state);
        assert_eq!(lines, [format!("x==1.0.0 --hash=sha256:{}", "ab".repeat(32))]);
        assert_eq!(left_out.len(), 1);
        assert!(parse(&lines.join("\n")).is_ok());
    }
}
