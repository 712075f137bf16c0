//! Slices on their way into the store: prepared on a thread of their own while the next is read, then committed.
//! It must not know where slices come from.
//! Invariant: they are committed in their order; no more than a few are held, whatever is quicker.

use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, SyncSender};

use quipu_store::StoreError;
use quipu_store::engine::Reply;
use quipu_store::write::{Applied, Lane, TurnBatch, Write};

use super::Ingest;

/// So many may be under way while the next is read: one is prepared, one is committed, and none is as long as another.
pub(super) const MOST: usize = 4;

/// The way into the store.
pub(super) struct UnderWay<'i> {
    ingest: &'i Ingest,
    given: SyncSender<(Box<TurnBatch>, Reply)>,
    /// Oldest first.
    waiting: VecDeque<Waiting>,
}

/// What a slice is beside its turns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) bytes: u64,
    pub(super) skipped: u64,
    pub(super) paused: u64,
    pub(super) denied: u64,
    pub(super) redactions: u64,
}

struct Waiting {
    outcome: Receiver<Result<Applied, StoreError>>,
    counts: Counts,
}

/// Lends the way to `read`; when that returns, nothing is under way any more. An error of a slice that nobody settled
/// is lost only where `read` has one of its own.
pub(super) fn with<E: From<StoreError> + From<std::io::Error>>(
    ingest: &Ingest,
    read: impl FnOnce(&mut UnderWay<'_>) -> Result<(), E>,
) -> Result<(), E> {
    std::thread::scope(|scope| {
        let (given, slices) = mpsc::sync_channel::<(Box<TurnBatch>, Reply)>(1);
        std::thread::Builder::new().name("quipu-prepare".to_owned()).spawn_scoped(scope, move || {
            for (batch, reply) in slices {
                ingest.engine.submit(None, Write::Turns(batch), Lane::Bulk, (ingest.clock)(), reply);
            }
        })?;
        let mut way = UnderWay { ingest, given, waiting: VecDeque::new() };
        let outcome = read(&mut way);
        let rest = way.settle(0).map_err(E::from);
        outcome.and(rest)
    })
}

impl UnderWay<'_> {
    /// Hands on a slice.
    pub(super) fn give(&mut self, batch: TurnBatch, counts: Counts) {
        let (sender, outcome) = mpsc::sync_channel(1);
        let reply = Box::new(move |outcome| {
            // Whoever asked may have failed at the slice before.
            let _ = sender.send(outcome);
        });
        // A thread that is gone drops the reply, and waiting for it tells so.
        let _ = self.given.send((Box::new(batch), reply));
        self.waiting.push_back(Waiting { outcome, counts });
    }

    /// Waits until at most so many are under way, and counts those that are not any more. After a failure the others are
    /// waited for too: they fail as well, for their offset is not where the store is.
    pub(super) fn settle(&mut self, most: usize) -> Result<(), StoreError> {
        let mut outcome = Ok(());
        while self.waiting.len() > if outcome.is_ok() { most } else { 0 } {
            if let Some(slice) = self.waiting.pop_front() {
                let applied = slice.outcome.recv().unwrap_or(Err(StoreError::Closed));
                outcome = outcome.and(applied.map(|applied| self.count(&applied, slice.counts)));
            }
        }
        outcome
    }

    fn count(&self, applied: &Applied, counts: Counts) {
        let mut state = self.ingest.lock();
        let progress = &mut state.progress;
        if let Applied::Turns(counts) = applied {
            progress.stored += counts.stored;
            progress.duplicate += counts.duplicate;
            progress.merged += counts.merged;
            progress.forgotten += counts.forgotten;
        }
        progress.bytes_done += counts.bytes;
        progress.skipped += counts.skipped;
        progress.paused += counts.paused;
        progress.denied += counts.denied;
        progress.redactions += counts.redactions;
    }
}
