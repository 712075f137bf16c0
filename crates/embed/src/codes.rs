//! The one-bit codes of many vectors, block by block, where a scan finds them quickest.
//! It must not know what a code is of, nor which numbers have one.
//! Invariant: what there is stays where it is while more comes.
//!
//! Codes are read from first to last, as quickly as memory gives them, which is a third quicker out of one piece of 2 MiB than out of
//! sixteen of 128 KiB (a million codes: 1.27 and 1.82 ms, 1.10 and 1.60, in turn): the system may then back it with one large
//! page. A home of a few thousand chunks does not pay for that.

use crate::vector::Code;

/// Codes a block.
pub(crate) const BLOCK: usize = 4_096;
/// So many blocks lie by themselves,
const FEW: usize = 16;
/// and of those after them so many together.
const TOGETHER: usize = 16;

/// Codes by block and place.
#[derive(Default)]
pub(crate) struct Codes {
    parts: Vec<Box<[Code]>>,
}

impl Codes {
    /// Makes room for so many blocks.
    pub(crate) fn grow(&mut self, blocks: usize) {
        let Some(last) = blocks.checked_sub(1) else { return };
        while self.parts.len() <= place(last).0 {
            let together = if self.parts.len() < FEW { 1 } else { TOGETHER };
            self.parts.push(vec![Code::default(); together * BLOCK].into());
        }
    }

    /// The codes of a block that there is room for.
    pub(crate) fn block(&self, number: usize) -> &[Code] {
        let (part, from) = place(number);
        &self.parts[part][from..from + BLOCK]
    }

    /// The same, to be changed.
    pub(crate) fn block_mut(&mut self, number: usize) -> &mut [Code] {
        let (part, from) = place(number);
        &mut self.parts[part][from..from + BLOCK]
    }
}

/// In which part a block lies, and from where.
fn place(number: usize) -> (usize, usize) {
    match number.checked_sub(FEW) {
        None => (number, 0),
        Some(after) => (FEW + after / TOGETHER, after % TOGETHER * BLOCK),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_block_has_a_place_of_its_own_and_keeps_it() {
        let mut codes = Codes::default();
        let room = |codes: &Codes| codes.parts.iter().map(|part| part.len()).sum::<usize>() / BLOCK;
        codes.grow(0);
        assert_eq!(room(&codes), 0);
        let last = FEW + 2 * TOGETHER;
        for number in 0..=last {
            codes.grow(number + 1);
            codes.block_mut(number).fill(Code([number as u64 + 1; 4]));
            // No more than what was asked for, but what lies together.
            let most = if number < FEW { number + 1 } else { number + TOGETHER };
            assert!((number + 1..=most).contains(&room(&codes)), "{number}: {}", room(&codes));
        }
        for number in 0..=last {
            let all = codes.block(number);
            assert!(all.len() == BLOCK && all.iter().all(|code| *code == Code([number as u64 + 1; 4])), "{number}");
        }
        let before = room(&codes);
        codes.grow(1);
        assert_eq!(room(&codes), before, "it never shrinks");
    }
}
