//! Measured times: collected, then asked for their median and their 99th percentile.
//!
//! It must not know what was measured. Invariant: nothing is averaged and no outlier is dropped.

use std::time::{Duration, Instant};

/// Times in milliseconds, in the order they were taken.
#[derive(Default, Clone)]
pub(super) struct Figures(Vec<f64>);

impl Figures {
    pub(super) fn add(&mut self, took: Duration) {
        self.0.push(took.as_secs_f64() * 1_000.0);
    }

    pub(super) fn add_ms(&mut self, ms: f64) {
        self.0.push(ms);
    }

    /// Takes what another has measured.
    pub(super) fn join(&mut self, other: Figures) {
        self.0.extend(other.0);
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn median(&self) -> f64 {
        self.at(0.5)
    }

    pub(super) fn p99(&self) -> f64 {
        self.at(0.99)
    }

    /// The largest of all; not a number where there are none.
    pub(super) fn max(&self) -> f64 {
        self.at(1.0)
    }

    /// The smallest figure that at least `share` of all do not exceed; not a number where there are none.
    fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let rank = (sorted.len() as f64 * share).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }
}

/// Runs `work`; gives what it gave, and how long it took.
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let value = work();
    (value, start.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_figures_that_were_measured() {
        let mut figures = Figures::default();
        assert!(figures.median().is_nan());
        (1..=200).rev().for_each(|n| figures.add_ms(f64::from(n)));
        assert_eq!((figures.median(), figures.p99(), figures.max()), (100.0, 198.0, 200.0));
        assert_eq!(figures.count(), 200);
    }
}
