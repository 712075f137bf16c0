//! Hands finished words to the sink: stop words, stems, length limits and positions.
//! It must not know how a word was found in the text.
//! Invariant: no term is empty or longer than [`MAX_TERM`] bytes, and positions have no holes.

use super::Term;
use super::stem::Stems;

/// The longest term, in bytes. A longer word is cut: sixty-four bytes tell two words, or two SHA-256 digests in
/// hexadecimal, apart, and the index does not grow with the length of what people paste.
pub(super) const MAX_TERM: usize = 64;

/// The longest word, in bytes after normalisation. Beyond it is data rather than language (a key, an image, a dump);
/// nobody types it into a query, so it is dropped whole instead of leaving a meaningless prefix.
pub(super) const MAX_WORD: usize = 200;

/// Where words go.
pub(super) struct Emitter<'s, F> {
    stems: &'s mut Stems,
    sink: F,
    position: u32,
}

impl<'s, F: FnMut(Term<'_>)> Emitter<'s, F> {
    /// An emitter at position zero.
    pub(super) fn new(stems: &'s mut Stems, sink: F) -> Self {
        Self { stems, sink, position: 0 }
    }

    /// Emits `text` as it is, cut to the longest term.
    pub(super) fn raw(&mut self, text: &str, start: usize, end: usize) {
        let mut cut = text.len().min(MAX_TERM);
        while !text.is_char_boundary(cut) {
            cut -= 1;
        }
        let text = &text[..cut];
        (self.sink)(Term { text, start, end, position: self.position });
    }

    /// Emits `text` at the current position unless it is a stop word or too long, and says whether it did.
    /// `text` is lower-case. `foreign` says that it lost diacritics: no English stop word has any, so "thé" stays.
    pub(super) fn word(&mut self, text: &str, start: usize, end: usize, foreign: bool) -> bool {
        if text.is_empty() || text.len() > MAX_WORD {
            return false;
        }
        if text.len() > MAX_TERM || !text.bytes().all(|byte| byte.is_ascii_lowercase()) {
            self.raw(text, start, end);
            return true;
        }
        let stem = self.stems.get(text);
        if stem.stop && !foreign {
            return false;
        }
        (self.sink)(Term { text: stem.text, start, end, position: self.position });
        true
    }

    /// Emits a word without parts and moves on.
    pub(super) fn plain(&mut self, text: &str, start: usize, end: usize) {
        if self.word(text, start, end, false) {
            self.advance();
        }
    }

    /// Moves to the next position. Stop words do not come here: a phrase matches with or without its articles.
    pub(super) fn advance(&mut self) {
        self.position = self.position.saturating_add(1);
    }
}
