//! Reading beside the owner: what another process commits is looked for before each read.
//! It must not know who the owner is, nor write anything.
//! Invariant: rows are the truth; of the owner's index only what its last commit reaches is used.

use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use quipu_core::analyse::Analyser;
use rusqlite::Connection;

use super::indexer::Live;
use super::reads;
use super::text::index::TextIndex;
use super::text::tail::{Tail, TailChunk};
use super::visibility::Slots;
use crate::error::StoreError;

/// The rows are not asked more often whether they have changed.
const LOOK: Duration = Duration::from_millis(200);
/// Chunks that the owner's index lacks are searched from memory, the newest so many.
const MOST: u32 = 20_000;

/// What was seen last.
pub(super) struct Beside(Mutex<State>);

struct State {
    connection: Connection,
    version: i64,
    looked: Option<Instant>,
    analyser: Analyser,
}

impl Beside {
    pub(super) fn new(connection: Connection) -> Self {
        Self(Mutex::new(State { connection, version: -1, looked: None, analyser: Analyser::new() }))
    }

    /// Brings what searches look through in line with the rows, if they have changed.
    pub(super) fn look(&self, live: &RwLock<Live>, index: &TextIndex) -> Result<(), StoreError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.looked.is_some_and(|at| at.elapsed() < LOOK) {
            return Ok(());
        }
        let version = state.connection.query_row("pragma data_version", [], |row| row.get(0))?;
        let changed = version != state.version;
        if changed {
            state.follow(live, index)?;
            state.version = version;
        }
        state.looked = Some(Instant::now());
        Ok(())
    }
}

impl State {
    fn follow(&mut self, live: &RwLock<Live>, index: &TextIndex) -> Result<(), StoreError> {
        // The commit first, then what it holds: the index may only be further than is said of it.
        let reached = index.reached()?;
        index.reader.reload()?;
        let tx = self.connection.transaction()?;
        let mut slots = Slots::default();
        reads::each_slot(&tx, |seq, facts| slots.push(seq, facts))?;
        let newest = slots.len() as u32;
        let reached = match reached {
            Some(reached) if reads::chunk_owner(&tx, reached.chunk)? == Some(reached.memory) => reached.chunk,
            _ => 0,
        };
        let mut tail = Tail::default();
        let from = reached.max(newest.saturating_sub(MOST));
        for (seq, text) in reads::chunks_after(&tx, from, newest, usize::MAX)? {
            tail.push(TailChunk::new(&mut self.analyser, &text).numbered(seq));
        }
        let searcher = index.reader.searcher();
        let mut live = live.write().unwrap_or_else(PoisonError::into_inner);
        live.slots = slots;
        live.tail = tail;
        live.searcher = searcher;
        live.indexed = reached;
        // What lies between index and tail is not searched, and searches say so.
        live.catching_up_to = if from > reached { newest } else { 0 };
        Ok(())
    }
}
