//! Messages read back, with how it is with each mailbox.
//! It must not know how a message is put before anybody.
//! Invariant: of one mailbox messages come in the order in which they were sent.

use rusqlite::{Connection, OptionalExtension, Row, params};

use quipu_core::id::{MemoryId, Millis};
use quipu_core::mail::{Ack, Mailbox, Sender, Urgency};
use quipu_core::memory::{Memory, SessionRef};

use crate::error::StoreError;
use crate::mail::{Context, Delivery, Envelope, Inbox, InboxQuery, Letter, Receipt, Which};
use crate::sqlite::apply::WORKSPACE;
use crate::sqlite::rows;

type Result<T> = std::result::Result<T, StoreError>;

/// What is open: not shown and not expired, or to be acknowledged. What was archived meanwhile is taken back, and what has
/// become private no agent is told.
const OPEN: &str = "d.open = 1 and (d.shown_at is not null or g.expires_at > ?2)
    and (select archived_at is null and (private = 0 or d.session_id is null) from memory where seq = d.message_seq)";

/// What was shown, but for what has become private since.
const SEEN: &str = "d.shown_at is not null
    and (d.session_id is null or (select private = 0 from memory where seq = d.message_seq))";

pub(in crate::sqlite) fn inbox(tx: &Connection, query: &InboxQuery) -> Result<Inbox> {
    let Some(session) = mailbox(tx, &query.of)? else { return Ok(Inbox::default()) };
    let open = count(tx, &format!("d.session_id is ?1 and {OPEN}"), session, query.now)?;
    let which = match query.which {
        Which::Open => OPEN.to_owned(),
        // What nobody saw before it expired, or was taken back, is none of it.
        Which::All => format!("{SEEN} or {OPEN}"),
    };
    // The oldest of what is open, the newest of all.
    let newest = if query.which == Which::All { "desc" } else { "" };
    let sql = format!(
        "select d.id, d.offers, d.shown_at, d.acked_at, d.message_seq
         from delivery d join message g on g.memory_seq = d.message_seq
         where d.session_id is ?1 and ({which}) and (?3 is null or g.thread = (select g.thread from message g
            join memory m on m.seq = g.memory_seq where m.id = ?3))
         order by d.message_seq {newest} limit ?4"
    );
    let thread = query.thread.map(|id| id.0.as_bytes().to_vec());
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let mut letters = letters(tx, &sql, params![session, query.now.0, thread, limit])?;
    if query.which == Which::All {
        letters.reverse();
    }
    Ok(Inbox { letters, open })
}

pub(in crate::sqlite) fn undelivered(
    tx: &Connection,
    session: &SessionRef,
    context: Context,
    limit: usize,
    now: Millis,
) -> Result<Inbox> {
    let Some(session) = mailbox(tx, &Mailbox::Session(session.clone()))? else { return Ok(Inbox::default()) };
    let due = match context {
        Context::Kept => "(d.shown_at is null or d.shown_at < (select context_since from session where id = ?1))",
        Context::Anew => "1",
    };
    let due = format!("d.session_id = ?1 and {OPEN} and {due}");
    let sql = format!(
        "select d.id, d.offers, d.shown_at, d.acked_at, d.message_seq
         from delivery d join message g on g.memory_seq = d.message_seq where {due} order by d.message_seq limit ?3"
    );
    let letters = letters(tx, &sql, params![session, now.0, i64::try_from(limit).unwrap_or(i64::MAX)])?;
    let open = if letters.len() < limit { letters.len() as u64 } else { count(tx, &due, session, now)? };
    Ok(Inbox { letters, open })
}

fn count(tx: &Connection, which: &str, session: Option<i64>, now: Millis) -> Result<u64> {
    let sql = format!("select count(*) from delivery d join message g on g.memory_seq = d.message_seq where {which}");
    Ok(tx.prepare_cached(&sql)?.query_row(params![session, now.0], |row| row.get::<_, i64>(0))? as u64)
}

pub(in crate::sqlite) fn awaited(tx: &Connection) -> Result<Vec<SessionRef>> {
    let found = tx
        .prepare_cached(
            "select agent, external_id from session where id in (select session_id from delivery where open = 1)",
        )?
        .query_map([], |row| Ok(SessionRef { agent: row.get(0)?, id: row.get(1)? }))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

pub(in crate::sqlite) fn letter(tx: &Connection, id: MemoryId) -> Result<Option<Letter>> {
    let seq: Option<i64> = tx
        .prepare_cached("select g.memory_seq from message g join memory m on m.seq = g.memory_seq where m.id = ?1")?
        .query_row([id.0.as_bytes()], |row| row.get(0))
        .optional()?;
    seq.map(|seq| whole(tx, seq)).transpose().map(Option::flatten)
}

pub(in crate::sqlite) fn thread(tx: &Connection, id: MemoryId, limit: usize) -> Result<Vec<Letter>> {
    let mut found = many(
        tx,
        "select memory_seq from message where thread = (select g.thread from message g
            join memory m on m.seq = g.memory_seq where m.id = ?1)
         order by memory_seq desc limit ?2",
        params![id.0.as_bytes(), i64::try_from(limit).unwrap_or(i64::MAX)],
    )?;
    found.reverse();
    Ok(found)
}

