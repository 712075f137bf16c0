//! Core's memories as wire types.
//! It must not know who asks.
//! Invariant: wire types are made here and nowhere else in the service.

use quipu_core::memory::Memory;
use quipu_core::turn::Speaker;
use quipu_protocol::wire::memory::{MemoryView, SourceView};

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
        redactions: memory.redactions,
    }
}
