//! What can be asked of what stands beside texts: links, work items.
//! It must not know SQL or who asks.
//! Invariant: scope is part of the question: an end of a link that it does not show is not there.

use quipu_core::aside::Aside;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::link::End;
use quipu_core::memory::{Lifecycle, Memory, ProjectKey};
use quipu_core::scope::Viewer;
use quipu_core::work::{Status, Work};

use super::Scope;

/// What stands beside a memory, with all that it is linked to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ties {
    /// What it has itself.
    pub aside: Aside,
    /// Its links as seen from it, whoever keeps them.
    pub links: Vec<Linked>,
    /// So many more there are.
    pub left_out: u64,
}

/// The other end of a link. None of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// What the memory is to it: a word of `core::link`, or `supersedes`, `superseded_by`.
    pub relation: &'static str,
    /// At which end the memory stands.
    pub end: End,
    /// It.
    pub id: MemoryId,
    /// What it is.
    pub kind: Kind,
    /// Whether it is shown.
    pub lifecycle: Lifecycle,
    /// Where it stands, if it is a work item.
    pub status: Option<Status>,
    /// Its project.
    pub project: Option<ProjectKey>,
}

/// Which work items are asked for.
#[derive(Debug, Clone)]
pub struct WorkQuery {
    /// Whose.
    pub scope: Scope,
    /// Who looks, and at which places.
    pub viewer: Viewer,
    /// Those that are closed too.
    pub closed: Closed,
    /// At most so many.
    pub limit: usize,
    /// When it is asked: what was due before is overdue.
    pub now: Millis,
}

/// Whether what is done or dropped is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// It is.
    Show,
    /// It is not.
    Hide,
}

/// Work items: open ones first, by priority, then by their day.
#[derive(Debug, Clone, Default)]
pub struct WorkList {
    /// As many as were asked for.
    pub items: Vec<WorkItem>,
    /// How many are open.
    pub open: u64,
    /// How many of those are overdue.
    pub overdue: u64,
    /// How many of those are blocked.
    pub blocked: u64,
    /// How many there are, closed ones included.
    pub all: u64,
}

/// One of them.
#[derive(Debug, Clone)]
pub struct WorkItem {
    /// The memory.
    pub memory: Memory,
    /// Where it stands.
    pub work: Work,
    /// What blocks it and is open.
    pub blockers: Vec<MemoryId>,
    /// What it is a part of.
    pub wholes: Vec<MemoryId>,
    /// Its own parts: open ones, and all.
    pub parts: (u64, u64),
}
