//! Where nothing is delivered: pauses of a session's, a role's, a project's mail, or of everybody's.
//! It must not know what would be delivered.
//! Invariant: a pause is closed, never deleted but with its session; what was paused already is paused once.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};

use quipu_core::happening::Happening;
use quipu_core::id::Millis;
use quipu_core::memory::SessionRef;

use super::super::events::{SystemEvent, tell};
use super::super::{WORKSPACE, places};
use super::Result;
use crate::agents::Delivery;
use crate::error::StoreError;
use crate::write::Applied;

/// The rows that a pause hangs on.
#[derive(Debug, Default)]
struct Place {
    session: Option<i64>,
    role: Option<String>,
    project: Option<i64>,
}

/// Those of `to`; a session that nobody knows has none.
fn place(tx: &Connection, to: &Delivery, now: Millis) -> Result<Place> {
    Ok(match to {
        Delivery::Session(session) => Place { session: Some(number(tx, session)?), ..Place::default() },
        Delivery::Role(role) => Place { role: Some(role.clone()), ..Place::default() },
        Delivery::Project(key) => Place { project: Some(places::project(tx, key, now)?), ..Place::default() },
        Delivery::All => Place::default(),
    })
}

fn number(tx: &Connection, session: &SessionRef) -> Result<i64> {
    tx.prepare_cached("select id from session where workspace_id = ?1 and agent = ?2 and external_id = ?3")?
        .query_row(params![WORKSPACE, session.agent, session.id], |row| row.get(0))
        .optional()?
        .ok_or_else(|| StoreError::NoSuchSession(session.to_string()))
}

/// What is told of it.
fn body(to: Option<&Delivery>, until: Option<Millis>) -> Value {
    let (what, role) = match to {
        Some(Delivery::Session(_)) => ("session", None),
        Some(Delivery::Role(role)) => ("role", Some(role)),
        Some(Delivery::Project(_)) => ("project", None),
        Some(Delivery::All) | None => ("all", None),
    };
    json!({ "of": "delivery", "to": what, "role": role, "until": until.map(|until| until.0) })
}

/// Pauses; one that holds there already ends at the new time.
pub(super) fn pause(tx: &Connection, to: &Delivery, until: Option<Millis>, now: Millis) -> Result<Applied> {
    let place = place(tx, to, now)?;
    let changed = tx
        .prepare_cached(
            "update delivery_pause set until = ?6
             where workspace_id = ?1 and resumed_at is null and (until is null or until > ?5)
               and session_id is ?2 and role is ?3 and project_id is ?4",
        )?
        .execute(params![WORKSPACE, place.session, place.role, place.project, now.0, until.map(|until| until.0)])?;
    if changed == 0 {
        tx.prepare_cached(
            "insert into delivery_pause (workspace_id, session_id, role, project_id, started_at, until)
             values (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            WORKSPACE,
            place.session,
            place.role,
            place.project,
            now.0,
            until.map(|until| until.0)
        ])?;
    }
    let (kind, body) = (Happening::Paused, body(Some(to), until));
    tell(tx, &SystemEvent { kind, project: place.project, session: place.session, body: &body }, now)?;
    Ok(Applied::Done)
}

/// Ends those of one place, or every one; counts them.
pub(super) fn resume(tx: &Connection, to: Option<&Delivery>, now: Millis) -> Result<Applied> {
    let place = to.map(|to| place(tx, to, now)).transpose()?.unwrap_or_default();
    let ended = tx
        .prepare_cached(
            "update delivery_pause set resumed_at = ?5
             where workspace_id = ?1 and resumed_at is null and (until is null or until > ?5)
               and (?6 or session_id is ?2 and role is ?3 and project_id is ?4)",
        )?
        .execute(params![WORKSPACE, place.session, place.role, place.project, now.0, to.is_none()])?;
    if ended > 0 {
        let (kind, body) = (Happening::Resumed, body(to, None));
        tell(tx, &SystemEvent { kind, project: place.project, session: place.session, body: &body }, now)?;
    }
    Ok(Applied::Count(ended as u64))
}

/// Gives what is known of agents in one project to another.
pub(in crate::sqlite::apply) fn merge_projects(tx: &Connection, from: i64, to: i64) -> Result<()> {
    tx.execute("update agent_state set project_id = ?2 where project_id = ?1", [from, to])?;
    tx.execute("update delivery_pause set project_id = ?2 where project_id = ?1", [from, to])?;
    Ok(())
}
