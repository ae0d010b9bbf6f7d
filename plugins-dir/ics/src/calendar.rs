//! Writes a calendar (RFC 5545).

use jiff::Timestamp;

use crate::event::{End, Event};
use crate::lines::Lines;
use crate::time::utc;
use crate::zone;

pub(crate) struct Calendar {
    pub(crate) name: String,
    pub(crate) events: Vec<Event>,
    pub(crate) made: Timestamp,
}

impl Calendar {
    pub(crate) fn to_text(&self) -> String {
        let mut lines = Lines::default();
        lines.push("BEGIN:VCALENDAR");
        lines.push("VERSION:2.0");
        lines.push("PRODID:-//Datasette Native//datasette-ics//EN");
        // The first is of RFC 7986, the second what everybody understands.
        lines.push_text("NAME", &self.name);
        lines.push_text("X-WR-CALNAME", &self.name);
        zone::write(&mut lines, &self.events);
        for event in &self.events {
            self.write_event(&mut lines, event);
        }
        lines.push("END:VCALENDAR");
        lines.into_text()
    }

    fn write_event(&self, lines: &mut Lines, event: &Event) {
        lines.push("BEGIN:VEVENT");
        lines.push_text("UID", &event.uid);
        lines.push(&format!("DTSTAMP:{}", utc(self.made)));
        lines.push(&format!("DTSTART{}", event.start.property()));
        match &event.end {
            Some(End::At(end)) => lines.push(&format!("DTEND{}", end.property())),
            Some(End::After(duration)) => lines.push(&format!("DURATION:{duration}")),
            None => {}
        }
        lines.push_text("SUMMARY", &event.name);
        for (name, text) in [("DESCRIPTION", &event.description), ("LOCATION", &event.location)] {
            if let Some(text) = text {
                lines.push_text(name, text);
            }
        }
        if let Some(url) = &event.url {
            lines.push(&format!("URL:{url}"));
        }
        lines.push("END:VEVENT");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::When;

    #[test]
    fn an_event_has_all_its_parts() {
        let event = Event {
            uid: "1@x".to_owned(),
            name: "Lunch; and talk".to_owned(),
            start: When::read("", "2024-05-01 12:00", None).unwrap(),
            end: Some(End::After("PT1H".to_owned())),
            description: Some("First\nEND:VCALENDAR".to_owned()),
            location: Some("Here, there".to_owned()),
            url: Some("https://example.com/a,b".to_owned()),
        };
        let calendar = Calendar { name: "Mine".to_owned(), events: vec![event], made: Timestamp::UNIX_EPOCH };
        let expected = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Datasette Native//datasette-ics//EN",
            "NAME:Mine",
            "X-WR-CALNAME:Mine",
            "BEGIN:VEVENT",
            "UID:1@x",
            "DTSTAMP:19700101T000000Z",
            "DTSTART:20240501T120000Z",
            "DURATION:PT1H",
            "SUMMARY:Lunch\\; and talk",
            "DESCRIPTION:First\\nEND:VCALENDAR",
            "LOCATION:Here\\, there",
            "URL:https://example.com/a,b",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ];
        assert_eq!(calendar.to_text(), expected.join("\r\n"));
    }
}
