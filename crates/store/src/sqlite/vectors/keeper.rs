//! The thread that brings the vectors into memory at start, and makes those that rows lack.
//! It must not know operations; it sees chunks, their texts and their numbers.
//! Invariant: what it makes goes through the writer like everything; a chunk is looked at by itself, never by count.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock, mpsc};

use quipu_core::id::Millis;

use super::super::apply::{Meaning, Prepared};
use super::super::indexer::Live;
use super::super::readers::Readers;
use super::super::reads;
use super::super::writer::{Job, Queue};
use crate::error::StoreError;
use crate::write::Lane;

/// Vectors read at a time.
const READ: usize = 4_096;
/// Texts embedded in one write: about 10 ms of the writer's time.
const MADE: usize = 256;

/// How far the vectors are.
#[derive(Debug, Default)]
pub(in crate::sqlite) struct Progress {
    stage: AtomicU8,
    at: AtomicU32,
    of: AtomicU32,
    stop: AtomicBool,
}

const LOADING: u8 = 0;
const MAKING: u8 = 1;
const DONE: u8 = 2;
const FAILED: u8 = 3;
const BESIDE: u8 = 4;

impl Progress {
    /// Of a process that reads beside the owner: it keeps no vectors.
    pub(in crate::sqlite) fn beside() -> Self {
        Self { stage: AtomicU8::new(BESIDE), ..Self::default() }
    }

    pub(in crate::sqlite) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether the vectors of all rows are in memory, or it is known that they cannot be.
    pub(in crate::sqlite) fn is_settled(&self) -> bool {
        self.stage.load(Ordering::Acquire) >= DONE
    }

    /// Whether searches may use what is there.
    pub(in crate::sqlite) fn is_loaded(&self) -> bool {
        matches!(self.stage.load(Ordering::Acquire), MAKING | DONE)
    }

    /// What searches lack, in words.
    pub(in crate::sqlite) fn lack(&self) -> Option<String> {
        let (at, of) = (self.at.load(Ordering::Relaxed), self.of.load(Ordering::Relaxed));
        match self.stage.load(Ordering::Acquire) {
            LOADING => Some(format!("text: the vectors are being loaded, {at} of {of}")),
            MAKING => Some(format!("text in part: the vectors of older memories are being made, {at} of {of}")),
            DONE => None,
            BESIDE => Some("text: read beside the owner, by words only".to_owned()),
            _ => Some("text: the vectors cannot be loaded (`quipu logs`)".to_owned()),
        }
    }

    /// Searches go by words alone from now on.
    pub(in crate::sqlite) fn fail(&self) {
        self.enter(FAILED);
    }

    /// Begins again; what is to be done from where is the answer. Nothing while it is under way already.
    pub(in crate::sqlite) fn again(&self, newest: u32) -> Option<Again> {
        let begins = |from, to| self.stage.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok();
        let again = if begins(DONE, MAKING) {
            Again::Make
        } else if begins(FAILED, LOADING) {
            Again::Load
        } else {
            return None;
        };
        self.at.store(0, Ordering::Relaxed);
        self.of.store(newest, Ordering::Relaxed);
        Some(again)
    }

    fn enter(&self, stage: u8) {
        self.stage.store(stage, Ordering::Release);
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// What a keeper that begins again has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sqlite) enum Again {
    /// Make what rows lack: the others are in memory.
    Make,
    /// Load all of them first.
    Load,
}

pub(in crate::sqlite) struct Keeper {
    pub(in crate::sqlite) live: Arc<RwLock<Live>>,
    pub(in crate::sqlite) readers: Arc<Readers>,
    pub(in crate::sqlite) queue: Arc<Queue>,
    pub(in crate::sqlite) meaning: Meaning,
    pub(in crate::sqlite) progress: Arc<Progress>,
    /// Newest chunk that was in the rows at start; later ones come with their vectors.
    pub(in crate::sqlite) goal: u32,
    /// Newest chunk whose vector is in memory.
    pub(in crate::sqlite) loaded: u32,
}

impl Keeper {
    /// Brings the first vectors into memory: a small memory is searched by meaning from the first moment.
    pub(in crate::sqlite) fn prime(&mut self) -> Result<(), StoreError> {
        self.progress.of.store(self.goal, Ordering::Relaxed);
        let more = self.load_some()?;
        if !more && self.lacking(0)?.is_empty() {
            self.progress.enter(DONE);
        }
        Ok(())
    }

    pub(in crate::sqlite) fn run(mut self) {
        match self.load().and_then(|()| self.make()) {
            Ok(()) => self.progress.enter(DONE),
            // The store closes, and with it the readers.
            Err(StoreError::Closed) => {}
            Err(error) => {
                tracing::error!(%error, "the vectors cannot be brought into memory; searches go by words alone");
                self.progress.enter(FAILED);
            }
        }
    }

    fn load(&mut self) -> Result<(), StoreError> {
        while !self.progress.is_stopped() && self.load_some()? {}
        Ok(())
    }

    /// Whether there may be more.
    fn load_some(&mut self) -> Result<bool, StoreError> {
        let (model, after) = (self.meaning.model, self.loaded);
        let rows = self.readers.with(|tx| reads::vectors_after(tx, model, after, self.goal, READ))?;
        let Some((last, _)) = rows.last() else { return Ok(false) };
        self.loaded = *last;
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        rows.iter().for_each(|(seq, passage)| live.set_vector(*seq, passage));
        drop(live);
        self.progress.at.store(self.loaded, Ordering::Relaxed);
        Ok(rows.len() == READ)
    }

    fn make(&self) -> Result<(), StoreError> {
        let mut after = 0;
        while !self.progress.is_stopped() {
            let rows = self.lacking(after)?;
            let Some((last, _)) = rows.last() else { break };
            after = *last;
            // Told only where there is something to make: a search in between would say so for nothing.
            self.progress.enter(MAKING);
            let made = rows.iter().map(|(seq, text)| (*seq, self.meaning.embedder.passage(text))).collect();
            self.write(Prepared::Vectors(self.meaning.model, made))?;
            self.progress.at.store(after, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Some chunks after `after` that have no vector of the model in use.
    fn lacking(&self, after: u32) -> Result<Vec<(u32, String)>, StoreError> {
        let model = self.meaning.model;
        self.readers.with(|tx| reads::chunks_without_vector(tx, model, after, self.goal, MADE))
    }

    fn write(&self, prepared: Prepared) -> Result<(), StoreError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let reply = Box::new(move |outcome| {
            // Nobody else waits for it.
            let _ = sender.send(outcome);
        });
        self.queue.push(Job { event: None, prepared, lane: Lane::Bulk, now: Millis::default(), reply });
        receiver.recv().unwrap_or(Err(StoreError::Closed)).map(drop)
    }
}
