//! Pausing: nothing is recalled, and what is said meanwhile is not kept.
//! It must not know hooks or ingest; both ask whether a pause covers a moment.
//! Invariant: a pause is remembered after its end, so that a transcript read later is read the same.

use quipu_core::id::EventId;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::events::{EventView, PauseEvent};
use quipu_protocol::wire::places::{CountReply, PauseRequest, PauseView};
use quipu_store::write::{Applied, Lane, Write};

use super::{Service, count, fault_of, other_write};

pub(crate) fn pause(service: &Service, event: Option<EventId>, request: &PauseRequest) -> Result<PauseView, Fault> {
    if request.for_ms.is_some_and(|ms| ms <= 0) {
        return Err(Fault::new(FaultKind::Caller, "bad_duration", "a pause needs a time above zero")
            .hint("for example `--for 2h`"));
    }
    let project = request.cwd.as_deref().map(|cwd| service.project_of(cwd)).transpose()?;
    let now = service.now();
    let until = request.for_ms.map(|ms| now.plus(ms));
    let write = Write::Pause { project: project.clone(), until };
    let applied = service.engine.write(event, write, Lane::Interactive, now).map_err(fault_of)?;
    if applied != Applied::Done {
        return Err(other_write());
    }
    service.forget_pauses();
    let (path, until_ms) = (project.as_ref().map(|p| p.0.clone()), until.map(|until| until.0));
    service
        .feed
        .publish(project.clone(), EventView::Pause(PauseEvent { paused: true, project: path, until: until_ms }));
    Ok(PauseView { project: project.map(|p| p.0), from: now.0, until: until.map(|u| u.0) })
}

pub(crate) fn resume(service: &Service, event: Option<EventId>, request: &PauseRequest) -> Result<CountReply, Fault> {
    let project = request.cwd.as_deref().map(|cwd| service.project_of(cwd)).transpose()?;
    let applied = service
        .engine
        .write(event, Write::Resume { project: project.clone() }, Lane::Interactive, service.now())
        .map_err(fault_of)?;
    let count = count(applied)?;
    service.forget_pauses();
    let path = project.as_ref().map(|p| p.0.clone());
    service.feed.publish(project, EventView::Pause(PauseEvent { paused: false, project: path, until: None }));
    Ok(CountReply { count })
}
