//! The memories that a prompt is given, or nothing: better silent than wrong.
//! It must not know how they were found or how the host takes them.
//! Invariant: only hits whose raw evidence carries them; never what the session still has in its context.

use quipu_core::analyse;
use quipu_core::hash;
use quipu_core::kind::Kind;
use quipu_core::pack::{self, Entry, PROMPT_TOKENS};
use quipu_core::rank;
use quipu_core::tokens;
use quipu_protocol::fault::Fault;
use quipu_store::read::{Neighbours, Scope, SearchHit, SearchQuery, States};

use super::{Event, is_answered};
use crate::service::search::Judge;
use crate::service::{Service, fault_of};

/// How many hits are weighed.
const CANDIDATES: usize = 10;
/// A single memory takes at most this share of the budget, in tokens.
const ENTRY_TOKENS: usize = 200;

pub(super) fn recall(service: &Service, event: &Event<'_>) -> Result<String, Fault> {
    let Some(prompt) = event.payload.prompt.as_deref().filter(|_| is_answered(event.payload.prompt_author())) else {
        return Ok(String::new());
    };
    let query = SearchQuery {
        text: prompt.to_owned(),
        scope: Scope::Project(event.project.clone()),
        kinds: Vec::new(),
        since: None,
        until: None,
        states: States::Live,
        not_in_context_of: Some(event.session.clone()),
        limit: CANDIDATES,
        neighbours: Neighbours::Load,
    };
    let answer = service.engine().search(&query).map_err(fault_of)?;
    let asked = hash::content_hash(prompt);
    let mut judge = Judge::new(prompt, &answer.terms);
    let mut seen = std::collections::HashSet::from([asked]);
    let entries: Vec<Entry> = answer
        .hits
        .iter()
        // The same question asked before tells nothing; the answer to it is a hit of its own.
        .filter(|hit| seen.insert(hit.memory.content_hash.clone()) && !is_bare_question(hit))
        .filter_map(|hit| {
            let evidence = judge.evidence(hit);
            rank::worth_injecting(&evidence).then(|| entry(hit, &evidence.matched))
        })
        .collect();
    Ok(pack::pack(&entries, PROMPT_TOKENS).text)
}

/// A short question without its answer is no knowledge; a short statement may be.
fn is_bare_question(hit: &SearchHit) -> bool {
    let body = &hit.memory.body;
    hit.memory.kind == Kind::Prompt && body.contains(['?', '？', '؟']) && analyse::query_terms(body).len() < 12
}

fn entry(hit: &SearchHit, matched: &[String]) -> Entry {
    let memory = &hit.memory;
    let chunk = memory.body.get(hit.chunk.clone()).unwrap_or(&memory.body).trim();
    let cut = tokens::prefix(chunk, ENTRY_TOKENS);
    let dots = if cut.len() < chunk.len() || hit.chunk.end < memory.body.len() { " …" } else { "" };
    let title = memory.title.as_deref().map(|t| format!("{t}: ")).unwrap_or_default();
    Entry {
        id: memory.id,
        kind: memory.kind,
        when: day(memory.occurred_at.0),
        project: memory.project.as_ref().map(|p| p.name().to_owned()),
        why: format!("matches {}", matched.iter().take(6).cloned().collect::<Vec<_>>().join(", ")),
        text: format!("{title}{}{dots}", cut.trim_end()),
    }
}

/// The day as models read it best.
pub(super) fn day(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .map_or_else(|_| "unknown day".to_owned(), |t| t.strftime("%Y-%m-%d").to_string())
}
