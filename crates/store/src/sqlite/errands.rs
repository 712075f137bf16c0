//! Threads that look through vectors for a search while its own thread looks through words.
//! It must not know what is looked for (`dense`), nor how it is weighed.
//! Invariant: nobody waits for an errand that nobody has begun: whoever gave it takes it back and does it himself, as he does
//! where it was given back. An errand sees what its giver sees, because he holds the lock on it all the while.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use quipu_embed::Question;

use super::dense::{Dense, Near};
use super::processor::Thread;
use super::visibility::Filter;

/// So long somebody waits awake for what he could help with: about as long as a look among a million vectors takes longer than
/// one through their words. Asleep he is told a tenth of a millisecond late.
const AWAKE: Duration = Duration::from_micros(500);

/// Of an errand that takes longer, the processor has probably something else to do.
const OTHERWISE_BUSY: Duration = Duration::from_millis(2);

/// More searches than this at once are their own threads' work: processors are busy then.
const MOST: usize = 4;

/// How an errand is done; see [`Errands::run`].
pub(super) trait Look: Fn(&Question, &Filter, &dyn Fn(Arc<Near>)) -> Option<Vec<(u32, f32)>> {}
impl<F: Fn(&Question, &Filter, &dyn Fn(Arc<Near>)) -> Option<Vec<(u32, f32)>>> Look for F {}

/// Who is there to do something.
pub(super) struct Errands {
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    workers: Vec<Arc<Worker>>,
    closed: bool,
}

/// A thread that does errands, one at a time.
struct Worker {
    thread: Thread,
    next: Mutex<Next>,
    given: Condvar,
}

enum Next {
    Nothing,
    Do(Arc<Errand>),
    End,
}

struct Errand {
    question: Arc<Question>,
    filter: Filter,
    state: Mutex<State>,
    changed: Condvar,
    /// What was found so far; what remains to be done of it can be shared.
    near: OnceLock<Arc<Near>>,
}

enum State {
    /// Nobody has begun.
    Waiting,
    Begun,
    /// With what its thread says that chunks cover; the giver has the rest.
    Done(Vec<(u32, f32)>),
    /// Not done, and nobody will but the giver.
    Back,
}

/// An errand that was given; dropped, it is taken back.
pub(super) struct Given(Arc<Errand>, Arc<Worker>);

impl Errands {
    pub(super) fn none() -> Self {
        Self { idle: Mutex::default() }
    }

    /// How many threads are worth having: with one processor none.
    pub(super) fn threads() -> usize {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        (processors / 2).min(MOST)
    }

    /// Gives an errand, if there is anybody to begin it at once. The caller holds the lock on what is looked through until
    /// [`Given::fetch`].
    pub(super) fn give(&self, question: &Arc<Question>, filter: &Filter) -> Option<Given> {
        let worker = lock(&self.idle).workers.pop()?;
        let (question, filter) = (question.clone(), filter.clone());
        let errand = Arc::new(Errand::new(question, filter));
        worker.thread.keep_off_this_processor();
        worker.tell(Next::Do(errand.clone()));
        Some(Given(errand, worker))
    }

    /// Does errands until [`Errands::close`]: `look` shows what it has found as soon as it can, and says what of it chunks cover.
    /// It must not wait for the lock that givers hold: a writer may wait for it, that waits for the giver, who waits here. It
    /// answers none where it would have to.
    pub(super) fn run(&self, look: impl Look) {
        let thread = Thread::current();
        let worker = Arc::new(Worker { thread, next: Mutex::new(Next::Nothing), given: Condvar::new() });
        while self.is_idle(&worker) {
            match worker.next() {
                Some(errand) => errand.run(&look),
                None => return,
            }
        }
    }

    /// Whether it may wait for an errand.
    fn is_idle(&self, worker: &Arc<Worker>) -> bool {
        let mut idle = lock(&self.idle);
        if !idle.closed {
            idle.workers.push(worker.clone());
        }
        !idle.closed
    }

    pub(super) fn close(&self) {
        let mut idle = lock(&self.idle);
        idle.closed = true;
        idle.workers.drain(..).for_each(|worker| worker.tell(Next::End));
    }
}

impl Worker {
    fn tell(&self, next: Next) {
        *lock(&self.next) = next;
        self.given.notify_one();
    }

    /// Waits for an errand; none when there will be no more.
    fn next(&self) -> Option<Arc<Errand>> {
        let mut next = lock(&self.next);
        loop {
            match std::mem::replace(&mut *next, Next::Nothing) {
                Next::Nothing => next = self.given.wait(next).unwrap_or_else(PoisonError::into_inner),
                Next::Do(errand) => return Some(errand),
                Next::End => return None,
            }
        }
    }
}

