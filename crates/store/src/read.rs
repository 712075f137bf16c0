//! What the store can be asked.
//! It must not know SQL or who asks.
//! Invariant: scope and lifecycle are part of the question, so no answer has to be filtered afterwards.

mod pack;
mod work;

use std::path::PathBuf;
use std::time::Duration;

use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Memory, ProjectKey, SessionRef};
use quipu_core::offer::Again;
use quipu_core::scope::{Reader, Viewer};
use quipu_core::select::QueryTerm;

pub use pack::{Counted, PackQuery, PackRows};
pub use work::{Closed, Linked, Ties, WorkItem, WorkList, WorkQuery};

/// Whose memories are searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every project's.
    All,
    /// One project's, and those that belong to no project.
    Project(ProjectKey),
}

/// Which lifecycle states are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum States {
    /// Live ones.
    Live,
    /// What is hidden too: archived, superseded, aggregated, and what does not hold now.
    All,
}

/// A search.
#[derive(Debug, Clone)]
pub struct SearchQuery {
    /// What to look for, as typed.
    pub text: String,
    /// Whose memories.
    pub scope: Scope,
    /// Only these kinds; empty means all.
    pub kinds: Vec<Kind>,
    /// Only memories of these files, by absolute path, or of what lies below them; empty means all.
    pub files: Vec<String>,
    /// Not before.
    pub since: Option<Millis>,
    /// Not after.
    pub until: Option<Millis>,
    /// Which states.
    pub states: States,
    /// Leave out what this session still has in its context: what it said, and what it was shown. The question is then a
    /// hook's, and what is not wanted before agents in this project is left out too.
    pub not_in_context_of: Option<SessionRef>,
    /// At most this many memories.
    pub limit: usize,
    /// What it is looked for by.
    pub by: By,
    /// When it is asked: what is older counts a little less.
    pub now: Millis,
    /// Whether the chunks beside each hit are wanted.
    pub neighbours: Neighbours,
    /// Who looks, and at which places.
    pub viewer: Viewer,
    /// What was there at this moment, as it was then; none: what is there now. Every chunk is looked up anew for it.
    pub as_of: Option<Millis>,
}

/// What a search goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Words, their synonyms and what was meant.
    Meaning,
    /// Words alone: what holds none of them, nor stands beside it, is no hit.
    Words,
}

/// Whether the text round a hit is loaded: evidence needs it, a list of hits does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Neighbours {
    /// Load it.
    Load,
    /// Leave it.
    Skip,
}

/// One memory found.
#[derive(Debug, Clone)]
pub struct SearchHit {
    /// The memory.
    pub memory: Memory,
    /// The chunk of it that matched best: byte range in the body.
    pub chunk: std::ops::Range<usize>,
    /// What decides the order: both lanes, neighbours, age. Comparable within one answer only.
    pub score: f32,
    /// BM25 of the chunk itself.
    pub own: f32,
    /// What its neighbours added to that.
    pub context: f32,
    /// Share of the question's weight that the chunk itself answers, synonyms in part, 0–1.
    pub coverage: f32,
    /// The same of the better of its neighbours.
    pub beside: f32,
    /// Cosine of the chunk itself to the question.
    pub cosine: f32,
    /// Text of the chunk before and after it in its session, for judging evidence.
    pub neighbours: String,
    /// Whether the session that asks was shown an earlier revision.
    pub again: Again,
}

/// The answer to a search.
#[derive(Debug, Clone)]
pub struct SearchAnswer {
    /// Best first.
    pub hits: Vec<SearchHit>,
    /// The query's terms with their weights.
    pub terms: Vec<QueryTerm>,
    /// Why the answer may be incomplete, if it may.
    pub fallback: Option<String>,
    /// Memories that were not looked at, because the session has seen them or they are not wanted here.
    pub left_out: usize,
}

/// A memory that is held against what was written down in its project and in none; one of no project against those of
/// none.
#[derive(Debug, Clone, Copy)]
pub struct NearQuery {
    /// The memory; by what stands first in it, where it is long.
    pub to: MemoryId,
    /// Who is told of it.
    pub reader: Reader,
    /// From this cosine on.
    pub least: f32,
    /// At most this many.
    pub limit: usize,
    /// When it is asked: what does not hold then is not near.
    pub now: Millis,
}

