//! Vectors by number, looked through from first to last: all by one bit a dimension (two of the question's), the
//! nearest by eight.
//! It must not know what a vector is of, nor who may see it: whoever asks says that.
//! Invariant: grows by blocks, so that a million vectors never need twice their room for a moment.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;

use crate::block::Block;
use crate::closest::Closest;
use crate::codes::{BLOCK, Codes};
use crate::eight::EIGHT;
use crate::scan;
use crate::shelf::Shelf;
use crate::vector::{Code, DIMENSIONS, Direction, Vector};
use crate::wide;

/// Vectors that the one-bit scan hands on to be weighed by all eight bits. Of the ten nearest of 100 000 passages .997 are
/// among them, .988 with 200, .998 with 800; of the nearest before anything is cut to eight bits .993, .984 and .994
/// (`cargo xtask bench knn`). With 800 a search by both lanes takes a tenth longer.
pub const RESCORED: usize = 400;

/// How many vectors are looked at to guess how near the nearest are, some side by side, for memory comes by lines; and so many
/// times as many as are asked for must lie within the guess. Of 1 000, 2 500 and 5 000 a look at 100 000 takes 210, 215 and
/// 234 µs, and at a million 1.11, 1.05 and 1.02 ms.
const SAMPLE: usize = 2_000;
const SIDE_BY_SIDE: usize = 2 * EIGHT;
const AMPLE: usize = 3;
/// A guess from fewer is none.
const LEAST: usize = 8;

/// Vectors by number. A million take 292 MB, 256 of them in a file if there is one.
#[derive(Default)]
pub struct Flat {
    codes: Codes,
    blocks: Vec<Block>,
    known: usize,
    shelf: Option<Shelf>,
    /// The block that was set last. Its bytes are in memory; when another's turn comes they go to the shelf.
    open: usize,
}

impl Flat {
    /// Keeps what is looked at seldom, all but one bit a dimension, in `file` as far as there is room, and sees it through
    /// a map: the system may take that memory back. The file must be empty, and nobody else's for as long as this lives.
    pub fn in_file(file: File) -> Self {
        Self { shelf: Some(Shelf::new(file)), ..Self::default() }
    }

    /// Sets vector number `at`, in place of one that was set before.
    pub fn set(&mut self, at: u32, vector: &Vector) {
        let (block, place) = split(at);
        while self.blocks.len() <= block {
            self.blocks.push(Block::new());
        }
        self.codes.grow(block + 1);
        self.codes.set(block, place, vector.code());
        if self.open != block {
            if let Some(shelf) = &mut self.shelf {
                self.blocks[self.open].put_on(shelf);
            }
            self.open = block;
        }
        let block = &mut self.blocks[block];
        self.known += usize::from(!block.has(place));
        block.set(place, &vector.to_bytes(), vector.inverse_length(), self.shelf.as_ref());
    }

    /// Writes over vector number `at`, wherever it lies.
    pub fn forget(&mut self, at: u32) {
        let (number, place) = split(at);
        let Some(block) = self.blocks.get_mut(number).filter(|block| block.has(place)) else { return };
        self.known -= 1;
        self.codes.set(number, place, Code::default());
        block.set(place, &[0; DIMENSIONS], 0.0, self.shelf.as_ref());
    }

    /// Vectors that were set.
    pub fn len(&self) -> usize {
        self.known
    }

    /// Whether none was set.
    pub fn is_empty(&self) -> bool {
        self.known == 0
    }

