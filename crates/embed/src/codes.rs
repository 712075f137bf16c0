//! The one-bit codes of many vectors, block by block, where a scan finds them quickest.
//! It must not know what a code is of, nor which numbers have one.
//! Invariant: what there is stays where it is while more comes.
//!
//! Codes are read from first to last, as quickly as memory gives them, which is quicker out of one piece of 2 MiB than out of
//! sixteen of 128 KiB. A home of a few thousand chunks does not pay for that.

use crate::eight::{self, EIGHT, Eight};
use crate::vector::Code;

/// Codes a block.
pub(crate) const BLOCK: usize = 4_096;
/// So many blocks lie by themselves,
const FEW: usize = 16;
/// and of those after them so many together.
const TOGETHER: usize = 16;
/// What a block is kept in.
const EIGHTS: usize = BLOCK / EIGHT;

/// Codes by block and place.
#[derive(Default)]
pub(crate) struct Codes {
    parts: Vec<Box<[Eight]>>,
}

impl Codes {
    /// Makes room for so many blocks.
    pub(crate) fn grow(&mut self, blocks: usize) {
        let Some(last) = blocks.checked_sub(1) else { return };
        while self.parts.len() <= part_of(last).0 {
            let together = if self.parts.len() < FEW { 1 } else { TOGETHER };
            self.parts.push(vec![Eight::default(); together * EIGHTS].into());
        }
    }

    /// The codes of a block that there is room for.
    pub(crate) fn block(&self, number: usize) -> &[Eight] {
        let (part, from) = part_of(number);
        &self.parts[part][from..from + EIGHTS]
    }

    /// Sets one of them.
    pub(crate) fn set(&mut self, number: usize, place: usize, code: Code) {
        let (part, from) = part_of(number);
        eight::set(&mut self.parts[part][from..from + EIGHTS], place, code);
    }
}

/// In which part a block lies, and from where.
fn part_of(number: usize) -> (usize, usize) {
    match number.checked_sub(FEW) {
        None => (number, 0),
        Some(after) => (FEW + after / TOGETHER, after % TOGETHER * EIGHTS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_block_has_a_place_of_its_own_and_keeps_it() {
        let mut codes = Codes::default();
        let room = |codes: &Codes| codes.parts.iter().map(|part| part.len()).sum::<usize>() / EIGHTS;
        codes.grow(0);
        assert_eq!(room(&codes), 0);
        let last = FEW + 2 * TOGETHER;
        for number in 0..=last {
            codes.grow(number + 1);
            (0..BLOCK).for_each(|place| codes.set(number, place, Code([number as u64 + 1; 4])));
            // No more than what was asked for, but what lies together.
            let most = if number < FEW { number + 1 } else { number + TOGETHER };
            assert!((number + 1..=most).contains(&room(&codes)), "{number}: {}", room(&codes));
        }
        for number in 0..=last {
            let all = codes.block(number);
            let is_its_own = |place| eight::get(all, place) == Code([number as u64 + 1; 4]);
            assert!(all.len() == EIGHTS && (0..BLOCK).all(is_its_own), "{number}");
        }
        let before = room(&codes);
        codes.grow(1);
        assert_eq!(room(&codes), before, "it never shrinks");
    }
}
