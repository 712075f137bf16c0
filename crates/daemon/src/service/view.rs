//! Core's memories as wire types.
//! It must not know who asks.
//! Invariant: wire types are made here and nowhere else in the service.

use quipu_core::change::Pin;
use quipu_core::id::Millis;
use quipu_core::link::{End, Link};
use quipu_core::memory::{Memory, Revision};
use quipu_core::outcome::Also;
use quipu_core::scope::Privacy;
use quipu_core::turn::Speaker;
use quipu_protocol::wire::memory::{ImportedFromView, MemoryView, NearView, RevisionView, SourceView};
use quipu_protocol::wire::records::CaptureView;
use quipu_protocol::wire::together::TouchedView;
use quipu_protocol::wire::work::{AlsoView, LinkParam, LinkView};
use quipu_store::read::{ImportSource, Linked, NearMemory, Ties};
use quipu_store::record::Capture;

/// A whole memory as it travels.
pub(super) fn memory(memory: Memory) -> MemoryView {
    let (agent, session_id) = memory.session.map_or((None, None), |s| (Some(s.agent), Some(s.id)));
    MemoryView {
        id: memory.id.to_string(),
        kind: memory.kind.as_str().to_owned(),
        class: memory.class.as_str().to_owned(),
        title: memory.title,
        applies_to: memory.applies_to,
        keywords: memory.keywords,
        files: memory.files,
        text: memory.body,
        content_hash: memory.content_hash,
        occurred_at: memory.occurred_at.0,
        recorded_at: memory.recorded_at.0,
        project: memory.project.map(|p| p.0),
        agent,
        session_id,
        branch: memory.branch,
        origin: memory.origin.as_str().to_owned(),
        programmatic: memory.speaker == Speaker::Program,
        lifecycle: memory.lifecycle.as_str().to_owned(),
        source: memory.provenance.map(|p| SourceView { path: p.path, from: p.from, to: p.to }),
        imported: None,
        redactions: memory.redactions,
        original_hash: memory.original_hash,
        revision: memory.revision,
        pinned: memory.pin == Pin::Pinned,
        private: memory.privacy == Privacy::Private,
        hushed_in: Vec::new(),
        superseded_by: memory.superseded_by.map(|by| by.to_string()),
        archived_at: memory.archived_at.map(|at| at.0),
        archive_reason: memory.archive_reason,
        aggregated_into: memory.aggregated_into.map(|into| into.to_string()),
        importance: memory.importance.number(),
        valid_from: memory.valid.from.map(|at| at.0),
        valid_to: memory.valid.to.map(|at| at.0),
        ..MemoryView::default()
    }
}

/// A memory that a request would touch.
pub(super) fn touched(memory: &Memory) -> TouchedView {
    TouchedView {
        id: memory.id.to_string(),
        kind: memory.kind.as_str().to_owned(),
        title: memory.title.clone().unwrap_or_else(|| first_line(&memory.body)),
    }
}

/// The same with what stands beside it.
pub(super) fn with_ties(view: MemoryView, ties: Ties, now: Millis) -> MemoryView {
    let link = |link: Linked| LinkView {
        relation: link.relation.to_owned(),
        id: link.id.to_string(),
        kind: link.kind.as_str().to_owned(),
        lifecycle: link.lifecycle.as_str().to_owned(),
        status: link.status.map(|status| status.as_str().to_owned()),
        kept: link.end == End::Keeper,
    };
    MemoryView {
        work: ties.aside.work.map(|work| super::work::state(work, now)),
        links: ties.links.into_iter().map(link).collect(),
        links_left_out: ties.left_out,
        given_files: ties.aside.files.into_iter().collect(),
        symbols: ties.aside.symbols.into_iter().collect(),
        ..view
    }
}

/// What a change did to another memory.
pub(super) fn also(also: Also) -> AlsoView {
    AlsoView { id: also.id.to_string(), became: also.what.word().to_owned() }
}

/// Where a memory was brought in from.
pub(super) fn imported_from(from: ImportSource) -> ImportedFromView {
    let ImportSource { source, path, lines, name } = from;
    ImportedFromView { source, path, lines, name }
}

/// How a memory was captured.
pub(super) fn capture(capture: Capture) -> CaptureView {
    let Capture { source_id, group, hook_key, position } = capture;
    CaptureView { source_id, group, hook_key, position }
}

/// A memory as it is or was; `current` is the number of the one that it is.
pub(super) fn revision(revision: Revision, current: u32) -> RevisionView {
    let content = revision.content;
    RevisionView {
        revision: revision.number,
        title: content.title,
        text: content.body,
        kind: content.kind.as_str().to_owned(),
        keywords: content.keywords,
        applies_to: content.applies_to,
        pinned: content.pin == Pin::Pinned,
        private: content.privacy == Privacy::Private,
        importance: content.importance.number(),
        valid_from: content.valid.from.map(|at| at.0),
        valid_to: content.valid.to.map(|at| at.0),
        // Whether it was overdue nobody asks of what was.
        work: content.aside.work.map(|work| super::work::state(work, Millis(i64::MIN))),
        links: content.aside.links.iter().map(kept).collect(),
        given_files: content.aside.files.into_iter().collect(),
        symbols: content.aside.symbols.into_iter().collect(),
        lifecycle: revision.lifecycle.as_str().to_owned(),
        changed_at: revision.since.0,
        reason: revision.reason,
        current: revision.number == current,
    }
}

fn kept(link: &Link) -> LinkParam {
    LinkParam { relation: link.relation.word(End::Keeper).to_owned(), id: link.to.to_string() }
}

/// Longest first line that stands for a title, in characters.
const LINE: usize = 100;

/// A memory that says nearly the same as another text.
pub(super) fn near(near: NearMemory) -> NearView {
    let title = near.title.unwrap_or_else(|| first_line(&near.body));
    NearView { id: near.id.to_string(), title, cosine: near.cosine }
}

/// What stands for a text that has no title.
pub(super) fn first_line(text: &str) -> String {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim().chars().take(LINE).collect()
}
