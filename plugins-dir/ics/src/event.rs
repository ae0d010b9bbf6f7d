//! A row as an event of a calendar.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write;

use datasette_plugin_api::{Error, Result, Row, ValueRef};
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use crate::time::{self, When};

pub(crate) struct Event {
    pub(crate) uid: String,
    pub(crate) name: String,
    pub(crate) start: When,
    pub(crate) end: Option<End>,
    pub(crate) description: Option<String>,
    pub(crate) location: Option<String>,
    /// A whole URL.
    pub(crate) url: Option<String>,
}

pub(crate) enum End {
    At(When),
    /// As calendars write durations.
    After(String),
}

/// The events of one answer, with what they share.
pub(crate) struct Events<'a> {
    /// `https://example.com`
    site: String,
    /// What the rows are of.
    source: String,
    host: &'a str,
    /// Zones that were looked up.
    zones: HashMap<String, TimeZone>,
    /// How many events without an id of their own have the same name and beginning.
    seen: HashMap<String, usize>,
    list: Vec<Event>,
}

impl<'a> Events<'a> {
    pub(crate) fn new(site: String, source: String, host: &'a str) -> Self {
        Self { site, source, host, zones: HashMap::new(), seen: HashMap::new(), list: Vec::new() }
    }

    pub(crate) fn into_list(self) -> Vec<Event> {
        self.list
    }

    pub(crate) fn add(&mut self, row: Row<'_>) -> Result<()> {
        let zone = text(row, "event_tzid").map(|name| self.zone(&name)).transpose()?;
        let began = text(row, "event_dtstart").ok_or("event_dtstart is empty")?;
        let start = When::read("event_dtstart", &began, zone.as_ref())?;
        let end = end(row, &start, zone.as_ref())?;
        let name = text(row, "event_name").unwrap_or_default().into_owned();
        let uid = match text(row, "event_uid") {
            Some(uid) => uid.into_owned(),
            None => self.uid(&format!("{name}\n{}", start.property())),
        };
        self.list.push(Event {
            uid,
            name,
            start,
            end,
            description: text(row, "event_description").map(Cow::into_owned),
            location: text(row, "event_location").map(Cow::into_owned),
            url: text(row, "event_url").and_then(|url| address(&url, &self.site)),
        });
        Ok(())
    }

    fn zone(&mut self, name: &str) -> Result<TimeZone> {
        if let Some(zone) = self.zones.get(name) {
            return Ok(zone.clone());
        }
        let zone = time::zone(name)?;
        self.zones.insert(name.to_owned(), zone.clone());
        Ok(zone)
    }

    /// The same event has to have the same id tomorrow, when other rows may stand before it.
    fn uid(&mut self, what: &str) -> String {
        let count = self.seen.entry(what.to_owned()).or_default();
        *count += 1;
        let digest = Sha256::digest(format!("{}\n{what}\n{count}", self.source));
        let mut uid = digest.iter().take(16).fold(String::new(), |mut out, byte| {
            // Writing to a String can't fail.
            let _ = write!(out, "{byte:02x}");
            out
        });
        uid.push('@');
        uid.push_str(self.host);
        uid
    }
}

/// The end wins over a duration.
fn end(row: Row<'_>, start: &When, zone: Option<&TimeZone>) -> Result<Option<End>> {
    if let Some(end) = text(row, "event_dtend") {
        let end = When::read("event_dtend", &end, zone)?;
        return match (start.is_day(), end.is_day()) {
            (true, false) => Err(Error::new("event_dtstart is a day, so event_dtend has to be one too")),
            (false, true) => Err(Error::new("event_dtstart is a time, so event_dtend has to be one too")),
            _ => Ok(Some(End::At(end))),
        };
    }
    let duration = text(row, "event_duration");
    duration.map(|text| time::duration(&text, start.is_day()).map(End::After)).transpose()
}

/// Null and nothing but spaces are as good as no column.
fn text<'a>(row: Row<'a>, column: &str) -> Option<Cow<'a, str>> {
    let text = match row.get(column)? {
        ValueRef::Text(text) => Cow::Borrowed(text),
        ValueRef::Null | ValueRef::Blob(_) => return None,
        number => Cow::Owned(number.to_string()),
    };
    (!text.trim().is_empty()).then_some(text)
}

