//! The dense lane: the chunks whose vectors lie nearest to a question's.
//! It must not know the text lane nor how scores are combined.
//! Invariant: who may be seen is tested inside the scan, so a small project never loses hits to a large one.

use std::cmp::Reverse;

use quipu_embed::{Vector, scan};

use super::table::{BLOCK, Vectors};
use crate::sqlite::visibility::{Filter, Slots};

/// Chunks that the one-bit scan hands on to be weighed by all eight bits. `cargo xtask bench knn` shows what of the
/// true ten nearest are among them (docs/benchmarks.md).
const RESCORED: usize = 400;

/// The `count` visible chunks nearest to `question`, nearest first, with their cosines.
pub(in crate::sqlite) fn nearest(
    vectors: &Vectors,
    slots: &Slots,
    question: &Vector,
    filter: &Filter,
    count: usize,
) -> Vec<(u32, f32)> {
    let mut near: Vec<(u32, f32)> = by_code(vectors, slots, question, filter, RESCORED.max(count))
        .into_iter()
        .map(|seq| (seq, vectors.cosine(question, seq)))
        .collect();
    near.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
    near.truncate(count);
    near
}

/// The `count` visible chunks whose codes differ least, in no order; among equals the newer.
fn by_code(vectors: &Vectors, slots: &Slots, question: &Vector, filter: &Filter, count: usize) -> Vec<u32> {
    let query = question.code();
    let mut distances = [0u16; BLOCK];
    // How many were taken at each distance, and the distance beyond which nothing is taken any more.
    let mut taken = [0usize; 257];
    let (mut total, mut bound) = (0, 256usize);
    let mut near: Vec<(u16, u32)> = Vec::new();
    for (n, block) in vectors.blocks().iter().enumerate() {
        scan::distances(&query, &block.codes, &mut distances);
        for (from, group) in (0..).step_by(GROUP).zip(distances.chunks(GROUP)) {
            // Most groups hold nothing near enough: a look at their least is one wide instruction a few.
            if group.iter().fold(u16::MAX, |least, d| least.min(*d)) as usize > bound {
                continue;
            }
            for (at, &distance) in (from..).zip(group) {
                let seq = (n * BLOCK + at) as u32;
                if distance as usize > bound || !block.has(at) || !slots.visible(seq, filter) {
                    continue;
                }
                near.push((distance, seq));
                taken[distance as usize] += 1;
                total += 1;
                while total - taken[bound] >= count {
                    total -= taken[bound];
                    bound -= 1;
                }
            }
        }
    }
    near.retain(|(distance, _)| *distance as usize <= bound);
    near.sort_unstable_by_key(|(distance, seq)| (*distance, Reverse(*seq)));
    near.truncate(count);
    near.into_iter().map(|(_, seq)| seq).collect()
}

/// Distances looked at together.
const GROUP: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::visibility::{Facts, NONE};
    use quipu_core::kind::Kind;
    use quipu_core::memory::Lifecycle;
    use quipu_embed::{DIMENSIONS, Passage};

    const ALL: Filter =
        Filter { project: None, kinds: u32::MAX, since: 0, until: u32::MAX, only_live: true, not_session: None };

    /// A direction out of a number, the same each time.
    fn direction(seed: u64) -> Vector {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % 2_001) as f32 - 1_000.0
        };
        let parts: [f32; DIMENSIONS] = std::array::from_fn(|_| next());
        Vector::of(&parts).expect("a direction")
    }

    fn world(size: u32) -> (Vectors, Slots) {
        let (mut vectors, mut slots) = (Vectors::default(), Slots::default());
        for seq in 1..=size {
            let project = if seq % 1_000 == 7 { 2 } else { 1 };
            let facts = Facts {
                memory: seq,
                project,
                session: NONE,
                group: 0,
                at: 9,
                kind: Kind::Prompt,
                lifecycle: Lifecycle::Live,
            };
            slots.push(seq, &facts);
            vectors.set(seq, &Passage { vector: Some(direction(u64::from(seq))), pieces: Box::default() });
        }
        (vectors, slots)
    }

    #[test]
    fn finds_the_nearest_and_only_what_may_be_seen() {
        let (vectors, slots) = world(9_000);
        for seq in [1, 4_095, 4_096, 8_192, 9_000] {
            let found = nearest(&vectors, &slots, &direction(u64::from(seq)), &ALL, 10);
            assert_eq!((found.len(), found[0].0), (10, seq));
            assert!(found[0].1 > 0.999 && found.windows(2).all(|w| w[0].1 >= w[1].1));
        }
        let few = nearest(&vectors, &slots, &direction(5), &Filter { project: Some(2), ..ALL }, 100);
        assert!(few.len() == 9 && few.iter().all(|(seq, _)| seq % 1_000 == 7), "all of a small project: {few:?}");
        assert!(nearest(&Vectors::default(), &slots, &direction(5), &ALL, 10).is_empty());
    }
}
