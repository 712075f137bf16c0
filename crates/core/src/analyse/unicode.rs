//! Reads the parts of a text that go beyond ASCII: normalises, joins what composes, and follows the script.
//! It must not know stems or stop words; words and pairs of characters go to the emitter.
//! Invariant: it gives a plain ASCII word the terms that the fast path gives it, and always moves on.

use unicode_normalization::UnicodeNormalization;

use super::Term;
use super::emit::{Emitter, MAX_TERM};
use super::script::{self, Class, Joint, Run};
use super::word::Word;

/// How many characters are normalised together at most. Unicode's stream-safe format (Standard Annex #15) allows thirty
/// marks on a letter; no language comes near, and text that is all marks must not become one huge buffer.
const MAX_CHUNK: usize = 32;

/// The last two characters of a run without spaces, each with its marks.
#[derive(Debug, Clone, Default)]
pub(super) struct Clusters {
    /// The previous character, then, from `middle` on, the current one.
    pair: String,
    middle: usize,
    previous_start: usize,
    start: usize,
    end: usize,
    run: Option<Run>,
}

impl Clusters {
    /// Reads `c`, which came from `start..end` of the input, and emits the pair that it completes the previous one of.
    fn push<F: FnMut(Term<'_>)>(&mut self, c: char, run: Run, range: (usize, usize), out: &mut Emitter<'_, F>) {
        if self.run != Some(run) {
            self.flush(out);
        }
        if self.middle > 0 {
            self.emit(out);
            self.pair.drain(..self.middle);
        }
        self.run = Some(run);
        self.middle = self.pair.len();
        self.previous_start = self.start;
        (self.start, self.end) = range;
        self.pair.push(c);
    }

    /// Reads a mark; of a character with absurdly many, those beyond the longest term are dropped.
    fn push_mark(&mut self, c: char, end: usize) {
        self.end = end;
        if self.pair.len() - self.middle < MAX_TERM {
            self.pair.push(c);
        }
    }

    /// Ends the run: emits its last pair, or its only character.
    fn flush<F: FnMut(Term<'_>)>(&mut self, out: &mut Emitter<'_, F>) {
        if self.run.take().is_some() {
            self.emit(out);
        }
        self.pair.clear();
        self.middle = 0;
    }

    fn emit<F: FnMut(Term<'_>)>(&self, out: &mut Emitter<'_, F>) {
        let start = if self.middle > 0 { self.previous_start } else { self.start };
        out.raw(&self.pair, start, self.end);
        out.advance();
    }
}

/// Reads `text` from byte `from`, at a letter or beyond ASCII, to where the fast path can take over; returns that byte.
pub(super) fn read<F: FnMut(Term<'_>)>(
    text: &str,
    from: usize,
    word: &mut Word,
    clusters: &mut Clusters,
    out: &mut Emitter<'_, F>,
) -> usize {
    word.clear();
    let mut reader = Reader { word, clusters, out };
    let mut at = from;
    while let Some(c) = text[at..].chars().next() {
        if c.is_ascii() && at > from {
            let boundary = super::class(c as u8) == 0 && c != '\'';
            if boundary || (reader.word.is_empty() && c != '\'') {
                break;
            }
        }
        let end = chunk_end(text, at + c.len_utf8());
        let single = end == at + c.len_utf8();
        if single && script::is_apostrophe(c) {
            at = reader.apostrophe(text, end);
        } else if single && script::is_trade_sign(c) {
            reader.flush();
            at = end;
        } else if single && script::is_normal(c) {
            reader.push(c, at, end);
            at = end;
        } else {
            for c in text[at..end].nfkc() {
                reader.push(c, at, end);
            }
            at = end;
        }
    }
    reader.flush();
    at
}

/// Where the characters that compose with the one before `at` end.
fn chunk_end(text: &str, at: usize) -> usize {
    let joined = text[at..].chars().take(MAX_CHUNK - 1).take_while(|c| script::joins_previous(*c));
    at + joined.map(char::len_utf8).sum::<usize>()
}

/// The run that is being read: a word, clusters, or neither, but never both.
struct Reader<'r, 's, F> {
    word: &'r mut Word,
    clusters: &'r mut Clusters,
    out: &'r mut Emitter<'s, F>,
}

impl<F: FnMut(Term<'_>)> Reader<'_, '_, F> {
    fn flush(&mut self) {
        self.word.flush(self.out);
        self.clusters.flush(self.out);
    }

    /// Reads `c`, in NFKC, which came from `start..end` of the input.
    fn push(&mut self, c: char, start: usize, end: usize) {
        match script::classify(c) {
            Class::Letter(kind) => {
                self.clusters.flush(self.out);
                self.word.push(c, kind, start, end);
            }
            Class::Dense(run) => {
                self.word.flush(self.out);
                self.clusters.push(c, run, (start, end), self.out);
            }
            Class::Mark if !self.word.is_empty() => self.word.push_mark(c, end),
            Class::Mark if self.clusters.run.is_some() => self.clusters.push_mark(c, end),
            // A mark on nothing says nothing.
            Class::Mark | Class::Ignored => {}
            Class::Emoji => {
                self.flush();
                self.out.raw(c.encode_utf8(&mut [0; 4]), start, end);
                self.out.advance();
            }
            Class::Separator => self.flush(),
        }
    }

    /// Reads an apostrophe that ends at byte `at`, and what hangs on it; returns where to go on.
    fn apostrophe(&mut self, text: &str, at: usize) -> usize {
        let last = self.word.last_plain();
        if self.word.is_empty() {
            self.flush();
            return at;
        }
        let joint = script::joint(text, at, last);
        match joint {
            // Elsewhere it is a letter: Ukrainian п'ять, Hebrew צ'יפס.
            Joint::Elision if last == 0 => return at,
            Joint::Suffix(after) => {
                self.flush();
                return after;
            }
            Joint::Negation(after) => {
                self.word.clear();
                return after;
            }
            Joint::Elision if self.word.len() == 1 => self.word.clear(),
            Joint::Elision | Joint::Quote => self.flush(),
        }
        at
    }
}