/// A whole URL that leads to the web or a mail; a path is one of this site.
fn address(text: &str, site: &str) -> Option<String> {
    let text = text.trim();
    if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return None;
    }
    if text.starts_with('/') && !text.starts_with("//") {
        return Some(format!("{site}{text}"));
    }
    let (scheme, _) = text.split_once(':')?;
    ["http", "https", "mailto"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
        .then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::Value;
    use datasette_plugin_api::testing::FakeRows;

    use super::*;

    fn events(rows: &[&[(&str, Value)]]) -> Result<Vec<Event>> {
        let mut events = Events::new("https://example.com".to_owned(), "db talks".to_owned(), "example.com");
        for row in rows {
            let names: Vec<&str> = row.iter().map(|(name, _)| *name).collect();
            let rows = FakeRows::new(&names).row(row.iter().map(|(_, value)| value.clone()));
            events.add(rows.view_row(0))?;
        }
        Ok(events.into_list())
    }

    fn event(more: &[(&str, Value)]) -> Result<Event> {
        let mut row = vec![("event_name", "Talk".into())];
        if !more.iter().any(|(name, _)| *name == "event_dtstart") {
            row.push(("event_dtstart", "2024-05-01 12:00".into()));
        }
        row.extend_from_slice(more);
        Ok(events(&[&row])?.remove(0))
    }

    #[test]
    fn an_event_ends_or_lasts() {
        let end = event(&[("event_dtend", "2024-05-01 13:00".into()), ("event_duration", "PT5M".into())])
            .unwrap()
            .end;
        assert!(matches!(end, Some(End::At(end)) if end.property() == ":20240501T130000Z"));
        let end = event(&[("event_dtend", Value::Null), ("event_duration", "PT5M".into())]).unwrap().end;
        assert!(matches!(end, Some(End::After(duration)) if duration == "PT5M"));
        assert!(event(&[]).unwrap().end.is_none());
    }

    #[track_caller]
    fn refused(more: &[(&str, Value)], word: &str) {
        let error = event(more).map(drop).unwrap_err();
        assert!(error.message.contains(word), "{}", error.message);
    }

    #[test]
    fn a_day_ends_on_a_day() {
        refused(&[("event_dtend", "2024-05-02".into())], "event_dtstart is a time");
        let day = ("event_dtstart", "2024-05-01".into());
        refused(&[day.clone(), ("event_dtend", "2024-05-02 12:00".into())], "event_dtstart is a day");
        refused(&[day, ("event_duration", "PT1H".into())], "lasts for days");
    }

    #[test]
    fn what_is_wrong_is_named() {
        refused(&[("event_dtstart", Value::Null)], "event_dtstart is empty");
        refused(&[("event_tzid", "Mars/Olympus".into())], "event_tzid is \"Mars/Olympus\"");
    }

    #[test]
    fn ids_stay_and_differ() {
        let row: &[(&str, Value)] = &[("event_name", "Talk".into()), ("event_dtstart", "2024-05-01".into())];
        let other: &[(&str, Value)] =
            &[("event_name", "Other".into()), ("event_dtstart", "2024-05-01".into())];
        let ids = |rows| events(rows).unwrap().into_iter().map(|event| event.uid).collect::<Vec<String>>();
        let (first, second) = (ids(&[row, other, row]), ids(&[other, row]));
        assert_eq!((&first[0], &first[1]), (&second[1], &second[0]));
        assert_ne!(first[0], first[2]);
        assert!(first[0].len() == 32 + 12 && first[0].ends_with("@example.com"), "{}", first[0]);
        assert_eq!(event(&[("event_uid", 5.into())]).unwrap().uid, "5");
    }

    #[test]
    fn urls_lead_to_the_web() {
        let url = |url: &str| event(&[("event_url", url.into())]).unwrap().url;
        assert_eq!(url("https://a.example/x").as_deref(), Some("https://a.example/x"));
        assert_eq!(url("/db/t/1").as_deref(), Some("https://example.com/db/t/1"));
        for bad in ["javascript:alert(1)", "https://a.example/\r\nX:Y", "//a.example", "x"] {
            assert_eq!(url(bad), None, "{bad}");
        }
    }
}
