//! Waiting and holding by an open connection: nobody's thread, and whoever goes lets go.
//! It must not know HTTP: a future that is dropped is a client that has gone.
//! Invariant: a claim that a connection keeps ends when the connection does, unless this process ends first; the next owner
//! gives grace, and the client comes back.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use quipu_core::lease::{ClaimId, End};
use quipu_protocol::fault::Fault;
use quipu_store::lease::LeaseRow;
use tokio::time::Instant;

use super::keeper::Keeper;
use crate::service::Ending;

/// An answer that comes when something has happened.
pub(crate) type Later<R> = Pin<Box<dyn Future<Output = Result<R, Fault>> + Send>>;

/// An answer, or one that comes later.
pub(crate) enum Answer<R> {
    Now(R),
    Later(Later<R>),
}

/// What is thought to be longer than anybody waits, for a clock that cannot add more.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// A connection that keeps a claim.
pub(super) struct Kept {
    keeper: Arc<Keeper>,
    ending: Ending,
    claim: ClaimId,
    at_its_end: AtItsEnd,
}

/// What becomes of the claim when the connection keeps it no more.
#[derive(PartialEq, Eq)]
enum AtItsEnd {
    Ends,
    GoesOn,
}

impl Kept {
    pub(super) fn new(keeper: &Arc<Keeper>, ending: &Ending, claim: ClaimId) -> Self {
        keeper.hold(claim);
        Self { keeper: keeper.clone(), ending: ending.clone(), claim, at_its_end: AtItsEnd::Ends }
    }

    /// Keeps it no more, and lets it go on by itself.
    fn leave(mut self) {
        self.at_its_end = AtItsEnd::GoesOn;
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if !self.keeper.let_go(self.claim) || self.at_its_end == AtItsEnd::GoesOn || self.ending.is_near() {
            return;
        }
        let (keeper, claim) = (self.keeper.clone(), self.claim);
        let end = move || keeper.end(vec![claim], End::Released);
        // A connection breaks on a thread that serves others; without them this one is the command's own.
        match tokio::runtime::Handle::try_current() {
            Ok(handle) => drop(handle.spawn_blocking(end)),
            Err(_) => end(),
        }
    }
}

/// Why waiting came to an end without a lease.
pub(super) enum Over {
    /// The time was over.
    Late,
    /// The claim is no more.
    Gone,
    /// This process ends.
    Ending,
}

/// Waits until the claim is held, at most so long.
pub(super) async fn granted(kept: Kept, within: Duration) -> Result<LeaseRow, Over> {
    let mut changes = kept.keeper.changes();
    let deadline = Instant::now() + within.min(LONGEST);
    loop {
        let row = changes.borrow_and_update().claim(kept.claim).cloned();
        match row {
            Some(row) if row.claim.token().is_some() => {
                kept.leave();
                return Ok(row);
            }
            Some(_) => {}
            None => return Err(Over::Gone),
        }
        tokio::select! {
            // The keeper lives as long as what keeps it here.
            _ = changes.changed() => {}
            () = tokio::time::sleep_until(deadline) => return Err(Over::Late),
            () = kept.ending.stopped() => return Err(Over::Ending),
        }
    }
}

/// Holds the claim until it is no more.
pub(super) async fn lost(kept: Kept) -> Over {
    let mut changes = kept.keeper.changes();
    loop {
        if changes.borrow_and_update().claim(kept.claim).is_none() {
            return Over::Gone;
        }
        tokio::select! {
            _ = changes.changed() => {}
            () = kept.ending.stopped() => return Over::Ending,
        }
    }
}
