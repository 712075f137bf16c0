//! One search: what both lanes gathered, weighed together and put in order.
//! It must not know rows, SQL or who asks; a hit is a chunk number with what speaks for it.
//! Invariant: a session ranks the same whether it came line by line or as a whole file: neighbours are combined here.

use std::sync::Arc;

use quipu_core::analyse::Analyser;
use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::rank::weights::{
    ANSWER, COMMON, COMMON_FROM, COSINE_NEIGHBOUR, COVERAGE_NEIGHBOUR, GATHER, LEAST_COSINE, LEAST_COVERAGE, MAX_WORDS,
    OUTCOME, SESSION, TEXT_NEIGHBOUR,
};
use quipu_core::rank::{Signals, fuse, recency, session_shares, without_repeats};
use quipu_core::select::{QueryTerm, idf};
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use quipu_embed::{Direction, Embedder, Question, Word};

use super::dense::{self, Candidate, Dense, Near, dense, in_order, with_beside};
use super::errands::{Errands, Given};
use super::text::lane::{self, View};
use super::vectors::Vectors;
use super::visibility::{Filter, seconds};
use crate::error::StoreError;

/// A chunk found, with what speaks for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) chunk: u32,
    pub(super) score: f32,
    /// BM25 of the chunk itself.
    pub(super) own: f32,
    /// What its neighbours' BM25 adds.
    pub(super) context: f32,
    /// Share of the question that the chunk itself answers.
    pub(super) coverage: f32,
    /// Share that the better of its neighbours answers.
    pub(super) beside: f32,
    /// Cosine of the chunk itself.
    pub(super) cosine: f32,
}

/// What is compared by meaning, where vectors are loaded.
pub(super) struct Meant<'a> {
    pub(super) vectors: &'a Vectors,
    pub(super) embedder: &'a dyn Embedder,
    /// Who may look through them meanwhile; nobody, where the tables of now are not those that are searched.
    pub(super) errands: Option<&'a Errands>,
}

/// Of so few chunks the vectors are looked through sooner than anybody else is woken.
const FEW: usize = 8_192;

/// The best `limit` memories for `query`, each by its best chunk, one of each message.
pub(super) fn search(
    view: &View<'_>,
    meant: Option<&Meant<'_>>,
    query: &str,
    filter: &Filter,
    limit: usize,
    now: Millis,
) -> Result<(Vec<Found>, Vec<QueryTerm>), StoreError> {
    let terms = lane::weigh(view, query)?;
    let question = meant.map(|m| question(m.embedder, query, &terms, view.slots.len() as u64)).unwrap_or_default();
    let question = Arc::new(question);
    let vectors = meant.map(|m| m.vectors);
    let errands = meant.filter(|m| m.vectors.len() > FEW).and_then(|m| m.errands);
    let errand = errands.and_then(|errands| errands.give(&question, filter));
    let own = lane::gather(view, &terms, filter, GATHER.max(limit.saturating_mul(4)))?;
    let sight = Sight { view, filter, own, vectors, question: &question };
    let ranked = sight.ranked(now, errand);
    let best = one_per_message(view, ranked);
    let scores: Vec<f32> = best.iter().map(|found| found.score).collect();
    let likeness = |a: usize, b: usize| meant.map_or(0.0, |m| m.vectors.likeness(best[a].chunk, best[b].chunk));
    let order = without_repeats(&scores, limit, likeness);
    Ok((order.into_iter().map(|(place, score)| Found { score, ..best[place] }).collect(), terms))
}

