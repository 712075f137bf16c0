//! The feed that is kept: what happened between agents, and since when.
//! It must not know how it is kept or sent.
//! Invariant: a body has names and numbers of what happened; never a word of what was said.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HappenedView {
    /// Its number: given as `after`, what came later follows.
    pub id: u64,
    /// When, UTC milliseconds.
    pub at: i64,
    /// What: `joined`, `left`, `silent`, `compacted`, `message`, `acked`, `lease_granted`, `lease_waiting`, `lease_released`,
    /// `lease_expired`, `lease_denied`, `takeover`, `handover`, `paused`, `resumed` or `degraded`.
    pub kind: String,
    /// Path of its project; none: it is everybody's.
    pub project: Option<String>,
    /// Whose session, `agent/id`.
    pub session: Option<String>,
    /// Names and numbers of it.
    pub body: serde_json::Value,
}

/// What `GET /v1/feed` is asked with: a project, a directory or `all` has to be there.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedRequest {
    /// Every project's.
    #[serde(default)]
    pub all: bool,
    /// A project by name or path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The project of this directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// What came after this number, oldest first; without it the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// Only these kinds, with commas between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<String>,
    /// At most so many, 1 to 1000; 50 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// What `GET /v1/feed` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeedReply {
    /// Oldest first.
    pub events: Vec<HappenedView>,
    /// Given as `after`, what came later follows.
    pub next: u64,
    /// What came up to this number is kept no more.
    pub gone: u64,
    /// Whether there is more than was given, after `next`.
    pub more: bool,
}
