//! Search, timeline and export.
//! It must not know how hits are found.
//! Invariant: every answer says in which mode it was made and what it may lack.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::memory::MemoryView;

/// Whose memories are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScopeParams {
    /// Every project's.
    #[serde(default)]
    pub all: bool,
    /// A project by name or path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Otherwise the project of this directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Only what was written for this place: `global`, `project`, `branch:NAME`, `area:NAME`, `file:PATH`, `session:ID`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<String>,
}

/// `POST /v1/search`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// What to look for.
    pub query: String,
    /// Whose memories.
    #[serde(default)]
    pub scope: ScopeParams,
    /// At most this many hits; 10 unless given, at most 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Only these kinds.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Only what changed or names these files, or what lies below them: absolute, or from `scope.cwd` (else the project's root) on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Not before: UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// Not after: UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// What is hidden too: archived, superseded, aggregated, and what does not hold now.
    #[serde(default)]
    pub include_archived: bool,
    /// What was there then, as it was then: UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<i64>,
    /// Say why each hit is there.
    #[serde(default)]
    pub explain: bool,
    /// Go by words alone, not by meaning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub words_only: bool,
}

/// A hit.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Hit {
    /// The memory's id.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// A short title, if it has one.
    pub title: Option<String>,
    /// The agent's session id.
    pub session_id: Option<String>,
    /// The agent.
    pub agent: Option<String>,
    /// Path of its project.
    pub project: Option<String>,
    /// Git branch at the time.
    pub branch: Option<String>,
    /// UTC milliseconds.
    pub occurred_at: i64,
    /// Higher is better; comparable within one answer only.
    pub score: f32,
    /// The chunk that matched.
    pub text: String,
    /// Whether `text` is only a part of the memory (`quipu show ID` has the rest).
    pub partial: bool,
    /// What the whole memory costs a model, in estimated tokens.
    #[serde(default)]
    pub tokens: usize,
    /// `live`, `archived`, `superseded` or `aggregated`.
    pub lifecycle: String,
    /// Where it holds: `global`, or a part of its project.
    #[serde(default)]
    pub applies_to: String,
    /// Whether only a person may see it.
    #[serde(default)]
    pub private: bool,
    /// Of a message its thread: `quipu thread` shows all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// Why it is there, where asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explain: Option<Explain>,
}

/// Why a hit is there.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Explain {
    /// BM25 of the chunk itself.
    pub own: f32,
    /// What its neighbours in the session added to that.
    pub context: f32,
    /// Share of the query's weight that the chunk answers, synonyms in part, 0–1.
    #[serde(default)]
    pub coverage: f32,
    /// The same of the better of the chunks beside it.
    #[serde(default)]
    pub beside: f32,
    /// How near the chunk's meaning is to the query's: a cosine, -1 to 1.
    #[serde(default)]
    pub cosine: f32,
    /// Share of the query's weight that it contains, 0–1.
    pub idf_share: f32,
    /// The query's terms in it or its neighbours, rarest first.
    pub matched: Vec<String>,
    /// Whether it would be put before an agent unasked.
    pub worth_injecting: bool,
}

/// A term of the query.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TermView {
    /// As analysed.
    pub term: String,
    /// In how many chunks.
    pub document_frequency: u64,
    /// `looked_up`, `too_common` or `unknown`.
    pub used: String,
}

/// The answer to a search.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SearchReply {
    /// Best first.
    pub hits: Vec<Hit>,
    /// `owner`, or why less.
    pub mode: String,
    /// What the answer may lack, if anything.
    pub fallback: Option<String>,
    /// Time in the daemon, in milliseconds.
    pub took_ms: f64,
    /// The project searched; none means all.
    #[serde(default)]
    pub project: Option<String>,
    /// The query's terms, where an explanation was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<TermView>,
}

/// `POST /v1/timeline`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimelineRequest {
    /// Whose memories.
    #[serde(default)]
    pub scope: ScopeParams,
    /// Around this memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub around: Option<String>,
    /// Only of this session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Only these kinds.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Only what changed or names these files, or what lies below them: absolute, or from `scope.cwd` (else the project's root) on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Not before: UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// Not after: UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// At most this many, 1 to 500; 20 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// The `next` of the answer before, for what is older; not together with `around`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// What is hidden too: archived, superseded, aggregated, and what does not hold now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub include_archived: bool,
    /// What was there then, as it was then: UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<i64>,
}

/// Behind the `?` of what shows one memory.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AsOfQuery {
    /// As it was then: UTC milliseconds.
    #[serde(default)]
    pub as_of: Option<i64>,
}

/// `POST /v1/export`: one page of memories.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageRequest {
    /// Whose memories.
    #[serde(default)]
    pub scope: ScopeParams,
    /// The `next` of the page before; `after` is its older name.
    #[serde(default, alias = "after", skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// At most this many, 1 to 200; 200 unless given. A page also ends once its texts have 4 MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Private ones too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub include_private: bool,
    /// Only these kinds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// What is hidden too: archived, superseded and aggregated. What does not hold now is always there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub include_archived: bool,
    /// What was there then, as it was then: UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<i64>,
    /// For `records`: what each was before, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub history: bool,
}

/// Memories in order, with the cursor of the next page.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct MemoriesReply {
    /// The memories.
    pub memories: Vec<MemoryView>,
    /// The `cursor` to go on with; none at the end.
    #[serde(default)]
    pub next: Option<String>,
    /// `owner`, or why less.
    pub mode: String,
}