/// The question as the model sees it: rare words weigh most, common ones are left out.
fn question(embedder: &dyn Embedder, query: &str, terms: &[QueryTerm], chunks: u64) -> Question {
    let known: FxHashMap<&str, &QueryTerm> = terms.iter().map(|term| (term.text.as_str(), term)).collect();
    let mut spans: Vec<(usize, usize, u64)> = Vec::new();
    let mut seen = FxHashSet::default();
    Analyser::of_few().terms(query, |term| {
        let Some(known) = known.get(term.text).filter(|_| seen.insert(term.text.to_owned())) else { return };
        // An identifier comes as itself and as its parts: the parts are words, so they stand for it.
        if let Some(last) = spans.last_mut()
            && last.0 == term.start
            && term.end < last.1
        {
            *last = (term.start, term.end, known.document_frequency);
            return;
        }
        spans.push((term.start, term.end, known.document_frequency));
    });
    let common = |df: u64| df > COMMON_FROM && df as f32 > COMMON * chunks as f32;
    let telling = spans.iter().filter(|(_, _, df)| !common(*df)).count();
    let words: Vec<Word<'_>> = spans
        .iter()
        .filter(|(_, _, df)| telling == 0 || !common(*df))
        .take(MAX_WORDS)
        .map(|(start, end, df)| Word { text: &query[*start..*end], weight: idf(*df, chunks) })
        .collect();
    embedder.question(&words)
}

/// Everything that one search looks at.
struct Sight<'a> {
    view: &'a View<'a>,
    filter: &'a Filter,
    /// BM25 of the chunks that the text lane gathered.
    own: FxHashMap<u32, f32>,
    vectors: Option<&'a Vectors>,
    question: &'a Question,
}

impl Sight<'_> {
    /// Every candidate with its score, best first; newer first among equals.
    fn ranked(&self, now: Millis, errand: Option<Given>) -> Vec<Found> {
        let did = self.outcomes();
        let by_words = self.by_words(&did);
        // As much as can be done while another thread looks; what is left for afterwards, everybody waits for.
        let by_words_covered = self.coverages(&by_words);
        let cosines = self.cosines(by_words.iter().map(|c| c.0).collect());
        let fetched = errand.and_then(|errand| errand.fetch(|near| self.covered(near)));
        let Dense { near, coverages } = fetched.unwrap_or_else(|| self.near());
        let candidates = in_order(by_words.into_iter().chain(near.beside.iter().copied()).collect());
        let mut coverage =
            |seq: u32| coverages.get(&seq).or_else(|| by_words_covered.get(&seq)).copied().unwrap_or(0.0);
        let text = |seq: u32| self.own.get(&seq).copied().unwrap_or(0.0);
        let mut found: Vec<Found> = Vec::with_capacity(candidates.len());
        let mut signals: Vec<Signals> = Vec::with_capacity(candidates.len());
        for (chunk, prev, next) in candidates {
            let of_both = |of: &mut dyn FnMut(u32) -> f32| (prev.map_or(0.0, &mut *of), next.map_or(0.0, &mut *of));
            let (before, after) = of_both(&mut |seq| text(seq));
            let outcome = OUTCOME * did.get(&chunk).copied().unwrap_or(0.0);
            let (own, context) = (text(chunk), TEXT_NEIGHBOUR * (before + after + outcome));
            let covered = coverage(chunk);
            let cosine = near.cosines.get(&chunk).or_else(|| cosines.get(&chunk)).copied().unwrap_or(0.0);
            if own + context == 0.0 && cosine < LEAST_COSINE && covered < LEAST_COVERAGE {
                continue;
            }
            let (near_before, near_after) = of_both(&mut |seq| near.cosines.get(&seq).copied().unwrap_or(0.0).max(0.0));
            let (before, after) = of_both(&mut coverage);
            signals.push(Signals {
                text: own + context,
                coverage: covered + COVERAGE_NEIGHBOUR * (before + after),
                cosine: cosine.max(0.0) + COSINE_NEIGHBOUR * (near_before + near_after),
            });
            found.push(Found { chunk, score: 0.0, own, context, coverage: covered, beside: before.max(after), cosine });
        }
        let scores = fuse(&signals);
        let sessions: Vec<u32> =
            found.iter().map(|f| self.view.slots.get(f.chunk).map_or(0, |slot| slot.session)).collect();
        let standing = session_shares(&scores, &sessions);
        for ((found, score), standing) in found.iter_mut().zip(scores).zip(standing) {
            found.score = (score + SESSION * standing) * self.recency(found.chunk, now) * self.weight(found.chunk);
        }
        found.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(b.chunk.cmp(&a.chunk)));
        found
    }

    /// What the dense lane finds, looked for here and now.
    fn near(&self) -> Dense {
        self.vectors.map_or_else(Dense::default, |vectors| dense(vectors, self.view.slots, self.question, self.filter))
    }

    /// What of those that the dense lane found nobody has worked out yet.
    fn covered(&self, near: &Near) -> Vec<(u32, f32)> {
        self.vectors.map_or_else(Vec::new, |vectors| near.covered(vectors, self.question))
    }

    /// What the text lane gathered with the chunks beside it, in the order of chunks, which is that of memory.
    fn by_words(&self, did: &FxHashMap<u32, f32>) -> Vec<Candidate> {
        let mut all: Vec<Candidate> = Vec::with_capacity(8 * GATHER);
        all.extend(self.own.keys().map(|chunk| self.with_beside(*chunk)));
        let around: Vec<u32> = all.iter().flat_map(|(_, prev, next)| [*prev, *next]).flatten().collect();
        let others = around.iter().chain(did.keys());
        all.extend(others.filter(|chunk| !self.own.contains_key(chunk)).map(|chunk| self.with_beside(*chunk)));
        in_order(all)
    }

    fn with_beside(&self, chunk: u32) -> Candidate {
        with_beside(self.view.slots, chunk, self.filter)
    }

    /// What was said before a tool did something speaks for it, by the best that it did: of a long series of edits the
    /// last says no more than the first.
    fn outcomes(&self) -> FxHashMap<u32, f32> {
        let mut best: FxHashMap<u32, f32> = FxHashMap::default();
        for (chunk, score) in &self.own {
            if let Some(caller) = self.view.slots.caller(*chunk, self.filter) {
                let known = best.entry(caller).or_insert(0.0);
                *known = known.max(*score);
            }
        }
        best
    }

    fn weight(&self, chunk: u32) -> f32 {
        let is_outcome = self.view.slots.get(chunk).is_some_and(|slot| slot.kind == Kind::Outcome as u8);
        if is_outcome { OUTCOME } else { 1.0 }
    }

    /// What candidates and those beside them cover of the question.
    fn coverages(&self, candidates: &[Candidate]) -> FxHashMap<u32, f32> {
        let Some(vectors) = self.vectors else { return FxHashMap::default() };
        dense::coverages(vectors, self.question, candidates)
    }

    fn cosines(&self, chunks: Vec<u32>) -> FxHashMap<u32, f32> {
        let direction: Option<&Direction> = self.question.vector.as_ref();
        let found = self.vectors.zip(direction).map(|(vectors, direction)| vectors.cosines(direction, &chunks));
        found.unwrap_or_default().into_iter().collect()
    }

    fn recency(&self, chunk: u32, now: Millis) -> f32 {
        let Some(slot) = self.view.slots.get(chunk) else { return 1.0 };
        let days = seconds(now.0).saturating_sub(slot.at) as f32 / 86_400.0;
        Kind::of_code(slot.kind).map_or(1.0, |kind| recency(kind, days, slot.esteem))
    }
}

