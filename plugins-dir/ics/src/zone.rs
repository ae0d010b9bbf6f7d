//! The rules of the time zones in a calendar, which have to stand in it: those that are in force when an event begins
//! or ends.

use std::collections::BTreeMap;

use jiff::tz::{Dst, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::event::{End, Event};
use crate::lines::Lines;

/// A rule: since when, under what name, how far from UTC before and now.
struct Rule {
    name: String,
    is_summer_time: bool,
    from: Offset,
    to: Offset,
}

pub(crate) fn write(lines: &mut Lines, events: &[Event]) {
    let mut zones: BTreeMap<String, BTreeMap<Timestamp, Rule>> = BTreeMap::new();
    for event in events {
        let end = match &event.end {
            Some(End::At(end)) => end.moment(),
            Some(End::After(_)) | None => None,
        };
        for (moment, zone) in event.start.moment().into_iter().chain(end) {
            let (since, rule) = rule_at(zone, moment);
            let name = zone.iana_name().unwrap_or("UTC").to_owned();
            zones.entry(name).or_default().insert(since, rule);
        }
    }
    for (name, rules) in zones {
        lines.push("BEGIN:VTIMEZONE");
        lines.push(&format!("TZID:{name}"));
        for (since, rule) in rules {
            rule.write(lines, since);
        }
        lines.push("END:VTIMEZONE");
    }
}

fn rule_at(zone: &TimeZone, moment: Timestamp) -> (Timestamp, Rule) {
    let just_after = moment.saturating_add(SignedDuration::from_nanos(1)).unwrap_or(moment);
    let info = zone.to_offset_info(moment);
    let (name, is_summer_time, to) = (info.abbreviation().to_owned(), info.dst() == Dst::Yes, info.offset());
    let Some(change) = zone.preceding(just_after).next() else {
        // It was always so.
        return (Timestamp::UNIX_EPOCH, Rule { name, is_summer_time, from: to, to });
    };
    let since = change.timestamp();
    let before = since.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(since);
    (since, Rule { name, is_summer_time, from: zone.to_offset(before), to })
}

impl Rule {
    fn write(&self, lines: &mut Lines, since: Timestamp) {
        let kind = if self.is_summer_time { "DAYLIGHT" } else { "STANDARD" };
        // As clocks showed it that were still to be changed.
        let begins = self.from.to_datetime(since);
        lines.push(&format!("BEGIN:{kind}"));
        lines.push(&format!("DTSTART:{}", begins.strftime("%Y%m%dT%H%M%S")));
        lines.push(&format!("TZOFFSETFROM:{}", offset(self.from)));
        lines.push(&format!("TZOFFSETTO:{}", offset(self.to)));
        lines.push_text("TZNAME", &self.name);
        lines.push(&format!("END:{kind}"));
    }
}

/// `+0130`, with seconds where there are any.
fn offset(offset: Offset) -> String {
    let (sign, seconds) = (if offset.seconds() < 0 { '-' } else { '+' }, offset.seconds().abs());
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let rest = if rest > 0 { format!("{rest:02}") } else { String::new() };
    format!("{sign}{hours:02}{minutes:02}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{self, When};

    fn zones_of(times: &[(&str, &str)]) -> String {
        let event = |(start, zone): &(&str, &str)| Event {
            uid: String::new(),
            name: String::new(),
            start: When::read("", start, Some(&time::zone(zone).unwrap())).unwrap(),
            end: None,
            description: None,
            location: None,
            url: None,
        };
        let events: Vec<Event> = times.iter().map(event).collect();
        let mut lines = Lines::default();
        write(&mut lines, &events);
        lines.into_text().replace("\r\n", "\n")
    }

    #[test]
    fn the_rules_in_force_are_there_once() {
        let times =
            ["2024-07-01 12:00", "2024-08-01 12:00", "2024-12-01 12:00"].map(|time| (time, "Europe/Berlin"));
        let expected = "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\n\
                        BEGIN:DAYLIGHT\nDTSTART:20240331T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nTZNAME:CEST\nEND:DAYLIGHT\n\
                        BEGIN:STANDARD\nDTSTART:20241027T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nTZNAME:CET\nEND:STANDARD\n\
                        END:VTIMEZONE\n";
        assert_eq!(zones_of(&times), expected);
    }

    #[test]
    fn a_zone_that_never_changed_has_one_rule() {
        let zones = zones_of(&[("2024-07-01 12:00", "UTC")]);
        assert!(zones.contains("DTSTART:19700101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0000\n"), "{zones}");
    }

    #[test]
    fn offsets_have_a_sign() {
        let zones =
            zones_of(&[("2024-12-01 12:00", "America/St_Johns"), ("2024-12-01 12:00", "Asia/Kolkata")]);
        assert!(zones.contains("TZOFFSETTO:-0330\n") && zones.contains("TZOFFSETTO:+0530\n"), "{zones}");
        assert_eq!(zones.matches("BEGIN:VTIMEZONE").count(), 2);
    }

    #[test]
    fn days_and_moments_need_no_zone() {
        assert_eq!(
            zones_of(&[("2024-07-01", "Europe/Berlin"), ("2024-07-01T12:00:00Z", "Europe/Berlin")]),
            ""
        );
    }
}
