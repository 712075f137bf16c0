//! Memories that other programs kept, on their way in.
//! It must not know those programs' formats, nor SQL.
//! Invariant: an item is known by its id; what its source says of it decides whether there is anything to do.

use quipu_core::change::Pin;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::memory::Note;

/// Some memories of one source: one commit.
#[derive(Debug, Clone)]
pub struct ImportBatch {
    /// Which program they come from: `local-recall`, `claude-mem`, …
    pub source: String,
    /// The memories.
    pub items: Vec<ImportItem>,
    /// What is not there any more.
    pub gone: Gone,
    /// Whether anything is kept.
    pub pass: Pass,
}

/// Whether anything is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// It is.
    Keep,
    /// All is done and undone again, to see what would become of it.
    Rehearse,
}

/// What a source has no more. What was changed here since it was brought in stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Gone {
    /// Memories that were taken out.
    pub ids: Vec<MemoryId>,
    /// Files of which the whole content is in `items`, by path: whatever else came from them is there no more.
    pub whole_files: Vec<String>,
}

/// One memory.
#[derive(Debug, Clone)]
pub struct ImportItem {
    /// The memory, redacted; under the id that it has in its source.
    pub note: Note,
    /// What hides it there, if anything does.
    pub stood: Stood,
    /// Whether it is held on to.
    pub pin: Pin,
    /// Absolute paths of files that it is about.
    pub files: Vec<String>,
    /// How many secrets were replaced.
    pub redactions: u32,
    /// Where it stands in its source.
    pub from: ImportedFrom,
    /// Hash of all that the source says of it.
    pub said: String,
}

/// How a memory stood in its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stood {
    /// It was shown.
    Live,
    /// It was hidden.
    Archived {
        /// When; where that is not known, when it was said.
        at: Millis,
        /// Why.
        reason: Option<String>,
    },
    /// Another one stood in its place, which may come later, or never.
    Superseded(MemoryId),
    /// A summary stood for it, which may come later, or never.
    Aggregated(MemoryId),
}

/// Where in its source a memory stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedFrom {
    /// The file or the database.
    pub path: String,
    /// Its first and last line, from 1; of a table the number of the row.
    pub lines: Option<(u64, u64)>,
    /// What it is called there.
    pub name: Option<String>,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportCounts {
    /// Of each item, in their order.
    pub items: Vec<ImportOutcome>,
    /// Memories that were archived because their source has them no more.
    pub archived: Vec<MemoryId>,
}

/// What became of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportOutcome {
    /// It is a memory now.
    Stored(MemoryId),
    /// Its source says something else than it did, and so does the memory now; what it was is a revision.
    Changed(MemoryId),
    /// It is there already.
    Duplicate {
        /// The memory that is there.
        of: MemoryId,
    },
    /// Both its source and somebody here have changed it: it stays as it is here.
    ChangedHere(MemoryId),
    /// It has the id of a memory that came another way and says something else.
    IdTaken(MemoryId),
    /// It is there, and was hidden here.
    HiddenHere(MemoryId),
    /// It was forgotten on purpose.
    Forgotten(MemoryId),
}
