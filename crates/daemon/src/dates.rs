//! Dates as people say them, and the ways they give them.
//! It must not know what happened then.
//! Invariant: whatever `parse` takes it reads in the local time zone, like the one in which dates are shown.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

/// A moment as ISO 8601 UTC with milliseconds.
pub fn iso(ms: i64) -> String {
    Timestamp::from_millisecond(ms)
        .map_or_else(|_| "?".to_owned(), |t| t.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

/// `ms` (UTC milliseconds) as words, seen from `now`.
pub fn human(ms: i64, now: &Zoned) -> String {
    let Ok(at) = Timestamp::from_millisecond(ms) else { return "?".to_owned() };
    let then = at.to_zoned(now.time_zone().clone());
    let age = now.timestamp().duration_since(at);
    let days = then.date().until(now.date()).map_or(i32::MAX, |span| span.get_days());
    if age < SignedDuration::ZERO || days > 6 {
        let form = if then.year() == now.year() { "%-d %b" } else { "%-d %b %Y" };
        return then.strftime(form).to_string();
    }
    match (age.as_secs(), days) {
        (..60, _) => "just now".to_owned(),
        (60..3_600, _) => format!("{} min ago", age.as_mins()),
        (_, 0) => format!("today {}", then.strftime("%H:%M")),
        (_, 1) => format!("yesterday {}", then.strftime("%H:%M")),
        _ => then.strftime("%a %H:%M").to_string(),
    }
}

/// Which end of a day is meant where a day is named: "since Monday" and "until Monday" both take Monday in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Its first millisecond.
    Start,
    /// Its last.
    End,
}

/// A moment, in UTC milliseconds: `2h`, `3d`, `2 weeks ago`, `yesterday`, `today`, `2026-09-01`, or a full timestamp.
///
/// # Errors
/// What is no time, in words that name the forms.
pub fn parse(text: &str, edge: Edge, now: &Zoned) -> Result<i64, String> {
    let text = text.trim();
    let start_of = |date: Date| date.to_zoned(now.time_zone().clone()).map(|z| z.timestamp().as_millisecond());
    let of = |date: Date| match edge {
        Edge::Start => start_of(date),
        Edge::End => date.tomorrow().and_then(start_of).map(|next| next - 1),
    };
    let moment = match text {
        "today" => of(now.date()),
        "yesterday" => now.date().checked_sub(1.day()).and_then(of),
        _ => {
            if let Ok(date) = text.parse::<Date>() {
                of(date)
            } else if let Ok(at) = text.parse::<Timestamp>() {
                Ok(at.as_millisecond())
            } else {
                // How long ago is all that can be meant; the word itself would turn the length round.
                duration(text.strip_suffix("ago").unwrap_or(text).trim())
                    .and_then(|span| now.checked_sub(span))
                    .map(|z| z.timestamp().as_millisecond())
            }
        }
    };
    moment.map_err(|_| format!("`{text}` is no time; say 2h, 3d, yesterday, 2026-09-01 or 2026-09-01T10:00:00Z"))
}

/// A length of time in milliseconds: `90s`, `30m`, `2h`, `1d`.
///
/// # Errors
/// What is no length of time, in words that name the forms.
pub fn length(text: &str) -> Result<i64, String> {
    let bad = || format!("`{text}` is no length of time; say 90s, 30m, 2h or 1d");
    let span = duration(text.trim()).map_err(|_| bad())?;
    let midnight = Date::constant(2026, 1, 1).to_zoned(TimeZone::UTC).map_err(|_| bad())?;
    let end = midnight.checked_add(span).map_err(|_| bad())?;
    let ms = end.timestamp().as_millisecond() - midnight.timestamp().as_millisecond();
    if ms > 0 { Ok(ms) } else { Err(bad()) }
}

fn duration(text: &str) -> Result<jiff::Span, jiff::Error> {
    text.parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Zoned {
        "2026-11-21T15:00:00+01:00[Europe/Berlin]".parse().expect("a moment")
    }

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("a moment").as_millisecond()
    }

    #[test]
    fn dates_are_said_as_people_say_them() {
        for (at, words) in [
            ("2026-11-21T13:59:40Z", "just now"),
            ("2026-11-21T13:45:00Z", "15 min ago"),
            ("2026-11-21T08:05:00Z", "today 09:05"),
            ("2026-11-20T08:05:00Z", "yesterday 09:05"),
            ("2026-11-18T08:05:00Z", "Wed 09:05"),
            ("2026-09-03T08:05:00Z", "3 Sep"),
            ("2025-09-03T08:05:00Z", "3 Sep 2025"),
            ("2026-12-24T08:05:00Z", "24 Dec"),
        ] {
            assert_eq!(human(ms(at), &now()), words, "{at}");
        }
    }

    #[test]
    fn moments_are_read_in_the_local_zone() {
        for (text, at) in [
            ("2h", "2026-11-21T12:00:00Z"),
            ("3d", "2026-11-18T14:00:00Z"),
            ("1 week", "2026-11-14T14:00:00Z"),
            ("3 days ago", "2026-11-18T14:00:00Z"),
            ("today", "2026-11-20T23:00:00Z"),
            ("yesterday", "2026-11-19T23:00:00Z"),
            ("2026-09-01", "2026-08-31T22:00:00Z"),
            ("2026-09-01T10:00:00Z", "2026-09-01T10:00:00Z"),
        ] {
            assert_eq!(parse(text, Edge::Start, &now()), Ok(ms(at)), "{text}");
        }
        assert!(parse("soonish", Edge::Start, &now()).is_err());
        for (text, at) in [
            ("today", "2026-11-21T22:59:59.999Z"),
            ("2026-09-01", "2026-09-01T21:59:59.999Z"),
            ("2026-09-01T10:00:00Z", "2026-09-01T10:00:00Z"),
            ("2h", "2026-11-21T12:00:00Z"),
        ] {
            assert_eq!(parse(text, Edge::End, &now()), Ok(ms(at)), "until {text}");
        }
        assert_eq!(length("2h"), Ok(7_200_000));
        assert!(length("0s").is_err() && length("x").is_err());
    }
}
