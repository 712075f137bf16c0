//! WordPiece: a word as the longest pieces of the vocabulary (Schuster and Nakajima, 2012; greedy as in BERT).
//! It must not know weights or vectors.
//! Invariant: the pieces of a word, joined, are the word; a word that cannot be pieced together gives none.

use rustc_hash::FxHashMap;

use crate::words;

/// A longer word is data rather than language; BERT gives up on it too. In bytes, as all lengths here.
const MAX_WORD: usize = 100;

/// The vocabulary as a table.
#[derive(Debug)]
pub(crate) struct WordPiece<'a> {
    starts: Pieces<'a>,
    /// Without their `##`.
    continues: Pieces<'a>,
}

/// Pieces and their ids. Nearly all are short enough to be a number, which is found without another look into memory.
#[derive(Debug, Default)]
struct Pieces<'a> {
    short: FxHashMap<u128, u16>,
    long: FxHashMap<&'a str, u16>,
    longest: usize,
}

impl<'a> Pieces<'a> {
    fn insert(&mut self, piece: &'a str, id: u16) {
        match number(piece) {
            Some(number) => self.short.insert(number, id),
            None => self.long.insert(piece, id),
        };
        self.longest = self.longest.max(piece.len());
    }

    fn get(&self, piece: &str) -> Option<u16> {
        match number(piece) {
            Some(number) => self.short.get(&number),
            None => self.long.get(piece),
        }
        .copied()
    }
}

/// Up to sixteen bytes as a number. Padded with zeros, which no word contains.
fn number(piece: &str) -> Option<u128> {
    let bytes = piece.as_bytes();
    let eight = |at: usize| bytes[at..at + 8].try_into().map_or(0, u64::from_le_bytes);
    let few = |from: usize| bytes[from..].iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    match bytes.len() {
        0..8 => Some(u128::from(few(0))),
        8..16 => Some(u128::from(eight(0)) | u128::from(few(8)) << 64),
        16 => Some(u128::from(eight(0)) | u128::from(eight(8)) << 64),
        _ => None,
    }
}

impl<'a> WordPiece<'a> {
    pub(crate) fn new(vocabulary: &[&'a str]) -> Self {
        let (mut starts, mut continues) = (Pieces::default(), Pieces::default());
        for (id, piece) in (0u16..).zip(vocabulary) {
            match piece.strip_prefix("##").filter(|rest| !rest.is_empty()) {
                Some(rest) => continues.insert(rest, id),
                None => starts.insert(piece, id),
            }
        }
        Self { starts, continues }
    }

    /// Calls `sink` with the id of every piece of `text`, in order. Words that cannot be pieced together are left out.
    ///
    /// An identifier whose words are run together (`getUserById`) is cut at its capitals, unless it is a word of the
    /// vocabulary as it stands (`YouTube`): BERT has no such rule, and gives `get ##user ##by ##id`.
    pub(crate) fn pieces(&self, text: &str, mut sink: impl FnMut(u16)) {
        let mut found = Vec::new();
        words::each(text, |word, humps| {
            if humps.is_empty() || self.starts.get(word).is_some() {
                self.word(word, &mut found, &mut sink);
                return;
            }
            let mut from = 0;
            for to in humps.iter().copied().chain([word.len()]) {
                self.word(&word[from..to], &mut found, &mut sink);
                from = to;
            }
        });
    }

    fn word(&self, word: &str, found: &mut Vec<u16>, sink: &mut impl FnMut(u16)) {
        if let Some(id) = self.starts.get(word) {
            sink(id);
            return;
        }
        if word.len() > MAX_WORD {
            return;
        }
        found.clear();
        let mut rest = word;
        while !rest.is_empty() {
            let table = if found.is_empty() { &self.starts } else { &self.continues };
            let mut end = floor(rest, table.longest);
            let piece = loop {
                if end == 0 {
                    return;
                }
                if let Some(id) = table.get(&rest[..end]) {
                    break id;
                }
                end = floor(rest, end - 1);
            };
            found.push(piece);
            rest = &rest[end..];
        }
        found.iter().for_each(|id| sink(*id));
    }
}

/// The last character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_pieces_first_and_nothing_for_what_does_not_fit() {
        let table =
            WordPiece::new(&["[UNK]", "un", "##aff", "##able", "##ffable", "get", "user", "youtube", "é", "##"]);
        let check = |text: &str, expect: &[u16]| {
            let mut ids = Vec::new();
            table.pieces(text, |id| ids.push(id));
            assert_eq!(ids, expect, "{text}");
        };
        check("unaffable", &[1, 2, 3]);
        check("getUser get_user", &[5, 6, 5, 6]);
        check("YouTube", &[7]);
        check("unaffx zebra", &[]);
        check(&"un".repeat(60), &[]);
    }
}
