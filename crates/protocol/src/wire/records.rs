//! Memories with all that is kept of them, as `export jsonl` writes them, one a line, and `import jsonl` reads them.
//! It must not know files, nor the store's columns.
//! Invariant: fields are only added; a line of a newer version than this one's is refused, never half understood.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::memory::{MemoryView, RevisionView};

/// The version of a line.
pub const RECORD_VERSION: u32 = 1;
/// At most so many records in one request.
pub const MOST_RECORDS: usize = 200;

/// One memory, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordView {
    /// [`RECORD_VERSION`] of who wrote it.
    pub version: u32,
    /// The memory.
    #[serde(flatten)]
    pub memory: MemoryView,
    /// How it was captured; none of what was written on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<CaptureView>,
    /// What it is and was, newest first; left out where that was not asked for, and of what was never changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<RevisionView>,
}

/// What ties a captured memory to its transcript.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaptureView {
    /// The agent's own id of the record.
    #[serde(default)]
    pub source_id: Option<String>,
    /// The message that it belongs to.
    #[serde(default)]
    pub group: Option<String>,
    /// The turn that a hook carried.
    #[serde(default)]
    pub hook_key: Option<String>,
    /// Its place in the session.
    #[serde(default)]
    pub position: i64,
}

/// `POST /v1/records`: records in the order of ids, page by page.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RecordsReply {
    /// The records.
    pub records: Vec<RecordView>,
    /// The `cursor` to go on with; none at the end.
    #[serde(default)]
    pub next: Option<String>,
    /// `owner`, or why less.
    pub mode: String,
}

/// `POST /v1/records/import`: records brought back.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BringRequest {
    /// At most [`MOST_RECORDS`].
    pub records: Vec<RecordView>,
}

/// What became of each, in their order.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct BringReply {
    /// One each.
    pub outcomes: Vec<BroughtView>,
    /// `owner`, or why less.
    pub mode: String,
}

/// What became of one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BroughtView {
    /// `stored`, `duplicate` or `rejected`.
    pub outcome: String,
    /// The memory that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why it was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Labels of secrets that were replaced: its text is not the one that came in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<String>,
}
