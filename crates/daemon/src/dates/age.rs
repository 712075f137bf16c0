//! How long ago something was, as models read it best.
//! It must not know what it was.
//! Invariant: a length and no date: whoever reads it knows no today.

use jiff::{Timestamp, Zoned};

/// `just now`, `5 minutes ago`, `3 hours ago`, `yesterday`, `4 days ago`, `3 weeks ago`, `5 months ago`, `2 years ago`.
pub fn age(ms: i64, now: &Zoned) -> String {
    let Ok(at) = Timestamp::from_millisecond(ms) else { return "unknown age".to_owned() };
    let seconds = now.timestamp().duration_since(at).as_secs().max(0);
    let days =
        at.to_zoned(now.time_zone().clone()).date().until(now.date()).map_or(0, |span| i64::from(span.get_days()));
    let many = |n: i64, unit: &str| format!("{n} {unit}{} ago", if n == 1 { "" } else { "s" });
    match (seconds, days) {
        (..60, _) => "just now".to_owned(),
        (60..3_600, _) => many(seconds / 60, "minute"),
        (_, ..1) => many(seconds / 3_600, "hour"),
        (_, 1) => "yesterday".to_owned(),
        (_, 2..14) => many(days, "day"),
        (_, 14..60) => many(days / 7, "week"),
        (_, 60..730) => many(days / 30, "month"),
        _ => many(days / 365, "year"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_said_in_one_unit() {
        let now: Zoned = "2026-11-21T15:00:00+01:00[Europe/Berlin]".parse().expect("a moment");
        for (at, words) in [
            ("2026-11-21T14:00:30Z", "just now"),
            ("2026-11-21T13:59:20Z", "just now"),
            ("2026-11-21T13:58:00Z", "2 minutes ago"),
            ("2026-11-21T12:30:00Z", "1 hour ago"),
            ("2026-11-20T08:05:00Z", "yesterday"),
            ("2026-11-17T08:05:00Z", "4 days ago"),
            ("2026-10-30T08:05:00Z", "3 weeks ago"),
            ("2026-06-20T08:05:00Z", "5 months ago"),
            ("2024-06-20T08:05:00Z", "2 years ago"),
        ] {
            let ms = at.parse::<Timestamp>().expect("a moment").as_millisecond();
            assert_eq!(age(ms, &now), words, "{at}");
        }
    }
}
