//! One memory, and writing one.
//! It must not know the store's columns.
//! Invariant: an outcome is one of the words of DESIGN §5.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A whole memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemoryView {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// What kind of text it is: `user_message`, `assistant_text`, `thinking`, `stack_trace`, `diff`, …
    #[serde(default)]
    pub class: String,
    /// A short title, if it has one.
    pub title: Option<String>,
    /// `global`, `file:<path>`, `area:<name>`, as written.
    pub applies_to: String,
    /// Words it is filed under.
    pub keywords: Vec<String>,
    /// Absolute paths of the files that it changed or names.
    #[serde(default)]
    pub files: Vec<String>,
    /// The text.
    pub text: String,
    /// First 16 hex digits of SHA-256 over the trimmed text.
    pub content_hash: String,
    /// UTC milliseconds.
    pub occurred_at: i64,
    /// UTC milliseconds.
    pub recorded_at: i64,
    /// Path of its project.
    pub project: Option<String>,
    /// The agent.
    pub agent: Option<String>,
    /// The agent's session id.
    pub session_id: Option<String>,
    /// Git branch at the time.
    pub branch: Option<String>,
    /// `transcript`, `hook`, `saved` or `imported`.
    pub origin: String,
    /// Said by a program rather than a person.
    pub programmatic: bool,
    /// Shown, archived or superseded.
    pub lifecycle: String,
    /// The transcript it can be walked back to.
    pub source: Option<SourceView>,
    /// Secrets that were replaced in it.
    pub redactions: u32,
}

/// Where in which file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceView {
    /// The transcript.
    pub path: String,
    /// First byte.
    pub from: u64,
    /// One past the last byte.
    pub to: u64,
}

/// `POST /v1/memories`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveRequest {
    /// The text.
    pub text: String,
    /// What it is; `insight` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// A short title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Words to file it under.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// `global` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applies_to: Option<String>,
    /// The project of this directory; none and no `project` means every project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// A project by path, as exported files carry it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// UTC milliseconds; now unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<i64>,
    /// For an import: the id it keeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// For an import: agent and session it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<(String, String)>,
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SaveReply {
    /// `stored`, `duplicate`, `merged`, `deferred` or `rejected`.
    pub outcome: String,
    /// The memory that the answer is about.
    pub id: Option<String>,
    /// Why, where it was rejected or deferred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Labels of secrets that were replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<String>,
    /// `owner`, or why less.
    pub mode: String,
}
