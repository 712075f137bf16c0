//! One memory, whole.
//! It must not know how it was found.
//! Invariant: hidden memories are shown too, and say what hides them.

use quipu_core::id::{MemoryId, Millis};
use quipu_core::memory::Memory;
use quipu_core::scope::Reader;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::memory::MemoryView;
use quipu_protocol::wire::search::AsOfQuery;
use quipu_store::read::Scope;

use super::mail::threads;
use super::{Service, fault_of, view};
use crate::places;

pub(crate) fn show(service: &Service, reader: Reader, id: &str, asked: &AsOfQuery) -> Result<MemoryView, Fault> {
    let Some(then) = asked.as_of else {
        let memory = seen(service, reader, id)?;
        let imported = service.engine.import_source(memory.id).map_err(fault_of)?.map(view::imported_from);
        let hushed = service.engine.hushed_in(memory.id).map_err(fault_of)?;
        let hushed_in = hushed.into_iter().map(|key| key.0).collect();
        return Ok(MemoryView { imported, hushed_in, ..whole(service, memory, &Scope::All, reader)? });
    };
    let id = memory_id(id)?;
    let found = service.engine.memory_then(id, Millis(then)).map_err(fault_of)?;
    let found = found.filter(|memory| reader.may_see(memory.privacy));
    found.map(view::memory).ok_or_else(|| {
        Fault::new(FaultKind::Missing, "no_such_memory", format!("no memory had the id {id} then"))
            .hint(format!("`quipu history {id}` tells since when it is there"))
    })
}

/// A memory with all that stands beside it, as far as `scope` shows it, and a look at its files.
pub(super) fn whole(service: &Service, memory: Memory, scope: &Scope, reader: Reader) -> Result<MemoryView, Fault> {
    let ties =
        service.engine.ties(&[memory.id], scope, reader).map_err(fault_of)?.into_iter().next().unwrap_or_default();
    let root = memory.project.as_ref().map(|project| project.0.clone());
    let thread = threads(service, std::iter::once(&memory))?.remove(&memory.id);
    let view = MemoryView { thread, ..view::with_ties(view::memory(memory), ties, service.now()) };
    let gone_files = places::gone(&view.files, root.as_deref());
    Ok(MemoryView { gone_files, ..view })
}

/// The memory that a person names.
pub(super) fn found(service: &Service, id: &str) -> Result<Memory, Fault> {
    let id = memory_id(id)?;
    service.engine.memory(id).map_err(fault_of)?.ok_or_else(|| no_such_memory(id))
}

/// The same, where `reader` may see it.
pub(super) fn seen(service: &Service, reader: Reader, id: &str) -> Result<Memory, Fault> {
    let memory = found(service, id)?;
    if reader.may_see(memory.privacy) { Ok(memory) } else { Err(no_such_memory(memory.id)) }
}

/// The fault for an id that leads nowhere, or nowhere that the asker may look.
pub(super) fn no_such_memory(id: MemoryId) -> Fault {
    Fault::new(FaultKind::Missing, "no_such_memory", format!("no memory has the id {id}"))
        .hint("`quipu search … --json` gives ids")
}

/// An id as a person gives it.
pub(super) fn memory_id(text: &str) -> Result<MemoryId, Fault> {
    text.parse().map_err(|error: quipu_core::id::BadId| Fault::new(FaultKind::Caller, "bad_id", error.to_string()))
}
