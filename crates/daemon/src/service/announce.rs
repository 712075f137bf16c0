//! What an agent says that it does (its task, what it holds and why) is memory: a message to nobody, found by search like
//! what was said to somebody.
//! It must not know leases or presence.
//! Invariant: never in the way: what cannot be kept costs the task or the lease nothing, and once for one request.

use quipu_core::id::{EventId, MemoryId};
use quipu_core::mail::{Ack, Sender, Urgency, Wait};
use quipu_core::memory::{ProjectKey, SessionRef};
use quipu_store::mail::{MailWrite, Send, To};
use quipu_store::write::{Lane, Write};
use uuid::Uuid;

use super::Service;

/// What stands in place of an address.
const MEMORY: &str = "memory";

/// Keeps what `session`, or a person, says; the texts are redacted. `event` is the request's that it was said in.
pub(super) fn announce(
    service: &Service,
    event: Option<EventId>,
    (session, project): (Option<&SessionRef>, Option<ProjectKey>),
    (subject, body): (String, String),
) {
    let now = service.now();
    let send = MailWrite::Send(Send {
        id: MemoryId(Uuid::now_v7()),
        subject: Some(subject),
        body,
        project,
        from: session.map_or(Sender::Person, |session| Sender::Session(session.clone())),
        to: To::These(Vec::new()),
        address: MEMORY.to_owned(),
        reply_to: None,
        urgency: Urgency::Low,
        ack: Ack::Unasked,
        // Nobody waits for it, so it only has to be later than now.
        expires_at: now.plus(1_000),
        wait: Wait::No,
        redactions: 0,
    });
    // Two writes of one request: the second id follows from the first.
    let event = event.map(|event| EventId(Uuid::from_u128(event.0.as_u128() ^ 2)));
    if let Err(error) = service.engine.write(event, Write::Mail(Box::new(send)), Lane::Interactive, now) {
        tracing::warn!(%error, "what an agent said that it does was not kept");
    }
}
