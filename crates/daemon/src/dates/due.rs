//! Days to come, as people say them.
//! It must not know what is due then.
//! Invariant: a day means its end, in the local time zone: what is due on Friday is not late on Friday.

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, Zoned};

/// A moment to come, in UTC milliseconds: `today`, `tomorrow`, `friday`, `3d`, `in 2 weeks`, `2026-12-01`, or a timestamp.
///
/// # Errors
/// What is no such time, in words that name the forms.
pub fn due(text: &str, now: &Zoned) -> Result<i64, String> {
    let bad = |_| format!("`{text}` is no day; say today, tomorrow, friday, 3d, 2026-12-01 or 2026-12-01T10:00:00Z");
    let word = text.trim().to_ascii_lowercase();
    let end = |date: Date| {
        let next = date.tomorrow()?.to_zoned(now.time_zone().clone())?;
        Ok(next.timestamp().as_millisecond() - 1)
    };
    let moment: Result<i64, jiff::Error> = match word.as_str() {
        "today" => end(now.date()),
        "tomorrow" => now.date().tomorrow().and_then(end),
        word => match weekday(word) {
            Some(day) => now.date().nth_weekday(1, day).and_then(end),
            None => match (text.trim().parse::<Date>(), text.trim().parse::<Timestamp>()) {
                (_, Ok(at)) => Ok(at.as_millisecond()),
                (Ok(date), _) => end(date),
                _ => super::duration(word.strip_prefix("in ").unwrap_or(word))
                    .and_then(|span| now.checked_add(span))
                    .and_then(|at| if is_of_days(word) { end(at.date()) } else { Ok(at.timestamp().as_millisecond()) }),
            },
        },
    };
    moment.map_err(bad)
}

/// A day, or the next one of that name, by any beginning of three letters or more.
fn weekday(word: &str) -> Option<Weekday> {
    const DAYS: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    DAYS.into_iter().find(|(name, _)| word.len() >= 3 && name.starts_with(word)).map(|(_, day)| day)
}

/// Whether a length is told in days or more, and not in hours.
fn is_of_days(word: &str) -> bool {
    let units = word.trim_start_matches("in ").trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
    units.starts_with('d') || units.starts_with('w') || units.starts_with("mo") || units.starts_with('y')
}

/// How far off a day is, in words: `due in 3 days`, `due today`, `2 days overdue`.
pub fn until(ms: i64, now: &Zoned) -> String {
    let Ok(at) = Timestamp::from_millisecond(ms) else { return "due ?".to_owned() };
    let day = at.to_zoned(now.time_zone().clone()).date();
    let days = now.date().until(day).map_or(0, |span| span.get_days());
    let late = at < now.timestamp();
    match days {
        0 if late => "overdue since today".to_owned(),
        0 => "due today".to_owned(),
        1 => "due tomorrow".to_owned(),
        -1 => "overdue since yesterday".to_owned(),
        n if n < 0 => format!("{} days overdue", -n),
        n if n <= 14 => format!("due in {n} days"),
        _ => format!("due {}", day.strftime(if day.year() == now.year() { "%-d %b" } else { "%-d %b %Y" })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Zoned {
        // A Saturday.
        "2026-11-21T15:00:00+01:00[Europe/Berlin]".parse().expect("a moment")
    }

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("a moment").as_millisecond()
    }

    #[test]
    fn a_day_means_its_end() {
        for (text, at) in [
            ("today", "2026-11-21T22:59:59.999Z"),
            ("Tomorrow", "2026-11-22T22:59:59.999Z"),
            ("friday", "2026-11-27T22:59:59.999Z"),
            ("sat", "2026-11-28T22:59:59.999Z"),
            ("3d", "2026-11-24T22:59:59.999Z"),
            ("in 2 weeks", "2026-12-05T22:59:59.999Z"),
            ("2h", "2026-11-21T16:00:00Z"),
            ("2026-12-01", "2026-12-01T22:59:59.999Z"),
            ("2026-12-01T10:00:00Z", "2026-12-01T10:00:00Z"),
        ] {
            assert_eq!(due(text, &now()), Ok(ms(at)), "{text}");
        }
        for text in ["soonish", "", "fr", "2026-13-01"] {
            assert!(due(text, &now()).is_err(), "{text}");
        }
    }

    #[test]
    fn how_far_off_it_is() {
        for (at, words) in [
            ("2026-11-21T22:59:59.999Z", "due today"),
            ("2026-11-21T08:00:00Z", "overdue since today"),
            ("2026-11-20T22:59:59.999Z", "overdue since yesterday"),
            ("2026-11-18T22:59:59.999Z", "3 days overdue"),
            ("2026-11-22T22:59:59.999Z", "due tomorrow"),
            ("2026-11-25T22:59:59.999Z", "due in 4 days"),
            ("2027-03-01T10:00:00Z", "due 1 Mar 2027"),
        ] {
            assert_eq!(until(ms(at), &now()), words, "{at}");
        }
    }
}
