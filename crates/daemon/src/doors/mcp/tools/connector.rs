//! `search` and `fetch`: the pair that connectors of chat clients expect, over the same search and the same texts.
//! It must not know more than their shape (a public convention: results of id, title, url; a document of id, title, text, url, metadata).
//! Invariant: what they reach is what the other tools reach.

use quipu_core::scope::Reader;
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::search::SearchRequest;
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::doors::mcp::asker::Asker;
use crate::doors::mcp::schema;
use crate::doors::mcp::tool::{Effect, Shelf, Told, Tool};
use crate::doors::mcp::words::{self, Row};
use crate::service;

/// Results of a search.
const LIMIT: usize = 10;

pub(in crate::doors::mcp) static SEARCH: Tool = Tool {
    name: "search",
    title: "Search memory",
    description: "Search what was said, decided and learnt in earlier sessions of coding agents on this machine.",
    effect: Effect::Reads,
    shelf: Shelf::Connector,
    input: schema::input::<SearchArguments>,
    output: schema::output::<Results>,
    run: search,
};

pub(in crate::doors::mcp) static FETCH: Tool = Tool {
    name: "fetch",
    title: "Read a memory",
    description: "Read one memory whole by the id that `search` gave.",
    effect: Effect::Reads,
    shelf: Shelf::Connector,
    input: schema::input::<FetchArguments>,
    output: schema::output::<Document>,
    run: fetch,
};

#[derive(Debug, Deserialize, JsonSchema)]
struct SearchArguments {
    /// What to look for.
    query: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Results {
    results: Vec<Found>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Found {
    id: String,
    title: String,
    url: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct FetchArguments {
    /// The id.
    id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Document {
    id: String,
    title: String,
    text: String,
    url: String,
    metadata: Metadata,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Metadata {
    kind: String,
    /// RFC 3339, UTC.
    date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<String>,
}

fn search(asker: &Asker, given: JsonObject) -> Result<Told, Fault> {
    let (asked, warnings): (SearchArguments, _) = super::arguments(&SEARCH, given)?;
    let scope = asker.handle.scope(&asker.service, None)?;
    let request = SearchRequest { query: asked.query, scope, limit: Some(LIMIT), ..SearchRequest::default() };
    let hits = service::search(&asker.service, (Reader::Agent, asker.session.as_ref()), &request)?.hits;
    let rows = hits.into_iter().map(Row::of_hit);
    let results = rows.map(|row| Found { url: uri(&row.id), id: row.id, title: row.title }).collect();
    Ok(shown(&Results { results })?.beside(warnings))
}

fn fetch(asker: &Asker, given: JsonObject) -> Result<Told, Fault> {
    let (asked, warnings): (FetchArguments, _) = super::arguments(&FETCH, given)?;
    let found = service::one(&asker.service, &asker.handle, &asked.id, (0, 0))?;
    let title = Row::of_memory(&found.memory).title;
    let memory = found.memory;
    let document = Document {
        url: uri(&memory.id),
        id: memory.id,
        title,
        text: memory.text,
        metadata: Metadata { kind: memory.kind, date: words::moment(memory.occurred_at), project: memory.project },
    };
    Ok(shown(&document)?.beside(warnings))
}

/// These clients read the text as JSON.
fn shown<T: Serialize>(data: &T) -> Result<Told, Fault> {
    Told::new(serde_json::to_string(data).unwrap_or_default(), data)
}

/// Where MCP finds it again.
pub(super) fn uri(id: &str) -> String {
    format!("memory://{id}")
}
