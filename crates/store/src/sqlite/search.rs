//! One search: both lanes over one snapshot, then the rows of what was found.
//! It must not know how hits are ranked (see `ranking`).
//! Invariant: what the tables name is in the snapshot that the rows are read from.

use std::ops::Range;
use std::sync::Arc;

use quipu_core::id::Millis;
use quipu_core::memory::Memory;
use quipu_core::offer::Again;
use rusqlite::Transaction;
use rustc_hash::FxHashSet;

use super::engine::SqliteEngine;
use super::left_out::{Seen, left_out};
use super::ranking::{self, Meant};
use super::text::lane::View;
use super::visibility::{Filter, NONE, Slots, seconds};
use super::{apply, reads};
use crate::error::StoreError;
use crate::read::{By, Neighbours, Scope, SearchAnswer, SearchHit, SearchQuery, States};

type Result<T> = std::result::Result<T, StoreError>;

impl SqliteEngine {
    /// The best memories for a query.
    pub(super) fn look_for(&self, query: &SearchQuery) -> Result<SearchAnswer> {
        // Before the snapshot begins: what is committed meanwhile is then in one of the two.
        let pending = query.not_in_context_of.as_ref().map(|session| self.pending.of(session)).unwrap_or_default();
        self.read(|tx| {
            // Before the tables are locked: the indexer looks at them while it holds its signal.
            let behind =
                self.signal.has_failed().then(|| "the text index does not follow just now (`quipu logs`)".to_owned());
            // Reading the rows of a past moment takes long: nobody who writes may wait for it. What it names was acknowledged
            // before, so the tables have it when they are looked at.
            let past = match query.as_of {
                Some(then) => Some(past(tx, then, &self.filter(tx, query, &pending)?.0)?),
                None => None,
            };
            // Else before the first look at the rows: what `live` names is then in the snapshot, which begins with that look.
            let live = self.live();
            let (filter, changed) = self.filter(tx, query, &pending)?;
            let slots = past.as_ref().unwrap_or(&live.slots);
            let view = View {
                searcher: &live.searcher,
                text: self.index.text,
                indexed: live.indexed,
                tail: &live.tail,
                slots,
            };
            // Who looks meanwhile looks through the tables of now.
            let errands = past.is_none().then_some(&*self.errands);
            let meant = Meant { vectors: &live.vectors, embedder: &*self.meaning.embedder, errands };
            let meant = (query.by == By::Meaning && self.progress.is_loaded()).then_some(&meant);
            let (found, terms) = ranking::search(&view, meant, &query.text, &filter, query.limit, query.now)?;
            let beside: Vec<Vec<u32>> = match query.neighbours {
                Neighbours::Skip => Vec::new(),
                Neighbours::Load => found
                    .iter()
                    .map(|f| {
                        let (prev, next) = slots.neighbours(f.chunk, &filter);
                        prev.into_iter().chain(next).collect()
                    })
                    .collect(),
            };
            let memory = |found: &ranking::Found| slots.get(found.chunk).map_or(NONE, |slot| slot.memory);
            let memories: Vec<u32> = found.iter().map(memory).collect();
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
                let place = match memory_of(tx, f.chunk, query.as_of) {
                    // What is whole is still found.
                    Err(error) if self.damage.note_error(&error) => {
                        unreadable += 1;
                        continue;
                    }
                    place => place?,
                };
                let Some((memory, chunk)) = place else { continue };
                // The row may be newer than the tables by a moment, in which it became private.
                if !query.viewer.reader.may_see(memory.privacy) {
                    continue;
                }
                let neighbours = match beside.get(n).map_or(Ok(String::new()), |chunks| texts(tx, chunks, query.as_of))
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
                    again: if changed.contains(&memories[n]) { Again::Changed } else { Again::No },
                });
            }
            let damaged = self.damage.reason().map(|reason| match unreadable {
                0 => format!("the database is damaged ({reason}); what cannot be read is left out"),
                n => format!("the database is damaged ({reason}); {n} hits cannot be read and are left out"),
            });
            let left_out = filter.left_out.map_or(0, |left_out| left_out.len());
            Ok(SearchAnswer { hits, terms, fallback: damaged.or(fallback), left_out })
        })
    }

    /// The in-memory form of a query's conditions, and what the asker has seen as it was before.
    fn filter(&self, tx: &Transaction<'_>, query: &SearchQuery, pending: &[Seen]) -> Result<(Filter, FxHashSet<u32>)> {
        let row = match &query.scope {
            Scope::All => None,
            Scope::Project(key) => apply::find_project(tx, key)?,
        };
        let project = match &query.scope {
            Scope::All => None,
            // Where nothing of this project is known, what belongs to no project is still there to be found.
            Scope::Project(_) => Some(row.map_or(NONE, apply::short)),
        };
        let kinds = query.kinds.iter().fold(0u32, |bits, kind| bits | 1 << *kind as u8);
        let not_session = match &query.not_in_context_of {
            Some(session) => reads::session_context(tx, session)?,
            None => None,
        };
        let among = match query.files.is_empty() {
            true => None,
            false => Some(Arc::new(reads::touching(tx, &query.files)?)),
        };
        let seen = query.not_in_context_of.as_ref().map(|session| left_out(tx, session, pending, row)).transpose()?;
        let mut seen = seen.unwrap_or_default();
        let changed = std::mem::take(&mut seen.changed);
        let filter = Filter {
            project,
            kinds: if kinds == 0 { u32::MAX } else { kinds },
            since: query.since.map_or(0, |at| seconds(at.0)),
            until: query.until.map_or(u32::MAX, |at| seconds(at.0)),
            only_live: query.states == States::Live,
            now: query.as_of.unwrap_or(query.now),
            not_session,
            among,
            viewer: query.viewer.clone(),
            left_out: (!seen.is_empty()).then(|| Arc::new(seen)),
        };
        Ok((filter, changed))
    }
}

/// Who could be seen at `then`: a table made from rows, of the project that is searched alone. It is tested where that of now
/// is, inside the collectors; making it takes about as long as reading the rows.
fn past(tx: &Transaction<'_>, then: Millis, filter: &Filter) -> Result<Slots> {
    let mut slots = Slots::default();
    reads::each_slot_then(tx, then, filter.project, |seq, facts| slots.push(seq, facts))?;
    Ok(slots)
}

/// The memory of a chunk, as it is or as it was.
fn memory_of(tx: &Transaction<'_>, chunk: u32, as_of: Option<Millis>) -> Result<Option<(Memory, Range<usize>)>> {
    match as_of {
        None => reads::found(tx, chunk),
        Some(then) => reads::found_then(tx, chunk, then),
    }
}

/// The texts of chunks, as they are or as they were.
fn texts(tx: &Transaction<'_>, chunks: &[u32], as_of: Option<Millis>) -> Result<String> {
    match as_of {
        None => reads::chunk_texts(tx, chunks),
        Some(_) => reads::chunk_texts_then(tx, chunks),
    }
}
