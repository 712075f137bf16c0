//! Projects: listing them, and making two into one.
//! It must not know directories beyond resolving a name.
//! Invariant: after a merge, what is written for the old project belongs to the new one.

use quipu_core::id::EventId;
use quipu_core::memory::ProjectKey;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::events::{EventView, ProjectEvent};
use quipu_protocol::wire::places::{CountReply, MergeRequest, ProjectView, ProjectsQuery, ProjectsReply};
use quipu_store::write::{Lane, Write};

use super::pages::{limit, page};
use super::{Service, count, fault_of};

/// Most projects of one page.
const MOST: usize = 1_000;

pub(crate) fn projects(service: &Service, asked: &ProjectsQuery) -> Result<ProjectsReply, Fault> {
    let limit = limit(asked.limit, usize::MAX, MOST)?;
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
    let (projects, next) =
        page(projects, asked.cursor.as_deref(), limit, |project: &ProjectView| project.path.clone())?;
    Ok(ProjectsReply { projects, next })
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
    let merged = EventView::Project(ProjectEvent { old: old.0.clone(), new: new.0.clone() });
    let applied = service
        .engine
        .write(event, Write::MergeProjects { old: old.clone(), new: new.clone() }, Lane::Interactive, service.now())
        .map_err(fault_of)?;
    let count = count(applied)?;
    // Pauses of the old project hold for the new one now.
    service.forget_pauses();
    service.forget_delivery();
    service.presence.move_project(&old, &new);
    service.feed.publish(None, merged);
    Ok(CountReply { count })
}
