//! What `owner.lock` says: who owns a data directory and where it listens.
//! It must not know how the lock is taken; the text routes, the lock proves.
//! Invariant: a text that cannot be read is `None`, never an error: the writer may be half-way.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The owner's card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Where it listens.
    pub socket: PathBuf,
    /// Its process id, for people; nothing is ever killed by it.
    pub pid: u32,
    /// Counts the owners that this data directory has had.
    pub epoch: u64,
    /// Its version.
    pub version: String,
    /// The protocol it speaks.
    pub protocol: u32,
}

/// Reads the card, if there is a whole one.
pub fn read(lock: &Path) -> Option<Owner> {
    serde_json::from_slice(&std::fs::read(lock).ok()?).ok()
}
