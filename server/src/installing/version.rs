//! Names, versions, and what is asked of them: `hello`, `hello==1.2.3`, `hello>=1,<2`, as pip writes it.

use std::fmt;

pub(crate) use semver::Version;

/// Longer ones are no names.
const LONGEST_NAME: usize = 100;

/// The one spelling of a name: small letters, `-` for every run of `-`, `_` and `.`. It is safe as the name of a file.
pub(crate) fn normal(name: &str) -> Result<String, String> {
    let mut normal = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            'a'..='z' | '0'..='9' => normal.push(letter),
            'A'..='Z' => normal.push(letter.to_ascii_lowercase()),
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            _ => return Err(format!("'{name}' is no name of a plugin")),
        }
    }
    let whole = !normal.is_empty() && !normal.starts_with('-') && !normal.ends_with('-');
    if whole && normal.len() <= LONGEST_NAME {
        Ok(normal)
    } else {
        Err(format!("'{name}' is no name of a plugin"))
    }
}

/// `1` and `1.2` mean `1.0.0` and `1.2.0`.
pub(crate) fn parse(text: &str) -> Result<Version, String> {
    Ok(parse_parts(text)?.0)
}

/// The version, and how many numbers of it were written.
fn parse_parts(text: &str) -> Result<(Version, usize), String> {
    let wrong = || format!("'{text}' is no version like 1.2.3");
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let written = numbers.split('.').count();
    if numbers.is_empty() || written > 3 || text.len() > LONGEST_NAME {
        return Err(wrong());
    }
    let whole = format!("{numbers}{}{rest}", ".0".repeat(3 - written));
    Ok((Version::parse(&whole).map_err(|_| wrong())?, written))
}

/// A plugin by its name, and which versions of it will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Requirement {
    /// Normal.
    pub(crate) name: String,
    clauses: Vec<Clause>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Clause {
    operator: Operator,
    version: Version,
    /// How many of the three numbers were written.
    written: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    /// `==1.2.*`
    Begins,
    NotEqual,
    AtLeast,
    AtMost,
    Above,
    Below,
    /// `~=1.2`: at least this, and the same but for the last number.
    Compatible,
}

/// Longer ones first.
const OPERATORS: [(&str, Operator); 7] = [
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("~=", Operator::Compatible),
    (">", Operator::Above),
    ("<", Operator::Below),
];

impl Requirement {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let end = text.find(['=', '!', '<', '>', '~']).unwrap_or(text.len());
        let (name, clauses) = text.split_at(end);
        let name = name.trim();
        if name.contains('[') {
            return Err(format!("'{text}': native plugins have no extras; leave out the part in brackets"));
        }
        if clauses.contains(';') || name.contains([';', '@']) {
            return Err(format!("'{text}': only a name and versions are understood, such as 'hello>=1,<2'"));
        }
        let name = normal(name)?;
        let clauses = clauses.split(',').map(str::trim).filter(|clause| !clause.is_empty());
        Ok(Self { name, clauses: clauses.map(Clause::parse).collect::<Result<_, _>>()? })
    }

    /// Whether the version will do. A version before its release (`1.0.0-rc.1`) has to be named, or allowed.
    pub(crate) fn accepts(&self, version: &Version, before_release: bool) -> bool {
        let named = || self.clauses.iter().any(|clause| !clause.version.pre.is_empty());
        (version.pre.is_empty() || before_release || named())
            && self.clauses.iter().all(|clause| clause.accepts(version))
    }

    /// Whether it names one version and no other.
    pub(crate) fn pins(&self) -> bool {
        self.clauses.iter().any(|clause| clause.operator == Operator::Equal)
    }
}

impl Clause {
    fn parse(text: &str) -> Result<Self, String> {
        let found = OPERATORS.iter().find_map(|(word, operator)| Some((*operator, text.strip_prefix(word)?)));
        let Some((operator, version)) = found else {
            return Err(format!("'{text}' does not say which versions; write it like '>=1,<2'"));
        };
        let version = version.trim();
        if let (Operator::Equal, Some(beginning)) = (operator, version.strip_suffix(".*")) {
            let (version, written) = parse_parts(beginning)?;
            return Ok(Self { operator: Operator::Begins, version, written });
        }
        let (version, written) = parse_parts(version)?;
        if operator == Operator::Compatible && written < 2 {
            return Err(format!("'{text}': ~= needs two numbers, such as ~=1.2"));
        }
        Ok(Self { operator, version, written })
    }

