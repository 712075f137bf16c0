//! What agents that run side by side do: who they are, the feed of what happened between them, where nothing is delivered.
//! It must not know SQL, processes or connections, nor who follows.
//! Invariant: a session has one row; a number of the feed is given once, in the order of commits.

use quipu_core::happening::Happening;
use quipu_core::id::Millis;
use quipu_core::memory::{ProjectKey, SessionRef};

use crate::error::StoreError;
use crate::read::Scope;

/// A write about agents.
#[derive(Debug, Clone)]
pub enum AgentsWrite {
    /// A session was heard of.
    Seen(Sighting),
    /// It ended, unless another process has it by now.
    Left(Departure),
    /// Nothing is heard of it, and others are told so once.
    Silent {
        /// The session.
        session: SessionRef,
        /// Only where it was not heard of since.
        seen: Millis,
    },
    /// It says what it does.
    Task {
        /// The session.
        session: SessionRef,
        /// Where it is, for one that nobody has heard of.
        project: ProjectKey,
        /// What, redacted; none: nothing any more.
        task: Option<String>,
    },
    /// Nothing is delivered there any more.
    PauseDelivery {
        /// Where.
        to: Delivery,
        /// When it ends by itself.
        until: Option<Millis>,
    },
    /// It is again; none means everywhere.
    ResumeDelivery(Option<Delivery>),
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

/// A sign of life of a session.
#[derive(Debug, Clone)]
pub struct Sighting {
    /// The session.
    pub session: SessionRef,
    /// Where it works.
    pub project: ProjectKey,
    /// The branch that is checked out there.
    pub branch: Option<String>,
    /// Its working directory.
    pub cwd: Option<String>,
    /// The process that it runs in, where that is known.
    pub instance: Option<String>,
    /// A file that it edits, by its key in the project.
    pub file: Option<String>,
    /// When.
    pub at: Millis,
}

/// A session's end.
#[derive(Debug, Clone)]
pub struct Departure {
    /// The session.
    pub session: SessionRef,
    /// Only if it runs in this process, or in none that is known.
    pub instance: Option<String>,
    /// When.
    pub at: Millis,
    /// Why, in a word or a few.
    pub why: String,
}

/// Where something is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// To a session.
    Session(SessionRef),
    /// To whoever holds a role.
    Role(String),
    /// To everybody in a project.
    Project(ProjectKey),
    /// To everybody.
    All,
}

/// A pause of delivery that is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryPause {
    /// Where.
    pub to: Delivery,
    /// Since when.
    pub from: Millis,
    /// Until when, if it ends by itself.
    pub until: Option<Millis>,
}

/// What is known of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentRow {
    /// The session.
    pub session: SessionRef,
    /// Where it works.
    pub project: ProjectKey,
    /// The branch there.
    pub branch: Option<String>,
    /// Its working directory.
    pub cwd: Option<String>,
    /// What it says that it does.
    pub task: Option<String>,
    /// The process that it runs in.
    pub instance: Option<String>,
    /// Since when it is here.
    pub joined: Millis,
    /// When it was heard of last.
    pub seen: Millis,
    /// Whether others were told that nothing is heard of it.
    pub silent: bool,
    /// When it ended, and why.
    pub left: Option<(Millis, String)>,
    /// The files that it edited last, the newest first.
    pub files: Vec<(String, Millis)>,
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
    /// Sessions that are here, and those that have left since `since`.
    fn agents(&self, since: Millis) -> Result<Vec<AgentRow>, StoreError>;
    /// Pauses of delivery that hold at `now`, the oldest first.
    fn delivery_pauses(&self, now: Millis) -> Result<Vec<DeliveryPause>, StoreError>;
    /// Rows of the feed.
    fn feed(&self, query: &FeedQuery) -> Result<Vec<FeedRow>, StoreError>;
    /// From where to where the feed goes.
    fn feed_bounds(&self) -> Result<FeedBounds, StoreError>;
}
