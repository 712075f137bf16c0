//! Prompts that a person picks in his client: what happened lately, and what was decided about something.
//! It must not know rmcp's traits or how memories are found.
//! Invariant: what is quoted in them is fenced, and comes from the connection's own project.

use quipu_core::scope::Reader;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::context::ContextRequest;
use quipu_protocol::wire::search::{SearchRequest, TimelineRequest};
use rmcp::model::{JsonObject, Prompt, PromptArgument};
use serde_json::Value;

use super::asker::Asker;
use super::words::{self, Row};
use crate::dates::Edge;
use crate::service;

/// Tokens that a prompt quotes at most.
const BUDGET: usize = 2_000;
/// Rows that are looked at.
const ROWS: usize = 30;
/// Kinds in which decisions are written down, or said.
const DECIDED: [&str; 6] = ["decision", "convention", "anti_pattern", "preference", "answer", "checkpoint"];

/// What is offered.
pub(super) fn list() -> Vec<Prompt> {
    let argument = |name: &str, words: &str| PromptArgument::new(name).with_description(words);
    vec![
        Prompt::new(
            "catch_me_up",
            Some("What happened in this project lately: where work stopped, what was decided, what is open."),
            Some(vec![argument(
                "since",
                "From when on: `yesterday`, `3 days ago`, a date. The last week unless given.",
            )]),
        )
        .with_title("Catch me up"),
        Prompt::new(
            "what_did_we_decide",
            Some("What was decided about something, with the reasons and when."),
            Some(vec![argument("topic", "What about.").with_required(true)]),
        )
        .with_title("What did we decide about …"),
    ]
}

/// The text of one.
///
/// # Errors
/// `no_such_prompt`, a missing topic, and what the store cannot read.
pub(super) fn get(asker: &Asker, name: &str, given: &JsonObject) -> Result<String, Fault> {
    match name {
        "catch_me_up" => catch_up(asker, text(given, "since").unwrap_or("7 days")),
        "what_did_we_decide" => match text(given, "topic") {
            Some(topic) => decided(asker, topic),
            None => Err(Fault::new(FaultKind::Caller, "bad_arguments", "`topic` is missing")
                .hint("say what the decision was about")),
        },
        _ => Err(Fault::new(FaultKind::Missing, "no_such_prompt", format!("no prompt is called `{name}`"))
            .hint("prompts/list names them")),
    }
}

fn text<'a>(given: &'a JsonObject, name: &str) -> Option<&'a str> {
    given.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

fn catch_up(asker: &Asker, since: &str) -> Result<String, Fault> {
    let from = words::time(Some(since), Edge::Start)?;
    let scope = asker.handle.scope(&asker.service, None)?;
    let own = asker.session.as_ref();
    let pack =
        service::context(&asker.service, own, &ContextRequest { scope: scope.clone(), ..ContextRequest::default() })?;
    let request = TimelineRequest { scope, since: from, limit: Some(ROWS), ..TimelineRequest::default() };
    let rows: Vec<Row> =
        service::timeline(&asker.service, Reader::Agent, &request)?.memories.iter().map(Row::of_memory).collect();
    let first = format!("{} since {since}, oldest first:", words::memories(rows.len()));
    let (index, _) = words::index(&first, &rows, BUDGET);
    Ok(format!(
        "Catch me up on this project: what was done since {since}, what was decided, what is open. Read what matters with \
         memory_get before you answer, and name the ids that you rely on.\n\n{}\n\n{index}",
        pack.text
    ))
}

fn decided(asker: &Asker, topic: &str) -> Result<String, Fault> {
    let request = SearchRequest {
        query: topic.to_owned(),
        scope: asker.handle.scope(&asker.service, None)?,
        kinds: DECIDED.map(str::to_owned).to_vec(),
        limit: Some(ROWS / 2),
        ..SearchRequest::default()
    };
    let rows: Vec<Row> = service::search(&asker.service, (Reader::Agent, asker.session.as_ref()), &request)?
        .hits
        .into_iter()
        .map(Row::of_hit)
        .collect();
    let first = format!("{} about it, best first:", words::memories(rows.len()));
    let (index, _) = words::index(&first, &rows, BUDGET);
    Ok(format!(
        "What did we decide about {topic}, when, and for what reasons? Was it changed later? Read the likely ones with \
         memory_get before you answer, name their ids, and say so if nothing was decided.\n\n{index}"
    ))
}
