//! Near-repeats make way: maximal marginal relevance (Carbonell and Goldstein, 1998), from a likeness on.
//! It must not know what makes two hits alike.
//! Invariant: the first hit stays first; nothing is lost but places, and what falls beyond the limit.

use super::weights::{REPEAT, REPEAT_LOSS};

/// The places of at most `limit` of `scores`, best first, each judged against those chosen before it.
///
/// `likeness` tells how alike two places are, as a cosine.
pub fn without_repeats(scores: &[f32], limit: usize, likeness: impl Fn(usize, usize) -> f32) -> Vec<usize> {
    let mut left: Vec<usize> = (0..scores.len()).collect();
    let mut loss = vec![0.0f32; scores.len()];
    let mut chosen = Vec::with_capacity(limit.min(scores.len()));
    while chosen.len() < limit && !left.is_empty() {
        let value = |place: usize| scores[place] * (1.0 - loss[place]);
        let at = (0..left.len()).fold(0, |best, at| if value(left[at]) > value(left[best]) { at } else { best });
        let next = left.remove(at);
        for &other in &left {
            let repeats = ((likeness(next, other) - REPEAT) / (1.0 - REPEAT)).clamp(0.0, 1.0);
            loss[other] = loss[other].max(REPEAT_LOSS * repeats);
        }
        chosen.push(next);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeat_goes_behind_what_is_new() {
        // 0 and 1 say the same; 2 is another matter and nearly as good.
        let alike = |a: usize, b: usize| if (a, b) == (0, 1) || (a, b) == (1, 0) { 1.0 } else { 0.3 };
        assert_eq!(without_repeats(&[1.0, 0.9, 0.7, 0.1], 4, alike), [0, 2, 1, 3]);
        assert_eq!(without_repeats(&[1.0, 0.9, 0.7, 0.1], 2, alike), [0, 2]);
        assert_eq!(without_repeats(&[1.0, 0.9], 9, |_, _| 0.5), [0, 1]);
        assert!(without_repeats(&[], 3, |_, _| 1.0).is_empty());
    }
}
