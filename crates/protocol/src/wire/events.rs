//! What happens in a daemon, as `GET /v1/events` tells it.
//! It must not know how events are kept or sent.
//! Invariant: an event says that something is so, and where; never a word of what was said.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::feed::HappenedView;
use super::repair::RebuildingView;

/// One event: `event` is its name, `data` what it carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum EventView {
    /// A memory was stored or changed.
    Memory(MemoryEvent),
    /// So many memories of a project were stored or changed at once.
    Memories(MemoriesEvent),
    /// So many memories were forgotten for good.
    Forgotten(ForgottenEvent),
    /// A pause has begun, or was ended.
    Pause(PauseEvent),
    /// Everything of one project belongs to another now.
    Project(ProjectEvent),
    /// How far the reading of transcripts is; at most one a second.
    Ingest(IngestEvent),
    /// Something happened between agents: these are kept, and come again to who resumes.
    Happened(HappenedView),
    /// The mode or the state is another one now.
    Mode(ModeEvent),
    /// How far what is made anew is; at most one a second.
    Rebuild(RebuildEvent),
    /// The first event of who resumes where nobody can: what happened in between is not known.
    Reset(ResetEvent),
    /// The last event of who did not read fast enough.
    Dropped(ResetEvent),
    /// The last event: the daemon, or this door, closes.
    Stopping(ResetEvent),
}

/// One memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemoryEvent {
    /// `stored` or `changed`.
    pub change: String,
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// Path of its project; none means every project.
    pub project: Option<String>,
}

/// Many memories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemoriesEvent {
    /// How many.
    pub count: u64,
    /// Path of their project; none means every project.
    pub project: Option<String>,
}

/// Memories that are gone: which and whose they were is gone with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ForgottenEvent {
    /// How many.
    pub count: u64,
}

/// A pause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PauseEvent {
    /// Whether it holds now.
    pub paused: bool,
    /// Path of the project; none means every project.
    pub project: Option<String>,
    /// Until when, UTC milliseconds, if it ends by itself.
    pub until: Option<i64>,
}

/// A merge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectEvent {
    /// The project that is gone.
    pub old: String,
    /// The project that has all of it.
    pub new: String,
}

/// The reading of transcripts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IngestEvent {
    /// Transcripts that wait.
    pub waiting: u64,
    /// Whether one is being read.
    pub reading: bool,
    /// Transcripts read to their end since the daemon started.
    pub files_done: u64,
    /// Memories stored or confirmed since then.
    pub stored: u64,
}

/// The daemon itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModeEvent {
    /// `owner`, `readonly` or `draining`.
    pub mode: String,
    /// `ok` or `degraded`; `GET /v1/health` has the reasons.
    pub state: String,
}

/// What is made anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RebuildEvent {
    /// The text index, where it is being made.
    pub text: Option<RebuildingView>,
    /// Whether vectors are being loaded or made.
    pub vectors: bool,
}

/// Why something begins anew or ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResetEvent {
    /// In words.
    pub reason: String,
}

/// What `GET /v1/events` is asked with: one of them has to be there.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventsQuery {
    /// Every project's.
    #[serde(default)]
    pub all: bool,
    /// A project by name or path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The project of this directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Only what agents do: the events that are kept.
    #[serde(default)]
    pub agents: bool,
    /// Go on after this id of an event, or this number of one that is kept; the header `Last-Event-ID` goes before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}
