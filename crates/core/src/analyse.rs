//! The text analyser: turns a memory or a query into the terms that are indexed and looked for.
//! It must not know SQL, sockets, the clock, the environment, serde, async or tantivy: an adapter elsewhere does.
//! Invariant: the terms of a text depend on nothing but the text, so a query always finds the text it was cut from;
//! every range lies on character boundaries of the input and starts never decrease.

mod emit;
mod identifier;
mod script;
mod stem;
mod stopwords;
#[cfg(test)]
mod tests;
mod unicode;
mod word;

use std::collections::HashSet;

use emit::Emitter;
use script::Joint;
use stem::Stems;
use unicode::Clusters;
use word::Word;

/// One term of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term<'a> {
    /// The term, normalised and stemmed: never empty, never longer than 64 bytes.
    pub text: &'a str,
    /// Where the term starts in the input, in bytes.
    pub start: usize,
    /// Where the term ends in the input, in bytes; always greater than `start`.
    pub end: usize,
    /// How many words came before: an identifier and its parts share one position, and dropped words take none.
    pub position: u32,
}

/// Cuts texts into terms. It is worth keeping: it holds the buffers and a bounded cache of English stems.
#[derive(Debug, Clone, Default)]
pub struct Analyser {
    stems: Stems,
    word: Word,
    clusters: Clusters,
}

/// The byte is part of a word.
const WORD: u8 = 1;
/// The byte is `A` to `Z`.
const UPPER: u8 = 2;
/// The byte is `a` to `z`.
const LOWER: u8 = 4;
/// The byte is `0` to `9`.
const DIGIT: u8 = 8;
/// The byte is `_`.
const UNDERSCORE: u8 = 16;
/// The byte belongs to a character beyond ASCII.
const FOREIGN: u8 = 32;

/// What every byte is to the fast path; zero for what separates words.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'A'..=b'Z' => WORD | UPPER,
            b'a'..=b'z' => WORD | LOWER,
            b'0'..=b'9' => WORD | DIGIT,
            b'_' => WORD | UNDERSCORE,
            128..=255 => FOREIGN,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// What `byte` is to the fast path.
fn class(byte: u8) -> u8 {
    CLASSES[byte as usize]
}

impl Analyser {
    /// An analyser with a cold cache; it allocates nothing before its first word.
    pub fn new() -> Self {
        Self::default()
    }

    /// An analyser for a question and little else, which is made sooner than one that remembers much.
    pub fn of_few() -> Self {
        Self { stems: Stems::few(), ..Self::default() }
    }

    /// Calls `sink` for every term of `text`, in order.
    ///
    /// Words are runs of letters, digits, marks and `_`; they are normalised (NFKC), lower-cased, stripped of Latin and
    /// Greek diacritics, and stemmed when they are plain ASCII letters. An identifier gives itself and its parts.
    /// Scripts written without spaces give overlapping pairs of characters.
    pub fn terms(&mut self, text: &str, sink: impl FnMut(Term<'_>)) {
        let mut out = Emitter::new(&mut self.stems, sink);
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let first = class(byte);
            if first == 0 {
                at += 1;
                continue;
            }
            let start = at;
            let mut rest = 0;
            let mut next = first;
            while next & WORD != 0 {
                at += 1;
                next = bytes.get(at).map_or(0, |byte| class(*byte));
                rest |= next;
            }
            if next == FOREIGN {
                // What follows may compose with this word or continue it, so the word is read again the careful way.
                at = unicode::read(text, start, &mut self.word, &mut self.clusters, &mut out);
                continue;
            }
            let all = first | rest;
            if at - start >= MIN_BLOB_WORD && all & UPPER != 0 && all & LOWER != 0 && all & DIGIT != 0 {
                let end = blob_end(bytes, start);
                if end - start > emit::MAX_WORD {
                    at = end;
                    continue;
                }
            }
            let end = at;
            if bytes.get(at) == Some(&b'\'') {
                match script::joint(text, at + 1, bytes[at - 1]) {
                    Joint::Suffix(after) => at = after,
                    // "don't" and its kin are stop words without exception, so they are not looked up.
                    Joint::Negation(after) => {
                        at = after;
                        continue;
                    }
                    // The "l" of "l'homme" and the "f" of `f'text'` say nothing.
                    Joint::Elision if end - start == 1 => continue,
                    Joint::Elision | Joint::Quote => {}
                }
            }
            if all & UNDERSCORE != 0 || (rest & UPPER != 0 && all & LOWER != 0) {
                self.word.read_ascii(text, start, end);
                self.word.flush(&mut out);
            } else if all & UPPER != 0 {
                let lower = self.word.lower_ascii(&text[start..end]);
                out.plain(lower, start, end);
            } else {
                out.plain(&text[start..end], start, end);
            }
        }
    }
}

/// The shortest word that makes the analyser look whether it stands in a blob, in bytes.
const MIN_BLOB_WORD: usize = 24;

/// Where the base64 text that runs through `start` ends.
///
/// Base64 has separators in its alphabet, so a megabyte of it is not one long word but tens of thousands of distinct
/// words of some thirty bytes, each as useless as it is rare. Prose, code and URLs soon have a byte outside of it.
fn blob_end(bytes: &[u8], start: usize) -> usize {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_');
    start + bytes[start..].iter().take_while(|byte| inside(byte)).count()
}

/// Whether `word`, in lower case, is left out of every text's terms.
pub fn is_stop_word(word: &str) -> bool {
    stopwords::contains(word)
}

/// The distinct terms of `text` in order of first appearance: what a query asks the index for.
pub fn query_terms(text: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut terms = Vec::new();
    Analyser::of_few().terms(text, |term| {
        if !seen.contains(term.text) {
            seen.insert(term.text.to_owned());
            terms.push(term.text.to_owned());
        }
    });
    terms
}
