//! The table of tools. At most eight are shown unasked: a schema is paid for in every session.
//! It must not know rmcp's traits or how a request came.
//! Invariant: a tool that is not in this table cannot be called; purge and restoring a backup are in none of its rows.

mod agents;
mod claim;
mod connector;
mod context;
mod get;
mod history;
mod lease;
mod link;
mod roster;
mod save;
mod search;
mod status;
mod timeline;
mod update;

use quipu_protocol::fault::Fault;
use quipu_protocol::wire::memory::MemoryView;
use rmcp::model::JsonObject;

use super::tool::{Shelf, Tool};

/// Every tool, in the order in which they are listed.
pub(super) static TOOLS: [&Tool; 16] = [
    &search::TOOL,
    &get::TOOL,
    &timeline::TOOL,
    &save::TOOL,
    &update::TOOL,
    &context::TOOL,
    &agents::INBOX,
    &agents::SEND,
    &history::TOOL,
    &link::TOOL,
    &lease::TOOL,
    &claim::TOOL,
    &roster::TOOL,
    &status::TOOL,
    &connector::SEARCH,
    &connector::FETCH,
];

/// What a connection is shown.
pub(super) fn shown(shelf: Shelf) -> impl Iterator<Item = &'static Tool> {
    TOOLS.into_iter().filter(move |tool| shelf.shows(tool.shelf))
}

/// The tool of that name, shown or not.
pub(super) fn named(name: &str) -> Option<&'static Tool> {
    TOOLS.into_iter().find(|tool| tool.name == name)
}

/// Where MCP finds a memory again.
pub(super) fn uri(id: &str) -> String {
    connector::uri(id)
}

/// A memory under its provenance, its fences made harmless.
pub(super) fn render(memory: &MemoryView) -> String {
    get::render(memory, false)
}

/// What an asker gave, as the tool's own type.
fn arguments<T: serde::de::DeserializeOwned>(tool: &Tool, given: JsonObject) -> Result<(T, Vec<String>), Fault> {
    super::arguments::read(given, &(tool.input)())
}

#[cfg(test)]
mod tests;
