//! What went wrong, whose move it is, and the one table of HTTP statuses and exit codes.
//! It must not know which operation failed or how a fault is printed.
//! Invariant: every fault that the asker can mend carries a hint with the command that mends it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whose move it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The asker's input is wrong.
    Caller,
    /// It contradicts what is there.
    Conflict,
    /// What was asked for is not there.
    Missing,
    /// Too much at once: try again.
    Busy,
    /// Not now, for the reason given.
    Unavailable,
    /// Ours; the log has the detail.
    Internal,
}

/// One failure, as every door shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// Whose move it is.
    pub kind: FaultKind,
    /// A stable word to branch on.
    pub code: String,
    /// For the asker.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Milliseconds after which the same request is worth another try; none where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

/// The table: kind, HTTP status, exit code of the CLI (after `sysexits.h`).
const TABLE: [(FaultKind, u16, u8); 6] = [
    (FaultKind::Caller, 400, 64),
    (FaultKind::Conflict, 409, 65),
    (FaultKind::Missing, 404, 66),
    (FaultKind::Busy, 429, 75),
    (FaultKind::Unavailable, 503, 69),
    (FaultKind::Internal, 500, 70),
];

/// Codes of which HTTP says more than their kind does: what the door itself refuses, and what was said on a condition.
const NARROWER: [(&str, u16); 12] = [
    ("no_token", 401),
    ("wrong_token", 401),
    ("wrong_host", 403),
    ("wrong_origin", 403),
    ("cross_site", 403),
    ("method_not_allowed", 405),
    ("too_slow", 408),
    ("revision_conflict", 412),
    ("body_too_large", 413),
    ("path_too_long", 414),
    ("not_json", 415),
    ("head_too_large", 431),
];

impl FaultKind {
    /// HTTP status of a reply whose code has none of its own.
    fn status(self) -> u16 {
        self.row().1
    }
    /// Exit code of the CLI.
    pub fn exit_code(self) -> u8 {
        self.row().2
    }
    /// The kind that a status stands for, for replies without a readable body.
    pub fn of_status(status: u16) -> Self {
        let narrower = || NARROWER.iter().any(|row| row.1 == status).then_some(FaultKind::Caller);
        TABLE.iter().find(|row| row.1 == status).map(|row| row.0).or_else(narrower).unwrap_or(FaultKind::Internal)
    }
    fn row(self) -> (FaultKind, u16, u8) {
        *TABLE.iter().find(|row| row.0 == self).expect("the table has a row for every kind; a test counts them")
    }
}

impl Fault {
    /// HTTP status of the reply: the code's own where it has one, else that of its kind.
    pub fn status(&self) -> u16 {
        NARROWER.iter().find(|row| row.0 == self.code).map_or_else(|| self.kind.status(), |row| row.1)
    }
    /// A fault without a hint.
    pub fn new(kind: FaultKind, code: &str, message: impl Into<String>) -> Self {
        Self { kind, code: code.to_owned(), message: message.into(), hint: None, retry_after_ms: None }
    }
    /// The same with the words that mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
    /// The same, worth another try after so long.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after_ms = Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_row() {
        use FaultKind::{Busy, Caller, Conflict, Internal, Missing, Unavailable};
        for kind in [Caller, Conflict, Missing, Busy, Unavailable, Internal] {
            assert_eq!(FaultKind::of_status(kind.status()), kind);
            assert!(kind.exit_code() >= 64);
        }
        assert_eq!(FaultKind::of_status(418), Internal);
        // A status of a code is nobody's else, or it would say less than the kind does.
        for (code, status) in NARROWER {
            assert!(TABLE.iter().all(|row| row.1 != status), "{code}");
            assert_eq!((Fault::new(Caller, code, "").status(), FaultKind::of_status(status)), (status, Caller));
        }
        assert_eq!(Fault::new(Missing, "no_such_memory", "").status(), 404);
    }
}
