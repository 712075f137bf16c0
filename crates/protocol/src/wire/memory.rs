//! One memory, writing one and changing one.
//! It must not know the store's columns.
//! Invariant: an outcome is one of the words of DESIGN §5.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::search::ScopeParams;
use super::together::TouchedView;
use super::work::{AlsoView, LinkParam, LinkView, WorkView};

/// A whole memory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// Where it holds, as written: `global` or a part of its project.
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
    /// `live`, `archived`, `superseded` or `aggregated`.
    pub lifecycle: String,
    /// The transcript it can be walked back to.
    pub source: Option<SourceView>,
    /// Where it was brought in from, if it was; told where one memory is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<ImportedFromView>,
    /// Secrets that were replaced in it.
    pub redactions: u32,
    /// `content_hash` of the text that was imported, where secrets were replaced in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_hash: Option<String>,
    /// How often it was changed, and one.
    #[serde(default)]
    pub revision: u32,
    /// Whether it is held on to.
    #[serde(default)]
    pub pinned: bool,
    /// Whether only a person may see it.
    #[serde(default)]
    pub private: bool,
    /// Projects in which it is not put before agents; told where one memory is shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hushed_in: Vec<String>,
    /// The memory that stands in its place.
    #[serde(default)]
    pub superseded_by: Option<String>,
    /// When it was archived, where it is: UTC milliseconds.
    #[serde(default)]
    pub archived_at: Option<i64>,
    /// Why it was archived.
    #[serde(default)]
    pub archive_reason: Option<String>,
    /// The summary that stands for it.
    #[serde(default)]
    pub aggregated_into: Option<String>,
    /// How much it matters, 1 to 5; 3 unless somebody said otherwise.
    #[serde(default)]
    pub importance: u8,
    /// What it says holds from then on: UTC milliseconds.
    #[serde(default)]
    pub valid_from: Option<i64>,
    /// What it says holds no more from then on: UTC milliseconds.
    #[serde(default)]
    pub valid_to: Option<i64>,
    /// Of a message its thread; told where one memory is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// Where it stands, if it is a work item. This and what follows is told of a memory that is asked for by its id, and in
    /// exports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<WorkView>,
    /// What it is to others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkView>,
    /// So many links more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub links_left_out: u64,
    /// Those of `files` that somebody said it is about; the others a session touched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given_files: Vec<String>,
    /// Those of `files` that are gone from the working tree since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone_files: Vec<String>,
    /// Names in code that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub symbols: Vec<String>,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The place in another program that a memory was brought in from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportedFromView {
    /// The program.
    pub source: String,
    /// Its file or database.
    pub path: String,
    /// First and last line, from 1; of a table the number of the row.
    pub lines: Option<(u64, u64)>,
    /// What it is called there.
    pub name: Option<String>,
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
    /// Where it holds: `global` unless given, `branch:NAME`, `area:NAME`, `file:PATH`, `session:ID`, several with commas.
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
    /// The memory in whose place it stands from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<String>,
    /// What it is to other memories, at most 25.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkParam>,
    /// Files that it is about: absolute, or from `cwd` (else the project's root) on; at most 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Names in code that it is about, at most 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub symbols: Vec<String>,
    /// Of a `work_item`: `planned` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Of a `work_item`: `critical`, `high`, `medium` (unless given), `low`, `backlog`, or 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// Of a `work_item`, when it is due: `2026-12-01`, a timestamp, `tomorrow`, `3d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Let only a person see it: no agent is told of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// How much it matters, 1 to 5; 3 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub importance: Option<u8>,
    /// What it says holds from then on: UTC milliseconds. Before, it is not recalled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<i64>,
    /// What it says holds no more from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<i64>,
    /// The code of an answer that asked to be asked again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
}

/// What became of a write.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SaveReply {
    /// `stored`, `superseded`, `duplicate` or `rejected`.
    pub outcome: String,
    /// The memory that the answer is about.
    pub id: Option<String>,
    /// Why, where it was rejected or deferred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Labels of secrets that were replaced; `private` for what was marked as that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<String>,
    /// Of an import that was changed by that: `content_hash` of the text as it came. Imported again, it is a duplicate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_hash: Option<String>,
    /// The memory in whose place it stands now, where it is `superseded`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<String>,
    /// Up to three live memories of the same scope that say nearly the same, nearest first: to be looked at, not to be
    /// worried about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<NearView>,
    /// What of the request was taken otherwise than it was written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Where it was rejected with `needs_confirmation`: what it would hide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub would_change: Vec<TouchedView>,
    /// The code that lets the same request through, as `confirm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// `owner`, or why less.
    pub mode: String,
}

