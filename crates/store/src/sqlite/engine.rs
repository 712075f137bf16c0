//! Puts the parts together: opens everything, starts the threads, answers reads.
//! It must not know operations' SQL or the index's form.
//! Invariant: one writer thread and one indexer thread per engine; both end before `close` returns.

mod agents;
mod calm;
mod forgetting;
mod ledger;
mod mail;
mod opening;
mod repair;
mod threads;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use quipu_core::change::Content;
use quipu_core::class::Class;
use quipu_core::forget::Trace;
use quipu_core::id::{EventId, MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Memory, ProjectKey, Revision};
use quipu_core::scope::Reader;
use quipu_embed::Question;
use rusqlite::{Connection, Transaction};

use super::apply::Meaning;
use super::beside::Beside;
use super::damage::Damage;
use super::dense::Near;
use super::errands::Errands;
use super::indexer::{Indexer, Live, Signal};
use super::left_out::Pending;
use super::open::{self, FileId, OpenOptions};
use super::pulse::Pulse;
use super::readers::Readers;
use super::text::index::TextIndex;
use super::text::tail::Tail;
use super::vectors::{Progress, Vectors};
use super::visibility::{Filter, Slots};
use super::wal::Wal;
use super::writer::{Follower, Job, Queue, Writer, wait_for_tail};
use super::{apply, migrate, reads};
use crate::engine::{Engine, Reply, Tell};
use crate::error::StoreError;
use crate::forget::{Cover, Holding, Selection, Step, Texts, Tombstones};
use crate::mirror::{Mark, Mirror, MirrorFile};
use crate::read::{
    Check, CopyFacts, Derived, FileMemories, FileQuery, Gauges, ImportSource, NearMemory, NearQuery, PackQuery,
    PackRows, PageQuery, PauseSpan, ProjectRow, Rebuilding, Scope, SearchAnswer, SearchQuery, SessionSummary, Stats,
    Ties, TimelineQuery, WorkList, WorkQuery,
};
use crate::record::{Depth, Record};
use crate::write::{Lane, SourceFile, Undo, Write};

type Result<T> = std::result::Result<T, StoreError>;

/// The SQLite engine.
pub struct SqliteEngine {
    options: OpenOptions,
    database: FileId,
    epoch: u64,
    queue: Arc<Queue>,
    readers: Arc<Readers>,
    live: Arc<RwLock<Live>>,
    pub(super) signal: Arc<Signal>,
    pub(super) index: Arc<TextIndex>,
    pub(super) meaning: Meaning,
    pub(super) progress: Arc<Progress>,
    pub(super) damage: Arc<Damage>,
    pub(super) errands: Arc<Errands>,
    /// One copy at a time, and none while the file is written anew.
    copying: Mutex<()>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    pulse: Arc<Pulse>,
    follower: Follower,
    pub(super) pending: Arc<Pending>,
    /// Where another process owns the store.
    beside: Option<Beside>,
}

impl SqliteEngine {
    /// Opens the store. The caller holds `owner.lock`; from here on an earlier owner's commits are refused.
    ///
    /// # Errors
    /// Among others [`StoreError::FutureSchema`], [`StoreError::NetworkFilesystem`], [`StoreError::DiskFull`]. A damaged
    /// database is no error as long as it can be read in part.
    pub fn open(options: OpenOptions) -> Result<Self> {
        let damage = Arc::new(Damage::none(&options.database, &options.backups));
        damage.of_earlier(&options.database);
        let (connection, epoch) = damage.told(opening::take(&options, &damage))?;
        let index = TextIndex::open(&options.index)?;
        let slots = damage.told(opening::all_slots(&connection, &damage, &options.database))?;
        let meaning = damage.told(opening::meaning(&connection, &damage, &options))?;
        let rows = u32::try_from(slots.len()).unwrap_or(u32::MAX);
        // An index that is ahead of the rows, or whose newest chunk is another memory's here, belongs to another
        // database: it is made anew.
        let (index, reached) = match index.reached()? {
            // Of rows that cannot all be read none could be made.
            reached if damage.is_met() => (Arc::new(index), reached.map_or(0, |reached| reached.chunk)),
            Some(reached) if reads::chunk_owner(&connection, reached.chunk)? == Some(reached.memory) => {
                (Arc::new(index), reached.chunk)
            }
            None if index.reader.searcher().num_docs() == 0 => (Arc::new(index), 0),
            _ => {
                drop(index);
                (Arc::new(TextIndex::anew(&options.index)?), 0)
            }
        };
        let searcher = index.reader.searcher();
        let live = Live {
            slots,
            tail: Tail::default(),
            vectors: Vectors::at(options.vectors.as_deref()),
            searcher,
            indexed: reached,
            catching_up_to: rows,
        };
        let engine = Self {
            database: FileId::of(&options.database)?,
            epoch,
            queue: Arc::new(Queue::new()),
            readers: Arc::new(Readers::new(options.database.clone(), damage.clone())),
            live: Arc::new(RwLock::new(live)),
            signal: Arc::new(Signal::default()),
            index,
            meaning,
            progress: Arc::new(Progress::default()),
            damage,
            errands: Arc::new(Errands::none()),
            copying: Mutex::new(()),
            threads: Mutex::new(Vec::new()),
            pulse: Arc::default(),
            follower: Follower::default(),
            pending: Arc::default(),
            beside: None,
            options,
        };
        engine.start(connection, rows)?;
        Ok(engine)
    }

