//! Reads transcripts into memory, one after the other, on one thread.
//! It must not know a transcript's format (see `agents`) nor doors.
//! Invariant: an offset moves only in the commit that stored what lies before it.

mod identity;
mod read;
mod under_way;
mod usage;

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use quipu_agents::claude_code::transcript::{is_transcript, subagents_of};
use quipu_core::id::Millis;
use quipu_protocol::wire::daemon::IngestProgress;
use quipu_store::Engine;
use quipu_store::write::{Lane, Write};

use crate::settings::Settings;

use super::beats::{Beats, Job};

/// What is known about the end of a transcript when it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hint {
    /// The agent may be in the middle of a message.
    Growing,
    /// The agent has stopped.
    Settled,
    /// The session is over.
    Over,
}

/// The reader's queue and its state.
pub(crate) struct Ingest {
    engine: Arc<dyn Engine>,
    settings: Arc<Settings>,
    clock: fn() -> Millis,
    state: Mutex<State>,
    changed: Condvar,
    /// Of all jobs: this one is made first.
    beats: Beats,
}

#[derive(Default)]
struct State {
    /// In the order of asking; a path stands here once.
    waiting: VecDeque<PathBuf>,
    hints: HashMap<PathBuf, Hint>,
    /// Transcripts to look at again: they are written with a lag behind the hook that named them.
    later: Vec<(Instant, PathBuf, Hint)>,
    /// Directories whose transcripts the sweep knows of.
    roots: std::collections::HashSet<PathBuf>,
    progress: IngestProgress,
    stopped: bool,
}

/// A transcript is written with a lag: after the end of a turn it is looked at again.
const LAG: Duration = Duration::from_millis(1_500);
/// Failures that `status` still shows.
const FAILURES: usize = 20;

impl Ingest {
    pub(crate) fn new(engine: Arc<dyn Engine>, settings: Arc<Settings>, clock: fn() -> Millis) -> Self {
        Self {
            engine,
            settings,
            clock,
            state: Mutex::new(State::default()),
            changed: Condvar::new(),
            beats: Beats::default(),
        }
    }

    /// Asks for a transcript that is probably finished.
    pub(crate) fn request(&self, path: PathBuf) {
        self.enqueue(path, Hint::Settled);
    }

    /// Asks for a transcript that a hook has named; the sweep will look into its folder from now on.
    pub(crate) fn named_by_hook(&self, path: PathBuf, hint: Hint) {
        let root = path.parent().map(Path::to_owned);
        if let Some(root) = root.filter(|r| r.is_absolute() && self.lock().roots.insert(r.clone())) {
            let reply = Box::new(|_| {});
            self.engine.submit(None, Write::AddRoot(root), Lane::Interactive, (self.clock)(), reply);
        }
        if hint >= Hint::Settled {
            self.lock().later.push((Instant::now() + LAG, path.clone(), hint));
        }
        self.enqueue(path, hint);
    }

    /// Asks for the transcript of a subagent that has stopped. Its folder is that of a session the sweep knows.
    pub(crate) fn named_subagent(&self, path: PathBuf) {
        self.lock().later.push((Instant::now() + LAG, path.clone(), Hint::Settled));
        self.enqueue(path, Hint::Settled);
    }

    fn enqueue(&self, path: PathBuf, hint: Hint) {
        let mut state = self.lock();
        let known = state.hints.get(&path).copied();
        if known.is_none() {
            state.waiting.push_back(path.clone());
        }
        state.hints.insert(path, known.unwrap_or(hint).max(hint));
        drop(state);
        self.changed.notify_all();
    }

    pub(crate) fn is_busy(&self) -> bool {
        let state = self.lock();
        !state.waiting.is_empty() || !state.later.is_empty() || state.progress.current.is_some()
    }

    pub(crate) fn progress(&self) -> IngestProgress {
        let state = self.lock();
        IngestProgress { waiting: state.waiting.len() as u64, ..state.progress.clone() }
    }

    /// Waits at most so long until all that was asked for is read.
    pub(crate) fn settled(&self, most: Duration) -> IngestProgress {
        let state = self.lock();
        let reads =
            |state: &mut State| !state.stopped && (!state.waiting.is_empty() || state.progress.current.is_some());
        let state = self.changed.wait_timeout_while(state, most, reads).unwrap_or_else(PoisonError::into_inner).0;
        IngestProgress { waiting: state.waiting.len() as u64, ..state.progress.clone() }
    }

    pub(crate) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    /// Reads what is asked for until it is stopped.
    pub(crate) fn run(&self) {
        while let Some((path, hint)) = self.next() {
            let outcome = read::transcript(self, &mut read::Places::default(), &path, hint);
            if hint >= Hint::Settled {
                self.request_subagents(&path, hint);
            }
            let mut state = self.lock();
            state.progress.current = None;
            // What failed and went well afterwards is no failure any more.
            state.progress.failed.retain(|(p, _)| *p != path);
            match outcome {
                Ok(()) => state.progress.files_done += 1,
                Err(reason) => {
                    tracing::warn!(path = %path.display(), reason, "a transcript could not be read");
                    let failed = &mut state.progress.failed;
                    failed.push((path, reason));
                    let excess = failed.len().saturating_sub(FAILURES);
                    failed.drain(..excess);
                }
            }
            drop(state);
            self.changed.notify_all();
        }
    }

    /// Asks for what the subagents of a session wrote: hooks name the main transcript only.
    fn request_subagents(&self, main: &Path, hint: Hint) {
        let folder = subagents_of(main);
        if !folder.is_dir() {
            return;
        }
        for (path, size) in transcripts_below(&folder) {
            let read_to = self.engine.source(&path).ok().flatten().map(|source| source.read_to);
            if read_to != Some(size) {
                self.enqueue(path, hint);
            }
        }
    }

    fn next(&self) -> Option<(PathBuf, Hint)> {
        let mut state = self.lock();
        loop {
            if state.stopped {
                return None;
            }
            let now = Instant::now();
            let (due, later): (Vec<_>, Vec<_>) =
                std::mem::take(&mut state.later).into_iter().partition(|(at, ..)| *at <= now);
            state.later = later;
            for (_, path, hint) in due {
                if !state.hints.contains_key(&path) {
                    state.waiting.push_back(path.clone());
                }
                let known = state.hints.get(&path).copied().unwrap_or(hint);
                state.hints.insert(path, known.max(hint));
            }
            if let Some(path) = state.waiting.pop_front() {
                let hint = state.hints.remove(&path).unwrap_or(Hint::Growing);
                state.progress.current = Some(path.clone());
                self.beats.beat(Job::Ingest);
                return Some((path, hint));
            }
            let wait = if state.later.is_empty() { Duration::from_secs(60) } else { Duration::from_millis(100) };
            state = self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// When each job last moved on.
    pub(crate) fn beats(&self) -> &Beats {
        &self.beats
    }

    fn is_stopped(&self) -> bool {
        // Asked at every slice.
        self.beats.beat(Job::Ingest);
        self.lock().stopped
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Transcripts below `root` (or `root` itself), with their sizes; those of subagents too.
pub(crate) fn transcripts_below(root: &Path) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        let Ok(meta) = std::fs::metadata(&path) else { continue };
        if meta.is_dir() {
            let inside = std::fs::read_dir(&path).into_iter().flatten().flatten().map(|e| e.path());
            open.extend(inside.filter(|p| !p.is_symlink()));
        } else if is_transcript(&path) || path == root {
            found.push((std::fs::canonicalize(&path).unwrap_or(path), meta.len()));
        }
    }
    found.sort();
    found
}
