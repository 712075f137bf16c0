//! What happened, in the order of time.
//! It must not know ranking.
//! Invariant: oldest first, whatever was asked.

use quipu_core::id::Millis;
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::search::{MemoriesReply, TimelineRequest};
use quipu_store::read::{Scope, TimelineQuery};

use super::show::found;
use super::{Service, fault_of, kinds, view};

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 500;

pub(crate) fn timeline(service: &Service, request: &TimelineRequest) -> Result<MemoriesReply, Fault> {
    let around = request.around.as_deref().map(|id| found(service, id)).transpose()?;
    let params = &request.scope;
    let scope = match around.as_ref().and_then(|memory| memory.project.clone()) {
        // Round a memory lies its own project, wherever the asker stands, unless he names another.
        Some(project) if !params.all && params.project.is_none() => Scope::Project(project),
        _ => service.scope(params)?,
    };
    let query = TimelineQuery {
        scope,
        around: around.map(|memory| memory.id),
        session: request.session.clone(),
        kinds: kinds(&request.kinds)?,
        since: request.since.map(Millis),
        until: request.until.map(Millis),
        limit: request.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT),
    };
    let memories = service.engine.timeline(&query).map_err(fault_of)?;
    Ok(MemoriesReply {
        memories: memories.into_iter().map(view::memory).collect(),
        next: None,
        mode: service.mode().to_owned(),
    })
}
