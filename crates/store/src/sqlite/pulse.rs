//! When the writer last did something: progress is told by this, not by a thread's being there.
//! It must not know what is written.
//! Invariant: asking costs nobody a lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The writer's beats, in milliseconds since the store was opened; 0 where there was none.
#[derive(Debug)]
pub(super) struct Pulse {
    opened: Instant,
    beat: AtomicU64,
    commit: AtomicU64,
}

impl Default for Pulse {
    fn default() -> Self {
        Self { opened: Instant::now(), beat: AtomicU64::new(0), commit: AtomicU64::new(0) }
    }
}

impl Pulse {
    /// The writer has finished something, or found nothing to do.
    pub(super) fn beat(&self) {
        self.beat.store(self.now(), Ordering::Relaxed);
    }

    /// A commit is on disk.
    pub(super) fn commit(&self) {
        self.commit.store(self.now(), Ordering::Relaxed);
    }

    /// Time since the writer finished anything, at most since the store was opened.
    pub(super) fn since_beat(&self) -> Duration {
        self.since(&self.beat).unwrap_or_else(|| self.opened.elapsed())
    }

    /// Time since the last commit; none before the first.
    pub(super) fn since_commit(&self) -> Option<Duration> {
        self.since(&self.commit)
    }

    fn since(&self, of: &AtomicU64) -> Option<Duration> {
        let at = of.load(Ordering::Relaxed);
        (at > 0).then(|| Duration::from_millis(self.now().saturating_sub(at)))
    }

    fn now(&self) -> u64 {
        // One more than passed: 0 stands for never.
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_is_told_from_just_now() {
        let pulse = Pulse::default();
        assert_eq!(pulse.since_commit(), None);
        pulse.commit();
        pulse.beat();
        assert!(pulse.since_commit().is_some_and(|since| since < Duration::from_secs(60)));
        assert!(pulse.since_beat() < Duration::from_secs(60));
    }
}
