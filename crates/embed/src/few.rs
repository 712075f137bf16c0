//! The codes of some vectors, apart from all others, to ask which of them may be very near to a direction.
//! It must not know what those vectors have in common.
//! Invariant: what lies within is a guess by one bit a dimension; whoever asks weighs it by eight.

use crate::closest::Closest;
use crate::eight::{self, EIGHT, Eight};
use crate::scan;
use crate::vector::{Code, DIMENSIONS, Direction, Vector};

/// Codes looked through at a time: they and their distances stay in the nearest cache.
const SLICE: usize = 512;

/// Three times the standard deviation of signs that differ at a cosine of .8. Of 4 150 pairs of passages with .80 to .85
/// (lines of comments) all differ in 64 or less, 12 more than by their angle; one in a thousand pairs of others differs in 78
/// or less.
const SPREAD: f32 = 20.0;

/// Codes of some vectors, in the order of their numbers. 36 bytes each.
#[derive(Default)]
pub struct Few {
    codes: Vec<Eight>,
    numbers: Vec<u32>,
}

impl Few {
    /// Sets vector number `at`, in place of one that was set before.
    pub fn set(&mut self, at: u32, vector: &Vector) {
        // Numbers nearly always grow; one that does not is put in between.
        match self.numbers.binary_search(&at) {
            Ok(place) => eight::set(&mut self.codes, place, vector.code()),
            Err(place) => {
                if self.numbers.len().is_multiple_of(EIGHT) {
                    self.codes.push(Eight::default());
                }
                (place..self.numbers.len()).rev().for_each(|from| self.copy(from, from + 1));
                self.numbers.insert(place, at);
                eight::set(&mut self.codes, place, vector.code());
            }
        }
    }

    /// Lets go of vector number `at`.
    pub fn forget(&mut self, at: u32) {
        if let Ok(place) = self.numbers.binary_search(&at) {
            self.numbers.remove(place);
            (place..self.numbers.len()).for_each(|to| self.copy(to + 1, to));
            eight::set(&mut self.codes, self.numbers.len(), Code::default());
            self.codes.truncate(self.numbers.len().div_ceil(EIGHT));
        }
    }

    fn copy(&mut self, from: usize, to: usize) {
        let code = eight::get(&self.codes, from);
        eight::set(&mut self.codes, to, code);
    }

    /// Vectors that were set.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether none was set.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The numbers of those that `visible` lets through and that may have a cosine of `least` or more to `direction`; where
    /// they are more than `count`, of the nearest by their signs.
    pub fn nearest(&self, direction: &Direction, least: f32, count: usize, visible: impl Fn(u32) -> bool) -> Vec<u32> {
        let signs = direction.code();
        // Three times the distance of the signs: how large the direction's own dimensions are is no matter here.
        let query = [signs; 2];
        let mut distances = [0u16; SLICE];
        let mut nearest = [0u16; SLICE / scan::GROUP];
        let mut near = Closest::new(count, farthest(least));
        for (codes, numbers) in self.codes.chunks(SLICE / EIGHT).zip(self.numbers.chunks(SLICE)) {
            let distances = &mut distances[..codes.len() * EIGHT];
            let nearest = &mut nearest[..distances.len().div_ceil(scan::GROUP)];
            scan::distances(&query, codes, distances, nearest);
            let groups = distances.chunks(scan::GROUP).zip(numbers.chunks(scan::GROUP));
            for ((distances, numbers), nearest) in groups.zip(nearest) {
                if !near.wants(*nearest) {
                    continue;
                }
                for (distance, at) in distances.iter().zip(numbers) {
                    if near.wants(*distance) && visible(*at) {
                        near.take(*distance, *at);
                    }
                }
            }
        }
        near.numbers()
    }
}

/// Signs in which two vectors with this cosine differ at most, three times over: as many of all as their angle is of half a
/// turn, were dimensions alike; and [`SPREAD`] more.
fn farthest(cosine: f32) -> usize {
    let share = cosine.clamp(-1.0, 1.0).acos() / std::f32::consts::PI;
    (3.0 * (share * DIMENSIONS as f32 + SPREAD)).min(scan::FARTHEST as f32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Leans from one direction to another, by so much of the other.
    fn leaning(seed: u32, share: f32) -> Vector {
        let part = |seed: u32, d: usize| ((seed as f32 + 1.3) * (d as f32 + 0.7)).sin();
        Vector::of(&std::array::from_fn(|d| part(1, d) + share * part(seed, d))).expect("a direction")
    }

    #[test]
    fn what_is_forgotten_is_gone_and_the_others_stay() {
        let of = |at: u32| leaning(at, 3.0);
        let mut few = Few::default();
        (0..100).for_each(|at| few.set(at, &of(at)));
        let forgotten = |at: u32| at % 3 == 1 || at > 90;
        (0..100).filter(|at| forgotten(*at)).for_each(|at| few.forget(at));
        few.forget(1);
        few.forget(7_000);
        let left: Vec<u32> = (0..100).filter(|at| !forgotten(*at)).collect();
        assert_eq!((&few.numbers, few.len(), few.codes.len()), (&left, left.len(), left.len().div_ceil(EIGHT)));
        for (place, at) in left.iter().enumerate() {
            assert_eq!(eight::get(&few.codes, place), of(*at).code(), "{at}");
        }
        // Nothing of the last ones is left behind the end.
        let room = left.len()..few.codes.len() * EIGHT;
        assert!(room.clone().next().is_some() && room.clone().all(|at| eight::get(&few.codes, at) == Code::default()));
        few.set(7, &of(7));
        assert_eq!(few.nearest(&Direction::from(&of(7)), 0.99, 9, |_| true), [7]);
    }

    #[test]
    fn none_that_is_near_enough_is_missed() {
        let mut few = Few::default();
        let of = |at: u32| leaning(at, (at % 40) as f32 / 20.0);
        // Neither in order nor once each: the newest stands.
        (0..3_000).rev().for_each(|at| few.set(at, &leaning(1, 0.0)));
        (0..3_000).for_each(|at| few.set(at, &of(at)));
        assert_eq!(few.len(), 3_000);
        for (direction, least) in [(leaning(1, 0.0), 0.8), (of(77), 0.9), (of(500), 0.6), (of(500), -1.0)] {
            let near: Vec<u32> = (0..3_000).filter(|at| of(*at).cosine(&direction) >= least).collect();
            let within = few.nearest(&Direction::from(&direction), least, 3_000, |_| true);
            assert!(near.iter().all(|at| within.binary_search(at).is_ok()), "{} of {}", within.len(), near.len());
            assert!(!near.is_empty() && (least < 0.0 || within.len() < 3_000), "{}", within.len());
        }
        let odd = few.nearest(&Direction::from(&of(500)), 0.6, 5, |at| at % 2 == 1);
        assert!(odd.len() == 5 && odd.iter().all(|at| at % 2 == 1), "{odd:?}");
        assert!(
            Few::default().is_empty() && Few::default().nearest(&Direction::from(&of(1)), 0.8, 3, |_| true).is_empty()
        );
    }
}
