//! Leases: files, names with permits; who holds them, who waits.
//! It must not know how they are kept.
//! Invariant: times that are left are lengths, not moments: the clock that counts them is nobody's wall clock.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `POST /v1/leases`: somebody asks for a name or for files.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaseRequest {
    /// A name: letters, digits and `._:/-`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Or files: patterns with `*`, `?` and `**`; what covers a folder covers all below it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// The directory that relative patterns begin at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Of files: others may share them who share them too.
    #[serde(default)]
    pub shared: bool,
    /// Of files: agents of other sessions are kept from editing them, not only told.
    #[serde(default)]
    pub deny: bool,
    /// How many permits the name has, 1 to 10000; as many as it had, or 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permits: Option<u32>,
    /// How many of them are asked for; 1 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take: Option<u32>,
    /// How long it lasts unless renewed, 5000 (5 s) to 604800000 (7 d); 1800000 (30 min) unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<u64>,
    /// Wait so long for it, in the order of asking; the answer comes when it is held. Not at all unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The process that will hold it by a connection (`POST /v1/leases/hold`), from within 20 s on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
}

/// Which leases are meant: by name or files, and by token where that is known; without one the asker's own.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaseTarget {
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Or the files, as they were asked for; of a token any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// The directory that relative patterns begin at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// The token that it was given with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<u64>,
    /// Renewing: how long it lasts from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<u64>,
    /// Releasing: others' leases too. Only a person may.
    #[serde(default)]
    pub force: bool,
}

/// `POST /v1/leases/list`: what is held and waited for.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeasesRequest {
    /// Only this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Only what covers one of these files or has one in common with these patterns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// The directory that relative patterns begin at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Only what the asker's own session holds or waits for.
    #[serde(default)]
    pub mine: bool,
}

/// One lease that was asked for, renewed or checked.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LeaseReply {
    /// `granted`, `renewed` (it was held already), or `valid`.
    pub outcome: String,
    /// The lease.
    pub lease: LeaseView,
    /// `owner`, or why less.
    pub mode: String,
}

/// Leases.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LeasesReply {
    /// In the order of asking.
    pub leases: Vec<LeaseView>,
    /// How many are held in all, whatever was asked for.
    pub held: usize,
    /// How many are waited for in all.
    pub waiting: usize,
    /// `owner`, or why less.
    pub mode: String,
}

/// One lease, or a place in the queue for one.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LeaseView {
    /// Its number.
    pub id: i64,
    /// The name; `paths` for files.
    pub name: String,
    /// The files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// `held` or `waiting`.
    pub state: String,
    /// What it is proven with; of one name a later lease has a greater one.
    #[serde(default)]
    pub token: Option<u64>,
    /// Of files: whether others may share them.
    #[serde(default)]
    pub shared: bool,
    /// Of files: whether others' agents are kept from editing them.
    #[serde(default)]
    pub deny: bool,
    /// How many permits it takes.
    #[serde(default)]
    pub take: Option<u32>,
    /// Of how many.
    #[serde(default)]
    pub permits: Option<u32>,
    /// Who has it.
    pub holder: HolderView,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// In which project it was asked for.
    #[serde(default)]
    pub project: Option<String>,
    /// When it was asked for: UTC milliseconds.
    pub asked_at: i64,
    /// Since when it is held: UTC milliseconds.
    #[serde(default)]
    pub since: Option<i64>,
    /// How long it lasts unless renewed, in ms.
    pub ttl_ms: u64,
    /// How long it still lasts, in ms; of what is held by a connection it is renewed as long as that is open.
    pub left_ms: u64,
    /// Of one that waits: how many are before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<usize>,
}

/// Who holds something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HolderView {
    /// `session`, `process` or `person`.
    pub kind: String,
    /// The agent's session, `agent/id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
}