/// A memory that is near to another.
#[derive(Debug, Clone)]
pub struct NearMemory {
    /// The memory.
    pub id: MemoryId,
    /// Its title, if it has one.
    pub title: Option<String>,
    /// Its text.
    pub body: String,
    /// How near it is: a cosine.
    pub cosine: f32,
}

/// A stretch of time in a scope.
#[derive(Debug, Clone)]
pub struct TimelineQuery {
    /// Whose memories.
    pub scope: Scope,
    /// Around this memory; else the newest.
    pub around: Option<MemoryId>,
    /// Where nothing is `around`: the newest of what is older than this memory.
    pub before: Option<MemoryId>,
    /// Only of this session.
    pub session: Option<String>,
    /// Only these kinds; empty means all.
    pub kinds: Vec<Kind>,
    /// Only memories of these files, by absolute path, or of what lies below them; empty means all.
    pub files: Vec<String>,
    /// Not before.
    pub since: Option<Millis>,
    /// Not after.
    pub until: Option<Millis>,
    /// At most this many on either side of `around`, or in all.
    pub limit: usize,
    /// Who looks, and at which places.
    pub viewer: Viewer,
    /// Which states.
    pub states: States,
    /// When it is asked: what does not hold then is hidden.
    pub now: Millis,
    /// What was there at this moment, as it was then; none: what is there now.
    pub as_of: Option<Millis>,
}

/// A page of all memories, in the order of their ids: for exports, which take what does not hold now as well.
#[derive(Debug, Clone)]
pub struct PageQuery {
    /// Whose memories.
    pub scope: Scope,
    /// Who looks, and at which places.
    pub viewer: Viewer,
    /// Those with ids above this one.
    pub after: Option<MemoryId>,
    /// At most this many.
    pub limit: usize,
    /// Which states.
    pub states: States,
    /// What was there at this moment, as it was then; none: what is there now.
    pub as_of: Option<Millis>,
}

impl PageQuery {
    /// Live memories as they are now, for a person.
    pub fn live(scope: Scope, after: Option<MemoryId>, limit: usize) -> Self {
        Self { scope, after, limit, viewer: Viewer::PERSON, states: States::Live, as_of: None }
    }
}

/// What is known of a file that is about to be edited.
#[derive(Debug, Clone)]
pub struct FileQuery {
    /// Whose memories.
    pub project: ProjectKey,
    /// The file's absolute path, in each working tree that it may have been seen in.
    pub paths: Vec<String>,
    /// Its key in the project: a note may say that it is about this file.
    pub key: String,
    /// The file's name, looked for in notes.
    pub name: String,
    /// Leave out what this session said itself, or still has in its context, and what is not wanted in the project.
    pub asker: SessionRef,
    /// Who is told, and where he stands.
    pub viewer: Viewer,
    /// At most this many of each.
    pub limit: usize,
    /// When it is asked: what does not hold then is left out.
    pub now: Millis,
}

/// The answer to it, newest first.
#[derive(Debug, Clone, Default)]
pub struct FileMemories {
    /// Written memories that say they are about the file, or hold its name.
    pub notes: Vec<Memory>,
    /// Answers of turns in which it was changed.
    pub answers: Vec<Memory>,
}

/// A session as the briefing needs it.
#[derive(Debug, Clone)]
pub struct SessionSummary {
    /// Which one.
    pub session: SessionRef,
    /// Its newest branch in the project that was asked for, where known.
    pub branch: Option<String>,
    /// Its newest moment.
    pub last_at: Millis,
    /// Its newest memories in that project: an answer, a prompt, a checkpoint.
    pub latest: Vec<Memory>,
}

/// A project with what it holds.
#[derive(Debug, Clone)]
pub struct ProjectRow {
    /// Its key.
    pub key: ProjectKey,
    /// Live memories.
    pub memories: u64,
    /// Sessions.
    pub sessions: u64,
    /// Newest moment.
    pub last_at: Option<Millis>,
    /// Keys that were merged into it.
    pub merged: Vec<ProjectKey>,
}

/// A pause that holds now or held once: what was said in it is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PauseSpan {
    /// One project, or all.
    pub project: Option<ProjectKey>,
    /// Its start.
    pub from: Millis,
    /// Its end, if it has one.
    pub to: Option<Millis>,
}

impl PauseSpan {
    /// Whether `project` was paused at `at`.
    pub fn covers(&self, project: &ProjectKey, at: Millis) -> bool {
        self.project.as_ref().is_none_or(|p| p == project) && self.from <= at && self.to.is_none_or(|to| at < to)
    }
}

