//! Messages read: a mailbox, a thread, what somebody sent.
//! It must not know how they are printed.
//! Invariant: what is handed out is counted first, so that what was not seen and comes again is known to.

use std::collections::HashMap;

use quipu_core::id::MemoryId;
use quipu_core::kind::Kind;
use quipu_core::mail::{Mailbox, Sender};
use quipu_core::memory::{Memory, SessionRef};
use quipu_core::scope::Reader;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::mail::{InboxReply, InboxRequest, LettersReply, SentRequest, ThreadQuery};
use quipu_store::mail::{InboxQuery, Letter, MailWrite, Which};
use quipu_store::write::{Applied, Lane, Write};

use super::{mailbox, view, whole_session};
use crate::service::handle::Handle;
use crate::service::pages::limit;
use crate::service::show::memory_id;
use crate::service::{Service, fault_of, other_write, refused};

/// So many messages are read at once, unless somebody says otherwise.
const INBOX: usize = 10;
/// The same of a thread.
const THREAD: usize = 50;
/// The most of either.
const MOST: usize = 200;

/// The messages of `from`, oldest first.
pub(crate) fn inbox(service: &Service, from: &Sender, request: &InboxRequest) -> Result<InboxReply, Fault> {
    let own = mailbox(from)?;
    let (of, is_peek) = match request.session.as_deref() {
        Some(session) if own == Mailbox::User => (Mailbox::Session(whole_session(session)?), true),
        Some(session) if own != Mailbox::Session(whole_session(session)?) => {
            return Err(Fault::new(FaultKind::Caller, "other_mailbox", "that is another session's mailbox")
                .hint("leave `session` out: your own is the one of the session that asks"));
        }
        _ => (own, false),
    };
    let thread = request.thread.as_deref().map(memory_id).transpose()?;
    let query = InboxQuery {
        which: if request.all { Which::All } else { Which::Open },
        thread,
        limit: limit(request.limit, INBOX, MOST)?,
        now: service.now(),
        of,
    };
    let mut inbox = service.engine.inbox(&query).map_err(fault_of)?;
    if !is_peek {
        offer(service, &mut inbox.letters)?;
    }
    let messages = inbox.letters.iter().map(|letter| view::letter(letter, query.now));
    let messages = messages.map(|view| if is_peek { view::peeked(view) } else { view }).collect();
    let mailbox = view::mailbox(&query.of);
    Ok(InboxReply { mailbox, messages, open: inbox.open, mode: service.mode().to_owned() })
}

/// How many messages wait for a session, or for its acknowledgement.
pub(crate) fn unread(service: &Service, session: Option<&SessionRef>) -> Result<u64, Fault> {
    let Some(session) = session else { return Ok(0) };
    let of = Mailbox::Session(session.clone());
    let query = InboxQuery { of, which: Which::Open, thread: None, limit: 1, now: service.now() };
    Ok(service.engine.inbox(&query).map_err(fault_of)?.open)
}

/// Counts that these are handed out, where that was not known to be seen.
fn offer(service: &Service, letters: &mut Vec<Letter>) -> Result<(), Fault> {
    let unseen = |letter: &Letter| letter.delivery.filter(|delivery| delivery.shown_at.is_none());
    let deliveries: Vec<_> = letters.iter().filter_map(unseen).map(|delivery| (delivery.id, None)).collect();
    if deliveries.is_empty() {
        return Ok(());
    }
    let write = Write::Mail(Box::new(MailWrite::Offer { deliveries, unless_since: None }));
    let applied = service.engine.write(None, write, Lane::Interactive, service.now()).map_err(fault_of)?;
    let Applied::Offered(offered) = applied else { return Err(other_write()) };
    letters.retain_mut(|letter| {
        let Some(delivery) = letter.delivery.as_mut().filter(|delivery| delivery.shown_at.is_none()) else {
            return true;
        };
        // One that a hook has shown since it was read is not shown twice.
        let before = offered.iter().find(|(id, _)| *id == delivery.id).map(|(_, before)| *before);
        delivery.offers = before.unwrap_or(delivery.offers);
        before.is_some()
    });
    Ok(())
}

/// All of a message's thread, oldest first. Over a connection that is bound to a project: of other projects' threads only
/// what its own session wrote or got.
pub(crate) fn thread(
    service: &Service,
    reader: Reader,
    bound: Option<(&Handle, &Sender)>,
    id: &str,
    query: &ThreadQuery,
) -> Result<LettersReply, Fault> {
    let id = memory_id(id.strip_prefix("memory://").unwrap_or(id).trim())?;
    let mut letters = service.engine.thread(id, limit(query.limit, THREAD, MOST)?).map_err(fault_of)?;
    letters.retain(|letter| reader.may_see(letter.memory.privacy));
    if let Some((handle, asker)) = bound {
        letters.retain(|letter| is_open_to(letter, handle, asker));
    }
    if letters.is_empty() {
        return Err(refused::mail(&quipu_core::mail::Refusal::NoMessage(id)));
    }
    Ok(listed(service, &letters))
}

fn is_open_to(letter: &Letter, handle: &Handle, asker: &Sender) -> bool {
    let own = mailbox(asker).ok();
    handle.sees(letter.memory.project.as_ref().map(|key| key.0.as_str()))
        || letter.envelope.from == *asker
        || letter.receipts.iter().any(|receipt| Some(&receipt.to) == own.as_ref())
}

/// The thread of each of these memories that is a message.
pub(in crate::service) fn threads<'m>(
    service: &Service,
    memories: impl Iterator<Item = &'m Memory>,
) -> Result<HashMap<MemoryId, String>, Fault> {
    let messages = memories.filter(|memory| memory.kind == Kind::Message).map(|memory| memory.id);
    let messages: Vec<MemoryId> = messages.collect();
    if messages.is_empty() {
        return Ok(HashMap::new());
    }
    let envelopes = service.engine.envelopes(&messages).map_err(fault_of)?;
    Ok(envelopes.into_iter().map(|(id, envelope)| (id, envelope.thread.to_string())).collect())
}

/// What `from` sent, newest first.
pub(crate) fn sent(service: &Service, from: &Sender, request: &SentRequest) -> Result<LettersReply, Fault> {
    let mut letters = service.engine.sent(&mailbox(from)?, limit(request.limit, INBOX, MOST)?).map_err(fault_of)?;
    let reader = if *from == Sender::Person { Reader::Person } else { Reader::Agent };
    letters.retain(|letter| reader.may_see(letter.memory.privacy));
    Ok(listed(service, &letters))
}

fn listed(service: &Service, letters: &[Letter]) -> LettersReply {
    let now = service.now();
    let messages = letters.iter().map(|letter| view::letter(letter, now)).collect();
    LettersReply { messages, mode: service.mode().to_owned() }
}
