//! What the doors count of requests: how many of which operation ended how, and how long they took.
//! It must not know what an operation does, nor how counts are written down (see `metrics`).
//! Invariant: what is kept does not grow with what clients send.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Upper bounds of the buckets, in seconds: a hook has milliseconds, a backup minutes.
pub(super) const BOUNDS: [f64; 12] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// The counts.
#[derive(Debug, Default)]
pub(crate) struct Meters(Mutex<Counts>);

#[derive(Debug, Default)]
pub(super) struct Counts {
    /// By the operation's name.
    pub(super) operations: BTreeMap<&'static str, Row>,
    /// What never got as far as an operation, by the fault's code: our own codes, and so a bounded number.
    pub(super) refused: BTreeMap<String, u64>,
}

/// The counts of one operation.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub(super) by_status: BTreeMap<u16, u64>,
    /// How many took no longer than the bound of the same place, and longer than the one before.
    pub(super) buckets: [u64; BOUNDS.len()],
    pub(super) count: u64,
    /// Of all times, in seconds.
    pub(super) sum: f64,
}

impl Meters {
    /// One request of `operation` is answered.
    pub(super) fn answered(&self, operation: &'static str, status: u16, took: Duration) {
        let seconds = took.as_secs_f64();
        let mut counts = self.lock();
        let row = counts.operations.entry(operation).or_default();
        *row.by_status.entry(status).or_default() += 1;
        row.count += 1;
        row.sum += seconds;
        if let Some(bucket) = BOUNDS.iter().position(|bound| seconds <= *bound) {
            row.buckets[bucket] += 1;
        }
    }

    /// One request was refused at the door.
    pub(super) fn refused(&self, code: &str) {
        let mut counts = self.lock();
        match counts.refused.get_mut(code) {
            Some(count) => *count += 1,
            None => {
                counts.refused.insert(code.to_owned(), 1);
            }
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
