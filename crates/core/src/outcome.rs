//! The words in which a write is answered.
//! It must not know how they travel or are stored.
//! Invariant: a repeat of the same event gets the first outcome, word for word.

use crate::id::MemoryId;

/// What became of one memory that was to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A new memory.
    Stored(MemoryId),
    /// The same memory is there already.
    Duplicate {
        /// The memory that is there.
        of: MemoryId,
    },
    /// The transcript's record took the place of what a hook had carried; the id stays.
    Merged {
        /// The memory that was completed.
        into: MemoryId,
    },
    /// Nothing was written, and why.
    Rejected(String),
}

impl Outcome {
    /// The word used at every door.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Stored(_) => "stored",
            Outcome::Duplicate { .. } => "duplicate",
            Outcome::Merged { .. } => "merged",
            Outcome::Rejected(_) => "rejected",
        }
    }

    /// The memory that the answer is about.
    pub fn id(&self) -> Option<MemoryId> {
        match self {
            Outcome::Stored(id) | Outcome::Duplicate { of: id } | Outcome::Merged { into: id } => Some(*id),
            Outcome::Rejected(_) => None,
        }
    }
}
