//! The ledger of what agents were shown: what is written to it, and what it can be asked.
//! It must not know SQL, nor how a line came to be chosen.
//! Invariant: it holds no text of its own; what it says of a memory goes with the memory.

use quipu_core::id::{EventId, MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, Memory, ProjectKey, SessionRef};
use quipu_core::offer::{Line, Silence, Why};
use quipu_core::scope::Reader;
use quipu_core::used::Trace;

use crate::error::StoreError;
use crate::read::Scope;

/// A write to the ledger.
#[derive(Debug, Clone)]
pub enum Entry {
    /// A hook was answered.
    Offer(Offer),
    /// The answer to a hook came too late: whoever asked had given up.
    Late(Offer),
    /// What became of lines, as far as is known now.
    Verdicts(Vec<Verdict>),
    /// A memory is, or is no more, put before agents in a project.
    Hush {
        /// The memory.
        memory: MemoryId,
        /// Where.
        project: ProjectKey,
        /// Whether it is.
        wanted: Wanted,
    },
    /// What is older, or beyond so many answers, goes.
    Prune {
        /// Older than this.
        before: Millis,
        /// The newest so many stay.
        most: u64,
    },
}

/// Whether a memory is put before agents of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Where it is worth it.
    Yes,
    /// Never; searches find it all the same.
    No,
}

/// One answer of a hook.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The hook's own event.
    pub id: Option<EventId>,
    /// What happened, as the host names it: `UserPromptSubmit`, …
    pub event: String,
    /// When.
    pub at: Millis,
    /// Whose session.
    pub session: SessionRef,
    /// Its project.
    pub project: ProjectKey,
    /// The lines that were given; none where there was silence.
    pub lines: Vec<Line>,
    /// What the whole text costs, its fence included.
    pub tokens: usize,
    /// Its bytes.
    pub bytes: usize,
    /// Why nothing was given, where nothing was.
    pub silence: Option<Silence>,
    /// Memories that were not looked at, because the session has seen them or they are not wanted.
    pub left_out: usize,
}

/// What is known of one line by now.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Its row.
    pub injection: i64,
    /// Whether it was used; none where the agent has said nothing since.
    pub used: Option<Use>,
    /// The newest memory of the session that was looked at.
    pub looked_to: u32,
}

/// Whether a line was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// The agent went on and nothing of it came again.
    No,
    /// It was.
    Yes {
        /// How that is known.
        by: Trace,
        /// The row of what was said.
        said: u32,
    },
}

/// Which answers are asked for.
#[derive(Debug, Clone)]
pub struct OfferQuery {
    /// Of whose projects.
    pub scope: Scope,
    /// Only this session's, by the agent's own id of it; its subagents' too.
    pub session: Option<String>,
    /// Only this event's.
    pub event: Option<String>,
    /// Who is told: lines of what he may not see are left out.
    pub reader: Reader,
    /// Only lines of this memory, and answers that have one.
    pub memory: Option<MemoryId>,
    /// At most so many, the newest.
    pub limit: usize,
}

/// One answer as it is read back.
#[derive(Debug, Clone)]
pub struct OfferRow {
    /// When; of silences that are counted, the newest.
    pub at: Millis,
    /// What happened.
    pub event: String,
    /// Whose session; none of a pause.
    pub session: Option<SessionRef>,
    /// Its project.
    pub project: Option<ProjectKey>,
    /// Lines that it had; those of forgotten memories are gone.
    pub given: u32,
    /// What it cost.
    pub tokens: u32,
    /// Its bytes.
    pub bytes: u32,
    /// Why nothing was given.
    pub silence: Option<Silence>,
    /// How often, where silences are counted.
    pub times: u32,
    /// Memories that were not looked at.
    pub left_out: u32,
    /// The lines that are still known.
    pub lines: Vec<LineRow>,
}

