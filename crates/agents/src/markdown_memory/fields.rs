//! The two fields with a spelling of their own: the scope and the time.
//!
//! It knows how they are spelt in files, and nothing of the file around them, of store, daemon,
//! HTTP, clock or environment.
//!
//! Invariant: a spelling the format defines is kept exactly; any other one is either understood and
//! respelt, or kept verbatim (scopes), or refused (times).

use super::AppliesTo;
use std::fmt;

impl AppliesTo {
    /// Understands a scope, and lists of scopes separated by commas.
    ///
    /// A file name may have a comma. So a piece without a prefix begins a new scope, of the kind
    /// before it, only where a space follows the comma, as people write lists and not names.
    pub fn parse(text: &str) -> Self {
        let mut scopes: Vec<Self> = Vec::new();
        for piece in text.split(',') {
            let is_spaced = piece.starts_with(char::is_whitespace);
            match (Self::parse_one(piece), scopes.last_mut()) {
                (Self::Other(name), _) if name.is_empty() => {}
                (Self::Other(name), Some(Self::File(_))) if is_spaced && !name.contains(':') => {
                    scopes.push(Self::File(name));
                }
                (Self::Other(name), Some(Self::Area(_))) if is_spaced && !name.contains(':') => {
                    scopes.push(Self::Area(name));
                }
                (Self::Other(more), Some(Self::File(name) | Self::Area(name))) if !is_spaced && !more.contains(':') => {
                    name.push(',');
                    name.push_str(&more);
                }
                (scope, _) => scopes.push(scope),
            }
        }
        if scopes.iter().all(|scope| matches!(scope, Self::Other(_))) {
            return Self::Other(text.to_owned());
        }
        match scopes.pop() {
            Some(only) if scopes.is_empty() => only,
            last => {
                scopes.extend(last);
                Self::Many(scopes)
            }
        }
    }

    fn parse_one(text: &str) -> Self {
        let text = text.trim();
        let after = |prefix| text.strip_prefix(prefix).map(str::trim).filter(|name| !name.is_empty());
        match (after("file:"), after("area:")) {
            (Some(path), _) => Self::File(path.to_owned()),
            (_, Some(name)) => Self::Area(name.to_owned()),
            _ if text == "global" => Self::Global,
            _ => Self::Other(text.to_owned()),
        }
    }
}

impl fmt::Display for AppliesTo {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Global => out.write_str("global"),
            Self::File(path) => write!(out, "file:{path}"),
            Self::Area(name) => write!(out, "area:{name}"),
            Self::Other(text) => out.write_str(text),
            Self::Many(scopes) => {
                for (index, scope) in scopes.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(out, "{comma}{scope}")?;
                }
                Ok(())
            }
        }
    }
}

/// Respells a YAML timestamp as JavaScript's `toISOString` does: UTC, milliseconds, `Z`. A time
/// without a zone is UTC, a date without a time is its midnight.
pub(crate) fn utc_millis(text: &str) -> Option<String> {
    let text = text.trim();
    let (date, time) = match text.split_once(['T', 't', ' ', '\t']) {
        Some((date, time)) => (date, time.trim_start()),
        None => (text, "00:00Z"),
    };
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let mut date = (digits(year, 4, 4)?, digits(month, 1, 2)?, digits(day, 1, 2)?);
    let is_day = (1..=12).contains(&date.1) && (1..=days_in(date.0, date.1)).contains(&date.2);
    if !is_day || parts.next().is_some() {
        return None;
    }
    let (clock, zone) = time.split_at(time.find(['Z', 'z', '+', '-']).unwrap_or(time.len()));
    let mut parts = clock.trim_end().split(':');
    let (hour, minute) = (digits(parts.next()?, 1, 2)?, digits(parts.next()?, 2, 2)?);
    let (seconds, fraction) = parts.next().map_or(("0", ""), |s| s.split_once('.').unwrap_or((s, "")));
    let seconds = digits(seconds, 1, 2)?;
    // JavaScript's dates have milliseconds; what is finer is cut off, as there.
    let millis: String = fraction.chars().chain("000".chars()).take(3).collect();
    let is_fraction = fraction.bytes().all(|byte| byte.is_ascii_digit());
    if hour > 23 || minute > 59 || seconds > 59 || !is_fraction || parts.next().is_some() {
        return None;
    }
    let minutes = hour * 60 + minute - offset(zone)?;
    match minutes.div_euclid(24 * 60) {
        -1 => date = day_before(date)?,
        1 => date = day_after(date)?,
        _ => {}
    }
    let (year, month, day) = date;
    let (hour, minute) = (minutes.rem_euclid(24 * 60) / 60, minutes.rem_euclid(60));
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{seconds:02}.{millis}Z"))
}

