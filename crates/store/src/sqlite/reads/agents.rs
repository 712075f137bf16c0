//! Who is here and where nothing is delivered, read back.
//! It must not know processes or connections.
//! Invariant: each function reads one snapshot; a session that was forgotten is in none.

use rusqlite::{Connection, Row, params};

use quipu_core::id::Millis;
use quipu_core::memory::{ProjectKey, SessionRef};

use crate::agents::{AgentRow, Delivery, DeliveryPause};
use crate::error::StoreError;
use crate::sqlite::apply::WORKSPACE;

type Result<T> = std::result::Result<T, StoreError>;

pub(in crate::sqlite) fn agents(tx: &Connection, since: Millis) -> Result<Vec<AgentRow>> {
    let mut files =
        tx.prepare_cached("select file, at from agent_file where session_id = ?1 order by at desc, file")?;
    let found: Vec<(i64, AgentRow)> = tx
        .prepare_cached(
            "select a.session_id, s.agent, s.external_id, p.key, a.branch, a.cwd, a.task, a.instance, a.joined_at,
                a.seen_at, a.silent, a.left_at, a.left_why
             from agent_state a join session s on s.id = a.session_id join project p on p.id = a.project_id
             where s.workspace_id = ?1 and (a.left_at is null or a.left_at >= ?2) order by a.joined_at, a.session_id",
        )?
        .query_map(params![WORKSPACE, since.0], row)?
        .collect::<rusqlite::Result<_>>()?;
    let with_files = found.into_iter().map(|(id, agent)| {
        let edited = files.query_map([id], |row| Ok((row.get(0)?, Millis(row.get(1)?))))?;
        Ok(AgentRow { files: edited.collect::<rusqlite::Result<_>>()?, ..agent })
    });
    with_files.collect()
}

fn row(row: &Row<'_>) -> rusqlite::Result<(i64, AgentRow)> {
    let left = row.get::<_, Option<i64>>(11)?.map(Millis);
    let agent = AgentRow {
        session: SessionRef { agent: row.get(1)?, id: row.get(2)? },
        project: ProjectKey(row.get(3)?),
        branch: row.get(4)?,
        cwd: row.get(5)?,
        task: row.get(6)?,
        instance: row.get(7)?,
        joined: Millis(row.get(8)?),
        seen: Millis(row.get(9)?),
        silent: row.get(10)?,
        left: left.zip(Some(row.get::<_, Option<String>>(12)?.unwrap_or_default())),
        files: Vec::new(),
    };
    Ok((row.get(0)?, agent))
}

pub(in crate::sqlite) fn delivery_pauses(tx: &Connection, now: Millis) -> Result<Vec<DeliveryPause>> {
    let pauses = tx
        .prepare_cached(
            "select s.agent, s.external_id, d.role, p.key, d.started_at, d.until
             from delivery_pause d left join session s on s.id = d.session_id left join project p on p.id = d.project_id
             where d.workspace_id = ?1 and d.resumed_at is null and (d.until is null or d.until > ?2) order by d.id",
        )?
        .query_map(params![WORKSPACE, now.0], |row| {
            let session = row.get::<_, Option<String>>(0)?.zip(row.get(1)?);
            let to = match (session, row.get(2)?, row.get(3)?) {
                (Some((agent, id)), _, _) => Delivery::Session(SessionRef { agent, id }),
                (None, Some(role), _) => Delivery::Role(role),
                (None, None, Some(key)) => Delivery::Project(ProjectKey(key)),
                (None, None, None) => Delivery::All,
            };
            Ok(DeliveryPause { to, from: Millis(row.get(4)?), until: row.get::<_, Option<i64>>(5)?.map(Millis) })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(pauses)
}
