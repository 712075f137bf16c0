//! What changes without a commit, looked at once a second while somebody follows: mode, reading, making anew; and, always,
//! whether all is as it should be.
//! It must not know who follows.
//! Invariant: what is as it was is not told again.

use quipu_core::happening::Happening;
use quipu_protocol::wire::events::{EventView, IngestEvent, ModeEvent, RebuildEvent};

use quipu_store::agents::{AgentsWrite, Happened};
use quipu_store::write::{Lane, Write};

use super::Service;
use super::status::complaints;

/// As it was told last.
#[derive(Debug, Default)]
pub(super) struct Levels {
    mode: ModeEvent,
    ingest: IngestEvent,
    rebuild: RebuildEvent,
    /// Whether it was told that something is not as it should be.
    degraded: bool,
}

impl Service {
    /// Tells those who follow what is another way than it was.
    pub(super) fn tell_levels(&self) {
        if self.feed.followers() == 0 {
            return;
        }
        let progress = self.ingest.progress();
        let rebuilding = super::rebuilding(self);
        let state = if complaints(self).is_empty() { "ok" } else { "degraded" }.to_owned();
        let mode = ModeEvent { mode: self.mode().to_owned(), state };
        let ingest = IngestEvent {
            waiting: progress.waiting,
            reading: progress.current.is_some(),
            files_done: progress.files_done,
            stored: progress.stored + progress.merged,
        };
        let rebuild = RebuildEvent { text: rebuilding.text, vectors: rebuilding.vectors };
        let mut told = self.levels.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if told.mode != mode {
            self.feed.publish(None, EventView::Mode(mode.clone()));
        }
        if told.ingest != ingest {
            self.feed.publish(None, EventView::Ingest(ingest.clone()));
        }
        if told.rebuild != rebuild {
            self.feed.publish(None, EventView::Rebuild(rebuild));
        }
        *told = Levels { mode, ingest, rebuild, ..*told };
    }

    /// Writes into the feed that something is not as it should be any more, or is again.
    pub(super) fn tell_degraded(&self) {
        let reasons = complaints(self);
        let is_degraded = !reasons.is_empty();
        {
            let mut told = self.levels.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if std::mem::replace(&mut told.degraded, is_degraded) == is_degraded {
                return;
            }
        }
        let state = if is_degraded { "degraded" } else { "ok" };
        let body = serde_json::json!({ "state": state, "reasons": reasons });
        let write = AgentsWrite::Tell(Happened { kind: Happening::Degraded, project: None, body });
        let reply = Box::new(|outcome: Result<_, quipu_store::StoreError>| {
            if let Err(error) = outcome {
                tracing::warn!(%error, "that the state has changed was not written down");
            }
        });
        self.engine.submit(None, Write::Agents(Box::new(write)), Lane::Interactive, self.now(), reply);
    }
}
