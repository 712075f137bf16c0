//! `memory_link`: one memory linked to another, or no more.
//! It must not know what links allow.
//! Invariant: both ends are reached by the connection, and of neither is any text told.

use quipu_protocol::fault::Fault;
use quipu_protocol::wire::work::LinkRequest;
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::doors::mcp::asker::Asker;
use crate::doors::mcp::schema;
use crate::doors::mcp::tool::{Effect, Shelf, Told, Tool};
use crate::doors::mcp::words;
use crate::service;
use quipu_core::scope::Reader;

pub(in crate::doors::mcp) static TOOL: Tool = Tool {
    name: "memory_link",
    title: "Link two memories",
    description: "Say what one memory is to another: it relates_to, depends_on, blocks or is part_of it (or from the other \
        side needed_by, blocked_by, has_part). `remove` takes the link away. A work item that something open blocks is \
        blocked until that ends.",
    effect: Effect::Sets,
    shelf: Shelf::All,
    input: schema::input::<Arguments>,
    output: schema::output::<Linked>,
    run,
};

#[derive(Debug, Deserialize, JsonSchema)]
struct Arguments {
    /// Id of the memory that is something to the other.
    id: String,
    /// relates_to, depends_on, blocks, part_of, needed_by, blocked_by or has_part.
    relation: String,
    /// Id of the other.
    to: String,
    /// Take the link away.
    #[serde(default)]
    remove: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Linked {
    /// `changed` or `unchanged`.
    outcome: String,
    /// The memory that keeps the link.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Its revision now.
    revision: u32,
    /// `owner` when all is well.
    mode: String,
    /// What of the arguments was not understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

fn run(asker: &Asker, given: JsonObject) -> Result<Told, Fault> {
    let (asked, warnings): (Arguments, _) = super::arguments(&TOOL, given)?;
    asker.writes()?;
    let request = LinkRequest {
        id: asked.id,
        relation: asked.relation,
        to: asked.to,
        remove: asked.remove,
        scope: asker.handle.scope(&asker.service, None)?,
    };
    let reply = service::link(&asker.service, Reader::Agent, asker.event, &request)?;
    let text = format!("{}{}", super::update::said(&reply), words::notes(None, &warnings));
    let linked = Linked { outcome: reply.outcome, id: reply.id, revision: reply.revision, mode: reply.mode, warnings };
    Told::new(text, &linked)
}
