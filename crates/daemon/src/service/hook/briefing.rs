//! What a session is told when it starts: where the last one here stopped.
//! It must not know how the text is laid out (`core::briefing`) or how the host takes it.
//! Invariant: a session that has its own context (resume, fork) is told nothing it knows.

use quipu_agents::Privacy;
use quipu_core::briefing::{Item, Laid, StartSource, lay_out};
use quipu_core::kind::Kind;
use quipu_core::memory::Memory;
use quipu_core::offer::{Again, Line, Silence, Why};
use quipu_core::scope::Viewer;
use quipu_core::tokens;
use quipu_protocol::config::keys;
use quipu_protocol::fault::Fault;
use quipu_store::read::{Scope, SessionSummary, States, TimelineQuery};

use super::prompt::day;
use super::trail::Answer;
use super::{Event, standpoint};
use crate::places;
use crate::service::status::complaints;
use crate::service::{Service, fault_of};

/// Written memories that a start mentions.
const NOTES: usize = 5;

pub(super) fn brief(service: &Service, event: &Event<'_>) -> Result<Answer, Fault> {
    let source = event.payload.start_source();
    if matches!(source, StartSource::Resume | StartSource::Fork) {
        return Ok(Answer::silent(Silence::OwnContext));
    }
    let branch = event.payload.cwd.as_deref().and_then(places::branch_of);
    let sessions = service.engine().recent_sessions(&event.project, branch.as_deref(), 3).map_err(fault_of)?;
    let own = |s: &&SessionSummary| s.session == event.session;
    let hushed = service.engine().hushed(&Scope::Project(event.project.clone())).map_err(fault_of)?;
    let mut parts = Vec::new();
    // After a compaction the summary stands in the context; what was asked last may not.
    // A session of programs alone has nothing to tell; the one before it may.
    let other = |s: &&SessionSummary| !own(s) && !s.latest.is_empty();
    let told = if source == StartSource::Compact { sessions.iter().find(own) } else { sessions.iter().find(other) };
    if let Some(session) = told {
        parts.extend(stopped(session, source, &event.privacy));
    }
    if source != StartSource::Compact {
        parts.extend(notes(service, event)?);
    }
    let on = branch.map(|b| format!(", branch {b}")).unwrap_or_default();
    parts.retain(|(memory, ..)| hushed.iter().all(|(hushed, _)| hushed.id != memory.id));
    // One line, and only where something is not as it should be.
    let complaint = complaints(service).into_iter().next().map(|why| format!(", degraded: {why}")).unwrap_or_default();
    let heading = format!("quipu (memory: {}{complaint}) on {}{on}:", service.mode(), event.project.name());
    if parts.is_empty() && !complaint.is_empty() {
        let text = heading.trim_end_matches(':').to_owned();
        return Ok(Answer { text, ..Answer::silent(Silence::NothingFound) });
    }
    let (memories, items): (Vec<(Memory, &str)>, Vec<Item>) =
        parts.into_iter().map(|(memory, section, item)| ((memory, section), item)).unzip();
    let (text, laid) = lay_out(&heading, &items, event.config.number(keys::START_TOKENS));
    let line = |laid: &Laid| {
        let (memory, section) = &memories[laid.item];
        Line {
            memory: memory.id,
            revision: memory.revision,
            tokens: laid.tokens,
            bytes: laid.bytes,
            why: Why::Section((*section).to_owned()),
            again: Again::No,
        }
    };
    let lines: Vec<Line> = laid.iter().map(line).collect();
    let silence = match (lines.is_empty(), items.is_empty()) {
        (false, _) => None,
        (true, true) => Some(Silence::NothingFound),
        (true, false) => Some(Silence::NoRoom),
    };
    Ok(Answer { tokens: tokens::estimate(&text), text, lines, silence, left_out: hushed.len() })
}

/// A memory, the part of the briefing that it belongs to, and how it is told.
type Part = (Memory, &'static str, Item);

/// Where a session stopped: its last prompt, its last answer.
fn stopped(session: &SessionSummary, source: StartSource, privacy: &Privacy) -> Vec<Part> {
    let branch = session.branch.as_deref().map(|b| format!(" on {b}")).unwrap_or_default();
    let label = |kind: Kind| match (kind, source) {
        (Kind::Checkpoint, StartSource::Compact) => None,
        (Kind::Prompt, StartSource::Compact) => Some("asked last in this session".to_owned()),
        (_, StartSource::Compact) => Some("answered last in this session".to_owned()),
        (Kind::Prompt, _) => Some(format!("last session{branch} was asked")),
        (Kind::Checkpoint, _) => Some(format!("last session{branch}, its summary")),
        (_, _) => Some(format!("last session{branch} stopped with")),
    };
    session
        .latest
        .iter()
        .filter_map(|memory| {
            let text = privacy.redact(&memory.body).into_owned();
            let item = Item { label: label(memory.kind)?, when: day(memory.occurred_at.0), text };
            Some((memory.clone(), "where the session stopped", item))
        })
        .collect()
}

/// The newest written memories of the project.
fn notes(service: &Service, event: &Event<'_>) -> Result<Vec<Part>, Fault> {
    let query = TimelineQuery {
        scope: Scope::Project(event.project.clone()),
        around: None,
        before: None,
        session: None,
        kinds: Kind::ALL.into_iter().filter(|k| k.is_written()).collect(),
        since: None,
        until: None,
        limit: NOTES,
        viewer: Viewer::told_at(standpoint(event)),
        states: States::Live,
        now: event.at,
        as_of: None,
    };
    let newest = service.engine().timeline(&query).map_err(fault_of)?;
    Ok(newest
        .into_iter()
        .rev()
        .map(|memory| {
            let title = memory.title.as_deref().map(|t| format!("{t}: ")).unwrap_or_default();
            let item = Item {
                label: memory.kind.as_str().to_owned(),
                when: day(memory.occurred_at.0),
                text: event.privacy.redact(&format!("{title}{}", memory.body)).into_owned(),
            };
            (memory, "newest notes", item)
        })
        .collect())
}
