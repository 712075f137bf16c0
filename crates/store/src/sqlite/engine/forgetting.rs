//! Forgetting while the engine serves: what it covers, and what is to be done outside of the rows.
//! It must not know who asks, nor files that are none of the store's.
//! Invariant: a step is struck out only when it was done for everything that was forgotten before it began.

use std::sync::PoisonError;
use std::time::Duration;

use quipu_core::forget::Trace;
use quipu_core::id::{MemoryId, Millis};

use super::SqliteEngine;
use crate::engine::Engine;
use crate::error::StoreError;
use crate::forget::{Cover, Holding, Selection, Step, Texts, Tombstones};
use crate::sqlite::apply::{Graves, Prepared};
use crate::sqlite::forget::{copies, cover, purge, texts};
use crate::sqlite::writer::Job;
use crate::write::{Lane, Write};

type Result<T> = std::result::Result<T, StoreError>;

impl SqliteEngine {
    pub(super) fn covered(&self, selection: &Selection) -> Result<Cover> {
        self.read(|tx| cover::cover(tx, selection))
    }

    pub(super) fn copies_holding(&self, ids: &[MemoryId]) -> Vec<Holding> {
        copies::holding(&self.options.database, &self.options.backups, ids)
    }

    pub(super) fn was_forgotten(&self, trace: &Trace<'_>) -> Result<bool> {
        self.read(|tx| Graves::of(tx)?.hold(tx, trace))
    }

    pub(super) fn tombstones_there(&self) -> Result<Tombstones> {
        self.read(|tx| purge::tombstones(tx))
    }

    pub(super) fn steps_left(&self) -> Result<Vec<Step>> {
        Ok(self.read(|tx| purge::left(tx))?.map(|(_, steps)| steps).unwrap_or_default())
    }

    pub(super) fn go_on(&self, now: Millis, patience: Duration) -> Result<Vec<Step>> {
        // A copy that is being made holds back the log, and would hold what goes.
        let _no_copy = self.copying.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((upto, steps)) = self.read(|tx| purge::left(tx))? else { return Ok(Vec::new()) };
        for step in steps {
            let done = match step {
                Step::Files => false,
                Step::Index => self.signal.is_without_gone(patience),
                Step::Database => self.rewrite()?,
            };
            if done {
                self.write(None, Write::Strike(step, upto), Lane::Interactive, now)?;
            }
        }
        self.steps_left()
    }

    pub(super) fn files_done(&self, now: Millis) -> Result<()> {
        if let Some((upto, _)) = self.read(|tx| purge::left(tx))? {
            self.write(None, Write::Strike(Step::Files, upto), Lane::Interactive, now)?;
        }
        Ok(())
    }

    pub(super) fn texts_of(&self, id: MemoryId) -> Result<Option<Texts>> {
        self.read(|tx| texts::of(tx, id))
    }

    pub(super) fn some_ids(&self, after: Option<MemoryId>, limit: usize, bytes: usize) -> Result<Vec<MemoryId>> {
        self.read(|tx| texts::ids_after(tx, after, limit, bytes))
    }

    /// Has the writer write the file anew; whether that is done, and its log empty.
    fn rewrite(&self) -> Result<bool> {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        let reply = Box::new(move |outcome| {
            // Nobody else waits for it.
            let _ = sender.send(outcome);
        });
        let job = Job { event: None, prepared: Prepared::Rewrite, lane: Lane::Bulk, now: Millis::default(), reply };
        self.queue.push(job);
        match receiver.recv().unwrap_or(Err(StoreError::Closed)) {
            Ok(_) => Ok(true),
            // Somebody reads from the log.
            Err(StoreError::Busy | StoreError::Locked(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
