//! Reads of sessions, projects, pauses and counts.
//! It must not know single memories' texts but for the briefing.
//! Invariant: a merged project never appears as itself; of a session that went on elsewhere only what was said here.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::id::Millis;
use quipu_core::memory::{ProjectKey, SessionRef};

use crate::error::StoreError;
use crate::read::{PauseSpan, ProjectRow, SessionSummary, SkippedRow, Stats};
use crate::sqlite::apply::{WORKSPACE, find_project};
use crate::sqlite::{open, rows};

type Result<T> = std::result::Result<T, StoreError>;

pub(in crate::sqlite) fn project(tx: &Connection, key: &ProjectKey) -> Result<Option<ProjectKey>> {
    let Some(id) = find_project(tx, key)? else { return Ok(None) };
    let key =
        tx.prepare_cached("select key from project where id = ?1")?.query_row([id], |row| row.get(0)).optional()?;
    Ok(key.map(ProjectKey))
}

pub(in crate::sqlite) fn projects(tx: &Connection) -> Result<Vec<ProjectRow>> {
    let mut statement = tx.prepare(
        "select p.id, p.key,
            (select count(*) from memory m join memory_state st using (seq) where m.project_id = p.id and st.lifecycle = 'live'),
            (select count(*) from session s where s.project_id = p.id and s.parent_id is null),
            (select max(occurred_at) from memory m where m.project_id = p.id)
         from project p where p.workspace_id = ?1 and p.merged_into is null order by 5 desc, p.key",
    )?;
    let found: Vec<(i64, ProjectRow)> = statement
        .query_map([WORKSPACE], |row| {
            Ok((
                row.get(0)?,
                ProjectRow {
                    key: ProjectKey(row.get(1)?),
                    memories: row.get::<_, i64>(2)? as u64,
                    sessions: row.get::<_, i64>(3)? as u64,
                    last_at: row.get::<_, Option<i64>>(4)?.map(Millis),
                    merged: Vec::new(),
                },
            ))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let mut merged = tx.prepare("select key from project where merged_into = ?1 order by key")?;
    found
        .into_iter()
        .map(|(id, mut project)| {
            project.merged =
                merged.query_map([id], |row| row.get(0).map(ProjectKey))?.collect::<rusqlite::Result<_>>()?;
            Ok(project)
        })
        .collect()
}

pub(in crate::sqlite) fn recent_sessions(
    tx: &Connection,
    project: &ProjectKey,
    branch: Option<&str>,
    limit: usize,
) -> Result<Vec<SessionSummary>> {
    let Some(id) = find_project(tx, project)? else { return Ok(Vec::new()) };
    let mut sessions = tx.prepare_cached(
        "select s.id, s.agent, s.external_id, s.last_at,
            (select branch from memory m where m.session_id = s.id and m.project_id = ?1 and branch is not null
             order by position desc limit 1)
         from session s where s.project_id = ?1 and s.parent_id is null
           and exists (select 1 from memory m join memory_state st using (seq)
               where m.session_id = s.id and m.project_id = ?1 and st.lifecycle = 'live' and m.private = 0
                 and m.kind in ('answer', 'prompt', 'checkpoint') and m.programmatic = 0)
           and (exists (select 1 from memory m where m.session_id = s.id and m.kind = 'prompt' and m.programmatic = 0)
             or not exists (select 1 from memory m where m.session_id = s.id and m.kind = 'prompt'))
         order by (?2 is not null and s.branch is ?2) desc, s.last_at desc limit ?3",
    )?;
    let found: Vec<(i64, SessionSummary)> = sessions
        .query_map(params![id, branch, limit as i64], |row| {
            let session = SessionRef { agent: row.get(1)?, id: row.get(2)? };
            let summary =
                SessionSummary { session, last_at: Millis(row.get(3)?), branch: row.get(4)?, latest: Vec::new() };
            Ok((row.get(0)?, summary))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let sql = format!(
        "{} where m.session_id = ?1 and m.kind = ?2 and m.project_id = ?3 and m.programmatic = 0
           and st.lifecycle = 'live' and m.private = 0
         order by m.occurred_at desc, m.seq desc limit 1",
        rows::SELECT
    );
    let mut latest = tx.prepare_cached(&sql)?;
    found
        .into_iter()
        .map(|(session, mut summary)| {
            for kind in ["answer", "prompt", "checkpoint"] {
                summary.latest.extend(latest.query_row(params![session, kind, id], rows::memory).optional()?);
            }
            Ok(summary)
        })
        .collect()
}

pub(in crate::sqlite) fn pauses(tx: &Connection) -> Result<Vec<PauseSpan>> {
    let mut statement = tx.prepare_cached(
        "select p.key, started_at, case when until is null then resumed_at when resumed_at is null then until
            else min(until, resumed_at) end
         from pause left join project p on p.id = pause.project_id where pause.workspace_id = ?1 order by pause.id",
    )?;
    let found = statement.query_map([WORKSPACE], |row| {
        Ok(PauseSpan {
            project: row.get::<_, Option<String>>(0)?.map(ProjectKey),
            from: Millis(row.get(1)?),
            to: row.get::<_, Option<i64>>(2)?.map(Millis),
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Counts of the rows; what only the engine knows is filled in there.
pub(in crate::sqlite) fn stats(tx: &Connection, database: &Path) -> Result<Stats> {
    let count = |sql: &str| -> Result<u64> { Ok(tx.query_row(sql, [], |row| row.get::<_, i64>(0))? as u64) };
    let mut by_kind = tx.prepare(
        "select kind, count(*) from memory join memory_state using (seq) where lifecycle = 'live' group by kind order by 2 desc, 1",
    )?;
    let mut private_by_kind = tx.prepare(
        "select kind, count(*) from memory join memory_state using (seq) where lifecycle = 'live' and private = 1
         group by kind order by 2 desc, 1",
    )?;
    let mut skipped = tx.prepare(
        "select f.path, record_type, reason, count, first_from, first_to, last_from, last_to
         from skipped_record join source_file f on f.id = source_file_id order by count desc, 1, 2",
    )?;
    Ok(Stats {
        by_kind: by_kind
            .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?
            .collect::<rusqlite::Result<_>>()?,
        private_by_kind: private_by_kind
            .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?
            .collect::<rusqlite::Result<_>>()?,
        chunks: count("select count(*) from chunk")?,
        sessions: count("select count(*) from session where parent_id is null")?,
        projects: count("select count(*) from project where merged_into is null")?,
        sources: count("select count(*) from source_file")?,
        redactions: count("select coalesce(sum(redactions), 0) from memory")?,
        skipped: skipped
            .query_map([], |row| {
                let byte = |column: usize| row.get::<_, i64>(column).map(|b| b as u64);
                Ok(SkippedRow {
                    path: row.get::<_, String>(0)?.into(),
                    record_type: row.get(1)?,
                    reason: row.get(2)?,
                    count: byte(3)?,
                    first: byte(4)?..byte(5)?,
                    last: byte(6)?..byte(7)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()?,
        database_bytes: std::fs::metadata(database).map_or(0, |m| m.len()),
        epoch: open::epoch(tx)?,
        ..Stats::default()
    })
}
