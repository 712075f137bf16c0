//! Bringing in what other programs kept: some memories a request, an outcome for each.
//! It must not know those programs' formats.
//! Invariant: what one item is answered says nothing of the others.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::work::LinkParam;

/// Most items of one request.
pub const MOST_ITEMS: usize = 500;

/// `POST /v1/import`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportRequest {
    /// Which program they come from: `local-recall`, `claude-mem`, …
    pub source: String,
    /// The memories, 500 at most; each is answered by itself.
    #[serde(default)]
    pub items: Vec<ImportItem>,
    /// Ids that the source has no more: they are archived if they are as they came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<String>,
    /// Files of which `items` has all there is: what else came from them is archived in the same way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub whole_files: Vec<String>,
    /// Only say what would become of them.
    #[serde(default)]
    pub dry_run: bool,
}

/// One memory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportItem {
    /// The id that it has in its source, or that is made from its name there: it keeps it.
    pub id: String,
    /// The text.
    pub text: String,
    /// What it is.
    pub kind: String,
    /// A short title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Words to file it under.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// `global` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applies_to: Option<String>,
    /// UTC milliseconds; now unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<i64>,
    /// The project of this directory; none and no `project` means every project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// A project by its path, or its name where it has no path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Agent and session that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<(String, String)>,
    /// Files that it is about: absolute paths, or from `cwd`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Whether it is held on to.
    #[serde(default)]
    pub pinned: bool,
    /// It was hidden at this time, UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<i64>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive_reason: Option<String>,
    /// The id of what stands in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<String>,
    /// The id of the summary that stands for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregated_into: Option<String>,
    /// How much it matters, 1 to 5; 3 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub importance: Option<u8>,
    /// From when on what it says holds, UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<i64>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<i64>,
    /// Only people see it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// Of a work item where it stands: `proposed`, `planned`, `active`, `blocked`, `done` or `dropped`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Of a work item how much it matters: `critical`, `high`, `medium`, `low` or `backlog`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// Of a work item when it is due, UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<i64>,
    /// Links that it keeps, by ids of its source: `relates_to`, `depends_on`, `blocked_by`, `part_of`. The other end may
    /// come later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkParam>,
    /// The file or database that it stands in.
    pub path: String,
    /// Its first and last line there, from 1; of a table the number of the row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<(u64, u64)>,
    /// What it is called there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What became of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportReply {
    /// Of each item, in their order.
    pub items: Vec<ImportedView>,
    /// Memories that were archived because their source has them no more.
    #[serde(default)]
    pub archived: Vec<String>,
    /// What became of their links; those that were there already are not counted.
    #[serde(default)]
    pub links: LinkCounts,
    /// `owner`, or why less.
    pub mode: String,
}

/// What became of links, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkCounts {
    /// Made.
    pub made: u32,
    /// So many more wait for a memory that has not come yet; below 0 where some have come for which links waited.
    pub waiting: i32,
    /// Their memory may not keep them: they would close a circle, or be one too many, or lead to another project or to
    /// what was forgotten.
    pub left_out: u32,
}

/// What became of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportedView {
    /// `stored`, `changed` (its source says something else than it did), `duplicate` or `rejected`.
    pub outcome: String,
    /// The memory that the answer is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Where it is `rejected`: `empty`, `too_long`, `no_such_kind`, `bad_id`, `bad_relation`, `bad_status`,
    /// `bad_priority`, `denied`, `forgotten`, `changed_here`,
    /// `id_taken` or `hidden_here`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Labels of secrets that were replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<String>,
    /// What was read otherwise than it was written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}
