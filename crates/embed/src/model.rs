//! The static model: a text is the mean of its pieces' rows (model2vec, Tulkens and van Dongen, 2024).
//! It must not know how the rows were made (see `models/README.md`) nor who embeds what.
//! Invariant: made once a process, from bytes that the binary carries; nothing is downloaded or read from disk.

use std::sync::OnceLock;

use crate::format::{self, BadModel};
use crate::question::{Question, Word};
use crate::vector::{DIMENSIONS, Direction, Vector};
use crate::wide;
use crate::wordpiece::WordPiece;
use crate::{Embedder, Passage};

/// Name and revision of the bundled model. A new file is a new revision: vectors of the old one are made anew.
pub const STATIC_256: &str = "static-256/1";

/// Most distinct pieces kept of one passage. A chunk of 256 tokens has fewer; a stack trace that is kept whole may not.
const MAX_PIECES: usize = 512;

/// A word of a question in more pieces than this is looked for as it stands, not by its meaning.
const MAX_MEANT: usize = 2;

/// A model as its file has it.
pub struct StaticModel {
    name: &'static str,
    pieces: WordPiece<'static>,
    weights: Vec<f32>,
    /// Where each piece's row begins, in rows.
    row_of: Vec<u16>,
    rows: &'static [u8],
    neighbours_from: Vec<u32>,
    neighbour_ids: &'static [u8],
    neighbour_cosines: &'static [u8],
}

impl StaticModel {
    /// The model that comes with the binary. The first call takes some milliseconds, later ones nothing.
    pub fn bundled() -> &'static StaticModel {
        static MODEL: OnceLock<StaticModel> = OnceLock::new();
        MODEL.get_or_init(|| {
            let file = include_bytes!("../models/static-256.bin");
            Self::of(STATIC_256, file).expect("the bundled model is of this version's form: a test reads it")
        })
    }

    /// A model from a file's bytes.
    ///
    /// # Errors
    /// [`BadModel`] when they are none.
    pub fn of(name: &'static str, file: &'static [u8]) -> Result<Self, BadModel> {
        let view = format::read(file)?;
        let mut rows_so_far = 0;
        let row_of = view.weights.iter().map(|weight| {
            let row = rows_so_far;
            rows_so_far += u16::from(*weight > 0.0);
            row
        });
        Ok(Self {
            name,
            row_of: row_of.collect(),
            pieces: WordPiece::new(&view.vocabulary),
            weights: view.weights,
            rows: view.rows,
            neighbours_from: view.neighbours_from,
            neighbour_ids: view.neighbour_ids,
            neighbour_cosines: view.neighbour_cosines,
        })
    }

    /// The direction of a text before it is cut to eight bits, its length not taken out; all 0 where the text says
    /// nothing. To measure what the cut costs: what is stored and searched is [`Embedder::passage`]'s.
    pub fn direction(&self, text: &str) -> [f32; DIMENSIONS] {
        self.sum(&self.sorted(text))
    }

    /// The sum of the rows of `pieces`, which are in ascending order: each as often as it is there.
    fn sum(&self, pieces: &[u16]) -> [f32; DIMENSIONS] {
        let times = pieces.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as f32));
        let mut sum = [0.0; DIMENSIONS];
        self.add(times, &mut sum);
        sum
    }

    /// Every piece of `text` that says something, in ascending order.
    fn sorted(&self, text: &str) -> Vec<u16> {
        let mut pieces = Vec::with_capacity(64);
        self.telling(text, |piece| pieces.push(piece));
        pieces.sort_unstable();
        pieces
    }

    /// Calls `sink` with every piece of `text` that says something, in order.
    fn telling(&self, text: &str, mut sink: impl FnMut(u16)) {
        self.pieces.pieces(text, |id| {
            if self.weights[usize::from(id)] > 0.0 {
                sink(id);
            }
        });
    }

    /// Adds pieces' rows, each so many times over, to `sum`.
    fn add(&self, pieces: impl Iterator<Item = (u16, f32)>, sum: &mut [f32; DIMENSIONS]) {
        let row = |(piece, times)| (self.row_of[usize::from(piece)], self.weights[usize::from(piece)] * times);
        wide::add_rows(self.rows, &pieces.map(row).collect::<Vec<_>>(), sum);
    }

    /// The pieces that mean nearly the same as `piece`, with their cosines.
    fn neighbours(&self, piece: u16) -> impl Iterator<Item = (u16, f32)> + '_ {
        let at = usize::from(piece);
        (self.neighbours_from[at] as usize..self.neighbours_from[at + 1] as usize).map(|n| {
            let id = u16::from_le_bytes([self.neighbour_ids[2 * n], self.neighbour_ids[2 * n + 1]]);
            (id, f32::from(self.neighbour_cosines[n]) / 255.0)
        })
    }
}

impl Embedder for StaticModel {
    fn model(&self) -> &str {
        self.name
    }

    fn passage(&self, text: &str) -> Passage {
        let mut pieces = self.sorted(text);
        let sum = self.sum(&pieces);
        pieces.dedup();
        pieces.truncate(MAX_PIECES);
        Passage { vector: Vector::of(&sum), pieces: pieces.into() }
    }

    fn question(&self, words: &[Word<'_>]) -> Question {
        let mut sum = [0.0; DIMENSIONS];
        let mut question = Question::default();
        for word in words {
            let mut pieces = Vec::new();
            self.telling(word.text, |piece| pieces.push(piece));
            question.ask(word.weight, &pieces, |piece| self.neighbours(piece));
            // What the vocabulary has in many pieces, and codes with digits, mean nothing by their pieces.
            if pieces.len() <= MAX_MEANT && !word.text.bytes().any(|byte| byte.is_ascii_digit()) {
                self.add(pieces.iter().map(|piece| (*piece, word.weight)), &mut sum);
            }
        }
        question.vector = Direction::of(&sum);
        question.finish();
        question
    }
}

#[cfg(test)]
mod tests;
