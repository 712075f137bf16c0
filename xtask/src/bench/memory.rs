//! The daemon's anonymous memory over time, as it says itself.
//!
//! It must not know what the daemon is doing. Invariant: asking costs the daemon a request a look, and nothing while
//! it is not watched.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::bench::scratch::{self, Scratch};

/// Between two looks, where nothing else is said.
const LOOK: Duration = Duration::from_millis(250);

/// What was seen.
pub(super) struct Seen {
    pub(super) most: u64,
    /// In even steps over the time, in bytes.
    pub(super) course: Vec<u64>,
}

/// Watches while `work` runs.
pub(super) fn watch<T>(home: &Scratch, work: impl FnOnce() -> T) -> (T, Seen) {
    watch_every(LOOK, home, work)
}

/// Watches while `work` runs, with a look every so often.
pub(super) fn watch_every<T>(pause: Duration, home: &Scratch, work: impl FnOnce() -> T) -> (T, Seen) {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut seen = Vec::new();
            while !over.load(Ordering::SeqCst) {
                seen.extend(now(home));
                std::thread::sleep(pause);
            }
            seen
        });
        let done = work();
        over.store(true, Ordering::SeqCst);
        let all = watcher.join().unwrap_or_default();
        let seen = Seen { most: all.iter().copied().max().unwrap_or(0), course: thinned(&all) };
        (done, seen)
    })
}

/// The figure now; none where the system does not tell or the daemon is not up yet.
pub(super) fn now(home: &Scratch) -> Option<u64> {
    let mut client = home.client().ok()?;
    scratch::health(&mut client).ok()?.anonymous_bytes
}

/// What files back of its resident memory: most vectors, the text index, the program.
pub(super) fn mapped(home: &Scratch) -> Option<u64> {
    let mut client = home.client().ok()?;
    scratch::health(&mut client).ok()?.mapped_bytes
}

/// About ten of them.
fn thinned(all: &[u64]) -> Vec<u64> {
    all.iter().copied().step_by(all.len().div_ceil(10).max(1)).collect()
}
