//! Values: read from what people write, held against the range of their key, written as TOML takes them.
//! It must not know layers or files.
//! Invariant: a value that is handed out has the kind of its key and lies in its range.

use std::fmt;
use std::time::Duration;

use super::keys::{Key, Kind};

use quipu_core::redact::OwnPattern;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A length of time.
    Time(Duration),
    /// A whole number.
    Number(u64),
    /// Yes or no.
    Flag(bool),
    /// Patterns of paths.
    Patterns(Vec<String>),
    /// Named expressions.
    Expressions(Vec<String>),
}

/// The longest pattern that is taken, in bytes, and how many of them one layer may name.
const PATTERN_BYTES: usize = 1_024;
const PATTERNS: usize = 200;
/// How many expressions one layer may name: each is looked for in every text.
const EXPRESSIONS: usize = 50;

impl Value {
    /// What holds where no layer says anything.
    pub fn default_of(key: &Key) -> Self {
        match key.kind {
            Kind::Time { default, .. } => Value::Time(default),
            Kind::Number { default, .. } => Value::Number(default),
            Kind::Flag { default } => Value::Flag(default),
            Kind::Patterns { default } => Value::Patterns(default.iter().map(|&pattern| pattern.to_owned()).collect()),
            Kind::Expressions => Value::Expressions(Vec::new()),
        }
    }

    /// Reads a value as the environment, a flag or `config set` gives it: `150ms`, `600`, `true`, `/a/**:/b`.
    ///
    /// # Errors
    /// What it should be instead, in words.
    pub fn of_text(key: &Key, text: &str) -> Result<Self, String> {
        let text = text.trim();
        let read = match key.kind {
            Kind::Time { .. } => duration(text).map(Value::Time),
            Kind::Number { .. } => text.parse().ok().map(Value::Number),
            Kind::Flag { .. } => match text {
                "true" | "1" | "yes" | "on" => Some(Value::Flag(true)),
                "false" | "0" | "no" | "off" => Some(Value::Flag(false)),
                _ => None,
            },
            Kind::Patterns { .. } | Kind::Expressions if text.starts_with('[') => {
                let array = text.parse::<toml_edit::Value>().map_err(|_| wrong(key))?;
                return Self::of_toml(key, &array);
            }
            // A colon is a sign like others in an expression, so one alone stands for a list.
            Kind::Expressions => Some(Value::Expressions(vec![text.to_owned()])),
            Kind::Patterns { .. } => {
                Some(Value::Patterns(text.split(':').filter(|p| !p.is_empty()).map(Into::into).collect()))
            }
        };
        read.ok_or_else(|| wrong(key))?.in_range(key)
    }

    /// Reads a value of a file.
    ///
    /// # Errors
    /// What it should be instead, in words.
    pub fn of_toml(key: &Key, value: &toml_edit::Value) -> Result<Self, String> {
        use toml_edit::Value as Toml;
        let read = match (key.kind, value) {
            (Kind::Time { .. }, Toml::String(text)) => duration(text.value()).map(Value::Time),
            (Kind::Number { .. }, Toml::Integer(number)) => u64::try_from(*number.value()).ok().map(Value::Number),
            (Kind::Flag { .. }, Toml::Boolean(flag)) => Some(Value::Flag(*flag.value())),
            (Kind::Patterns { .. }, Toml::Array(array)) => texts(array).map(Value::Patterns),
            (Kind::Expressions, Toml::Array(array)) => texts(array).map(Value::Expressions),
            _ => None,
        };
        read.ok_or_else(|| wrong(key))?.in_range(key)
    }

    /// The same as TOML holds it.
    pub fn to_toml(&self) -> toml_edit::Value {
        match self {
            Value::Time(time) => written(*time).into(),
            Value::Number(number) => i64::try_from(*number).unwrap_or(i64::MAX).into(),
            Value::Flag(flag) => (*flag).into(),
            Value::Patterns(texts) | Value::Expressions(texts) => texts.iter().collect::<toml_edit::Array>().into(),
        }
    }

    /// As JSON shows it: times as text, the rest as what it is.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Time(time) => written(*time).into(),
            Value::Number(number) => (*number).into(),
            Value::Flag(flag) => (*flag).into(),
            Value::Patterns(texts) | Value::Expressions(texts) => texts.clone().into(),
        }
    }

    fn in_range(self, key: &Key) -> Result<Self, String> {
        let holds = match (&self, key.kind) {
            (Value::Time(time), Kind::Time { least, most, .. }) => (least..=most).contains(time),
            (Value::Number(number), Kind::Number { least, most, .. }) => (least..=most).contains(number),
            (Value::Expressions(texts), Kind::Expressions) => {
                if texts.len() > EXPRESSIONS {
                    return Err(format!("`{}` takes at most {EXPRESSIONS} expressions", key.name));
                }
                for text in texts {
                    OwnPattern::parse(text).map_err(|what| format!("`{}`: {what}", key.name))?;
                }
                true
            }
            (Value::Patterns(patterns), Kind::Patterns { .. }) => {
                if patterns.len() > PATTERNS {
                    return Err(format!("`{}` takes at most {PATTERNS} patterns", key.name));
                }
                for pattern in patterns {
                    is_pattern(pattern).map_err(|what| format!("`{}`: {what}", key.name))?;
                }
                true
            }
            _ => true,
        };
        if holds { Ok(self) } else { Err(format!("`{self}` is out of range: {}", wrong(key))) }
    }
}

fn texts(array: &toml_edit::Array) -> Option<Vec<String>> {
    array.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

fn is_pattern(pattern: &str) -> Result<(), String> {
    if pattern.is_empty() || pattern.len() > PATTERN_BYTES {
        return Err(format!("a pattern has 1 to {PATTERN_BYTES} bytes"));
    }
    match glob::Pattern::new(pattern) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("`{}` is no pattern: {}", pattern.escape_debug(), error.msg)),
    }
}

/// What a key takes, in words.
fn wrong(key: &Key) -> String {
    format!("`{}` takes {}", key.name, takes(key))
}

/// The kind and the range of a key, in words.
pub fn takes(key: &Key) -> String {
    match key.kind {
        Kind::Time { least, most, .. } => format!("a time from \"{}\" to \"{}\"", written(least), written(most)),
        Kind::Number { least, most, .. } => format!("a number from {least} to {most}"),
        Kind::Flag { .. } => "true or false".to_owned(),
        Kind::Expressions => "a list of named expressions, [\"ticket=ACME-[0-9]+\"]".to_owned(),
        Kind::Patterns { .. } => "a list of patterns, [\"~/private/**\"]".to_owned(),
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_toml().to_string().trim())
    }
}

const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// `150ms`, `30m`, `1h 30m`; a number without its unit is nothing.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = 0u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let unit = UNITS.iter().find(|(name, _)| *name == unit)?.1;
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(unit)?)?;
        rest = after.trim_start();
    }
    (!text.trim().is_empty()).then(|| Duration::from_millis(total))
}

/// In the largest unit that says it whole.
fn written(time: Duration) -> String {
    let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let (unit, size) = UNITS.iter().find(|(_, size)| ms > 0 && ms.is_multiple_of(*size)).unwrap_or(&("s", 1_000));
    format!("{}{unit}", ms / size)
}
