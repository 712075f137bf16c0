//! Puts the parts together: opens everything, starts the threads, answers reads.
//! It must not know operations' SQL or the index's form.
//! Invariant: one writer thread and one indexer thread per engine; both end before `close` returns.

mod opening;
mod repair;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::thread::JoinHandle;

use quipu_core::id::{EventId, MemoryId, Millis};
use quipu_core::memory::{Memory, ProjectKey};
use rusqlite::{Connection, Transaction};

use super::apply::Meaning;
use super::damage::Damage;
use super::indexer::{Indexer, Live, Signal};
use super::open::{self, FileId, OpenOptions};
use super::ranking::{self, Meant};
use super::readers::Readers;
use super::text::index::TextIndex;
use super::text::lane::View;
use super::text::tail::Tail;
use super::vectors::{Keeper, Progress, Vectors};
use super::visibility::{Filter, NONE, seconds};
use super::wal::Wal;
use super::writer::{Job, Queue, Writer, wait_for_tail};
use super::{apply, reads};
use crate::engine::{Engine, Reply};
use crate::error::StoreError;
use crate::read::{
    By, Check, CopyFacts, Derived, FileMemories, FileQuery, Gauges, Neighbours, PauseSpan, ProjectRow, Rebuilding,
    Scope, SearchAnswer, SearchHit, SearchQuery, SessionSummary, States, Stats, TimelineQuery,
};
use crate::write::{Lane, SourceFile, Write};

type Result<T> = std::result::Result<T, StoreError>;

/// The SQLite engine.
pub struct SqliteEngine {
    options: OpenOptions,
    database: FileId,
    epoch: u64,
    queue: Arc<Queue>,
    readers: Arc<Readers>,
    live: Arc<RwLock<Live>>,
    signal: Arc<Signal>,
    index: Arc<TextIndex>,
    meaning: Meaning,
    progress: Arc<Progress>,
    damage: Arc<Damage>,
    /// One copy at a time.
    copying: Mutex<()>,
    threads: Mutex<Vec<JoinHandle<()>>>,
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
            vectors: Vectors::default(),
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
            copying: Mutex::new(()),
            threads: Mutex::new(Vec::new()),
            options,
        };
        engine.start(connection, rows)?;
        Ok(engine)
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
            damage: self.damage.clone(),
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
        let threads = vec![
            self.spawn("quipu-writer", Box::new(|| writer.run()))?,
            self.spawn("quipu-indexer", Box::new(|| indexer.run()))?,
            self.spawn("quipu-vectors", Box::new(|| keeper.run()))?,
        ];
        *self.threads.lock().unwrap_or_else(PoisonError::into_inner) = threads;
        self.signal.wake();
        Ok(())
    }

    fn keeper(&self, goal: u32, loaded: u32) -> Keeper {
        Keeper {
            live: self.live.clone(),
            readers: self.readers.clone(),
            queue: self.queue.clone(),
            meaning: self.meaning.clone(),
            progress: self.progress.clone(),
            goal,
            loaded,
        }
    }

    fn spawn(&self, name: &str, run: Box<dyn FnOnce() + Send>) -> Result<JoinHandle<()>> {
        std::thread::Builder::new().name(name.to_owned()).spawn(run).map_err(StoreError::io(&self.options.data))
    }

    fn read<T>(&self, read: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        self.readers.with(read)
    }

    fn live(&self) -> RwLockReadGuard<'_, Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The in-memory form of a query's conditions.
    fn filter(&self, tx: &Transaction<'_>, query: &SearchQuery) -> Result<Filter> {
        let project = match &query.scope {
            Scope::All => None,
            Scope::Project(key) => match apply::find_project(tx, key)? {
                Some(id) => Some(apply::short(id)),
                // Nothing of this project is known; what belongs to no project is still there to be found.
                None => Some(NONE),
            },
        };
        let kinds = query.kinds.iter().fold(0u32, |bits, kind| bits | 1 << *kind as u8);
        let not_session = match &query.not_in_context_of {
            Some(session) => reads::session_context(tx, session)?,
            None => None,
        };
        Ok(Filter {
            project,
            kinds: if kinds == 0 { u32::MAX } else { kinds },
            since: query.since.map_or(0, |at| seconds(at.0)),
            until: query.until.map_or(u32::MAX, |at| seconds(at.0)),
            only_live: query.states == States::Live,
            not_session,
        })
    }
}

impl Engine for SqliteEngine {
    fn submit(&self, event: Option<EventId>, write: Write, lane: Lane, now: Millis, reply: Reply) {
        if let Err(refusal) = self.damage.refuse() {
            return reply(Err(refusal));
        }
        let prepared = apply::prepare(write, &self.meaning);
        if lane == Lane::Bulk {
            wait_for_tail(&self.live, &self.signal);
        }
        self.queue.push(Job { event, prepared, lane, now, reply });
    }

