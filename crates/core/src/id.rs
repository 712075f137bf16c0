//! Ids and units as types, so that one cannot be passed where another is meant.
//! It must not know how an id is made (that needs a clock and chance) or stored.
//! Invariant: ids print and parse as lower-case hyphenated UUIDs.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// A memory's id: UUIDv7 when quipu made it, any UUID when it was imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemoryId(pub Uuid);

/// The id of one write, made by the client before its first try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(pub Uuid);

/// A text that should have been an id and is not one.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not an id; ids look like 0193e0a4-7c1e-7000-8000-000000000001 (see `quipu search --json`)")]
pub struct BadId(pub String);

macro_rules! uuid_newtype {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                Uuid::parse_str(text.trim()).map(Self).map_err(|_| BadId(text.to_owned()))
            }
        }
    };
}
uuid_newtype!(MemoryId);
uuid_newtype!(EventId);

/// A moment: milliseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Millis(pub i64);

impl Millis {
    /// This moment plus `ms` milliseconds.
    pub fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}
