//! Mirrors: folders of Markdown that are kept as memories are.
//! It must not know files.
//! Invariant: what a look would do beyond what is harmless is told first, with the code that asks for it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::search::ScopeParams;

/// `POST /v1/mirrors`: a folder is a mirror from now on.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MirrorAddRequest {
    /// The folder's absolute path; made if it is not there.
    pub dir: String,
    /// Whose memories.
    #[serde(default)]
    pub scope: ScopeParams,
    /// Only these kinds, of those that are written; all of them unless given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// The code of the answer before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct MirrorAddReply {
    /// `added`, or `needs_confirmation`: then nothing was done.
    pub outcome: String,
    /// The mirror.
    pub mirror: MirrorView,
    /// Files that would become notes, the first of them by name, where that has to be confirmed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// How many there are.
    #[serde(default)]
    pub count: u64,
    /// What to send as `confirm` to have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// `owner`, or why less.
    pub mode: String,
}

/// A mirror.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MirrorView {
    /// The folder.
    pub dir: String,
    /// The project whose memories it holds; none means every project's.
    pub project: Option<String>,
    /// Only these kinds; empty means all that are written.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Files whose memories are known.
    #[serde(default)]
    pub files: u64,
    /// UTC milliseconds.
    #[serde(default)]
    pub added_at: i64,
    /// How the last look of this daemon ended, where there was one; without `files`, which `sync` tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<SyncView>,
}

/// `GET /v1/mirrors`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct MirrorsReply {
    /// Every mirror, the oldest first.
    pub mirrors: Vec<MirrorView>,
    /// Whether the daemon looks by itself.
    pub watched: bool,
    /// `owner`, or why less.
    pub mode: String,
}

/// `POST /v1/mirrors/sync` and `/v1/mirrors/remove`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MirrorRequest {
    /// The mirror's folder; for `sync` none means every mirror.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dir: Option<String>,
    /// For `sync`: the code of the answer before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// For `sync`: files that are gone are written again, in place of archiving their memories.
    #[serde(default)]
    pub write_gone: bool,
}

/// What looks did.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SyncReply {
    /// One for each mirror.
    pub mirrors: Vec<SyncView>,
    /// `owner`, or why less.
    pub mode: String,
}

/// What a look did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SyncView {
    /// The folder.
    pub dir: String,
    /// `in_step`, `waits` (for what `reason` says; it goes on by itself), or `asks` (nothing was done; `confirm` does it).
    pub state: String,
    /// Why it waits or asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What to send as `confirm` to have done what `files` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// Files that were written because their memories had changed.
    pub written: u64,
    /// Memories that were changed because their files had.
    pub taken: u64,
    /// New files that became memories.
    pub stored: u64,
    /// Memories that were archived because their files are gone.
    pub archived: u64,
    /// Memories that are shown again because their files came back.
    pub restored: u64,
    /// Files that were removed because their memories are hidden or forgotten.
    pub removed: u64,
    /// Files whose memory had changed as well: what the memory said lies beside them.
    pub conflicts: u64,
    /// What there is to say of single files; the first 200.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileView>,
}

/// What there is to say of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileView {
    /// Its name below the folder.
    pub file: String,
    /// What was done, or why nothing was.
    pub what: String,
}
