//! The session pack: what matters where somebody starts to work.
//! It must not know how it is chosen.
//! Invariant: it says how much of what there is it holds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::search::ScopeParams;

/// `POST /v1/context`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContextRequest {
    /// Whose memories: a project, or the project of a directory.
    #[serde(default)]
    pub scope: ScopeParams,
    /// What is about to be done: memories about it come too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// At most so many tokens, 50 to 2 000; `recall.start_tokens` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<usize>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContextReply {
    /// The text, fenced as a quotation; empty when nothing is known.
    pub text: String,
    /// What it costs, estimated.
    pub tokens: usize,
    /// Path of the project.
    pub project: String,
    /// Written memories that the text holds, and how many there are.
    pub notes: (usize, usize),
    /// Every section that has something, in order.
    #[serde(default)]
    pub sections: Vec<SectionView>,
    /// The memories in it, in order, each with its section and what its line costs.
    #[serde(default)]
    pub told: Vec<ToldView>,
    /// Ids of the memories in it, in order.
    pub ids: Vec<String>,
    /// `owner`, or why less.
    pub mode: String,
    /// What the answer may lack, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// Who else is at work there now, in a few lines; none where nobody is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<String>,
}

/// How much of a section a pack holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SectionView {
    /// `where we stopped`, `open work`, `decisions`, …
    pub name: String,
    /// So many memories of it stand in the text.
    pub told: usize,
    /// So many there are.
    pub of: usize,
}

/// A memory in a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToldView {
    /// Which one.
    pub id: String,
    /// In which section.
    pub section: String,
    /// What its line costs, estimated.
    pub tokens: usize,
}
