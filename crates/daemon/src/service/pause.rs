//! Pausing: nothing is recalled, and what is said meanwhile is not kept.
//! It must not know hooks or ingest; both ask whether a pause covers a moment.
//! Invariant: a pause is remembered after its end, so that a transcript read later is read the same.

use quipu_core::id::EventId;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::places::{CountReply, PauseRequest, PauseView};
use quipu_store::write::{Applied, Lane, Write};

use super::{Service, fault_of};

pub(crate) fn pause(service: &Service, event: Option<EventId>, request: &PauseRequest) -> Result<PauseView, Fault> {
    if request.for_ms.is_some_and(|ms| ms <= 0) {
        return Err(Fault::new(FaultKind::Caller, "bad_duration", "a pause needs a time above zero")
            .hint("for example `--for 2h`"));
    }
    let project = request.cwd.as_deref().map(|cwd| service.project_of(cwd)).transpose()?;
    let now = service.now();
    let until = request.for_ms.map(|ms| now.plus(ms));
    let write = Write::Pause { project: project.clone(), until };
    service.engine.write(event, write, Lane::Interactive, now).map_err(fault_of)?;
    service.forget_pauses();
    Ok(PauseView { project: project.map(|p| p.0), from: now.0, until: until.map(|u| u.0) })
}

pub(crate) fn resume(service: &Service, event: Option<EventId>, request: &PauseRequest) -> Result<CountReply, Fault> {
    let project = request.cwd.as_deref().map(|cwd| service.project_of(cwd)).transpose()?;
    let applied =
        service.engine.write(event, Write::Resume { project }, Lane::Interactive, service.now()).map_err(fault_of)?;
    service.forget_pauses();
    Ok(CountReply { count: if let Applied::Count(n) = applied { n } else { 0 } })
}
