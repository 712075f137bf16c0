//! Which sessions may have a message to come, in memory: hooks ask after every tool, and mostly there is none.
//! It must not know messages.
//! Invariant: a session that was written to is here; one that is here may have none any more. Who reads the rows meanwhile holds
//! the lock, so that what is sent then is not overlooked; what came otherwise (with a role, say) is found at the next tick.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use quipu_core::mail::Mailbox;
use quipu_core::memory::SessionRef;
use quipu_store::{Engine, StoreError};

/// After so long the rows are read anew, at the next question.
const TICK: Duration = Duration::from_secs(5);

/// Those sessions, as they were read; nothing before the first question.
#[derive(Debug, Default)]
pub(in crate::service) struct Awaited(Mutex<Option<Known>>);

/// What is known, and since when.
#[derive(Debug)]
struct Known {
    read: Instant,
    sessions: HashSet<SessionRef>,
}

impl Awaited {
    /// Notes that something was sent to these.
    pub(super) fn add<'m>(&self, mailboxes: impl Iterator<Item = &'m Mailbox>) {
        let mut known = self.lock();
        let Some(known) = &mut *known else { return };
        known.sessions.extend(mailboxes.filter_map(|mailbox| match mailbox {
            Mailbox::Session(session) => Some(session.clone()),
            Mailbox::User => None,
        }));
    }

    /// Whether `session` may have something to come.
    pub(super) fn may(&self, engine: &dyn Engine, session: &SessionRef) -> Result<bool, StoreError> {
        let mut known = self.lock();
        if known.as_ref().is_none_or(|known| known.read.elapsed() > TICK) {
            *known = Some(Known { read: Instant::now(), sessions: engine.awaited()?.into_iter().collect() });
        }
        Ok(known.as_ref().is_some_and(|known| known.sessions.contains(session)))
    }

    /// Runs `look`, which says whether anything is left for `session`, while nobody adds.
    pub(super) fn look<T>(
        &self,
        session: &SessionRef,
        look: impl FnOnce() -> Result<(T, bool), StoreError>,
    ) -> Result<T, StoreError> {
        let mut known = self.lock();
        let (found, is_left) = look()?;
        if let (Some(known), false) = (&mut *known, is_left) {
            known.sessions.remove(session);
        }
        Ok(found)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
