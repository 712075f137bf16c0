//! Leases: who may hold what, for how long, and who is next. Paths, names with permits, and roles are one machine.
//! It must not know clocks, rows or connections: moments, and who is known to be alive, are arguments.
//! Invariant: what is held never exceeds what there is; a token is given once and grows; who waits is served in the order of
//! asking; what somebody is known to be alive for does not expire; after an absence nothing does before a grace.

pub mod glob;
mod machine;

#[cfg(test)]
mod tests;

use crate::memory::SessionRef;
use glob::Glob;

pub use machine::{Absence, Asked, Blocked, Happened, Queue, Resource, Taking};

/// A lease that nobody renews lasts so long unless asked otherwise, in ms. A turn of an agent may be as long without a hook.
pub const TTL: u64 = 30 * 60_000;
/// The shortest and the longest that can be asked for, in ms.
pub const TTLS: (u64, u64) = (5_000, 7 * 86_400_000);
/// What is held, or waited for, by an open connection outlives it by so long where nobody saw it close, in ms.
pub const CONNECTED: u64 = 20_000;
/// Nothing expires for so long after the keeper was away, in ms: whoever holds something has to find it again first.
pub const GRACE: u64 = 20_000;
/// So many may wait for one thing.
pub const MAX_WAITING: usize = 1_000;
/// The most permits that a name can have.
pub const MAX_PERMITS: u32 = 10_000;
/// The most patterns of one lease.
pub const MAX_GLOBS: usize = 64;
/// What all leases on paths are leases of.
pub const PATHS: &str = "paths";
/// What the name of a role begins with.
pub const ROLE: &str = "role:";

/// One start of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Boot(pub u128);

/// A moment of a clock that nobody sets, and that goes on while the machine sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Since which start.
    pub boot: Boot,
    /// Milliseconds since then.
    pub at: u64,
}

impl Moment {
    /// This moment plus `ms` milliseconds.
    #[must_use]
    pub fn plus(self, ms: u64) -> Self {
        Self { at: self.at.saturating_add(ms), ..self }
    }
}

/// A claim's number: given once, in the order of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClaimId(pub i64);

/// What a holder proves its lease with: of one thing each is given once, and a later lease has a greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Token(pub u64);

/// Who holds, or waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The agent's session that asked; none where a person did.
    pub session: Option<SessionRef>,
    /// The process that holds it by its connection; none where it is held until it expires.
    pub pid: Option<u32>,
}

impl Holder {
    /// Whether both are of one session, its subagents included: they do not keep each other out of files.
    pub fn is_of_session(&self, other: &SessionRef) -> bool {
        self.session.as_ref().is_some_and(|own| is_one_session(own, other))
    }

    /// Whether the other one is this one asking again. A process holds for itself alone, and of people nothing is known.
    fn is(&self, other: &Self) -> bool {
        let is_process = self.pid.is_some() || other.pid.is_some();
        !is_process && other.session.as_ref().is_some_and(|session| self.is_of_session(session))
    }

    /// Whether the two do not stand in each other's way in files.
    fn is_with(&self, other: &Self) -> bool {
        other.session.as_ref().is_some_and(|session| self.is_of_session(session))
    }
}

/// Whether both are one session: a subagent is its caller's.
pub fn is_one_session(one: &SessionRef, other: &SessionRef) -> bool {
    let root = |id: &str| id.split('/').next().map(str::to_owned);
    one.agent == other.agent && root(&one.id) == root(&other.id)
}

/// Whether others may hold the same files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nobody else.
    Exclusive,
    /// Who shares them too.
    Shared,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// So many permits of a name.
    Permits(u32),
    /// Files.
    Paths {
        /// Which.
        globs: Vec<Glob>,
        /// With whom.
        mode: Mode,
    },
}

impl Want {
    /// Whether some file is wanted by both, and not by both to share.
    fn collides(&self, other: &Self) -> bool {
        match (self, other) {
            (Want::Paths { globs, mode }, Want::Paths { globs: others, mode: theirs }) => {
                (*mode, *theirs) != (Mode::Shared, Mode::Shared)
                    && globs.iter().any(|glob| others.iter().any(|other| glob.overlaps(other)))
            }
            _ => false,
        }
    }

    /// How many permits.
    fn permits(&self) -> u32 {
        if let Want::Permits(permits) = self { *permits } else { 0 }
    }
}

/// Whether a claim holds or waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// For its turn.
    Waits,
    /// With this token.
    Holds(Token),
}

/// One claim: a lease, or a place in the queue for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its number.
    pub id: ClaimId,
    /// Whose it is.
    pub holder: Holder,
    /// On what.
    pub want: Want,
    /// How long it lasts once it is held, unless renewed, in ms.
    pub ttl: u64,
    /// When it ends.
    pub until: Moment,
    /// Whether it is held.
    pub standing: Standing,
}

impl Claim {
    /// The token that it is held with.
    pub fn token(&self) -> Option<Token> {
        if let Standing::Holds(token) = self.standing { Some(token) } else { None }
    }

    /// How long it goes on from a moment at which somebody is known to be alive for it. Who waits does so by a connection.
    pub fn life(&self) -> u64 {
        if self.token().is_some() { self.ttl } else { CONNECTED }
    }
}

/// Why a claim is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It was given back, or whoever held it is gone.
    Released,
    /// Nobody renewed it.
    Expired,
    /// Another took it by force.
    Taken,
}

/// Why something was refused; nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Others hold it, or asked before.
    #[error("it is held")]
    Held(Blocked),
    /// It has another number of permits, and is in use.
    #[error("it has {of} permits while it is in use")]
    OtherPermits {
        /// How many it has.
        of: u32,
    },
    /// More permits were asked for than there are.
    #[error("it has {of} permits in all")]
    TooMany {
        /// How many it has.
        of: u32,
    },
    /// Too many wait.
    #[error("{MAX_WAITING} wait for it already")]
    QueueFull,
    /// It is at another epoch than the asker knows.
    #[error("it is at epoch {}", .0.0)]
    Epoch(Token),
    /// No lease with this number is held or waited for any more.
    #[error("there is no such lease any more")]
    Gone,
}
