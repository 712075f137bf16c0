//! Keeps leases: every write of them goes through here, and what only a running process knows is here: who holds a
//! connection open, which session was active, whether this process was away.
//! It must not know requests, nor what may be held by whom (`core::lease`).
//! Invariant: truth is in the rows; what is here can be lost, and costs at most a grace. What is told to those who wait is
//! what was committed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quipu_core::id::{EventId, Millis};
use quipu_core::lease::{Absence, ClaimId, End, Moment};
use quipu_core::memory::SessionRef;
use quipu_store::lease::{Deed, LeaseTable, LeaseWrite};
use quipu_store::write::{Applied, Lane, Write};
use quipu_store::{Engine, StoreError};
use tokio::sync::watch;

use crate::boot;

type Result<T> = std::result::Result<T, StoreError>;

/// Whoever did not look for so long, in ms, was away: stopped, or asleep with the machine. It looks every second.
const AWAY: u64 = 10_000;
/// Sessions that are remembered as active.
const SESSIONS: usize = 1_024;

/// The keeper of one owner.
pub(crate) struct Keeper {
    engine: Arc<dyn Engine>,
    clock: fn() -> Millis,
    /// How many connections keep each claim.
    held: Mutex<HashMap<ClaimId, u32>>,
    /// When each session was last active, by the clock of leases.
    active: Mutex<HashMap<SessionRef, u64>>,
    /// As it was committed last.
    table: watch::Sender<Arc<LeaseTable>>,
    /// When it was last looked whether anything is over; none before the first time. Held while the table is read anew, so
    /// that an older one never takes a newer one's place.
    looked: Mutex<Option<Moment>>,
}

impl Keeper {
    pub(crate) fn new(engine: Arc<dyn Engine>, clock: fn() -> Millis) -> Self {
        let (held, active, looked) = (Mutex::default(), Mutex::default(), Mutex::new(None));
        Self { engine, clock, held, active, table: watch::Sender::new(Arc::default()), looked }
    }

    /// Leases as they are, from memory: asked while an agent waits.
    pub(crate) fn table(&self) -> Arc<LeaseTable> {
        self.table.borrow().clone()
    }

    /// Resolves when they have changed.
    pub(super) fn changes(&self) -> watch::Receiver<Arc<LeaseTable>> {
        self.table.subscribe()
    }

    /// Does something to leases. Whatever this process missed is made good before.
    ///
    /// # Errors
    /// What the machine of leases refuses, and what the store does.
    pub(in crate::service) fn write(&self, event: Option<EventId>, deed: Deed) -> Result<Applied> {
        let mut looked = lock(&self.looked);
        let now = self.catch_up(&mut looked)?;
        drop(looked);
        let applied = self.put(event, now, deed);
        self.read()?;
        applied
    }

    /// Leases as they are now, and what time it is; of another owner's rows as they were committed.
    ///
    /// # Errors
    /// Those of the store.
    pub(in crate::service) fn fresh(&self) -> Result<(Arc<LeaseTable>, Moment)> {
        let mut looked = lock(&self.looked);
        let now = match self.catch_up(&mut looked) {
            Err(StoreError::ReadOnly(_)) => boot::now(),
            now => now?,
        };
        self.refresh()?;
        Ok((self.table(), now))
    }

    /// Every second: lets what is over end, and what somebody is alive for go on. Says whether anybody holds or waits by a
    /// connection.
    pub(crate) fn tick(&self) -> bool {
        let looked = &mut *lock(&self.looked);
        let is_first = looked.is_none();
        let now = match self.catch_up(looked) {
            Ok(now) => now,
            Err(error) => {
                tracing::warn!(%error, "leases could not be looked at");
                return self.is_held();
            }
        };
        let table = self.table();
        let is_over = |row: &quipu_store::lease::LeaseRow| row.claim.until.at <= now.at;
        if !is_first && (table.claims.iter().any(is_over) || !self.alive(now).is_empty()) {
            // What could not be written is over all the same, and is tried again in a second.
            if let Err(error) = self.put(None, now, Deed::Settle(Absence::No)) {
                tracing::warn!(%error, "leases could not be looked at");
            }
        }
        if !table.claims.is_empty() {
            // A session that is forgotten takes its leases with it, unasked.
            let _ = self.refresh();
        } else if lock(&self.active).len() > SESSIONS {
            lock(&self.active).clear();
        }
        self.is_held()
    }