pub(in crate::sqlite) fn sent(tx: &Connection, by: &Mailbox, limit: usize) -> Result<Vec<Letter>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    match (by, mailbox(tx, by)?) {
        (Mailbox::User, _) => many(
            tx,
            "select memory_seq from message where from_kind = 'person' order by memory_seq desc limit ?1",
            [limit],
        ),
        (_, None) => Ok(Vec::new()),
        (_, session) => many(
            tx,
            "select memory_seq from message join memory on seq = memory_seq where session_id = ?1
             order by memory_seq desc limit ?2",
            params![session, limit],
        ),
    }
}

pub(in crate::sqlite) fn envelopes(tx: &Connection, ids: &[MemoryId]) -> Result<Vec<(MemoryId, Envelope)>> {
    let mut number = tx.prepare_cached("select seq from memory where id = ?1 and kind = 'message'")?;
    let mut found = Vec::new();
    for id in ids {
        let seq: Option<i64> = number.query_row([id.0.as_bytes()], |row| row.get(0)).optional()?;
        if let Some(envelope) = seq.map(|seq| envelope(tx, seq)).transpose()?.flatten() {
            found.push((*id, envelope));
        }
    }
    Ok(found)
}

/// What a mailbox's deliveries have as their session; nothing where there can be none.
fn mailbox(tx: &Connection, of: &Mailbox) -> Result<Option<Option<i64>>> {
    let Mailbox::Session(session) = of else { return Ok(Some(None)) };
    let row: Option<i64> = tx
        .prepare_cached("select id from session where workspace_id = ?1 and agent = ?2 and external_id = ?3")?
        .query_row(params![WORKSPACE, session.agent, session.id], |row| row.get(0))
        .optional()?;
    Ok(row.map(Some))
}

/// The messages of one mailbox that `sql` finds.
fn letters(tx: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<Vec<Letter>> {
    let found: Vec<(Delivery, i64)> = tx
        .prepare_cached(sql)?
        .query_map(values, |row| Ok((delivery(row)?, row.get(4)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut letters = Vec::with_capacity(found.len());
    for (delivery, seq) in found {
        if let (Some(memory), Some(envelope)) = (memory(tx, seq)?, envelope(tx, seq)?) {
            letters.push(Letter { memory, envelope, delivery: Some(delivery), receipts: Vec::new() });
        }
    }
    Ok(letters)
}

/// Whole messages, in the order of the rows that `sql` finds.
fn many(tx: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<Vec<Letter>> {
    let seqs: Vec<i64> =
        tx.prepare_cached(sql)?.query_map(values, |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    seqs.into_iter().filter_map(|seq| whole(tx, seq).transpose()).collect()
}

fn whole(tx: &Connection, seq: i64) -> Result<Option<Letter>> {
    let (Some(memory), Some(envelope)) = (memory(tx, seq)?, envelope(tx, seq)?) else { return Ok(None) };
    let receipts = tx
        .prepare_cached(
            "select d.id, d.offers, d.shown_at, d.acked_at, s.agent, s.external_id,
                iif(s.ended_at >= s.last_at, s.ended_at, null)
             from delivery d left join session s on s.id = d.session_id where d.message_seq = ?1 order by d.id",
        )?
        .query_map([seq], receipt)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Some(Letter { memory, envelope, delivery: None, receipts }))
}

fn receipt(row: &Row<'_>) -> rusqlite::Result<Receipt> {
    let session = row.get::<_, Option<String>>(4)?.zip(row.get(5)?);
    Ok(Receipt {
        to: session.map_or(Mailbox::User, |(agent, id)| Mailbox::Session(SessionRef { agent, id })),
        delivery: delivery(row)?,
        left_at: row.get::<_, Option<i64>>(6)?.map(Millis),
    })
}

fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        id: row.get(0)?,
        offers: row.get(1)?,
        shown_at: row.get::<_, Option<i64>>(2)?.map(Millis),
        acked_at: row.get::<_, Option<i64>>(3)?.map(Millis),
    })
}

fn memory(tx: &Connection, seq: i64) -> Result<Option<Memory>> {
    let sql = format!("{} where m.seq = ?1", rows::SELECT);
    Ok(tx.prepare_cached(&sql)?.query_row([seq], rows::memory).optional()?)
}

fn envelope(tx: &Connection, seq: i64) -> Result<Option<Envelope>> {
    let found = tx
        .prepare_cached(
            "select g.thread, g.in_reply_to, g.from_kind, s.agent, s.external_id, g.address, g.importance, g.ack_wanted,
                g.expires_at, g.role
             from message g join memory m on m.seq = g.memory_seq left join session s on s.id = m.session_id
             where g.memory_seq = ?1",
        )?
        .query_row([seq], |row| {
            let session = row.get::<_, Option<String>>(3)?.zip(row.get(4)?);
            let from = match (row.get_ref(2)?.as_str()?, session) {
                ("person", _) => Sender::Person,
                (_, Some((agent, id))) => Sender::Session(SessionRef { agent, id }),
                (_, None) => Sender::Agent,
            };
            Ok(Envelope {
                thread: rows::memory_id(&row.get::<_, Vec<u8>>(0)?)?,
                reply_to: row.get::<_, Option<Vec<u8>>>(1)?.map(|id| rows::memory_id(&id)).transpose()?,
                from,
                address: row.get(5)?,
                urgency: rows::named(6, &row.get::<_, String>(6)?, Urgency::parse)?,
                ack: if row.get(7)? { Ack::Wanted } else { Ack::Unasked },
                expires_at: Millis(row.get(8)?),
                role: row.get(9)?,
            })
        })
        .optional()?;
    Ok(found)
}
