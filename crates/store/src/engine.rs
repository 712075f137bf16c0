//! The seam: what every engine (SQLite today, PostgreSQL later) does, in whole operations.
//! It must not know SQL, nor which engine it is.
//! Invariant: `tests/conformance` passes for every engine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use quipu_core::forget::Trace;
use quipu_core::id::{EventId, MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Memory, ProjectKey, Revision};
use quipu_core::scope::Reader;

use crate::agents::Agents;
use crate::calm::Calm;
use crate::error::StoreError;
use crate::forget::{Cover, Holding, Selection, Step, Texts, Tombstones};
use crate::lease::Leases;
use crate::ledger::Ledger;
use crate::mail::Mail;
use crate::mirror::{Mark, Mirror, MirrorFile};
use crate::read::{
    Check, CopyFacts, Derived, FileMemories, FileQuery, Gauges, ImportSource, NearMemory, NearQuery, PackQuery,
    PackRows, PageQuery, PauseSpan, ProjectRow, Rebuilding, Scope, SearchAnswer, SearchQuery, SessionSummary, Stats,
    Ties, TimelineQuery, WorkList, WorkQuery,
};
use crate::record::{Depth, Record};
use crate::write::{Applied, Lane, News, SourceFile, Write};

/// Called once with what became of a write, on a thread of the engine.
pub type Reply = Box<dyn FnOnce(Result<Applied, StoreError>) + Send>;

/// Told of what a commit changed; nobody waits for anything in it.
pub type Tell = Box<dyn Fn(Vec<News>) + Send + Sync>;

/// A store of memories. Writes are acknowledged after they are durable; reads see all acknowledged writes.
pub trait Engine: Agents + Calm + Leases + Ledger + Mail + Send + Sync {
    /// Queues a write. `event` makes a repeat harmless; `now` is when it is written down.
    ///
    /// A full interactive queue answers [`StoreError::Busy`]; the bulk lane makes its caller wait instead.
    fn submit(&self, event: Option<EventId>, write: Write, lane: Lane, now: Millis, reply: Reply);

    /// [`Engine::submit`], waiting for the outcome.
    fn write(&self, event: Option<EventId>, write: Write, lane: Lane, now: Millis) -> Result<Applied, StoreError> {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        self.submit(
            event,
            write,
            lane,
            now,
            Box::new(move |outcome| {
                // A caller that has gone does not need the answer; the write stands.
                let _ = sender.send(outcome);
            }),
        );
        receiver.recv().unwrap_or(Err(StoreError::Closed))
    }

