//! `agents_send`: a message to another session, a role, a project, all of them, or the user.
//! It must not know who is there.
//! Invariant: nobody is told that a message was sent that nobody will get.

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::mail::{SendReply, SendRequest};
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{asking, short};
use crate::dates;
use crate::doors::mcp::asker::Asker;
use crate::doors::mcp::schema;
use crate::doors::mcp::tool::{Effect, Shelf, Told, Tool};
use crate::doors::mcp::tools::arguments;
use crate::doors::mcp::words;
use crate::service;

pub(in crate::doors::mcp) static TOOL: Tool = Tool {
    name: "agents_send",
    title: "Write to another agent",
    description: "Send a message to another agent's session on this machine, to whoever has a role, to all sessions in this \
        project, to all, or to the user; with `reply_to` to whoever wrote that. It is shown at the other's next step. An \
        address that nobody has is an error.",
    effect: Effect::Adds,
    shelf: Shelf::First,
    input: schema::input::<Arguments>,
    output: schema::output::<Sent>,
    run: send,
};

#[derive(Debug, Deserialize, JsonSchema)]
struct Arguments {
    /// A session (`claude-code/1f2e3d4c`), `role:NAME`, `project`, `all` or `user`; not needed with `reply_to`.
    to: Option<String>,
    /// The text.
    body: String,
    /// A subject.
    subject: Option<String>,
    /// Id of the message that it answers.
    reply_to: Option<String>,
    /// low, normal, high or urgent [default: normal].
    importance: Option<String>,
    /// Ask for a word that it was taken in hand.
    #[serde(default)]
    ack_required: bool,
    /// Keep it for a session that has left, or until somebody takes the role.
    #[serde(default)]
    wait: bool,
    /// Give it up after so long: 30m, 2h, 3d [default: a week].
    expires: Option<String>,
    /// Your own name for this message: sent again under it, it is the same message.
    idempotency_key: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Sent {
    /// `sent`, `waiting` or `rejected`.
    outcome: String,
    /// Id of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Its thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    thread: Option<String>,
    /// Who gets it.
    to: Vec<String>,
    /// What it waits for, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits: Option<String>,
    /// What was cut out of it as secret.
    redacted: Vec<String>,
    /// `owner` when all is well.
    mode: String,
    /// What of the arguments was not understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

fn send(asker: &Asker, given: JsonObject) -> Result<Told, Fault> {
    let (asked, warnings): (Arguments, _) = arguments(&TOOL, given)?;
    asker.writes()?;
    let scope = asker.handle.scope(&asker.service, None).ok();
    let length = asked.expires.as_deref().map(dates::length).transpose();
    let request = SendRequest {
        to: asked.to,
        body: asked.body,
        subject: asked.subject,
        reply_to: asked.reply_to,
        importance: asked.importance,
        ack_required: asked.ack_required,
        expires_in_ms: length.map_err(|words| Fault::new(FaultKind::Caller, "bad_time", words))?,
        wait: asked.wait,
        idempotency_key: asked.idempotency_key,
        project: scope.and_then(|scope| scope.project),
        cwd: None,
    };
    let reply = service::send(&asker.service, &asking(asker), asker.event, &request)?;
    let text = format!("{}{}", said(&reply), words::notes(None, &warnings));
    let is_rejected = reply.outcome == "rejected";
    let SendReply { outcome, id, thread, to, waits, redacted, mode, .. } = reply;
    let to = to.into_iter().map(|receipt| receipt.to).collect();
    let told = Told::new(text, &Sent { outcome, id, thread, to, waits, redacted, mode, warnings })?;
    Ok(if is_rejected { told.rejected() } else { told })
}

/// The outcome in a sentence.
fn said(reply: &SendReply) -> String {
    let names: Vec<String> = reply.to.iter().map(|receipt| short(&receipt.to)).collect();
    let to = if names.is_empty() { String::new() } else { format!(" to {}", names.join(", ")) };
    let mut text = match (reply.outcome.as_str(), &reply.reason) {
        ("rejected", Some(reason)) => format!("rejected: nothing was sent ({reason})"),
        (outcome, _) => format!("{outcome}{to}: id {}", reply.id.as_deref().unwrap_or("none")),
    };
    if let Some(waits) = &reply.waits {
        text.push_str(&format!("\nit will wait {waits}, at the latest {}", words::moment(reply.expires_at)));
    }
    if !reply.redacted.is_empty() {
        text.push_str(&format!("\ncut out as secrets: {}", reply.redacted.join(", ")));
    }
    text
}
