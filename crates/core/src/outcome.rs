//! The words in which a write is answered.
//! It must not know how they travel or are stored.
//! Invariant: a repeat of the same event gets the first outcome, word for word.

use crate::id::MemoryId;

/// Why something is not written that was forgotten before.
pub const FORGOTTEN: &str = "it was forgotten, and stays so";

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
    /// It stands in the place of one that was there.
    Superseded {
        /// The memory that stands now.
        by: MemoryId,
        /// The one that it replaced.
        old: MemoryId,
    },
    /// Nothing was written, and why.
    Rejected(String),
}

/// What became of a memory that was to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It says something else now, or is filed otherwise.
    Edited,
    /// It is hidden.
    Archived,
    /// It is shown again.
    Restored,
    /// Another one stands in its place.
    Superseded(MemoryId),
    /// It was so already.
    Unchanged,
}

impl Changed {
    /// The word of a memory in whose place another stands.
    pub const SUPERSEDED: &str = "superseded";

    /// The word used at every door.
    pub fn word(self) -> &'static str {
        match self {
            Changed::Edited => "changed",
            Changed::Archived => "archived",
            Changed::Restored => "restored",
            Changed::Superseded(_) => Self::SUPERSEDED,
            Changed::Unchanged => "unchanged",
        }
    }
}

impl Outcome {
    /// The word used at every door.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Stored(_) => "stored",
            Outcome::Duplicate { .. } => "duplicate",
            Outcome::Merged { .. } => "merged",
            Outcome::Superseded { .. } => "superseded",
            Outcome::Rejected(_) => "rejected",
        }
    }

    /// The memory that the answer is about.
    pub fn id(&self) -> Option<MemoryId> {
        match self {
            Outcome::Stored(id)
            | Outcome::Duplicate { of: id }
            | Outcome::Merged { into: id }
            | Outcome::Superseded { by: id, .. } => Some(*id),
            Outcome::Rejected(_) => None,
        }
    }
}
