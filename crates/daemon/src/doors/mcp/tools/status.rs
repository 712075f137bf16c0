//! `memory_status`: mode, health and counts.
//! It must not know how they are counted.
//! Invariant: what is not as it should be stands first.

use quipu_core::scope::Reader;
use quipu_protocol::fault::Fault;
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::doors::mcp::asker::Asker;
use crate::doors::mcp::schema;
use crate::doors::mcp::tool::{Effect, Shelf, Told, Tool};
use crate::doors::mcp::words;
use crate::doors::routes;
use crate::service;

pub(in crate::doors::mcp) static TOOL: Tool = Tool {
    name: "memory_status",
    title: "State of the memory",
    description: "Whether the memory works as it should, what it refuses just now, and how much it holds.",
    effect: Effect::Reads,
    shelf: Shelf::All,
    input: schema::input::<Arguments>,
    output: schema::output::<Status>,
    run,
};

#[derive(Debug, Deserialize, JsonSchema)]
struct Arguments {}

#[derive(Debug, Serialize, JsonSchema)]
struct Status {
    /// `owner` when all is well, else what answers in its place.
    mode: String,
    /// `ok` or `degraded`.
    state: String,
    /// Why it is not ok.
    reasons: Vec<String>,
    /// Operations that are refused just now.
    refused: Vec<String>,
    /// Version of quipu.
    version: String,
    /// Live memories by kind, most frequent first.
    kinds: Vec<Count>,
    sessions: u64,
    projects: u64,
    /// The session that this connection belongs to, where its host says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    /// What of the arguments was not understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Count {
    kind: String,
    memories: u64,
}

fn run(asker: &Asker, given: JsonObject) -> Result<Told, Fault> {
    let (Arguments {}, warnings) = super::arguments(&TOOL, given)?;
    let health = service::health(&asker.service, routes::writes(), routes::refused_when_damaged())?;
    let stats = service::stats(&asker.service, Reader::Agent)?;
    let mut kinds: Vec<Count> = stats.by_kind.into_iter().map(|(kind, memories)| Count { kind, memories }).collect();
    kinds.sort_by(|a, b| b.memories.cmp(&a.memories).then_with(|| a.kind.cmp(&b.kind)));
    let total: u64 = kinds.iter().map(|count| count.memories).sum();
    let why = if health.reasons.is_empty() { String::new() } else { format!(": {}", health.reasons.join("; ")) };
    let text = format!(
        "quipu {} is {} (mode {}){why}\n{total} memories of {} sessions in {} projects{}",
        health.version,
        health.state,
        health.mode,
        stats.sessions,
        stats.projects,
        words::notes(None, &warnings)
    );
    let status = Status {
        mode: health.mode,
        state: health.state,
        reasons: health.reasons,
        refused: health.refused,
        version: health.version,
        kinds,
        sessions: stats.sessions,
        projects: stats.projects,
        session: asker.session.as_ref().map(ToString::to_string),
        warnings,
    };
    Told::new(text, &status)
}
