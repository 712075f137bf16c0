//! The words in which a write is answered.
//! It must not know how they travel or are stored.
//! Invariant: a repeat of the same event gets the first outcome, word for word.

use crate::id::MemoryId;

/// Every word that a write of memories is answered with, at every door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// A new memory.
    Stored,
    /// The same is there already.
    Duplicate,
    /// Several are one now, or a transcript's record took the place of what a hook had carried.
    Merged,
    /// One stands in the place of another.
    Superseded,
    /// A summary stands for several.
    Aggregated,
    /// It says something else now, or is filed otherwise.
    Changed,
    /// It is hidden.
    Archived,
    /// It is shown again.
    Restored,
    /// The last change was taken back.
    Undone,
    /// It was so already.
    Unchanged,
    /// It lies in the spool, and is written once a daemon takes it.
    Deferred,
    /// Nothing was written.
    Rejected,
}

impl Word {
    /// Every word with what it says, in the order in which `docs/memories.md` lists them.
    pub const ALL: [(Word, &'static str, &'static str); 12] = [
        (Word::Stored, "stored", "a new memory"),
        (Word::Duplicate, "duplicate", "exactly this is there already; `id` names it, nothing was added"),
        (Word::Merged, "merged", "several are one now; `id` is the one that stays"),
        (Word::Superseded, "superseded", "`id` stands in the place of another"),
        (Word::Aggregated, "aggregated", "`id` is a summary that stands for others"),
        (Word::Changed, "changed", "it says something else now, or is filed otherwise"),
        (Word::Archived, "archived", "it is hidden"),
        (Word::Restored, "restored", "it is shown again"),
        (Word::Undone, "undone", "the last change was taken back; `reason` says which"),
        (Word::Unchanged, "unchanged", "it was so already; no revision was made"),
        (Word::Deferred, "deferred", "it lies in the spool and is written once a daemon takes it"),
        (Word::Rejected, "rejected", "nothing was written; `reason` says why, `needs_confirmation` among others"),
    ];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(word, ..)| *word == self).map_or("", |(_, name, _)| name)
    }

    /// The word that is written so.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == name).map(|(word, ..)| *word)
    }
}

/// Why a write is rejected that has to be asked for again.
pub const NEEDS_CONFIRMATION: &str = "needs_confirmation";

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

/// What became of several memories at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Together {
    /// `merged`, `aggregated` or `undone`.
    pub what: Word,
    /// What was undone, where something was.
    pub of: Option<Word>,
    /// The memory that stays, that stands for the others, or that the undone change was of.
    pub id: MemoryId,
    /// The revision that it is at now.
    pub revision: u32,
    /// The others.
    pub others: Vec<MemoryId>,
}

impl Changed {
    /// The word used at every door.
    pub fn word(self) -> Word {
        match self {
            Changed::Edited => Word::Changed,
            Changed::Archived => Word::Archived,
            Changed::Restored => Word::Restored,
            Changed::Superseded(_) => Word::Superseded,
            Changed::Unchanged => Word::Unchanged,
        }
    }
}

impl Outcome {
    /// The word used at every door.
    pub fn word(&self) -> Word {
        match self {
            Outcome::Stored(_) => Word::Stored,
            Outcome::Duplicate { .. } => Word::Duplicate,
            Outcome::Merged { .. } => Word::Merged,
            Outcome::Superseded { .. } => Word::Superseded,
            Outcome::Rejected(_) => Word::Rejected,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_there_and_back() {
        for (word, name, about) in Word::ALL {
            assert_eq!((word.as_str(), Word::parse(name)), (name, Some(word)));
            assert!(!about.is_empty());
        }
        assert_eq!(Word::parse("gone"), None);
    }
}
