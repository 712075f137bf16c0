//! `memory_update`: a memory corrected, filed, hidden or shown again.
//! It must not know what a memory allows.
//! Invariant: nothing is overwritten; what it was stays in its history, and the answer says at which revision it is now.

use quipu_core::scope::Reader;
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::memory::{UpdateReply, UpdateRequest};
use quipu_protocol::wire::together::{TogetherReply, UndoRequest};
use quipu_protocol::wire::work::AlsoView;
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dates::Edge;
use crate::doors::mcp::asker::Asker;
use crate::doors::mcp::schema;
use crate::doors::mcp::tool::{Effect, Shelf, Told, Tool};
use crate::doors::mcp::words;
use crate::service;

pub(in crate::doors::mcp) static TOOL: Tool = Tool {
    name: "memory_update",
    title: "Correct a memory",
    description: "Correct or complete a saved memory, file it, pin it, or archive it when it no longer holds. `supersede` \
        with `with_id` says that another memory stands in its place. Nothing is lost: earlier revisions stay, `restore` \
        brings a hidden one back, `undo` takes its last change back. A work_item also takes `status`, `priority`, `due` and \
        `blocked_by`: finishing the last thing that blocks another unblocks that. What was said in a session keeps its text; \
        archive it instead.",
    effect: Effect::Adds,
    shelf: Shelf::First,
    input: schema::input::<Arguments>,
    output: schema::output::<Updated>,
    run,
};

