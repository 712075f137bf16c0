//! `memory_context`: the pack for the start of work.
//! It must not know how it is chosen.
//! Invariant: it says how much of what there is it holds.

use quipu_protocol::fault::Fault;
use quipu_protocol::wire::context::{ContextRequest, SectionView};
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::doors::mcp::asker::Asker;
use crate::doors::mcp::schema;
use crate::doors::mcp::tool::{Effect, Shelf, Told, Tool};
use crate::doors::mcp::words;
use crate::service;

pub(in crate::doors::mcp) static TOOL: Tool = Tool {
    name: "memory_context",
    title: "Session pack",
    description: "What matters in this project right now: where the last sessions stopped, open work, what is pinned, \
        decisions and conventions, each with how much of it is told; and, with `task`, what is known about it. Use it at the start of work or after the context was cleared.",
    effect: Effect::Reads,
    shelf: Shelf::First,
    input: schema::input::<Arguments>,
    output: schema::output::<Pack>,
    run,
};

#[derive(Debug, Deserialize, JsonSchema)]
struct Arguments {
    /// What is about to be done.
    task: Option<String>,
    /// Another project by name or path. Only where the user allows it.
    project: Option<String>,
    /// At most so many tokens, 50 to 2000; 1500 unless the user has set another number.
    max_tokens: Option<usize>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Pack {
    /// The pack; empty when nothing is known.
    text: String,
    /// What it costs, estimated.
    tokens: usize,
    /// Path of the project.
    project: String,
    /// Written memories in it.
    notes: usize,
    /// Written memories that there are.
    of_notes: usize,
    /// Ids of the memories in it.
    ids: Vec<String>,
    /// Every section that has something: so many told of so many.
    sections: Vec<SectionView>,
    /// Messages that wait for this session; `agents_inbox` has them.
    unread: u64,
    /// `owner` when all is well, else what answers in its place.
    mode: String,
    /// What the answer may lack, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback: Option<String>,
    /// What of the arguments was not understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

fn run(asker: &Asker, given: JsonObject) -> Result<Told, Fault> {
    let (asked, warnings): (Arguments, _) = super::arguments(&TOOL, given)?;
    let request = ContextRequest {
        scope: asker.handle.scope(&asker.service, asked.project.as_deref())?,
        task: asked.task,
        max_tokens: asked.max_tokens,
    };
    let reply = service::context(&asker.service, &request)?;
    let said = if reply.text.is_empty() {
        format!("Nothing is remembered of {} yet (mode {}).", reply.project, reply.mode)
    } else {
        reply.text.clone()
    };
    let unread = service::unread(&asker.service, asker.session.as_ref())?;
    let mail = match unread {
        0 => String::new(),
        1 => "\n1 message waits for this session: agents_inbox.".to_owned(),
        count => format!("\n{count} messages wait for this session: agents_inbox."),
    };
    let text = format!("{said}{mail}{}", words::notes(reply.fallback.as_deref(), &warnings));
    let pack = Pack {
        text: reply.text,
        tokens: reply.tokens,
        project: reply.project,
        notes: reply.notes.0,
        of_notes: reply.notes.1,
        ids: reply.ids,
        sections: reply.sections,
        unread,
        mode: reply.mode,
        fallback: reply.fallback,
        warnings,
    };
    Told::new(text, &pack)
}
