//! Health, counts, ingest and hooks.
//! It must not know jobs or threads.
//! Invariant: health never says `ok` while something stands still without a reason given.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::agents::DeliveryPauseView;
use super::embed::EmbedderView;
use super::places::PauseView;

/// `GET /v1/health`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// `owner`, `standby` or `draining`.
    pub mode: String,
    /// `ok` while everything makes progress, else `degraded`.
    #[serde(default)]
    pub state: String,
    /// Leases that are held.
    #[serde(default)]
    pub leases: usize,
    /// How many wait for one.
    #[serde(default)]
    pub leases_waiting: usize,
    /// Why it is not `ok`, or not the owner.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// Operations that are refused as things are.
    #[serde(default)]
    pub refused: Vec<String>,
    /// Its version.
    pub version: String,
    /// Its protocol.
    pub protocol: u32,
    /// Its process.
    pub pid: u32,
    /// Which owner of the data directory it is.
    pub epoch: u64,
    /// The data directory.
    pub data: PathBuf,
    /// Milliseconds since it started.
    pub uptime_ms: u64,
    /// Bytes of the WAL.
    pub wal_bytes: u64,
    /// Chunks searched from memory because the index does not hold them yet.
    pub tail: u64,
    /// Writes that wait: of people and hooks, and slices of transcripts.
    #[serde(default)]
    pub queued: (u64, u64),
    /// Milliseconds since the last commit; none before the first.
    #[serde(default)]
    pub last_commit_ms: Option<u64>,
    /// How long the oldest reader has held its snapshot, in ms; 0 where nobody reads.
    #[serde(default)]
    pub oldest_reader_ms: u64,
    /// Files in the spool.
    pub spool: u64,
    /// Files in quarantine.
    pub quarantined: u64,
    /// Resident memory that no file backs, in bytes; none where the system does not say.
    pub anonymous_bytes: Option<u64>,
    /// Resident memory that files back, in bytes: most vectors, the text index, the program itself. The system takes it
    /// back when it needs it. None where the system does not say.
    #[serde(default)]
    pub mapped_bytes: Option<u64>,
    /// The jobs, and for how many milliseconds each has not moved on.
    #[serde(default)]
    pub jobs: Vec<(String, u64)>,
    /// What ingest is doing.
    pub ingest: IngestProgress,
    /// What the embedder is doing.
    #[serde(default)]
    pub embedder: EmbedderView,
    /// Pauses that hold.
    pub pauses: Vec<PauseView>,
    /// Pauses of delivery that hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delivery_paused: Vec<DeliveryPauseView>,
    /// Agents that are here, and those that are silent.
    #[serde(default)]
    pub agents: (usize, usize),
    /// What is wrong with the database, if nothing is written to it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
    /// What of the settings could not be taken, and what waits for the next start, for people.
    #[serde(default)]
    pub config: Vec<String>,
    /// HTTP over loopback, where it is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpView>,
    /// What of a forgetting is still to be done, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forgetting: Vec<String>,
}

/// How it is with HTTP over loopback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HttpView {
    /// `http://127.0.0.1:PORT`, while it is served.
    pub url: Option<String>,
    /// Why it is not.
    pub problem: Option<String>,
}

/// `GET /v1/config`: what holds in the daemon, projects' files aside.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ConfigReply {
    /// Every key.
    pub settings: Vec<SettingView>,
    /// What of files and environment could not be taken.
    pub problems: Vec<String>,
    /// Keys whose new value waits for the next start.
    pub restart: Vec<String>,
}

/// One key with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SettingView {
    /// `section.name`.
    pub key: String,
    /// Times as text, the rest as what it is.
    pub value: serde_json::Value,
    /// Where it comes from, for people; of a list, each layer that added to it.
    pub origins: Vec<String>,
}

/// `GET /v1/operations`: one row of the table of operations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OperationView {
    /// Its name, as `refused` in [`Health`] has it.
    pub name: String,
    /// HTTP method.
    pub method: String,
    /// Path; `{…}` stands for a part that the asker gives.
    pub path: String,
    /// Whether it changes anything.
    pub writes: bool,
}