/// One hit a memory and one a message: a thought repeats the answer that it led to.
///
/// Where both were found the answer speaks for the message, at the place of the better, unless it fits much worse: a
/// thought is longer, and holds more words by chance.
fn one_per_message(view: &View<'_>, ranked: Vec<Found>) -> Vec<Found> {
    let mut memories = FxHashSet::with_capacity_and_hasher(ranked.len(), FxBuildHasher);
    let mut messages: FxHashMap<(u32, u32), usize> = FxHashMap::with_capacity_and_hasher(ranked.len(), FxBuildHasher);
    let mut out: Vec<Found> = Vec::with_capacity(ranked.len());
    for found in ranked {
        let Some(slot) = view.slots.get(found.chunk) else { continue };
        if !memories.insert(slot.memory) {
            continue;
        }
        match messages.entry((slot.session, slot.group)).or_insert(out.len()) {
            place if slot.group == 0 || *place == out.len() => out.push(found),
            place => {
                let better = &mut out[*place];
                let stands = view.slots.get(better.chunk).is_some_and(|slot| slot.kind == Kind::Answer as u8);
                if !stands && slot.kind == Kind::Answer as u8 && found.score >= ANSWER * better.score {
                    *better = Found { score: better.score, ..found };
                }
            }
        }
    }
    out
}
