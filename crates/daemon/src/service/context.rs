//! The session pack: where the last sessions here stopped, what was written down, and what is known of a task.
//! It must not know who asks, nor how the text is laid out (`core::briefing`).
//! Invariant: within the token budget, fenced as a quotation, and honest about what it leaves out.

use quipu_core::briefing::{Item, write};
use quipu_core::id::MemoryId;
use quipu_core::kind::Kind;
use quipu_core::memory::{Memory, ProjectKey};
use quipu_core::scope::{Standpoint, Viewer};
use quipu_core::{rank, tokens};
use quipu_protocol::config::keys::START_TOKENS;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::context::{ContextReply, ContextRequest};
use quipu_store::read::{By, Neighbours, Scope, SearchQuery, States, TimelineQuery};

use super::hook::day;
use super::search::Judge;
use super::{Service, fault_of};
use crate::places;

/// Sessions that are told of.
const SESSIONS: usize = 2;
/// Memories about the task, at most.
const ABOUT_TASK: usize = 5;
/// Written memories, at most.
const NOTES: usize = 12;
/// Written memories that are counted.
const COUNTED: usize = 500;
/// The smallest pack that says anything.
const LEAST: usize = 50;

pub(crate) fn context(service: &Service, request: &ContextRequest) -> Result<ContextReply, Fault> {
    let Scope::Project(project) = service.scope(&request.scope)? else {
        return Err(Fault::new(FaultKind::Caller, "no_scope", "a session pack is about one project")
            .hint("give `scope.project` or `scope.cwd`"));
    };
    let most = usize::try_from(START_TOKENS.most()).unwrap_or(usize::MAX);
    let budget = request.max_tokens.unwrap_or_else(|| service.settings.user().config.number(START_TOKENS));
    if request.max_tokens.is_some_and(|asked| asked < LEAST || asked > most) {
        return Err(Fault::new(FaultKind::Caller, "bad_limit", format!("max_tokens is {budget}"))
            .hint(format!("ask for {LEAST} to {most} tokens")));
    }
    super::scopes::whole(&request.scope)?;
    let branch = request.scope.cwd.as_deref().and_then(places::branch_of);
    let task = request.task.as_deref().filter(|task| !task.trim().is_empty());
    // Whoever asks for it, it is made to be put before an agent.
    let standpoint = Standpoint::new(branch.clone(), None).asking(task.unwrap_or_default());
    let viewer = Viewer::told_at(standpoint);
    let (mut items, mut ids) = (Vec::new(), Vec::new());
    let mut fallback = None;
    if let Some(task) = task {
        let (found, lacks) = about(service, &project, &viewer, task)?;
        fallback = lacks;
        for memory in found {
            push(&mut items, &mut ids, &memory, format!("about this task: {}", memory.kind.as_str()));
        }
    }
    for session in service.engine.recent_sessions(&project, branch.as_deref(), SESSIONS).map_err(fault_of)? {
        for memory in &session.latest {
            let did = if memory.kind == Kind::Prompt { "was asked" } else { "stopped with" };
            let on = session.branch.as_deref().map(|branch| format!(" on {branch}")).unwrap_or_default();
            push(&mut items, &mut ids, memory, format!("a session of {}{on} {did}", session.session.agent));
        }
    }
    let written = written(service, &project, &viewer)?;
    for memory in written.iter().rev().take(NOTES) {
        push(&mut items, &mut ids, memory, memory.kind.as_str().to_owned());
    }
    let on = branch.map(|branch| format!(", branch {branch}")).unwrap_or_default();
    let all = written.len();
    let lay_out = |notes: usize| {
        let heading = format!("quipu on {}{on}: {notes} of {all} written memories", project.name());
        write(&heading, &items, budget)
    };
    // Only once it is laid out is it known what the budget left no room for.
    let first = lay_out(all);
    let held = |id: &MemoryId| first.contains(&id.to_string());
    let notes = written.iter().filter(|memory| held(&memory.id)).count();
    let text = lay_out(notes);
    ids.retain(held);
    Ok(ContextReply {
        tokens: tokens::estimate(&text),
        text,
        project: project.0,
        notes: (notes, all),
        ids: ids.iter().map(ToString::to_string).collect(),
        mode: service.mode().to_owned(),
        fallback,
    })
}

/// Adds a memory that is not there yet.
fn push(items: &mut Vec<Item>, ids: &mut Vec<MemoryId>, memory: &Memory, label: String) {
    if ids.contains(&memory.id) {
        return;
    }
    ids.push(memory.id);
    let title = memory.title.as_deref().map(|title| format!("{title}: ")).unwrap_or_default();
    let text = format!("[{}] {title}{}", memory.id, memory.body);
    items.push(Item { label, when: day(memory.occurred_at.0), text });
}

/// What is known of a task: only what its own evidence carries, as with a prompt.
fn about(
    service: &Service,
    project: &ProjectKey,
    viewer: &Viewer,
    task: &str,
) -> Result<(Vec<Memory>, Option<String>), Fault> {
    let query = SearchQuery {
        text: task.to_owned(),
        scope: Scope::Project(project.clone()),
        kinds: Kind::ALL.into_iter().filter(|kind| *kind != Kind::Outcome).collect(),
        since: None,
        until: None,
        states: States::Live,
        not_in_context_of: None,
        limit: ABOUT_TASK * 2,
        by: By::Meaning,
        now: service.now(),
        neighbours: Neighbours::Load,
        viewer: viewer.clone(),
        as_of: None,
    };
    let answer = service.engine.search(&query).map_err(fault_of)?;
    let mut judge = Judge::new(task, &answer.terms);
    let worth = answer.hits.into_iter().filter(|hit| rank::worth_injecting(&judge.evidence(hit)));
    Ok((worth.take(ABOUT_TASK).map(|hit| hit.memory).collect(), answer.fallback))
}

/// The written memories of a project, oldest first.
fn written(service: &Service, project: &ProjectKey, viewer: &Viewer) -> Result<Vec<Memory>, Fault> {
    let query = TimelineQuery {
        scope: Scope::Project(project.clone()),
        around: None,
        session: None,
        kinds: Kind::ALL.into_iter().filter(|kind| kind.is_written()).collect(),
        since: None,
        until: None,
        before: None,
        limit: COUNTED,
        viewer: viewer.clone(),
        states: States::Live,
        now: service.now(),
        as_of: None,
    };
    service.engine.timeline(&query).map_err(fault_of)
}