    /// Opens the store that another process owns, to read it: rows as they are committed, the owner's text index as
    /// far as it can be read, no vectors. Every write is answered [`StoreError::ReadOnly`].
    ///
    /// # Errors
    /// Where there is no database yet, or one that this build cannot read as it is.
    pub fn open_beside(options: OpenOptions) -> Result<Self> {
        super::filesystem::refuse_network(&options.data)?;
        let damage = Arc::new(Damage::none(&options.database, &options.backups));
        let connection = open::reader(&options.database)?;
        migrate::check(&connection)?;
        let index = TextIndex::beside(&options.index)?;
        let live = Live {
            slots: Slots::default(),
            tail: Tail::default(),
            vectors: Vectors::default(),
            searcher: index.reader.searcher(),
            indexed: 0,
            catching_up_to: 0,
        };
        Ok(Self {
            database: FileId::of(&options.database)?,
            epoch: open::epoch(&connection)?,
            queue: Arc::new(Queue::new()),
            readers: Arc::new(Readers::new(options.database.clone(), damage.clone())),
            damage,
            errands: Arc::new(Errands::none()),
            copying: Mutex::new(()),
            live: Arc::new(RwLock::new(live)),
            signal: Arc::new(Signal::default()),
            index: Arc::new(index),
            meaning: Meaning::reading(options.embedder.clone()),
            progress: Arc::new(Progress::beside()),
            threads: Mutex::new(Vec::new()),
            pulse: Arc::default(),
            follower: Follower::default(),
            pending: Arc::default(),
            beside: Some(Beside::new(connection)),
            options,
        })
    }

