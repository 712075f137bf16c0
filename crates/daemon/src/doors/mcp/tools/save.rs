//! `memory_save`: something worth keeping, in the words of an outcome.
//! It must not know how it is stored.
//! Invariant: `rejected` alone means that nothing was kept, and is an error; a repeat of the same key gets the first outcome.

use quipu_core::fence;
use quipu_core::id::EventId;
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::memory::{SaveReply, SaveRequest};
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::dates::Edge;
use crate::doors::mcp::asker::Asker;
use crate::doors::mcp::schema;
use crate::doors::mcp::tool::{Effect, Shelf, Told, Tool};
use crate::doors::mcp::words;
use crate::service::{self, Who};

pub(in crate::doors::mcp) static TOOL: Tool = Tool {
    name: "memory_save",
    title: "Remember something",
    description: "Remember something that later sessions should know: a decision with its reason, a convention, a pitfall, a \
        hard-won insight, an open question, or something to be done (kind work_item). One thing a call, in words that stand alone. Do not save what the conversation \
        holds anyway (it is kept by itself), nor secrets (they are cut out).",
    effect: Effect::Adds,
    shelf: Shelf::First,
    input: schema::input::<Arguments>,
    output: schema::output::<Saved>,
    run,
};

#[derive(Debug, Deserialize, JsonSchema)]
struct Arguments {
    /// The text, in words that stand alone.
    content: String,
    /// A short title.
    title: Option<String>,
    /// decision, convention, anti_pattern, insight, risk, open_thread, reference, preference, journal, checkpoint or work_item; insight unless given.
    kind: Option<String>,
    /// Words to file it under.
    #[serde(default)]
    tags: Vec<String>,
    /// Where it holds: `file:src/lock.rs`, `area:storage`, `branch:fix-lock`; in the whole project unless given.
    applies_to: Option<String>,
    /// Another project by path, or `all` for every project; this one unless given. Only where the user allows it.
    project: Option<String>,
    /// Id of the memory in whose place this one stands from now on.
    supersedes: Option<String>,
    /// How much it matters, 1 to 5; 3 unless given.
    importance: Option<u8>,
    /// It holds from then on; before, it is not recalled.
    valid_from: Option<String>,
    /// It holds no more from then on.
    valid_to: Option<String>,
    /// The code of an answer that asked for confirmation, once the user agrees.
    confirm: Option<String>,
    /// Files that it is about, from the project's root on.
    #[serde(default)]
    files: Vec<String>,
    /// Of a work_item: proposed, planned (unless given), active or blocked.
    status: Option<String>,
    /// Of a work_item: critical, high, medium (unless given), low or backlog.
    priority: Option<String>,
    /// Of a work_item, when it is due: `2026-12-01`, `friday`, `3d`.
    due: Option<String>,
    /// Of a work_item: id of the one that it is a part of.
    parent: Option<String>,
    /// Of a work_item: ids of what has to end first.
    #[serde(default)]
    blocked_by: Vec<String>,
    /// The same key again saves nothing twice.
    idempotency_key: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Saved {
    /// `stored`, `duplicate`, `superseded` or `rejected`.
    outcome: String,
    /// The memory that the outcome is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Why, where nothing or something else was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Kinds of secrets that were cut out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    redacted: Vec<String>,
    /// The memory in whose place it stands now.
    #[serde(skip_serializing_if = "Option::is_none")]
    supersedes: Option<String>,
    /// Memories that say nearly the same; nothing was done about them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    near: Vec<Near>,
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

#[derive(Debug, Serialize, JsonSchema)]
struct Near {
    id: String,
    /// Its title or first words.
    title: String,
    /// How near, a cosine up to 1.
    likeness: f64,
}

fn run(asker: &Asker, given: JsonObject) -> Result<Told, Fault> {
    let (asked, warnings): (Arguments, _) = super::arguments(&TOOL, given)?;
    asker.writes()?;
    let scope = asker.handle.scope(&asker.service, asked.project.as_deref())?;
    let links = words::links(asked.parent, asked.blocked_by);
    let event = match &asked.idempotency_key {
        Some(key) => Some(event(scope.project.as_deref(), key)),
        None => asker.event,
    };
    let request = SaveRequest {
        text: asked.content,
        kind: asked.kind,
        title: asked.title,
        keywords: asked.tags,
        applies_to: asked.applies_to,
        project: scope.project,
        supersedes: asked.supersedes,
        links,
        files: asked.files,
        status: asked.status,
        priority: asked.priority,
        due: asked.due,
        importance: asked.importance,
        valid_from: words::time(asked.valid_from.as_deref(), Edge::Start)?,
        valid_to: words::time(asked.valid_to.as_deref(), Edge::Start)?,
        confirm: asked.confirm,
        ..SaveRequest::default()
    };
    let reply = service::save(&asker.service, Who::Agent(&asker.handle), event, &request)?;
    let text = format!("{}{}", said(&reply), words::notes(None, &warnings));
    let SaveReply { outcome, id, reason, redacted, supersedes, near, would_change, confirm, mode, .. } = reply;
    let near = near.into_iter().map(|near| {
        let likeness = (f64::from(near.cosine) * 1_000.0).round() / 1_000.0;
        Near { id: near.id, title: near.title, likeness }
    });
    let is_rejected = outcome == "rejected";
    let near = near.collect();
    let would_change = would_change.into_iter().map(|touched| touched.id).collect();
    let saved = Saved { outcome, id, reason, redacted, supersedes, near, would_change, confirm, mode, warnings };
    let told = Told::new(text, &saved)?;
    Ok(if is_rejected { told.rejected() } else { told })
}

/// The outcome in a sentence.
fn said(reply: &SaveReply) -> String {
    let id = reply.id.as_deref().unwrap_or("none");
    let mut text = match reply.outcome.as_str() {
        "stored" => format!("stored: id {id}"),
        "duplicate" => format!("duplicate: the same is remembered already as {id}; nothing was added"),
        "rejected" => "rejected: nothing was kept".to_owned(),
        other => format!("{other}: id {id}"),
    };
    if let Some(reason) = &reply.reason {
        text.push_str(&format!(" ({reason})"));
    }
    if let Some(old) = &reply.supersedes {
        text.push_str(&format!(", in the place of {old}"));
    }
    for near in &reply.near {
        text.push_str(&format!("\nnearly the same: {} ({})", near.id, fence::neutralise(&near.title)));
    }
    text.push_str(&words::confirmation(&reply.would_change, reply.confirm.as_deref()));
    if !reply.redacted.is_empty() {
        text.push_str(&format!("\ncut out as secrets: {}", reply.redacted.join(", ")));
    }
    text
}

/// The id of a write from the words of a client: the same words in the same project, the same id (UUID version 8, RFC 9562).
pub(super) fn event(project: Option<&str>, key: &str) -> EventId {
    let mut hash = Sha256::new();
    hash.update(b"mcp\0");
    hash.update(project.unwrap_or("").as_bytes());
    hash.update(b"\0");
    hash.update(key.as_bytes());
    let digest = hash.finalize();
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    EventId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
