//! Mail: a message is sent, answered, read, acknowledged.
//! It must not know hooks, terminals or how a message is laid out.
//! Invariant: a message is redacted before it queues; it is shown when somebody says that he printed it, and not before.

mod awaited;
mod hand;
mod read;
mod view;
mod whom;

use quipu_core::change::MAX_BODY;
use quipu_core::hash::{js_trim, named_id};
use quipu_core::id::{EventId, MemoryId, Millis};
use quipu_core::mail::{self, Ack, Mailbox, Refusal, Sender, Urgency, Wait};
use quipu_core::memory::{ProjectKey, SessionRef};
use quipu_core::outcome::Word;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::mail::{AckRequest, MailCountReply, SendReply, SendRequest, ShownRequest};
use quipu_store::mail::{MailWrite, Send, To};
use quipu_store::write::{Applied, Lane, Write};
use uuid::Uuid;

use super::show::memory_id;
use super::{Service, count, fault_of, gone, other_write, refused};

pub(super) use awaited::Awaited;
pub(super) use hand::{Given, Moment, hand, waits};
pub(super) use read::threads;
pub(crate) use read::{inbox, sent, thread, unread};

/// So many messages are acknowledged, or said to be printed, at once.
const AT_ONCE: usize = 500;
/// The longest subject, in bytes.
const SUBJECT: usize = 400;

/// Sends a message of `from`, or an answer to one.
pub(crate) fn send(
    service: &Service,
    from: &Sender,
    event: Option<EventId>,
    request: &SendRequest,
) -> Result<SendReply, Fault> {
    let body = js_trim(&request.body);
    if body.is_empty() {
        return Err(Fault::new(FaultKind::Caller, "empty", "there is no text to send")
            .hint("give it behind the address, or pipe it in: `echo … | quipu send ADDRESS -`"));
    }
    if body.len() > MAX_BODY {
        let message = format!("{} bytes are too much for one message", body.len());
        return Err(Fault::new(FaultKind::Caller, "too_long", message).hint("send a pointer to the file"));
    }
    let now = service.now();
    let (to, address, reply_to) = whom::of(service, from, request)?;
    let project = match (&request.project, &request.cwd) {
        // To everybody, wherever he is: it belongs to no project.
        _ if matches!(to, To::All) => None,
        (Some(path), _) => Some(ProjectKey(path.clone())),
        (None, Some(cwd)) => Some(service.project_of(cwd)?),
        (None, None) => None,
    };
    let to = match to {
        To::Project(ProjectKey(name)) if name.is_empty() => To::Project(whom::own(project.clone())?),
        to => to,
    };
    let mut safe = service.safe(request.cwd.as_deref().or(request.project.as_deref()));
    let body = safe.body(body);
    if let Some(reason) = body.refusal() {
        return Ok(SendReply {
            outcome: Word::Rejected.as_str().to_owned(),
            reason: Some(reason.to_owned()),
            redacted: safe.labels(),
            mode: service.mode().to_owned(),
            ..SendReply::default()
        });
    }
    let subject = safe.text(request.subject.as_deref().unwrap_or_default());
    let project_key = project.as_ref().map(|project| project.0.clone());
    let write = MailWrite::Send(Send {
        id: MemoryId(Uuid::now_v7()),
        subject: subject_of(&subject),
        body: body.text,
        project,
        from: from.clone(),
        to,
        address,
        reply_to,
        urgency: urgency(request.importance.as_deref())?,
        ack: if request.ack_required { Ack::Wanted } else { Ack::Unasked },
        expires_at: expiry(request.expires_in_ms, now)?,
        wait: if request.wait { Wait::Yes } else { Wait::No },
        redactions: safe.count(),
    });
    // Agents that do not say which session they are share a name: their project keeps their keys apart.
    let place = project_key.unwrap_or_default();
    let key = request.idempotency_key.as_ref();
    let key = key.map(|key| EventId(named_id(&["mail", &view::from(from), &place, key])));
    let applied =
        service.engine.write(key.or(event), Write::Mail(Box::new(write)), Lane::Interactive, now).map_err(fault_of)?;
    let id = match applied {
        Applied::Sent(id) => id,
        Applied::Gone => return Err(gone()),
        _ => return Err(other_write()),
    };
    let letter = service.engine.letter(id).map_err(fault_of)?.ok_or_else(gone)?;
    service.awaited.add(letter.receipts.iter().map(|receipt| &receipt.to));
    Ok(view::sent(&letter, safe.labels(), service.mode(), now))
}

