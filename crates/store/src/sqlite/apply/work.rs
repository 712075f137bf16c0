//! What follows for other work items when a memory is opened, closed, hidden or shown.
//! It must not know why it was, nor what a status allows (`core::work`).
//! Invariant: what follows is a revision of its own like any change, in the same transaction.

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::id::{MemoryId, Millis};
use quipu_core::outcome::{Also, Followed};
use quipu_core::work::{Status, Step};

use super::change::within;
use super::revise::{Standing, Subject, subject};
use super::{Effect, WORKSPACE};
use crate::error::StoreError;
use crate::sqlite::{aside, rows};
use crate::write::Change;

type Result<T> = std::result::Result<T, StoreError>;

/// Those of `ids` that are open: live, and where they are work items not done and not dropped.
pub(super) fn open_of(tx: &Connection, ids: &[MemoryId]) -> Result<Vec<MemoryId>> {
    let mut statement = tx.prepare_cached(
        "select exists (select 1 from memory m join memory_state st using (seq) left join work_item w on w.memory_seq = m.seq
            where m.workspace_id = ?1 and m.id = ?2 and st.lifecycle = 'live'
              and (w.status is null or w.status not in ('done', 'dropped')))",
    )?;
    let mut open = Vec::new();
    for id in ids {
        if statement.query_row(params![WORKSPACE, id.0.as_bytes()], |row| row.get(0))? {
            open.push(*id);
        }
    }
    Ok(open)
}