impl Errand {
    fn new(question: Arc<Question>, filter: Filter) -> Self {
        let (state, changed) = (Mutex::new(State::Waiting), Condvar::new());
        Self { question, filter, state, changed, near: OnceLock::new() }
    }

    fn run(&self, look: &impl Look) {
        match &mut *lock(&self.state) {
            state @ State::Waiting => *state = State::Begun,
            _ => return,
        }
        // Where this panics the giver does it again, and meets what was met here where somebody is answered.
        let done = catch_unwind(AssertUnwindSafe(|| {
            look(&self.question, &self.filter, &|near| {
                // Nobody has shown anything before: there is one thread for each errand.
                let _ = self.near.set(near);
            })
        }))
        .ok()
        .flatten();
        *lock(&self.state) = done.map_or(State::Back, State::Done);
        self.changed.notify_one();
    }
}

impl Given {
    /// What was found; none where it was not looked for, and the caller has to. What chunks cover is worked out by `help` too,
    /// which is asked for what nobody has taken.
    pub(super) fn fetch(self, help: impl FnOnce(&Near) -> Vec<(u32, f32)>) -> Option<Dense> {
        let mine = self.shown().map(|near| help(near));
        let rest = self.rest()?;
        let coverages = mine.into_iter().flatten().chain(rest).collect();
        self.0.near.get().map(|near| Dense { near: near.clone(), coverages })
    }

    /// What was found so far. Waits for it awake: whoever sleeps may be woken on the processor of the one that he means to help.
    fn shown(&self) -> Option<&Arc<Near>> {
        let since = Instant::now();
        while self.0.near.get().is_none() && matches!(*lock(&self.0.state), State::Begun) && since.elapsed() < AWAKE {
            std::thread::yield_now();
        }
        self.0.near.get()
    }

    /// What the errand's thread has worked out.
    fn rest(&self) -> Option<Vec<(u32, f32)>> {
        let mut state = lock(&self.0.state);
        loop {
            match std::mem::replace(&mut *state, State::Back) {
                State::Begun => *state = State::Begun,
                State::Done(covered) => return Some(covered),
                State::Waiting | State::Back => return None,
            }
            let (back, waited) =
                self.0.changed.wait_timeout(state, OTHERWISE_BUSY).unwrap_or_else(PoisonError::into_inner);
            if waited.timed_out() {
                // This processor is free meanwhile.
                self.1.thread.let_go();
            }
            state = back;
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

    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;

    use super::*;

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
    fn what_was_taken_back_is_not_done() {
        let errands = Errands::none();
        let thread = Thread::current();
        let worker = Arc::new(Worker { thread, next: Mutex::new(Next::Nothing), given: Condvar::new() });
        let question = Arc::new(Question::default());
        for fetched in [true, false] {
            assert!(errands.is_idle(&worker));
            let given = errands.give(&question, &ALL).expect("it waits");
            match fetched {
                true => assert!(given.fetch(|_| Vec::new()).is_none(), "nobody has begun"),
                false => drop(given),
            }
            let errand = worker.next().expect("it is told all the same");
            let looked = AtomicBool::new(false);
            errand.run(&|_: &Question, _: &Filter, _: &dyn Fn(Arc<Near>)| {
                looked.store(true, Ordering::Relaxed);
                None
            });
            assert!(!looked.into_inner(), "nobody wants it");
        }
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
                errands.run(|_: &Question, filter: &Filter, show: &dyn Fn(Arc<Near>)| {
                    begun.send(filter.since).ok()?;
                    match filter.since {
                        2 => return None,
                        3 => panic!("as asked"),
                        4 => goes_on.recv().ok()?,
                        _ => {}
                    }
                    show(Arc::default());
                    Some(vec![(7, 0.5)])
                });
            });
            let idle = || {
                while lock(&errands.idle).workers.is_empty() {
                    std::thread::yield_now();
                }
            };
            for (since, found) in [(1, Some(1)), (2, None), (3, None), (1, Some(1))] {
                idle();
                let given = errands.give(&question, &of(since)).expect("a thread waits");
                assert_eq!(begins.recv(), Ok(since));
                // What it is helped with comes beside what it has done.
                let help = |_: &Near| vec![(8, 0.25)];
                let fetched = given.fetch(help).map(|dense| dense.coverages.contains_key(&7).into());
                assert_eq!(fetched, found, "{since}");
            }
            idle();
            let first = errands.give(&question, &of(4)).expect("a thread waits");
            assert_eq!(begins.recv(), Ok(4));
            assert!(errands.give(&question, &of(1)).is_none(), "it would have to wait");
            go_on.send(()).expect("it waits for this");
            assert!(first.fetch(|_| Vec::new()).is_some());
            idle();
            drop(close);
            thread.join().expect("a panic in an errand is not the thread's");
            assert!(errands.give(&question, &ALL).is_none(), "closed");
        });
    }
}
