//! A memory with all that is kept of it: what exports take out and imports bring back.
//! It must not know SQL, files or who asks.
//! Invariant: what was read as a record and is written as one is the same record again.

use quipu_core::memory::{Memory, Revision};

/// A memory, whole.
#[derive(Debug, Clone)]
pub struct Record {
    /// What it is now.
    pub memory: Memory,
    /// How it was captured; none of what was written on purpose, and where that was not asked for.
    pub capture: Option<Capture>,
    /// What it is and was, newest first; empty where that was not asked for, and of what was never changed.
    pub past: Vec<Revision>,
}

/// What ties a captured memory to its session's transcript, so that it is captured only once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capture {
    /// The agent's own id of the record.
    pub source_id: Option<String>,
    /// The message that it belongs to.
    pub group: Option<String>,
    /// The turn that a hook carried.
    pub hook_key: Option<String>,
    /// Its place in the session.
    pub position: i64,
}

/// How much of a memory is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// What it is.
    Memory,
    /// And how it was captured.
    Capture,
    /// And what it was before.
    Past,
}
