//! Links between memories, and work items.
//! It must not know what a status allows.
//! Invariant: of the other end of a link no text is told.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::search::ScopeParams;

/// Where a work item stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkView {
    /// `proposed`, `planned`, `active`, `blocked`, `done` or `dropped`.
    pub status: String,
    /// `critical`, `high`, `medium`, `low` or `backlog`.
    pub priority: String,
    /// When it is due: UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<i64>,
    /// Whether it is open and its day is over.
    #[serde(default)]
    pub overdue: bool,
}

/// A link as it is seen from a memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkView {
    /// What the memory is to the other: `relates_to`, `depends_on`, `needed_by`, `blocks`, `blocked_by`, `part_of`,
    /// `has_part`, `supersedes`, `superseded_by`.
    pub relation: String,
    /// The other.
    pub id: String,
    /// What that is.
    pub kind: String,
    /// `live`, `archived` or `superseded`: what is hidden is said to be.
    pub lifecycle: String,
    /// Where that stands, if it is a work item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Whether it is kept with the memory that it is seen from, and not with the other.
    #[serde(default)]
    pub kept: bool,
}

/// A link to be made or undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkParam {
    /// `relates_to`, `depends_on`, `blocks`, `part_of`, or from the other side `needed_by`, `blocked_by`, `has_part`.
    pub relation: String,
    /// The other memory.
    pub id: String,
}

/// `POST /v1/links`: makes a link, or takes one away.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkRequest {
    /// The memory that is something to the other.
    pub id: String,
    /// What: a relation of `LinkParam`.
    pub relation: String,
    /// The other.
    pub to: String,
    /// Take it away.
    #[serde(default)]
    pub remove: bool,
    /// Where both are looked for; nothing named means everywhere.
    #[serde(default)]
    pub scope: ScopeParams,
}

/// What a change did to another memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlsoView {
    /// The other.
    pub id: String,
    /// The status that it has now; or `parts_closed`, where its last open part was closed and it is open itself.
    pub became: String,
}

/// `POST /v1/work`: work items, open ones first, by priority, then by their day.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkRequest {
    /// Whose.
    #[serde(default)]
    pub scope: ScopeParams,
    /// What is done or dropped too.
    #[serde(default)]
    pub closed: bool,
    /// At most so many, 1 to 500; 50 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// One work item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkItemView {
    /// The memory.
    pub id: String,
    /// Its title, or its first line.
    pub title: String,
    /// Where it stands.
    #[serde(flatten)]
    pub work: WorkView,
    /// What blocks it and is open.
    #[serde(default)]
    pub blocked_by: Vec<String>,
    /// What it is a part of.
    #[serde(default)]
    pub part_of: Vec<String>,
    /// Its open parts.
    #[serde(default)]
    pub open_parts: u64,
    /// All its parts.
    #[serde(default)]
    pub parts: u64,
    /// Path of its project.
    pub project: Option<String>,
    /// UTC milliseconds.
    pub occurred_at: i64,
    /// Its revision.
    pub revision: u32,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkReply {
    /// As many as were asked for.
    pub items: Vec<WorkItemView>,
    /// How many are open.
    pub open: u64,
    /// How many of those are overdue.
    pub overdue: u64,
    /// How many of those are blocked.
    pub blocked: u64,
    /// How many there are, closed ones included.
    pub all: u64,
    /// `owner`, or why less.
    pub mode: String,
}
