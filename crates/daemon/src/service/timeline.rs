//! What happened, in the order of time.
//! It must not know ranking.
//! Invariant: oldest first, whatever was asked.

use quipu_core::id::Millis;
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::search::{MemoriesReply, TimelineRequest};
use quipu_store::read::TimelineQuery;

use super::show::memory_id;
use super::{Service, fault_of, kinds, view};

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 500;

pub(crate) fn timeline(service: &Service, request: &TimelineRequest) -> Result<MemoriesReply, Fault> {
    let query = TimelineQuery {
        scope: service.scope(&request.scope)?,
        around: request.around.as_deref().map(memory_id).transpose()?,
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
