//! Who is here, what each does, and where nothing is delivered.
//! It must not know how presence is found out.
//! Invariant: a count says of how many; a state is one of those that are known.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `GET /v1/agents` is asked with: a project, a directory or `all` has to be there.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentsRequest {
    /// Every project's.
    #[serde(default)]
    pub all: bool,
    /// A project by name or path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The project of this directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Only this session: `agent/id`, its id, or enough of its beginning; wherever it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Those too that have left within a day.
    #[serde(default)]
    pub left: bool,
    /// At most so many, 1 to 500; 50 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// What `GET /v1/agents` answers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AgentsReply {
    /// Those that were asked for, here before silent before left, the latest sign of life first.
    pub agents: Vec<AgentView>,
    /// So many of them there are, given or not.
    pub of: usize,
    /// So many of those are here.
    pub here: usize,
    /// So many are silent.
    pub silent: usize,
    /// So many have left.
    pub left: usize,
    /// So many are here in other projects.
    pub elsewhere: usize,
    /// Who asks, where an agent does.
    pub you: Option<String>,
    /// Path of the project, where one was asked for.
    pub project: Option<String>,
    /// Pauses of delivery that hold.
    #[serde(default)]
    pub paused: Vec<DeliveryPauseView>,
    /// What answered: `owner` or `standby`, …
    pub mode: String,
}

/// A session.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AgentView {
    /// Its whole name, `agent/id`.
    pub session: String,
    /// The beginning of its id: enough to name it by, unless another begins so too.
    pub short: String,
    /// `claude-code`, …
    pub agent: String,
    /// Path of the project that it works in.
    pub project: String,
    /// The branch there.
    pub branch: Option<String>,
    /// Its working directory.
    pub cwd: Option<String>,
    /// What it says that it does.
    pub task: Option<String>,
    /// Roles that it has there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// `here`, `silent` or `left`.
    pub state: String,
    /// Whether its process holds a connection open: then it is known at once when that ends.
    pub connected: bool,
    /// Since when it is here, UTC milliseconds.
    pub joined_at: i64,
    /// Its last sign of life.
    pub seen_at: i64,
    /// When it left, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<i64>,
    /// Why it left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_why: Option<String>,
    /// Files that it edits, the latest first.
    pub editing: Vec<EditView>,
    /// Whether what is sent to it is held back.
    #[serde(default)]
    pub delivery_paused: bool,
    /// What it shares with who asks.
    #[serde(default)]
    pub overlap: OverlapView,
}

/// A file that somebody edits.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EditView {
    /// From the project's root on.
    pub file: String,
    /// When it was edited last.
    pub at: i64,
}

/// What two sessions share.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OverlapView {
    /// Files that both edit.
    pub files: Vec<String>,
    /// Words of both tasks.
    pub words: Vec<String>,
}

/// Somebody who edits a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EditorView {
    /// Whose session, `agent/id`.
    pub session: String,
    /// The file, from the project's root on.
    pub file: String,
    /// When it was edited last, UTC milliseconds.
    pub at: i64,
    /// The branch that it is edited on.
    pub branch: Option<String>,
    /// What the session says that it does.
    pub task: Option<String>,
}

/// `POST /v1/agents/task`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskRequest {
    /// What is being done; none: nothing any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Whose session, where it is not the one that asks: `agent/id`, its id, or enough of its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TaskReply {
    /// Whose session.
    pub session: String,
    /// What it says now.
    pub task: Option<String>,
    /// Others whose task or files touch it.
    pub overlaps: Vec<AgentView>,
}

/// `POST /v1/agents/pause` and `/v1/agents/resume`: one of the places, or `all`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryRequest {
    /// To this session: `agent/id`, its id, or enough of its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// To whoever holds this role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// In this project, by name or path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// In the project of this directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// To everybody; of a resume: every pause.
    #[serde(default)]
    pub all: bool,
    /// For how long, in milliseconds; none means until resumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_ms: Option<i64>,
}

/// A pause of delivery that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryPauseView {
    /// `session`, `role`, `project` or `all`.
    pub of: String,
    /// Which one; none of `all`.
    pub name: Option<String>,
    /// Since when, UTC milliseconds.
    pub from: i64,
    /// Until when, if it ends by itself.
    pub until: Option<i64>,
    /// The command that ends it.
    pub resume: String,
}

/// What `GET /v1/agents/hold` is asked with.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldRequest {
    /// Where the agent works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
}

/// What a held connection is told first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeldEvent {
    /// The session that it stands for, `agent/id`; none where nobody knows yet.
    pub session: Option<String>,
}
