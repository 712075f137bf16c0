//! The closest of many by their codes, gathered in one pass: the more were found, the nearer a next one must be.
//! It must not know what a number stands for.
//! Invariant: of those that were offered none that belongs to the closest is missing.

use std::cmp::Reverse;

use crate::scan;

/// At least the `count` closest of what is offered, within a bound.
pub(crate) struct Closest {
    count: usize,
    /// The distance beyond which nothing is taken any more.
    bound: usize,
    /// How many were taken at each distance up to `bound`, and in all.
    taken: [usize; scan::FARTHEST + 1],
    total: usize,
    near: Vec<(u16, u32)>,
}

impl Closest {
    pub(crate) fn new(count: usize, bound: usize) -> Self {
        Self { count, bound, taken: [0; scan::FARTHEST + 1], total: 0, near: Vec::with_capacity(4 * count) }
    }

    /// Whether something at this distance may be among them.
    pub(crate) fn wants(&self, distance: u16) -> bool {
        usize::from(distance) <= self.bound
    }

    /// Takes number `at`, whose distance is wanted.
    pub(crate) fn take(&mut self, distance: u16, at: u32) {
        self.near.push((distance, at));
        self.taken[usize::from(distance)] += 1;
        self.total += 1;
        while self.bound > 0 && self.total - self.taken[self.bound] >= self.count {
            self.total -= self.taken[self.bound];
            self.bound -= 1;
        }
    }

    /// Whether there are as many as were asked for.
    pub(crate) fn is_full(&self) -> bool {
        self.total >= self.count
    }

    /// The closest, at most `count`, among equals the higher numbers; in the order of numbers, which is that of memory:
    /// what comes next reads all of them.
    pub(crate) fn numbers(mut self) -> Vec<u32> {
        let bound = self.bound;
        self.near.retain(|(distance, _)| usize::from(*distance) <= bound);
        if self.near.len() > self.count {
            self.near.select_nth_unstable_by_key(self.count, |(distance, at)| (*distance, Reverse(*at)));
            self.near.truncate(self.count);
        }
        let mut numbers: Vec<u32> = self.near.into_iter().map(|(_, at)| at).collect();
        numbers.sort_unstable();
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_of_the_closest_is_missing() {
        let offered: Vec<(u16, u32)> =
            (0..5_000u32).map(|at| ((at.wrapping_mul(2_654_435_761) >> 23) as u16, at)).collect();
        for (count, bound) in [(1, 768), (10, 768), (400, 768), (400, 20), (10, 0), (9_000, 768), (9_000, 100)] {
            let mut closest = Closest::new(count, bound);
            for (distance, at) in &offered {
                if closest.wants(*distance) {
                    closest.take(*distance, *at);
                }
            }
            let mut expect: Vec<_> = offered.iter().filter(|(d, _)| usize::from(*d) <= bound).copied().collect();
            assert_eq!(closest.is_full(), expect.len() >= count);
            expect.sort_unstable_by_key(|(distance, at)| (*distance, Reverse(*at)));
            let mut expect: Vec<u32> = expect.into_iter().take(count).map(|(_, at)| at).collect();
            expect.sort_unstable();
            assert_eq!(closest.numbers(), expect, "{count} within {bound}");
        }
    }
}
