//! Near-repeats make way: maximal marginal relevance (Carbonell and Goldstein, 1998), from a likeness on.
//! It must not know what makes two hits alike.
//! Invariant: the first hit stays first; nothing is lost but places, and what falls beyond the limit.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::weights::{REPEAT, REPEAT_LOSS};

/// The places of at most `limit` of `scores`, best first, each judged against those chosen before it, with what is left
/// of its score.
///
/// `likeness` tells how alike two places are, as a cosine.
pub fn without_repeats(scores: &[f32], limit: usize, likeness: impl Fn(usize, usize) -> f32) -> Vec<(usize, f32)> {
    // A loss only grows, so a value that was worked out earlier is a bound: most places are never looked at again.
    let mut heap: BinaryHeap<Standing> =
        scores.iter().enumerate().map(|(place, score)| Standing { value: *score, place, seen: 0, loss: 0.0 }).collect();
    let mut chosen: Vec<(usize, f32)> = Vec::with_capacity(limit.min(scores.len()));
    while let Some(mut next) = heap.pop().filter(|_| chosen.len() < limit) {
        if next.seen == chosen.len() {
            chosen.push((next.place, next.value));
            continue;
        }
        for &(better, _) in &chosen[next.seen..] {
            let repeats = ((likeness(better, next.place) - REPEAT) / (1.0 - REPEAT)).clamp(0.0, 1.0);
            next.loss = next.loss.max(REPEAT_LOSS * repeats);
        }
        next.seen = chosen.len();
        next.value = scores[next.place] * (1.0 - next.loss);
        heap.push(next);
    }
    chosen
}

/// A place with what it is worth beside the first `seen` that were chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Standing {
    value: f32,
    place: usize,
    seen: usize,
    loss: f32,
}

impl Eq for Standing {}
impl Ord for Standing {
    /// Among equals the earlier place.
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.total_cmp(&other.value).then(other.place.cmp(&self.place))
    }
}
impl PartialOrd for Standing {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeat_goes_behind_what_is_new() {
        // 0 and 1 say the same; 2 is another matter and nearly as good.
        let alike = |a: usize, b: usize| if (a, b) == (0, 1) || (a, b) == (1, 0) { 1.0 } else { 0.3 };
        let places = |scores: &[f32], limit| {
            let chosen = without_repeats(scores, limit, alike);
            assert!(chosen.windows(2).all(|w| w[0].1 >= w[1].1), "{chosen:?}");
            chosen.into_iter().map(|(place, _)| place).collect::<Vec<_>>()
        };
        assert_eq!(places(&[1.0, 0.9, 0.7, 0.1], 4), [0, 2, 1, 3]);
        assert_eq!(places(&[1.0, 0.9, 0.7, 0.1], 2), [0, 2]);
        assert_eq!(places(&[1.0, 0.4, 0.7], 9), [0, 2, 1]);
        assert!(places(&[], 3).is_empty());
    }
}
