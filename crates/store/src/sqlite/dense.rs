//! What of a search goes by meaning alone and needs nothing that the words have found.
//! It must not know which thread looks, nor how what it finds is weighed.
//! Invariant: the same whoever looks, and however many share the work, from the same tables.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use quipu_core::rank::weights::NEAREST;
use quipu_embed::Question;
use rustc_hash::FxHashMap;

use super::vectors::{self, Vectors};
use super::visibility::{Filter, Slots};

/// A chunk with those beside it.
pub(super) type Candidate = (u32, Option<u32>, Option<u32>);

/// What the dense lane finds.
#[derive(Default)]
pub(super) struct Dense {
    pub(super) near: Arc<Near>,
    /// What the nearest and those beside them cover of the question.
    pub(super) coverages: FxHashMap<u32, f32>,
}

/// What lies nearest to a question.
#[derive(Default)]
pub(super) struct Near {
    /// Cosines of the nearest.
    pub(super) cosines: FxHashMap<u32, f32>,
    /// These with the chunks beside them, in the order of chunks.
    pub(super) beside: Vec<Candidate>,
    /// All of those.
    chunks: Vec<u32>,
    /// How many of `chunks` somebody has taken, to say what they cover.
    taken: AtomicUsize,
}

/// So many chunks are taken at a time.
const TAKEN: usize = 24;

impl Near {
    /// Looks for it.
    pub(super) fn of(vectors: &Vectors, slots: &Slots, question: &Question, filter: &Filter) -> Self {
        let Some(direction) = &question.vector else { return Self::default() };
        let near = vectors::nearest(vectors, slots, direction, filter, NEAREST);
        let beside = in_order(near.iter().map(|(chunk, _)| with_beside(slots, *chunk, filter)).collect());
        let chunks = all_of(&beside);
        Self { cosines: near.into_iter().collect(), beside, chunks, taken: AtomicUsize::new(0) }
    }

    /// What of the chunks that nobody has taken is covered of the question: whoever calls this beside another has a part of it,
    /// and the two parts are the whole.
    pub(super) fn covered(&self, vectors: &Vectors, question: &Question) -> Vec<(u32, f32)> {
        let mut covered = Vec::with_capacity(self.chunks.len());
        loop {
            let from = self.taken.fetch_add(TAKEN, Ordering::Relaxed);
            let Some(rest) = self.chunks.get(from..).filter(|rest| !rest.is_empty()) else { return covered };
            let chunks = &rest[..rest.len().min(TAKEN)];
            covered.extend(chunks.iter().copied().zip(vectors.coverages(question, chunks)));
        }
    }
}

/// Looks for what lies nearest to a question.
pub(super) fn dense(vectors: &Vectors, slots: &Slots, question: &Question, filter: &Filter) -> Dense {
    let near = Near::of(vectors, slots, question, filter);
    let coverages = near.covered(vectors, question).into_iter().collect();
    Dense { near: Arc::new(near), coverages }
}

pub(super) fn with_beside(slots: &Slots, chunk: u32, filter: &Filter) -> Candidate {
    let (prev, next) = slots.neighbours(chunk, filter);
    (chunk, prev, next)
}

/// Candidates in the order of chunks, which is that of memory, each once.
pub(super) fn in_order(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    // By runs: what is put together from two lists that are in order is merged.
    candidates.sort_by_key(|candidate| candidate.0);
    candidates.dedup_by_key(|candidate| candidate.0);
    candidates
}

/// What candidates and the chunks beside them cover of a question.
pub(super) fn coverages(vectors: &Vectors, question: &Question, candidates: &[Candidate]) -> FxHashMap<u32, f32> {
    let chunks = all_of(candidates);
    let covered = vectors.coverages(question, &chunks);
    chunks.into_iter().zip(covered).collect()
}

/// The chunks of candidates and those beside them, in order and each once.
fn all_of(candidates: &[Candidate]) -> Vec<u32> {
    let mut chunks: Vec<u32> = Vec::with_capacity(3 * candidates.len());
    chunks.extend(candidates.iter().flat_map(|(chunk, prev, next)| [Some(*chunk), *prev, *next]).flatten());
    chunks.sort_unstable();
    chunks.dedup();
    chunks
}
