//! Codes, vectors and word pieces of all chunks, by the chunk's number.
//! It must not know who may be seen.
//! Invariant: grows by blocks, so that a million chunks never need twice their room for a moment.

use quipu_embed::{Code, DIMENSIONS, Passage, Question, Vector};

/// Chunks a block: 1.2 MB with its codes and vectors.
pub(super) const BLOCK: usize = 4_096;

#[derive(Default)]
pub(in crate::sqlite) struct Vectors {
    blocks: Vec<Block>,
    known: usize,
}

pub(super) struct Block {
    pub(super) codes: Box<[Code]>,
    bytes: Box<[[i8; DIMENSIONS]]>,
    /// One over each vector's length; 0 where there is none.
    inverse: Box<[f32]>,
    /// Where each chunk's pieces lie in `pieces`.
    places: Box<[(u32, u16)]>,
    pieces: Vec<u16>,
}

impl Block {
    fn new() -> Self {
        Self {
            codes: vec![Code::default(); BLOCK].into(),
            bytes: vec![[0; DIMENSIONS]; BLOCK].into(),
            inverse: vec![0.0; BLOCK].into(),
            places: vec![(0, 0); BLOCK].into(),
            pieces: Vec::new(),
        }
    }

    pub(super) fn has(&self, place: usize) -> bool {
        self.inverse[place] > 0.0
    }
}

impl Vectors {
    /// Sets what chunk `seq` means; a chunk that was set before keeps its newest.
    pub(in crate::sqlite) fn set(&mut self, seq: u32, passage: &Passage) {
        let (block, place) = split(seq);
        while self.blocks.len() <= block {
            self.blocks.push(Block::new());
        }
        let block = &mut self.blocks[block];
        self.known += usize::from(!block.has(place) && passage.vector.is_some());
        if let Some(vector) = &passage.vector {
            block.codes[place] = vector.code();
            block.bytes[place] = *vector.dimensions();
            block.inverse[place] = vector.inverse_length();
        }
        block.places[place] = (block.pieces.len() as u32, passage.pieces.len() as u16);
        block.pieces.extend_from_slice(&passage.pieces);
    }

    /// Chunks with a vector.
    pub(in crate::sqlite) fn len(&self) -> usize {
        self.known
    }

    pub(super) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The share of the question that chunk `seq` answers; 0 for one that is not known.
    pub(in crate::sqlite) fn coverage(&self, question: &Question, seq: u32) -> f32 {
        let (block, place) = split(seq);
        self.blocks.get(block).map_or(0.0, |block| {
            let (from, count) = block.places[place];
            question.coverage(&block.pieces[from as usize..from as usize + usize::from(count)])
        })
    }

    /// The cosine of chunk `seq` to a direction; 0 for a chunk that has none.
    pub(in crate::sqlite) fn cosine(&self, vector: &Vector, seq: u32) -> f32 {
        let (block, place) = split(seq);
        self.blocks.get(block).filter(|block| block.has(place)).map_or(0.0, |block| {
            vector.product(&block.bytes[place]) as f32 * vector.inverse_length() * block.inverse[place]
        })
    }

    /// How alike two chunks are, as a cosine; 0 where either has no direction.
    pub(in crate::sqlite) fn likeness(&self, a: u32, b: u32) -> f32 {
        let (block, place) = split(a);
        let Some(block) = self.blocks.get(block).filter(|block| block.has(place)) else { return 0.0 };
        Vector::of_bytes(&block.bytes[place]).map_or(0.0, |vector| self.cosine(&vector, b))
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
