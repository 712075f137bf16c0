//! Resources: one memory a resource, `memory://{id}`; the newest notes of the project are listed.
//! It must not know tools.
//! Invariant: what is read here is what `memory_get` reads, within the same handle.

use quipu_core::kind::Kind;
use quipu_core::scope::Reader;
use quipu_core::tokens;
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::search::TimelineRequest;
use rmcp::model::{Resource, ResourceContents, ResourceTemplate};

use super::asker::Asker;
use super::tools;
use super::words::{self, Row};
use crate::service;

/// Notes that are listed: the rest is found by search.
const LISTED: usize = 50;
/// What a memory is written in.
const MIME: &str = "text/markdown";

/// The newest written memories, newest first; none where the connection has no project.
///
/// # Errors
/// What the store cannot read.
pub(super) fn list(asker: &Asker) -> Result<Vec<Resource>, Fault> {
    let Ok(scope) = asker.handle.scope(&asker.service, None) else { return Ok(Vec::new()) };
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.is_written()).map(|kind| kind.as_str().to_owned()).collect();
    let request = TimelineRequest { scope, kinds, limit: Some(LISTED), ..TimelineRequest::default() };
    let notes = service::timeline(&asker.service, Reader::Agent, &request)?.memories;
    let privacy = asker.privacy();
    let resource = |memory: &quipu_protocol::wire::memory::MemoryView| {
        let row = Row::of_memory(memory);
        let day = row.date.get(..10).unwrap_or_default().to_owned();
        Resource::new(tools::uri(&row.id), row.id)
            .with_title(privacy.redact(&row.title).into_owned())
            .with_description(format!("{} of {day}, about {} tokens", row.kind, tokens::estimate(&memory.text)))
            .with_mime_type(MIME)
    };
    Ok(notes.iter().rev().map(resource).collect())
}

/// How any memory is named.
pub(super) fn templates() -> Vec<ResourceTemplate> {
    vec![
        ResourceTemplate::new(tools::uri("{id}"), "memory")
            .with_title("A memory")
            .with_description("One memory whole, with where it comes from; ids come from memory_search.")
            .with_mime_type(MIME),
    ]
}

/// One memory.
///
/// # Errors
/// `no_such_memory`, `bad_id`, and what the store cannot read.
pub(super) fn read(asker: &Asker, uri: &str) -> Result<ResourceContents, Fault> {
    let found = service::one(&asker.service, &asker.handle, uri, (0, 0))?;
    let text = words::quoted(&asker.privacy().redact(&tools::render(&found.memory)));
    Ok(ResourceContents::text(text, uri).with_mime_type(MIME))
}
