//! What agents that run side by side do: the feed of what happened between them.
//! It must not know SQL, nor who follows.
//! Invariant: a number of the feed is given once, in the order of commits.

use quipu_core::happening::Happening;
use quipu_core::id::Millis;
use quipu_core::memory::{ProjectKey, SessionRef};

use crate::error::StoreError;
use crate::read::Scope;

/// A write about agents.
#[derive(Debug, Clone)]
pub enum AgentsWrite {
    /// Something happened that no other write tells of.
    Tell(Happened),
    /// What is older, or beyond so many, goes from the feed.
    Prune {
        /// Older than this.
        before: Millis,
        /// The newest so many stay.
        most: u64,
    },
}

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Happened {
    /// What.
    pub kind: Happening,
    /// In which project; none: it is everybody's.
    pub project: Option<ProjectKey>,
    /// Names and numbers of it; never a memory's or a message's text.
    pub body: serde_json::Value,
}

/// One row of the feed.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedRow {
    /// Its number.
    pub id: u64,
    /// When.
    pub at: Millis,
    /// What.
    pub kind: Happening,
    /// In which project; none: it is everybody's.
    pub project: Option<ProjectKey>,
    /// Whose session.
    pub session: Option<SessionRef>,
    /// Names and numbers of it.
    pub body: serde_json::Value,
}

/// Which rows of the feed are asked for, in their order.
#[derive(Debug, Clone)]
pub struct FeedQuery {
    /// Of whose projects; what is everybody's comes too.
    pub scope: Scope,
    /// From where on.
    pub from: FeedFrom,
    /// Only of these kinds; none means all.
    pub kinds: Vec<Happening>,
    /// At most so many.
    pub limit: usize,
}

/// From where on a feed is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedFrom {
    /// Those after the first number, up to the second.
    After(u64, u64),
    /// The newest.
    Newest,
}

/// What of the feed is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FeedBounds {
    /// Nothing up to this number is kept any more; 0 where nothing has gone.
    pub gone: u64,
    /// The newest number that was given; 0 before the first.
    pub newest: u64,
}

/// What an engine knows of agents.
pub trait Agents {
    /// Rows of the feed.
    fn feed(&self, query: &FeedQuery) -> Result<Vec<FeedRow>, StoreError>;
    /// From where to where the feed goes.
    fn feed_bounds(&self) -> Result<FeedBounds, StoreError>;
}
