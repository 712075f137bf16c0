//! What a search shows, in a form that two runs can be compared in.
//! It must not know how scores come about.

use quipu_core::id::MemoryId;
use quipu_store::Engine;
use quipu_store::read::SearchQuery;

/// Two sums of the same numbers in another order differ by less; a wrong weight or length makes more of a difference.
const NOISE: f32 = 0.005;

/// Ids in order with the two parts of their BM25, what stands beside them, and what decided the order.
pub(crate) type Ranking = Vec<(MemoryId, f32, f32, String, f32)>;

pub(crate) fn ranking(engine: &dyn Engine, query: &SearchQuery) -> Ranking {
    let hits = engine.search(query).unwrap().hits;
    hits.into_iter().map(|h| (h.memory.id, h.own, h.context, h.neighbours, h.score)).collect()
}

/// The first place at which two rankings differ by more than noise; equals may change places within it.
pub(crate) fn difference(found: &Ranking, expected: &Ranking) -> Option<String> {
    if found.len() != expected.len() {
        return Some(format!("{} hits instead of {}", found.len(), expected.len()));
    }
    let near = |a: f32, b: f32| (a - b).abs() < NOISE;
    for (at, (found, wanted)) in found.iter().zip(expected).enumerate() {
        let alike = match found.0 == wanted.0 {
            true => near(found.1, wanted.1) && near(found.2, wanted.2) && found.3 == wanted.3,
            false => near(found.4, wanted.4) && expected.iter().any(|e| e.0 == found.0),
        };
        if !alike {
            return Some(format!("at {at}: {found:?} instead of {wanted:?}"));
        }
    }
    None
}
