//! What agents were shown, in numbers.
//! It must not know single answers.
//! Invariant: what nobody saw, because it came too late, is counted as silence and nowhere else.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, params};

use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::ProjectKey;
use quipu_core::offer::Silence;
use quipu_core::scope::{Privacy, Reader};

use super::ledger::TITLE;
use crate::error::StoreError;
use crate::ledger::{Ranked, Tally, Usage, UsageRow};
use crate::read::Scope;
use crate::sqlite::apply::find_project;
use crate::sqlite::rows;

type Result<T> = std::result::Result<T, StoreError>;

/// Lines, tokens, used ones, judged ones: in the order of [`tally_at`].
const TALLY: &str = "count(*), sum(i.tokens), sum(i.used is 1), sum(i.used is not null)";

pub(in crate::sqlite) fn tally(tx: &Connection, memory: MemoryId) -> Result<Tally> {
    let sql = format!(
        "select {TALLY} from injection i where i.late = 0 and i.memory_seq = (select seq from memory where id = ?1)"
    );
    Ok(tx.prepare_cached(&sql)?.query_row([memory.0.as_bytes()], |row| tally_at(row, 0))?)
}

fn tally_at(row: &Row<'_>, at: usize) -> rusqlite::Result<Tally> {
    let number = |n: usize| row.get::<_, Option<i64>>(at + n).map(|sum| sum.unwrap_or_default() as u64);
    Ok(Tally { lines: number(0)?, tokens: number(1)?, used: number(2)?, judged: number(3)? })
}

pub(in crate::sqlite) fn usage(
    tx: &Connection,
    (scope, reader): (&Scope, Reader),
    since: Option<Millis>,
    top: usize,
) -> Result<Usage> {
    let sees_all = reader.may_see(Privacy::Private);
    let project = match scope {
        Scope::All => None,
        Scope::Project(key) => match find_project(tx, key)? {
            None => return Ok(Usage::default()),
            project => project,
        },
    };
    let place = (project, since.map_or(0, |at| at.0));
    let all = |having: &str, order: &str| ranked(tx, place, (having, order), (top, sees_all));
    Ok(Usage {
        rows: by_event(tx, place)?,
        most_shown: all("1", "count(*)")?,
        most_used: all("sum(i.used is 1) > 0", "sum(i.used is 1)")?,
        never_used: all("sum(i.used is 1) = 0 and sum(i.used is not null) > 0", "count(*)")?,
    })
}

fn by_event(tx: &Connection, (project, since): (Option<i64>, i64)) -> Result<Vec<UsageRow>> {
    let mut rows: BTreeMap<(Option<String>, String), UsageRow> = BTreeMap::new();
    let mut statement = tx.prepare_cached(
        "select p.key, o.event, iif(o.silence is null and o.late, 'late', o.silence), sum(o.times), sum(o.tokens)
         from offer o left join project p on p.id = o.project_id
         where (?1 is null or o.project_id = ?1) and o.at >= ?2 group by 1, 2, 3",
    )?;
    let mut found = statement.query(params![project, since])?;
    while let Some(row) = found.next()? {
        let known = place(&mut rows, row)?;
        match row.get::<_, Option<String>>(2)? {
            Some(word) => known.silences.push((rows::named(2, &word, Silence::parse)?, row.get::<_, i64>(3)? as u64)),
            None => (known.answers, known.tokens) = (row.get::<_, i64>(3)? as u64, row.get::<_, i64>(4)? as u64),
        }
    }
    let sql = format!(
        "select p.key, o.event, {TALLY}
         from offer o join injection i on i.offer_id = o.id left join project p on p.id = o.project_id
         where (?1 is null or o.project_id = ?1) and o.at >= ?2 and i.late = 0 group by 1, 2"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let mut found = statement.query(params![project, since])?;
    while let Some(row) = found.next()? {
        place(&mut rows, row)?.tally = tally_at(row, 2)?;
    }
    Ok(rows.into_values().collect())
}

/// The row of the project and event that stand first in `row`.
fn place<'r>(
    rows: &'r mut BTreeMap<(Option<String>, String), UsageRow>,
    row: &Row<'_>,
) -> rusqlite::Result<&'r mut UsageRow> {
    let (project, event): (Option<String>, String) = (row.get(0)?, row.get(1)?);
    let empty = UsageRow {
        project: project.clone().map(ProjectKey),
        event: event.clone(),
        answers: 0,
        tally: Tally::default(),
        tokens: 0,
        silences: Vec::new(),
    };
    Ok(rows.entry((project, event)).or_insert(empty))
}

fn ranked(
    tx: &Connection,
    (project, since): (Option<i64>, i64),
    (having, order): (&str, &str),
    (top, sees_all): (usize, bool),
) -> Result<Vec<Ranked>> {
    let sql = format!(
        "select m.id, m.kind, {TITLE}, {TALLY}
         from injection i join offer o on o.id = i.offer_id join memory m on m.seq = i.memory_seq
         where i.late = 0 and (?1 is null or o.project_id = ?1) and o.at >= ?2 and (?4 or m.private = 0)
         group by i.memory_seq having {having} order by {order} desc, max(i.at) desc limit ?3"
    );
    let read = |row: &Row<'_>| {
        Ok(Ranked {
            memory: rows::memory_id(&row.get::<_, Vec<u8>>(0)?)?,
            kind: rows::named(1, &row.get::<_, String>(1)?, Kind::parse)?,
            title: row.get(2)?,
            tally: tally_at(row, 3)?,
        })
    };
    let limit = i64::try_from(top).unwrap_or(i64::MAX);
    Ok(tx
        .prepare_cached(&sql)?
        .query_map(params![project, since, limit, sees_all], read)?
        .collect::<rusqlite::Result<_>>()?)
}