/// Notes that these were printed.
pub(crate) fn shown(
    service: &Service,
    event: Option<EventId>,
    request: &ShownRequest,
) -> Result<MailCountReply, Fault> {
    few(request.deliveries.len())?;
    if let Some(hook) = &request.hook {
        let hook = hook.parse().map_err(|error| Fault::new(FaultKind::Caller, "bad_id", format!("`hook`: {error}")))?;
        super::hook::printed(service, hook)?;
    }
    if request.deliveries.is_empty() {
        return Ok(MailCountReply { count: 0, mode: service.mode().to_owned() });
    }
    let write = MailWrite::Shown(request.deliveries.clone());
    counted(service, event, write)
}

/// Notes that `from` has taken these in hand.
pub(crate) fn ack(
    service: &Service,
    from: &Sender,
    event: Option<EventId>,
    request: &AckRequest,
) -> Result<MailCountReply, Fault> {
    if request.ids.is_empty() {
        return Err(Fault::new(FaultKind::Caller, "nothing_asked", "no message was named")
            .hint("`quipu inbox` shows the ids of those that wait"));
    }
    few(request.ids.len())?;
    let ids = request.ids.iter().map(|id| memory_id(id)).collect::<Result<_, _>>()?;
    counted(service, event, MailWrite::Ack { of: mailbox(from)?, ids })
}

fn counted(service: &Service, event: Option<EventId>, write: MailWrite) -> Result<MailCountReply, Fault> {
    let write = Write::Mail(Box::new(write));
    let applied = service.engine.write(event, write, Lane::Interactive, service.now()).map_err(fault_of)?;
    Ok(MailCountReply { count: count(applied)?, mode: service.mode().to_owned() })
}

fn few(count: usize) -> Result<(), Fault> {
    if count <= AT_ONCE {
        return Ok(());
    }
    Err(Fault::new(FaultKind::Caller, "too_many", format!("{count} at once are too many"))
        .hint(format!("name at most {AT_ONCE}")))
}

/// Whose messages `from` reads.
pub(super) fn mailbox(from: &Sender) -> Result<Mailbox, Fault> {
    match from {
        Sender::Session(session) => Ok(Mailbox::Session(session.clone())),
        Sender::Person => Ok(Mailbox::User),
        Sender::Agent => {
            Err(Fault::new(FaultKind::Caller, "no_session", "this connection does not say which session it belongs to")
                .hint(
                    "start `quipu mcp` with QUIPU_SESSION=AGENT/ID in its environment (Claude Code says it by itself)",
                ))
        }
    }
}

fn urgency(name: Option<&str>) -> Result<Urgency, Fault> {
    name.map_or(Ok(Urgency::default()), |name| {
        Urgency::parse(name.trim()).ok_or_else(|| {
            let all = Urgency::ALL.map(Urgency::as_str).join(", ");
            Fault::new(FaultKind::Caller, "bad_importance", format!("`{name}` is no importance"))
                .hint(format!("importance is one of: {all}"))
        })
    })
}

fn expiry(after: Option<i64>, now: Millis) -> Result<Millis, Fault> {
    let after = after.unwrap_or(mail::EXPIRY);
    if after <= 0 {
        return Err(refused::mail(&Refusal::Expired));
    }
    if after > mail::MOST_EXPIRY {
        return Err(Fault::new(FaultKind::Caller, "bad_time", "a message is kept for a year at most")
            .hint("what has to last longer is a memory: `quipu save`"));
    }
    Ok(now.plus(after))
}

/// A subject on one line, if there is one.
fn subject_of(text: &str) -> Option<String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = (0..=SUBJECT.min(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
    Some(line[..end].to_owned()).filter(|line| !line.is_empty())
}

/// A session as the person at the machine names it: whole.
fn whole_session(text: &str) -> Result<SessionRef, Fault> {
    SessionRef::parse(text).ok_or_else(|| {
        Fault::new(FaultKind::Caller, "bad_session", format!("`{text}` names no session"))
            .hint("it is `agent/id`, as in `claude-code/01995b0c-…`")
    })
}
