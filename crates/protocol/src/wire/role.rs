//! Roles of a project: who has them, at which epoch, and what the one before left for the next.
//! It must not know how they are kept.
//! Invariant: an epoch is given once; whoever names an older one than there is takes nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lease::HolderView;
use super::search::ScopeParams;

/// `POST /v1/roles/take`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeRoleRequest {
    /// The role: `prime`.
    pub role: String,
    /// In which project.
    #[serde(default)]
    pub scope: ScopeParams,
    /// Only if it is at this epoch; 0 for one that nobody ever had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_epoch: Option<u64>,
    /// From whoever has it; wants a reason.
    #[serde(default)]
    pub force: bool,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How long it is held unless renewed, in ms; 1800000 (30 min) unless given. What a session does renews it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<u64>,
}

/// `POST /v1/roles/give`: a role is given up.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveRoleRequest {
    /// The role.
    pub role: String,
    /// In which project.
    #[serde(default)]
    pub scope: ScopeParams,
    /// What the next one has to know; kept as a memory, and given to whoever takes the role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whoever has it. Only a person may.
    #[serde(default)]
    pub force: bool,
}

/// `POST /v1/roles`: the roles of a project.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolesRequest {
    /// Of which project.
    #[serde(default)]
    pub scope: ScopeParams,
}

/// What became of it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RoleReply {
    /// `taken`, `renewed` (it was the asker's) or `given`.
    pub outcome: String,
    /// The role, with the note that was left for whoever takes it.
    pub role: RoleView,
    /// Who has lost it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_from: Option<HolderView>,
    /// `owner`, or why less.
    pub mode: String,
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RolesReply {
    /// By name; those that nobody holds too.
    pub roles: Vec<RoleView>,
    /// `owner`, or why less.
    pub mode: String,
}

/// One role.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RoleView {
    /// Its name.
    pub role: String,
    /// Its project.
    #[serde(default)]
    pub project: Option<String>,
    /// How often it was taken: whoever takes it raises it. 0 before the first time.
    pub epoch: u64,
    /// Who has it; none: nobody.
    #[serde(default)]
    pub holder: Option<HolderView>,
    /// Since when: UTC milliseconds.
    #[serde(default)]
    pub since: Option<i64>,
    /// How long still unless renewed, in ms.
    #[serde(default)]
    pub left_ms: Option<u64>,
    /// Why it was taken.
    #[serde(default)]
    pub reason: Option<String>,
    /// What was left for the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<NoteView>,
}

/// A note that was left with a role.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct NoteView {
    /// The memory that it is.
    pub id: String,
    /// What it says, up to 2000 characters; left out in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// When it was left: UTC milliseconds.
    pub at: i64,
}
