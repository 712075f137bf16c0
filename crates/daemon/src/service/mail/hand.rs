//! What of a session's mail a hook puts before it: the oldest that fit, counted before they are handed out.
//! It must not know payloads, nor how a host takes a text.
//! Invariant: in the order in which they were sent, without gaps; nothing is shown by being handed out.

use quipu_core::id::Millis;
use quipu_core::letter::{self, Entry, Packed};
use quipu_core::mail::{Ack, Mailbox, Urgency};
use quipu_core::memory::SessionRef;
use quipu_protocol::fault::Fault;
use quipu_store::mail::{Context, InboxQuery, Letter, MailWrite, Which};
use quipu_store::write::{Applied, Lane, Write};

use crate::dates;
use crate::service::{Service, fault_of, other_write};

/// So many messages are looked at.
const LOOKED_AT: usize = 24;
/// So many that were shown before a compaction are named after it.
const EARLIER: usize = 5;
/// Hooks of several tools run at once: what one of them was handed so long ago, in ms, it may be about to print.
const UNDER_WAY: i64 = 2_000;

/// When a session is given its mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::service) enum Moment {
    /// It begins or comes back, with what it was shown still in its context or not.
    Start(Context),
    /// It is asked something.
    Prompt,
    /// A tool has run; hooks of others may run beside this one.
    Step,
    /// Its turn ends: only what is urgent, and was not shown yet, is worth another.
    End,
}

/// What a hook gives of it.
#[derive(Debug, Default)]
pub(in crate::service) struct Given {
    /// Quoted, in a fence; empty where there is none.
    pub(in crate::service) text: String,
    /// The deliveries in it: they are shown once the client has printed them.
    pub(in crate::service) deliveries: Vec<i64>,
}

/// Whether `session` may have something to come; without a look at rows.
pub(in crate::service) fn waits(service: &Service, session: &SessionRef) -> Result<bool, Fault> {
    service.awaited.may(service.engine(), session).map_err(fault_of)
}

/// What of its mail `session` is given now, within so many tokens and bytes.
pub(in crate::service) fn hand(
    service: &Service,
    session: &SessionRef,
    moment: Moment,
    (tokens, room): (usize, usize),
    now: Millis,
) -> Result<Given, Fault> {
    let context = match moment {
        Moment::Start(context) => context,
        // A start and a prompt are worth a look at rows, whatever is remembered: the session may have come back, or have a role.
        Moment::Step | Moment::End if !waits(service, session)? => return Ok(Given::default()),
        _ => Context::Kept,
    };
    let look = || {
        let found = service.engine().undelivered(session, context, LOOKED_AT, now)?;
        let is_left = found.open > 0;
        Ok((found, is_left))
    };
    let mut found = service.awaited.look(session, look).map_err(fault_of)?;
    if moment == Moment::End {
        let is_urgent = |letter: &Letter| letter.envelope.urgency == Urgency::Urgent;
        found.letters.retain(|letter| is_urgent(letter) && letter.delivery.is_some_and(|one| one.shown_at.is_none()));
        if found.letters.is_empty() {
            return Ok(Given::default());
        }
    }
    let earlier = match moment {
        Moment::Start(Context::Anew) => earlier(service, session, &found.letters, now)?,
        _ => Vec::new(),
    };
    let pack = |letters: &[Letter]| {
        let entries: Vec<Entry> = letters.iter().map(entry).collect();
        letter::pack(&entries, &earlier, found.open, tokens, room)
    };
    let Packed { text, shown } = pack(&found.letters);
    if shown == 0 {
        return Ok(Given { text, deliveries: Vec::new() });
    }
    found.letters.truncate(shown);
    if !claim(service, &mut found.letters, moment, now)? {
        return Ok(Given::default());
    }
    // What was handed out since it was read says so, and so may need more room.
    let entries: Vec<Entry> = found.letters.iter().map(entry).collect();
    let Packed { text, shown } = letter::pack(&entries, &earlier, found.open, tokens, room);
    let deliveries = found.letters.iter().take(shown).filter_map(|letter| Some(letter.delivery?.id)).collect();
    Ok(Given { text, deliveries })
}

/// Counts that they are handed out; whether they are.
fn claim(service: &Service, letters: &mut Vec<Letter>, moment: Moment, now: Millis) -> Result<bool, Fault> {
    let deliveries = letters.iter().filter_map(|letter| letter.delivery).map(|one| (one.id, one.shown_at)).collect();
    let unless_since = (moment == Moment::Step).then(|| now.plus(-UNDER_WAY));
    let write = Write::Mail(Box::new(MailWrite::Offer { deliveries, unless_since }));
    let applied = service.engine().write(None, write, Lane::Interactive, now).map_err(fault_of)?;
    let Applied::Offered(offered) = applied else { return Err(other_write()) };
    letters.retain_mut(|letter| {
        let Some(delivery) = &mut letter.delivery else { return false };
        let before = offered.iter().find(|(id, _)| *id == delivery.id).map(|(_, before)| *before);
        delivery.offers = before.unwrap_or(delivery.offers);
        before.is_some()
    });
    Ok(!letters.is_empty())
}

/// The newest that a session was shown in a context that it has no more, but for those that are shown again.
fn earlier(service: &Service, session: &SessionRef, again: &[Letter], now: Millis) -> Result<Vec<Entry>, Fault> {
    let of = Mailbox::Session(session.clone());
    let query = InboxQuery { of, which: Which::All, thread: None, limit: EARLIER, now };
    let inbox = service.engine().inbox(&query).map_err(fault_of)?;
    let was_shown = |letter: &&Letter| letter.delivery.is_some_and(|delivery| delivery.shown_at.is_some());
    let is_again = |letter: &Letter| again.iter().any(|other| other.memory.id == letter.memory.id);
    Ok(inbox.letters.iter().filter(was_shown).filter(|letter| !is_again(letter)).map(entry).collect())
}

fn entry(letter: &Letter) -> Entry {
    let (memory, envelope) = (&letter.memory, &letter.envelope);
    let to = &envelope.address;
    Entry {
        id: memory.id,
        thread: envelope.thread,
        from: envelope.from.clone(),
        when: dates::iso(memory.occurred_at.0),
        project: memory.project.as_ref().map(|project| project.name().to_owned()),
        to_many: Some(to.clone()).filter(|to| letter::is_to_many(to)),
        urgency: envelope.urgency,
        ack: match letter.delivery {
            Some(delivery) if delivery.acked_at.is_some() => Ack::Unasked,
            _ => envelope.ack,
        },
        again: letter.delivery.is_some_and(|delivery| delivery.offers > 0),
        subject: memory.title.clone(),
        text: memory.body.clone(),
    }
}
