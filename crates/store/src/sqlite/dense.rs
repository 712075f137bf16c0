//! What of a search goes by meaning alone and needs nothing that the words have found.
//! It must not know which thread looks, nor how what it finds is weighed.
//! Invariant: the same whoever looks, from the same tables.

use quipu_core::rank::weights::NEAREST;
use quipu_embed::Question;
use rustc_hash::FxHashMap;

use super::vectors::{self, Vectors};
use super::visibility::{Filter, Slots};

/// What the dense lane finds.
#[derive(Default)]
pub(super) struct Dense {
    /// Cosines of the nearest.
    pub(super) near: FxHashMap<u32, f32>,
    /// What these and those beside them cover of the question.
    pub(super) coverages: FxHashMap<u32, f32>,
}

/// Looks for what lies nearest to a question.
pub(super) fn dense(vectors: &Vectors, slots: &Slots, question: &Question, filter: &Filter) -> Dense {
    let Some(direction) = &question.vector else { return Dense::default() };
    let near = vectors::nearest(vectors, slots, direction, filter, NEAREST);
    let beside = near.iter().flat_map(|(chunk, _)| {
        let (prev, next) = slots.neighbours(*chunk, filter);
        [Some(*chunk), prev, next]
    });
    let coverages = coverages(vectors, question, beside.flatten().collect());
    Dense { near: near.into_iter().collect(), coverages }
}

/// What chunks cover of a question.
pub(super) fn coverages(vectors: &Vectors, question: &Question, mut chunks: Vec<u32>) -> FxHashMap<u32, f32> {
    chunks.sort_unstable();
    chunks.dedup();
    let covered = vectors.coverages(question, &chunks);
    chunks.into_iter().zip(covered).collect()
}
