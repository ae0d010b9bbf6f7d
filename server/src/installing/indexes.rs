//! Several indexes as one: they are asked in their order, each only when it is needed.

use std::collections::BTreeMap;

use super::Sources;
use super::address::Address;
use super::error::{Error, Kind, Result};
use super::index::{Index, Page};
use super::python;
use super::state::State;

/// The indexes that answer, in the order in which they were given.
pub(super) struct Indexes {
    addresses: Vec<Address>,
    opened: Vec<Option<Index>>,
    pages: BTreeMap<String, Option<(usize, Page)>>,
    /// Where a plugin came from, it is looked for first: another index may have another one of that name.
    origins: BTreeMap<String, String>,
}

impl Indexes {
    pub(super) fn new(addresses: Vec<Address>) -> Self {
        let opened = addresses.iter().map(|_| None).collect();
        Self { addresses, opened, pages: BTreeMap::new(), origins: BTreeMap::new() }
    }

    /// Looks for what is installed where it came from, if that is one of the indexes.
    pub(super) fn with_origins(mut self, state: &State) -> Self {
        let origins = state
            .plugins
            .iter()
            .filter_map(|(name, record)| Some((name.clone(), record.current.index()?.to_owned())));
        self.origins = origins.collect();
        self
    }

    pub(super) fn get(&self, place: usize) -> Option<&Index> {
        self.opened.get(place)?.as_ref()
    }

    /// All that answer.
    pub(super) fn open_all(&mut self, sources: &mut Sources<'_>) -> Result<Vec<&Index>> {
        let mut last = None;
        for place in 0..self.addresses.len() {
            if let Err(error) = self.open(sources, place) {
                pass_over(sources, &error)?;
                last = Some(error);
            }
        }
        let opened: Vec<&Index> = self.opened.iter().flatten().collect();
        match (opened.is_empty(), last) {
            (true, Some(error)) => Err(error),
            _ => Ok(opened),
        }
    }

    /// The page of a plugin, from the first index that knows it.
    pub(super) fn page(&mut self, sources: &mut Sources<'_>, name: &str) -> Result<Option<&(usize, Page)>> {
        if !self.pages.contains_key(name) {
            let page = self.find(sources, name)?;
            self.pages.insert(name.to_owned(), page);
        }
        Ok(self.pages.get(name).and_then(Option::as_ref))
    }

    pub(super) fn find(&mut self, sources: &mut Sources<'_>, name: &str) -> Result<Option<(usize, Page)>> {
        if self.addresses.is_empty() {
            return Err(Error::usage(format!(
                "There is no index to look for {name} in: give one with --index, or set DATASETTE_PLUGINS_INDEX. A file \
                 is installed by its path, such as ./{name}.tar.gz.{}",
                python::remark(name)
            )));
        }
        let mut failed = None;
        let mut answered = false;
        let origin = self.origins.get(name);
        let is_origin = |address: &Address| origin.is_some_and(|origin| *origin == address.to_string());
        let mut places: Vec<usize> = (0..self.addresses.len()).collect();
        places.sort_by_key(|place| !self.addresses.get(*place).is_some_and(is_origin));
        for place in places {
            let page = self.open(sources, place).and_then(|index| index.page(sources, name));
            match page {
                Ok(Some(page)) => return Ok(Some((place, page))),
                Ok(None) => answered = true,
                Err(error) => {
                    pass_over(sources, &error)?;
                    failed = Some(error);
                }
            }
        }
        match failed {
            Some(error) if !answered => Err(error),
            _ => Ok(None),
        }
    }

    /// Their addresses, for sentences.
    pub(super) fn names(&self) -> String {
        self.addresses.iter().map(Address::to_string).collect::<Vec<_>>().join(", ")
    }

    fn open(&mut self, sources: &mut Sources<'_>, place: usize) -> Result<&Index> {
        let (Some(address), Some(opened)) = (self.addresses.get(place), self.opened.get_mut(place)) else {
            return Err(Error::failed("there is no such index"));
        };
        match opened {
            Some(index) => Ok(index),
            None => Ok(opened.insert(Index::open(sources, address)?)),
        }
    }
}

/// A mirror that does not answer is passed over; one that lies is not.
fn pass_over(sources: &Sources<'_>, error: &Error) -> Result<()> {
    if error.kind == Kind::Unreachable {
        sources.watcher.note(&format!("Warning: {error}"));
        return Ok(());
    }
    Err(Error { kind: error.kind, message: error.message.clone() })
}
