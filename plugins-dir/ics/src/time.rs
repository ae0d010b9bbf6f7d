//! When an event is, and how long.

use datasette_plugin_api::{Error, Result};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

/// When an event begins or ends.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum When {
    Day(Date),
    Utc(Timestamp),
    /// As clocks there show it.
    Zoned(DateTime, TimeZone),
}

impl When {
    /// Text with an offset means what it says; without one it is the zone's time, or UTC.
    pub(crate) fn read(column: &str, text: &str, zone: Option<&TimeZone>) -> Result<Self> {
        let text = text.trim();
        if !text.contains(['T', 't', ' ', ':'])
            && let Ok(day) = text.parse::<Date>()
        {
            return Ok(Self::Day(day));
        }
        if let Ok(time) = text.parse::<Timestamp>() {
            return Ok(Self::Utc(time));
        }
        let local = text.parse::<DateTime>().ok().and_then(|local| match zone {
            Some(zone) => Some(Self::Zoned(local, zone.clone())),
            None => local.to_zoned(TimeZone::UTC).ok().map(|zoned| Self::Utc(zoned.timestamp())),
        });
        local.ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            Error::new(format!(
                "{column} is {shown:?}; it has to be a day or a time such as 2024-05-01 12:30"
            ))
        })
    }

    pub(crate) fn is_day(&self) -> bool {
        matches!(self, Self::Day(_))
    }

    /// The end of the line behind `DTSTART` or `DTEND`.
    pub(crate) fn property(&self) -> String {
        match self {
            Self::Day(day) => format!(";VALUE=DATE:{}", day.strftime("%Y%m%d")),
            Self::Utc(time) => format!(":{}", utc(*time)),
            Self::Zoned(local, zone) => {
                format!(";TZID={}:{}", zone.iana_name().unwrap_or("UTC"), local.strftime("%Y%m%dT%H%M%S"))
            }
        }
    }

    /// The moment, for finding the rule of the zone that is in force then.
    pub(crate) fn moment(&self) -> Option<(Timestamp, &TimeZone)> {
        match self {
            Self::Zoned(local, zone) => Some((zone.to_ambiguous_timestamp(*local).compatible().ok()?, zone)),
            Self::Day(_) | Self::Utc(_) => None,
        }
    }
}

pub(crate) fn utc(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The zone of that name, as the system knows it.
pub(crate) fn zone(name: &str) -> Result<TimeZone> {
    let zone = TimeZone::get(name.trim()).ok().filter(|zone| zone.iana_name().is_some());
    zone.ok_or_else(|| {
        let shown: String = name.chars().take(40).collect();
        Error::new(format!("event_tzid is {shown:?}; it has to be a time zone such as America/Chicago"))
    })
}

/// A duration as calendars write it: weeks are days, and no years or months, which have no length.
pub(crate) fn duration(text: &str, of_days: bool) -> Result<String> {
    let wrong = |why: &str| {
        let shown: String = text.chars().take(40).collect();
        Error::new(format!("event_duration is {shown:?}; {why}"))
    };
    let span: Span =
        text.trim().parse().map_err(|_| wrong("it has to be a duration such as PT1H30M or 1h 30m"))?;
    if span.get_years() != 0 || span.get_months() != 0 {
        return Err(wrong("years and months have no certain length"));
    }
    let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
    // Whole seconds: there are no others in a calendar.
    let rest =
        SignedDuration::try_from(span.weeks(0).days(0)).map_err(|_| wrong("it is too long"))?.as_secs();
    if days < 0 || rest < 0 {
        return Err(wrong("an event can't end before it begins"));
    }
    if of_days && rest != 0 {
        return Err(wrong("an event that begins on a day lasts for days"));
    }
    let mut out = String::from("P");
    if days > 0 || of_days {
        out.push_str(&format!("{days}D"));
    }
    let (hours, minutes, seconds) = (rest / 3600, rest / 60 % 60, rest % 60);
    if rest > 0 || out.len() == 1 {
        out.push('T');
        // Between hours and seconds the minutes have to stand.
        let parts =
            [(hours, 'H', false), (minutes, 'M', hours > 0 && seconds > 0), (seconds, 'S', rest == 0)];
        for (number, unit, needed) in parts {
            if number > 0 || needed {
                out.push_str(&format!("{number}{unit}"));
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, zone_name: Option<&str>, expected: &str) {
        let zone = zone_name.map(|name| zone(name).unwrap());
        assert_eq!(When::read("event_dtstart", text, zone.as_ref()).unwrap().property(), expected);
    }

    #[test]
    fn a_day_is_a_day() {
        check("2024-05-01", None, ";VALUE=DATE:20240501");
        check(" 20240501 ", Some("America/Chicago"), ";VALUE=DATE:20240501");
    }

    #[test]
    fn a_time_without_zone_is_utc() {
        check("2024-05-01 12:30", None, ":20240501T123000Z");
        check("2024-05-01T12:30:15", None, ":20240501T123015Z");
    }

    #[test]
    fn a_time_of_a_zone_keeps_it() {
        check("2024-05-01 12:30", Some("america/chicago"), ";TZID=America/Chicago:20240501T123000");
    }

    #[test]
    fn an_offset_is_certain() {
        check("2024-05-01T12:30:00-05:00", Some("Europe/Berlin"), ":20240501T173000Z");
        check("2024-05-01 12:30:00Z", None, ":20240501T123000Z");
    }

    #[test]
    fn other_text_is_no_time() {
        for text in ["", "soon", "2024", "2024-02-30", "2024-05-01\r\nX:Y"] {
            let error = When::read("event_dtend", text, None).unwrap_err();
            assert!(error.message.starts_with("event_dtend is "), "{}", error.message);
        }
    }

    #[test]
    fn zones_are_those_of_the_system() {
        for name in ["Mars/Olympus", "", "../../etc/passwd", "EST5EDT,M3.2.0,M11.1.0"] {
            assert!(zone(name).is_err(), "{name}");
        }
    }

    #[test]
    fn durations_have_many_forms() {
        for (text, expected) in [
            ("PT1H30M", "PT1H30M"),
            ("1h 30m", "PT1H30M"),
            ("90 minutes", "PT1H30M"),
            ("P1W1DT10S", "P8DT10S"),
            ("1 hour 5 seconds", "PT1H0M5S"),
            ("P1D", "P1D"),
            ("PT0S", "PT0S"),
        ] {
            assert_eq!(duration(text, false).unwrap(), expected, "{text}");
        }
        assert_eq!(duration("2 days", true).unwrap(), "P2D");
    }

    #[test]
    fn durations_have_an_end() {
        for (text, of_days, why) in [
            ("long", false, "has to be a duration"),
            ("", false, "has to be a duration"),
            ("P1M", false, "no certain length"),
            ("-PT1H", false, "can't end before it begins"),
            ("PT1H", true, "lasts for days"),
        ] {
            let error = duration(text, of_days).unwrap_err();
            assert!(error.message.contains(why), "{text}: {}", error.message);
        }
    }
}