    /// Notes that a session does something: what it holds goes on.
    pub(crate) fn is_active(&self, session: &SessionRef) {
        if self.table.borrow().claims.is_empty() {
            return;
        }
        lock(&self.active).insert(session.clone(), boot::now().at);
    }

    /// Ends claims, where nobody waits for the answer.
    pub(super) fn end(&self, claims: Vec<ClaimId>, how: End) {
        if let Err(error) = self.write(None, Deed::End { claims, how }) {
            // They expire.
            tracing::warn!(%error, "leases could not be released");
        }
    }

    /// A connection keeps this claim.
    pub(super) fn hold(&self, claim: ClaimId) {
        *lock(&self.held).entry(claim).or_default() += 1;
    }

    /// A connection keeps it no more; says whether it was the last one.
    pub(super) fn let_go(&self, claim: ClaimId) -> bool {
        let mut held = lock(&self.held);
        let Some(count) = held.get_mut(&claim) else { return false };
        *count -= 1;
        let is_last = *count == 0;
        if is_last {
            held.remove(&claim);
        }
        is_last
    }

    fn is_held(&self) -> bool {
        !lock(&self.held).is_empty()
    }

    /// Gives grace to all where this process was away, and says what time it is.
    fn catch_up(&self, looked: &mut Option<Moment>) -> Result<Moment> {
        let now = boot::now();
        let is_here = |before: Moment| before.boot == now.boot && now.at.saturating_sub(before.at) < AWAY;
        if !looked.is_some_and(is_here) {
            self.refresh()?;
            if !self.table().claims.is_empty() {
                self.put(None, now, Deed::Settle(Absence::Yes))?;
                self.refresh()?;
            }
        }
        *looked = Some(now);
        Ok(now)
    }

    fn put(&self, event: Option<EventId>, now: Moment, deed: Deed) -> Result<Applied> {
        let write = LeaseWrite { now, alive: self.alive(now), deed };
        let write = Write::Lease(Box::new(write));
        self.engine.write(event, write, Lane::Interactive, (self.clock)())
    }

    /// Claims that somebody is alive for and that have used up half of their time.
    fn alive(&self, now: Moment) -> Vec<ClaimId> {
        let (held, active) = (lock(&self.held), lock(&self.active));
        let table = self.table.borrow();
        let rows = table.claims.iter().map(|row| &row.claim).filter(|claim| {
            let left = claim.until.at.saturating_sub(now.at);
            left < claim.life() / 2
        });
        let is_alive = |claim: &&quipu_core::lease::Claim| {
            // Renewed last at the end of its time, less that.
            let renewed = claim.until.at.saturating_sub(claim.life());
            let session =
                claim.holder.session.as_ref().filter(|_| claim.holder.pid.is_none() && claim.token().is_some());
            let seen = session.and_then(|session| {
                active
                    .iter()
                    .filter(|(one, _)| quipu_core::lease::is_one_session(one, session))
                    .map(|(_, at)| *at)
                    .max()
            });
            held.contains_key(&claim.id) || seen.is_some_and(|seen| seen > renewed)
        };
        rows.filter(is_alive).map(|claim| claim.id).collect()
    }

    /// Tells those who wait what was committed.
    fn read(&self) -> Result<()> {
        let _looked = lock(&self.looked);
        self.refresh()
    }

    fn refresh(&self) -> Result<()> {
        let table = self.engine.leases()?;
        self.table.send_if_modified(|old| {
            let differs = **old != table;
            if differs {
                *old = Arc::new(table);
            }
            differs
        });
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
