//! Eight clients that save small notes as fast as they are acknowledged, while a gate is open.
//!
//! It must not know what else runs. Invariant: while the gate is shut no save is under way.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use quipu_protocol::client::{Client, Request};
use quipu_protocol::new_event_id;
use quipu_protocol::wire::memory::{SaveReply, SaveRequest};

use super::corpus::Corpus;
use crate::bench::chance::Chance;
use crate::bench::figures::Figures;
use crate::bench::scratch::{self, Scratch};
use crate::bench::words::Words;

pub(super) const WRITERS: usize = 8;

/// So that the daemon is as busy as it gets before the first search.
const RUN_UP: Duration = Duration::from_millis(100);

pub(super) struct Writers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    open_for: Duration,
}

struct Shared {
    words: Words,
    state: Mutex<State>,
    changed: Condvar,
    saved: AtomicUsize,
}

#[derive(Default)]
struct State {
    open: bool,
    stop: bool,
    saving: usize,
    took: Figures,
    failed: Option<String>,
}

impl Writers {
    pub(super) fn new(home: &Scratch, words: Words) -> Result<Self, String> {
        let shared =
            Arc::new(Shared { words, state: Mutex::default(), changed: Condvar::new(), saved: AtomicUsize::new(0) });
        let mut threads = Vec::new();
        for n in 0..WRITERS {
            let (shared, client) = (shared.clone(), home.client()?);
            threads.push(std::thread::spawn(move || shared.write(n, client)));
        }
        Ok(Self { shared, threads, open_for: Duration::ZERO })
    }

    /// Runs `work` while they save.
    pub(super) fn during<T>(&mut self, work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        let start = Instant::now();
        self.shared.set(|state| state.open = true);
        std::thread::sleep(RUN_UP);
        let done = work();
        self.shared.set(|state| state.open = false);
        let mut state = self.shared.lock();
        while state.saving > 0 {
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        self.open_for += start.elapsed();
        state.failed.take().map_or(done, Err)
    }

    /// How many were saved, how many each second the gate was open, and how long a save took.
    pub(super) fn figures(&self) -> (usize, f64, Figures) {
        let saved = self.shared.saved.load(Ordering::SeqCst);
        (saved, saved as f64 / self.open_for.as_secs_f64(), self.shared.lock().took.clone())
    }
}

impl Drop for Writers {
    fn drop(&mut self) {
        self.shared.set(|state| state.stop = true);
        for thread in self.threads.drain(..) {
            // A writer that panicked has said so itself.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn write(&self, writer: usize, mut client: Client) {
        let mut chance = Chance::new(writer as u64);
        let mut n = 0;
        while self.begin() {
            n += 1;
            let text = Corpus::note(&self.words, &mut chance, &format!("{writer}-{n}"));
            let request = SaveRequest { text, ..SaveRequest::default() };
            let request = Request::post("/v1/memories", &request).event(new_event_id());
            let start = Instant::now();
            let reply = client.call::<SaveReply>(&request, scratch::patience());
            let took = start.elapsed();
            let failed = match reply {
                Ok(reply) if reply.outcome == "stored" => None,
                Ok(reply) => Some(format!("a note was not stored but {}", reply.outcome)),
                Err(error) => Some(scratch::told(error)),
            };
            self.saved.fetch_add(usize::from(failed.is_none()), Ordering::SeqCst);
            self.set(|state| {
                state.saving -= 1;
                state.took.add(took);
                // Nobody saves on after a failure; the first one is told.
                state.stop |= failed.is_some();
                state.failed = state.failed.take().or(failed);
            });
        }
    }

    /// Waits for the gate; false means stop.
    fn begin(&self) -> bool {
        let mut state = self.lock();
        while !state.open && !state.stop {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.saving += usize::from(!state.stop);
        !state.stop
    }

    fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Figures are whole whoever panicked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
