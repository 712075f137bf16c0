//! Forgetting, as rows: tombstones first, then everything that a memory left in the database, in one transaction.
//! It must not know files, the text index or who asks.
//! Invariant: what was shown goes, and nothing else; no number that was given is given again; what is to be done outside
//! of the rows is noted in the same transaction.

mod bury;
mod graves;
mod places;

use rusqlite::{Connection, params};
use uuid::Uuid;

use quipu_core::id::{MemoryId, Millis};
use quipu_core::memory::Lifecycle;
use rustc_hash::FxHashSet;

use super::{Effect, short};
use crate::error::StoreError;
use crate::forget::{Forget, Forgotten, code};
use crate::sqlite::forget::{cover, purge};
use crate::write::Applied;

pub(in crate::sqlite) use graves::Graves;
use places::{Places, Whole};

pub(super) use places::without_chunks;

type Result<T> = std::result::Result<T, StoreError>;

/// Why a memory is hidden whose successor was forgotten: nobody has said that it holds again.
const SUCCESSOR_FORGOTTEN: &str = "what stood in its place was forgotten";

/// What hangs on memories, and the memories, in an order that leaves nothing hanging.
const ROWS: [&str; 5] = [
    "delete from vector where chunk_seq in
        (select c.seq from chunk c where c.memory_seq in (select seq from temp.forgetting))",
    "delete from chunk where memory_seq in (select seq from temp.forgetting)",
    "delete from memory_revision where memory_seq in (select seq from temp.forgetting)",
    "delete from file_touch where memory_seq in (select seq from temp.forgetting)",
    "delete from memory where seq in (select seq from temp.forgetting)",
];

/// Forgets what was shown.
pub(super) fn forget(tx: &Connection, forget: &Forget, now: Millis) -> Result<(Applied, Vec<Effect>)> {
    let chosen = cover::chosen(tx, &forget.selection)?;
    let wholes = cover::sessions(tx, &forget.selection)?;
    if code(&cover::digest(tx, &chosen, &wholes)?, &forget.with) != forget.confirm {
        return Err(StoreError::Unconfirmed);
    }
    let project = cover::project(tx, &forget.selection)?;
    let kind = if forget.selection.is_of_wholes() { Whole::Buried } else { Whole::Left };
    let (gone, effect) = erase(tx, chosen, |tx| places::of(tx, &forget.selection, wholes, project), kind, now)?;
    purge::open(tx, "forget", gone.memories, now)?;
    Ok((Applied::Forgotten(gone), effect))
}

/// The same in a copy that nobody has open: these memories, and sessions and transcripts that tombstones stand for.
pub(in crate::sqlite) fn erase_in_copy(
    tx: &Connection,
    chosen: Vec<i64>,
    (sessions, sources): (Vec<i64>, Vec<i64>),
    now: Millis,
) -> Result<()> {
    erase(tx, chosen, places::touched, Whole::Left, now)?;
    Places::these(sessions, sources).clear(tx, Whole::Buried, now)?;
    Ok(())
}

/// Deletes the chosen memories with all that hangs on them.
fn erase(
    tx: &Connection,
    chosen: Vec<i64>,
    places: impl FnOnce(&Connection) -> Result<Places>,
    whole: Whole,
    now: Millis,
) -> Result<(Forgotten, Vec<Effect>)> {
    let _overwriting = Overwriting::start(tx)?;
    choose(tx, &chosen)?;
    let ids = bury::memories(tx, &chosen, now)?;
    let mut effects = orphans(tx, &ids, now)?;
    let chunks =
        column(tx, "select seq from chunk where memory_seq in (select seq from temp.forgetting) order by seq")?;
    let places = places(tx)?;
    raise_floors(tx)?;
    let mut gone = Forgotten { memories: chosen.len() as u64, chunks: chunks.len() as u64, ..Forgotten::default() };
    gone.revisions =
        count(tx, "select count(*) from memory_revision where memory_seq in (select seq from temp.forgetting)")?;
    for rows in ROWS {
        tx.execute(rows, [])?;
    }
    (gone.sessions, gone.sources) = places.clear(tx, whole, now)?;
    strike_outcomes(tx, &ids)?;
    strike_events(tx, &ids)?;
    effects.push(Effect::Forgotten {
        memories: chosen.into_iter().map(short).collect(),
        chunks,
        sessions: places.in_order(tx)?,
    });
    tx.execute("delete from temp.forgetting", [])?;
    Ok((gone, effects))
}

/// What is deleted is overwritten, for as long as this lives: elsewhere deletions are few and nobody's secret.
pub(super) struct Overwriting<'tx>(&'tx Connection);

impl<'tx> Overwriting<'tx> {
    pub(super) fn start(tx: &'tx Connection) -> Result<Self> {
        tx.query_row("pragma secure_delete = on", [], |_| Ok(()))?;
        Ok(Self(tx))
    }
}

