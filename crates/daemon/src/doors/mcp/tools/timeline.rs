//! `memory_timeline`: what happened around a point, or lately.
//! It must not know how a point is found (`memory_search`'s service does).
//! Invariant: oldest first; the point itself is marked.

use quipu_core::scope::Reader;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::search::{SearchRequest, TimelineRequest};
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dates::Edge;
use crate::doors::mcp::asker::Asker;
use crate::doors::mcp::schema;
use crate::doors::mcp::tool::{Effect, Shelf, Told, Tool};
use crate::doors::mcp::words::{self, Row};
use crate::service;

/// Rows to either side unless a number is given.
const BESIDE: usize = 5;
/// Rows without a point unless a number is given.
const LIMIT: usize = 20;
/// Rows at most.
const MOST: usize = 200;
/// Tokens of the answer unless a number is given.
const BUDGET: usize = 2_000;

pub(in crate::doors::mcp) static TOOL: Tool = Tool {
    name: "memory_timeline",
    title: "What happened when",
    description: "What happened around a memory, a moment or the best hit of a query, across sessions, oldest first; without \
        any of these the newest. Use it to see what led to a decision or what was tried after an error. Answers an index \
        like memory_search.",
    effect: Effect::Reads,
    shelf: Shelf::First,
    input: schema::input::<Arguments>,
    output: schema::output::<Happened>,
    run,
};

#[derive(Debug, Deserialize, JsonSchema)]
struct Arguments {
    /// Id of a memory, or a time (`yesterday`, `2026-09-01`, a timestamp).
    anchor: Option<String>,
    /// In place of an anchor: what its best hit is the anchor.
    query: Option<String>,
    /// Memories before the anchor; 5 unless given.
    before: Option<usize>,
    /// Memories after the anchor; 5 unless given.
    after: Option<usize>,
    /// Without an anchor: at most so many of the newest; 20 unless given.
    limit: Option<usize>,
    /// Only these kinds.
    #[serde(default)]
    kind: Vec<String>,
    /// Not before, as in memory_search.
    since: Option<String>,
    /// Not after.
    until: Option<String>,
    /// Only of this session.
    session: Option<String>,
    /// Hidden memories too: archived, superseded, aggregated, out of date.
    #[serde(default)]
    include_archived: bool,
    /// Another project by name or path, or `all`. Only where the user allows it.
    project: Option<String>,
    /// At most so many tokens for the answer; 2000 unless given.
    max_tokens: Option<usize>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Happened {
    /// How many rows.
    count: usize,
    /// Oldest first.
    results: Vec<Row>,
    /// Id of the anchor, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    anchor: Option<String>,
    /// Ids of rows that the token budget left no room for in the text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<String>,
    /// `owner` when all is well, else what answers in its place.
    mode: String,
    /// What of the arguments was not understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

fn run(asker: &Asker, given: JsonObject) -> Result<Told, Fault> {
    let (asked, warnings): (Arguments, _) = super::arguments(&TOOL, given)?;
    let scope = asker.handle.scope(&asker.service, asked.project.as_deref())?;
    let mut request = TimelineRequest {
        scope,
        session: asked.session.clone(),
        kinds: asked.kind.clone(),
        since: words::time(asked.since.as_deref(), Edge::Start)?,
        until: words::time(asked.until.as_deref(), Edge::End)?,
        include_archived: asked.include_archived,
        ..TimelineRequest::default()
    };
    let (before, after) = (asked.before.unwrap_or(BESIDE).min(MOST), asked.after.unwrap_or(BESIDE).min(MOST));
    let anchor = anchor(asker, &asked, &request)?;
    let mut memories = match &anchor {
        Some(id) => {
            request.around = Some(id.clone());
            request.limit = Some(before.max(after).max(1));
            service::timeline(&asker.service, Reader::Agent, &request)?
        }
        None => {
            request.limit = Some(asked.limit.unwrap_or(LIMIT).clamp(1, MOST));
            service::timeline(&asker.service, Reader::Agent, &request)?
        }
    };
    if let Some(at) = &anchor
        && let Some(place) = memories.memories.iter().position(|memory| memory.id == *at)
    {
        let end = (place + 1 + after).min(memories.memories.len());
        memories.memories = memories.memories.drain(place.saturating_sub(before)..end).collect();
    }
    let rows: Vec<Row> = memories.memories.iter().map(Row::of_memory).collect();
    let first = match (rows.len(), &anchor) {
        (0, _) => format!("Nothing is remembered there (mode {}).", memories.mode),
        (count, Some(id)) => format!("{} round {id} (mode {}), oldest first:", words::memories(count), memories.mode),
        (count, None) => format!("{} (mode {}), oldest first:", words::memories(count), memories.mode),
    };
    let (mut text, left_out) = words::index(&first, &rows, asked.max_tokens.unwrap_or(BUDGET));
    let left_out: Vec<String> = left_out.into_iter().map(|n| rows[n].id.clone()).collect();
    if !left_out.is_empty() {
        text.push_str(&format!("\n{} more did not fit into the budget: {}", left_out.len(), left_out.join(" ")));
    }
    text.push_str(&words::notes(None, &warnings));
    let happened = Happened { count: rows.len(), results: rows, anchor, left_out, mode: memories.mode, warnings };
    Told::new(text, &happened)
}

/// The memory that is meant, if one is.
fn anchor(asker: &Asker, asked: &Arguments, request: &TimelineRequest) -> Result<Option<String>, Fault> {
    if let Some(text) = &asked.anchor {
        return match service::one(&asker.service, &asker.handle, text, (0, 0)) {
            Ok(found) => Ok(Some(found.memory.id)),
            Err(fault) if fault.code == "bad_id" => moment(asker, text, request).map(Some),
            Err(fault) => Err(fault),
        };
    }
    let Some(query) = asked.query.clone().filter(|query| !query.trim().is_empty()) else { return Ok(None) };
    let search = SearchRequest {
        query,
        scope: request.scope.clone(),
        limit: Some(1),
        kinds: request.kinds.clone(),
        since: request.since,
        until: request.until,
        include_archived: request.include_archived,
        ..SearchRequest::default()
    };
    match service::search(&asker.service, (Reader::Agent, asker.session.as_ref()), &search)?.hits.into_iter().next() {
        Some(hit) => Ok(Some(hit.id)),
        None => Err(Fault::new(FaultKind::Missing, "nothing_found", "nothing is found by this query")
            .hint("try other words, or give `anchor`: an id or a time")),
    }
}

/// The last memory before a time: what came next stands after it.
fn moment(asker: &Asker, text: &str, request: &TimelineRequest) -> Result<String, Fault> {
    let at = words::time(Some(text), Edge::Start).map_err(|_| {
        Fault::new(FaultKind::Caller, "bad_anchor", format!("`{text}` is neither an id nor a time"))
            .hint("give an id of memory_search, or a time such as 2026-09-01 or `3 days ago`")
    })?;
    let before = TimelineRequest { until: at, since: None, limit: Some(1), ..request.clone() };
    let newest = service::timeline(&asker.service, Reader::Agent, &before)?.memories.pop();
    newest.map(|memory| memory.id).ok_or_else(|| {
        Fault::new(FaultKind::Missing, "nothing_found", format!("nothing is remembered before `{text}`"))
            .hint("leave `anchor` out and give `since`, or a later time")
    })
}
