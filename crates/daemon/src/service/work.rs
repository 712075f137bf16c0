//! Work items as a list: open ones first, by priority, then by their day.
//! It must not know what a status allows.
//! Invariant: counts are of all that the scope shows, whatever the limit.

use quipu_core::id::{MemoryId, Millis};
use quipu_core::scope::Reader;
use quipu_core::work::Work;
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::work::{WorkItemView, WorkReply, WorkRequest, WorkView};
use quipu_store::read::{Closed, WorkItem, WorkQuery};

use super::pages::limit;
use super::scopes::viewer;
use super::{Service, fault_of, view};

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 500;

pub(crate) fn work(service: &Service, reader: Reader, request: &WorkRequest) -> Result<WorkReply, Fault> {
    let now = service.now();
    let scope = service.scope(&request.scope)?;
    let query = WorkQuery {
        viewer: viewer(reader, &request.scope, &scope)?,
        scope,
        closed: if request.closed { Closed::Show } else { Closed::Hide },
        limit: limit(request.limit, DEFAULT_LIMIT, MAX_LIMIT)?,
        now,
    };
    let list = service.engine.work(&query).map_err(fault_of)?;
    Ok(WorkReply {
        items: list.items.into_iter().map(|item| item_view(item, now)).collect(),
        open: list.open,
        overdue: list.overdue,
        blocked: list.blocked,
        all: list.all,
        mode: service.mode().to_owned(),
    })
}

/// Where a work item stands, as it travels.
pub(super) fn state(work: Work, now: Millis) -> WorkView {
    WorkView {
        status: work.status.as_str().to_owned(),
        priority: work.priority.as_str().to_owned(),
        due_at: work.due.map(|due| due.0),
        overdue: work.is_overdue(now),
    }
}

fn item_view(item: WorkItem, now: Millis) -> WorkItemView {
    let ids = |ids: Vec<MemoryId>| ids.iter().map(ToString::to_string).collect();
    let memory = item.memory;
    WorkItemView {
        id: memory.id.to_string(),
        title: memory.title.unwrap_or_else(|| view::first_line(&memory.body)),
        work: state(item.work, now),
        blocked_by: ids(item.blockers),
        part_of: ids(item.wholes),
        open_parts: item.parts.0,
        parts: item.parts.1,
        project: memory.project.map(|project| project.0),
        occurred_at: memory.occurred_at.0,
        revision: memory.revision,
    }
}
