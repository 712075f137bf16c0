//! What the writer does when a transaction failed: whose fault it was, what is on disk, and each write's own answer.
//! It must not know what an operation does.
//! Invariant: an error is answered only for a write that is not on disk.

use std::sync::PoisonError;

use quipu_core::analyse::Analyser;
use rusqlite::ErrorCode;

use super::{Job, Outcome, Writer};
use crate::error::StoreError;
use crate::sqlite::indexer::Live;
use crate::sqlite::text::tail::TailChunk;
use crate::sqlite::visibility::Slots;
use crate::sqlite::{apply, open, reads};
use crate::write::Applied;

impl Writer {
    /// Answers the members of a group whose transaction failed.
    ///
    /// A full disk or a broken commit fails the whole group; each member gets its own try, because one large write
    /// must not take small ones with it. The event ids make the second try harmless.
    pub(super) fn after_failure(&mut self, error: &StoreError, jobs: &[Job]) -> Vec<Result<Applied, StoreError>> {
        if self.damage.note_error(error) {
            return self.stand_still(jobs);
        }
        tracing::warn!(%error, members = jobs.len(), "a transaction failed");
        let hopeless = match error {
            StoreError::Fenced(_) => true,
            // Somebody held the database for as long as we wait: to wait as long for each member would be too long.
            StoreError::Locked(_) => true,
            // The journal's own room may be what is missing.
            StoreError::DiskFull(_) => {
                self.wal.when_idle(&mut self.connection, &self.readers);
                false
            }
            _ => false,
        };
        let recovered = self.recover(error);
        if let Err(failure) = &recovered {
            tracing::error!(%failure, "the database cannot be opened again");
            self.damage.note_error(failure);
        }
        if hopeless || recovered.is_err() {
            return jobs.iter().map(|_| Err(error.again())).collect();
        }
        let mut answers = Vec::with_capacity(jobs.len());
        for job in jobs {
            let outcome = self.alone(job);
            answers.extend(self.publish(vec![outcome]));
        }
        answers
    }

    /// Nothing is tried again on a damaged database; what is on disk all the same is answered as such.
    fn stand_still(&mut self, jobs: &[Job]) -> Vec<Result<Applied, StoreError>> {
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("rollback");
        }
        let answer = |job: &Job| {
            let recorded = job.event.and_then(|event| apply::recorded(&self.connection, event).ok().flatten());
            recorded.map_or_else(|| Err(self.damage.refuse().err().unwrap_or(StoreError::Closed)), Ok)
        };
        jobs.iter().map(answer).collect()
    }

    fn alone(&mut self, job: &Job) -> Outcome {
        match self.transact(std::slice::from_ref(job)) {
            Ok(mut outcomes) => outcomes.pop().unwrap_or(Err(StoreError::Closed)),
            Err(error) if self.damage.note_error(&error) => {
                self.stand_still(std::slice::from_ref(job)).pop().unwrap_or(Err(error)).map(|told| (told, Vec::new()))
            }
            Err(error) => {
                // A commit that reported an error may have happened: the recorded outcome tells.
                let recorded = match (self.recover(&error), job.event) {
                    (Ok(()), Some(event)) => apply::recorded(&self.connection, event).ok().flatten(),
                    _ => None,
                };
                recorded.map(|applied| (applied, Vec::new())).ok_or(error)
            }
        }
    }

    /// After a failed transaction: a fresh connection where the old one may hold half a transaction, and a fresh look
    /// at the rows where a commit that reported an error may have happened.
    fn recover(&mut self, error: &StoreError) -> Result<(), StoreError> {
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("rollback");
        }
        if is_unknown(error) {
            // A file that is not ours any more is neither opened nor made anew.
            self.fence()?;
            self.connection = open::writer(&self.options)?;
            let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
            look_again(&mut live, &self.connection, self.model)?;
            drop(live);
            self.signal.wake();
        }
        Ok(())
    }
}

/// Whether rows may have been committed although an error was reported.
fn is_unknown(error: &StoreError) -> bool {
    matches!(error, StoreError::Sqlite(_)) && error.sqlite_code() != Some(ErrorCode::ConstraintViolation)
}

/// Brings what searches look through in line with the rows.
pub(super) fn look_again(live: &mut Live, connection: &rusqlite::Connection, model: i64) -> Result<(), StoreError> {
    let mut slots = Slots::default();
    reads::each_slot(connection, |seq, facts| slots.push(seq, facts))?;
    let (known, newest) = (live.slots.len() as u32, slots.len() as u32);
    let analyser = &mut Analyser::new();
    for (seq, text) in reads::chunks_after(connection, known, newest, usize::MAX)? {
        live.tail.push(TailChunk::new(analyser, &text).numbered(seq));
    }
    live.slots = slots;
    for (seq, passage) in reads::vectors_after(connection, model, known, newest, usize::MAX)? {
        live.set_vector(seq, &passage);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
