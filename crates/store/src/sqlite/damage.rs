//! What is known of damage to the database, and what follows from it: nothing is written any more.
//! It must not know which statement met the damage.
//! Invariant: once met it stands, over restarts too, until the database passes a whole check or another takes its place.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::copies;
use crate::error::StoreError;

/// Whether the database is damaged, and the copy that can take its place.
pub(super) struct Damage {
    /// Its presence says so to the next owner, who might not meet the same page.
    marker: PathBuf,
    backups: PathBuf,
    is_met: AtomicBool,
    met: Mutex<Option<Met>>,
}

#[derive(Clone)]
struct Met {
    reason: String,
    backup: Option<PathBuf>,
}

/// The file that says that the database beside it is damaged.
pub(super) fn marker(database: &Path) -> PathBuf {
    database.with_extension("damaged")
}

impl Damage {
    /// Nothing met yet.
    pub(super) fn none(database: &Path, backups: &Path) -> Self {
        let (marker, backups) = (marker(database), backups.to_owned());
        Self { marker, backups, is_met: AtomicBool::new(false), met: Mutex::new(None) }
    }

    /// What an earlier owner has met, unless the database is whole again.
    pub(super) fn of_earlier(&self, database: &Path) {
        let Ok(reason) = std::fs::read_to_string(&self.marker) else { return };
        if !database.exists() {
            // Somebody took it away; the next one is another.
            let _ = std::fs::remove_file(&self.marker);
            return;
        }
        match copies::integrity_of(database) {
            Ok(found) if found.is_empty() => {
                tracing::warn!(reason, "the database was damaged and passes every check now; it is written to again");
                let _ = std::fs::remove_file(&self.marker);
            }
            _ => self.note(reason.trim()),
        }
    }

    /// Takes note of an error that is a sign of damage; says whether it is one.
    pub(super) fn note_error(&self, error: &StoreError) -> bool {
        if let StoreError::Corrupt(cause) = error {
            self.note(&cause.to_string());
        }
        matches!(error, StoreError::Corrupt(_) | StoreError::Damaged { .. })
    }

    /// Takes note of damage; the first sign stands.
    pub(super) fn note(&self, reason: &str) {
        let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        if met.is_some() {
            return;
        }
        let backup = copies::newest(&self.backups);
        tracing::error!(reason, backup = ?backup, "the database is damaged; nothing is written to it any more");
        *met = Some(Met { reason: reason.to_owned(), backup });
        self.is_met.store(true, Ordering::Release);
        if let Err(error) = std::fs::write(&self.marker, reason) {
            tracing::error!(%error, "the next owner cannot be told of the damage");
        }
    }

    /// Whether it was met.
    pub(super) fn is_met(&self) -> bool {
        self.is_met.load(Ordering::Acquire)
    }

    /// What was met.
    pub(super) fn reason(&self) -> Option<String> {
        self.met().map(|met| met.reason)
    }

    /// Refuses where damage was met.
    pub(super) fn refuse(&self) -> Result<(), StoreError> {
        match self.met() {
            Some(Met { reason, backup }) => Err(StoreError::Damaged { reason, backup }),
            None => Ok(()),
        }
    }

    /// The answer to somebody who met an error: damage names the way out of it.
    pub(super) fn told<T>(&self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        match outcome {
            Err(error) if self.note_error(&error) => Err(self.refuse().err().unwrap_or(error)),
            other => other,
        }
    }

    fn met(&self) -> Option<Met> {
        if !self.is_met() {
            return None;
        }
        self.met.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
