//! Messages as rows: the memory, what it is as a message, and a row for each mailbox that it goes to.
//! It must not know how a message is put before anybody.
//! Invariant: a message that nobody gets leaves no row; what is shown or acknowledged never becomes less so.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;

use quipu_core::class::Class;
use quipu_core::happening::Happening;
use quipu_core::hash::content_hash;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::mail::{Ack, Mailbox, Refusal, Sender};
use quipu_core::memory::{Origin, SessionRef};
use quipu_core::scope::Privacy;
use quipu_core::standing::{Importance, Validity};

use super::events::{self, SystemEvent};
use super::{Effect, Graves, Row, Text, WORKSPACE, insert, places};
use crate::error::StoreError;
use crate::mail::{MailWrite, Send};
use crate::write::Applied;

mod resolve;

use resolve::{Recipients, resolve};

type Result<T> = std::result::Result<T, StoreError>;

/// Applies a write of mail; `text` is what a message is searched by.
pub(super) fn mail(
    tx: &Connection,
    write: &MailWrite,
    text: Option<&Text>,
    now: Millis,
) -> Result<(Applied, Vec<Effect>)> {
    match (write, text) {
        (MailWrite::Send(message), Some(text)) => send(tx, message, text, now),
        (MailWrite::Send(message), None) => Err(Refusal::NoMessage(message.id).into()),
        (MailWrite::Offer { deliveries, unless_since }, _) => alone(offer(tx, deliveries, *unless_since, now)?),
        (MailWrite::Shown(deliveries), _) => alone(shown(tx, deliveries, now)?),
        (MailWrite::Ack { of, ids }, _) => alone(acked(tx, of, ids, now)?),
    }
}

fn alone(applied: Applied) -> Result<(Applied, Vec<Effect>)> {
    Ok((applied, Vec::new()))
}

fn send(tx: &Connection, send: &Send, text: &Text, now: Millis) -> Result<(Applied, Vec<Effect>)> {
    if send.expires_at <= now {
        return Err(Refusal::Expired.into());
    }
    let project = send.project.as_ref().map(|key| places::project(tx, key, now)).transpose()?;
    let (from, session) = sender(tx, &send.from, project, now)?;
    let thread = match send.reply_to {
        Some(id) => thread(tx, id)?,
        None => send.id,
    };
    let Recipients { mailboxes, role } = resolve(tx, send, (session, project), now)?;
    let row = Row {
        id: send.id,
        project,
        session,
        kind: Kind::Message,
        class: if send.from == Sender::Person { Class::UserMessage } else { Class::of_kind(Kind::Message) },
        title: send.subject.as_deref(),
        applies_to: "global",
        keywords: "[]".to_owned(),
        body: &send.body,
        content_hash: content_hash(&send.body),
        occurred_at: now,
        branch: None,
        origin: Origin::Saved,
        programmatic: false,
        redactions: send.redactions,
        original_hash: None,
        source: None,
        hook_key: None,
        files: &[],
        privacy: Privacy::Shared,
        importance: Importance::ORDINARY,
        valid: Validity::ALWAYS,
    };
    let (seq, effect) = insert(tx, &row, text, now)?;
    tx.prepare_cached(
        "insert into message (memory_seq, thread, in_reply_to, from_kind, address, importance, ack_wanted, expires_at,
            role, role_project_id)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        seq,
        thread.0.as_bytes(),
        send.reply_to.map(|id| id.0.as_bytes().to_vec()),
        from,
        send.address,
        send.urgency.as_str(),
        send.ack == Ack::Wanted,
        send.expires_at.0,
        role,
        role.as_ref().and(project),
    ])?;
    let body = json!({
        "id": send.id.to_string(), "thread": thread.to_string(), "from": from, "to": send.address,
        "mailboxes": mailboxes.len(), "importance": send.urgency.as_str(), "role": role,
    });
    events::tell(tx, &SystemEvent { kind: Happening::Message, project, session, body: &body }, now)?;
    let mut deliver = tx.prepare_cached("insert into delivery (message_seq, session_id) values (?1, ?2)")?;
    for mailbox in mailboxes {
        deliver.execute(params![seq, mailbox])?;
    }
    Ok((Applied::Sent(send.id), vec![effect]))
}

/// The word for who wrote it, and the row of the session where one did. One that was forgotten has none any more.
fn sender(tx: &Connection, from: &Sender, project: Option<i64>, now: Millis) -> Result<(&'static str, Option<i64>)> {
    Ok(match from {
        Sender::Person => ("person", None),
        Sender::Agent => ("agent", None),
        Sender::Session(session) if Graves::of(tx)?.hold_session(tx, &session.agent, &session.id)? => ("agent", None),
        Sender::Session(session) => ("session", Some(places::session(tx, session, project, None, None, now)?)),
    })
}

