//! Projects and pauses.
//! It must not know how a project is recognised.
//! Invariant: a project is named by its path; its name is only for people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectView {
    /// Its path.
    pub path: String,
    /// Last part of the path.
    pub name: String,
    /// Live memories.
    pub memories: u64,
    /// Sessions.
    pub sessions: u64,
    /// Newest moment, UTC milliseconds.
    pub last_at: Option<i64>,
    /// Paths that were merged into it.
    pub merged: Vec<String>,
}

/// What `GET /v1/projects` is asked with.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectsQuery {
    /// At most this many, 1 to 1 000; all unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// The `next` of the answer before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// `GET /v1/projects`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ProjectsReply {
    /// Most recently used first.
    pub projects: Vec<ProjectView>,
    /// The `cursor` to go on with; none at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// `POST /v1/projects/merge`: names or paths.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    /// The project that goes.
    pub old: String,
    /// The project that stays.
    pub new: String,
}

/// A count of what a write touched.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CountReply {
    /// Memories moved, pauses ended.
    pub count: u64,
}

/// `POST /v1/pause` and `/v1/resume`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseRequest {
    /// The project of this directory; none means every project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// For how long, in milliseconds; none means until resumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_ms: Option<i64>,
}

/// A pause that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PauseView {
    /// Path of the project; none means all.
    pub project: Option<String>,
    /// Since when, UTC milliseconds.
    pub from: i64,
    /// Until when, if it ends by itself.
    pub until: Option<i64>,
}
