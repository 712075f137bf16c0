//! The memories that a prompt is given, or nothing: better silent than wrong.
//! It must not know how they were found or how the host takes them.
//! Invariant: only hits whose raw evidence carries them; never what the session still has in its context.

use std::borrow::Cow;

use quipu_agents::Privacy;
use quipu_agents::claude_code::transcript::TOOL_OUTPUT;
use quipu_core::analyse;
use quipu_core::hash;
use quipu_core::kind::Kind;
use quipu_core::offer::{Again, Line, Part, Silence, Why};
use quipu_core::pack::{self, Entry, Shown};
use quipu_core::rank::{self, Evidence};
use quipu_core::scope::Viewer;
use quipu_core::tokens;
use quipu_protocol::config::keys;
use quipu_protocol::fault::Fault;
use quipu_store::read::{By, Neighbours, Scope, SearchHit, SearchQuery, States};

use super::trail::{Answer, reader};
use super::{Event, is_answered, standpoint};
use crate::service::search::Judge;
use crate::service::{Service, fault_of};

/// How many hits are weighed.
const CANDIDATES: usize = 10;
/// So much of a prompt is searched for, in tokens.
const QUERY_TOKENS: usize = 2_000;
/// So many of the words that it shares with the prompt are named.
const WORDS: usize = 6;
/// A single memory takes at most this share of the budget, in tokens.
const ENTRY_TOKENS: usize = 200;

pub(super) fn recall(service: &Service, event: &Event<'_>) -> Result<Answer, Fault> {
    let Some(prompt) = event.payload.prompt.as_deref().filter(|_| is_answered(event.payload.prompt_author())) else {
        return Ok(Answer::silent(Silence::Machine));
    };
    // A pasted log must not cost its length: what a prompt is about stands in its first pages.
    // What is private or secret in it is not asked for either; what a cut leaves of a secret lies behind the second one.
    let safe = event.privacy.redact(tokens::prefix(prompt, 2 * QUERY_TOKENS));
    let prompt = tokens::prefix(&safe, QUERY_TOKENS);
    let query = SearchQuery {
        text: prompt.to_owned(),
        scope: Scope::Project(event.project.clone()),
        kinds: Kind::ALL.into_iter().filter(|kind| kind.is_recalled()).collect(),
        files: Vec::new(),
        since: None,
        until: None,
        states: States::Live,
        not_in_context_of: Some(reader(event)),
        limit: CANDIDATES,
        by: By::Meaning,
        now: event.at,
        neighbours: Neighbours::Load,
        viewer: Viewer::told_at(standpoint(event).asking(prompt)),
        as_of: None,
    };
    let answer = service.engine().search(&query).map_err(fault_of)?;
    let asked = hash::content_hash(prompt);
    let mut judge = Judge::new(prompt, &answer.terms);
    let mut seen = std::collections::HashSet::from([asked]);
    let worth: Vec<(&SearchHit, Evidence)> = answer
        .hits
        .iter()
        // The same question asked before tells nothing; the answer to it is a hit of its own.
        .filter(|hit| seen.insert(hit.memory.content_hash.clone()) && !is_bare_question(hit))
        .filter_map(|hit| {
            let evidence = judge.evidence(hit);
            rank::worth_injecting(&evidence).then_some((hit, evidence))
        })
        .collect();
    let entries: Vec<Entry> =
        worth.iter().map(|(hit, evidence)| entry(hit, &evidence.matched, &event.privacy)).collect();
    let (budget, most) = (event.config.number(keys::PROMPT_TOKENS), event.config.number(keys::MEMORIES));
    let packed = pack::pack(&entries, budget, most);
    let silence = match (packed.shown.is_empty(), worth.is_empty(), answer.hits.is_empty()) {
        (false, ..) => None,
        (_, false, _) => Some(Silence::NoRoom),
        (_, _, false) => Some(Silence::WeakEvidence),
        (..) => Some(Silence::NothingFound),
    };
    let of = |shown: &Shown| {
        worth.iter().find(|(hit, _)| hit.memory.id == shown.id).map(|of| line(of, *shown, &event.privacy))
    };
    let lines = packed.shown.iter().filter_map(of).collect();
    Ok(Answer { text: packed.text, tokens: packed.tokens, lines, silence, left_out: answer.left_out })
}

/// What the ledger keeps of a line. The words are the asker's own: of those only such as the memory holds too.
fn line((hit, evidence): &(&SearchHit, Evidence), shown: Shown, privacy: &Privacy) -> Line {
    Line {
        memory: hit.memory.id,
        revision: hit.memory.revision,
        tokens: shown.tokens,
        bytes: shown.bytes,
        part: if hit.chunk == (0..hit.memory.body.len()) { Part::Whole } else { Part::Bytes(hit.chunk.clone()) },
        why: Why::Matches {
            score: hit.score,
            idf_share: evidence.idf_share,
            coverage: evidence.coverage,
            cosine: evidence.cosine,
            matched: evidence.matched.iter().take(WORDS).map(|word| privacy.redact(word).into_owned()).collect(),
        },
        again: hit.again,
    }
}

/// A short question without its answer is no knowledge; a short statement may be.
fn is_bare_question(hit: &SearchHit) -> bool {
    let body = &hit.memory.body;
    hit.memory.kind == Kind::Prompt && body.contains(['?', '？', '؟']) && analyse::query_terms(body).len() < 12
}

fn entry(hit: &SearchHit, matched: &[String], privacy: &Privacy) -> Entry {
    let memory = &hit.memory;
    let chunk = memory.body.get(hit.chunk.clone()).unwrap_or(&memory.body).trim();
    // Before it is cut: half a secret would pass for none.
    let own = privacy.redact(chunk);
    let own = without_tool_output(memory.kind, &own);
    let cut = tokens::prefix(&own, ENTRY_TOKENS);
    let dots = if cut.len() < own.len() || hit.chunk.end < memory.body.len() { " …" } else { "" };
    let title = memory.title.as_deref().map(|t| format!("{t}: ")).unwrap_or_default();
    Entry {
        id: memory.id,
        kind: memory.kind,
        when: day(memory.occurred_at.0),
        project: memory.project.as_ref().map(|p| p.name().to_owned()),
        why: format!("{}{}", if hit.again == Again::Changed { "changed since you saw it, " } else { "" }, why(matched)),
        text: format!("{title}{}{dots}", cut.trim_end()),
    }
}

/// Why a hit is shown: the words it shares with the prompt, or that it means much the same.
fn why(matched: &[String]) -> String {
    match matched {
        [] => "close in meaning".to_owned(),
        words => format!("matches {}", words.iter().take(WORDS).cloned().collect::<Vec<_>>().join(", ")),
    }
}

/// A thought without what tools or the web had said: that is searchable, and not put before a model.
pub(crate) fn without_tool_output(kind: Kind, text: &str) -> Cow<'_, str> {
    if kind != Kind::Thought || !text.contains(TOOL_OUTPUT) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.lines().filter(|line| !line.starts_with(TOOL_OUTPUT)).collect::<Vec<_>>().join("\n"))
}

/// The day as models read it best.
pub(super) fn day(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .map_or_else(|_| "unknown day".to_owned(), |t| t.strftime("%Y-%m-%d").to_string())
}
