//! What changes without a commit, looked at once a second while somebody follows: mode, reading, making anew.
//! It must not know who follows.
//! Invariant: what is as it was is not told again.

use quipu_protocol::wire::events::{EventView, IngestEvent, ModeEvent, RebuildEvent};

use super::Service;
use super::status::complaints;

/// As it was told last.
#[derive(Debug, Default)]
pub(super) struct Levels {
    mode: ModeEvent,
    ingest: IngestEvent,
    rebuild: RebuildEvent,
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
        *told = Levels { mode, ingest, rebuild };
    }
}
