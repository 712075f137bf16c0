//! What happens to sessions as a whole, and pauses.
//! It must not know transcripts.
//! Invariant: a session's facts only grow; a pause is closed, never deleted.

use rusqlite::{Connection, params};
use serde_json::json;

use quipu_core::happening::Happening;
use quipu_core::id::Millis;
use quipu_core::memory::ProjectKey;

use super::events::{SystemEvent, tell};
use super::{Effect, Graves, WORKSPACE, places};
use crate::error::StoreError;
use crate::write::{Applied, SessionEvent, SessionMark};

pub(super) fn mark(tx: &Connection, mark: &SessionMark) -> Result<(Applied, Vec<Effect>), StoreError> {
    if Graves::of(tx)?.hold_session(tx, &mark.session.agent, &mark.session.id)? {
        return Ok((Applied::Done, Vec::new()));
    }
    let project = places::project(tx, &mark.project, mark.at)?;
    let id = places::session(tx, &mark.session, Some(project), None, mark.cwd.as_deref(), mark.at)?;
    match &mark.event {
        SessionEvent::Seen => {}
        SessionEvent::Compacted => {
            compacted(tx, id, mark.at)?;
            let (project, session) = (Some(project), Some(id));
            tell(tx, &SystemEvent { kind: Happening::Compacted, project, session, body: &json!({}) }, mark.at)?;
        }
        SessionEvent::Anew => anew(tx, id, mark.at)?,
        SessionEvent::Ended(reason) => {
            tx.execute(
                "update session set ended_at = ?2, end_reason = ?3 where id = ?1",
                params![id, mark.at.0, reason],
            )?;
        }
    }
    Ok((Applied::Done, Vec::new()))
}

/// The context of session `id` was replaced by a summary: what came before is out of it, the summary is in it.
/// Told as of the event's own time, so that telling it again, or late, changes nothing.
pub(super) fn compacted(tx: &Connection, id: i64, at: Millis) -> Result<(), StoreError> {
    tx.prepare_cached(
        "update session set compacted_seq = max(compacted_seq, (select coalesce(max(seq), 0) from memory
            where session_id = ?1 and kind <> 'checkpoint' and occurred_at <= ?2))
         where id = ?1",
    )?
    .execute([id, at.0])?;
    anew(tx, id, at)
}

/// What session `id` was shown before `at` is out of its context.
fn anew(tx: &Connection, id: i64, at: Millis) -> Result<(), StoreError> {
    tx.prepare_cached("update session set context_since = max(context_since, ?2) where id = ?1")?
        .execute([id, at.0])?;
    Ok(())
}

pub(super) fn pause(
    tx: &Connection,
    project: Option<&ProjectKey>,
    until: Option<Millis>,
    now: Millis,
) -> Result<(Applied, Vec<Effect>), StoreError> {
    let project = project.map(|p| places::project(tx, p, now)).transpose()?;
    tx.execute(
        "insert into pause (workspace_id, project_id, started_at, until) values (?1, ?2, ?3, ?4)",
        params![WORKSPACE, project, now.0, until.map(|u| u.0)],
    )?;
    let body = json!({ "of": "memory", "until": until.map(|until| until.0) });
    tell(tx, &SystemEvent { kind: Happening::Paused, project, session: None, body: &body }, now)?;
    Ok((Applied::Done, Vec::new()))
}

/// Ends the open pauses of one project, or every open pause.
pub(super) fn resume(
    tx: &Connection,
    project: Option<&ProjectKey>,
    now: Millis,
) -> Result<(Applied, Vec<Effect>), StoreError> {
    let id = project.map(|p| places::find_project(tx, p)).transpose()?.flatten();
    let ended = tx.execute(
        "update pause set resumed_at = ?3
         where workspace_id = ?1 and resumed_at is null and (until is null or until > ?3)
           and (?4 or project_id = ?2)",
        params![WORKSPACE, id, now.0, project.is_none()],
    )?;
    if ended > 0 {
        let body = json!({ "of": "memory" });
        tell(tx, &SystemEvent { kind: Happening::Resumed, project: id, session: None, body: &body }, now)?;
    }
    Ok((Applied::Count(ended as u64), Vec::new()))
}
