//! A word to a host that takes one unasked: that messages wait for its session. Delivery is the hooks'; this only wakes.
//! It must not know what a message says, and marks none as shown: whether a model has seen a word of ours nobody tells.
//! Invariant: a message is told of once by a shim; without a daemon nothing is told, and none is started for it.

use std::collections::HashSet;
use std::time::Duration;

use quipu_protocol::wire::mail::{InboxReply, InboxRequest, LetterView};
use serde_json::{Value, json};

use crate::connect::Daemon;

/// The capability by which a server says that it sends such words.
const CAPABILITY: &str = "claude/channel";
/// The notification.
const METHOD: &str = "notifications/claude/channel";
/// How often is looked. A hook brings the message itself; this is for a session that nobody types into.
const LOOK: Duration = Duration::from_secs(2);
/// So many open messages are looked at.
const LOOKED_AT: usize = 50;

/// Says in the answer to `initialize` that such words may come.
pub(super) fn announce(answer: &mut Value) {
    if let Some(capabilities) = answer["result"]["capabilities"].as_object_mut() {
        let experimental = capabilities.entry("experimental").or_insert_with(|| json!({}));
        experimental[CAPABILITY] = json!({});
    }
}

/// Tells of messages to `session` for as long as this process lives.
pub(super) fn tell(session: &str, say: fn(&[u8])) {
    let mut told: HashSet<String> = HashSet::new();
    loop {
        for letter in open(session) {
            if told.insert(letter.id.clone()) {
                say(notification(&letter).to_string().as_bytes());
            }
        }
        std::thread::sleep(LOOK);
    }
}

/// What is open, without taking it out.
fn open(session: &str) -> Vec<LetterView> {
    let request = InboxRequest { session: Some(session.to_owned()), limit: Some(LOOKED_AT), ..InboxRequest::default() };
    let answer = Daemon::new().and_then(|mut daemon| daemon.post_if_up::<_, InboxReply>("/v1/mail/inbox", &request));
    // The next look, or a hook, makes up for what failed.
    answer.ok().flatten().map(|reply| reply.messages).unwrap_or_default()
}

fn notification(letter: &LetterView) -> Value {
    let (id, from) = (&letter.id, &letter.from);
    let wants = if letter.ack_required { ", and wants an acknowledgement" } else { "" };
    let content = format!("A message from {from} waits{wants}: `agents_inbox` (or `quipu inbox`) shows it, id {id}.");
    json!({ "jsonrpc": "2.0", "method": METHOD, "params": {
        "content": content,
        "meta": { "message_id": id, "thread_id": letter.thread, "from": from, "importance": letter.importance },
    } })
}
