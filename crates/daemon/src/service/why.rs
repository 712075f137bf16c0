//! What agents were shown, and why: of one memory, and answer by answer.
//! It must not know how a line is chosen, nor what people are told of it.
//! Invariant: of a project only what its own sessions were shown.

use quipu_core::memory::Memory;
use quipu_core::offer::{Silence, Why};
use quipu_core::scope::Reader;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::ledger::{
    AnswerView, LineView, ShownReply, ShownRequest, TallyView, WhyQuery, WhyReply, WhyView,
};
use quipu_store::ledger::{LineRow, OfferQuery, OfferRow, Tally};
use quipu_store::read::Scope;

use super::show::seen;
use super::{Service, fault_of};

/// Answers that are shown where nobody says how many.
const LIMIT: usize = 20;
/// And at most.
const MOST: usize = 500;
/// So much of a text stands for its title, in characters.
const TITLE: usize = 120;

/// Every time that a memory was put before an agent.
pub(crate) fn why(service: &Service, reader: Reader, id: &str, query: &WhyQuery) -> Result<WhyReply, Fault> {
    let limit = limit(query.limit)?;
    let memory = seen(service, reader, id)?;
    let query = OfferQuery { scope: Scope::All, session: None, event: None, memory: Some(memory.id), reader, limit };
    let answers = service.engine.offers(&query).map_err(fault_of)?;
    let tally = service.engine.tally(memory.id).map_err(fault_of)?;
    let hushed = service.engine.hushed_in(memory.id).map_err(fault_of)?;
    Ok(WhyReply {
        id: memory.id.to_string(),
        kind: memory.kind.as_str().to_owned(),
        title: title(&memory),
        lifecycle: memory.lifecycle.as_str().to_owned(),
        project: memory.project.map(|key| key.0),
        hushed_in: hushed.into_iter().map(|key| key.0).collect(),
        tally: numbers(tally),
        answers: answers.into_iter().map(answer).collect(),
        mode: service.mode().to_owned(),
    })
}

/// What agents were given, newest first.
pub(crate) fn shown(service: &Service, reader: Reader, request: &ShownRequest) -> Result<ShownReply, Fault> {
    let limit = limit(request.limit)?;
    let scope = service.scope(&request.scope)?;
    let (session, event) = (request.session.clone(), request.event.clone());
    let query = OfferQuery { scope, session, event, memory: None, reader, limit };
    let answers = service.engine.offers(&query).map_err(fault_of)?;
    Ok(ShownReply { answers: answers.into_iter().map(answer).collect(), mode: service.mode().to_owned() })
}

fn limit(asked: Option<usize>) -> Result<usize, Fault> {
    match asked.unwrap_or(LIMIT) {
        limit @ 1..=MOST => Ok(limit),
        limit => Err(Fault::new(FaultKind::Caller, "bad_limit", format!("limit is {limit}"))
            .hint(format!("ask for 1 to {MOST} answers"))),
    }
}

fn answer(row: OfferRow) -> AnswerView {
    let (agent, session_id) = row.session.map(|session| (session.agent, session.id)).unzip();
    AnswerView {
        at: row.at.0,
        event: row.event,
        agent,
        session_id,
        project: row.project.map(|key| key.0),
        given: row.given,
        tokens: row.tokens,
        bytes: row.bytes,
        silence: row.silence.map(Silence::as_str).map(str::to_owned),
        times: row.times,
        left_out: row.left_out,
        lines: row.lines.into_iter().map(line).collect(),
    }
}

fn line(row: LineRow) -> LineView {
    let by = row.used.flatten();
    LineView {
        id: row.memory.to_string(),
        kind: row.kind.as_str().to_owned(),
        title: one_line(&row.title),
        lifecycle: row.lifecycle.as_str().to_owned(),
        revision: row.revision,
        revision_now: row.revision_now,
        place: row.place,
        tokens: row.tokens,
        bytes: row.bytes,
        why: match row.why {
            Why::Matches { score, idf_share, coverage, cosine, matched } => WhyView {
                score: Some(score),
                idf_share: Some(idf_share),
                coverage: Some(coverage),
                cosine: Some(cosine),
                matched,
                ..WhyView::default()
            },
            Why::Section(section) => WhyView { section: Some(section), ..WhyView::default() },
            Why::File(file) => WhyView { file: Some(file), ..WhyView::default() },
        },
        again: row.again,
        used: row.used.map(|by| by.is_some()),
        used_by: by.map(|(by, _)| by.as_str().to_owned()),
        used_in: by.and_then(|(_, said)| said).map(|id| id.to_string()),
    }
}

pub(super) fn numbers(tally: Tally) -> TallyView {
    TallyView { lines: tally.lines, tokens: tally.tokens, used: tally.used, judged: tally.judged }
}

/// How a memory is named in a list.
pub(super) fn title(memory: &Memory) -> String {
    one_line(memory.title.as_deref().unwrap_or(&memory.body))
}

/// The beginning of a text on one line.
pub(super) fn one_line(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match flat.char_indices().nth(TITLE) {
        Some((at, _)) => format!("{} …", flat[..at].trim_end()),
        None => flat,
    }
}
