//! Threads that look through vectors for a search while its own thread looks through words.
//! It must not know what is looked for (`dense`), nor how it is weighed.
//! Invariant: nobody waits for an errand that nobody has begun: whoever gave it takes it back and does it himself, as he does
//! where it was given back. An errand sees what its giver sees, because he holds the lock on it all the while.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use quipu_embed::Question;

use super::dense::Dense;
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
        let (question, filter) = (question.clone(), filter.clone());
        let errand = Arc::new(Errand { question, filter, state: Mutex::new(State::Waiting), changed: Condvar::new() });
        queue.waiting.push_back(errand.clone());
        drop(queue);
        self.given.notify_one();
        Some(Given(errand))
    }

    /// Does errands until [`Errands::close`]. `look` must not wait for the lock that givers hold: a writer may wait for it,
    /// that waits for the giver, who waits here. It answers none where it would have to.
    pub(super) fn run(&self, look: impl Fn(&Question, &Filter) -> Option<Dense>) {
        lock(&self.queue).threads += 1;
        while let Some(errand) = self.next() {
            errand.run(&look);
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
    fn run(&self, look: &impl Fn(&Question, &Filter) -> Option<Dense>) {
        match &mut *lock(&self.state) {
            state @ State::Waiting => *state = State::Begun,
            _ => return,
        }
        // Where this panics the giver does it again, and meets what was met here where somebody is answered.
        let done = catch_unwind(AssertUnwindSafe(|| look(&self.question, &self.filter))).ok().flatten();
        *lock(&self.state) = done.map_or(State::Back, State::Done);
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

#[cfg(test)]
mod tests {
    use quipu_core::scope::Viewer;

    use super::*;
    use std::sync::mpsc;

    const ALL: Filter = Filter {
        project: None,
        kinds: u32::MAX,
        since: 0,
        until: u32::MAX,
        only_live: true,
        now: quipu_core::id::Millis(0),
        not_session: None,
        among: None,
        viewer: Viewer::PERSON,
        left_out: None,
    };

    fn of(since: u32) -> Filter {
        Filter { since, ..ALL }
    }

    #[test]
    fn what_was_begun_is_waited_for_and_nothing_else() {
        let errands = &Errands::none();
        let question = Arc::new(Question::default());
        assert!(errands.give(&question, &ALL).is_none(), "nobody is there to take it");
        let (begun, begins) = mpsc::channel();
        let (go_on, goes_on) = mpsc::channel::<()>();
        std::thread::scope(|scope| {
            // Ends the thread whatever a test below says.
            struct Close<'a>(&'a Errands);
            impl Drop for Close<'_> {
                fn drop(&mut self) {
                    self.0.close();
                }
            }
            let close = Close(errands);
            let thread = scope.spawn(move || {
                errands.run(|_, filter| {
                    begun.send(filter.since).ok()?;
                    match filter.since {
                        1 => Some(Dense { near: [(7, 0.5)].into_iter().collect(), ..Dense::default() }),
                        2 => None,
                        3 => panic!("as asked"),
                        _ => goes_on.recv().ok().map(|()| Dense::default()),
                    }
                });
            });
            while lock(&errands.queue).threads == 0 {
                std::thread::yield_now();
            }
            for (since, found) in [(1, Some(1)), (2, None), (3, None), (1, Some(1))] {
                let given = errands.give(&question, &of(since)).expect("a thread waits");
                assert_eq!(begins.recv(), Ok(since));
                assert_eq!(given.fetch().map(|dense| dense.near.len()), found, "{since}");
            }
            let first = errands.give(&question, &of(4)).expect("a thread waits");
            assert_eq!(begins.recv(), Ok(4));
            let second = errands.give(&question, &of(1)).expect("it may be done soon");
            assert!(errands.give(&question, &of(1)).is_none(), "it would not");
            assert!(second.fetch().is_none(), "taken back, nobody has begun");
            go_on.send(()).expect("it waits for this");
            assert!(first.fetch().is_some());
            drop(close);
            thread.join().expect("a panic in an errand is not the thread's");
            assert!(begins.try_recv().is_err(), "what was taken back is not done");
            assert!(errands.give(&question, &ALL).is_none(), "closed");
        });
    }
}
