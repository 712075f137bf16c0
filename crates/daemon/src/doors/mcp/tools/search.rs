//! `memory_search`: an index of what was found, not the texts.
//! It must not know ranking.
//! Invariant: rows say what reading them costs; what the budget left out is named.

use quipu_core::scope::Reader;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::search::{SearchReply, SearchRequest};
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dates::Edge;
use crate::doors::mcp::asker::Asker;
use crate::doors::mcp::schema;
use crate::doors::mcp::tool::{Effect, Shelf, Told, Tool};
use crate::doors::mcp::words::{self, Row};
use crate::service;

/// Hits unless a number is given.
const LIMIT: usize = 8;
/// Tokens of the answer unless a number is given.
const BUDGET: usize = 1_500;

pub(in crate::doors::mcp) static TOOL: Tool = Tool {
    name: "memory_search",
    title: "Search memory",
    description: "Search what was said, decided and learnt in earlier sessions of every coding agent on this machine, and \
        in saved notes. Use it before starting on something that may have been worked on before, when an error looks \
        familiar, or when the user refers to earlier work. Finds by meaning and by exact words (identifiers, error codes, \
        paths). Answers an index with ids and token costs; read the few that matter with memory_get.",
    effect: Effect::Reads,
    shelf: Shelf::First,
    input: schema::input::<Arguments>,
    output: schema::output::<Found>,
    run,
};

#[derive(Debug, Deserialize, JsonSchema)]
struct Arguments {
    /// What to look for: a question or a few words.
    query: String,
    /// Only these kinds: prompt, answer, thought, checkpoint, outcome (what tools did), decision, convention,
    /// anti_pattern, insight, risk, open_thread, reference, preference, journal, work_item.
    #[serde(default)]
    kind: Vec<String>,
    /// Only what changed or names these files, or lies below these folders: from the project's root on.
    #[serde(default)]
    files: Vec<String>,
    /// Not before: `3 days ago`, `yesterday`, `2026-09-01`, or a timestamp.
    since: Option<String>,
    /// Not after, in the same forms.
    until: Option<String>,
    /// Another project by name or path, or `all`; this one unless given. Only where the user allows it.
    project: Option<String>,
    /// At most so many results, 1 to 100; 8 unless given.
    limit: Option<usize>,
    /// At most so many tokens for the answer; 1500 unless given.
    max_tokens: Option<usize>,
    /// Hidden memories too: archived, superseded, aggregated, out of date.
    #[serde(default)]
    include_archived: bool,
    /// What was remembered then, as it was then; slower.
    as_of: Option<String>,
    /// Say why each result is there.
    #[serde(default)]
    explain: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Found {
    /// How many were found.
    count: usize,
    /// Best first.
    results: Vec<Row>,
    /// Ids of results that the token budget left no room for in the text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<String>,
    /// `owner` when all is well, else what answers in its place.
    mode: String,
    /// What the answer may lack, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback: Option<String>,
    /// How `since` was read, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    /// How `until` was read, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// What of the arguments was not understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

fn run(asker: &Asker, given: JsonObject) -> Result<Told, Fault> {
    let (asked, warnings): (Arguments, _) = super::arguments(&TOOL, given)?;
    if asked.query.trim().is_empty() {
        return Err(Fault::new(FaultKind::Caller, "empty", "there is nothing to look for")
            .hint("give `query`; memory_timeline shows the newest without one"));
    }
    let (since, until) =
        (words::time(asked.since.as_deref(), Edge::Start)?, words::time(asked.until.as_deref(), Edge::End)?);
    let request = SearchRequest {
        query: asked.query,
        scope: asker.handle.scope(&asker.service, asked.project.as_deref())?,
        limit: Some(asked.limit.unwrap_or(LIMIT)),
        kinds: asked.kind,
        files: asked.files,
        since,
        until,
        include_archived: asked.include_archived,
        as_of: words::time(asked.as_of.as_deref(), Edge::End)?,
        explain: asked.explain,
        words_only: false,
    };
    let reply = service::search(&asker.service, (Reader::Agent, asker.session.as_ref()), &request)?;
    let first = first_line(&reply);
    let SearchReply { hits, mode, fallback, .. } = reply;
    let rows: Vec<Row> = hits.into_iter().map(Row::of_hit).collect();
    let (mut text, left_out) = words::index(&first, &rows, asked.max_tokens.unwrap_or(BUDGET));
    let left_out: Vec<String> = left_out.into_iter().map(|n| rows[n].id.clone()).collect();
    if !left_out.is_empty() {
        text.push_str(&format!("\n{} more did not fit into the budget: {}", left_out.len(), left_out.join(" ")));
    }
    if !rows.is_empty() {
        text.push_str("\nTexts: memory_get with ids.");
    }
    text.push_str(&words::notes(fallback.as_deref(), &warnings));
    let (since, until) = (since.map(words::moment), until.map(words::moment));
    let found = Found { count: rows.len(), results: rows, left_out, mode, fallback, since, until, warnings };
    Told::new(text, &found)
}

/// Count, place and mode.
fn first_line(reply: &SearchReply) -> String {
    let place = reply.project.as_deref().map_or("every project", |path| path.rsplit('/').next().unwrap_or(path));
    let count = reply.hits.len();
    match count {
        0 => format!("Nothing found in {place} (mode {}). Other words may find it, or a wider time.", reply.mode),
        _ => format!("{} of {place} (mode {}), best first:", words::memories(count), reply.mode),
    }
}
