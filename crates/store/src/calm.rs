//! What a session leaves open, and where it stands: what is written of that, and what can be asked.
//! It must not know SQL, nor what is said to whom.
//! Invariant: a session is reminded once, whoever asks for it and however often.

use quipu_core::id::MemoryId;
use quipu_core::memory::{Memory, SessionRef};

use crate::error::StoreError;

/// A write of it.
#[derive(Debug, Clone)]
pub enum CalmWrite {
    /// A session has taken a work item up.
    TookUp {
        /// The session.
        session: SessionRef,
        /// The item.
        item: MemoryId,
    },
    /// A session was reminded.
    Remind(SessionRef),
}

/// What a session leaves open.
#[derive(Debug, Clone, Default)]
pub struct LeftOpen {
    /// Whether it was reminded already; then nothing else is looked for.
    pub was_reminded: bool,
    /// Work items that it took up and that are still being done, the newest first.
    pub work: Vec<Memory>,
}

/// Files that a session edited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edited {
    /// Their absolute paths, the last edited first.
    pub paths: Vec<String>,
    /// How many there are.
    pub of: u64,
}

/// What an engine knows of it.
pub trait Calm {
    /// What a session leaves open.
    fn left_open(&self, session: &SessionRef) -> Result<LeftOpen, StoreError>;
    /// The files that a session edited, at most `limit`.
    fn edited(&self, session: &SessionRef, limit: usize) -> Result<Edited, StoreError>;
}
