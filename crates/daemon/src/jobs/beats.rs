//! When each job last moved on: that a thread is there says nothing of whether it does.
//! It must not know what a job does.
//! Invariant: a job that has not begun counts from the start of the process.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The jobs that run for as long as the daemon does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Job {
    /// Reads transcripts.
    Ingest,
    /// Empties the spool.
    Spool,
    /// Looks for transcripts that no hook named.
    Sweep,
    /// Keeps mirrors.
    Mirrors,
}

impl Job {
    pub(crate) const ALL: [Job; 4] = [Job::Ingest, Job::Spool, Job::Sweep, Job::Mirrors];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Job::Ingest => "ingest",
            Job::Spool => "spool",
            Job::Sweep => "sweep",
            Job::Mirrors => "mirrors",
        }
    }
}

/// The last sign of each.
#[derive(Debug)]
pub(crate) struct Beats {
    started: Instant,
    /// Milliseconds since then, by the job's place.
    at: [AtomicU64; 4],
}

impl Default for Beats {
    fn default() -> Self {
        Self { started: Instant::now(), at: Default::default() }
    }
}

impl Beats {
    /// The job has moved on.
    pub(crate) fn beat(&self, job: Job) {
        self.at[job as usize].store(self.now(), Ordering::Relaxed);
    }

    /// How long it has not.
    pub(crate) fn since(&self, job: Job) -> Duration {
        Duration::from_millis(self.now().saturating_sub(self.at[job as usize].load(Ordering::Relaxed)))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_job_has_its_own_beat() {
        let beats = Beats { started: Instant::now() - Duration::from_secs(100), at: Default::default() };
        beats.beat(Job::Spool);
        let silent = Job::ALL.map(|job| beats.since(job) > Duration::from_secs(50));
        assert_eq!(silent, [true, false, true, true]);
    }
}
