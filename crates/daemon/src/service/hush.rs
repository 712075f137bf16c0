//! "Not here": a memory that agents of a project are not shown any more, though searches find it.
//! It must not know where it is enforced: the store leaves it out of what hooks ask.
//! Invariant: it changes nothing of the memory, and can be taken back.

use quipu_core::id::EventId;
use quipu_core::memory::{Memory, ProjectKey};
use quipu_core::scope::Reader;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::ledger::{HushReply, HushRequest, HushedReply, HushedRequest, HushedView};
use quipu_protocol::wire::search::ScopeParams;
use quipu_store::ledger::{Entry, Wanted};
use quipu_store::read::Scope;
use quipu_store::write::{Lane, Write};

use super::show::seen;
use super::why::title;
use super::{Service, count, fault_of};

pub(crate) fn hush(
    service: &Service,
    reader: Reader,
    event: Option<EventId>,
    request: &HushRequest,
) -> Result<HushReply, Fault> {
    let memory = seen(service, reader, &request.id)?;
    let project = place(service, &memory, &request.scope)?;
    let wanted = if request.undo { Wanted::Yes } else { Wanted::No };
    let entry = Entry::Hush { memory: memory.id, project: project.clone(), wanted };
    let write = Write::Ledger(Box::new(entry));
    let changed = count(service.engine.write(event, write, Lane::Interactive, service.now()).map_err(fault_of)?)?;
    let outcome = match (changed, wanted) {
        (0, _) => "unchanged",
        (_, Wanted::No) => "hushed",
        (_, Wanted::Yes) => "heard",
    };
    Ok(HushReply {
        outcome: outcome.to_owned(),
        id: memory.id.to_string(),
        project: project.0,
        mode: service.mode().to_owned(),
    })
}

/// Where it is meant: a memory of one project is shown nowhere else.
fn place(service: &Service, memory: &Memory, scope: &ScopeParams) -> Result<ProjectKey, Fault> {
    let named = |scope: &ScopeParams| match service.scope(scope)? {
        Scope::Project(key) => Ok(key),
        Scope::All => Err(Fault::new(FaultKind::Caller, "no_scope", "a memory is hushed in one project")
            .hint("`--archive` hides it from all (`quipu update ID --archive`)")),
    };
    let Some(own) = &memory.project else { return named(scope) };
    if scope.project.is_some() || scope.all {
        let key = named(scope)?;
        if key != *own {
            let message = format!("{} belongs to {}, so agents in {} are never shown it", memory.id, own.0, key.0);
            return Err(Fault::new(FaultKind::Conflict, "other_project", message)
                .hint("leave the project out, and it is hushed in its own"));
        }
    }
    Ok(own.clone())
}

/// What is not put before agents of a project.
pub(crate) fn hushed(service: &Service, reader: Reader, request: &HushedRequest) -> Result<HushedReply, Fault> {
    let scope = service.scope(&request.scope)?;
    let mut all = service.engine.hushed(&scope).map_err(fault_of)?;
    all.retain(|(memory, _)| reader.may_see(memory.privacy));
    let view = |(memory, project): (Memory, ProjectKey)| HushedView {
        id: memory.id.to_string(),
        kind: memory.kind.as_str().to_owned(),
        title: title(&memory),
        project: project.0,
    };
    Ok(HushedReply { memories: all.into_iter().map(view).collect(), mode: service.mode().to_owned() })
}