    fn search(&self, query: &SearchQuery) -> Result<SearchAnswer> {
        self.read(|tx| {
            // Before the tables are locked: the indexer looks at them while it holds its signal.
            let behind =
                self.signal.has_failed().then(|| "the text index does not follow just now (`quipu logs`)".to_owned());
            // Before the first look at the rows: what `live` names is then in the snapshot, which begins with that look.
            let live = self.live();
            let filter = self.filter(tx, query)?;
            let view = View {
                searcher: &live.searcher,
                text: self.index.text,
                indexed: live.indexed,
                tail: &live.tail,
                slots: &live.slots,
            };
            let meant = Meant { vectors: &live.vectors, embedder: &*self.meaning.embedder };
            let meant = (query.by == By::Meaning && self.progress.is_loaded()).then_some(&meant);
            let (found, terms) = ranking::search(&view, meant, &query.text, &filter, query.limit, query.now)?;
            let beside: Vec<Vec<u32>> = match query.neighbours {
                Neighbours::Skip => Vec::new(),
                Neighbours::Load => found
                    .iter()
                    .map(|f| {
                        let (prev, next) = live.slots.neighbours(f.chunk, &filter);
                        prev.into_iter().chain(next).collect()
                    })
                    .collect(),
            };
            let rebuilt = || {
                (live.indexed < live.catching_up_to).then(|| {
                    format!("the text index is being rebuilt: {} of {} chunks", live.indexed, live.catching_up_to)
                })
            };
            let lack = || self.progress.lack().filter(|_| query.by == By::Meaning);
            let fallback = behind.or_else(rebuilt).or_else(lack);
            drop(live);
            let mut hits = Vec::with_capacity(found.len());
            let mut unreadable = 0;
            for (n, f) in found.iter().enumerate() {
                let place = match reads::found(tx, f.chunk) {
                    // What is whole is still found.
                    Err(error) if self.damage.note_error(&error) => {
                        unreadable += 1;
                        continue;
                    }
                    place => place?,
                };
                let Some((memory, chunk)) = place else { continue };
                let neighbours = match beside.get(n).map_or(Ok(String::new()), |chunks| reads::chunk_texts(tx, chunks))
                {
                    Err(error) if self.damage.note_error(&error) => String::new(),
                    texts => texts?,
                };
                hits.push(SearchHit {
                    memory,
                    chunk,
                    score: f.score,
                    own: f.own,
                    context: f.context,
                    coverage: f.coverage,
                    beside: f.beside,
                    cosine: f.cosine,
                    neighbours,
                });
            }
            let damaged = self.damage.reason().map(|reason| match unreadable {
                0 => format!("the database is damaged ({reason}); what cannot be read is left out"),
                n => format!("the database is damaged ({reason}); {n} hits cannot be read and are left out"),
            });
            Ok(SearchAnswer { hits, terms, fallback: damaged.or(fallback) })
        })
    }

    fn memory(&self, id: MemoryId) -> Result<Option<Memory>> {
        self.read(|tx| reads::memory(tx, id))
    }
    fn timeline(&self, query: &TimelineQuery) -> Result<Vec<Memory>> {
        self.read(|tx| reads::timeline(tx, query))
    }
    fn page(&self, scope: &Scope, after: Option<MemoryId>, limit: usize) -> Result<Vec<Memory>> {
        self.read(|tx| match reads::page(tx, scope, after, limit) {
            // What is whole can still be taken out.
            Err(error) if self.damage.note_error(&error) => reads::page_singly(tx, scope, after, limit),
            page => page,
        })
    }
    fn on_file(&self, query: &FileQuery) -> Result<FileMemories> {
        self.read(|tx| reads::on_file(tx, query))
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
    fn roots(&self) -> Result<Vec<PathBuf>> {
        self.read(|tx| reads::roots(tx))
    }
    fn pauses(&self) -> Result<Vec<PauseSpan>> {
        self.read(|tx| reads::pauses(tx))
    }

    fn gauges(&self) -> Gauges {
        Gauges { tail: self.live().tail.len() as u64, wal_bytes: Wal::new(&self.options.database).bytes() }
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

    fn settle(&self) {
        self.signal.wait_until(|| {
            let live = self.live();
            live.tail.len() == 0 && live.indexed >= live.catching_up_to && self.progress.is_settled()
        });
    }

    fn close(&self) {
        self.progress.stop();
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

impl Drop for SqliteEngine {
    fn drop(&mut self) {
        self.close();
    }
}

fn directory_bytes(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|meta| meta.len()).sum()
}
