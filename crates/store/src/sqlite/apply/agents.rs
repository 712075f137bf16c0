//! What is written about agents: who is here, what each does, and what is told of it.
//! It must not know processes or connections, nor who follows the feed.
//! Invariant: a session has one row, which only its own process can end; each change and what tells of it are in one
//! transaction, and what changes nothing is not told.

mod delivery;

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;

use quipu_core::happening::Happening;
use quipu_core::id::Millis;
use quipu_core::memory::{ProjectKey, SessionRef};

pub(super) use delivery::merge_projects;

use super::events::{self, SystemEvent, tell};
use super::{Effect, Graves, WORKSPACE, places};
use crate::agents::{AgentsWrite, Departure, Sighting};
use crate::error::StoreError;
use crate::write::Applied;

type Result<T> = std::result::Result<T, StoreError>;

/// So many of the files that a session edited are kept, the newest.
const FILES: i64 = 20;

pub(super) fn agents(tx: &Connection, write: &AgentsWrite, now: Millis) -> Result<(Applied, Vec<Effect>)> {
    let applied = match write {
        AgentsWrite::Seen(sighting) => seen(tx, sighting)?,
        AgentsWrite::Left(departure) => left(tx, departure)?,
        AgentsWrite::Silent { session, seen } => silent(tx, session, *seen, now)?,
        AgentsWrite::Task { session, project, task } => declare(tx, (session, project), task.as_deref(), now)?,
        AgentsWrite::PauseDelivery { to, until } => delivery::pause(tx, to, *until, now)?,
        AgentsWrite::ResumeDelivery(to) => delivery::resume(tx, to.as_ref(), now)?,
        AgentsWrite::Tell(happened) => {
            events::happened(tx, happened, now)?;
            Applied::Done
        }
        AgentsWrite::Prune { before, most } => Applied::Count(events::prune(tx, *before, *most)?),
    };
    Ok((applied, Vec::new()))
}

/// A row as far as the next sign of life hangs on it.
struct Known {
    seen_at: i64,
    left_at: Option<i64>,
}

fn known(tx: &Connection, session: i64) -> Result<Option<Known>> {
    let known = tx
        .prepare_cached("select seen_at, left_at from agent_state where session_id = ?1")?
        .query_row([session], |row| Ok(Known { seen_at: row.get(0)?, left_at: row.get(1)? }))
        .optional()?;
    Ok(known)
}

/// The rows of a session and its project; none of a session that was forgotten.
fn rows(tx: &Connection, seen: &Sighting) -> Result<Option<(i64, i64)>> {
    if Graves::of(tx)?.hold_session(tx, &seen.session.agent, &seen.session.id)? {
        return Ok(None);
    }
    let project = places::project(tx, &seen.project, seen.at)?;
    let (branch, cwd) = (seen.branch.as_deref(), seen.cwd.as_deref());
    Ok(Some((project, places::session(tx, &seen.session, Some(project), branch, cwd, seen.at)?)))
}

/// Counts those that changed who is here.
fn seen(tx: &Connection, sighting: &Sighting) -> Result<Applied> {
    let Some((project, session)) = rows(tx, sighting)? else { return Ok(Applied::Count(0)) };
    let at = sighting.at.0;
    let known = known(tx, session)?;
    // What comes late, from the spool, brings nobody back.
    if known.as_ref().is_some_and(|known| known.left_at.is_some_and(|left| at <= left)) {
        return Ok(Applied::Count(0));
    }
    let joins = known.as_ref().is_none_or(|known| known.left_at.is_some());
    let is_newest = known.as_ref().is_none_or(|known| at >= known.seen_at);
    tx.prepare_cached(
        "insert into agent_state (session_id, project_id, branch, cwd, instance, joined_at, seen_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?6)
         on conflict (session_id) do update set
            project_id = iif(?7, excluded.project_id, project_id),
            branch = iif(?7 and excluded.cwd is not null, excluded.branch, branch),
            cwd = iif(?7, coalesce(excluded.cwd, cwd), cwd),
            instance = iif(?7, coalesce(excluded.instance, instance), instance),
            joined_at = iif(left_at is null, joined_at, excluded.joined_at),
            seen_at = max(seen_at, excluded.seen_at), silent = iif(?7, 0, silent), left_at = null, left_why = null",
    )?
    .execute(params![session, project, sighting.branch, sighting.cwd, sighting.instance, at, is_newest])?;
    if let Some(file) = &sighting.file {
        touch(tx, session, file, at)?;
    }
    if joins {
        let again = known.is_some();
        told(tx, Happening::Joined, (project, session), &json!({ "again": again }), sighting.at)?;
    }
    Ok(Applied::Count(u64::from(joins)))
}

