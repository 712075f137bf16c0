//! Threads that look through vectors for a search while its own thread looks through words.
//! It must not know what is looked for (`dense`), nor how it is weighed.
//! Invariant: nobody waits for an errand that nobody has begun: whoever gave it takes it back and does it himself, as he does
//! where it was given back. An errand sees what its giver sees, because he holds the lock on it all the while.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};

use quipu_embed::Question;

use super::dense::{Dense, dense};
use super::indexer::Live;
use super::visibility::Filter;

/// More searches than this at once are their own threads' work: processors are busy then.
const MOST: usize = 4;

/// What is to be done, and for whom.
pub(super) struct Errands {
    queue: Mutex<Queue>,
    given: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Arc<Errand>>,
    /// Threads that are there to take one.
    threads: usize,
    closed: bool,
}

struct Errand {
    question: Arc<Question>,
    filter: Filter,
    state: Mutex<State>,
    changed: Condvar,
}

enum State {
    /// Nobody has begun.
    Waiting,
    Begun,
    Done(Dense),
    /// Not done, and nobody will but the giver.
    Back,
}

/// An errand that was given; dropped, it is taken back.
pub(super) struct Given(Arc<Errand>);

impl Errands {
    pub(super) fn none() -> Self {
        Self { queue: Mutex::default(), given: Condvar::new() }
    }

    /// How many threads are worth having: with one processor none.
    pub(super) fn threads() -> usize {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        (processors / 2).min(MOST)
    }

    /// Gives an errand, if there is anybody to take it at once. The caller holds the lock on what is looked through until
    /// [`Given::fetch`].
    pub(super) fn give(&self, question: &Arc<Question>, filter: &Filter) -> Option<Given> {
        let mut queue = lock(&self.queue);
        if queue.closed || queue.waiting.len() >= queue.threads {
            return None;
        }
        let (question, filter) = (question.clone(), *filter);
        let errand = Arc::new(Errand { question, filter, state: Mutex::new(State::Waiting), changed: Condvar::new() });
        queue.waiting.push_back(errand.clone());
        drop(queue);
        self.given.notify_one();
        Some(Given(errand))
    }

    /// Does errands until [`Errands::close`].
    pub(super) fn run(&self, live: &RwLock<Live>) {
        lock(&self.queue).threads += 1;
        while let Some(errand) = self.next() {
            errand.run(live);
        }
    }

    pub(super) fn close(&self) {
        lock(&self.queue).closed = true;
        self.given.notify_all();
    }

    fn next(&self) -> Option<Arc<Errand>> {
        let mut queue = lock(&self.queue);
        loop {
            if queue.closed {
                return None;
            }
            if let Some(errand) = queue.waiting.pop_front() {
                return Some(errand);
            }
            queue = self.given.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Errand {
    fn run(&self, live: &RwLock<Live>) {
        match &mut *lock(&self.state) {
            state @ State::Waiting => *state = State::Begun,
            _ => return,
        }
        // Only tried: a writer may wait for the lock, and it waits for the giver, who waits here.
        let done = match live.try_read() {
            Ok(live) => {
                let look = || dense(&live.vectors, &live.slots, &self.question, &self.filter);
                // The giver does it again and meets what was met here, where somebody is to be answered.
                catch_unwind(AssertUnwindSafe(look)).map_or(State::Back, State::Done)
            }
            Err(TryLockError::Poisoned(_) | TryLockError::WouldBlock) => State::Back,
        };
        *lock(&self.state) = done;
        self.changed.notify_one();
    }
}

impl Given {
    /// What was found; none where it was not looked for, and the caller has to.
    pub(super) fn fetch(self) -> Option<Dense> {
        let mut state = lock(&self.0.state);
        loop {
            match std::mem::replace(&mut *state, State::Back) {
                State::Begun => *state = State::Begun,
                State::Done(found) => return Some(found),
                State::Waiting | State::Back => return None,
            }
            state = self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        if matches!(*state, State::Waiting) {
            *state = State::Back;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each of them is whole after every line that holds it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
