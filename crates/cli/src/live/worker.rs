//! The thread that asks the daemon, so that typing never waits for it.
//! It must not know the screen or what answers are made into.
//! Invariant: of questions that wait only the newest is asked; what may pass is tried again until a newer one comes.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::memory::MemoryView;
use quipu_protocol::wire::search::{MemoriesReply, SearchReply};

use super::filters::Question;
use crate::commands::part;
use crate::connect::Daemon;

/// What is typed within that time is asked for once.
const TOGETHER: Duration = Duration::from_millis(25);
/// A daemon that says nothing for that long is told of, and asked again.
const PATIENCE: Duration = Duration::from_secs(8);
/// The first pause after a failure, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(8));

/// What comes back.
#[derive(Debug)]
pub(super) enum Answer {
    /// To question number `asked`.
    Found { asked: u64, query: String, found: Result<Found, (Fault, Then)> },
    /// A whole memory.
    Whole { id: String, memory: Result<Box<MemoryView>, (Fault, Then)> },
}

/// Results.
#[derive(Debug)]
pub(super) enum Found {
    Search(SearchReply),
    Newest(MemoriesReply),
}

/// What follows on a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// Nothing: it would fail again.
    Stays,
    /// Another try.
    TriesAgain,
}

/// What waits to be asked.
#[derive(Debug, Default)]
struct Waiting {
    question: Option<(u64, Question)>,
    whole: Option<String>,
    has_ended: bool,
}

/// The worker, as the loop sees it.
pub(super) struct Worker {
    desk: Arc<Desk>,
    thread: JoinHandle<()>,
}

#[derive(Default)]
struct Desk {
    waiting: Mutex<Waiting>,
    news: Condvar,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worker {
    /// Starts it; `tell` gets the answers.
    pub(super) fn start(tell: impl Fn(Answer) + Send + 'static) -> Result<Self, Fault> {
        let daemon = Daemon::within(PATIENCE)?;
        let desk = Arc::new(Desk::default());
        let theirs = desk.clone();
        let work = move || work(&theirs, daemon, &tell);
        let thread = std::thread::Builder::new().name("quipu-ask".to_owned()).spawn(work).map_err(|error| {
            Fault::new(FaultKind::Unavailable, "no_thread", format!("no thread can be started: {error}"))
        })?;
        Ok(Self { desk, thread })
    }

    /// Asks this in place of whatever waits.
    pub(super) fn ask(&self, asked: u64, question: Question) {
        self.desk.lock().question = Some((asked, question));
        self.desk.news.notify_one();
    }

    /// Asks for a whole memory in place of another that waits.
    pub(super) fn fetch(&self, id: String) {
        self.desk.lock().whole = Some(id);
        self.desk.news.notify_one();
    }

    /// Ends it: at once, or, where it has the data directory open itself, when that is closed.
    pub(super) fn end(self) {
        self.desk.lock().has_ended = true;
        self.desk.news.notify_one();
        if crate::connect::is_alone() {
            // A panic there was told when it happened.
            let _ = self.thread.join();
        }
    }
}

fn work(desk: &Desk, mut daemon: Daemon, tell: &impl Fn(Answer)) {
    let mut pause = PAUSES.0;
    loop {
        let mut waiting = desk.lock();
        while waiting.question.is_none() && waiting.whole.is_none() && !waiting.has_ended {
            waiting = desk.news.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.question.is_some() && !waiting.has_ended {
            drop(waiting);
            std::thread::sleep(TOGETHER);
            waiting = desk.lock();
        }
        if waiting.has_ended {
            return;
        }
        let (question, whole) = match waiting.question.take() {
            Some(question) => (Some(question), None),
            None => (None, waiting.whole.take()),
        };
        drop(waiting);
        let failed = match (&question, &whole) {
            (Some((asked, question)), _) => {
                let found = find(&mut daemon, question).map_err(judge);
                let failed = matches!(found, Err((_, Then::TriesAgain)));
                let query = match question {
                    Question::Search(request) => request.query.clone(),
                    Question::Newest(_) => String::new(),
                };
                tell(Answer::Found { asked: *asked, query, found });
                failed
            }
            (None, Some(id)) => {
                let memory = daemon.get(&format!("/v1/memories/{}", part(id))).map_err(judge);
                let failed = matches!(memory, Err((_, Then::TriesAgain)));
                tell(Answer::Whole { id: id.clone(), memory });
                failed
            }
            (None, None) => false,
        };
        pause = if failed { (pause * 2).min(PAUSES.1) } else { PAUSES.0 };
        if failed {
            again(desk, question, whole, pause / 2);
        }
    }
}

/// Puts back what failed, where nothing newer has come, and waits until it does, or for `pause`.
fn again(desk: &Desk, question: Option<(u64, Question)>, whole: Option<String>, pause: Duration) {
    let waiting = desk.lock();
    let is_idle = |waiting: &mut Waiting| waiting.question.is_none() && !waiting.has_ended;
    let mut waiting = desk.news.wait_timeout_while(waiting, pause, is_idle).unwrap_or_else(PoisonError::into_inner).0;
    if waiting.question.is_none() {
        waiting.question = question;
    }
    if waiting.whole.is_none() {
        waiting.whole = whole;
    }
}

fn find(daemon: &mut Daemon, question: &Question) -> Result<Found, Fault> {
    match question {
        Question::Search(request) => daemon.ask("/v1/search", request).map(Found::Search),
        Question::Newest(request) => daemon.ask("/v1/timeline", request).map(Found::Newest),
    }
}

fn judge(fault: Fault) -> (Fault, Then) {
    let then = match fault.kind {
        FaultKind::Caller | FaultKind::Conflict | FaultKind::Missing => Then::Stays,
        FaultKind::Busy | FaultKind::Unavailable | FaultKind::Internal => Then::TriesAgain,
    };
    (fault, then)
}
