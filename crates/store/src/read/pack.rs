//! What the store is asked for a session pack.
//! It must not know SQL, tokens or what of it is told.
//! Invariant: lists do not overlap, so that their counts add up.

use quipu_core::id::Millis;
use quipu_core::memory::{Memory, ProjectKey};
use quipu_core::scope::Viewer;

/// Whose, and how much of it.
#[derive(Debug, Clone)]
pub struct PackQuery {
    /// The project; what belongs to none is its too.
    pub project: ProjectKey,
    /// Who looks, and at which places.
    pub viewer: Viewer,
    /// At most so many of each list.
    pub limit: usize,
    /// When it is asked: what does not hold then is not told.
    pub now: Millis,
}

/// The newest of a list, and how many there are.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    /// Newest first.
    pub newest: Vec<Memory>,
    /// All.
    pub of: u64,
}

/// Live memories that somebody held on to or wrote down; work items are asked for by themselves.
#[derive(Debug, Clone, Default)]
pub struct PackRows {
    /// Held on to, of any kind. In no other list.
    pub pinned: Counted,
    /// Decisions.
    pub decisions: Counted,
    /// Conventions and what must not be done again.
    pub rules: Counted,
    /// Questions left open.
    pub threads: Counted,
    /// Whatever else was written down.
    pub notes: Counted,
}
