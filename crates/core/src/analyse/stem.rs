//! Stems of English words, and whether they are stop words, remembered in a bounded table.
//! It must not know texts, positions or scripts: it sees one lower-case ASCII word at a time.
//! Invariant: the answer is the same whether it was remembered or not, and memory stays below half a megabyte.

use std::ops::Range;

use rust_stemmers::{Algorithm, Stemmer};

use super::stopwords;

/// What English makes of one word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stem<'a> {
    /// The stem.
    pub(super) text: &'a str,
    /// The word was a stop word before it was stemmed.
    pub(super) stop: bool,
}

/// The longest word that is remembered, in bytes; longer ones are rare.
const MAX_WORD: usize = 24;
/// The shortest word that is stemmed, in bytes: "is" and "us" are no plurals.
const MIN_WORD: usize = 3;
/// How many words are remembered, as a power of two. Twice the vocabulary of most memories, 192 kilobytes.
const SLOT_BITS: u32 = 14;
/// The same for a question and what is beside it: as many as are met in one search, 8 kilobytes.
const FEW_BITS: u32 = 9;
/// How many bytes of words and stems are kept before everything is forgotten.
const MAX_LETTERS: usize = 240 * 1024;

/// One remembered word: its letters, then those of its stem, stand at `at` in the letters.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    hash: u32,
    at: u32,
    word: u8,
    stem: u8,
    stop: bool,
}

/// A direct-mapped cache: a word has one slot and evicts whoever was there, which needs no order to be kept.
#[derive(Debug, Clone)]
pub(super) struct Stems {
    slots: Vec<Slot>,
    bits: u32,
    letters: String,
    long: String,
}

impl Default for Stems {
    fn default() -> Self {
        Self { slots: Vec::new(), bits: SLOT_BITS, letters: String::new(), long: String::new() }
    }
}

impl Stems {
    /// A table for few words.
    pub(super) fn few() -> Self {
        Self { bits: FEW_BITS, ..Self::default() }
    }

    /// The stem of `word`, which consists of `a` to `z` only.
    pub(super) fn get(&mut self, word: &str) -> Stem<'_> {
        if word.len() > MAX_WORD {
            self.long.clear();
            self.long.push_str(&Stemmer::create(Algorithm::English).stem(word));
            return Stem { text: &self.long, stop: false };
        }
        if self.slots.is_empty() {
            self.slots.resize(1 << self.bits, Slot::default());
        }
        let hash = hash(word);
        let index = (hash >> (64 - self.bits)) as usize;
        let mut slot = self.slots[index];
        if slot.hash != hash as u32 || self.letters.as_bytes().get(slot.word()) != Some(word.as_bytes()) {
            slot = self.learn(word, hash as u32);
            self.slots[index] = slot;
        }
        Stem { text: &self.letters[slot.stem()], stop: slot.stop }
    }

    /// Writes `word` and its stem behind the letters.
    fn learn(&mut self, word: &str, hash: u32) -> Slot {
        if self.letters.len() > MAX_LETTERS {
            // Evicted words leave their letters behind; starting over is cheaper than finding out which.
            self.letters.clear();
            self.slots.fill(Slot::default());
        }
        let at = self.letters.len() as u32;
        self.letters.push_str(word);
        if word.len() < MIN_WORD {
            self.letters.push_str(word);
        } else {
            self.letters.push_str(&Stemmer::create(Algorithm::English).stem(word));
        }
        let stem = self.letters.len() - at as usize - word.len();
        Slot { hash, at, word: word.len() as u8, stem: stem as u8, stop: stopwords::contains(word) }
    }
}

impl Slot {
    /// Where the word stands in the letters. An empty slot names the empty range, which is no word.
    fn word(self) -> Range<usize> {
        let at = self.at as usize;
        at..at + self.word as usize
    }

    /// Where the stem stands in the letters.
    fn stem(self) -> Range<usize> {
        let at = self.word().end;
        at..at + self.stem as usize
    }
}

/// A multiplicative hash of up to [`MAX_WORD`] bytes; its upper bits are the good ones.
///
/// The word is read eight bytes at a time and padded with zeros, which no word contains. The multiplier is 2^64 divided
/// by the golden ratio (Knuth, The Art of Computer Programming, volume 3, section 6.4).
fn hash(word: &str) -> u64 {
    let mut hash = 0_u64;
    let mut mix = |piece: u64| hash = (hash.rotate_left(29) ^ piece).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let (eights, rest) = word.as_bytes().as_chunks::<8>();
    eights.iter().for_each(|eight| mix(u64::from_le_bytes(*eight)));
    if !rest.is_empty() {
        mix(few(rest));
    }
    hash
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_a_word_is_padded_with_zeros() {
        for length in 0..8 {
            let mut bytes = [0; 8];
            bytes[..length].copy_from_slice(&b"abcdefg"[..length]);
            assert_eq!(few(&bytes[..length]), u64::from_le_bytes(bytes), "{length}");
        }
    }
}
