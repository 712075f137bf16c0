//! WordPiece: a word as the longest pieces of the vocabulary (Schuster and Nakajima, 2012; greedy as in BERT).
//! It must not know weights or vectors.
//! Invariant: the pieces of a word, joined, are the word; a word that cannot be pieced together gives none.

use std::sync::Mutex;

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
    /// Who comes second does without: nobody waits for it.
    recent: Mutex<Recent>,
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
    match bytes.len() {
        0..8 => Some(u128::from(few(bytes))),
        8 => Some(u128::from(eight(0))),
        // The last eight, without those that the first have told.
        length @ 9..=16 => Some(u128::from(eight(0)) | u128::from(eight(length - 8) >> (8 * (16 - length))) << 64),
        _ => None,
    }
}

/// Fewer than eight bytes as a number, read at both ends: what is read twice says the same.
fn few(bytes: &[u8]) -> u64 {
    let four = |at: usize| bytes[at..at + 4].try_into().map_or(0, u32::from_le_bytes);
    match bytes.len() {
        0 => 0,
        length @ 1..4 => {
            [0, length / 2, length - 1].iter().fold(0, |number, &at| number | u64::from(bytes[at]) << (8 * at))
        }
        length => u64::from(four(0)) | u64::from(four(length - 4)) << (8 * (length - 4)),
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
        Self { starts, continues, recent: Mutex::default() }
    }

    /// Calls `sink` with the id of every piece of `text`, in order. Words that cannot be pieced together are left out.
    ///
    /// An identifier whose words are run together (`getUserById`) is cut at its capitals, unless it is a word of the
    /// vocabulary as it stands (`YouTube`): BERT has no such rule, and gives `get ##user ##by ##id`.
    pub(crate) fn pieces(&self, text: &str, mut sink: impl FnMut(u16)) {
        let mut recent = self.recent.try_lock().ok();
        let mut found = Vec::new();
        words::each(text, |word, humps| {
            if humps.is_empty() || self.starts.get(word).is_some() {
                self.word(word, recent.as_deref_mut(), &mut found, &mut sink);
                return;
            }
            let mut from = 0;
            for to in humps.iter().copied().chain([word.len()]) {
                self.word(&word[from..to], recent.as_deref_mut(), &mut found, &mut sink);
                from = to;
            }
        });
    }

    fn word(&self, word: &str, recent: Option<&mut Recent>, found: &mut Vec<u16>, sink: &mut impl FnMut(u16)) {
        let (Some(recent), Some(number)) = (recent, number(word)) else {
            self.cut(word, found);
            return found.iter().for_each(|id| sink(*id));
        };
        let slot = recent.slot(number);
        if slot.word != number {
            self.cut(word, found);
            if found.len() > slot.pieces.len() {
                return found.iter().for_each(|id| sink(*id));
            }
            slot.word = number;
            slot.count = found.len() as u8;
            slot.pieces[..found.len()].copy_from_slice(found);
        }
        slot.pieces[..usize::from(slot.count)].iter().for_each(|id| sink(*id));
    }

    /// The pieces of one word; none if it cannot be pieced together.
    fn cut(&self, word: &str, found: &mut Vec<u16>) {
        found.clear();
        if let Some(id) = self.starts.get(word) {
            found.push(id);
            return;
        }
        let mut rest = if word.len() > MAX_WORD { "" } else { word };
        while !rest.is_empty() {
            let table = if found.is_empty() { &self.starts } else { &self.continues };
            let mut end = floor(rest, table.longest);
            let piece = loop {
                if end == 0 {
                    found.clear();
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
    }
}

/// How many words are remembered, as a power of two: the vocabulary of most memories; 256 KB.
const RECENT_BITS: u32 = 13;

/// The pieces of words met before: a text says the same few again and again. Each word has one place, and takes it.
#[derive(Debug, Default)]
struct Recent(Vec<Slot>);

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// Zero, which is no word's number, where nobody has been.
    word: u128,
    count: u8,
    pieces: [u16; 7],
}

impl Recent {
    fn slot(&mut self, word: u128) -> &mut Slot {
        if self.0.is_empty() {
            self.0.resize(1 << RECENT_BITS, Slot::default());
        }
        // Multiplied by the golden ratio, as in Knuth, The Art of Computer Programming, volume 3, section 6.4.
        let mixed = (word as u64 ^ ((word >> 64) as u64).rotate_left(29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        &mut self.0[(mixed >> (64 - RECENT_BITS)) as usize]
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
    fn a_word_is_its_bytes_as_a_number() {
        let word = "abcdefghijklmnop";
        for length in 0..=word.len() {
            let mut bytes = [0; 16];
            bytes[..length].copy_from_slice(&word.as_bytes()[..length]);
            assert_eq!(number(&word[..length]), Some(u128::from_le_bytes(bytes)), "{length}");
        }
        assert_eq!(number("abcdefghijklmnopq"), None);
    }

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
