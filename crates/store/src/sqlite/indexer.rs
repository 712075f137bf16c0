//! The thread that follows the writer: feeds the text index, commits at most every 200 ms, trims the tail.
//! It must not know operations; it sees chunks and their numbers.
//! Invariant: nobody waits for an index commit; after a crash it catches up from the rows.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::time::Duration;

use quipu_core::analyse::Analyser;
use quipu_core::fault_point::{FaultPoint, pass};
use quipu_embed::Passage;
use tantivy::{IndexWriter, Searcher, TantivyDocument};

use super::forget::segments::{Rows, Strangers, has_strangers, leftovers};
use super::readers::Readers;
use super::reads::Newest;
use super::text::index::{Reached, TextIndex};
use super::text::tail::Tail;
use super::text::terms::Terms;
use super::vectors::Vectors;
use super::visibility::Slots;
use crate::error::StoreError;
use crate::sqlite::open::FenceCheck;

/// What searches look through; changed by the writer after a commit and by the indexer after an index commit.
pub(super) struct Live {
    pub(super) slots: Slots,
    pub(super) tail: Tail,
    pub(super) vectors: Vectors,
    pub(super) searcher: Searcher,
    /// Newest chunk that `searcher` holds.
    pub(super) indexed: u32,
    /// Newest chunk that was in the rows when the index was opened: until it is reached, searches say so.
    pub(super) catching_up_to: u32,
}

impl Live {
    /// Sets what a chunk means whose slot is there already.
    pub(super) fn set_vector(&mut self, seq: u32, passage: &Passage) {
        self.vectors.set(seq, passage);
        if self.slots.is_written(seq) {
            self.vectors.mark_written(seq, passage);
        }
    }
}

/// Commits are coalesced over this time: one costs about 80 ms.
const COALESCE: Duration = Duration::from_millis(190);
/// A tail of this many chunks is committed without waiting for more.
const EAGER: usize = 4_000;
/// Bulk writers wait while the tail is longer than this.
pub(super) const TAIL_BOUND: usize = 8_000;
/// Memory of the index writer, in bytes: the least that tantivy takes.
const ARENA: usize = 15_000_000;
/// After a failure (a full disk, say) the index is tried again so much later.
const RETRY: Duration = Duration::from_millis(1_000);
/// Segments that are not written anew in this time are tried again.
const REWRITING: Duration = Duration::from_secs(900);
/// So often that is looked at; and so many times whether a search still has the files of before open.
const STEP: Duration = Duration::from_millis(20);
const SEARCHES: usize = 100;
/// Rows read at a time when catching up.
const CATCH_UP: usize = 2_000;

/// Wakes the indexer and lets others wait for it.
#[derive(Default)]
pub(super) struct Signal {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default, Clone, Copy)]
struct State {
    dirty: bool,
    stop: bool,
    failed: bool,
    /// The index is to be made anew.
    anew: bool,
    /// So often the index was asked to let go of what is no row any more, and did: of the asking that is done.
    gone_asked: u64,
    gone_done: u64,
}

