//! The text lane: weighs a query's terms, and gathers what holds them from index and tail.
//! It must not know rows, nor how its scores are combined with others.
//! Invariant: the filter is tested inside the collectors, so a small project never loses hits to a large one.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use quipu_core::analyse;
use quipu_core::select::{self, QueryTerm, Used};
use rustc_hash::FxHashMap;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::query::{Bm25StatisticsProvider, Bm25Weight, BooleanQuery, EnableScoring, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};

use super::tail::Tail;
use crate::error::StoreError;
use crate::sqlite::visibility::{Filter, Slots};

/// What a search looks through.
pub(in crate::sqlite) struct View<'a> {
    pub(in crate::sqlite) searcher: &'a Searcher,
    pub(in crate::sqlite) text: Field,
    /// Newest chunk that `searcher` holds.
    pub(in crate::sqlite) indexed: u32,
    pub(in crate::sqlite) tail: &'a Tail,
    pub(in crate::sqlite) slots: &'a Slots,
}

/// What BM25 counts, over index and tail together: a chunk's score must not depend on where it is found.
impl Bm25StatisticsProvider for View<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        Ok(self.searcher.total_num_tokens(field)? + self.tail.total_length())
    }
    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.searcher.total_num_docs()? + self.tail.len() as u64)
    }
    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        let in_tail = term.value().as_str().map_or(0, |text| self.tail.document_frequency(text));
        Ok(self.searcher.doc_freq(term)? + in_tail)
    }
}

/// BM25 of the best `size` visible chunks that hold a term that is looked up.
pub(in crate::sqlite) fn gather(
    view: &View<'_>,
    terms: &[QueryTerm],
    filter: &Filter,
    size: usize,
) -> Result<FxHashMap<u32, f32>, StoreError> {
    let used: Vec<(&str, Term)> = terms
        .iter()
        .filter(|t| t.used == Used::Yes)
        .map(|t| (t.text.as_str(), Term::from_field_text(view.text, &t.text)))
        .collect();
    if used.is_empty() {
        return Ok(FxHashMap::default());
    }
    let mut best = Best::new(size.min(view.slots.len()));
    from_index(view, &used, filter, &mut best)?;
    from_tail(view, &used, filter, &mut best)?;
    Ok(best.into_map())
}

/// The query's terms with their weights.
pub(in crate::sqlite) fn weigh(view: &View<'_>, query: &str) -> Result<Vec<QueryTerm>, StoreError> {
    let mut terms = Vec::new();
    for text in analyse::query_terms(query) {
        let frequency = view.doc_freq(&Term::from_field_text(view.text, &text))?;
        terms.push((text, frequency));
    }
    Ok(select::select(terms, view.slots.len() as u64))
}

/// Block-max WAND over the index; a chunk that may not be seen does not raise the threshold.
fn from_index(view: &View<'_>, used: &[(&str, Term)], filter: &Filter, best: &mut Best) -> Result<(), StoreError> {
    let clauses: Vec<(Occur, Box<dyn Query>)> = used
        .iter()
        .map(|(_, term)| {
            let query: Box<dyn Query> = Box::new(TermQuery::new(term.clone(), IndexRecordOption::WithFreqs));
            (Occur::Should, query)
        })
        .collect();
    let scoring = EnableScoring::enabled_from_statistics_provider(view, view.searcher);
    let weight = BooleanQuery::new(clauses).weight(scoring)?;
    for segment in view.searcher.segment_readers() {
        let chunks = segment.fast_fields().u64("chunk")?;
        weight.for_each_pruning(best.threshold(), segment, &mut |doc, score| {
            let chunk = chunks.first(doc).unwrap_or(0) as u32;
            // After a crash between index commit and reload a chunk may be in index and tail: the tail yields.
            if chunk <= view.indexed && view.slots.visible(chunk, filter) {
                best.offer(chunk, score);
            }
            best.threshold()
        })?;
    }
    Ok(())
}

/// Scores the tail with the index's own arithmetic, its rounded lengths included.
fn from_tail(view: &View<'_>, used: &[(&str, Term)], filter: &Filter, best: &mut Best) -> Result<(), StoreError> {
    if view.tail.len() == 0 {
        return Ok(());
    }
    let texts: Vec<&str> = used.iter().map(|(text, _)| *text).collect();
    let weigh = |(_, term): &(&str, Term)| Bm25Weight::for_terms(view, std::slice::from_ref(term));
    let weights = used.iter().map(weigh).collect::<Result<Vec<_>, _>>()?;
    let score = |term: usize, count, length| weights[term].score(FieldNormReader::fieldnorm_to_id(length), count);
    for (chunk, score) in view.tail.score(&texts, score) {
        if chunk > view.indexed && view.slots.visible(chunk, filter) {
            best.offer(chunk, score);
        }
    }
    Ok(())
}

/// Scores are compared in steps of this: the index adds a chunk's terms in an order that depends on its segments, and
/// the last bits of the sum with it.
const GRAIN: f32 = 1.0 / 256.0;

/// The best so many chunks, as a heap with the worst on top.
struct Best {
    heap: BinaryHeap<Worst>,
    size: usize,
}

#[derive(PartialEq)]
struct Worst(f32, u32);

impl Eq for Worst {}
impl Ord for Worst {
    /// The greatest is the first to go: the lowest score, among equals the oldest.
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.total_cmp(&self.0).then(other.1.cmp(&self.1))
    }
}
impl PartialOrd for Worst {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Best {
    fn new(size: usize) -> Self {
        Self { heap: BinaryHeap::with_capacity(size + 1), size }
    }
    /// A score must be above this to be worth offering; one that equals the worst may still be of a newer chunk.
    fn threshold(&self) -> f32 {
        if self.heap.len() < self.size { 0.0 } else { self.heap.peek().map_or(0.0, |w| w.0 - GRAIN) }
    }
    fn offer(&mut self, chunk: u32, score: f32) {
        self.heap.push(Worst((score / GRAIN).round() * GRAIN, chunk));
        if self.heap.len() > self.size {
            self.heap.pop();
        }
    }
    fn into_map(self) -> FxHashMap<u32, f32> {
        self.heap.into_iter().map(|Worst(score, chunk)| (chunk, score)).collect()
    }
}
