//! The terms of a chunk, found once: for the tail's postings and, in one string, for the index.
//! It must not know tantivy nor SQL.
//! Invariant: what the index reads out of the string is what the analyser found in the text, each as often.

use std::collections::hash_map::Entry;
use std::hash::BuildHasher;

use quipu_core::analyse::Analyser;
use rustc_hash::{FxBuildHasher, FxHashMap};

/// So many distinct terms have room at once: a chunk has hardly more.
const DISTINCT: usize = 112;
/// Between two terms of the string; no term holds it, for it separates words.
const END: char = '\n';

/// The distinct terms of a chunk, one after the other, with where each ends and how often it is there.
#[derive(Debug, Default)]
pub(in crate::sqlite) struct Terms {
    letters: String,
    counts: Vec<(u32, u32)>,
    length: u32,
}

impl Terms {
    /// The terms of `text`.
    pub(in crate::sqlite) fn of(analyser: &mut Analyser, text: &str) -> Self {
        let mut terms = Self::default();
        // By their hashes: no term is kept twice.
        let mut places: FxHashMap<u64, u32> = FxHashMap::with_capacity_and_hasher(DISTINCT, FxBuildHasher);
        analyser.terms(text, |term| {
            terms.length += 1;
            let mut hash = FxBuildHasher.hash_one(term.text);
            loop {
                match places.entry(hash) {
                    Entry::Occupied(place) if terms.at(*place.get()) == term.text => {
                        terms.counts[*place.get() as usize].1 += 1;
                        return;
                    }
                    // Another term with this hash.
                    Entry::Occupied(_) => hash = hash.wrapping_add(1),
                    Entry::Vacant(free) => {
                        free.insert(terms.counts.len() as u32);
                        terms.letters.push_str(term.text);
                        terms.counts.push((terms.letters.len() as u32, 1));
                        return;
                    }
                }
            }
        });
        terms
    }

    /// The term at one place of the distinct ones.
    fn at(&self, place: u32) -> &str {
        let place = place as usize;
        let from = place.checked_sub(1).map_or(0, |before| self.counts[before].0 as usize);
        &self.letters[from..self.counts[place].0 as usize]
    }

    /// How many there are, repeated ones included.
    pub(in crate::sqlite) fn length(&self) -> u32 {
        self.length
    }

    /// Each distinct term and how often it is there.
    pub(in crate::sqlite) fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        let mut from = 0;
        self.counts.iter().map(move |&(to, count)| {
            let term = &self.letters[from..to as usize];
            from = to as usize;
            (term, count)
        })
    }

    /// All of them in one string, for [`each`].
    pub(in crate::sqlite) fn joined(&self) -> String {
        let mut joined = String::with_capacity(self.letters.len() * 2 + self.length as usize);
        for (term, count) in self.iter() {
            for _ in 0..count {
                joined.push_str(term);
                joined.push(END);
            }
        }
        joined
    }
}

/// The terms in a joined string.
pub(in crate::sqlite) fn each(joined: &str) -> std::str::SplitTerminator<'_, char> {
    joined.split_terminator(END)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_joined_comes_back_as_often() {
        let mut analyser = Analyser::new();
        let text = "The writer locks: the writer, 東京 and\nget_user_by_id — writer";
        let terms = Terms::of(&mut analyser, text);
        let mut plain = Vec::new();
        analyser.terms(text, |term| plain.push(term.text.to_owned()));
        let joined = terms.joined();
        let mut back: Vec<&str> = each(&joined).collect();
        assert_eq!(terms.length() as usize, plain.len());
        plain.sort();
        back.sort_unstable();
        assert_eq!(back, plain);
        assert!(terms.iter().any(|(term, count)| (term, count) == ("writer", 3)));
    }
}
