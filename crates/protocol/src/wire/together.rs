//! Several memories at once: merged, stood for by a summary, or undone; and what a request would touch that has to be asked twice.
//! It must not know the store's columns.
//! Invariant: an outcome is one of the words of `quipu_core::outcome::Word`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::search::ScopeParams;

/// `POST /v1/merge`: several memories become one.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    /// The one that stays.
    pub keep: String,
    /// Those that stand behind it from now on.
    pub others: Vec<String>,
    /// Another text for the one that stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The code of an answer that asked to be asked again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// Where all of them are looked for; nothing named means everywhere.
    #[serde(default)]
    pub scope: ScopeParams,
}

/// `POST /v1/aggregate`: a new memory stands for several.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AggregateRequest {
    /// What it stands for from now on; captured turns may be among them.
    pub ids: Vec<String>,
    /// The summary.
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
    /// For every project; otherwise it is of the project that all of them are of.
    #[serde(default)]
    pub global: bool,
    /// The code of an answer that asked to be asked again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// Where all of them are looked for; nothing named means everywhere.
    #[serde(default)]
    pub scope: ScopeParams,
}

/// `POST /v1/undo`: the last change is taken back, whatever it touched.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoRequest {
    /// The memory whose last change is meant; none: the last that was made by hand in the scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where it is looked for; nothing named means everywhere, and then `id` is needed.
    #[serde(default)]
    pub scope: ScopeParams,
}

/// What became of several memories at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TogetherReply {
    /// `merged`, `aggregated`, `undone` or `rejected`.
    pub outcome: String,
    /// The memory that stays, the summary, or the one that the undone change was of.
    pub id: Option<String>,
    /// Its title, or its first line, as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The revision that it is at now.
    pub revision: u32,
    /// The other memories that were touched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
    /// What there is to say of it: what was undone, why it was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
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

/// A memory that a request would touch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TouchedView {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// Its title, or its first line.
    pub title: String,
}
