//! Retrieval metrics over one ranked list, their means, and intervals of paired differences.
//!
//! It must not know questions or files. Invariant: a turn that is ranked twice counts once, at its first place.

use std::collections::HashSet;

/// Names of the metrics, in the order of [`Metrics`].
pub(super) const NAMES: [&str; 7] = ["R@1", "R@5", "R@10", "R@20", "hit@10", "nDCG@10", "MRR"];

/// The metrics of one question, in the order of [`NAMES`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Metrics([f64; 7]);

impl Metrics {
    pub(super) fn recall_10(&self) -> f64 {
        self.0[2]
    }
}

/// Scores `ranked` (best first) against the turns that answer the question.
pub(super) fn score(ranked: &[String], evidence: &HashSet<String>) -> Metrics {
    let mut seen = HashSet::new();
    let distinct = ranked.iter().filter(|turn| seen.insert(turn.as_str()));
    let places: Vec<usize> =
        distinct.enumerate().filter(|(_, turn)| evidence.contains(*turn)).map(|(n, _)| n + 1).collect();
    let within = |k: usize| places.iter().filter(|place| **place <= k).count() as f64;
    let recall = |k: usize| within(k) / evidence.len().max(1) as f64;
    let gain = |place: usize| 1.0 / (place as f64 + 1.0).log2();
    let ideal: f64 = (1..=evidence.len().min(10)).map(gain).sum();
    let found: f64 = places.iter().filter(|place| **place <= 10).map(|place| gain(*place)).sum();
    let ndcg = if ideal > 0.0 { found / ideal } else { 0.0 };
    let reciprocal = places.first().map_or(0.0, |place| 1.0 / *place as f64);
    Metrics([recall(1), recall(5), recall(10), recall(20), within(10).min(1.0), ndcg, reciprocal])
}

/// The mean of each metric.
pub(super) fn mean(all: &[Metrics]) -> [f64; 7] {
    std::array::from_fn(|at| all.iter().map(|m| m.0[at]).sum::<f64>() / all.len().max(1) as f64)
}

/// Mean of paired differences with a 95 % bootstrap interval over questions (2 000 resamples, fixed seed).
pub(super) fn interval(differences: &[f64]) -> (f64, f64, f64) {
    let n = differences.len();
    if n == 0 {
        return (0.0, 0.0, 0.0);
    }
    let mut seed = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        // xorshift64* (Vigna 2016): enough for resampling, and the same on every machine.
        seed ^= seed >> 12;
        seed ^= seed << 25;
        seed ^= seed >> 27;
        (seed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize
    };
    let mut means: Vec<f64> =
        (0..2_000).map(|_| (0..n).map(|_| differences[next() % n]).sum::<f64>() / n as f64).collect();
    means.sort_by(f64::total_cmp);
    (differences.iter().sum::<f64>() / n as f64, means[49], means[1_949])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ranked: &[&str], evidence: &[&str], expect: [f64; 7]) {
        let ranked: Vec<String> = ranked.iter().map(|s| (*s).to_owned()).collect();
        let got = score(&ranked, &evidence.iter().map(|s| (*s).to_owned()).collect());
        assert!(got.0.iter().zip(expect).all(|(a, b)| (a - b).abs() < 1e-9), "{got:?} {expect:?}");
    }

    #[test]
    fn lists_are_scored_by_the_first_place_of_each_turn() {
        check(&["a", "b"], &["a"], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
        check(&[], &["a"], [0.0; 7]);
        let second = 1.0 / 3f64.log2();
        check(&["x", "a", "a"], &["a"], [0.0, 1.0, 1.0, 1.0, 1.0, second, 0.5]);
        check(&["a", "x"], &["a", "b"], [0.5, 0.5, 0.5, 0.5, 1.0, 1.0 / (1.0 + second), 1.0]);
    }

    #[test]
    fn an_interval_shows_a_difference_only_where_there_is_one() {
        let (mean, low, high) = interval(&[0.1; 50]);
        assert!((mean - 0.1).abs() < 1e-9 && low > 0.0 && high < 0.2);
        let noise: Vec<f64> = (0..100).map(|n| if n % 2 == 0 { 0.5 } else { -0.5 }).collect();
        let (_, low, high) = interval(&noise);
        assert!(low < 0.0 && high > 0.0);
    }
}