#[derive(Debug, Deserialize, JsonSchema)]
struct Arguments {
    /// Id of the memory.
    id: String,
    /// Another text in place of the one that is there.
    content: Option<String>,
    /// A text to add behind the one that is there.
    append: Option<String>,
    /// Another title.
    title: Option<String>,
    /// Words to file it under too.
    #[serde(default)]
    add_tags: Vec<String>,
    /// Words to file it under no more.
    #[serde(default)]
    remove_tags: Vec<String>,
    /// Another kind: decision, convention, anti_pattern, insight, risk, open_thread, reference, preference, journal, checkpoint or work_item.
    kind: Option<String>,
    /// Where it holds from now on: `global`, `file:src/lock.rs`, `area:storage` or `branch:fix-lock`.
    applies_to: Option<String>,
    /// Hold on to it, or let go.
    pin: Option<bool>,
    /// Files that it is about too, from the project's root on.
    #[serde(default)]
    add_files: Vec<String>,
    /// Files that it is about no more.
    #[serde(default)]
    remove_files: Vec<String>,
    /// Of a work_item: proposed, planned, active, blocked, done or dropped; `unblocked` takes its blockers away.
    status: Option<String>,
    /// Of a work_item: critical, high, medium, low or backlog.
    priority: Option<String>,
    /// Of a work_item: another day, or `none`.
    due: Option<String>,
    /// Of a work_item: ids of what has to end first, too.
    #[serde(default)]
    blocked_by: Vec<String>,
    /// Where `status` is done or dropped: its open parts with it.
    #[serde(default)]
    with_children: bool,
    /// How much it matters, 1 to 5.
    importance: Option<u8>,
    /// It holds from then on; before, it is not recalled.
    valid_from: Option<String>,
    /// It holds no more from then on.
    valid_to: Option<String>,
    /// `edit` (unless given), `archive`, `restore`, `supersede` or `undo`.
    action: Option<String>,
    /// For `supersede`: id of the memory that stands in its place.
    with_id: Option<String>,
    /// Why.
    reason: Option<String>,
    /// Only if it is at this revision.
    if_revision: Option<u32>,
    /// The code of an answer that asked for confirmation, once the user agrees.
    confirm: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Updated {
    /// `changed`, `archived`, `restored`, `superseded`, `undone`, `unchanged` or `rejected`.
    outcome: String,
    /// The memory; where it is superseded, the one that stands in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The revision that the changed memory is at now.
    revision: u32,
    /// What there is to say of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What it did to other work items.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<AlsoView>,
    /// Kinds of secrets that were cut out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    redacted: Vec<String>,
    /// Other memories that were undone with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    others: Vec<String>,
    /// Where it was rejected with `needs_confirmation`: ids of what it would hide.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    would_change: Vec<String>,
    /// The code to ask again with.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm: Option<String>,
    /// `owner` when all is well.
    mode: String,
    /// What of the arguments was not understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

fn run(asker: &Asker, given: JsonObject) -> Result<Told, Fault> {
    let (asked, warnings): (Arguments, _) = super::arguments(&TOOL, given)?;
    asker.writes()?;
    if asked.action.as_deref() == Some("undo") {
        return undo(asker, asked, warnings);
    }
    let request = UpdateRequest {
        text: asked.content,
        append: asked.append,
        title: asked.title,
        add_keywords: asked.add_tags,
        remove_keywords: asked.remove_tags,
        kind: asked.kind,
        applies_to: asked.applies_to,
        pinned: asked.pin,
        private: None,
        importance: asked.importance,
        valid_from: words::time(asked.valid_from.as_deref(), Edge::Start)?,
        valid_to: words::time(asked.valid_to.as_deref(), Edge::Start)?,
        confirm: asked.confirm,
        action: asked.action.filter(|action| action != "edit"),
        with_id: asked.with_id,
        reason: asked.reason,
        if_revision: asked.if_revision,
        add_files: asked.add_files,
        remove_files: asked.remove_files,
        status: asked.status,
        priority: asked.priority,
        due: asked.due,
        add_links: words::links(None, asked.blocked_by),
        with_children: asked.with_children,
        scope: asker.handle.scope(&asker.service, None)?,
        ..UpdateRequest::default()
    };
    let reply =
        service::update_by(&asker.service, (Reader::Agent, asker.session.as_ref()), asker.event, &asked.id, &request)?;
    let text = format!("{}{}", said(&reply), words::notes(None, &warnings));
    let is_rejected = reply.confirm.is_some();
    let UpdateReply { outcome, id, revision, reason, also, redacted, would_change, confirm, mode } = reply;
    let would_change = would_change.into_iter().map(|touched| touched.id).collect();
    let updated = Updated {
        outcome,
        id,
        revision,
        reason,
        also,
        redacted,
        others: vec![],
        would_change,
        confirm,
        mode,
        warnings,
    };
    let told = Told::new(text, &updated)?;
    Ok(if is_rejected { told.rejected() } else { told })
}

/// Takes the last change of the memory back, with whatever was changed with it.
fn undo(asker: &Asker, asked: Arguments, warnings: Vec<String>) -> Result<Told, Fault> {
    let scope = asker.handle.scope(&asker.service, None)?;
    let request = UndoRequest { id: Some(asked.id), reason: asked.reason, scope };
    let reply = service::undo(&asker.service, Reader::Agent, asker.event, &request)?;
    let id = reply.id.as_deref().unwrap_or("none");
    let reason = reply.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let with = if reply.others.is_empty() { String::new() } else { format!(", with {}", reply.others.join(" ")) };
    let text = format!("{}: id {id}, revision {}{reason}{with}", reply.outcome, reply.revision);
    let TogetherReply { outcome, id, revision, others, reason, redacted, mode, .. } = reply;
    let text = format!("{text}{}", words::notes(None, &warnings));
    let (would_change, also, confirm) = (Vec::new(), Vec::new(), None);
    let updated =
        Updated { outcome, id, revision, reason, also, redacted, others, would_change, confirm, mode, warnings };
    Told::new(text, &updated)
}

/// The outcome in a sentence.
pub(super) fn said(reply: &UpdateReply) -> String {
    let id = reply.id.as_deref().unwrap_or("none");
    let reason = reply.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let mut text = format!("{}: id {id}, revision {}{reason}", reply.outcome, reply.revision);
    text.push_str(&words::also(&reply.also));
    if reply.confirm.is_some() {
        text = format!("rejected: nothing was changed{reason}");
        text.push_str(&words::confirmation(&reply.would_change, reply.confirm.as_deref()));
    }
    if !reply.redacted.is_empty() {
        text.push_str(&format!("\ncut out as secrets: {}", reply.redacted.join(", ")));
    }
    text
}
