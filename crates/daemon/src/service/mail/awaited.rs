//! Which sessions may have a message to come, in memory: hooks ask after every tool, and mostly there is none.
//! It must not know messages.
//! Invariant: a session that has one is here; one that is here may have none any more. Who reads the rows meanwhile holds
//! the lock, so that what is sent then is not overlooked.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use quipu_core::mail::Mailbox;
use quipu_core::memory::SessionRef;
use quipu_store::{Engine, StoreError};

/// Those sessions; nothing before the first question.
#[derive(Debug, Default)]
pub(in crate::service) struct Awaited(Mutex<Option<HashSet<SessionRef>>>);

impl Awaited {
    /// Notes that something was sent to these.
    pub(super) fn add<'m>(&self, mailboxes: impl Iterator<Item = &'m Mailbox>) {
        let mut known = self.lock();
        let Some(known) = &mut *known else { return };
        known.extend(mailboxes.filter_map(|mailbox| match mailbox {
            Mailbox::Session(session) => Some(session.clone()),
            Mailbox::User => None,
        }));
    }

    /// Whether `session` may have something to come.
    pub(super) fn may(&self, engine: &dyn Engine, session: &SessionRef) -> Result<bool, StoreError> {
        let mut known = self.lock();
        if known.is_none() {
            *known = Some(engine.awaited()?.into_iter().collect());
        }
        Ok(known.as_ref().is_some_and(|known| known.contains(session)))
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
            known.remove(session);
        }
        Ok(found)
    }

    fn lock(&self) -> MutexGuard<'_, Option<HashSet<SessionRef>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
