//! Several memories whole, each with what stood beside it in its session.
//! It must not know tokens or how a text is laid out.
//! Invariant: what the asker's handle does not reach is missing, in the words of what is not there.

use quipu_core::scope::{Reader, Viewer};
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::memory::MemoryView;
use quipu_store::read::{Scope, States, TimelineQuery};

use super::handle::Handle;
use super::show::seen;
use super::{Service, fault_of, view};

/// A memory with its session's turns round it, oldest first.
pub(crate) struct Found {
    pub(crate) memory: MemoryView,
    pub(crate) before: Vec<MemoryView>,
    pub(crate) after: Vec<MemoryView>,
}

/// What was found and what was not: an id with the reason.
#[derive(Default)]
pub(crate) struct Got {
    pub(crate) found: Vec<Found>,
    pub(crate) missing: Vec<(String, Fault)>,
}

/// Looks `ids` up; an id that leads nowhere does not spoil the others.
///
/// # Errors
/// What the store cannot read.
pub(crate) fn get(
    service: &Service,
    handle: &Handle,
    ids: &[String],
    (before, after): (usize, usize),
) -> Result<Got, Fault> {
    let mut got = Got::default();
    for id in ids {
        match one(service, handle, id, (before, after)) {
            Ok(found) => got.found.push(found),
            Err(fault) if matches!(fault.code.as_str(), "no_such_memory" | "bad_id") => {
                got.missing.push((id.clone(), fault));
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok(got)
}

/// One of them.
///
/// # Errors
/// `no_such_memory`, `bad_id`, and what the store cannot read.
pub(crate) fn one(
    service: &Service,
    handle: &Handle,
    id: &str,
    (before, after): (usize, usize),
) -> Result<Found, Fault> {
    let memory = seen(service, Reader::Agent, id.strip_prefix("memory://").unwrap_or(id).trim())?;
    if !handle.sees(memory.project.as_ref().map(|key| key.0.as_str())) {
        return Err(super::show::no_such_memory(memory.id));
    }
    let around = match (&memory.session, before.max(after)) {
        (Some(session), limit @ 1..) => {
            // A message to all is of no project; its session is of one.
            let scope = memory.project.clone().map_or_else(|| handle.seen(), Scope::Project);
            let (around, session) = (Some(memory.id), Some(session.id.clone()));
            let query = TimelineQuery {
                scope,
                around,
                session,
                kinds: vec![],
                files: Vec::new(),
                since: None,
                until: None,
                before: None,
                limit,
                viewer: Viewer::AGENT,
                states: States::Live,
                now: service.now(),
                as_of: None,
            };
            service.engine.timeline(&query).map_err(fault_of)?
        }
        _ => Vec::new(),
    };
    let at = around.iter().position(|other| other.id == memory.id).unwrap_or(0);
    let rest = around.get(at + 1..).unwrap_or_default();
    let views = |memories: &[quipu_core::memory::Memory]| memories.iter().cloned().map(view::memory).collect();
    Ok(Found {
        before: views(&around[at.saturating_sub(before)..at]),
        after: views(&rest[..rest.len().min(after)]),
        memory: super::show::whole(service, memory, &handle.seen(), Reader::Agent)?,
    })
}
