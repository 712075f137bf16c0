//! What happened, in the order of time.
//! It must not know ranking.
//! Invariant: oldest first, whatever was asked.

use quipu_core::id::Millis;
use quipu_core::scope::Reader;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::search::{MemoriesReply, TimelineRequest};
use quipu_store::read::{Scope, States, TimelineQuery};

use super::pages::{bad_cursor, limit};
use super::scopes::viewer;
use super::show::{memory_id, seen};
use super::{Service, aside, fault_of, kinds, view};

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 500;

pub(crate) fn timeline(service: &Service, reader: Reader, request: &TimelineRequest) -> Result<MemoriesReply, Fault> {
    let limit = limit(request.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let before = request.cursor.as_deref().map(|cursor| memory_id(cursor).map_err(|_| bad_cursor())).transpose()?;
    if before.is_some() && request.around.is_some() {
        return Err(Fault::new(
            FaultKind::Caller,
            "bad_cursor",
            "`cursor` goes on from the newest, and `around` does not",
        )
        .hint("leave one of them out"));
    }
    let around = request.around.as_deref().map(|id| seen(service, reader, id)).transpose()?;
    let params = &request.scope;
    let scope = match around.as_ref().and_then(|memory| memory.project.clone()) {
        // Round a memory lies its own project, wherever the asker stands, unless he names another.
        Some(project) if !params.all && params.project.is_none() => Scope::Project(project),
        _ => service.scope(params)?,
    };
    let files = aside::touched(service, params, &scope, &request.files)?;
    let query = TimelineQuery {
        viewer: viewer(reader, params, &scope)?,
        scope,
        around: around.map(|memory| memory.id),
        session: request.session.clone(),
        kinds: kinds(&request.kinds)?,
        files,
        since: request.since.map(Millis),
        until: request.until.map(Millis),
        before,
        limit,
        states: if request.include_archived { States::All } else { States::Live },
        now: service.now(),
        as_of: request.as_of.map(Millis),
    };
    let memories = service.engine.timeline(&query).map_err(fault_of)?;
    // A whole page: there may be more. Around a memory nothing goes on.
    let is_whole = query.around.is_none() && memories.len() == limit;
    let next = is_whole.then(|| memories.first().map(|memory| memory.id.to_string())).flatten();
    Ok(MemoriesReply {
        memories: memories.into_iter().map(view::memory).collect(),
        next,
        mode: service.mode().to_owned(),
    })
}
