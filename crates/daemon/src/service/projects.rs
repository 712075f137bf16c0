//! Projects: listing them, and making two into one.
//! It must not know directories beyond resolving a name.
//! Invariant: after a merge, what is written for the old project belongs to the new one.

use quipu_core::id::EventId;
use quipu_core::memory::ProjectKey;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::places::{CountReply, MergeRequest, ProjectView, ProjectsReply};
use quipu_store::write::{Applied, Lane, Write};

use super::{Service, fault_of};

pub(crate) fn projects(service: &Service) -> Result<ProjectsReply, Fault> {
    let all = service.engine.projects().map_err(fault_of)?;
    let projects = all
        .into_iter()
        .map(|p| ProjectView {
            name: p.key.name().to_owned(),
            path: p.key.0,
            memories: p.memories,
            sessions: p.sessions,
            last_at: p.last_at.map(|at| at.0),
            merged: p.merged.into_iter().map(|k| k.0).collect(),
        })
        .collect();
    Ok(ProjectsReply { projects })
}

pub(crate) fn merge_projects(
    service: &Service,
    event: Option<EventId>,
    request: &MergeRequest,
) -> Result<CountReply, Fault> {
    // The old project's directory may be gone or may belong to another repository now: its path is taken as written.
    let old = if request.old.starts_with('/') {
        ProjectKey(request.old.clone())
    } else {
        service.project_named(&request.old)?
    };
    let new = service.project_named(&request.new)?;
    let known = service.engine.project(&new).map_err(fault_of)?.is_some();
    if !known && !std::path::Path::new(&new.0).is_dir() {
        return Err(Fault::new(
            FaultKind::Missing,
            "no_such_project",
            format!("`{}` is neither a project nor a directory", new.0),
        )
        .hint("`quipu project list` names them all"));
    }
    if old == new {
        return Err(Fault::new(FaultKind::Caller, "same_project", "both names mean the same project"));
    }
    let applied = service
        .engine
        .write(event, Write::MergeProjects { old, new }, Lane::Interactive, service.now())
        .map_err(fault_of)?;
    // Pauses of the old project hold for the new one now.
    service.forget_pauses();
    Ok(CountReply { count: if let Applied::Count(n) = applied { n } else { 0 } })
}
