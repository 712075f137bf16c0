//! The rows that say what of a forgetting is still to be done.
//! It must not know how it is done.
//! Invariant: a step is struck out only for forgettings that were there when it began.

use rusqlite::{Connection, params};

use quipu_core::id::Millis;

use crate::error::StoreError;
use crate::forget::{Purge, Step, Tombstones};
use crate::sqlite::apply::WORKSPACE;

type Result<T> = std::result::Result<T, StoreError>;

/// Forgettings that are shown.
const SHOWN: i64 = 100;

/// Notes a forgetting of which everything outside of the rows is still to be done. Of several one after the other, each
/// of one memory, one row is enough.
pub(in crate::sqlite) fn open(tx: &Connection, what: &str, memories: u64, now: Millis) -> Result<()> {
    let grown = tx
        .prepare_cached(
            "update purge set memories = memories + ?2 where id = (select max(id) from purge) and what = ?1
                and what = 'redact' and done_at is null and index_left = 1 and database_left = 1",
        )?
        .execute(params![what, memories as i64])?;
    if grown == 0 {
        tx.prepare_cached("insert into purge (workspace_id, what, began_at, memories) values (?1, ?2, ?3, ?4)")?
            .execute(params![WORKSPACE, what, now.0, memories as i64])?;
    }
    Ok(())
}

/// What is still to be done, and up to which forgetting.
pub(in crate::sqlite) fn left(tx: &Connection) -> Result<Option<(i64, Vec<Step>)>> {
    let (number, files, index, database): (Option<i64>, bool, bool, bool) = tx
        .prepare_cached(
            "select max(id), coalesce(max(files_left), 0), coalesce(max(index_left), 0), coalesce(max(database_left), 0)
             from purge where done_at is null",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let steps = Step::ALL.into_iter().zip([files, index, database]).filter(|(_, left)| *left);
    Ok(number.map(|number| (number, steps.map(|(step, _)| step).collect())))
}

/// The number of the newest forgetting.
pub(in crate::sqlite) fn newest(tx: &Connection) -> Result<i64> {
    Ok(tx.prepare_cached("select coalesce(max(id), 0) from purge")?.query_row([], |row| row.get(0))?)
}

/// Strikes out `step` for every forgetting up to number `upto`.
pub(in crate::sqlite) fn strike(tx: &Connection, step: Step, upto: i64, now: Millis) -> Result<()> {
    let sql = match step {
        Step::Files => "update purge set files_left = 0 where id <= ?1 and done_at is null",
        Step::Index => "update purge set index_left = 0 where id <= ?1 and done_at is null",
        Step::Database => "update purge set database_left = 0 where id <= ?1 and done_at is null",
    };
    tx.prepare_cached(sql)?.execute([upto])?;
    tx.prepare_cached(
        "update purge set done_at = ?2
         where id <= ?1 and done_at is null and files_left + index_left + database_left = 0",
    )?
    .execute(params![upto, now.0])?;
    Ok(())
}

/// What must not come back, counted, and the newest forgettings.
pub(in crate::sqlite) fn tombstones(tx: &Connection) -> Result<Tombstones> {
    let mut counts = tx.prepare_cached(
        "select what, count(*), max(forgotten_at) from tombstone where workspace_id = ?1 group by what order by what",
    )?;
    let by_what =
        counts.query_map([WORKSPACE], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64, Millis(row.get(2)?))))?;
    let by_what = by_what.collect::<rusqlite::Result<_>>()?;
    let mut purges = tx.prepare_cached(
        "select id, what, began_at, memories, files_left, index_left, database_left, done_at
         from purge where workspace_id = ?1 order by id desc limit ?2",
    )?;
    let purges = purges.query_map([WORKSPACE, SHOWN], |row| {
        let left = [row.get(4)?, row.get(5)?, row.get(6)?];
        Ok(Purge {
            number: row.get(0)?,
            what: row.get(1)?,
            began: Millis(row.get(2)?),
            memories: row.get::<_, i64>(3)? as u64,
            left: Step::ALL.into_iter().zip(left).filter(|(_, left)| *left).map(|(step, _)| step).collect(),
            done: row.get::<_, Option<i64>>(7)?.map(Millis),
        })
    })?;
    Ok(Tombstones { by_what, purges: purges.collect::<rusqlite::Result<_>>()? })
}
