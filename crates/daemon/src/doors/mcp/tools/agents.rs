//! `agents_inbox` and `agents_send`: what they say until agents can write to each other.
//! It must not know more than that.
//! Invariant: nobody is told that a message was sent, or that none waits, while there are no messages.

use quipu_protocol::fault::{Fault, FaultKind};
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::doors::mcp::asker::Asker;
use crate::doors::mcp::schema;
use crate::doors::mcp::tool::{Effect, Shelf, Told, Tool};
use crate::doors::mcp::words;

/// Why neither does anything.
const WHY: &str = "this version of quipu carries no messages between agents yet";

pub(in crate::doors::mcp) static INBOX: Tool = Tool {
    name: "agents_inbox",
    title: "Messages from other agents",
    description: "Messages that other agents on this machine, or the user, have sent to this session. Not available in this \
        version of quipu: it answers that there is no mailbox.",
    effect: Effect::Sets,
    shelf: Shelf::First,
    input: schema::input::<InboxArguments>,
    output: schema::output::<Inbox>,
    run: inbox,
};

pub(in crate::doors::mcp) static SEND: Tool = Tool {
    name: "agents_send",
    title: "Write to another agent",
    description: "Send a message to another agent on this machine. Not available in this version of quipu: it fails and sends \
        nothing.",
    effect: Effect::Adds,
    shelf: Shelf::First,
    input: schema::input::<SendArguments>,
    output: schema::output::<Sent>,
    run: send,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "they are the arguments that stay when messages come; nothing reads them before")]
struct InboxArguments {
    /// At most so many.
    limit: Option<usize>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Inbox {
    /// Whether there is a mailbox at all.
    available: bool,
    /// Why not.
    reason: String,
    /// What of the arguments was not understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "they are the arguments that stay when messages come; nothing reads them before")]
struct SendArguments {
    /// A session, a role, `project` or `all`.
    to: String,
    /// The text.
    body: String,
    /// A subject.
    subject: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Sent {
    /// Id of the message.
    id: String,
}

fn inbox(_: &Asker, given: JsonObject) -> Result<Told, Fault> {
    let (_, warnings): (InboxArguments, _) = super::arguments(&INBOX, given)?;
    let text = format!("There is no mailbox: {WHY}.{}", words::notes(None, &warnings));
    Told::new(text, &Inbox { available: false, reason: WHY.to_owned(), warnings })
}

fn send(_: &Asker, given: JsonObject) -> Result<Told, Fault> {
    let (_, warnings): (SendArguments, _) = super::arguments(&SEND, given)?;
    let notes = words::notes(None, &warnings);
    Err(Fault::new(FaultKind::Unavailable, "no_mail", format!("nothing was sent: {WHY}{notes}"))
        .hint("tell the user, or leave a note for later sessions with memory_save"))
}
