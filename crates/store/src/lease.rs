//! Leases and roles: what is written of them, and what of them can be asked.
//! It must not know SQL, clocks or connections.
//! Invariant: what becomes of a claim is decided by `core::lease` within the transaction that writes it down.

use quipu_core::id::{MemoryId, Millis};
use quipu_core::lease::{Absence, Claim, ClaimId, End, Holder, Moment, Queue, Refusal, Taking, Token, Want};
use quipu_core::memory::{ProjectKey, SessionRef};

use crate::error::StoreError;

/// A write about leases.
#[derive(Debug, Clone)]
pub struct LeaseWrite {
    /// By the machine's own clock.
    pub now: Moment,
    /// Claims that somebody is known to be alive for, and that are to last longer.
    pub alive: Vec<ClaimId>,
    /// What is done.
    pub deed: Deed,
}

/// What is done to leases. Time passes for what it is about before.
#[derive(Debug, Clone)]
pub enum Deed {
    /// Time passes for all.
    Settle(Absence),
    /// Somebody asks for something.
    Ask {
        /// For what.
        resource: ResourceRef,
        /// The claim.
        claim: NewClaim,
        /// How many permits the name has; none: as many as it has.
        of: Option<u32>,
        /// Whether to wait.
        queue: Queue,
    },
    /// Somebody takes a role.
    Take {
        /// The role.
        resource: ResourceRef,
        /// The claim.
        claim: NewClaim,
        /// Only at this epoch.
        if_epoch: Option<Token>,
        /// Whether from somebody else.
        taking: Taking,
    },
    /// These last from now on, for so long where a time is said.
    Renew {
        /// Which.
        claims: Vec<ClaimId>,
        /// How long they last from now on, in ms.
        ttl: Option<u64>,
    },
    /// These are no more.
    End {
        /// Which; those that are no more are left alone.
        claims: Vec<ClaimId>,
        /// Why.
        how: End,
    },
    /// A role is given up, with a note for the next one.
    GiveUp {
        /// The claim.
        claim: ClaimId,
        /// The memory that holds the note.
        note: Option<MemoryId>,
    },
}

/// What can be held.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ResourceRef {
    /// Its name; [`quipu_core::lease::PATHS`] for files.
    pub name: String,
    /// Of a role: where.
    pub project: Option<ProjectKey>,
}

/// A claim that is asked for.
#[derive(Debug, Clone)]
pub struct NewClaim {
    /// Who asks.
    pub holder: Holder,
    /// For what.
    pub want: Want,
    /// For how long, in ms.
    pub ttl: u64,
    /// Whether agents are kept from editing its files, not only told.
    pub edits: Edits,
    /// Why, redacted.
    pub reason: Option<String>,
    /// Where it was asked for.
    pub project: Option<ProjectKey>,
}

/// What becomes of others' edits of leased files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edits {
    /// The agent is told.
    Warn,
    /// They are refused.
    Deny,
}

/// What became of a claim that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It is held.
    Granted(ClaimId, Token),
    /// It was there already, and lasts longer.
    Renewed(ClaimId),
    /// It waits.
    Queued(ClaimId),
}

impl Asked {
    /// The claim.
    pub fn id(self) -> ClaimId {
        let (Asked::Granted(id, _) | Asked::Renewed(id) | Asked::Queued(id)) = self;
        id
    }
}

/// A claim as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRow {
    /// The claim.
    pub claim: Claim,
    /// On what.
    pub resource: ResourceRef,
    /// What becomes of others' edits.
    pub edits: Edits,
    /// Why.
    pub reason: Option<String>,
    /// Where it was asked for.
    pub project: Option<ProjectKey>,
    /// When it was asked for, UTC.
    pub asked_at: Millis,
    /// Since when it is held, UTC.
    pub granted_at: Option<Millis>,
}

/// Something that is, or was, held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceRow {
    /// Which.
    pub resource: ResourceRef,
    /// How many permits it has.
    pub permits: u32,
    /// The last token that was given.
    pub last: Token,
    /// The note for who takes it next.
    pub note: Option<MemoryId>,
}

/// All of it, from one snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeaseTable {
    /// Claims in the order of asking.
    pub claims: Vec<LeaseRow>,
    /// What they are on, and what is not held any more.
    pub resources: Vec<ResourceRow>,
}

impl LeaseTable {
    /// The claim with this number.
    pub fn claim(&self, id: ClaimId) -> Option<&LeaseRow> {
        self.claims.iter().find(|row| row.claim.id == id)
    }

    /// What is known of a thing.
    pub fn resource(&self, resource: &ResourceRef) -> Option<&ResourceRow> {
        self.resources.iter().find(|row| row.resource == *resource)
    }

    /// What one session holds or waits for.
    pub fn of_session(&self, session: &SessionRef) -> impl Iterator<Item = &LeaseRow> {
        self.claims.iter().filter(|row| row.claim.holder.is_of_session(session))
    }
}

/// What an engine knows of leases.
pub trait Leases {
    /// All of them.
    fn leases(&self) -> Result<LeaseTable, StoreError>;
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        StoreError::Lease(refusal)
    }
}
