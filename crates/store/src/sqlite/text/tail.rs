//! Chunks that were committed and are not in the index yet, scored from memory by the same analyser.
//! It must not know tantivy nor SQL.
//! Invariant: a chunk leaves only after an index commit that holds it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use quipu_core::analyse::Analyser;
use rustc_hash::FxHashMap;

use super::terms::Terms;

/// A chunk ready for index and tail.
#[derive(Debug, Clone)]
pub(in crate::sqlite) struct TailChunk {
    pub(in crate::sqlite) seq: u32,
    terms: Arc<Terms>,
}

impl TailChunk {
    /// Analyses `text`; the sequence number is set when the row has one.
    pub(in crate::sqlite) fn new(analyser: &mut Analyser, text: &str) -> Self {
        Self { seq: 0, terms: Arc::new(Terms::of(analyser, text)) }
    }
    /// The same chunk as row `seq`.
    pub(in crate::sqlite) fn numbered(&self, seq: u32) -> Self {
        Self { seq, ..self.clone() }
    }
}

/// The tail.
#[derive(Default)]
pub(in crate::sqlite) struct Tail {
    waiting: VecDeque<(u32, Arc<Terms>)>,
    lengths: FxHashMap<u32, u32>,
    postings: FxHashMap<Box<str>, Vec<(u32, u32)>>,
    total_length: u64,
}

impl Tail {
    pub(in crate::sqlite) fn push(&mut self, chunk: TailChunk) {
        self.total_length += u64::from(chunk.terms.length());
        self.lengths.insert(chunk.seq, chunk.terms.length());
        for (term, count) in chunk.terms.iter() {
            match self.postings.get_mut(term) {
                Some(list) => list.push((chunk.seq, count)),
                None => {
                    self.postings.insert(term.into(), vec![(chunk.seq, count)]);
                }
            }
        }
        self.waiting.push_back((chunk.seq, chunk.terms));
    }

    /// Chunks in the tail.
    pub(in crate::sqlite) fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Numbers of the chunks in the tail.
    pub(in crate::sqlite) fn chunks(&self) -> Vec<u32> {
        self.lengths.keys().copied().collect()
    }

    /// Terms of all chunks together.
    pub(in crate::sqlite) fn total_length(&self) -> u64 {
        self.total_length
    }

    /// What was not handed to the index yet, oldest first; they stay searchable here until [`Tail::release`].
    pub(in crate::sqlite) fn take_waiting(&mut self) -> Vec<(u32, Arc<Terms>)> {
        self.waiting.drain(..).collect()
    }

    /// Forgets everything up to `indexed`, which an index commit holds now.
    pub(in crate::sqlite) fn release(&mut self, indexed: u32) {
        self.lengths.retain(|seq, length| {
            let keep = *seq > indexed;
            if !keep {
                self.total_length -= u64::from(*length);
            }
            keep
        });
        self.postings.retain(|_, list| {
            list.retain(|(seq, _)| *seq > indexed);
            !list.is_empty()
        });
        self.waiting.retain(|(seq, _)| *seq > indexed);
        if self.lengths.is_empty() {
            // After a bulk load the maps would keep their capacity for ever.
            *self = Tail::default();
        }
    }

    /// Lets go of chunks that are no more, `gone` in order: no index commit will hold them.
    pub(in crate::sqlite) fn forget(&mut self, gone: &[u32]) {
        let is_gone = |seq: &u32| gone.binary_search(seq).is_ok();
        let lengths = &mut self.lengths;
        let total = &mut self.total_length;
        lengths.retain(|seq, length| {
            let keep = !is_gone(seq);
            if !keep {
                *total -= u64::from(*length);
            }
            keep
        });
        self.postings.retain(|_, list| {
            list.retain(|(seq, _)| !is_gone(seq));
            !list.is_empty()
        });
        self.waiting.retain(|(seq, _)| !is_gone(seq));
    }

    pub(in crate::sqlite) fn document_frequency(&self, term: &str) -> u64 {
        self.postings.get(term).map_or(0, |list| list.len() as u64)
    }

    /// What `score` gives every chunk here that holds one of `terms`, summed in the order of the terms; in no order.
    ///
    /// `score` is asked with the term's place in `terms`, its count in the chunk, and the chunk's length in terms.
    pub(in crate::sqlite) fn score(&self, terms: &[&str], score: impl Fn(usize, u32, u32) -> f32) -> HashMap<u32, f32> {
        let mut scores = HashMap::new();
        for (place, term) in terms.iter().enumerate() {
            for (seq, count) in self.postings.get(*term).into_iter().flatten() {
                let length = self.lengths.get(seq).copied().unwrap_or(0);
                *scores.entry(*seq).or_insert(0.0) += score(place, *count, length);
            }
        }
        scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(seq: u32, text: &str) -> TailChunk {
        TailChunk { seq, ..TailChunk::new(&mut Analyser::new(), text) }
    }

    #[test]
    fn scores_what_it_holds_and_releases_what_is_indexed() {
        let mut tail = Tail::default();
        tail.push(chunk(1, "the writer locks the database"));
        tail.push(chunk(2, "a database, a database"));
        assert_eq!(tail.document_frequency("databas"), 2);
        let scores = tail.score(&["databas", "writer"], |term, count, length| {
            term as f32 * 100.0 + count as f32 * 10.0 + length as f32
        });
        assert_eq!((scores[&1], scores[&2]), (10.0 + 3.0 + 100.0 + 10.0 + 3.0, 20.0 + 2.0));
        assert_eq!(tail.take_waiting().len(), 2);
        assert_eq!(tail.len(), 2, "handed on is not yet indexed");
        tail.push(chunk(3, "bread"));
        tail.forget(&[3]);
        assert_eq!((tail.len(), tail.document_frequency("bread"), tail.take_waiting().len()), (2, 0, 0));
        tail.release(1);
        assert_eq!((tail.len(), tail.document_frequency("writer")), (1, 0));
        tail.release(2);
        assert_eq!((tail.len(), tail.total_length()), (0, 0));
    }
}