/// What can be told at once, without a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gauges {
    /// Chunks that the text index does not hold yet.
    pub tail: u64,
    /// Bytes of the WAL.
    pub wal_bytes: u64,
    /// Writes that wait: interactive ones, and bulk slices.
    pub queued: (u64, u64),
    /// Time since the last commit; none before the first.
    pub last_commit: Option<Duration>,
    /// Time since the writer last finished anything, a start or an idle moment included; none where there is no writer.
    pub idle_for: Option<Duration>,
    /// How long the oldest snapshot has been held.
    pub oldest_reader: Option<Duration>,
    /// Whether the text index does not follow the rows just now.
    pub index_failed: bool,
    /// Whether writer and indexer run.
    pub threads_alive: bool,
}

/// Counts for `stats` and `status`.
#[derive(Debug, Clone, Default)]
pub struct Stats {
    /// Live memories by kind.
    pub by_kind: Vec<(String, u64)>,
    /// Those of them that only a person may see.
    pub private_by_kind: Vec<(String, u64)>,
    /// Chunks.
    pub chunks: u64,
    /// Chunks whose meaning is in memory.
    pub vectors: u64,
    /// Chunks that the text index does not hold yet (they are searched from memory).
    pub tail: u64,
    /// Sessions.
    pub sessions: u64,
    /// Projects.
    pub projects: u64,
    /// Transcripts read.
    pub sources: u64,
    /// Secrets replaced.
    pub redactions: u64,
    /// Records seen and not kept: type, reason, count.
    pub skipped: Vec<SkippedRow>,
    /// Bytes of the database file.
    pub database_bytes: u64,
    /// Bytes of its WAL.
    pub wal_bytes: u64,
    /// Bytes of the text index.
    pub index_bytes: u64,
    /// How many owners the data directory has had.
    pub epoch: u64,
}

/// Records of one type in one transcript that were not kept.
#[derive(Debug, Clone)]
pub struct SkippedRow {
    /// The transcript.
    pub path: PathBuf,
    /// The record's type.
    pub record_type: String,
    /// Why.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// Byte range of the first.
    pub first: std::ops::Range<u64>,
    /// Byte range of the last.
    pub last: std::ops::Range<u64>,
}

/// A whole look at what is stored.
#[derive(Debug, Clone, Default)]
pub struct Check {
    /// Why nothing is written any more, if it is so.
    pub damage: Option<String>,
    /// What SQLite finds wrong with the file; empty when nothing is.
    pub integrity: Vec<String>,
    /// The database's schema.
    pub schema: i64,
    /// The newest one known here.
    pub schema_known: i64,
    /// How many owners the data directory has had.
    pub epoch: u64,
    /// Chunks in the rows.
    pub chunks: u64,
    /// Chunks that neither index nor tail holds; none where the rows cannot all be read.
    pub without_text: Option<Lacking>,
    /// Chunks in the index that are not in the rows.
    pub without_row: u64,
    /// Chunks without a vector of the model in use; none where the rows cannot all be read.
    pub without_vector: Option<Lacking>,
    /// How far the index is made, where it is being made anew.
    pub rebuilding: Option<Rebuilding>,
    /// Bytes of the database file.
    pub database_bytes: u64,
    /// Bytes of its WAL.
    pub wal_bytes: u64,
}

/// Rows that lack what is derived from them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lacking {
    /// How many.
    pub count: u64,
    /// The memories of the first few.
    pub first: Vec<MemoryId>,
}

/// How far a rebuild of the text index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilding {
    /// The newest chunk that it holds.
    pub at: u32,
    /// The newest chunk that it will hold.
    pub of: u32,
}

/// What can be made anew from rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derived {
    /// The text index, all of it.
    Text,
    /// The vectors that chunks lack.
    Vectors,
}

/// A verified copy of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyFacts {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Its schema.
    pub schema: i64,
    /// How many owners it has seen.
    pub epoch: u64,
    /// Memories, of every state.
    pub memories: u64,
    /// Sessions.
    pub sessions: u64,
    /// The newest moment in it.
    pub last_at: Option<Millis>,
}

/// Where a memory was brought in from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSource {
    /// The program that kept it.
    pub source: String,
    /// Its file or database.
    pub path: String,
    /// First and last line, or the number of the row.
    pub lines: Option<(u64, u64)>,
    /// What it is called there.
    pub name: Option<String>,
}