    /// How many owners this data directory has had, this one included.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    fn start(&self, connection: Connection, rows: u32) -> Result<()> {
        let writer = Writer {
            options: self.options.clone(),
            connection,
            epoch: self.epoch,
            model: self.meaning.model,
            database: self.database,
            queue: self.queue.clone(),
            readers: self.readers.clone(),
            live: self.live.clone(),
            signal: self.signal.clone(),
            wal: Wal::new(&self.options.database),
            pulse: self.pulse.clone(),
            damage: self.damage.clone(),
            follower: self.follower.clone(),
            told_to: self.read(|tx| reads::feed_bounds(tx)).map_or(0, |bounds| bounds.newest),
            rewritten: false,
        };
        let indexer = Indexer {
            index: self.index.clone(),
            live: self.live.clone(),
            readers: self.readers.clone(),
            signal: self.signal.clone(),
            fence: self.options.fence.clone(),
            dir: self.options.index.clone(),
        };
        let mut keeper = self.keeper(rows, 0);
        match keeper.prime() {
            Err(StoreError::Damaged { .. }) => self.progress.fail(),
            other => other?,
        }
        let mut threads = vec![
            self.spawn("quipu-writer", Box::new(|| writer.run()))?,
            self.spawn("quipu-indexer", Box::new(|| indexer.run()))?,
            self.spawn("quipu-vectors", Box::new(|| keeper.run()))?,
        ];
        for _ in 0..Errands::threads() {
            let (errands, live) = (self.errands.clone(), self.live.clone());
            threads.push(self.spawn(
                "quipu-errands",
                Box::new(move || {
                    errands.run(|question: &Question, filter: &Filter, show: &dyn Fn(Arc<Near>)| {
                        let live = live.try_read().ok()?;
                        let near = Arc::new(Near::of(&live.vectors, &live.slots, question, filter));
                        show(near.clone());
                        Some(near.covered(&live.vectors, question))
                    });
                }),
            )?);
        }
        *self.threads.lock().unwrap_or_else(PoisonError::into_inner) = threads;
        self.signal.wake();
        // What an earlier owner did not finish: the index is compared with the rows once more.
        if matches!(self.left(), Ok(steps) if steps.contains(&Step::Index)) {
            self.signal.ask_without_gone();
        }
        Ok(())
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        if let Some(beside) = &self.beside {
            beside.look(&self.live, &self.index)?;
        }
        self.readers.with(read)
    }

    pub(super) fn live(&self) -> RwLockReadGuard<'_, Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine for SqliteEngine {
    fn submit(&self, event: Option<EventId>, write: Write, lane: Lane, now: Millis, reply: Reply) {
        if self.beside.is_some() {
            return reply(Err(StoreError::ReadOnly("another process owns the data directory".to_owned())));
        }
        if let Err(refusal) = self.damage.refuse() {
            return reply(Err(refusal));
        }
        let reply = Pending::follow(&self.pending, &write, reply);
        let prepared = apply::prepare(write, &self.meaning, self);
        if lane == Lane::Bulk {
            wait_for_tail(&self.live, &self.signal);
        }
        self.queue.push(Job { event, prepared, lane, now, reply });
    }

    fn search(&self, query: &SearchQuery) -> Result<SearchAnswer> {
        self.look_for(query)
    }
    fn memory(&self, id: MemoryId) -> Result<Option<Memory>> {
        self.read(|tx| reads::memory(tx, id))
    }
    fn memory_then(&self, id: MemoryId, then: Millis) -> Result<Option<Memory>> {
        self.read(|tx| reads::memory_then(tx, id, then))
    }
    fn history(&self, id: MemoryId) -> Result<Vec<Revision>> {
        self.read(|tx| reads::history(tx, id))
    }
    fn ties(&self, ids: &[MemoryId], scope: &Scope, reader: Reader) -> Result<Vec<Ties>> {
        self.read(|tx| reads::ties(tx, ids, scope, reader))
    }
    fn work(&self, query: &WorkQuery) -> Result<WorkList> {
        self.read(|tx| reads::work(tx, query))
    }
    fn pack(&self, query: &PackQuery) -> Result<PackRows> {
        self.read(|tx| reads::pack(tx, query))
    }
    fn near(&self, query: &NearQuery) -> Result<Vec<NearMemory>> {
        self.look_near(query)
    }
    fn timeline(&self, query: &TimelineQuery) -> Result<Vec<Memory>> {
        self.read(|tx| reads::timeline(tx, query))
    }
    fn records(&self, query: &PageQuery, kinds: &[Kind], depth: Depth) -> Result<Vec<Record>> {
        self.read(|tx| match reads::records(tx, query, kinds, depth) {
            // What is whole can still be taken out.
            Err(error) if self.damage.note_error(&error) => reads::records_singly(tx, query, kinds, depth),
            records => records,
        })
    }
    fn on_file(&self, query: &FileQuery) -> Result<FileMemories> {
        let pending = self.pending.of(&query.asker);
        self.read(|tx| reads::on_file(tx, query, &pending))
    }
    fn recent_sessions(&self, project: &ProjectKey, branch: Option<&str>, limit: usize) -> Result<Vec<SessionSummary>> {
        self.read(|tx| reads::recent_sessions(tx, project, branch, limit))
    }
    fn projects(&self) -> Result<Vec<ProjectRow>> {
        self.read(|tx| reads::projects(tx))
    }
    fn project(&self, key: &ProjectKey) -> Result<Option<ProjectKey>> {
        self.read(|tx| reads::project(tx, key))
    }
    fn source(&self, path: &Path) -> Result<Option<SourceFile>> {
        self.read(|tx| reads::source(tx, path))
    }
    fn import_source(&self, id: MemoryId) -> Result<Option<ImportSource>> {
        self.read(|tx| reads::import_source(tx, id))
    }
    fn roots(&self) -> Result<Vec<PathBuf>> {
        self.read(|tx| reads::roots(tx))
    }
    fn mirrors(&self) -> Result<Vec<Mirror>> {
        self.read(|tx| reads::mirrors(tx))
    }
    fn mirror_files(&self, mirror: i64) -> Result<Vec<MirrorFile>> {
        self.read(|tx| reads::mirror_files(tx, mirror))
    }
    fn marks(&self, project: Option<&ProjectKey>, kinds: &[Kind]) -> Result<Vec<Mark>> {
        self.read(|tx| reads::marks(tx, project, kinds))
    }
    fn pauses(&self) -> Result<Vec<PauseSpan>> {
        self.read(|tx| reads::pauses(tx))
    }

    fn gauges(&self) -> Gauges {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let queued = self.queue.depths();
        // Before the signal is asked, and let go: the indexer holds the signal while it looks at the tables, and behind a
        // writer that waits for them it would wait for us, as we for it.
        let tail = self.live().tail.len() as u64;
        Gauges {
            tail,
            wal_bytes: Wal::new(&self.options.database).bytes(),
            queued,
            last_commit: self.pulse.since_commit(),
            idle_for: self.beside.is_none().then(|| self.pulse.since_beat()),
            oldest_reader: self.readers.oldest(),
            index_failed: self.signal.has_failed(),
            // The third one ends when the vectors are there.
            threads_alive: threads.iter().take(2).all(|thread| !thread.is_finished()),
        }
    }

    fn stats(&self) -> Result<Stats> {
        let mut stats = self.read(|tx| reads::stats(tx, &self.options.database))?;
        let gauges = self.gauges();
        stats.tail = gauges.tail;
        stats.vectors = self.live().vectors.len() as u64;
        stats.wal_bytes = gauges.wal_bytes;
        stats.index_bytes = directory_bytes(&self.options.index);
        Ok(stats)
    }

    fn damage(&self) -> Option<String> {
        self.damage.reason()
    }

    fn writable(&self) -> Result<()> {
        self.damage.refuse()
    }

    fn check(&self) -> Result<Check> {
        self.look()
    }
    fn rebuild(&self, what: Derived) -> Result<()> {
        self.make_anew(what)
    }
    fn rebuilding(&self) -> Option<Rebuilding> {
        self.how_far()
    }
    fn is_making_vectors(&self) -> bool {
        !self.progress.is_settled()
    }
    fn back_up(&self, target: &Path) -> Result<CopyFacts> {
        self.copy_to(target)
    }

    fn cover(&self, selection: &Selection) -> Result<Cover> {
        self.covered(selection)
    }
    fn holding(&self, ids: &[MemoryId]) -> Vec<Holding> {
        self.copies_holding(ids)
    }
    fn is_forgotten(&self, trace: &Trace<'_>) -> Result<bool> {
        self.was_forgotten(trace)
    }
    fn tombstones(&self) -> Result<Tombstones> {
        self.tombstones_there()
    }
    fn left(&self) -> Result<Vec<Step>> {
        self.steps_left()
    }
    fn purge(&self, now: Millis, patience: Duration) -> Result<Vec<Step>> {
        self.go_on(now, patience)
    }
    fn strike_files(&self, now: Millis) -> Result<()> {
        self.files_done(now)
    }
    fn texts(&self, id: MemoryId) -> Result<Option<Texts>> {
        self.texts_of(id)
    }
    fn ids_after(&self, after: Option<MemoryId>, limit: usize, bytes: usize) -> Result<Vec<MemoryId>> {
        self.some_ids(after, limit, bytes)
    }

    fn fence(&self) -> Result<()> {
        (self.options.fence)().map_err(StoreError::Fenced)?;
        if FileId::of(&self.options.database).ok() != Some(self.database) {
            return Err(StoreError::Fenced("the database file was replaced or removed".into()));
        }
        // On a damaged database nothing is committed by anybody, and the epoch may be what is damaged.
        let epoch = match self.read(|tx| open::epoch(tx)) {
            Err(_) if self.damage.is_met() => return Ok(()),
            epoch => epoch?,
        };
        if epoch != self.epoch {
            return Err(StoreError::Fenced(format!("owner {epoch} has taken over from owner {}", self.epoch)));
        }
        Ok(())
    }

    fn follow(&self, tell: Tell) {
        // The first one stays.
        let _ = self.follower.set(tell);
    }

    fn settle(&self) {
        self.signal.wait_until(|| {
            let live = self.live();
            live.tail.len() == 0 && live.indexed >= live.catching_up_to && self.progress.is_settled()
        });
    }

    fn close(&self) {
        self.progress.stop();
        self.errands.close();
        self.queue.close();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for (n, thread) in threads.into_iter().enumerate() {
            if n == 1 {
                self.signal.stop();
            }
            if thread.join().is_err() {
                tracing::error!("a thread of the store panicked; its last transaction was rolled back");
            }
        }
    }
}

/// What a change is thought to find: another may come between, and the writer looks again.
impl apply::Look for SqliteEngine {
    fn memory(&self, id: MemoryId) -> Option<Memory> {
        Engine::memory(self, id).ok().flatten()
    }
    // What cannot be looked up is prepared as new; the transaction decides.
    fn said_before(&self, ids: &[MemoryId]) -> Vec<Option<String>> {
        self.read(|tx| reads::said_before(tx, ids)).unwrap_or_default()
    }
    fn texts_before(&self, undo: &Undo) -> Vec<(Content, Class)> {
        self.read(|tx| apply::texts_before(tx, undo)).unwrap_or_default()
    }
}

impl Drop for SqliteEngine {
    fn drop(&mut self) {
        self.close();
    }
}

fn directory_bytes(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|meta| meta.len()).sum()
}
