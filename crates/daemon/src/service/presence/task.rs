//! What a session says that it does.
//! It must not know how it is shown.
//! Invariant: the text is redacted before it queues; it is the session's own, or a person says whose.

use quipu_core::id::EventId;
use quipu_core::memory::SessionRef;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::agents::{AgentsRequest, TaskReply, TaskRequest};
use quipu_store::agents::AgentsWrite;
use quipu_store::write::{Applied, Lane, Write};

use super::roster;
use crate::service::announce::announce;
use crate::service::{Service, fault_of, gone, other_write};

/// A task is a line or two, in characters.
const LONGEST: usize = 400;

pub(crate) fn declare(
    service: &Service,
    event: Option<EventId>,
    asker: Option<&SessionRef>,
    request: &TaskRequest,
) -> Result<TaskReply, Fault> {
    let session = match (&request.session, asker) {
        (Some(name), _) => service.session_named(name)?,
        (None, Some(asker)) => asker.clone(),
        (None, None) => {
            return Err(Fault::new(FaultKind::Caller, "no_session", "it is not said whose task this is")
                .hint("run it in an agent's shell, or name a session: `--session ID` (`quipu agents` lists them)"));
        }
    };
    let task = request.task.as_deref().map(str::trim).filter(|task| !task.is_empty());
    if task.is_some_and(|task| task.chars().count() > LONGEST) {
        return Err(Fault::new(FaultKind::Caller, "too_long", format!("a task has at most {LONGEST} characters"))
            .hint("say it in a line; what there is to remember of it goes into a memory or a work item"));
    }
    let cwd = request.cwd.as_deref().unwrap_or("/");
    let known = service.presence.everybody().into_iter().find(|(known, ..)| *known == session);
    let project = match known {
        Some((_, agent, _)) => agent.project,
        None => service.project_of(cwd)?,
    };
    let task = task.map(|task| service.safe(Some(cwd)).text(task));
    let write = AgentsWrite::Task { session: session.clone(), project: project.clone(), task: task.clone() };
    let now = service.now();
    let write = Write::Agents(Box::new(write));
    match service.engine.write(event, write, Lane::Interactive, now).map_err(fault_of)? {
        Applied::Done => {}
        Applied::Gone => return Err(gone()),
        _ => return Err(other_write()),
    }
    // The row has it, and who is new in it is news to memory too.
    service.recall_presence();
    service.presence.with(&session, |agent| agent.task.clone_from(&task));
    if let Some(task) = &task {
        announce(service, event, (Some(&session), Some(project.clone())), ("Task".to_owned(), task.clone()));
    }
    let all = AgentsRequest { project: Some(project.0), ..AgentsRequest::default() };
    let reply = roster::agents(service, Some(&session), &all)?;
    let touches =
        |overlap: &quipu_protocol::wire::agents::OverlapView| !overlap.files.is_empty() || !overlap.words.is_empty();
    let overlaps = reply.agents.into_iter().filter(|other| touches(&other.overlap)).collect();
    Ok(TaskReply { session: session.to_string(), task, overlaps })
}
