//! What there is of a block's vectors beside their codes: eight bits a dimension, in memory or on the shelf, and their lengths.
//! It must not know codes, nor how vectors are looked through.
//! Invariant: what was set is there, wherever it lies: a shelf without room leaves it in memory.

use crate::codes::BLOCK;
use crate::shelf::{Shelf, Shelved};
use crate::vector::DIMENSIONS;

/// What there is of [`BLOCK`] vectors beside their codes: 1.1 MB.
pub(crate) struct Block {
    bytes: Bytes,
    /// One over each vector's length; 0 where there is none.
    inverse: Box<[f32]>,
}

/// The eight bits a dimension of a block's vectors.
enum Bytes {
    InMemory(Box<[[u8; DIMENSIONS]]>),
    InFile(Shelved),
}

impl Bytes {
    fn all(&self) -> &[[u8; DIMENSIONS]] {
        match self {
            Self::InMemory(bytes) => bytes,
            Self::InFile(shelved) => shelved.bytes().as_chunks().0,
        }
    }
}

impl Block {
    pub(crate) fn new() -> Self {
        Self { bytes: Bytes::InMemory(vec![[0; DIMENSIONS]; BLOCK].into()), inverse: vec![0.0; BLOCK].into() }
    }

    /// Whether a vector was set there.
    pub(crate) fn has(&self, place: usize) -> bool {
        self.inverse[place] > 0.0
    }

    /// One over the length of the vector there; 0 where there is none.
    pub(crate) fn inverse(&self, place: usize) -> f32 {
        self.inverse[place]
    }

    /// The dimensions of the vector there.
    pub(crate) fn bytes(&self, place: usize) -> &[u8; DIMENSIONS] {
        &self.bytes.all()[place]
    }

    /// Sets a vector, or takes it away with an `inverse` length of 0. What lies on `shelf` is changed there.
    pub(crate) fn set(&mut self, place: usize, bytes: &[u8; DIMENSIONS], inverse: f32, shelf: Option<&Shelf>) {
        self.set_bytes(place, bytes, shelf);
        self.inverse[place] = inverse;
    }

    fn set_bytes(&mut self, place: usize, bytes: &[u8; DIMENSIONS], shelf: Option<&Shelf>) {
        if let Bytes::InFile(shelved) = &mut self.bytes {
            if shelf.is_some_and(|shelf| shelf.change(shelved, place * DIMENSIONS, bytes).is_ok()) {
                return;
            }
            // The disk is full, or worse: from now on it is in memory.
            self.bytes = Bytes::InMemory(self.bytes.all().into());
        }
        if let Bytes::InMemory(all) = &mut self.bytes {
            all[place] = *bytes;
        }
    }

    /// Puts the bytes on the shelf; where there is no room they stay where they are.
    pub(crate) fn put_on(&mut self, shelf: &mut Shelf) {
        if let Bytes::InMemory(bytes) = &self.bytes
            && let Ok(shelved) = shelf.put(bytes.as_flattened())
        {
            self.bytes = Bytes::InFile(shelved);
        }
    }

    #[cfg(test)]
    pub(crate) fn is_on_shelf(&self) -> bool {
        matches!(self.bytes, Bytes::InFile(_))
    }
}
