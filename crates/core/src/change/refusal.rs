//! Why a change is refused.
//! It must not know what helps: a door's words name the command (`daemon`).
//! Invariant: of a refused change nothing was written.

use crate::id::MemoryId;
use crate::kind::Kind;

/// Why a change is refused. Nothing of it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such memory, or none in the scope that it was looked for in.
    #[error("no memory has the id {0}")]
    Unknown(MemoryId),
    /// Somebody has changed it meanwhile.
    #[error("{id} is at revision {current}, not at {expected}: somebody has changed it meanwhile")]
    Revision {
        /// The memory.
        id: MemoryId,
        /// Its revision.
        current: u32,
        /// The one that the change was meant for.
        expected: u32,
    },
    /// Text, title, kind and scope of what was said are the transcript's.
    #[error("{0} was captured from a session, and what was said there stays as it was said")]
    Captured(MemoryId),
    /// Only notes can be made of notes.
    #[error("a note cannot be made a `{}`: that is what sessions are captured as", .0.as_str())]
    CapturedKind(Kind),
    /// Too much for one memory.
    #[error("{0} bytes are too much for one memory")]
    TooLong(usize),
    /// Another live memory says exactly this.
    #[error("{of} says exactly this already")]
    Twin {
        /// The memory that was to be changed.
        id: MemoryId,
        /// The other.
        of: MemoryId,
    },
    /// A memory cannot stand in its own place.
    #[error("{0} cannot stand in its own place")]
    Itself(MemoryId),
    /// It would be replaced by what it replaces.
    #[error("{old} stands in the place of {new}, so {new} cannot stand in its place")]
    Cycle {
        /// The memory that was to be replaced.
        old: MemoryId,
        /// The one that was to stand in its place.
        new: MemoryId,
    },
    /// Nobody would see either of them.
    #[error("{0} is hidden itself, so it can stand in nobody's place")]
    Hidden(MemoryId),
    /// Another one stands in its place already.
    #[error("{old} was superseded by {by} already")]
    Superseded {
        /// The memory that was to be replaced.
        old: MemoryId,
        /// What stands in its place.
        by: MemoryId,
    },
    /// Whoever sees the one does not see the other.
    #[error("{new} belongs to another project than {old}: who looks for the one would not find the other")]
    OtherProject {
        /// The memory that was to be replaced.
        old: MemoryId,
        /// The one that was to stand in its place.
        new: MemoryId,
    },
    /// An agent sees the one and does not see the other.
    #[error("{new} is private and {old} is not: an agent that looks for the one would not find the other")]
    Private {
        /// The memory that was to be replaced.
        old: MemoryId,
        /// The one that was to stand in its place.
        new: MemoryId,
    },
    /// What is to be written says when it holds, and ends before it begins.
    #[error("it would hold no moment: it ends before it begins")]
    NeverValid,
    /// A change of one memory and itself.
    #[error("{0} was named twice")]
    Twice(MemoryId),
    /// Nothing that was done to it can be taken back: it came with an import or a session, or was changed before changes
    /// were kept.
    #[error("there is nothing to undo of {0}")]
    NothingDone(MemoryId),
    /// Nobody has changed anything there by hand.
    #[error("nothing was changed by hand there")]
    NothingDoneThere,
    /// What was done touched a memory that is gone for good.
    #[error("one of the memories that were changed together was forgotten since")]
    ForgottenSince,
    /// What is to be undone is not the last that happened to one of its memories.
    #[error("{id} was changed again since")]
    ChangedSince {
        /// The memory.
        id: MemoryId,
    },
    /// What stands beside the text does not allow it.
    #[error(transparent)]
    Aside(#[from] crate::aside::Refusal),
}
