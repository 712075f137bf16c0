//! `memory_history`: what a memory is and was.
//! It must not know how revisions are kept.
//! Invariant: newest first; what does not fit the budget is named.

use quipu_core::scope::Reader;
use quipu_core::{fence, tokens};
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::memory::RevisionView;
use quipu_protocol::wire::search::AsOfQuery;
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::doors::mcp::asker::Asker;
use crate::doors::mcp::schema;
use crate::doors::mcp::tool::{Effect, Shelf, Told, Tool};
use crate::doors::mcp::words;
use crate::service;

/// Tokens of the answer unless a number is given.
const BUDGET: usize = 4_000;

pub(in crate::doors::mcp) static TOOL: Tool = Tool {
    name: "memory_history",
    title: "History of a memory",
    description: "Every revision of one memory, newest first: what it said, when it was changed, and why.",
    effect: Effect::Reads,
    shelf: Shelf::All,
    input: schema::input::<Arguments>,
    output: schema::output::<History>,
    run,
};

#[derive(Debug, Deserialize, JsonSchema)]
struct Arguments {
    /// Id of the memory.
    id: String,
    /// At most so many tokens for the answer; 4000 unless given.
    max_tokens: Option<usize>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct History {
    id: String,
    /// Newest first.
    revisions: Vec<Revision>,
    /// How many older ones did not fit.
    left_out: u32,
    /// What of the arguments was not understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Revision {
    revision: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    text: String,
    kind: String,
    tags: Vec<String>,
    /// When it came to be, RFC 3339, UTC.
    date: String,
    /// Why it came to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Whether it is what the memory is now.
    current: bool,
}

fn run(asker: &Asker, given: JsonObject) -> Result<Told, Fault> {
    let (asked, warnings): (Arguments, _) = super::arguments(&TOOL, given)?;
    // What the connection does not reach is not there.
    let memory = service::one(&asker.service, &asker.handle, &asked.id, (0, 0))?.memory;
    let reply = service::history(&asker.service, Reader::Agent, &memory.id, &AsOfQuery::default())?;
    let budget = asked.max_tokens.unwrap_or(BUDGET);
    let (mut revisions, mut body, mut spent, mut left_out) = (Vec::new(), String::new(), 60, reply.left_out);
    for view in reply.revisions {
        let text = render(&view);
        let cost = tokens::estimate(&text);
        if spent + cost > budget {
            left_out += 1;
            continue;
        }
        spent += cost;
        body.push_str(&text);
        revisions.push(Revision {
            revision: view.revision,
            title: view.title,
            text: view.text,
            kind: view.kind,
            tags: view.keywords,
            date: words::moment(view.changed_at),
            reason: view.reason,
            current: view.current,
        });
    }
    let rest = if left_out == 0 { String::new() } else { format!("\n{left_out} more did not fit: raise max_tokens") };
    let text = format!(
        "{} revisions of {}, newest first:\n{}{rest}{}",
        revisions.len(),
        reply.id,
        words::quoted(&body),
        words::notes(None, &warnings)
    );
    Told::new(text, &History { id: reply.id, revisions, left_out, warnings })
}

fn render(view: &RevisionView) -> String {
    let reason = view.reason.as_deref().map(|reason| format!(" · {reason}")).unwrap_or_default();
    let head = format!("## {} · {} · {}{reason}", view.revision, words::moment(view.changed_at), view.kind);
    let title = view.title.as_deref().map(|title| format!("{title}\n")).unwrap_or_default();
    format!(
        "{}\n{}{}\n\n",
        fence::neutralise(&head),
        fence::neutralise(&title),
        fence::neutralise(view.text.trim_end())
    )
}
