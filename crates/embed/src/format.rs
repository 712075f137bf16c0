//! The file of a static model: what `cargo xtask distill` writes and the binary carries.
//! It must not know how the numbers were made.
//! Invariant: `read(write(parts))` gives the parts; a file that is cut or of another form is refused, never misread.
//!
//! Little-endian, in this order: the magic; vocabulary size, dimensions, number of stored rows, number of neighbours
//! (four `u32`); the length of each piece (`u8`) and the pieces (UTF-8); each piece's weight (`f32`; 0 means that it
//! says nothing and has no row); the rows (`i8`, one a piece with a weight, in their order); each piece's number of
//! neighbours (`u8`), the neighbours' ids (`u16`) and their cosines (`u8`, 255 is 1).

use crate::vector::DIMENSIONS;

/// First bytes of the file; the digit is the version of the form.
const MAGIC: &[u8; 8] = b"QSTATIC1";

/// What a model file holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parts {
    /// The pieces of words; a piece's id is its place. Those that continue a word begin with `##`.
    pub vocabulary: Vec<String>,
    /// What a row counts in a mean: frequency weight times the row's length. 0: the piece says nothing.
    pub weights: Vec<f32>,
    /// The rows of the pieces with a weight, `DIMENSIONS` bytes each.
    pub rows: Vec<i8>,
    /// For each piece, the pieces nearest to it with their cosines (255 is 1), itself not among them.
    pub neighbours: Vec<Vec<(u16, u8)>>,
}

/// Why a file is no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no static model file of this version: {0}")]
pub struct BadModel(&'static str);

/// Writes a model file.
pub fn write(parts: &Parts) -> Vec<u8> {
    let neighbours: usize = parts.neighbours.iter().map(Vec::len).sum();
    let rows = parts.rows.len() / DIMENSIONS;
    let mut out = Vec::with_capacity(parts.rows.len() + 1_000_000);
    out.extend(MAGIC);
    for number in [parts.vocabulary.len(), DIMENSIONS, rows, neighbours] {
        out.extend((number as u32).to_le_bytes());
    }
    out.extend(parts.vocabulary.iter().map(|piece| piece.len() as u8));
    out.extend(parts.vocabulary.iter().flat_map(|piece| piece.bytes()));
    out.extend(parts.weights.iter().flat_map(|weight| weight.to_le_bytes()));
    out.extend(parts.rows.iter().map(|x| *x as u8));
    out.extend(parts.neighbours.iter().map(|list| list.len() as u8));
    out.extend(parts.neighbours.iter().flatten().flat_map(|(piece, _)| piece.to_le_bytes()));
    out.extend(parts.neighbours.iter().flatten().map(|(_, cosine)| *cosine));
    out
}

/// A model file's parts, borrowed from it where they are large.
#[derive(Debug)]
pub struct View<'a> {
    /// The pieces.
    pub vocabulary: Vec<&'a str>,
    /// A weight a piece.
    pub weights: Vec<f32>,
    /// The rows of the pieces with a weight.
    pub rows: &'a [u8],
    /// Where each piece's neighbours begin; one more than there are pieces.
    pub neighbours_from: Vec<u32>,
    /// Their ids, two bytes each.
    pub neighbour_ids: &'a [u8],
    /// Their cosines.
    pub neighbour_cosines: &'a [u8],
}

/// Reads a model file.
///
/// # Errors
/// [`BadModel`] when it is cut, has another number of dimensions, or is something else.
pub fn read(bytes: &[u8]) -> Result<View<'_>, BadModel> {
    let mut rest = bytes;
    let mut take = |count: usize| -> Result<&[u8], BadModel> {
        let (taken, after) = rest.split_at_checked(count).ok_or(BadModel("it is cut short"))?;
        rest = after;
        Ok(taken)
    };
    if take(MAGIC.len())? != MAGIC {
        return Err(BadModel("it begins with something else"));
    }
    let mut number = || -> Result<usize, BadModel> {
        let four: [u8; 4] = take(4)?.try_into().map_err(|_| BadModel("it is cut short"))?;
        Ok(u32::from_le_bytes(four) as usize)
    };
    let (pieces, dimensions, rows, neighbours) = (number()?, number()?, number()?, number()?);
    if dimensions != DIMENSIONS || pieces > usize::from(u16::MAX) || rows > pieces || neighbours > pieces * 255 {
        return Err(BadModel("its sizes are impossible"));
    }
    let lengths = take(pieces)?;
    let mut text = take(lengths.iter().map(|l| usize::from(*l)).sum())?;
    let mut vocabulary = Vec::with_capacity(pieces);
    for length in lengths {
        let (piece, after) = text.split_at(usize::from(*length));
        vocabulary.push(std::str::from_utf8(piece).map_err(|_| BadModel("a piece is not text"))?);
        text = after;
    }
    let four = |chunk: &[u8]| f32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]);
    let weights: Vec<f32> = take(pieces * 4)?.chunks_exact(4).map(four).collect();
    if weights.iter().filter(|w| **w > 0.0).count() != rows {
        return Err(BadModel("it has another number of rows than of weights"));
    }
    let table = take(rows * DIMENSIONS)?;
    let mut neighbours_from = Vec::with_capacity(pieces + 1);
    let mut sum = 0;
    for count in take(pieces)? {
        neighbours_from.push(sum);
        sum += u32::from(*count);
    }
    neighbours_from.push(sum);
    if sum as usize != neighbours {
        return Err(BadModel("its neighbours do not add up"));
    }
    let (neighbour_ids, neighbour_cosines) = (take(neighbours * 2)?, take(neighbours)?);
    if !rest.is_empty() {
        return Err(BadModel("something follows its end"));
    }
    Ok(View { vocabulary, weights, rows: table, neighbours_from, neighbour_ids, neighbour_cosines })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Parts {
        Parts {
            vocabulary: ["[UNK]", "the", "writer", "##s"].map(str::to_owned).to_vec(),
            weights: vec![0.0, 0.0, 1.5, 0.25],
            rows: (0..2 * DIMENSIONS).map(|n| (n % 251) as i8).collect(),
            neighbours: vec![vec![], vec![], vec![(3, 200)], vec![(2, 200)]],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let (parts, file) = (parts(), write(&parts()));
        let view = read(&file).expect("reads");
        assert_eq!(view.vocabulary, parts.vocabulary);
        assert_eq!(view.weights, parts.weights);
        assert!(view.rows.iter().map(|b| *b as i8).eq(parts.rows.iter().copied()));
        assert_eq!(view.neighbours_from, [0, 0, 0, 1, 2]);
        assert_eq!((view.neighbour_ids, view.neighbour_cosines), (&[3u8, 0, 2, 0][..], &[200u8, 200][..]));
    }

    #[test]
    fn what_is_cut_or_changed_is_refused() {
        let file = write(&parts());
        for length in 0..file.len() {
            assert!(read(&file[..length]).is_err(), "cut at {length}");
        }
        let mut longer = file.clone();
        longer.push(0);
        assert!(read(&longer).is_err());
        let mut other = file;
        other[7] = b'9';
        assert!(read(&other).is_err());
    }
}
