//! Bounded queues in front of the writer: interactive first, bulk in single slices behind it, and what nobody waits for
//! beside them.
//! It must not know what is queued.
//! Invariant: a full interactive queue refuses, a full bulk queue makes its caller wait, what does not fit aside is dropped;
//! none grows without bound, and what stands aside wakes nobody.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Job;
use crate::error::StoreError;
use crate::write::Lane;

/// Interactive writes that may wait.
const INTERACTIVE: usize = 4_096;
/// Writes aside that may wait.
const ASIDE: usize = 1_024;
/// So many of them go with one transaction: somebody waits for the others in it.
const ASIDE_GROUP: usize = 64;
/// Bulk slices that may wait.
const BULK: usize = 4;
/// So many transactions of interactive writes may go before a bulk slice.
const PATIENCE: usize = 8;
/// Interactive writes in one transaction.
const GROUP: usize = 512;

pub(in crate::sqlite) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    interactive: VecDeque<Job>,
    bulk: VecDeque<Job>,
    aside: VecDeque<Job>,
    /// Transactions since the last bulk slice.
    passed_over: usize,
    closed: bool,
}

impl State {
    /// The oldest of what stands aside.
    fn aside(&mut self) -> Vec<Job> {
        let take = self.aside.len().min(ASIDE_GROUP);
        self.aside.drain(..take).collect()
    }
}

pub(in crate::sqlite) enum Next {
    Jobs(Vec<Job>),
    Idle,
    Closed,
}

impl Queue {
    pub(in crate::sqlite) fn new() -> Self {
        Self { state: Mutex::new(State::default()), changed: Condvar::new() }
    }

    /// Queues `job`, or answers it with why it cannot be queued.
    pub(in crate::sqlite) fn push(&self, job: Job) {
        let mut state = self.lock();
        while job.lane == Lane::Bulk && state.bulk.len() >= BULK && !state.closed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let refusal = if state.closed {
            Some(StoreError::Closed)
        } else if job.lane == Lane::Interactive && state.interactive.len() >= INTERACTIVE
            || job.lane == Lane::Aside && state.aside.len() >= ASIDE
        {
            Some(StoreError::Busy)
        } else {
            None
        };
        if let Some(refusal) = refusal {
            drop(state);
            return (job.reply)(Err(refusal));
        }
        match job.lane {
            Lane::Interactive => state.interactive.push_back(job),
            Lane::Bulk => state.bulk.push_back(job),
            Lane::Aside => return state.aside.push_back(job),
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Everything interactive that waits, and one bulk slice with it; before them what stands aside, which goes alone only
    /// where nothing came for so long.
    pub(in crate::sqlite) fn next(&self, idle: Duration) -> Next {
        let mut state = self.lock();
        loop {
            let take = state.interactive.len().min(GROUP);
            let mut jobs: Vec<Job> = state.interactive.drain(..take).collect();
            // A slice joins a waiting person's write only when it has been passed over often enough.
            state.passed_over = if jobs.is_empty() { PATIENCE } else { state.passed_over + 1 };
            if state.passed_over >= PATIENCE {
                state.passed_over = 0;
                jobs.extend(state.bulk.pop_front());
            }
            if !jobs.is_empty() {
                let mut all = state.aside();
                drop(state);
                self.changed.notify_all();
                all.append(&mut jobs);
                return Next::Jobs(all);
            }
            if state.closed {
                let last = state.aside();
                return if last.is_empty() { Next::Closed } else { Next::Jobs(last) };
            }
            let (back, waited) = self.changed.wait_timeout(state, idle).unwrap_or_else(PoisonError::into_inner);
            state = back;
            if waited.timed_out() && state.interactive.is_empty() && state.bulk.is_empty() && !state.closed {
                let left = state.aside();
                return if left.is_empty() { Next::Idle } else { Next::Jobs(left) };
            }
        }
    }

    /// Jobs that wait: interactive ones, and bulk slices.
    pub(in crate::sqlite) fn depths(&self) -> (u64, u64) {
        let state = self.lock();
        (state.interactive.len() as u64, state.bulk.len() as u64)
    }

    /// No more is taken; what is queued is still served.
    pub(in crate::sqlite) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// The writer is gone: what waits is dropped with its replies, for nobody will ever serve it.
    pub(in crate::sqlite) fn abandon(&self) {
        let mut state = self.lock();
        let State { interactive, bulk, aside, .. } = std::mem::take(&mut *state);
        state.closed = true;
        let left = (interactive, bulk, aside);
        drop(state);
        self.changed.notify_all();
        drop(left);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
