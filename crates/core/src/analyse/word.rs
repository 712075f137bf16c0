//! One word being read: its letters in lower case, and where in the input each came from.
//! It must not know what separates words; it is told when one ends.
//! Invariant: it holds at most a little more than the longest word that is emitted, however long the text goes on.

use super::Term;
use super::emit::{Emitter, MAX_WORD};
use super::identifier::{self, Kind};
use super::script::push_folded;

/// A character of the word with its marks.
#[derive(Debug, Clone, Copy)]
struct Unit {
    /// Where its folded form starts in the letters.
    at: usize,
    /// Where it starts in the input.
    start: usize,
    /// Where it ends in the input.
    end: usize,
    kind: Kind,
}

/// The word that is being read.
#[derive(Debug, Clone, Default)]
pub(super) struct Word {
    letters: String,
    units: Vec<Unit>,
    /// Marks that follow are dropped.
    plain: bool,
    /// A diacritic was dropped.
    foreign: bool,
}

impl Word {
    /// Whether nothing was read.
    pub(super) fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// How many characters were read; it stops counting beyond the longest word.
    pub(super) fn len(&self) -> usize {
        self.units.len()
    }

    /// The last byte of the letters if they end in Latin or Greek, zero otherwise.
    pub(super) fn last_plain(&self) -> u8 {
        if self.plain { self.letters.bytes().last().unwrap_or(0) } else { 0 }
    }

    /// Forgets what was read.
    pub(super) fn clear(&mut self) {
        self.letters.clear();
        self.units.clear();
        self.foreign = false;
    }

    /// Reads `c`, in NFKC, which came from `start..end` of the input.
    pub(super) fn push(&mut self, c: char, kind: Kind, start: usize, end: usize) {
        if self.letters.len() > MAX_WORD {
            return;
        }
        let at = self.letters.len();
        self.plain = push_folded(c, &mut self.letters);
        self.foreign |= self.plain && !c.is_ascii();
        self.units.push(Unit { at, start, end, kind });
    }

    /// Reads the mark `c`, which ends at `end` of the input.
    pub(super) fn push_mark(&mut self, c: char, end: usize) {
        if self.letters.len() > MAX_WORD {
            return;
        }
        if let Some(unit) = self.units.last_mut() {
            unit.end = end;
        }
        if self.plain {
            self.foreign = true;
        } else {
            self.letters.push(c);
        }
    }

    /// Reads `text[start..end]`, which is a whole ASCII word.
    pub(super) fn read_ascii(&mut self, text: &str, start: usize, end: usize) {
        self.clear();
        for (offset, byte) in text.as_bytes()[start..end].iter().take(MAX_WORD + 1).enumerate() {
            let kind = match byte {
                b'A'..=b'Z' => Kind::Upper,
                b'a'..=b'z' => Kind::Lower,
                b'0'..=b'9' => Kind::Digit,
                _ => Kind::Underscore,
            };
            let start = start + offset;
            self.letters.push(char::from(byte.to_ascii_lowercase()));
            self.units.push(Unit { at: offset, start, end: start + 1, kind });
        }
    }

    /// `word`, which is in ASCII, in lower case; the buffer is that of the letters.
    pub(super) fn lower_ascii(&mut self, word: &str) -> &str {
        self.clear();
        self.letters.push_str(word);
        self.letters.make_ascii_lowercase();
        &self.letters
    }

    /// Emits the word and its parts, and forgets it.
    ///
    /// Underscores around it are decoration (`_private`, `__init__`, emphasis in Markdown). A word of one part is
    /// emitted once; of several parts, those of a single letter are dropped.
    pub(super) fn flush<F: FnMut(Term<'_>)>(&mut self, out: &mut Emitter<'_, F>) {
        if self.letters.len() <= MAX_WORD {
            self.emit(out);
        }
        self.clear();
    }

    fn emit<F: FnMut(Term<'_>)>(&self, out: &mut Emitter<'_, F>) {
        let named = |unit: &Unit| unit.kind != Kind::Underscore;
        let (Some(first), Some(last)) = (self.units.iter().position(named), self.units.iter().rposition(named)) else {
            return;
        };
        let units = &self.units[first..=last];
        let until = self.units.get(last + 1).map_or(self.letters.len(), |unit| unit.at);
        let letters = &self.letters[..until];
        let parts = || {
            let mut from = 0;
            std::iter::from_fn(move || {
                let part = identifier::next_part(units.len(), from, |at| units[at].kind)?;
                from = part.1;
                Some(part)
            })
        };
        let whole = &letters[units[0].at..];
        let mut emitted = out.word(whole, units[0].start, units[units.len() - 1].end, self.foreign);
        let count = parts().count();
        let digits = units.iter().any(|unit| unit.kind == Kind::Digit);
        if count > 1 && !identifier::is_opaque(units.len(), count, digits) {
            for (from, to) in parts() {
                if to - from == 1 && units[from].kind != Kind::Digit {
                    continue;
                }
                let end = units.get(to).map_or(letters.len(), |unit| unit.at);
                let part = &letters[units[from].at..end];
                emitted |= out.word(part, units[from].start, units[to - 1].end, self.foreign);
            }
        }
        if emitted {
            out.advance();
        }
    }
}
