//! Texts turned into vectors, for quipu's own commands and for any other program of this user.
//! It must not know models.
//! Invariant: one vector a text, in their order; a limit that is passed is named in the fault.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most texts in one request.
pub const MAX_TEXTS: usize = 2_048;
/// Largest text, in bytes.
pub const MAX_TEXT_BYTES: usize = 256 << 10;
/// Most bytes of all texts of one request.
pub const MAX_BYTES: usize = 4 << 20;
/// How long a request may take that names no time, in milliseconds.
pub const DEADLINE_MS: u64 = 10_000;
/// Longest time that one may ask for, in milliseconds.
pub const MAX_DEADLINE_MS: u64 = 25_000;

/// What a text is to its model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmbedKind {
    /// A text to be found.
    #[default]
    Passage,
    /// What is looked for.
    Query,
}

/// Whether somebody waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// A person or an agent does.
    #[default]
    Interactive,
    /// Nobody does: it yields after every slice.
    Bulk,
}

/// `POST /v1/embed`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmbedRequest {
    /// The texts, at most [`MAX_TEXTS`] and [`MAX_BYTES`].
    pub texts: Vec<String>,
    /// `passage` unless given.
    #[serde(default)]
    pub kind: EmbedKind,
    /// `interactive` unless given.
    #[serde(default)]
    pub priority: Priority,
    /// Milliseconds after which no answer is wanted any more, 1 to [`MAX_DEADLINE_MS`]; [`DEADLINE_MS`] unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
}

/// The vectors.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EmbedReply {
    /// Name and revision of the model: vectors of different models are not to be compared.
    pub model: String,
    /// Numbers in each vector.
    pub dimensions: usize,
    /// One for each text, of length 1; `null` for a text without a word that says anything.
    pub vectors: Vec<Option<Vec<f32>>>,
    /// `owner`, or why less.
    pub mode: String,
}

/// How the embedder is, in `GET /v1/health`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmbedderView {
    /// Its model.
    pub model: String,
    /// Whether its thread has the model: from the first request until it has been idle for a while.
    pub loaded: bool,
    /// Texts that wait for which somebody waits too.
    pub interactive: u64,
    /// Texts that wait for which nobody does.
    pub bulk: u64,
    /// Texts embedded since the daemon started.
    pub texts: u64,
    /// Requests answered.
    pub answered: u64,
    /// Requests turned away because too many were there.
    pub refused: u64,
    /// Requests whose time ran out.
    pub timed_out: u64,
}
