//! What a memory is and was.
//! It must not know how a change is made.
//! Invariant: newest first, and what is left out is counted; a memory that was never changed has one revision.

use quipu_core::memory::Revision;
use quipu_core::scope::Reader;
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::memory::HistoryReply;
use quipu_protocol::wire::search::AsOfQuery;

use super::show::seen;
use super::{Service, fault_of, view};

/// Every revision, or those that had come to be at a moment.
pub(crate) fn history(service: &Service, reader: Reader, id: &str, asked: &AsOfQuery) -> Result<HistoryReply, Fault> {
    let memory = seen(service, reader, id)?;
    let all = service.engine.history(memory.id).map_err(fault_of)?;
    let current = all.first().map_or(memory.revision, |newest| newest.number);
    let known = |revision: &Revision| {
        asked.as_of.is_none_or(|then| revision.since.0 <= then) && reader.may_see(revision.content.privacy)
    };
    Ok(HistoryReply {
        id: memory.id.to_string(),
        left_out: all.last().map_or(0, |oldest| oldest.number - 1),
        revisions: all.into_iter().filter(known).map(|revision| view::revision(revision, current)).collect(),
        mode: service.mode().to_owned(),
    })
}