impl Drop for Overwriting<'_> {
    fn drop(&mut self) {
        // Left on it would cost time and nothing else.
        let _ = self.0.query_row("pragma secure_delete = off", [], |_| Ok(()));
    }
}

/// Puts the chosen rows where statements find them: a table of this connection, in memory.
fn choose(tx: &Connection, chosen: &[i64]) -> Result<()> {
    tx.execute("create temp table if not exists forgetting (seq integer primary key)", [])?;
    tx.execute("delete from temp.forgetting", [])?;
    let mut insert = tx.prepare_cached("insert into temp.forgetting (seq) values (?1)")?;
    for seq in chosen {
        insert.execute([seq])?;
    }
    Ok(())
}

/// A memory whose successor goes stays hidden, and says why.
fn orphans(tx: &Connection, ids: &FxHashSet<MemoryId>, now: Millis) -> Result<Vec<Effect>> {
    let mut statement = tx.prepare(
        "select seq, superseded_by, aggregated_into from memory
         where (superseded_by is not null or aggregated_into is not null)
           and seq not in (select seq from temp.forgetting)",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let other = |column: usize| -> rusqlite::Result<Option<MemoryId>> {
            Ok(row.get::<_, Option<Vec<u8>>>(column)?.and_then(|id| Uuid::from_slice(&id).ok()).map(MemoryId))
        };
        let goes = |id: Option<MemoryId>| id.is_some_and(|id| ids.contains(&id));
        let (superseded, aggregated) = (goes(other(1)?), goes(other(2)?));
        if superseded || aggregated {
            found.push((row.get::<_, i64>(0)?, superseded, aggregated));
        }
    }
    for (seq, superseded, aggregated) in &found {
        tx.prepare_cached(
            "update memory set superseded_by = iif(?2, null, superseded_by),
                aggregated_into = iif(?3, null, aggregated_into),
                archived_at = coalesce(archived_at, ?4), archive_reason = coalesce(archive_reason, ?5)
             where seq = ?1",
        )?
        .execute(params![seq, superseded, aggregated, now.0, SUCCESSOR_FORGOTTEN])?;
    }
    let mut effects = Vec::with_capacity(found.len());
    for (seq, ..) in found {
        let state: String =
            tx.query_row("select lifecycle from memory_state where seq = ?1", [seq], |row| row.get(0))?;
        let lifecycle = Lifecycle::parse(&state).unwrap_or(Lifecycle::Archived);
        effects.push(Effect::Lifecycle(short(seq), lifecycle));
    }
    Ok(effects)
}

/// Numbers up to here were given: later rows get higher ones, whether or not these are still there.
pub(super) fn raise_floors(tx: &Connection) -> Result<()> {
    for raise in [
        "update meta set value = max(value, (select coalesce(max(seq), 0) from memory)) where key = 'memory_floor'",
        "update meta set value = max(value, (select coalesce(max(seq), 0) from chunk)) where key = 'chunk_floor'",
    ] {
        tx.execute(raise, [])?;
    }
    Ok(())
}

/// The outcomes of writes that name what went say that it went: a repeat of such a write must not be a new one.
fn strike_outcomes(tx: &Connection, ids: &FxHashSet<MemoryId>) -> Result<()> {
    let mut statement = tx.prepare("select event_id, outcome from applied_event")?;
    let mut rows = statement.query([])?;
    let mut named: Vec<Vec<u8>> = Vec::new();
    while let Some(row) = rows.next()? {
        let outcome = row.get_ref(1)?.as_str()?;
        if outcome.split(' ').any(|word| word.parse().is_ok_and(|id| ids.contains(&id))) {
            named.push(row.get(0)?);
        }
    }
    let mut strike = tx.prepare_cached("update applied_event set outcome = 'gone' where event_id = ?1")?;
    for event in named {
        strike.execute([event])?;
    }
    Ok(())
}

/// What was told of messages that went goes too: their ids are known to nobody any more.
fn strike_events(tx: &Connection, ids: &FxHashSet<MemoryId>) -> Result<()> {
    let mut statement =
        tx.prepare("select id, json_extract(body, '$.id') from system_event where kind in ('message', 'acked')")?;
    let mut rows = statement.query([])?;
    let mut named: Vec<i64> = Vec::new();
    while let Some(row) = rows.next()? {
        let id: Option<String> = row.get(1)?;
        if id.and_then(|id| id.parse().ok()).is_some_and(|id| ids.contains(&id)) {
            named.push(row.get(0)?);
        }
    }
    let mut strike = tx.prepare_cached("delete from system_event where id = ?1")?;
    for event in named {
        strike.execute([event])?;
    }
    Ok(())
}

fn column(tx: &Connection, sql: &str) -> Result<Vec<u32>> {
    let mut statement = tx.prepare(sql)?;
    let found = statement.query_map([], |row| row.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn count(tx: &Connection, sql: &str) -> Result<u64> {
    Ok(u64::from(tx.query_row(sql, [], |row| row.get::<_, u32>(0))?))
}

#[cfg(test)]
mod tests;
