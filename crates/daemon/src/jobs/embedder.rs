//! The one embedder: a thread that has the model, and those who wait for its vectors.
//! It must not know who asks, nor which model it is.
//! Invariant: the model is in one thread at most, from the first request until nobody has asked for a while; a caller
//! is answered by its deadline, whatever the model does.

mod bundled;
mod queue;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use quipu_protocol::wire::embed::{EmbedKind, EmbedderView, Priority};

pub(crate) use bundled::bundled;
pub(crate) use queue::Vectors;
use queue::{Queue, Slice};

/// The thread ends, and gives back what the model holds, when nobody has asked for so long.
const IDLE: Duration = Duration::from_secs(120);

/// A text as a model gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text<'a> {
    pub(crate) text: &'a str,
    pub(crate) kind: EmbedKind,
}

/// A loaded model. It stays in the thread that loaded it.
pub(crate) trait Model {
    /// One direction a text, of length 1; none for a text that says nothing. Several at once, for models that are quicker
    /// that way.
    fn embed(&mut self, texts: &[Text<'_>]) -> Vectors;
}

/// How to come by a model.
pub(crate) struct Source {
    /// Name and revision.
    pub(crate) model: &'static str,
    /// Numbers in a vector.
    pub(crate) dimensions: usize,
    /// Loads it; the error is for people.
    pub(crate) load: fn() -> Result<Box<dyn Model>, String>,
}

/// Why there are no vectors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// Too many wait already.
    #[error("{0} requests of this priority wait for the embedder already")]
    Full(usize),
    /// The time is over; nobody is at it any more.
    #[error("the embedder did not come to all of the texts in time")]
    TimedOut,
    /// The daemon is about to end.
    #[error("the daemon is stopping")]
    Draining,
    /// The model could not be loaded, or failed over these texts.
    #[error("the embedder failed: {0}")]
    Failed(String),
}

/// The queue, the thread, and what is told of them.
pub(crate) struct Embedder {
    source: Source,
    idle: Duration,
    state: Mutex<State>,
    /// There is something to do, or to end for.
    work: Condvar,
    /// Somebody's vectors are there.
    answers: Condvar,
}

#[derive(Default)]
struct State {
    queue: Queue,
    thread: Option<JoinHandle<()>>,
    /// Whether the thread takes slices; it may be ending otherwise.
    runs: bool,
    stage: Stage,
    told: EmbedderView,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Stage {
    #[default]
    Open,
    /// Nothing new is taken, and what nobody waits for is dropped.
    Draining,
    /// Nothing is worked on any more.
    Closed,
}

impl Embedder {
    /// One that has loaded nothing yet.
    pub(crate) fn new(source: Source) -> Self {
        Self::with_idle(source, IDLE)
    }

    fn with_idle(source: Source, idle: Duration) -> Self {
        let (work, answers) = Default::default();
        Self { source, idle, state: Mutex::default(), work, answers }
    }

    /// Name and revision of the model.
    pub(crate) fn model(&self) -> &'static str {
        self.source.model
    }

    /// Numbers in a vector.
    pub(crate) fn dimensions(&self) -> usize {
        self.source.dimensions
    }