    /// The cosines of vectors to a direction; those that are missing are left out.
    pub fn cosines(&self, direction: &Direction, numbers: &[u32]) -> Vec<(u32, f32)> {
        let mut found = Vec::with_capacity(numbers.len());
        let mut bytes = Vec::with_capacity(numbers.len());
        for at in numbers {
            if let Some((block, place)) = self.find(*at) {
                found.push((*at, block.inverse(place)));
                bytes.push(block.bytes(place));
            }
        }
        // A look at all of them first: the memory's answers come together, and not each after the work on the last.
        let ends = bytes.iter().map(|bytes| bytes[0] ^ bytes[64] ^ bytes[128] ^ bytes[192]);
        std::hint::black_box(ends.fold(0, |all, ends| all ^ ends));
        let mut places = found.iter_mut();
        wide::products(direction.dimensions(), bytes.into_iter(), |product| {
            if let Some((_, cosine)) = places.next() {
                *cosine *= product as f32 * direction.inverse_length();
            }
        });
        found
    }

    /// Vector number `at`, if it was set.
    pub fn vector(&self, at: u32) -> Option<Vector> {
        self.find(at).and_then(|(block, place)| Vector::parse(block.bytes(place)))
    }

    /// How alike two vectors are, as a cosine; 0 where either is missing.
    pub fn likeness(&self, a: u32, b: u32) -> f32 {
        let (Some((one, at)), Some((other, place))) = (self.find(a), self.find(b)) else { return 0.0 };
        let one_bytes = one.bytes(at).map(|x| i16::from(x as i8));
        let mut likeness = one.inverse(at) * other.inverse(place);
        wide::products(&one_bytes, std::iter::once(other.bytes(place)), |product| likeness *= product as f32);
        likeness
    }

    /// The `count` vectors nearest to `question` among those that `visible` lets through, nearest first, with their
    /// cosines; among equals the higher number.
    ///
    /// `visible` is asked inside the scan, and only of what is near enough to be taken: whoever may see little never
    /// loses hits to what others may see.
    pub fn nearest(&self, question: &Direction, count: usize, visible: impl Fn(u32) -> bool) -> Vec<(u32, f32)> {
        self.nearest_of(question, count, RESCORED, visible)
    }

    /// [`Flat::nearest`] with another number of vectors than [`RESCORED`] weighed by eight bits, to measure what
    /// that number is worth.
    pub fn nearest_of(
        &self,
        question: &Direction,
        count: usize,
        rescored: usize,
        visible: impl Fn(u32) -> bool,
    ) -> Vec<(u32, f32)> {
        let near = self.by_code(question, rescored.max(count), visible);
        let mut near = self.cosines(question, &near);
        near.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
        near.truncate(count);
        near
    }

    /// The `count` visible vectors whose codes differ least, in the order of numbers; among equals the higher number.
    fn by_code(&self, question: &Direction, count: usize, visible: impl Fn(u32) -> bool) -> Vec<u32> {
        let query = question.planes();
        let guess = self.guess(&query, count, &visible);
        let near = self.within(&query, count, guess, &visible);
        if near.is_full() || guess == scan::FARTHEST {
            return near.numbers();
        }
        // The guess was wrong: it never decides what is found.
        self.within(&query, count, scan::FARTHEST, &visible).numbers()
    }

    /// A distance within which more than `count` visible vectors probably lie, told from a sample. Without it the first
    /// thousands would be taken one by one, only to be dropped for nearer ones.
    fn guess(&self, query: &[Code; 2], count: usize, visible: &impl Fn(u32) -> bool) -> usize {
        let one_in = self.one_in();
        let wanted = (AMPLE * count / one_in).max(LEAST);
        let runs = (0..self.blocks.len() * BLOCK).step_by(one_in * SIDE_BY_SIDE);
        let mut sample = Vec::with_capacity(runs.len() * SIDE_BY_SIDE);
        let (mut distances, mut least) = ([0; SIDE_BY_SIDE], [0]);
        for from in runs {
            let (block, place) = (from / BLOCK, from % BLOCK / EIGHT);
            let eights = &self.codes.block(block)[place..place + SIDE_BY_SIDE / EIGHT];
            scan::distances(query, eights, &mut distances, &mut least);
            sample.extend(distances.into_iter().zip(from as u32..).map(Reverse));
        }
        // The nearest first: of most nobody asks whether they may be seen, which lies anywhere in memory.
        let mut nearest = BinaryHeap::from(sample);
        let mut seen = 0;
        while let Some(Reverse((distance, at))) = nearest.pop() {
            seen += usize::from(self.find(at).is_some() && visible(at));
            if seen > wanted {
                return usize::from(distance);
            }
        }
        scan::FARTHEST
    }

