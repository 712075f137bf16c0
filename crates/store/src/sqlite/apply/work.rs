//! What follows for other work items when a memory is opened, closed, hidden or shown.
//! It must not know why it was, nor what a status allows (`core::work`).
//! Invariant: what follows is a revision of its own like any change, in the same transaction.

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::id::{MemoryId, Millis};
use quipu_core::memory::Lifecycle;
use quipu_core::outcome::{Also, Followed};
use quipu_core::work::{Status, Step};

use super::change::within;
use super::revise::{Standing, Subject, subject};
use super::{Effect, WORKSPACE, short};
use crate::error::StoreError;
use crate::read::Scope;
use crate::sqlite::rows;

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

/// Whether a memory in this state holds up what it blocks.
fn blocks(status: Option<Status>, lifecycle: Lifecycle) -> bool {
    lifecycle == Lifecycle::Live && status.is_none_or(Status::is_open)
}

impl Subject {
    fn status(&self) -> Option<Status> {
        self.content.aside.work.map(|work| work.status)
    }

    /// Lets go of what this memory blocked, or holds it up again, where a change made that difference; the rows hold the
    /// change already.
    pub(super) fn followed(
        &self,
        tx: &Connection,
        (status, standing): (Option<Status>, &Standing),
        now: Millis,
    ) -> Result<Vec<Effect>> {
        let before = blocks(self.status(), self.standing.lifecycle());
        let after = blocks(status, standing.lifecycle());
        let mut effects = Vec::new();
        if before == after {
            return Ok(effects);
        }
        for id in self.holds_up(tx)? {
            let Some(item) = subject(tx, id)? else { continue };
            let Some(work) = item.content.aside.work.filter(|_| item.standing == Standing::LIVE) else { continue };
            let open = open_of(tx, &item.content.aside.blockers().collect::<Vec<_>>())?.len();
            let settled = work.settled(usize::from(before), open);
            if settled == work {
                continue;
            }
            let mut content = item.content.clone();
            content.aside.work = Some(settled);
            let reason = match (after, status.filter(|status| !status.is_open())) {
                (true, _) => format!("{} blocks it again", self.id),
                (false, Some(status)) => format!("{} is {}", self.id, status.as_str()),
                (false, None) => format!("{} is hidden", self.id),
            };
            effects.extend(item.revise(tx, &content, &item.standing, (Some(&reason), now))?);
        }
        Ok(effects)
    }

    /// The memories that this one blocks.
    fn holds_up(&self, tx: &Connection) -> Result<Vec<MemoryId>> {
        let mut statement = tx.prepare_cached(
            "select id from link join memory on seq = memory_seq where to_seq = ?1 and relation = 'blocked_by' order by seq",
        )?;
        let found = statement.query_map([self.seq], |row| rows::memory_id(&row.get::<_, Vec<u8>>(0)?))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// Closes the open parts of a whole as it is closed itself.
    pub(super) fn close_parts(&self, tx: &Connection, as_status: Status, now: Millis) -> Result<Vec<Effect>> {
        let mut effects = Vec::new();
        for id in open_parts(tx, self.seq)? {
            // One that was let go of meanwhile is read as it is now.
            let Some(part) = subject(tx, id)? else { continue };
            let Some(work) = part.content.aside.work else { continue };
            let mut content = part.content.clone();
            // Whoever closes the whole says that nothing holds up its parts.
            content.aside.work = work.stepped(Step::To(as_status), 0).ok();
            let reason = format!("{} with {}", as_status.as_str(), self.id);
            effects.extend(part.revise(tx, &content, &part.standing, (Some(&reason), now))?);
        }
        Ok(effects)
    }

    /// What a change of this memory did to other work items that `scope` shows, as the asker is told of it.
    pub(super) fn also(&self, tx: &Connection, effects: &[Effect], scope: &Scope) -> Result<Vec<Also>> {
        let mut also: Vec<Also> = Vec::new();
        let mut numbers: Vec<u32> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Lifecycle(memory, _) if *memory != short(self.seq) => Some(*memory),
                _ => None,
            })
            .collect();
        numbers.dedup();
        let mut one = tx.prepare_cached("select id from memory join work_item on memory_seq = seq where seq = ?1")?;
        for seq in numbers {
            let id = one.query_row([seq], |row| rows::memory_id(&row.get::<_, Vec<u8>>(0)?)).optional()?;
            let Some(id) = id.filter(|id| also.iter().all(|other| other.id != *id)) else { continue };
            if let (Some(status), Ok(_)) = (status(tx, id)?, within(tx, id, scope)) {
                also.push(Also { id, what: Followed::Became(status) });
            }
        }
        also.extend(self.left_nothing(tx, scope)?);
        Ok(also)
    }

    /// The whole, where this was the last open part of one that is open: somebody may close it now.
    fn left_nothing(&self, tx: &Connection, scope: &Scope) -> Result<Option<Also>> {
        let closed = |status: Option<Status>| status.is_some_and(|status| !status.is_open());
        if closed(self.status()) || !closed(status(tx, self.id)?) {
            return Ok(None);
        }
        let whole = tx
            .prepare_cached(
                "select m.seq, m.id from link join memory m on m.seq = to_seq join memory_state st on st.seq = m.seq
                    join work_item w on w.memory_seq = m.seq
                 where link.memory_seq = ?1 and relation = 'part_of' and st.lifecycle = 'live'
                   and w.status not in ('done', 'dropped') order by m.seq limit 1",
            )?
            .query_row([self.seq], |row| Ok((row.get(0)?, rows::memory_id(&row.get::<_, Vec<u8>>(1)?)?)))
            .optional()?;
        let Some((seq, id)) = whole else { return Ok(None) };
        let is_told = open_parts(tx, seq)?.is_empty() && within(tx, id, scope).is_ok();
        Ok(is_told.then_some(Also { id, what: Followed::PartsClosed }))
    }
}