    /// The vectors of `texts`, waited for until `deadline`.
    pub(crate) fn embed(
        self: &Arc<Self>,
        texts: Vec<String>,
        kind: EmbedKind,
        priority: Priority,
        deadline: Instant,
    ) -> Result<Vectors, Refused> {
        let mut state = self.lock();
        if state.stage > Stage::Open {
            return Err(Refused::Draining);
        }
        let id = state.queue.admit(texts, kind, priority, deadline).inspect_err(|_| state.told.refused += 1)?;
        if let Err(refused) = self.wake(&mut state) {
            state.queue.leave(id);
            return Err(refused);
        }
        loop {
            if let Some(outcome) = state.queue.outcome(id) {
                state.told.answered += u64::from(outcome.is_ok());
                return outcome;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.queue.leave(id);
                state.told.timed_out += 1;
                return Err(Refused::TimedOut);
            }
            state = self.answers.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// How it is.
    pub(crate) fn view(&self) -> EmbedderView {
        let state = self.lock();
        EmbedderView {
            model: self.source.model.to_owned(),
            interactive: state.queue.waiting(Priority::Interactive),
            bulk: state.queue.waiting(Priority::Bulk),
            ..state.told.clone()
        }
    }

    /// Takes nothing new; what somebody waits for is finished, the rest is told to come again.
    pub(crate) fn drain(&self) {
        let mut state = self.lock();
        state.stage = state.stage.max(Stage::Draining);
        state.queue.fail(Priority::Bulk, &Refused::Draining);
        drop(state);
        self.answers.notify_all();
    }

    /// Ends the thread after the slice it is at, and tells everybody so.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.stage = Stage::Closed;
        for priority in [Priority::Interactive, Priority::Bulk] {
            state.queue.fail(priority, &Refused::Draining);
        }
        let thread = state.thread.take();
        drop(state);
        self.work.notify_all();
        self.answers.notify_all();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the embedder's thread panicked");
        }
    }

    /// Wakes the thread, or starts one.
    fn wake(self: &Arc<Self>, state: &mut State) -> Result<(), Refused> {
        if state.runs {
            self.work.notify_one();
            return Ok(());
        }
        let this = self.clone();
        let thread = std::thread::Builder::new().name("quipu-embedder".to_owned()).spawn(move || this.run());
        // The one before has left already: nothing of it is waited for.
        state.thread = Some(thread.map_err(|error| Refused::Failed(error.to_string()))?);
        state.runs = true;
        Ok(())
    }

    fn run(&self) {
        let mut model = None;
        while let Some(slice) = self.next(&mut model) {
            let outcome = self.at(&mut model, &slice);
            let mut state = self.lock();
            state.told.loaded = model.is_some();
            match outcome {
                Ok(vectors) => {
                    state.told.texts += slice.len() as u64;
                    state.queue.put(&slice, vectors);
                }
                Err(refused) => state.queue.fail_slice(&slice, &refused),
            }
            drop(state);
            self.answers.notify_all();
        }
    }

    /// Waits for a slice; none when the thread is to end, and then the model is gone.
    fn next(&self, model: &mut Option<Box<dyn Model>>) -> Option<Slice> {
        let (mut state, from) = (self.lock(), Instant::now());
        loop {
            if state.stage < Stage::Closed
                && let Some(slice) = state.queue.slice(Instant::now())
            {
                return Some(slice);
            }
            let left = self.idle.saturating_sub(from.elapsed());
            if state.stage == Stage::Closed || left.is_zero() {
                // Under the lock, so that there are never two.
                *model = None;
                (state.runs, state.told.loaded) = (false, false);
                return None;
            }
            state = self.work.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The vectors of a slice. A model that panics is given up; the next slice loads it anew.
    fn at(&self, model: &mut Option<Box<dyn Model>>, slice: &Slice) -> Result<Vectors, Refused> {
        let texts: Vec<Text<'_>> = slice.texts().collect();
        let made = catch_unwind(AssertUnwindSafe(|| {
            let loaded = match model {
                Some(model) => model,
                None => model.insert((self.source.load)()?),
            };
            Ok(loaded.embed(&texts))
        }));
        let made = made.unwrap_or_else(|_| Err("it panicked over these texts".to_owned()));
        let made = made.and_then(|vectors| match vectors.len() == texts.len() {
            true => Ok(vectors),
            false => Err(format!("{} vectors for {} texts", vectors.len(), texts.len())),
        });
        made.map_err(|reason| {
            *model = None;
            tracing::error!(model = self.source.model, reason, "the embedder failed");
            Refused::Failed(reason)
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
