//! `trust.json`: the keys that are trusted, and the newest that was seen of each index.
//!
//! An index that was signed once has to be signed for ever, its serial number never goes down: who could make the
//! client forget either could give it an old index, with the mistakes in it that were since put right.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::{Error, Result};
use super::keys::Key;
use super::place::{Place, write_whole};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Trust {
    pub(crate) keys: Vec<TrustedKey>,
    /// By address.
    pub(crate) indexes: BTreeMap<String, Seen>,
}

/// A key that `datasette plugins key add` was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TrustedKey {
    pub(crate) id: String,
    pub(crate) key: String,
    /// The only index it is for; all of them without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) index: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) comment: String,
    pub(crate) added: String,
}

/// The newest that was seen of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) serial: u64,
    pub(crate) expires: String,
    /// That signed it.
    pub(crate) key: String,
}

impl Trust {
    pub(crate) fn read(place: &Place) -> Result<Self> {
        let path = place.trust();
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                // Without it everything would be believed.
                let path = path.display();
                Error::unverified(format!(
                    "{path} is damaged ({error}); restore it, or remove it and add the keys again"
                ))
            }),
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(Self::default())
            }
            Err(error) => Err(Error::io("can't be read", &path, &error)),
        }
    }

    pub(crate) fn write(&self, place: &Place) -> Result<()> {
        let text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::failed(format!("the keys can't be written as JSON: {error}")))?;
        place.make()?;
        write_whole(&place.trust(), &text).map_err(|error| place.not_writable(&error))
    }

    /// The keys one of which has to have signed that index. None: nobody said that it is signed.
    pub(super) fn for_index(&self, index: &str, given: &[Key]) -> Vec<Key> {
        let ours = self.keys.iter().filter(|key| key.index.as_deref().is_none_or(|only| only == index));
        let mut keys: Vec<Key> = given.to_vec();
        keys.extend(ours.filter_map(|key| Key::parse(&key.key).ok()));
        if keys.is_empty()
            && let Some(seen) = self.indexes.get(index)
        {
            keys.extend(Key::parse(&seen.key).ok());
        }
        keys
    }

    /// Every key that may sign an archive.
    pub(super) fn for_archives(&self, given: &[Key]) -> Vec<Key> {
        let mut keys: Vec<Key> = given.to_vec();
        keys.extend(self.keys.iter().filter_map(|key| Key::parse(&key.key).ok()));
        keys
    }

    /// Refuses an index older than one that was seen, and remembers this one.
    pub(super) fn see(&mut self, index: &str, serial: u64, expires: &str, key: &Key) -> Result<()> {
        let seen = self.indexes.get(index).filter(|seen| seen.key == key.text());
        if let Some(seen) = seen.filter(|seen| seen.serial > serial) {
            return Err(Error::unverified(format!(
                "The index {index} has serial number {serial}, and {} was seen before: somebody is showing an old one. \
                 Nothing was installed.",
                seen.serial
            )));
        }
        let seen = Seen { serial, expires: expires.to_owned(), key: key.text().to_owned() };
        self.indexes.insert(index.to_owned(), seen);
        Ok(())
    }

    /// Adds a key. Twice the same is once.
    pub(crate) fn add(&mut self, key: &Key, index: Option<String>, comment: String) {
        self.keys.retain(|known| known.key != key.text() || known.index != index);
        let added = jiff::Timestamp::now().to_string();
        self.keys.push(TrustedKey { id: key.id(), key: key.text().to_owned(), index, comment, added });
    }

    /// Takes a key out, by its number or itself, and what was remembered of indexes that it signed.
    pub(crate) fn remove(&mut self, key: &str) -> bool {
        let id = Key::parse(key).map_or_else(|_| key.to_ascii_uppercase(), |key| key.id());
        let is_it = |text: &str| Key::parse(text).is_ok_and(|key| key.id() == id);
        let before = self.keys.len() + self.indexes.len();
        self.keys.retain(|known| known.id != id);
        self.indexes.retain(|_, seen| !is_it(&seen.key));
        before != self.keys.len() + self.indexes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::tests::pair;
    use super::*;

    const INDEX: &str = "https://example.com/plugins/";

    #[test]
    fn serial_numbers_never_go_down() {
        let (key, _) = pair();
        let mut trust = Trust::default();
        trust.see(INDEX, 41, "2030-01-01T00:00:00Z", &key).unwrap();
        trust.see(INDEX, 42, "2030-01-01T00:00:00Z", &key).unwrap();
        trust.see(INDEX, 42, "2030-01-01T00:00:00Z", &key).unwrap();
        let error = trust.see(INDEX, 41, "2030-01-01T00:00:00Z", &key).unwrap_err();
        assert!(error.message.contains("41") && error.message.contains("42"), "{error}");
        trust.see("https://elsewhere.example/", 1, "2030-01-01T00:00:00Z", &key).unwrap();
    }

    #[test]
    fn an_index_that_was_signed_has_to_be_signed() {
        let (key, _) = pair();
        let mut trust = Trust::default();
        assert_eq!(trust.for_index(INDEX, &[]), []);
        trust.see(INDEX, 1, "2030-01-01T00:00:00Z", &key).unwrap();
        assert_eq!(trust.for_index(INDEX, &[]).first(), Some(&key));
        assert!(trust.remove(&key.id()));
        assert_eq!(trust.for_index(INDEX, &[]), []);
    }

    #[test]
    fn a_key_may_be_for_one_index() {
        let ((key, _), (given, _)) = (pair(), pair());
        let mut trust = Trust::default();
        trust.add(&key, Some(INDEX.to_owned()), String::new());
        trust.add(&key, Some(INDEX.to_owned()), "again".to_owned());
        assert_eq!(trust.keys.len(), 1);
        assert_eq!(trust.for_index(INDEX, std::slice::from_ref(&given)), [given, key]);
        assert_eq!(trust.for_index("https://elsewhere.example/", &[]), []);
    }

    #[test]
    fn what_is_damaged_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path());
        std::fs::write(place.trust(), "{").unwrap();
        assert!(Trust::read(&place).unwrap_err().message.contains("damaged"));
    }
}
