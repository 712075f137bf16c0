//! What agents were shown: answers of hooks, line by line, in numbers, and what is not wanted.
//! It must not know how it is kept.
//! Invariant: no text that was asked or shown is in it but the titles of memories.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::search::ScopeParams;

/// `GET /v1/why/{id}`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WhyQuery {
    /// At most so many answers, the newest, 1 to 500; 20 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// Every time that a memory was put before an agent.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct WhyReply {
    /// The memory.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// Its title, or how its text begins.
    pub title: String,
    /// Its project; none means every project.
    #[serde(default)]
    pub project: Option<String>,
    /// `live`, `archived` or `superseded`.
    pub lifecycle: String,
    /// Projects in which it is not put before agents any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hushed_in: Vec<String>,
    /// All of it in numbers.
    pub tally: TallyView,
    /// The newest answers that held it, newest first, each with its line alone.
    pub answers: Vec<AnswerView>,
    /// `owner`, or why less.
    pub mode: String,
}

/// Lines in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TallyView {
    /// Lines that were shown.
    pub lines: u64,
    /// What they cost, estimated.
    pub tokens: u64,
    /// Lines of which it is known that the session went by them.
    pub used: u64,
    /// Lines of which it is known whether it did.
    pub judged: u64,
}

/// `POST /v1/shown`: what agents were given, newest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShownRequest {
    /// Of which project's sessions.
    #[serde(default)]
    pub scope: ScopeParams,
    /// Only this session, by the agent's own id of it, with its subagents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Only this event: `SessionStart`, `UserPromptSubmit` or `PreToolUse`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// At most so many, 1 to 500; 20 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShownReply {
    /// Answers of hooks, newest first.
    pub answers: Vec<AnswerView>,
    /// `owner`, or why less.
    pub mode: String,
}

/// What a hook was answered.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AnswerView {
    /// When: UTC milliseconds. Of silences that are counted, the newest.
    pub at: i64,
    /// `SessionStart`, `UserPromptSubmit` or `PreToolUse`.
    pub event: String,
    /// Which agent.
    #[serde(default)]
    pub agent: Option<String>,
    /// Its session; a subagent's is its caller's, a stroke, and its own id. None of a pause.
    #[serde(default)]
    pub session_id: Option<String>,
    /// The project.
    #[serde(default)]
    pub project: Option<String>,
    /// Lines that were given; of memories that were forgotten since, `lines` has none.
    pub given: u32,
    /// What the answer cost, estimated, its fence included.
    pub tokens: u32,
    /// Its bytes.
    pub bytes: u32,
    /// Why nothing was given: nothing_found, weak_evidence, no_room, told_already, own_context, machine, paused, late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence: Option<String>,
    /// How often: silences before edits and during a pause are counted, a day of a session together.
    pub times: u32,
    /// Memories that were not looked at: the session has seen them, or they are hushed.
    pub left_out: u32,
    /// The lines.
    pub lines: Vec<LineView>,
}

/// One line of an answer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LineView {
    /// The memory.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// Its title, or how its text begins, as it is now.
    pub title: String,
    /// `live`, `archived` or `superseded`, now.
    pub lifecycle: String,
    /// The revision that was shown.
    pub revision: u32,
    /// The one that it is at.
    pub revision_now: u32,
    /// Its place in the answer, from 1.
    pub place: u32,
    /// What the line cost, estimated.
    pub tokens: u32,
    /// Its bytes.
    pub bytes: u32,
    /// Why it was there.
    pub why: WhyView,
    /// Whether the session had been shown an earlier revision.
    #[serde(default)]
    pub again: bool,
    /// Whether the session went by it; none where that is not known (yet).
    #[serde(default)]
    pub used: Option<bool>,
    /// How that is known: `id`, `file` or `words` of it came again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<String>,
    /// In which memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_in: Option<String>,
}

/// Why a line was chosen: by what it matches, or by its section, or by its file.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct WhyView {
    /// What decided the order; comparable within one answer only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    /// Share of the question's IDF that it holds, 0–1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idf_share: Option<f32>,
    /// Share of the question's weight that it answers, synonyms in part, 0–1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f32>,
    /// Cosine of its meaning to the question's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cosine: Option<f32>,
    /// Words of the question that it holds, rarest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matched: Vec<String>,
    /// The part of a session's start that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// The file that was about to be edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// `POST /v1/usage`: what was shown in numbers.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsageRequest {
    /// In which project.
    #[serde(default)]
    pub scope: ScopeParams,
    /// Not before: UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// At most so many memories in each list, 1 to 100; 5 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<usize>,
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UsageReply {
    /// By project and event.
    pub rows: Vec<UsageView>,
    /// Memories that were shown most often.
    pub most_shown: Vec<RankedView>,
    /// Memories that were used most often.
    pub most_used: Vec<RankedView>,
    /// Memories that were shown and, as far as is known, never used; those shown most often first.
    pub never_used: Vec<RankedView>,
    /// So many days are kept.
    pub days: u64,
    /// `owner`, or why less.
    pub mode: String,
}

/// What was shown in one project at one event.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UsageView {
    /// The project.
    #[serde(default)]
    pub project: Option<String>,
    /// The event.
    pub event: String,
    /// Answers that held something.
    pub answers: u64,
    /// What they cost, estimated, fences included.
    pub tokens: u64,
    /// Their lines.
    pub tally: TallyView,
    /// How often nothing was given, by reason.
    pub silences: Vec<(String, u64)>,
}

/// A memory with how often it was shown.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RankedView {
    /// The memory.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// Its title, or how its text begins.
    pub title: String,
    /// Its lines.
    pub tally: TallyView,
}

/// `POST /v1/hush`: not before agents of a project any more, or again.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HushRequest {
    /// The memory.
    pub id: String,
    /// Where, for a memory that belongs to every project; its own project's else.
    #[serde(default)]
    pub scope: ScopeParams,
    /// Put it before agents again.
    #[serde(default)]
    pub undo: bool,
}

/// What became of it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct HushReply {
    /// `hushed`, `heard` or `unchanged`.
    pub outcome: String,
    /// The memory.
    pub id: String,
    /// Where.
    pub project: String,
    /// `owner`, or why less.
    pub mode: String,
}

/// `POST /v1/hushed`: what is not put before agents.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HushedRequest {
    /// In which project.
    #[serde(default)]
    pub scope: ScopeParams,
}

/// The answer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct HushedReply {
    /// The newest first.
    pub memories: Vec<HushedView>,
    /// `owner`, or why less.
    pub mode: String,
}

/// One of them.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct HushedView {
    /// The memory.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// Its title, or how its text begins.
    pub title: String,
    /// Where.
    pub project: String,
}