/// The minutes a zone is ahead of UTC.
fn offset(zone: &str) -> Option<i32> {
    let (sign, zone) = match zone.split_at_checked(1) {
        None => return Some(0),
        Some(("Z" | "z", "")) => return Some(0),
        Some(("+", zone)) => (1, zone),
        Some(("-", zone)) => (-1, zone),
        Some(_) => return None,
    };
    let (hours, minutes) = match zone.split_once(':') {
        Some(parts) => parts,
        None if zone.len() == 4 => zone.split_at_checked(2)?,
        None => (zone, "0"),
    };
    let (hours, minutes) = (digits(hours, 1, 2)?, digits(minutes, 1, 2)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

fn digits(text: &str, fewest: usize, most: usize) -> Option<i32> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && (fewest..=most).contains(&text.len())).then(|| text.parse().ok()).flatten()
}

fn days_in(year: i32, month: i32) -> i32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

fn day_before((year, month, day): (i32, i32, i32)) -> Option<(i32, i32, i32)> {
    match (month, day) {
        (1, 1) => (year > 0).then_some((year - 1, 12, 31)),
        (_, 1) => Some((year, month - 1, days_in(year, month - 1))),
        _ => Some((year, month, day - 1)),
    }
}

fn day_after((year, month, day): (i32, i32, i32)) -> Option<(i32, i32, i32)> {
    match (month, day == days_in(year, month)) {
        (12, true) => (year < 9999).then_some((year + 1, 1, 1)),
        (_, true) => Some((year, month + 1, 1)),
        _ => Some((year, month, day + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_understood_and_lists_repaired() {
        for (text, respelt, shape) in [
            ("global", "global", "Global"),
            ("file:src/a.rs", "file:src/a.rs", "File"),
            ("file:src/a,b.rs", "file:src/a,b.rs", "File"),
            ("file: src/a.rs,", "file:src/a.rs", "File"),
            ("area:a b", "area:a b", "Area"),
            ("file:a, file:b", "file:a, file:b", "Many"),
            ("file:a,area:b,global", "file:a, area:b, global", "Many"),
            ("area:a, b", "area:a, area:b", "Many"),
            ("tag:x, file:a", "tag:x, file:a", "Many"),
            ("tag:x,y", "tag:x,y", "Other"),
            ("file:", "file:", "Other"),
            ("Global", "Global", "Other"),
            (" , ", " , ", "Other"),
        ] {
            let scope = AppliesTo::parse(text);
            assert_eq!(scope.to_string(), respelt);
            assert!(format!("{scope:?}").starts_with(shape), "{scope:?}");
            assert_eq!(AppliesTo::parse(respelt), scope);
        }
    }

    #[test]
    fn times_become_utc_milliseconds() {
        for (text, respelt) in [
            ("2025-12-03T11:14:22.409Z", Some("2025-12-03T11:14:22.409Z")),
            ("2025-12-03", Some("2025-12-03T00:00:00.000Z")),
            ("2025-12-3 9:14:22.40959", Some("2025-12-03T09:14:22.409Z")),
            ("2024-02-28t23:30:00-01:00", Some("2024-02-29T00:30:00.000Z")),
            ("2025-01-01T00:10+0530", Some("2024-12-31T18:40:00.000Z")),
            ("2025-12-31T23:59:59 -1", Some("2026-01-01T00:59:59.000Z")),
            ("2025-02-29", None),
            ("2025-13-01", None),
            ("2025-12-03T24:00:00Z", None),
            ("2025-12-03T11:14:60Z", None),
            ("2025-12-03T11:14:22.4x9Z", None),
            ("2025-12-03T11:14:22Zulu", None),
            ("0000-01-01T00:00:00+01:00", None),
            ("9999-12-31T23:59:59-01:00", None),
            ("2025-12-03T", None),
            ("yesterday", None),
        ] {
            assert_eq!(utc_millis(text).as_deref(), respelt, "{text}");
        }
    }
}