/// A memory that says nearly the same as one that was saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NearView {
    /// Its id.
    pub id: String,
    /// Its title, or its first line.
    pub title: String,
    /// How near it is: 1 is the same.
    pub cosine: f32,
}

/// `PATCH /v1/memories/{id}`; what is not named stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRequest {
    /// Another text in place of the one that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A text behind the one that is there, after a blank line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub append: Option<String>,
    /// Another title; an empty one takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Words to file it under too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_keywords: Vec<String>,
    /// Words to file it under no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove_keywords: Vec<String>,
    /// Another kind, of those that are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What it applies to from now on; empty means `global`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applies_to: Option<String>,
    /// Hold on to it, or let go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// Links that it keeps from now on: `relates_to`, `depends_on`, `blocked_by`, `part_of`. `POST /v1/links` takes any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_links: Vec<LinkParam>,
    /// Links that it keeps no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove_links: Vec<LinkParam>,
    /// Files that it is about too: absolute, or from `scope.cwd` (else the project's root) on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_files: Vec<String>,
    /// Files that it is about no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove_files: Vec<String>,
    /// Names in code that it is about too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_symbols: Vec<String>,
    /// Names in code that it is about no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove_symbols: Vec<String>,
    /// Of a `work_item`: another status; `unblocked` takes its blockers away and goes on where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Of a `work_item`: another priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// Of a `work_item`: another day, as in a save; `none` takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Where `status` closes a work item: close its open parts with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_children: bool,
    /// Let only a person see it, or whoever sees its project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
    /// How much it matters from now on, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub importance: Option<u8>,
    /// What it says holds from then on: UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<i64>,
    /// What it says holds no more from then on: UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<i64>,
    /// Take both bounds away that it has, but for those that are given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub always_valid: bool,
    /// `archive`, `restore` or `supersede`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// For `supersede`: the memory that stands in its place from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_id: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Only if it is at this revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_revision: Option<u32>,
    /// The code of an answer that asked to be asked again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// Where it is looked for; nothing named means everywhere. A memory of another project is none.
    #[serde(default)]
    pub scope: ScopeParams,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateReply {
    /// `changed`, `archived`, `restored`, `superseded`, `unchanged` or `rejected`.
    pub outcome: String,
    /// The memory; where it is `superseded`, the one that stands in its place.
    pub id: Option<String>,
    /// The revision that the changed memory is at now.
    pub revision: u32,
    /// What there is to say of it: which memory was superseded, why nothing changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it did to other work items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<AlsoView>,
    /// Labels of secrets that were replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<String>,
    /// Where it was rejected with `needs_confirmation`: what it would hide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub would_change: Vec<TouchedView>,
    /// The code that lets the same request through, as `confirm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// `owner`, or why less.
    pub mode: String,
}

/// `GET /v1/history/{id}`: what a memory is and was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryReply {
    /// The memory.
    pub id: String,
    /// Newest first, the current one included.
    pub revisions: Vec<RevisionView>,
    /// So many of the oldest are left out: all texts are too much for one answer.
    #[serde(default, skip_serializing_if = "is_none_left_out")]
    pub left_out: u32,
    /// `owner`, or why less.
    pub mode: String,
}

fn is_none_left_out(count: &u32) -> bool {
    *count == 0
}

/// A memory as it is or once was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RevisionView {
    /// Its number; the first is 1.
    pub revision: u32,
    /// A short title, if it had one.
    pub title: Option<String>,
    /// The text.
    pub text: String,
    /// What it was.
    pub kind: String,
    /// Words it was filed under.
    pub keywords: Vec<String>,
    /// Where it holds, as written: `global` or a part of its project.
    pub applies_to: String,
    /// Whether it was held on to.
    #[serde(default)]
    pub pinned: bool,
    /// Where it stood, if it was a work item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<WorkView>,
    /// The links that it kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkParam>,
    /// Files that it was said to be about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given_files: Vec<String>,
    /// Names in code that it was about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub symbols: Vec<String>,
    /// Whether only a person might see it.
    #[serde(default)]
    pub private: bool,
    /// Shown, archived or superseded.
    /// How much it mattered, 1 to 5.
    #[serde(default)]
    pub importance: u8,
    /// What it said held from then on: UTC milliseconds.
    #[serde(default)]
    pub valid_from: Option<i64>,
    /// What it said held no more from then on.
    #[serde(default)]
    pub valid_to: Option<i64>,
    /// `live`, `archived`, `superseded` or `aggregated`.
    #[serde(default)]
    pub lifecycle: String,
    /// When it came to be: UTC milliseconds.
    pub changed_at: i64,
    /// Why it came to be, where that was said.
    pub reason: Option<String>,
    /// Whether it is what the memory is now.
    pub current: bool,
}
