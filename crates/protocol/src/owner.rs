//! What `owner.lock` says: who owns a data directory and where it listens.
//! It must not know how the lock is taken; the text routes, the lock proves.
//! Invariant: a text that cannot be read is `None`, never an error: the writer may be half-way.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The owner's card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Where it listens; empty where nobody does, because a command owns the data directory for a moment.
    pub socket: PathBuf,
    /// Its process id, for people; nothing is ever killed by it.
    pub pid: u32,
    /// Counts the owners that this data directory has had.
    pub epoch: u64,
    /// Its version.
    pub version: String,
    /// The protocol it speaks.
    pub protocol: u32,
    /// Inode of the lock it is written in: a copied data directory carries a card that leads to the original's owner.
    pub inode: u64,
}

impl Owner {
    /// Whether anybody can be asked: a command that runs without a daemon owns the directory too, and does not listen.
    pub fn listens(&self) -> bool {
        !self.socket.as_os_str().is_empty()
    }
}

/// Reads the card, if there is a whole one and it was written for this very file.
pub fn read(lock: &Path) -> Option<Owner> {
    let mut file = File::open(lock).ok()?;
    let mut text = Vec::new();
    file.read_to_end(&mut text).ok()?;
    let owner: Owner = serde_json::from_slice(&text).ok()?;
    (owner.inode == file.metadata().ok()?.ino()).then_some(owner)
}
