//! Projects, sessions, transcripts and roots: the rows that memories hang on.
//! It must not know memories' texts.
//! Invariant: a project that was merged is never written to; its successor is.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::id::Millis;
use quipu_core::memory::{ProjectKey, SessionRef};

use super::{Effect, WORKSPACE, short};
use crate::error::StoreError;
use crate::write::{Applied, SourceFile};

/// The row of `key`, following merges; made if it is new.
pub(super) fn project(tx: &Connection, key: &ProjectKey, now: Millis) -> Result<i64, StoreError> {
    if let Some(id) = find_project(tx, key)? {
        return Ok(id);
    }
    tx.prepare_cached("insert into project (workspace_id, key, created_at) values (?1, ?2, ?3)")?
        .execute(params![WORKSPACE, key.0, now.0])?;
    Ok(tx.last_insert_rowid())
}

/// The row that `key` stands for now.
pub(in crate::sqlite) fn find_project(tx: &Connection, key: &ProjectKey) -> Result<Option<i64>, StoreError> {
    let found = tx
        .prepare_cached("select coalesce(merged_into, id) from project where workspace_id = ?1 and key = ?2")?
        .query_row(params![WORKSPACE, key.0], |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// The row of a session, with what is newly known of it.
pub(super) fn session(
    tx: &Connection,
    session: &SessionRef,
    project: Option<i64>,
    branch: Option<&str>,
    cwd: Option<&str>,
    at: Millis,
) -> Result<i64, StoreError> {
    let id = tx
        .prepare_cached(
            "insert into session (workspace_id, agent, external_id, project_id, branch, cwd, started_at, last_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
             on conflict (workspace_id, agent, external_id) do update set
                project_id = coalesce(session.project_id, excluded.project_id),
                branch = coalesce(excluded.branch, session.branch),
                cwd = coalesce(excluded.cwd, session.cwd),
                started_at = min(session.started_at, excluded.started_at),
                last_at = max(session.last_at, excluded.last_at)
             returning id",
        )?
        .query_row(params![WORKSPACE, session.agent, session.id, project, branch, cwd, at.0], |row| row.get(0))?;
    Ok(id)
}

/// Widens the time that a session lasted.
pub(super) fn reach(tx: &Connection, session: i64, times: (Millis, Millis)) -> Result<(), StoreError> {
    tx.prepare_cached("update session set started_at = min(started_at, ?2), last_at = max(last_at, ?3) where id = ?1")?
        .execute([session, times.0.0, times.1.0])?;
    Ok(())
}

/// Notes whose subagent held a session.
pub(super) fn set_parent(tx: &Connection, session: i64, parent: i64) -> Result<(), StoreError> {
    tx.prepare_cached("update session set parent_id = ?2 where id = ?1 and parent_id is not ?2")?
        .execute([session, parent])?;
    Ok(())
}

/// Moves the offset of a transcript; refuses when it is not where the reader thought.
pub(super) fn move_source(
    tx: &Connection,
    source: &SourceFile,
    from: Option<u64>,
    now: Millis,
) -> Result<i64, StoreError> {
    let path = source.path.to_string_lossy();
    let stored: Option<i64> = tx
        .prepare_cached("select read_to from source_file where workspace_id = ?1 and path = ?2")?
        .query_row(params![WORKSPACE, path], |row| row.get(0))
        .optional()?;
    // Nothing was read of a file that is not known.
    let stored = stored.unwrap_or(0) as u64;
    if from.is_some_and(|from| from != stored) {
        return Err(StoreError::StaleOffset { stored });
    }
    let id = tx
        .prepare_cached(
            "insert into source_file (workspace_id, agent, path, device, inode, head_bytes, head_hash, read_to, seen_size, updated_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             on conflict (workspace_id, path) do update set
                device = excluded.device, inode = excluded.inode, head_bytes = excluded.head_bytes,
                head_hash = excluded.head_hash, read_to = excluded.read_to, seen_size = excluded.seen_size,
                updated_at = excluded.updated_at
             returning id",
        )?
        .query_row(
            params![
                WORKSPACE,
                source.agent,
                path,
                source.device as i64,
                source.inode as i64,
                source.head_bytes as i64,
                source.head_hash,
                source.read_to as i64,
                source.seen_size as i64,
                now.0
            ],
            |row| row.get(0),
        )?;
    Ok(id)
}

/// Moves all that belongs to `old` to `new`; later writes for `old` go to `new`.
pub(super) fn merge_projects(
    tx: &Connection,
    old: &ProjectKey,
    new: &ProjectKey,
    now: Millis,
) -> Result<(Applied, Vec<Effect>), StoreError> {
    let from = find_project(tx, old)?.ok_or_else(|| StoreError::NoSuchProject(old.0.clone()))?;
    let to = project(tx, new, now)?;
    if from == to {
        return Ok((Applied::Count(0), Vec::new()));
    }
    let moved = tx.execute("update memory set project_id = ?2 where project_id = ?1", [from, to])?;
    tx.execute("update session set project_id = ?2 where project_id = ?1", [from, to])?;
    tx.execute("update mirror set project_id = ?2 where project_id = ?1", [from, to])?;
    tx.execute("update change set project_id = ?2 where project_id = ?1", [from, to])?;
    tx.execute("update pause set project_id = ?2 where project_id = ?1", [from, to])?;
    super::ledger::merge_projects(tx, from, to)?;
    super::mail::merge_projects(tx, from, to)?;
    super::events::merge_projects(tx, from, to)?;
    tx.execute("update project set merged_into = ?2 where id = ?1 or merged_into = ?1", [from, to])?;
    Ok((Applied::Count(moved as u64), vec![Effect::MoveProject(short(from), short(to))]))
}

/// Remembers a directory for the sweep.
pub(super) fn add_root(tx: &Connection, path: &Path, now: Millis) -> Result<(Applied, Vec<Effect>), StoreError> {
    tx.prepare_cached("insert or ignore into source_root (workspace_id, path, added_at) values (?1, ?2, ?3)")?
        .execute(params![WORKSPACE, path.to_string_lossy(), now.0])?;
    Ok((Applied::Done, Vec::new()))
}
