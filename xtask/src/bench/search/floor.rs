//! What it costs this machine, now, to read so many bytes once: the floor of any scan.
//!
//! It must not know what is scanned. Invariant: the bytes are read, not only asked for.

use std::hint::black_box;
use std::time::Instant;

/// Milliseconds for one pass over `bytes` bytes of memory: the median of several.
pub(super) fn pass_ms(bytes: usize) -> f64 {
    let words = vec![1u64; (bytes / 8).max(1)];
    // Something else in the caches before each pass, as a search has.
    let other = vec![1u64; 4 << 20];
    let mut passes: Vec<f64> = (0..15)
        .map(|_| {
            black_box(other.iter().sum::<u64>());
            let start = Instant::now();
            black_box(black_box(&words).iter().fold(0u64, |sum, word| sum ^ word));
            start.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    passes.sort_by(f64::total_cmp);
    passes[passes.len() / 2]
}
