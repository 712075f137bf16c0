//! Search, as a person or a program asks for it: everything that matches, best first, with reasons on demand.
//! It must not know how hits are found; abstention is for hooks, not for somebody who asked.
//! Invariant: scope and lifecycle go into the question, never over the answer.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use quipu_core::analyse::Analyser;
use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::rank::{self, Evidence};
use quipu_core::scope::{Privacy, Reader};
use quipu_core::select::{QueryTerm, Used};
use quipu_core::tokens;
use quipu_protocol::config::keys::SEARCH_LIMIT;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::search::{Explain, Hit, SearchReply, SearchRequest, TermView};
use quipu_store::read::{By, Neighbours, Scope, SearchHit, SearchQuery, States};

use super::mail::threads;
use super::scopes::viewer;
use super::{Service, aside, fault_of, kinds};

pub(crate) fn search(service: &Service, reader: Reader, request: &SearchRequest) -> Result<SearchReply, Fault> {
    let started = Instant::now();
    let limit = request.limit.unwrap_or_else(|| service.settings.user().config.number(SEARCH_LIMIT));
    if limit == 0 || limit as u64 > SEARCH_LIMIT.most() {
        return Err(Fault::new(FaultKind::Caller, "bad_limit", format!("limit is {limit}"))
            .hint(format!("ask for 1 to {} hits", SEARCH_LIMIT.most())));
    }
    let scope = service.scope(&request.scope)?;
    let query = SearchQuery {
        text: request.query.clone(),
        scope: scope.clone(),
        kinds: kinds(&request.kinds)?,
        files: aside::touched(service, &request.scope, &scope, &request.files)?,
        since: request.since.map(Millis),
        until: request.until.map(Millis),
        states: if request.include_archived { States::All } else { States::Live },
        not_in_context_of: None,
        limit,
        by: if request.words_only { By::Words } else { By::Meaning },
        now: service.now(),
        neighbours: if request.explain { Neighbours::Load } else { Neighbours::Skip },
        viewer: viewer(reader, &request.scope, &scope)?,
        as_of: request.as_of.map(Millis),
    };
    let answer = service.engine.search(&query).map_err(fault_of)?;
    let mut judge = Judge::new(&request.query, &answer.terms);
    let threads = threads(service, answer.hits.iter().map(|hit| &hit.memory))?;
    let hits = answer
        .hits
        .into_iter()
        .map(|hit| {
            let explain = request.explain.then(|| explain(judge.evidence(&hit), &hit));
            let thread = threads.get(&hit.memory.id).cloned();
            Hit { thread, ..wire(hit, explain) }
        })
        .collect();
    Ok(SearchReply {
        hits,
        mode: service.mode().to_owned(),
        fallback: answer.fallback,
        took_ms: started.elapsed().as_secs_f64() * 1_000.0,
        project: match scope {
            Scope::All => None,
            Scope::Project(key) => Some(key.0),
        },
        terms: if request.explain { answer.terms.iter().map(term).collect() } else { Vec::new() },
    })
}

/// Judges hits against one query; the analyser and its stems are shared between them.
pub(super) struct Judge<'a> {
    terms: &'a [QueryTerm],
    analyser: Analyser,
    known: HashSet<&'a str>,
    /// Each term as it was typed: people do not read stems.
    typed: HashMap<String, String>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(query: &str, terms: &'a [QueryTerm]) -> Self {
        let mut analyser = Analyser::of_few();
        let mut typed = HashMap::new();
        analyser.terms(query, |term| {
            typed.entry(term.text.to_owned()).or_insert_with(|| query[term.start..term.end].to_owned());
        });
        Self { terms, analyser, known: terms.iter().map(|t| t.text.as_str()).collect(), typed }
    }

    /// What speaks for a hit: the query's terms in its chunk, its title or its neighbours. A question speaks for
    /// the answer beside it; for a prompt only its own words do ("go on" after a long answer says nothing).
    pub(super) fn evidence(&mut self, hit: &SearchHit) -> Evidence {
        let body = hit.memory.body.get(hit.chunk.clone()).unwrap_or("");
        let title = hit.memory.title.as_deref().unwrap_or("");
        let mut held: HashSet<&str> = HashSet::new();
        let beside = if hit.memory.kind == Kind::Prompt { "" } else { &hit.neighbours };
        for text in [body, title, beside] {
            self.analyser.terms(text, |found| {
                held.extend(self.known.get(found.text));
            });
        }
        let covered = if hit.memory.kind == Kind::Prompt { hit.coverage } else { hit.coverage.max(hit.beside) };
        let mut placed: HashSet<&str> = HashSet::new();
        if hit.memory.applies_to != "global" {
            self.analyser.terms(&hit.memory.applies_to, |found| placed.extend(self.known.get(found.text)));
        }
        // Who names the file that a note is for has said where, and is judged by what else he says.
        let besides: Vec<QueryTerm>;
        let (terms, covered) = match placed.is_empty() {
            true => (self.terms, covered),
            false => {
                besides = self.terms.iter().filter(|term| !placed.contains(term.text.as_str())).cloned().collect();
                let weight = |terms: &[QueryTerm]| terms.iter().map(|term| term.idf).sum::<f32>();
                let share = weight(&besides) / weight(self.terms).max(f32::MIN_POSITIVE);
                (besides.as_slice(), (covered / share.max(0.1)).min(1.0))
            }
        };
        let mut evidence = rank::evidence(terms, covered, hit.cosine, |term| held.contains(term));
        for word in &mut evidence.matched {
            if let Some(typed) = self.typed.get(word) {
                word.clone_from(typed);
            }
        }
        evidence
    }
}

fn explain(evidence: Evidence, hit: &SearchHit) -> Explain {
    Explain {
        own: hit.own,
        context: hit.context,
        coverage: hit.coverage,
        beside: hit.beside,
        cosine: hit.cosine,
        idf_share: evidence.idf_share,
        worth_injecting: rank::worth_injecting(&evidence),
        matched: evidence.matched,
    }
}

fn wire(hit: SearchHit, explain: Option<Explain>) -> Hit {
    let memory = hit.memory;
    let text = memory.body.get(hit.chunk.clone()).unwrap_or(&memory.body).trim().to_owned();
    let (agent, session_id) = memory.session.map_or((None, None), |s| (Some(s.agent), Some(s.id)));
    Hit {
        id: memory.id.to_string(),
        kind: memory.kind.as_str().to_owned(),
        title: memory.title,
        session_id,
        agent,
        project: memory.project.map(|p| p.0),
        branch: memory.branch,
        occurred_at: memory.occurred_at.0,
        score: hit.score,
        partial: hit.chunk != (0..memory.body.len()),
        tokens: tokens::estimate(&memory.body),
        text,
        lifecycle: memory.lifecycle.as_str().to_owned(),
        applies_to: memory.applies_to,
        private: memory.privacy == Privacy::Private,
        thread: None,
        explain,
    }
}

fn term(term: &QueryTerm) -> TermView {
    let used = match term.used {
        Used::Yes => "looked_up",
        Used::TooCommon => "too_common",
        Used::Unknown => "unknown",
    };
    TermView { term: term.text.clone(), document_frequency: term.document_frequency, used: used.to_owned() }
}
