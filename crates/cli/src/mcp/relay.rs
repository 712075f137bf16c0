//! Carries messages to the daemon, whichever it is, and its answers back.
//! It must not know what they say beyond [`Message`].
//! Invariant: a message has one id for all its tries, so that a write in it happens once; the revision that a client agreed on with one daemon
//! is told to the next.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use quipu_protocol::client::{Request, Response};
use quipu_protocol::env::Env;
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::mail::{MailCountReply, ShownRequest};
use quipu_protocol::{CONFIRMS_HEADER, CWD_HEADER, FAULT_META, SESSION_HEADER, SHOWN_META, TOOLS_HEADER, new_event_id};

use super::channel;
use super::message::Message;
use crate::connect::Daemon;

/// A connection is kept for each call that was under way at once, up to so many.
const KEPT: usize = 4;

/// Whether a host is told of messages without having asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// The user has asked for it.
    Open,
    /// Nothing goes out but answers.
    Closed,
}

/// The way to the daemon.
pub(super) struct Relay {
    /// The directory that it is bound to.
    cwd: String,
    /// Which tools are shown, where that was said.
    tools: Option<String>,
    /// The agent's session, where the host names it.
    session: Option<String>,
    /// Whether the host may be told of messages unasked.
    channel: Channel,
    idle: Mutex<Vec<Daemon>>,
    /// The revision of the protocol that `initialize` agreed on.
    agreed: Mutex<Option<String>>,
    /// Whether somebody tells it already.
    pushes: AtomicBool,
}

impl Relay {
    pub(super) fn new(cwd: String, tools: Option<String>, channel: Channel) -> Self {
        Self {
            cwd,
            tools,
            session: Env::read().session,
            channel,
            idle: Mutex::default(),
            agreed: Mutex::default(),
            pushes: AtomicBool::new(false),
        }
    }

    /// The session that is told of its messages, the first time that this is asked.
    pub(super) fn pushes_to(&self) -> Option<String> {
        if self.channel == Channel::Closed || self.pushes.swap(true, Ordering::Relaxed) {
            return None;
        }
        self.session.clone()
    }

    /// The answer to a request, as a line without its end; and the messages in it, as deliveries.
    pub(super) fn answer(&self, message: &Message, line: Vec<u8>) -> (Vec<u8>, Vec<i64>) {
        let mut request = Request::post_raw("/mcp", line)
            .event(new_event_id())
            .header("accept", "application/json, text/event-stream")
            .header(CWD_HEADER, &self.cwd)
            .header(CONFIRMS_HEADER, "shim");
        if let Some(tools) = &self.tools {
            request = request.header(TOOLS_HEADER, tools);
        }
        if let Some(session) = &self.session {
            request = request.header(SESSION_HEADER, session);
        }
        for (name, value) in self.headers(message) {
            request = request.header(name, &value);
        }
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let daemon = kept.map_or_else(Daemon::new, Ok);
        let exchanged =
            daemon.and_then(|mut daemon| daemon.exchange(&request, asks_again).map(|reply| (daemon, reply)));
        match exchanged {
            Ok((daemon, reply)) => {
                let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                if idle.len() < KEPT {
                    idle.push(daemon);
                }
                drop(idle);
                self.said(message, reply)
            }
            Err(fault) => (message.failed(&fault), Vec::new()),
        }
    }

    /// Says that these were handed on. Where that is lost they come again, and say that they do.
    pub(super) fn handed_on(&self, deliveries: Vec<i64>) {
        let said = Daemon::new().and_then(|mut daemon| {
            daemon.write::<_, MailCountReply>("/v1/mail/shown", &ShownRequest { deliveries, hook: None })
        });
        // There is nobody to tell.
        drop(said);
    }

    /// What the transport over HTTP wants to be said of a message (streamable HTTP, 2026-07-28; before it the revision alone).
    fn headers(&self, message: &Message) -> Vec<(&'static str, String)> {
        if let Some(version) = &message.version {
            let about = matches!(message.method.as_str(), "tools/call" | "resources/read" | "prompts/get");
            let name = message.name.clone().filter(|_| about).map(|name| ("mcp-name", name));
            let fixed = [("mcp-protocol-version", version.clone()), ("mcp-method", message.method.clone())];
            return fixed.into_iter().chain(name).collect();
        }
        let agreed = self.agreed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let agreed = agreed.filter(|_| message.method != "initialize");
        agreed.map(|version| ("mcp-protocol-version", version)).into_iter().collect()
    }

    /// The daemon's answer, as a client on standard input expects it.
    fn said(&self, message: &Message, reply: Response) -> (Vec<u8>, Vec<i64>) {
        let Ok(body) = serde_json::from_slice::<serde_json::Value>(&reply.body) else {
            return (message.refused(reply.status, &reply.body), Vec::new());
        };
        if body.get("jsonrpc").is_none() {
            return (message.refused(reply.status, &reply.body), Vec::new());
        }
        if message.method == "initialize"
            && let Some(version) = body["result"]["protocolVersion"].as_str()
        {
            *self.agreed.lock().unwrap_or_else(PoisonError::into_inner) = Some(version.to_owned());
            if self.channel == Channel::Open && self.session.is_some() {
                let mut body = body;
                channel::announce(&mut body);
                return (body.to_string().into_bytes(), Vec::new());
            }
        }
        let shown = body["result"]["_meta"][SHOWN_META].as_array();
        let deliveries =
            shown.map(|all| all.iter().filter_map(serde_json::Value::as_i64).collect()).unwrap_or_default();
        (reply.body, deliveries)
    }
}

/// The fault of a tool that asks to come again: of a daemon that ends, and whose successor takes the call.
fn asks_again(reply: &Response) -> Option<Fault> {
    let name = FAULT_META.as_bytes();
    // Few answers have one, and the others are not decoded for it.
    if !reply.body.windows(name.len()).any(|part| part == name) {
        return None;
    }
    let body: serde_json::Value = serde_json::from_slice(&reply.body).ok()?;
    let fault: Fault = serde_json::from_value(body["result"]["_meta"][FAULT_META].clone()).ok()?;
    fault.retry_after_ms.is_some().then_some(fault)
}
