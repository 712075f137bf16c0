//! Memories and answers for the tests of the view, made of a few words.
//! It must not know what a test asserts.
//! Invariant: nothing here depends on the day or the zone in which tests run.

use jiff::Zoned;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::memory::{MemoryView, SourceView};
use quipu_protocol::wire::search::{Hit, MemoriesReply, SearchReply};

use super::item::Item;
use super::worker::{Answer, Found, Then};

pub(super) fn now() -> Zoned {
    "2026-11-21T15:00:00+00:00[UTC]".parse().expect("a moment")
}

pub(super) fn hit(id: &str, kind: &str, text: &str) -> Hit {
    Hit {
        id: id.to_owned(),
        kind: kind.to_owned(),
        title: None,
        session_id: Some("s-1".to_owned()),
        agent: Some("claude-code".to_owned()),
        project: Some("/src/tidepool".to_owned()),
        branch: Some("main".to_owned()),
        occurred_at: now().timestamp().as_millisecond() - 900_000,
        score: 1.0,
        text: text.to_owned(),
        partial: false,
        tokens: 9,
        lifecycle: "live".to_owned(),
        applies_to: "global".to_owned(),
        private: false,
        thread: None,
        explain: None,
    }
}

pub(super) fn whole(id: &str, text: &str) -> MemoryView {
    let hit = hit(id, "decision", text);
    MemoryView {
        id: hit.id,
        kind: hit.kind,
        class: "user_message".to_owned(),
        title: None,
        applies_to: "global".to_owned(),
        keywords: Vec::new(),
        files: Vec::new(),
        text: hit.text,
        content_hash: String::new(),
        occurred_at: hit.occurred_at,
        recorded_at: hit.occurred_at,
        project: hit.project,
        agent: hit.agent,
        session_id: hit.session_id,
        branch: hit.branch,
        origin: "transcript".to_owned(),
        programmatic: false,
        lifecycle: hit.lifecycle,
        source: Some(SourceView { path: "/c/projects/s-1.jsonl".to_owned(), from: 10, to: 200 }),
        imported: None,
        redactions: 0,
        original_hash: None,
        revision: 1,
        pinned: false,
        private: false,
        hushed_in: Vec::new(),
        superseded_by: None,
        archived_at: None,
        archive_reason: None,
        aggregated_into: None,
        importance: 3,
        valid_from: None,
        valid_to: None,
        ..MemoryView::default()
    }
}

pub(super) fn item(id: &str, text: &str) -> Item {
    Item::of_hit(&hit(id, "decision", text), &std::collections::HashSet::new(), &now())
}

/// Hits for `query`, as the answer to question number `asked`.
pub(super) fn hits(asked: u64, query: &str, hits: Vec<Hit>) -> Answer {
    let reply = SearchReply {
        hits,
        mode: "owner".to_owned(),
        fallback: None,
        took_ms: 3.1,
        project: Some("/src/tidepool".to_owned()),
        terms: Vec::new(),
    };
    Answer::Found { asked, query: query.to_owned(), found: Ok(Found::Search(reply)) }
}

/// The newest memories, oldest first as the daemon gives them.
pub(super) fn newest(asked: u64, memories: Vec<MemoryView>) -> Answer {
    let reply = MemoriesReply { memories, next: None, mode: "owner".to_owned() };
    Answer::Found { asked, query: String::new(), found: Ok(Found::Newest(reply)) }
}

/// A failure.
pub(super) fn failure(asked: u64, kind: FaultKind, message: &str, then: Then) -> Answer {
    let fault = Fault::new(kind, "no", message).hint("start it with `quipu up`");
    Answer::Found { asked, query: String::new(), found: Err((fault, then)) }
}