    /// Of so many places one is looked at for a guess: of few vectors among many places no more than of many.
    fn one_in(&self) -> usize {
        (self.blocks.len() * BLOCK / SAMPLE).max(1)
    }

    /// The `count` visible vectors whose codes differ least, as far as they differ by at most `bound`.
    fn within(&self, query: &[Code; 2], count: usize, bound: usize, visible: &impl Fn(u32) -> bool) -> Closest {
        let mut distances = [0u16; BLOCK];
        let mut least = [0u16; BLOCK / scan::GROUP];
        let mut near = Closest::new(count, bound);
        let mut wanted: Vec<(u16, u32)> = Vec::with_capacity(BLOCK);
        for (n, block) in self.blocks.iter().enumerate() {
            scan::distances(query, self.codes.block(n), &mut distances, &mut least);
            wanted.clear();
            for (group, least) in least.iter().enumerate() {
                if !near.wants(*least) {
                    continue;
                }
                let from = group * scan::GROUP;
                let places = (from as u32..).zip(&distances[from..from + scan::GROUP]);
                wanted.extend(places.filter(|(_, d)| near.wants(**d)).map(|(place, d)| (*d, place)));
            }
            // All of a block together: what is asked here lies anywhere, and the memory answers many at once.
            wanted.retain(|(_, place)| block.has(*place as usize) && visible((n * BLOCK) as u32 + place));
            for (distance, place) in &wanted {
                if near.wants(*distance) {
                    near.take(*distance, (n * BLOCK) as u32 + place);
                }
            }
        }
        near
    }

    fn find(&self, at: u32) -> Option<(&Block, usize)> {
        let (block, place) = split(at);
        self.blocks.get(block).filter(|block| block.has(place)).map(|block| (block, place))
    }
}