    /// The best memories for a query.
    fn search(&self, query: &SearchQuery) -> Result<SearchAnswer, StoreError>;
    /// One memory.
    fn memory(&self, id: MemoryId) -> Result<Option<Memory>, StoreError>;
    /// One memory as it was at a moment; nothing where it was not there yet.
    fn memory_then(&self, id: MemoryId, then: Millis) -> Result<Option<Memory>, StoreError>;
    /// What a memory is and was, newest first, without its oldest revisions where all texts are too much for one answer;
    /// nothing where there is no such memory.
    fn history(&self, id: MemoryId) -> Result<Vec<Revision>, StoreError>;
    /// What stands beside each of these memories, in their order, with the ends of its links that `scope` shows.
    fn ties(&self, ids: &[MemoryId], scope: &Scope, reader: Reader) -> Result<Vec<Ties>, StoreError>;
    /// Work items, open ones first, by priority and day.
    fn work(&self, query: &WorkQuery) -> Result<WorkList, StoreError>;
    /// What a session pack may hold of what was held on to or written down.
    fn pack(&self, query: &PackQuery) -> Result<PackRows, StoreError>;
    /// Written memories that say nearly the same as another, nearest first. None while vectors are being loaded, and of
    /// what has none.
    fn near(&self, query: &NearQuery) -> Result<Vec<NearMemory>, StoreError>;
    /// Memories in the order of time, oldest first.
    fn timeline(&self, query: &TimelineQuery) -> Result<Vec<Memory>, StoreError>;
    /// Memories of these kinds (none means all) with as much as `depth` says, in the order of their ids.
    fn records(&self, query: &PageQuery, kinds: &[Kind], depth: Depth) -> Result<Vec<Record>, StoreError>;
    /// [`Engine::records`] of every kind, the memories alone.
    fn page(&self, query: &PageQuery) -> Result<Vec<Memory>, StoreError> {
        Ok(self.records(query, &[], Depth::Memory)?.into_iter().map(|record| record.memory).collect())
    }
    /// What is known of a file, newest first; asked while an agent waits to edit it.
    fn on_file(&self, query: &FileQuery) -> Result<FileMemories, StoreError>;
    /// The newest sessions of a project that an agent may be told something of, newest first, on `branch` first where one
    /// is given. Subagents' are left out.
    fn recent_sessions(
        &self,
        project: &ProjectKey,
        branch: Option<&str>,
        limit: usize,
    ) -> Result<Vec<SessionSummary>, StoreError>;
    /// Every project that was not merged into another.
    fn projects(&self) -> Result<Vec<ProjectRow>, StoreError>;
    /// The project that `key` stands for now, following merges; `None` when it is unknown.
    fn project(&self, key: &ProjectKey) -> Result<Option<ProjectKey>, StoreError>;
    /// What is known of a transcript.
    fn source(&self, path: &Path) -> Result<Option<SourceFile>, StoreError>;
    /// Where a memory was brought in from.
    fn import_source(&self, id: MemoryId) -> Result<Option<ImportSource>, StoreError>;
    /// Directories that the sweep looks at.
    fn roots(&self) -> Result<Vec<PathBuf>, StoreError>;
    /// Every mirror.
    fn mirrors(&self) -> Result<Vec<Mirror>, StoreError>;
    /// The files of one, as they were when they and their memories last said the same.
    fn mirror_files(&self, mirror: i64) -> Result<Vec<MirrorFile>, StoreError>;
    /// The written memories of a project and these kinds (none means all) in every state; of `None` those of all projects.
    fn marks(&self, project: Option<&ProjectKey>, kinds: &[Kind]) -> Result<Vec<Mark>, StoreError>;
    /// Every pause, past ones too.
    fn pauses(&self) -> Result<Vec<PauseSpan>, StoreError>;
    /// What can be told without a query.
    fn gauges(&self) -> Gauges;
    /// Counts.
    fn stats(&self) -> Result<Stats, StoreError>;
    /// Why nothing is written any more, if signs of damage were met. Asked often.
    fn damage(&self) -> Option<String>;
    /// [`Engine::damage`] as the error that every write gets.
    fn writable(&self) -> Result<(), StoreError>;
    /// Looks at everything that is stored, row by row; may take as long as reading the whole file.
    fn check(&self) -> Result<Check, StoreError>;
    /// Starts to make something derived anew; searches go on and say so.
    fn rebuild(&self, what: Derived) -> Result<(), StoreError>;
    /// How far the text index is, where it is being made anew.
    fn rebuilding(&self) -> Option<Rebuilding>;
    /// Whether vectors are being loaded or made.
    fn is_making_vectors(&self) -> bool;
    /// Makes a copy at `target`, which must not be there, while everything goes on; it is verified before it has its name.
    fn back_up(&self, target: &Path) -> Result<CopyFacts, StoreError>;
    /// What a selection covers, as it is now.
    fn cover(&self, selection: &Selection) -> Result<Cover, StoreError>;
    /// Copies of the database that are known of and hold any of `ids`, or cannot be read.
    fn holding(&self, ids: &[MemoryId]) -> Vec<Holding>;
    /// Whether `trace` is of something that was forgotten.
    fn is_forgotten(&self, trace: &Trace<'_>) -> Result<bool, StoreError>;
    /// What must not come back, counted, and the newest forgettings.
    fn tombstones(&self) -> Result<Tombstones, StoreError>;
    /// What is still to be done outside of the rows. Asked often.
    fn left(&self) -> Result<Vec<Step>, StoreError>;
    /// Goes on with what is to be done to index and database file, and gives what is left after at most about `patience`
    /// for each.
    fn purge(&self, now: Millis, patience: Duration) -> Result<Vec<Step>, StoreError>;
    /// Says that files outside of the store hold nothing any more of what is forgotten so far.
    fn strike_files(&self, now: Millis) -> Result<(), StoreError>;
    /// All texts of a memory, of every state it had.
    fn texts(&self, id: MemoryId) -> Result<Option<Texts>, StoreError>;
    /// Up to `limit` ids of memories in every state after `after`, in their order; fewer where their bodies are `bytes`
    /// together before.
    fn ids_after(&self, after: Option<MemoryId>, limit: usize, bytes: usize) -> Result<Vec<MemoryId>, StoreError>;
    /// Whether this process still owns the data, and why not.
    fn fence(&self) -> Result<(), StoreError>;
    /// Calls `tell` after each commit that changed memories, on the thread that writes: with what changed, in the order of
    /// commits. Said once; a second time changes nothing.
    fn follow(&self, tell: Tell);
    /// Waits until the text index holds every acknowledged write; for tests and benchmarks.
    fn settle(&self);
    /// Finishes what was queued, checkpoints and stops the threads. Idempotent.
    fn close(&self);
}
