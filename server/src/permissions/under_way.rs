//! Whose request this thread is answering: what plugins ask of the site meanwhile, they ask for that actor.

use std::cell::RefCell;

use super::{Asking, Permissions};
use crate::error::Result;
use crate::request::{Actor, Request};
use crate::sqlite::{Conn, Database};

/// The actor of a request, and whether nothing is checked for it.
#[derive(Clone)]
struct UnderWay {
    actor: Option<Actor>,
    skips_checks: bool,
}

thread_local! {
    static UNDER_WAY: RefCell<Option<UnderWay>> = const { RefCell::new(None) };
}

/// Makes the outer request the one under way again.
struct Restore(Option<UnderWay>);

impl Drop for Restore {
    fn drop(&mut self) {
        UNDER_WAY.set(self.0.take());
    }
}

impl Permissions {
    /// Answers a request whose actor is known. Costs nothing where no column is hidden.
    pub(crate) fn on_behalf_of<T>(&self, request: &mut Request, answer: impl FnOnce(&mut Request) -> T) -> T {
        if !self.conceals_columns() {
            return answer(request);
        }
        let under_way =
            UnderWay { actor: request.actor.clone(), skips_checks: request.skip_permission_checks };
        let _restore = Restore(UNDER_WAY.replace(Some(under_way)));
        answer(request)
    }

    /// Lends a connection to a plugin: for the request that it names, else for the one under way on this thread.
    /// Outside of any request nothing is concealed, and within a page not more than on the page's connection.
    pub(crate) fn read_for_plugin<T>(
        &self,
        request: Option<&Request>,
        database: &Database,
        work: impl FnOnce(&Conn) -> Result<T>,
    ) -> Result<T> {
        if let Some(request) = request {
            return self.read(request, database, work);
        }
        match UNDER_WAY.with_borrow(Option::clone) {
            Some(UnderWay { actor, skips_checks: false }) => {
                self.read(Asking { actor: actor.as_ref(), request: None }, database, work)
            }
            _ => database.read_whole(None, work),
        }
    }
}