/// `POST /v1/shutdown`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ShutdownRequest {
    /// The asker's version; an older one than the daemon's is refused.
    #[serde(default)]
    pub version: Option<String>,
    /// Whether the asker becomes the owner.
    #[serde(default)]
    pub takes_over: bool,
}

/// The daemon ends as soon as what it took is finished.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShutdownReply {
    /// Always.
    pub stopping: bool,
}

/// `GET /v1/stats`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StatsReply {
    /// Live memories by kind.
    pub by_kind: Vec<(String, u64)>,
    /// Chunks.
    pub chunks: u64,
    /// Chunks whose meaning is in memory; a text without a word that says anything has none.
    #[serde(default)]
    pub vectors: u64,
    /// Sessions.
    pub sessions: u64,
    /// Projects.
    pub projects: u64,
    /// Transcripts read.
    pub transcripts: u64,
    /// Secrets replaced.
    pub redactions: u64,
    /// Records seen and not kept.
    pub skipped: Vec<SkippedView>,
    /// Bytes of the database file.
    pub database_bytes: u64,
    /// Bytes of its WAL.
    pub wal_bytes: u64,
    /// Bytes of the text index.
    pub index_bytes: u64,
    /// `owner`, or why less.
    pub mode: String,
}

/// Records of one type in one transcript that were not kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SkippedView {
    /// The transcript.
    pub path: PathBuf,
    /// The record's type.
    pub record_type: String,
    /// Why.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// First and last byte of the first one.
    pub first: (u64, u64),
    /// First and last byte of the last one.
    pub last: (u64, u64),
}

/// What `GET /v1/skipped` is asked with.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SkippedQuery {
    /// At most this many, 1 to 1 000; 100 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// The `next` of the answer before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// `GET /v1/skipped`: records seen and not kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SkippedReply {
    /// By transcript, type and reason.
    pub skipped: Vec<SkippedView>,
    /// The `cursor` to go on with; none at the end.
    pub next: Option<String>,
}

/// `POST /v1/index`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndexRequest {
    /// Absolute paths of transcripts or directories of them; empty means Claude Code's own.
    #[serde(default)]
    pub paths: Vec<PathBuf>,
}

/// What was queued.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct IndexReply {
    /// Transcripts found.
    pub files: u64,
    /// Bytes in them that were not read yet.
    pub bytes: u64,
    /// Transcripts that `ingest.deny` covers, beside those.
    #[serde(default)]
    pub denied: u64,
}

/// `GET /v1/index`: what ingest is doing and has done since the daemon started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IngestProgress {
    /// Transcripts waiting.
    pub waiting: u64,
    /// The one being read.
    pub current: Option<PathBuf>,
    /// Transcripts read to their end.
    pub files_done: u64,
    /// Bytes read.
    pub bytes_done: u64,
    /// Memories stored.
    pub stored: u64,
    /// Turns that were there already.
    pub duplicate: u64,
    /// Turns that replaced what a hook had carried.
    pub merged: u64,
    /// Records seen and not kept.
    pub skipped: u64,
    /// Turns said during a pause and so not kept.
    pub paused: u64,
    /// Turns said where `ingest.deny` or a project's own file says that nothing is kept.
    #[serde(default)]
    pub denied: u64,
    /// Turns, and transcripts as a whole, that were forgotten and stay so.
    #[serde(default)]
    pub forgotten: u64,
    /// Secrets replaced.
    pub redactions: u64,
    /// Transcripts that could not be read: path and reason, the newest few.
    pub failed: Vec<(PathBuf, String)>,
}

/// The answer to a hook: what the client prints.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct HookReply {
    /// The hook's standard output, as JSON; empty means `{}`.
    #[serde(default)]
    pub output: serde_json::Value,
    /// Messages in it, as deliveries: whoever has printed it says so at `POST /v1/mail/shown`, and only then they are shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<i64>,
    /// Whether something else in it is said once: whoever has printed it says so there too, by the hook's event. What is not
    /// said to be printed is said again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub once: bool,
}
