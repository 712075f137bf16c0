//! Folders of Markdown that are kept as memories are, and what is known of their files.
//! It must not know SQL, nor how a file is read.
//! Invariant: a row of a file tells the last moment at which file and memory said the same.

use std::path::PathBuf;

use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, ProjectKey};

/// A mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// Its row.
    pub id: i64,
    /// The folder.
    pub path: PathBuf,
    /// Whose memories; none means every project's.
    pub project: Option<ProjectKey>,
    /// Only these kinds; empty means all that are written.
    pub kinds: Vec<Kind>,
    /// Since when.
    pub added_at: Millis,
    /// Where git stood when it was last looked at.
    pub head: Option<String>,
}

/// A file of a mirror, as it was when it and its memory last said the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorFile {
    /// The memory.
    pub memory: MemoryId,
    /// The file's name below the folder.
    pub name: String,
    /// Hash of its bytes.
    pub hash: String,
    /// Revision of the memory.
    pub revision: u32,
}

/// A written memory as a mirror needs it to see what has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The memory.
    pub id: MemoryId,
    /// Its revision.
    pub revision: u32,
    /// Shown, archived or superseded.
    pub lifecycle: Lifecycle,
}

/// What is written down of mirrors.
#[derive(Debug, Clone)]
pub enum MirrorWrite {
    /// A new one.
    Add {
        /// The folder.
        path: PathBuf,
        /// Whose memories.
        project: Option<ProjectKey>,
        /// Of which kinds.
        kinds: Vec<Kind>,
    },
    /// It is none any more; its files stay.
    Remove {
        /// Its row.
        mirror: i64,
    },
    /// File and memory say the same.
    Agree {
        /// The mirror's row.
        mirror: i64,
        /// The file.
        file: MirrorFile,
    },
    /// A memory has no file any more.
    Part {
        /// The mirror's row.
        mirror: i64,
        /// The memory.
        memory: MemoryId,
    },
    /// Where git stands.
    Head {
        /// The mirror's row.
        mirror: i64,
        /// None where there is no git.
        head: Option<String>,
    },
}
