//! Vectors and word pieces of all chunks, by the chunk's number.
//! It must not know who may be seen, nor what of it lies in memory and what in the file.
//! Invariant: grows by blocks, so that a million chunks never need twice their room for a moment.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use quipu_embed::{Direction, Few, Flat, Passage, Question};

/// Chunks a block of pieces.
const BLOCK: usize = 4_096;

#[derive(Default)]
pub(in crate::sqlite) struct Vectors {
    flat: Flat,
    pieces: Vec<Block>,
    /// The codes of what was written down on purpose: a look for what is nearly the same is only among these, and with
    /// every save.
    written: Few,
}

/// The word pieces of some chunks.
struct Block {
    /// Where each chunk's pieces lie in `pieces`.
    places: Box<[(u32, u16)]>,
    pieces: Vec<u16>,
}

impl Vectors {
    /// Of an engine whose vectors may lie in a file at `place` as well; where that cannot be made they are in memory.
    pub(in crate::sqlite) fn at(place: Option<&Path>) -> Self {
        let Some(place) = place else { return Self::default() };
        match unnamed(place) {
            Ok(file) => Self { flat: Flat::in_file(file), ..Self::default() },
            Err(error) => {
                tracing::warn!(place = %place.display(), %error, "no file for vectors: all of them are kept in memory");
                Self::default()
            }
        }
    }

    /// Sets what chunk `seq` means; a chunk that was set before keeps its newest.
    pub(in crate::sqlite) fn set(&mut self, seq: u32, passage: &Passage) {
        if let Some(vector) = &passage.vector {
            self.flat.set(seq, vector);
        }
        let (block, place) = split(seq);
        while self.pieces.len() <= block {
            // The one before is as good as full: what it had grown beyond that is given back.
            if let Some(full) = self.pieces.last_mut() {
                full.pieces.shrink_to_fit();
            }
            self.pieces.push(Block { places: vec![(0, 0); BLOCK].into(), pieces: Vec::new() });
        }
        let block = &mut self.pieces[block];
        block.places[place] = (block.pieces.len() as u32, passage.pieces.len() as u16);
        block.pieces.extend_from_slice(&passage.pieces);
    }

    /// Writes over all that is known of chunk `seq`.
    pub(in crate::sqlite) fn forget(&mut self, seq: u32) {
        self.flat.forget(seq);
        self.written.forget(seq);
        let (block, place) = split(seq);
        if let Some(block) = self.pieces.get_mut(block) {
            let (from, count) = std::mem::take(&mut block.places[place]);
            block.pieces[from as usize..from as usize + usize::from(count)].fill(0);
        }
    }

    /// Says that chunk `seq` was written down on purpose.
    pub(in crate::sqlite) fn mark_written(&mut self, seq: u32, passage: &Passage) {
        if let Some(vector) = &passage.vector {
            self.written.set(seq, vector);
        }
    }

    /// What chunk `seq` means; none where that is not known.
    pub(in crate::sqlite) fn direction(&self, seq: u32) -> Option<Direction> {
        self.flat.vector(seq).as_ref().map(Direction::from)
    }

    /// The visible chunks among those written down whose cosine to `direction` is `least` or more, nearest first, among
    /// equals the newer; about `count`, where there are so many.
    pub(in crate::sqlite) fn written_near(
        &self,
        direction: &Direction,
        least: f32,
        count: usize,
        visible: impl Fn(u32) -> bool,
    ) -> Vec<(u32, f32)> {
        let near = self.written.nearest(direction, least, count, visible);
        let mut near = self.flat.cosines(direction, &near);
        near.retain(|(_, cosine)| *cosine >= least);
        near.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
        near
    }

    /// Chunks with a vector.
    pub(in crate::sqlite) fn len(&self) -> usize {
        self.flat.len()
    }

    pub(super) fn flat(&self) -> &Flat {
        &self.flat
    }

    /// The share of the question that each of `chunks` answers; 0 for one that is not known.
    pub(in crate::sqlite) fn coverages(&self, question: &Question, chunks: &[u32]) -> Vec<f32> {
        let pieces: Vec<&[u16]> = chunks.iter().map(|seq| self.pieces_of(*seq)).collect();
        // A look at all of them first: the memory's answers come together, and not each after the work on the last.
        let ends = pieces.iter().map(|pieces| pieces.first().unwrap_or(&0) ^ pieces.last().unwrap_or(&0));
        std::hint::black_box(ends.fold(0, |all, ends| all ^ ends));
        pieces.into_iter().map(|pieces| question.coverage(pieces)).collect()
    }

    fn pieces_of(&self, seq: u32) -> &[u16] {
        let (block, place) = split(seq);
        self.pieces.get(block).map_or(&[], |block| {
            let (from, count) = block.places[place];
            &block.pieces[from as usize..from as usize + usize::from(count)]
        })
    }

    /// The cosines of chunks to a direction; those that have none are left out.
    pub(in crate::sqlite) fn cosines(&self, direction: &Direction, chunks: &[u32]) -> Vec<(u32, f32)> {
        self.flat.cosines(direction, chunks)
    }

    /// How alike two chunks are, as a cosine; 0 where either has no direction.
    pub(in crate::sqlite) fn likeness(&self, a: u32, b: u32) -> f32 {
        self.flat.likeness(a, b)
    }
}

/// A new file, without a name as soon as it is open: nobody else comes to it, and it goes with the process, however that
/// ends. What bears its name was left by one that died in between.
fn unnamed(place: &Path) -> io::Result<File> {
    match fs::remove_file(place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = File::options().read(true).write(true).create_new(true).mode(0o600).open(place)?;
    fs::remove_file(place)?;
    Ok(file)
}

fn split(seq: u32) -> (usize, usize) {
    (seq as usize / BLOCK, seq as usize % BLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quipu_embed::{Embedder, StaticModel, Word};

    #[test]
    fn holds_what_it_was_told_last() {
        let model = StaticModel::bundled();
        let mut vectors = Vectors::default();
        for (seq, text) in [(1, "the writer locks the file"), (2, "of the"), (9_000, "bake bread"), (1, "bake a loaf")]
        {
            vectors.set(seq, &model.passage(text));
        }
        assert_eq!(vectors.len(), 2);
        let question = model.question(&[Word { text: "bread", weight: 1.0 }]);
        let direction = question.vector.clone().expect("bread says something");
        let covered = vectors.coverages(&question, &[9_000, 2, 77, 1_000_000]);
        assert!(covered[0] > 0.99 && covered[1..] == [0.0; 3], "{covered:?}");
        let cosines = vectors.cosines(&direction, &[2, 9_000, 1_000_000]);
        assert!(cosines.len() == 1 && cosines[0].0 == 9_000 && cosines[0].1 > 0.5, "{cosines:?}");
        assert!(vectors.likeness(1, 9_000) > 0.4, "told again, it is about bread: {}", vectors.likeness(1, 9_000));
        assert!((vectors.likeness(1, 1) - 1.0).abs() < 1e-4);
        [1, 1, 77, 1_000_000].iter().for_each(|seq| vectors.forget(*seq));
        assert_eq!((vectors.len(), vectors.likeness(1, 9_000), vectors.direction(1).is_none()), (1, 0.0, true));
        assert_eq!(vectors.coverages(&question, &[1]), [0.0]);
    }
}