impl Signal {
    pub(super) fn wake(&self) {
        self.set(|s| s.dirty = true);
    }
    /// Asks for an index made anew.
    pub(super) fn ask_anew(&self) {
        self.set(|s| s.anew = true);
    }
    /// Whether that was asked for and has not begun.
    pub(super) fn is_asked_anew(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).anew
    }
    /// Asks for an index without what is no row any more.
    pub(super) fn ask_without_gone(&self) {
        self.set(|s| s.gone_asked += 1);
    }
    /// Waits at most so long until that is done which was asked for before; whether it is.
    pub(super) fn is_without_gone(&self, most: Duration) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = state.gone_asked;
        let waits = |s: &mut State| s.gone_done < asked && !s.stop;
        let state = self.changed.wait_timeout_while(state, most, waits).unwrap_or_else(PoisonError::into_inner).0;
        state.gone_done >= asked
    }
    pub(super) fn stop(&self) {
        self.set(|s| s.stop = true);
    }
    /// Waits until `done` holds; also ends when the indexer has failed or stopped.
    pub(super) fn wait_until(&self, done: impl Fn() -> bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !done() && !state.failed && !state.stop {
            let pause = Duration::from_millis(20);
            state = self.changed.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
    /// Whether the index does not follow the rows just now.
    pub(super) fn has_failed(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).failed
    }
    /// Waits so long; ends at once when the store closes, with `true`, and when the index is to be made anew.
    fn stopped_within(&self, pause: Duration) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(state, pause, |s| !s.stop && !s.anew);
        waited.unwrap_or_else(PoisonError::into_inner).0.stop
    }
    fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }
    /// Waits for work.
    fn next(&self) -> Next {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if state.dirty {
                state.dirty = false;
                return Next::Tail;
            }
            if state.stop {
                return Next::Stop;
            }
            if state.anew {
                return Next::Anew;
            }
            if state.gone_done < state.gone_asked {
                return Next::Gone(state.gone_asked);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
    /// Lets more work gather, unless there is enough or the store closes.
    fn gather(&self, enough: impl Fn() -> bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waited = Duration::ZERO;
        while waited < COALESCE && !state.stop && !enough() {
            let step = Duration::from_millis(10);
            state = self.changed.wait_timeout(state, step).unwrap_or_else(PoisonError::into_inner).0;
            waited += step;
        }
    }
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The tail has grown.
    Tail,
    /// The index is made anew from the rows.
    Anew,
    /// Documents whose rows are gone go too, for the asking of that number.
    Gone(u64),
    /// The store closes.
    Stop,
}

/// What the thread works on.
pub(super) struct Indexer {
    pub(super) index: Arc<TextIndex>,
    pub(super) live: Arc<RwLock<Live>>,
    pub(super) readers: Arc<Readers>,
    pub(super) signal: Arc<Signal>,
    pub(super) fence: FenceCheck,
    /// The index's folder.
    pub(super) dir: PathBuf,
}

impl Indexer {
    /// Runs until the signal says stop and everything is indexed.
    pub(super) fn run(mut self) {
        let mut told = String::new();
        loop {
            let error = match self.follow() {
                Ok(Next::Stop | Next::Tail | Next::Gone(_)) => break,
                Ok(Next::Anew) => {
                    self.anew();
                    continue;
                }
                Err(error) => error,
            };
            // Searches go on from the last commit and the tail; the rows are safe.
            self.signal.set(|s| s.failed = true);
            // A disk that stays full is worth one line, not one a second.
            if told != error.to_string() {
                told = error.to_string();
                tracing::error!(%error, "the text index does not follow the rows");
            }
            if matches!(error, StoreError::Fenced(_)) || self.signal.stopped_within(RETRY) {
                break;
            }
            // Somebody removed the folder: it is derived, so it is made anew and filled from the rows.
            if !self.dir.join("meta.json").exists() || self.signal.is_asked_anew() {
                self.anew();
            }
        }
    }

    /// Puts an empty index in place of what is there; from now on searches say how far it is.
    fn anew(&mut self) {
        match TextIndex::anew(&self.dir) {
            Ok(index) => self.index = Arc::new(index),
            Err(error) => tracing::error!(%error, "the text index cannot be made anew"),
        }
        let mut live = self.write();
        live.catching_up_to = live.slots.len() as u32;
        live.indexed = 0;
        drop(live);
        self.signal.set(|s| s.anew = false);
    }

    fn follow(&self) -> Result<Next, StoreError> {
        let mut writer = self.writer()?;
        if self.catch_up(&mut writer)?.is_break() {
            // Cut short: a commit of the tail now would say that the rows between are in the index too.
            return Ok(Next::Stop);
        }
        self.signal.set(|s| s.failed = false);
        loop {
            match self.signal.next() {
                Next::Tail => {}
                Next::Gone(asked) => {
                    drop(writer);
                    if self.let_go()? {
                        self.signal.set(|s| s.gone_done = asked);
                    } else if self.signal.stopped_within(RETRY) {
                        return Ok(Next::Stop);
                    }
                    writer = self.writer()?;
                    continue;
                }
                // Merges in flight are dropped with the writer: waiting for them would delay the daemon's exit.
                other => return Ok(other),
            }
            self.signal.gather(|| self.read().tail.len() >= EAGER);
            let waiting = self.write().tail.take_waiting();
            let Some(&(newest, _)) = waiting.last() else { continue };
            for (seq, terms) in waiting {
                writer.add_document(self.document(seq, &terms))?;
            }
            self.commit(&mut writer, newest)?;
        }
    }

    fn writer(&self) -> Result<IndexWriter<TantivyDocument>, StoreError> {
        Ok(self.index.index.writer_with_num_threads(1, ARENA)?)
    }

    /// Indexes the rows that the last commit did not reach; the writer may add to the tail meanwhile.
    ///
    /// What was taken from the tail before a failure and never committed is among them. Breaks off when the store
    /// closes: the rest is caught up by the next daemon, for a rebuild must not hold up the end of this one.
    fn catch_up(&self, writer: &mut IndexWriter<TantivyDocument>) -> Result<ControlFlow<()>, StoreError> {
        let analyser = &mut Analyser::new();
        let mut reached = self.index.reached()?.map_or(0, |reached| reached.chunk);
        self.show(reached)?;
        let goal = {
            let mut live = self.write();
            live.tail.take_waiting();
            live.slots.len() as u32
        };
        while reached < goal {
            let rows = self.readers.with(|tx| super::reads::chunks_after(tx, reached, goal, CATCH_UP))?;
            let Some(last) = rows.last().map(|(seq, _)| *seq) else { break };
            for (seq, text) in rows {
                writer.add_document(self.document(seq, &Terms::of(analyser, &text)))?;
            }
            reached = last;
            self.commit(writer, reached)?;
            // Behind the first batch, so that a short run leaves nothing over.
            if reached < goal && self.signal.stopped_within(Duration::ZERO) {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn document(&self, seq: u32, terms: &Terms) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_u64(self.index.chunk, u64::from(seq));
        document.add_text(self.index.text, terms.joined());
        document
    }

    fn commit(&self, writer: &mut IndexWriter<TantivyDocument>, reached: u32) -> Result<(), StoreError> {
        (self.fence)().map_err(StoreError::Fenced)?;
        let newest = self.readers.with(|tx| super::reads::newest_owner(tx, reached))?;
        let mut commit = writer.prepare_commit()?;
        match newest {
            Newest::Of(chunk, memory) => commit.set_payload(&Reached { chunk, memory }.payload()),
            // Everything that was indexed is forgotten.
            Newest::None => commit.set_payload(""),
            Newest::Lost => {
                return Err(StoreError::Fenced(format!("chunk {reached} is gone from the database")));
            }
        }
        commit.commit()?;
        self.show(reached)
    }

    /// Deletes the documents whose rows are gone, writes the segments anew that held one, and removes the files of before;
    /// whether all of that is done. Costs as much as writing those segments: at most the whole index once.
    fn let_go(&self) -> Result<bool, StoreError> {
        let rows = self.readers.with(|tx| Rows::of(tx))?;
        // No merge but ours meanwhile: one that began before would bring back what is deleted now.
        let mut writer = self.writer()?;
        writer.set_merge_policy(Box::new(tantivy::merge_policy::NoMergePolicy));
        writer.delete_query(Box::new(Strangers(rows.clone())))?;
        let reached = self.read().indexed;
        self.commit(&mut writer, reached)?;
        let mut waited = Duration::ZERO;
        loop {
            let metas = self.index.index.searchable_segment_metas()?;
            let spoilt: Vec<_> = metas.iter().filter(|meta| meta.has_deletes()).map(|meta| meta.id()).collect();
            drop(metas);
            if spoilt.is_empty() {
                break;
            }
            if waited.is_zero() {
                // Each by itself: sizes stay as the policy has made them. Not waited for, so that a stop is heard.
                spoilt.iter().for_each(|segment| drop(writer.merge(&[*segment])));
            }
            if waited > REWRITING || self.signal.stopped_within(STEP) {
                return Ok(false);
            }
            waited += STEP;
        }
        // The payload again, and a look at the new segments: while the old ones are open their files stay.
        self.commit(&mut writer, reached)?;
        for _ in 0..SEARCHES {
            writer.garbage_collect_files().wait()?;
            if leftovers(&self.index, &self.dir)? == 0 {
                break;
            }
            // A search still holds them.
            if self.signal.stopped_within(STEP) {
                return Ok(false);
            }
        }
        let done = !has_strangers(&self.index.reader.searcher(), &rows)? && leftovers(&self.index, &self.dir)? == 0;
        pass(FaultPoint::ForgetIndex);
        Ok(done)
    }

    /// Lets searches see the last commit, and the tail forget what it holds.
    fn show(&self, reached: u32) -> Result<(), StoreError> {
        self.index.reader.reload()?;
        let searcher = self.index.reader.searcher();
        let mut live = self.write();
        let before = std::mem::replace(&mut live.searcher, searcher);
        live.indexed = reached;
        live.tail.release(reached);
        drop(live);
        // Unmapping files that were merged away can take long on some disks: not while searches wait.
        drop(before);
        self.signal.changed.notify_all();
        Ok(())
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }
    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Live> {
        self.live.write().unwrap_or_else(PoisonError::into_inner)
    }
}
