//! The session pack: where the last sessions here stopped, what is to be done, what is held on to and written down, and what
//! is known of a task. Asked for by people, by agents, and by the hook that begins a session.
//! It must not know who asks, nor how the text is laid out (`core::briefing`).
//! Invariant: within the token budget, fenced as a quotation, and honest about what it leaves out.

mod sections;
mod stood;

use quipu_core::briefing::{Pack, lay_out};
use quipu_core::memory::{Memory, ProjectKey, SessionRef};
use quipu_core::scope::{Standpoint, Viewer};
use quipu_core::tokens;
use quipu_protocol::config::keys::START_TOKENS;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::context::{ContextReply, ContextRequest, SectionView, ToldView};
use quipu_store::read::Scope;

use super::status::complaints;
use super::{Service, fault_of};
use crate::places;

/// The smallest pack that says anything.
const LEAST: usize = 50;

/// Whom a pack is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum For<'a> {
    /// Somebody who asks: what the newest sessions here did.
    Asker,
    /// A session that begins, knowing nothing: what another one did last.
    Start(&'a SessionRef),
    /// A session that was compacted: what it was about itself, and no more.
    Compacted(&'a SessionRef),
}

/// What a pack is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) project: &'a ProjectKey,
    pub(super) branch: Option<&'a str>,
    /// Who is told, and where he stands.
    pub(super) viewer: &'a Viewer,
    pub(super) whom: For<'a>,
    /// What is about to be done.
    pub(super) task: Option<&'a str>,
    /// In tokens.
    pub(super) budget: usize,
}

/// A pack that was made.
pub(super) struct Made {
    pub(super) pack: Pack,
    /// What it may lack, if anything.
    pub(super) fallback: Option<String>,
    /// So many memories are not to be put before agents there, and were not looked at.
    pub(super) hushed: usize,
}

/// Makes a pack.
pub(super) fn pack(service: &Service, ask: &Ask<'_>) -> Result<Made, Fault> {
    let hushed = service.engine.hushed(&Scope::Project(ask.project.clone())).map_err(fault_of)?;
    let hushed: Vec<Memory> = hushed
        .into_iter()
        .map(|(memory, _)| memory)
        .filter(|memory| ask.viewer.reader.may_see(memory.privacy))
        .collect();
    let (sections, fallback) = sections::all(service, ask, &hushed)?;
    let on = ask.branch.map(|branch| format!(", branch {branch}")).unwrap_or_default();
    // One line, and only where something is not as it should be.
    let complaint = complaints(service).into_iter().next().map(|why| format!(", degraded: {why}")).unwrap_or_default();
    let stood = match ask.whom {
        For::Compacted(session) => stood::line(service, session, &ask.project.0)?,
        For::Asker | For::Start(_) => String::new(),
    };
    let stood = if stood.is_empty() { stood } else { format!("; {stood}") };
    let heading = format!("quipu (memory: {}{complaint}) on {}{on}{stood}:", service.mode(), ask.project.name());
    let mut pack = lay_out(&heading, &sections, ask.budget);
    if pack.text.is_empty() && !(complaint.is_empty() && stood.is_empty()) {
        pack.text = heading.trim_end_matches(':').to_owned();
    }
    Ok(Made { pack, fallback, hushed: hushed.len() })
}

pub(crate) fn context(
    service: &Service,
    asker: Option<&SessionRef>,
    request: &ContextRequest,
) -> Result<ContextReply, Fault> {
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
    let viewer = Viewer::told_at(Standpoint::new(branch.clone(), None).asking(task.unwrap_or_default()));
    let ask = Ask { project: &project, branch: branch.as_deref(), viewer: &viewer, whom: For::Asker, task, budget };
    let Made { pack, fallback, .. } = pack(service, &ask)?;
    let written = pack.shares.iter().filter(|share| sections::is_written(share.name));
    let others = super::others(service, &project, asker);
    Ok(ContextReply {
        others,
        tokens: tokens::estimate(&pack.text),
        text: pack.text,
        project: project.0,
        notes: written.fold((0, 0), |(told, of), share| (told + share.told, of + share.of)),
        ids: pack.told.iter().map(|told| told.id.to_string()).collect(),
        sections: pack
            .shares
            .into_iter()
            .map(|share| SectionView { name: share.name.to_owned(), told: share.told, of: share.of })
            .collect(),
        told: pack
            .told
            .into_iter()
            .map(|told| ToldView { id: told.id.to_string(), section: told.section.to_owned(), tokens: told.tokens })
            .collect(),
        mode: service.mode().to_owned(),
        fallback,
    })
}
