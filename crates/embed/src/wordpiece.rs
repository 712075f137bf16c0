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
    starts: FxHashMap<&'a str, u16>,
    /// Without their `##`.
    continues: FxHashMap<&'a str, u16>,
    longest: usize,
}

impl<'a> WordPiece<'a> {
    pub(crate) fn new(vocabulary: &[&'a str]) -> Self {
        let (mut starts, mut continues) = (FxHashMap::default(), FxHashMap::default());
        for (id, piece) in (0u16..).zip(vocabulary) {
            match piece.strip_prefix("##").filter(|rest| !rest.is_empty()) {
                Some(rest) => continues.insert(rest, id),
                None => starts.insert(*piece, id),
            };
        }
        let longest = starts.keys().chain(continues.keys()).map(|piece| piece.len()).max().unwrap_or(0);
        Self { starts, continues, longest }
    }

    /// Calls `sink` with the id of every piece of `text`, in order. Words that cannot be pieced together are left out.
    ///
    /// An identifier whose words are run together (`getUserById`) is cut at its capitals, unless it is a word of the
    /// vocabulary as it stands (`YouTube`): BERT has no such rule, and gives `get ##user ##by ##id`.
    pub(crate) fn pieces(&self, text: &str, mut sink: impl FnMut(u16)) {
        let mut found = Vec::new();
        words::each(text, |word, humps| {
            if humps.is_empty() || self.starts.contains_key(word) {
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
            sink(*id);
            return;
        }
        if word.len() > MAX_WORD {
            return;
        }
        found.clear();
        let mut rest = word;
        while !rest.is_empty() {
            let table = if found.is_empty() { &self.starts } else { &self.continues };
            let mut end = floor(rest, self.longest);
            let piece = loop {
                if end == 0 {
                    return;
                }
                if let Some(id) = table.get(&rest[..end]) {
                    break *id;
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