/// One line as it is read back, with what there is of its memory.
#[derive(Debug, Clone)]
pub struct LineRow {
    /// The memory.
    pub memory: MemoryId,
    /// What it is.
    pub kind: Kind,
    /// Its title, or how its text begins, as it is now.
    pub title: String,
    /// Whether it is shown.
    pub lifecycle: Lifecycle,
    /// The revision that was shown.
    pub revision: u32,
    /// The one that it is at.
    pub revision_now: u32,
    /// Its place in the answer, from 1.
    pub place: u32,
    /// What the line cost.
    pub tokens: u32,
    /// Its bytes.
    pub bytes: u32,
    /// Why it was there.
    pub why: Why,
    /// Whether the session had seen an earlier revision.
    pub again: bool,
    /// Whether it was used: none where that is not known, else how, and in which memory that shows.
    pub used: Option<Option<(Trace, Option<MemoryId>)>>,
}

/// All that was shown of one memory, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines.
    pub lines: u64,
    /// What they cost.
    pub tokens: u64,
    /// Lines that were used.
    pub used: u64,
    /// Lines of which it is known whether they were.
    pub judged: u64,
}

/// What was shown in one project at one event.
#[derive(Debug, Clone)]
pub struct UsageRow {
    /// The project.
    pub project: Option<ProjectKey>,
    /// The event.
    pub event: String,
    /// Answers that held something.
    pub answers: u64,
    /// The lines of these.
    pub tally: Tally,
    /// What the answers cost, fences included.
    pub tokens: u64,
    /// How often nothing was given, by reason.
    pub silences: Vec<(Silence, u64)>,
}

/// A memory with what was shown of it.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// The memory.
    pub memory: MemoryId,
    /// What it is.
    pub kind: Kind,
    /// Its title, or how its text begins.
    pub title: String,
    /// Its lines.
    pub tally: Tally,
}

/// What was shown, by project and event, and the memories that stand out.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    /// A row each.
    pub rows: Vec<UsageRow>,
    /// Shown most often.
    pub most_shown: Vec<Ranked>,
    /// Used most often.
    pub most_used: Vec<Ranked>,
    /// Shown most often of those that nobody is known to have used, though it is known that nobody did.
    pub never_used: Vec<Ranked>,
}

/// A line of which it is not known that it was used.
#[derive(Debug, Clone)]
pub struct OpenLine {
    /// Its row.
    pub injection: i64,
    /// When it was given.
    pub at: Millis,
    /// The memory as it is now.
    pub memory: Memory,
    /// Whether it stood before an edit of its file.
    pub is_of_file: bool,
    /// The newest memory of the session that was looked at for it.
    pub looked_to: u32,
    /// Whether it was found that it was not used so far.
    pub judged: bool,
}

/// What a session was given lately, and what was said in it round that: in the order of rows.
#[derive(Debug, Clone, Default)]
pub struct Open {
    /// The lines.
    pub lines: Vec<OpenLine>,
    /// The session's memories with their rows, from a little before the first line on.
    pub said: Vec<(u32, Memory)>,
}

/// The ledger of an engine.
pub trait Ledger {
    /// Answers of hooks, newest first.
    fn offers(&self, query: &OfferQuery) -> Result<Vec<OfferRow>, StoreError>;
    /// All lines of one memory in numbers.
    fn tally(&self, memory: MemoryId) -> Result<Tally, StoreError>;
    /// What was shown in numbers; at most `top` memories in each list.
    fn usage(&self, scope: &Scope, reader: Reader, since: Option<Millis>, top: usize) -> Result<Usage, StoreError>;
    /// Memories that are not put before agents, with the projects where that is so.
    fn hushed(&self, scope: &Scope) -> Result<Vec<(Memory, ProjectKey)>, StoreError>;
    /// The projects in which a memory is not put before agents.
    fn hushed_in(&self, memory: MemoryId) -> Result<Vec<ProjectKey>, StoreError>;
    /// Files that a session was told something of, since its context is what it is.
    fn files_told(&self, session: &SessionRef) -> Result<Vec<String>, StoreError>;
    /// What a session was given since `since` and is not known to have used, with what it said meanwhile.
    fn open_lines(&self, session: &SessionRef, since: Millis) -> Result<Open, StoreError>;
}
