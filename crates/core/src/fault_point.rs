//! Places where a test lets the process die, to see what the next one makes of what it left behind.
//! It must not know how a process dies, nor who armed a place: both are arguments.
//! Invariant: where nothing is armed, a place costs one load; at most one place is armed in a process.

use std::sync::OnceLock;

/// Every place, in the order in which a write passes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultPoint {
    /// The lock is ours; the store is not open.
    LockTaken,
    /// A copy of the database lies beside it; nothing is migrated.
    MigrationBackedUp,
    /// A migration has run in its transaction.
    MigrationRun,
    /// A migration is committed; there may be more.
    MigrationCommitted,
    /// The epoch is raised.
    EpochRaised,
    /// The socket is in place; the card still names the owner before.
    SocketBound,
    /// The card is written; nobody is served yet.
    CardWritten,
    /// A transaction has begun.
    CommitBegun,
    /// Everything is applied and recorded.
    CommitApplied,
    /// It is durable; nobody has been told.
    CommitDone,
    /// A hook's event is written under a name that is not final.
    SpoolWritten,
    /// It has its final name.
    SpoolRenamed,
    /// A file of the spool is read.
    DrainRead,
    /// Its event is applied; the file still lies there.
    DrainApplied,
    /// The file is deleted.
    DrainDeleted,
    /// A mirror's file is written; what is known of it is not.
    MirrorWritten,
    /// A memory says what its file says; what is known of it is not written.
    MirrorTaken,
    /// A new file's memory is stored; the file has no id.
    MirrorStored,
}

impl FaultPoint {
    /// Every place.
    pub const ALL: [Self; 18] = [
        Self::LockTaken,
        Self::MigrationBackedUp,
        Self::MigrationRun,
        Self::MigrationCommitted,
        Self::EpochRaised,
        Self::SocketBound,
        Self::CardWritten,
        Self::CommitBegun,
        Self::CommitApplied,
        Self::CommitDone,
        Self::SpoolWritten,
        Self::SpoolRenamed,
        Self::DrainRead,
        Self::DrainApplied,
        Self::DrainDeleted,
        Self::MirrorWritten,
        Self::MirrorTaken,
        Self::MirrorStored,
    ];

    /// Its name, as a test gives it.
    pub fn name(self) -> String {
        format!("{self:?}")
    }
}

static ARMED: OnceLock<(FaultPoint, fn())> = OnceLock::new();

/// From here on `act` is called where `name` is passed; a name that is none arms nothing.
pub fn arm(name: &str, act: fn()) {
    if let Some(point) = FaultPoint::ALL.into_iter().find(|point| point.name() == name) {
        // The first one stands: whoever arms twice in one process gets one death all the same.
        let _ = ARMED.set((point, act));
    }
}

/// Says that `point` is passed.
#[inline]
pub fn pass(point: FaultPoint) {
    if let Some((armed, act)) = ARMED.get()
        && *armed == point
    {
        act();
    }
}
