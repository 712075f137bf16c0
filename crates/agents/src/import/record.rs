//! One record of another program, a row or a line of JSON, read by whatever name and type its version has for a thing.
//! It must not know which program.
//! Invariant: a value of the wrong type is as if it were not there; nothing here fails.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::clean;
use crate::markdown_memory::utc_millis;

/// Numbers above this are milliseconds since the epoch, those below seconds: the year 5138, or 1973.
const MILLIS: f64 = 1e11;
/// Above this they are microseconds.
const MICROS: f64 = 1e14;

/// A record.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a>(pub &'a Map<String, Value>);

impl Record<'_> {
    /// The first of these that says something.
    pub fn text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| match self.0.get(*name)? {
            Value::String(text) => Some(clean(text.trim())).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    }

    /// A number, also one that is written as text.
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.0.get(name)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            Value::Bool(is) => Some(f64::from(u8::from(*is))),
            _ => None,
        }
        .filter(|number| number.is_finite())
    }

    /// Whether something is said to be so.
    pub fn flag(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Bool(is)) => *is,
            Some(Value::Number(number)) => number.as_f64() != Some(0.0),
            Some(Value::String(text)) => matches!(text.trim(), "1" | "true" | "True" | "yes" | "t"),
            _ => false,
        }
    }

    /// A list: JSON, JSON within a text, or words between commas.
    pub fn list(&self, name: &str) -> Vec<String> {
        let text = match self.0.get(name) {
            Some(Value::Array(items)) => return texts(items),
            Some(Value::String(text)) => text.trim(),
            _ => return Vec::new(),
        };
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Array(items)) => texts(&items),
            Ok(Value::Object(_) | Value::Null) => Vec::new(),
            _ => text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect(),
        }
    }

    /// UTC milliseconds of the first of these that is a time: ISO 8601, or seconds, milliseconds or microseconds since
    /// the epoch, whole or not.
    pub fn time(&self, names: &[&str]) -> Option<i64> {
        names.iter().find_map(|name| {
            let epoch = |number: f64| {
                let millis = match number {
                    _ if number <= 0.0 => return None,
                    n if n > MICROS => n / 1e3,
                    n if n > MILLIS => n,
                    n => n * 1e3,
                };
                Timestamp::from_millisecond(millis as i64).ok().map(Timestamp::as_millisecond)
            };
            match self.0.get(*name)? {
                Value::Number(number) => epoch(number.as_f64()?),
                Value::String(text) => {
                    let written = || utc_millis(text)?.parse::<Timestamp>().ok().map(Timestamp::as_millisecond);
                    written().or_else(|| epoch(text.trim().parse().ok()?))
                }
                _ => None,
            }
        })
    }
}

fn texts(items: &[Value]) -> Vec<String> {
    let text = |item: &Value| match item {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        // Lists of what has a name or a path.
        Value::Object(fields) => Record(fields).text(&["path", "file", "name", "text", "title"]),
        _ => None,
    };
    items.iter().filter_map(text).filter(|text| !text.is_empty()).collect()
}