fn split(at: u32) -> (usize, usize) {
    (at as usize / BLOCK, at as usize % BLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A direction out of a number, the same each time.
    fn direction(seed: u32) -> Vector {
        let mut state = u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % 2_001) as f32 - 1_000.0
        };
        let parts: [f32; DIMENSIONS] = std::array::from_fn(|_| next());
        Vector::of(&parts).expect("a direction")
    }

    fn asked(seed: u32) -> Direction {
        Direction::from(&direction(seed))
    }

    fn world(size: u32) -> Flat {
        let mut flat = Flat::default();
        (1..=size).for_each(|at| flat.set(at, &direction(at)));
        flat
    }

    #[test]
    fn finds_the_nearest_and_only_what_may_be_seen() {
        let flat = world(9_000);
        for at in [1, 4_095, 4_096, 8_192, 9_000] {
            let found = flat.nearest(&asked(at), 10, |_| true);
            assert_eq!((found.len(), found[0].0), (10, at));
            assert!(found[0].1 > 0.999 && found.windows(2).all(|w| w[0].1 >= w[1].1));
        }
        let few = flat.nearest(&asked(5), 100, |at| at % 1_000 == 7);
        assert!(few.len() == 9 && few.iter().all(|(at, _)| at % 1_000 == 7), "all that may be seen: {few:?}");
        assert!(Flat::default().nearest(&asked(5), 10, |_| true).is_empty());
    }

    #[test]
    fn with_everything_rescored_it_is_exact() {
        let flat = world(5_000);
        for seed in [6_001, 6_002] {
            let question = asked(seed);
            let mut all = flat.cosines(&question, &(1..=5_000).collect::<Vec<_>>());
            all.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
            assert_eq!(flat.nearest_of(&question, 10, 5_000, |_| true), all[..10]);
        }
    }

    #[test]
    fn a_wrong_guess_never_decides_what_is_found() {
        let mut flat = world(9_000);
        let question = asked(20_000);
        let query = question.planes();
        let far = flat.guess(&query, RESCORED, &|_| true);
        assert!(far < scan::FARTHEST, "there is something to guess from");
        // Of those that are looked at for the guess so many are what is asked for that the others seem not to be needed.
        let every = flat.one_in() * SIDE_BY_SIDE;
        let is_sampled = |at: u32| at as usize % every < SIDE_BY_SIDE;
        let enough = AMPLE * RESCORED / flat.one_in() + 1;
        assert!((LEAST + 1..RESCORED).contains(&enough));
        (1..=9_000).filter(|at| is_sampled(*at)).take(enough).for_each(|at| flat.set(at, &direction(20_000)));
        let near = flat.guess(&query, RESCORED, &|_| true);
        assert!(near < far, "{near} {far}");
        let found = flat.by_code(&question, RESCORED, |_| true);
        assert_eq!(found, flat.within(&query, RESCORED, scan::FARTHEST, &|_| true).numbers());
        // Of what nobody may see nothing is told.
        assert_eq!(flat.guess(&query, RESCORED, &|at| !is_sampled(at)), scan::FARTHEST);
    }

    #[test]
    fn a_guess_looks_at_no_more_where_few_places_are_taken() {
        let mut flat = Flat::default();
        flat.set(40 * BLOCK as u32 - 1, &direction(1));
        assert!(flat.blocks.len() * BLOCK / flat.one_in() <= 2 * SAMPLE, "one in {}", flat.one_in());
        assert_eq!(flat.nearest(&asked(1), 10, |_| true).len(), 1);
    }

    #[test]
    fn holds_what_it_was_told_last_and_knows_what_it_lacks() {
        let mut flat = world(3);
        flat.set(9_000, &direction(9));
        flat.set(2, &direction(9));
        assert_eq!(flat.len(), 4);
        assert!((flat.likeness(2, 9_000) - 1.0).abs() < 1e-4 && flat.cosines(&asked(2), &[2])[0].1 < 0.5);
        assert_eq!([flat.likeness(0, 2), flat.likeness(2, 77)], [0.0; 2]);
        assert!(flat.cosines(&asked(1), &[77, 1_000_000]).is_empty());
    }

    #[test]
    fn in_a_file_and_out_of_it_again_it_is_the_same() {
        let plain = world(3 * 4_096);
        let full = File::options().read(true).write(true).open("/dev/full").expect("every Linux has it");
        for (file, shelved) in [(tempfile::tempfile().expect("a file"), 4), (full, 0)] {
            let mut flat = Flat::in_file(file);
            // Backwards by blocks, and the first again: what is on the shelf changes there.
            let set = |flat: &mut Flat, from: u32| (from..from + 4_096).for_each(|at| flat.set(at, &direction(at)));
            [8_193, 4_097, 1].into_iter().for_each(|from| set(&mut flat, from));
            flat.set(9_000, &direction(1));
            flat.set(9_000, &direction(9_000));
            let on_shelf = |flat: &Flat| flat.blocks.iter().filter(|b| b.is_on_shelf()).count();
            assert_eq!(on_shelf(&flat), shelved);
            for seed in [5, 9_000, 12_288, 20_000] {
                let question = asked(seed);
                assert_eq!(flat.nearest(&question, 20, |_| true), plain.nearest(&question, 20, |_| true));
            }
            // What can no longer be written comes back into memory, and is all there.
            flat.shelf = None;
            flat.set(9_000, &direction(77));
            assert!(flat.likeness(9_000, 77) > 0.999 && flat.likeness(9_001, 9_001) > 0.999);
            assert_eq!(on_shelf(&flat), shelved.saturating_sub(1));
        }
    }
}
