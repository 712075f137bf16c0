//! What a session is told when it starts: the session pack.
//! It must not know what is in it (`service/context.rs`) or how the host takes it.
//! Invariant: a session that has its own context (resume, fork) is told nothing it knows.

use quipu_core::briefing::{StartSource, Told};
use quipu_core::fence;
use quipu_core::offer::{Again, Line, Silence, Why};
use quipu_core::pack::MAX_BYTES;
use quipu_core::scope::Viewer;
use quipu_core::tokens;
use quipu_protocol::config::keys;
use quipu_protocol::fault::Fault;

use super::trail::Answer;
use super::{Event, standpoint};
use crate::places;
use crate::service::context::{Ask, For, pack};
use crate::service::{Service, others};

pub(super) fn brief(service: &Service, event: &Event<'_>) -> Result<Answer, Fault> {
    let whom = match event.payload.start_source() {
        StartSource::Resume | StartSource::Fork => return Ok(Answer::silent(Silence::OwnContext)),
        StartSource::Compact => For::Compacted(&event.session),
        StartSource::Startup | StartSource::Clear => For::Start(&event.session),
    };
    let branch = event.payload.cwd.as_deref().and_then(places::branch_of);
    let budget = event.config.number(keys::START_TOKENS);
    let viewer = Viewer::told_at(standpoint(event));
    let ask = Ask { project: &event.project, branch: branch.as_deref(), viewer: &viewer, whom, task: None, budget };
    let made = pack(service, &ask)?;
    let lines: Vec<Line> = made.pack.told.iter().map(line).collect();
    let silence = match (lines.is_empty(), made.pack.shares.is_empty()) {
        (false, _) => None,
        (true, true) => Some(Silence::NothingFound),
        (true, false) => Some(Silence::NoRoom),
    };
    let others = others(service, &event.project, Some(&event.session));
    let text = match others {
        Some(others) => fence::with(&made.pack.text, &event.privacy.redact(&others), MAX_BYTES),
        None => made.pack.text,
    };
    Ok(Answer { tokens: tokens::estimate(&text), text, lines, silence, left_out: made.hushed })
}

/// A line of the pack, as it is remembered to have been shown.
fn line(told: &Told) -> Line {
    Line {
        memory: told.id,
        revision: told.revision,
        tokens: told.tokens,
        bytes: told.bytes,
        part: told.part.clone(),
        why: Why::Section(told.section.to_owned()),
        again: Again::No,
    }
}
