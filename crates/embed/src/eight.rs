//! One-bit codes, eight side by side, word by word: one instruction counts a word of all eight, and nothing is added up across
//! a register. It must not know what a code is of.
//! Invariant: what was set at a place is what stands there, whatever is set beside it.

use crate::vector::{Code, DIMENSIONS};

/// Codes that lie together.
pub(crate) const EIGHT: usize = 8;

/// Eight codes: the first word of each, then the second of each, and so on. 256 bytes, four lines of a processor's cache.
#[derive(Clone, Default)]
#[repr(C, align(64))]
pub(crate) struct Eight(pub(crate) [[u64; EIGHT]; DIMENSIONS / 64]);

/// The code at `place` of those in `eights`.
pub(crate) fn get(eights: &[Eight], place: usize) -> Code {
    Code(eights[place / EIGHT].0.map(|words| words[place % EIGHT]))
}

/// Sets the code at `place`.
pub(crate) fn set(eights: &mut [Eight], place: usize, code: Code) {
    let words = eights[place / EIGHT].0.iter_mut();
    words.zip(code.0).for_each(|(words, word)| words[place % EIGHT] = word);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_its_own() {
        let mut eights = vec![Eight::default(); 3];
        let code = |n: usize| Code(std::array::from_fn(|w| (n * 10 + w) as u64 + 1));
        (0..24).rev().for_each(|place| set(&mut eights, place, code(place)));
        set(&mut eights, 9, code(77));
        assert!((0..24).all(|place| get(&eights, place) == code(if place == 9 { 77 } else { place })));
    }
}
