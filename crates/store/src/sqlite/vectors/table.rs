//! Vectors and word pieces of all chunks, by the chunk's number.
//! It must not know who may be seen.
//! Invariant: grows by blocks, so that a million chunks never need twice their room for a moment.

use quipu_embed::{Flat, Passage, Question, Vector};

/// Chunks a block of pieces.
const BLOCK: usize = 4_096;

#[derive(Default)]
pub(in crate::sqlite) struct Vectors {
    flat: Flat,
    pieces: Vec<Block>,
}

/// The word pieces of some chunks.
struct Block {
    /// Where each chunk's pieces lie in `pieces`.
    places: Box<[(u32, u16)]>,
    pieces: Vec<u16>,
}

impl Vectors {
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

    /// Chunks with a vector.
    pub(in crate::sqlite) fn len(&self) -> usize {
        self.flat.len()
    }

    pub(super) fn flat(&self) -> &Flat {
        &self.flat
    }

    /// The share of the question that chunk `seq` answers; 0 for one that is not known.
    pub(in crate::sqlite) fn coverage(&self, question: &Question, seq: u32) -> f32 {
        let (block, place) = split(seq);
        self.pieces.get(block).map_or(0.0, |block| {
            let (from, count) = block.places[place];
            question.coverage(&block.pieces[from as usize..from as usize + usize::from(count)])
        })
    }

    /// The cosine of chunk `seq` to a direction; 0 for a chunk that has none.
    pub(in crate::sqlite) fn cosine(&self, vector: &Vector, seq: u32) -> f32 {
        self.flat.cosine(vector, seq)
    }

    /// How alike two chunks are, as a cosine; 0 where either has no direction.
    pub(in crate::sqlite) fn likeness(&self, a: u32, b: u32) -> f32 {
        self.flat.likeness(a, b)
    }
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
        assert!(vectors.coverage(&question, 9_000) > 0.99 && vectors.coverage(&question, 2) == 0.0);
        assert!(vectors.coverage(&question, 77) == 0.0 && vectors.coverage(&question, 1_000_000) == 0.0);
        assert!(vectors.cosine(&direction, 9_000) > 0.5 && vectors.cosine(&direction, 2) == 0.0);
        assert!(vectors.likeness(1, 9_000) > 0.4, "told again, it is about bread: {}", vectors.likeness(1, 9_000));
        assert!((vectors.likeness(1, 1) - 1.0).abs() < 1e-4);
    }
}