/// Where a work item stands; none for what is none.
pub(super) fn status(tx: &Connection, id: MemoryId) -> Result<Option<Status>> {
    let word: Option<String> = tx
        .prepare_cached("select status from work_item join memory on seq = memory_seq where id = ?1")?
        .query_row([id.0.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(word.as_deref().and_then(Status::parse))
}

/// The open parts of a work item, those of its parts too.
pub(super) fn open_parts(tx: &Connection, whole: i64) -> Result<Vec<MemoryId>> {
    let mut statement = tx.prepare_cached(
        "with recursive part (seq) as (
            select memory_seq from link where to_seq = ?1 and relation = 'part_of'
            union select memory_seq from part join link on to_seq = part.seq and relation = 'part_of')
         select m.id from part join memory m using (seq) join memory_state st using (seq)
            join work_item w on w.memory_seq = m.seq
         where st.lifecycle = 'live' and w.status not in ('done', 'dropped') order by m.seq",
    )?;
    let found = statement.query_map([whole], |row| rows::memory_id(&row.get::<_, Vec<u8>>(0)?))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Lets go of what the changed memories blocked, or holds it up again, wherever a change made that difference. Done once
/// all rows are as they will be, so that it does not matter in which order they came to be so. Gives which items stand
/// otherwise now, in the order in which they came to.
pub(super) fn follow(tx: &Connection, effects: &mut Vec<Effect>, now: Millis) -> Result<Vec<Also>> {
    let mut also = Vec::new();
    let mut turns: Vec<Turn> = Vec::new();
    for seq in effects.iter().filter_map(Effect::revised) {
        if turns.iter().any(|turn| turn.seq == seq) {
            continue;
        }
        let Some(turn) = Turn::of(tx, seq)? else { continue };
        if let (true, Some(status)) = (turn.before.status != turn.after.status, turn.after.status) {
            also.push(Also { id: turn.id, what: Followed::Became(status) });
        }
        turns.push(turn);
    }
    for turn in turns.iter().filter(|turn| turn.before.blocks() != turn.after.blocks()) {
        for id in holds_up(tx, turn.seq)? {
            if let Some((status, made)) = settle(tx, id, turn, now)? {
                also.push(Also { id, what: Followed::Became(status) });
                effects.extend(made);
            }
        }
    }
    Ok(also)
}

/// What of it is told to whoever asked for a change: what he sees, and not what he changed himself. And the whole whose last
/// open part it was: somebody may close that now.
pub(super) fn told(tx: &Connection, also: &[Also], change: &Change) -> Result<Vec<Also>> {
    let is_seen = |id: MemoryId| within(tx, id, &change.scope, change.reader).is_ok();
    let mut told: Vec<Also> = Vec::new();
    for one in also.iter().filter(|one| one.id != change.id && is_seen(one.id)) {
        told.retain(|other| other.id != one.id);
        told.push(*one);
    }
    let is_closed = |one: &Also| matches!(one.what, Followed::Became(status) if !status.is_open());
    if also.iter().any(|one| one.id == change.id && is_closed(one)) {
        let whole = emptied(tx, change.id)?.filter(|whole| is_seen(*whole));
        told.extend(whole.map(|id| Also { id, what: Followed::PartsClosed }));
    }
    Ok(told)
}

/// A memory that was revised.
struct Turn {
    seq: u32,
    id: MemoryId,
    before: State,
    after: State,
}

/// What of a memory decides whether it holds up what it blocks.
struct State {
    status: Option<Status>,
    is_live: bool,
}

impl State {
    fn blocks(&self) -> bool {
        self.is_live && self.status.is_none_or(Status::is_open)
    }
}

impl Turn {
    /// The last revision of memory number `seq`; none of one that has no earlier.
    fn of(tx: &Connection, seq: u32) -> Result<Option<Self>> {
        let found = tx
            .prepare_cached(
                "select m.id, r.revision, r.lifecycle = 'live', st.lifecycle = 'live', w.status
                 from memory m join memory_state st on st.seq = m.seq
                    join memory_revision r on r.memory_seq = m.seq and r.revision = m.revision - 1
                    left join work_item w on w.memory_seq = m.seq
                 where m.seq = ?1",
            )?
            .query_row([seq], |row| {
                let id = rows::memory_id(&row.get::<_, Vec<u8>>(0)?)?;
                let status = row.get::<_, Option<String>>(4)?.as_deref().and_then(Status::parse);
                let before = State { status: None, is_live: row.get(2)? };
                let after = State { status, is_live: row.get(3)? };
                Ok((row.get::<_, u32>(1)?, Self { seq, id, before, after }))
            })
            .optional()?;
        let Some((revision, mut turn)) = found else { return Ok(None) };
        turn.before.status = aside::at(tx, i64::from(seq), revision)?.work.map(|work| work.status);
        Ok(Some(turn))
    }
}

/// The memories that memory number `seq` blocks.
fn holds_up(tx: &Connection, seq: u32) -> Result<Vec<MemoryId>> {
    let mut statement = tx.prepare_cached(
        "select id from link join memory on seq = memory_seq where to_seq = ?1 and relation = 'blocked_by' order by seq",
    )?;
    let found = statement.query_map([seq], |row| rows::memory_id(&row.get::<_, Vec<u8>>(0)?))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// What becomes of a blocked item by the turn of what blocks it, if anything does.
fn settle(tx: &Connection, id: MemoryId, turn: &Turn, now: Millis) -> Result<Option<(Status, Vec<Effect>)>> {
    let Some(item) = subject(tx, id)? else { return Ok(None) };
    let Some(work) = item.content.aside.work.filter(|_| item.standing == Standing::LIVE) else { return Ok(None) };
    let open = open_of(tx, &item.content.aside.blockers().collect::<Vec<_>>())?.len();
    let settled = work.settled(usize::from(turn.before.blocks()), open);
    if settled == work {
        return Ok(None);
    }
    let mut content = item.content.clone();
    content.aside.work = Some(settled);
    let reason = match (turn.after.blocks(), turn.after.status.filter(|status| !status.is_open())) {
        (true, _) => format!("{} blocks it again", turn.id),
        (false, Some(status)) => format!("{} is {}", turn.id, status.as_str()),
        (false, None) => format!("{} is hidden", turn.id),
    };
    let effects = item.revise(tx, &content, &item.standing, (Some(&reason), now))?;
    Ok(Some((settled.status, effects)))
}

/// The open whole of a closed part, where no part of it is open any more.
fn emptied(tx: &Connection, part: MemoryId) -> Result<Option<MemoryId>> {
    let whole = tx
        .prepare_cached(
            "select m.seq, m.id from memory own join link on link.memory_seq = own.seq and relation = 'part_of'
                join memory m on m.seq = to_seq join memory_state st on st.seq = m.seq
                join work_item w on w.memory_seq = m.seq
             where own.id = ?1 and st.lifecycle = 'live' and w.status not in ('done', 'dropped') order by m.seq limit 1",
        )?
        .query_row([part.0.as_bytes()], |row| Ok((row.get(0)?, rows::memory_id(&row.get::<_, Vec<u8>>(1)?)?)))
        .optional()?;
    let Some((seq, id)) = whole else { return Ok(None) };
    Ok(open_parts(tx, seq)?.is_empty().then_some(id))
}

impl Subject {
    /// Closes the open parts of a whole as it is closed itself; `touched` gets the revisions that it makes.
    pub(super) fn close_parts(
        &self,
        tx: &Connection,
        as_status: Status,
        touched: &mut Vec<(i64, u32)>,
        now: Millis,
    ) -> Result<Vec<Effect>> {
        let mut effects = Vec::new();
        for id in open_parts(tx, self.seq)? {
            let Some(part) = subject(tx, id)? else { continue };
            let Some(work) = part.content.aside.work else { continue };
            let mut content = part.content.clone();
            // Whoever closes the whole says that nothing holds up its parts.
            content.aside.work = work.stepped(Step::To(as_status), 0).ok();
            let reason = format!("{} with {}", as_status.as_str(), self.id);
            effects.extend(part.revise(tx, &content, &part.standing, (Some(&reason), now))?);
            touched.push((part.seq, part.revision + 1));
        }
        Ok(effects)
    }
}
