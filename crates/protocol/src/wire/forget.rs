//! Forgetting for good, what was forgotten, and secrets that were stored before they were known as such.
//! It must not know how any of it is done.
//! Invariant: no answer carries a forgotten memory's text but the first lines of what is only asked about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `POST /v1/forget`. Memories by their ids, or all that fit everything else that is named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgetRequest {
    /// These memories; then nothing else is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// An agent's session by its id, with its subagents'.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// A project by name or path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// What was read from this transcript: its absolute path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What happened before: UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<i64>,
    /// What says this, letter by letter, in text, title or keyword, now or in an earlier revision.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Remove the copies in the data directory that hold any of it too.
    #[serde(default)]
    pub backups: bool,
    /// The code that the first answer gave: without it nothing is forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
}

/// What would be forgotten, or was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ForgetReply {
    /// `needs_confirmation`, `forgotten`, or `nothing` where nothing fits.
    pub outcome: String,
    /// The code for the second request, where that is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// Why another code is needed than the one that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Memories.
    pub memories: u64,
    /// The same by kind; not told once they are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_kind: Vec<(String, u64)>,
    /// Earlier states of theirs.
    pub revisions: u64,
    /// Chunks, with those of earlier states.
    pub chunks: u64,
    /// Vectors of those.
    pub vectors: u64,
    /// Files that they changed or named.
    pub files: u64,
    /// Sessions of which nothing is left.
    pub sessions: u64,
    /// Transcripts that are not read again; the files themselves are the agent's and stay.
    pub transcripts: u64,
    /// Files of spool and quarantine that carry any of it.
    pub spool: u64,
    /// Copies of the database that hold any of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<HoldingView>,
    /// The first lines of some, before they go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LineView>,
    /// What is still to be done, in words; the daemon goes on with it by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<String>,
    /// Bytes of index and database that are written anew for it, at most.
    #[serde(default)]
    pub rewrites: u64,
    /// `owner`, or why less.
    pub mode: String,
}

/// A copy of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HoldingView {
    /// The file.
    pub path: String,
    /// How many of the memories it holds; none where it cannot be read, and may hold anything.
    pub holds: Option<u64>,
    /// Whether it was removed.
    pub removed: bool,
}

/// A memory by its first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LineView {
    /// Its id.
    pub id: String,
    /// Its title, or its first line.
    pub line: String,
}

/// `GET /v1/forgotten`: what must not come back, counted; never what it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ForgottenReply {
    /// Tombstones by what they stand for.
    pub tombstones: Vec<TombstoneView>,
    /// The forgettings, newest first, the last hundred.
    pub forgettings: Vec<PurgeView>,
    /// `owner`, or why less.
    pub mode: String,
}

/// Tombstones of one sort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TombstoneView {
    /// `memory`, `record`, `hook`, `turn`, `text`, `session` or `file`.
    pub what: String,
    /// How many.
    pub count: u64,
    /// When the newest was put up: UTC milliseconds.
    pub newest: i64,
}

/// One forgetting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PurgeView {
    /// `forget` or `redact`.
    pub what: String,
    /// When it was asked for: UTC milliseconds.
    pub began: i64,
    /// How many memories.
    pub memories: u64,
    /// What is still to be done, in words.
    pub pending: Vec<String>,
    /// When all of it was done: UTC milliseconds.
    pub done: Option<i64>,
}

/// `POST /v1/redact/scan`: looks through what is stored, page by page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScanRequest {
    /// Memories looked through in one answer, at most 500; fewer where they are long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// The `next` of the answer before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScanReply {
    /// In the order of ids.
    pub found: Vec<SecretView>,
    /// Memories that were looked through for this answer.
    pub looked: u64,
    /// The `cursor` to go on with; none at the end.
    pub next: Option<String>,
    /// `owner`, or why less.
    pub mode: String,
}

/// Secrets of one sort in one memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecretView {
    /// The memory.
    pub id: String,
    /// What it is, as it will stand in the text: `[redacted:LABEL]`.
    pub label: String,
    /// How often.
    pub count: u32,
    /// Its first letters, and how long it is: `AKIA…(20)`; none where it spans lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
}

/// `POST /v1/redact`: replaces secrets where they are stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedactRequest {
    /// In these memories, at most 10 000.
    pub ids: Vec<String>,
    /// The code that the first answer gave: without it nothing is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
}

/// What would be replaced, or was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RedactReply {
    /// `needs_confirmation`, `redacted`, or `nothing` where no secret is found.
    pub outcome: String,
    /// The code for the second request, where that is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// Memories that hold a secret, or held one.
    pub memories: u64,
    /// The secrets, by sort.
    pub secrets: Vec<(String, u32)>,
    /// Copies of the database that hold any of these memories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<HoldingView>,
    /// What is still to be done, in words; the daemon goes on with it by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<String>,
    /// `owner`, or why less.
    pub mode: String,
}
