//! `--root`: a link that signs the operator in, once.

use parking_lot::Mutex;

/// The token of the link that the server prints at start.
pub(crate) struct RootLogin {
    token: String,
    unused: Mutex<bool>,
}

/// What became of somebody who tried a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    Accepted,
    Wrong,
    AlreadyUsed,
}

impl RootLogin {
    /// `token`: 32 random bytes in hexadecimal.
    pub(crate) fn new(token: String) -> Self {
        Self { token, unused: Mutex::new(true) }
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Accepts the right token once.
    pub(crate) fn attempt(&self, token: &str) -> Attempt {
        let mut unused = self.unused.lock();
        if !*unused {
            return Attempt::AlreadyUsed;
        }
        if !same(token.as_bytes(), self.token.as_bytes()) {
            return Attempt::Wrong;
        }
        *unused = false;
        Attempt::Accepted
    }
}

impl std::fmt::Debug for RootLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RootLogin(…)")
    }
}

/// Takes as long for a token that is nearly right as for one that is not.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (x, y)| difference | (x ^ y)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_works_once() {
        let login = RootLogin::new("ab".repeat(32));
        assert_eq!(login.attempt("no"), Attempt::Wrong);
        assert_eq!(login.attempt(&"ab".repeat(32)), Attempt::Accepted);
        assert_eq!(login.attempt(&"ab".repeat(32)), Attempt::AlreadyUsed);
    }
}