fn touch(tx: &Connection, session: i64, file: &str, at: i64) -> Result<()> {
    tx.prepare_cached(
        "insert into agent_file (session_id, file, at) values (?1, ?2, ?3)
         on conflict (session_id, file) do update set at = max(at, excluded.at)",
    )?
    .execute(params![session, file, at])?;
    tx.prepare_cached(
        "delete from agent_file where session_id = ?1 and file in
            (select file from agent_file where session_id = ?1 order by at desc limit -1 offset ?2)",
    )?
    .execute([session, FILES])?;
    Ok(())
}

/// Counts those that left by it.
fn left(tx: &Connection, gone: &Departure) -> Result<Applied> {
    let changed: Option<(i64, i64)> = tx
        .prepare_cached(
            "update agent_state set left_at = ?4, left_why = ?5
             where session_id = (select id from session where workspace_id = ?1 and agent = ?2 and external_id = ?3)
               and left_at is null
               -- whose process is not said, ends nothing that was heard of since
               and iif(?6 is null, seen_at <= ?4, joined_at <= ?4 and (instance is null or instance = ?6))
             returning project_id, session_id",
        )?
        .query_row(params![WORKSPACE, gone.session.agent, gone.session.id, gone.at.0, gone.why, gone.instance], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((project, session)) = changed else { return Ok(Applied::Count(0)) };
    tx.prepare_cached("delete from agent_file where session_id = ?1")?.execute([session])?;
    // Whoever asks the session's own row is told the same.
    tx.prepare_cached(
        "update session set ended_at = ?2, end_reason = ?3
         where id = ?1 and (ended_at is null or ended_at < max(last_at, ?2))",
    )?
    .execute(params![session, gone.at.0, gone.why])?;
    told(tx, Happening::Left, (project, session), &json!({ "why": gone.why }), gone.at)?;
    Ok(Applied::Count(1))
}

fn silent(tx: &Connection, session: &SessionRef, seen: Millis, now: Millis) -> Result<Applied> {
    let changed: Option<(i64, i64)> = tx
        .prepare_cached(
            "update agent_state set silent = 1
             where session_id = (select id from session where workspace_id = ?1 and agent = ?2 and external_id = ?3)
               and left_at is null and silent = 0 and seen_at <= ?4
             returning project_id, session_id",
        )?
        .query_row(params![WORKSPACE, session.agent, session.id, seen.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some(place) = changed else { return Ok(Applied::Count(0)) };
    told(tx, Happening::Silent, place, &json!({ "since": seen.0 }), now)?;
    Ok(Applied::Count(1))
}

fn declare(
    tx: &Connection,
    (session, project): (&SessionRef, &ProjectKey),
    task: Option<&str>,
    now: Millis,
) -> Result<Applied> {
    let (session, project) = (session.clone(), project.clone());
    let heard = Sighting { session, project, branch: None, cwd: None, instance: None, file: None, at: now };
    let Some((_, row)) = rows(tx, &heard)? else { return Ok(Applied::Gone) };
    // It is here: nobody else says what it does.
    if known(tx, row)?.is_none_or(|known| known.left_at.is_some()) {
        seen(tx, &heard)?;
    }
    tx.prepare_cached("update agent_state set task = ?2, seen_at = max(seen_at, ?3) where session_id = ?1")?
        .execute(params![row, task, now.0])?;
    Ok(Applied::Done)
}

fn told(
    tx: &Connection,
    kind: Happening,
    (project, session): (i64, i64),
    body: &serde_json::Value,
    at: Millis,
) -> Result<()> {
    tell(tx, &SystemEvent { kind, project: Some(project), session: Some(session), body }, at)
}