/// The thread of a message.
fn thread(tx: &Connection, id: MemoryId) -> Result<MemoryId> {
    let found: Option<Vec<u8>> = tx
        .prepare_cached("select g.thread from message g join memory m on m.seq = g.memory_seq where m.id = ?1")?
        .query_row([id.0.as_bytes()], |row| row.get(0))
        .optional()?;
    let thread = found.ok_or(Refusal::NoMessage(id))?;
    Ok(crate::sqlite::rows::memory_id(&thread)?)
}

/// Hands deliveries out: which of them, and how often each was before.
fn offer(
    tx: &Connection,
    deliveries: &[(i64, Option<Millis>)],
    unless_since: Option<Millis>,
    now: Millis,
) -> Result<Applied> {
    if let (Some(since), Some((first, _))) = (unless_since, deliveries.first()) {
        let busy: bool = tx
            .prepare_cached(
                "select exists (select 1 from delivery own join delivery d on d.session_id is own.session_id
                    where own.id = ?1 and d.open = 1 and d.shown_at is null and d.offered_at > ?2)",
            )?
            .query_row([*first, since.0], |row| row.get(0))?;
        if busy {
            return Ok(Applied::Offered(Vec::new()));
        }
    }
    let mut statement = tx.prepare_cached(
        "update delivery set offers = offers + 1, offered_at = ?2
         where id = ?1 and acked_at is null and shown_at is ?3 returning offers",
    )?;
    let mut offered = Vec::with_capacity(deliveries.len());
    for (delivery, shown_at) in deliveries {
        let read = params![delivery, now.0, shown_at.map(|at| at.0)];
        let times: Option<u32> = statement.query_row(read, |row| row.get(0)).optional()?;
        offered.extend(times.map(|times| (*delivery, times.saturating_sub(1))));
    }
    Ok(Applied::Offered(offered))
}

/// Notes that they were printed. The newest showing counts, so that what was shown before a compaction is known to be.
fn shown(tx: &Connection, deliveries: &[i64], now: Millis) -> Result<Applied> {
    let mut statement = tx.prepare_cached(
        "update delivery set shown_at = max(coalesce(shown_at, ?2), ?2),
            open = iif(acked_at is null, (select ack_wanted from message where memory_seq = message_seq), 0)
         where id = ?1 and offers > 0",
    )?;
    let mut count = 0;
    for delivery in deliveries {
        count += statement.execute([*delivery, now.0])? as u64;
    }
    Ok(Applied::Count(count))
}

/// Notes that messages were taken in hand; how many were not before.
fn acked(tx: &Connection, of: &Mailbox, ids: &[MemoryId], now: Millis) -> Result<Applied> {
    let session = match of {
        Mailbox::User => None,
        Mailbox::Session(session) => session_row(tx, session)?.map_or(Some(0), Some),
    };
    let mut count = 0;
    for id in ids {
        let found: Option<(Option<i64>, Option<i64>)> = tx
            .prepare_cached(
                "select d.id, m.project_id from message g join memory m on m.seq = g.memory_seq
                 left join delivery d on d.message_seq = g.memory_seq and d.session_id is ?2 where m.id = ?1",
            )?
            .query_row(params![id.0.as_bytes(), session], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (delivery, project) = match found {
            None => return Err(Refusal::NoMessage(*id).into()),
            Some((None, _)) => return Err(Refusal::NotYours { id: *id, who: of.name() }.into()),
            Some((Some(delivery), project)) => (delivery, project),
        };
        let is_new = tx
            .prepare_cached("update delivery set acked_at = ?2, open = 0 where id = ?1 and acked_at is null")?
            .execute([delivery, now.0])?
            > 0;
        if is_new {
            let body = json!({ "id": id.to_string(), "by": of.name() });
            events::tell(tx, &SystemEvent { kind: Happening::Acked, project, session, body: &body }, now)?;
            count += 1;
        }
    }
    Ok(Applied::Count(count))
}

/// Gives what waits for a role in one project to whoever takes it in another.
pub(super) fn merge_projects(tx: &Connection, from: i64, to: i64) -> Result<()> {
    tx.execute("update message set role_project_id = ?2 where role_project_id = ?1", [from, to])?;
    Ok(())
}

/// The row of a session that is known.
fn session_row(tx: &Connection, session: &SessionRef) -> Result<Option<i64>> {
    let row = tx
        .prepare_cached("select id from session where workspace_id = ?1 and agent = ?2 and external_id = ?3")?
        .query_row(params![WORKSPACE, session.agent, session.id], |row| row.get(0))
        .optional()?;
    Ok(row)
}