    fn accepts(&self, version: &Version) -> bool {
        let numbers = |version: &Version| [version.major, version.minor, version.patch];
        let begins = |length: usize| {
            numbers(version).iter().zip(numbers(&self.version)).take(length).all(|(a, b)| *a == b)
        };
        match self.operator {
            Operator::Equal => version.cmp_precedence(&self.version).is_eq(),
            Operator::NotEqual => version.cmp_precedence(&self.version).is_ne(),
            Operator::Begins => begins(self.written),
            Operator::AtLeast => version >= &self.version,
            Operator::AtMost => version <= &self.version,
            Operator::Above => version > &self.version,
            Operator::Below => version < &self.version,
            Operator::Compatible => version >= &self.version && begins(self.written - 1),
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.name)?;
        for (place, clause) in self.clauses.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(out, "{comma}{clause}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, operator) = match self.operator {
            Operator::Begins => ("==", Operator::Begins),
            other => {
                let word = OPERATORS.iter().find(|(_, known)| *known == other).map_or("==", |(word, _)| word);
                (word, other)
            }
        };
        let numbers = [self.version.major, self.version.minor, self.version.patch];
        let written = numbers.iter().take(self.written).map(u64::to_string).collect::<Vec<_>>().join(".");
        write!(out, "{word}{written}")?;
        if !self.version.pre.is_empty() {
            write!(out, "-{}", self.version.pre)?;
        }
        if operator == Operator::Begins { out.write_str(".*") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(requirement: &str, accepted: &[&str], refused: &[&str]) {
        let requirement = Requirement::parse(requirement).unwrap();
        let accepts = |version: &&&str| requirement.accepts(&parse(version).unwrap(), false);
        assert_eq!(accepted.iter().filter(accepts).count(), accepted.len(), "{requirement}");
        assert_eq!(refused.iter().filter(accepts).count(), 0, "{requirement}");
    }

    #[test]
    fn versions_are_compared_as_pip_does() {
        check("x", &["0.1", "9.9.9"], &["1.0.0-rc.1"]);
        check("x==1.2", &["1.2.0", "1.2"], &["1.2.1", "1.3"]);
        check("x==1.2.*", &["1.2.0", "1.2.9"], &["1.3.0"]);
        check("x>=1,<2", &["1.0", "1.9.9"], &["0.9", "2.0.0"]);
        check("x ~= 1.4.2", &["1.4.2", "1.4.9"], &["1.5.0", "1.4.1"]);
        check("x~=1.4", &["1.4", "1.9"], &["2.0", "1.3"]);
        check("x!=1.0,>0.5,<=2", &["0.6", "2.0.0"], &["1.0.0", "0.5", "2.0.1"]);
        check("x>=1.0.0-rc.1", &["1.0.0-rc.2", "1.0.0"], &["1.0.0-alpha"]);
    }

    #[test]
    fn names_have_one_spelling() {
        assert_eq!(normal("Datasette_Cluster.-Map").unwrap(), "datasette-cluster-map");
        for wrong in ["", "-x", "x-", "a/b", "..", "ü", "a b", &"x".repeat(101)] {
            assert!(normal(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_requirement_is_written_as_it_was_read() {
        for text in
            ["hello", "hello==1.2.3", "hello>=1,<2", "hello~=1.4", "hello==1.2.*", "hello>=1.0.0-rc.1"]
        {
            assert_eq!(Requirement::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_requirement_says_why() {
        let check = |text: &str, word: &str| {
            let reason = Requirement::parse(text).unwrap_err();
            assert!(reason.contains(word), "{reason}");
        };
        check("hello[extra]", "extras");
        check("hello=1", "which versions");
        check("hello==x", "no version");
        check("hello==1.2.3.4", "no version");
        check("hello; python_version>'3'", "only a name");
        check("~=1", "no name");
        check("hello~=1", "two numbers");
    }
}
