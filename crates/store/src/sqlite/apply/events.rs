//! The feed: a row for what happened, in the transaction of what it tells of.
//! It must not know who follows, nor what a kind's body holds.
//! Invariant: a number is given once; what is told is told with what it is of, or not at all.

use rusqlite::{Connection, params};

use quipu_core::happening::Happening;
use quipu_core::id::Millis;

use super::{WORKSPACE, places};
use crate::agents::Happened;
use crate::error::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// So many go at once: the writer has others to serve.
const PRUNED: i64 = 2_000;

/// Something that happened, by the rows that it hangs on.
pub(super) struct SystemEvent<'a> {
    pub(super) kind: Happening,
    /// The row of its project; none: it is everybody's.
    pub(super) project: Option<i64>,
    /// The row of its session.
    pub(super) session: Option<i64>,
    /// Names and numbers of it; never a memory's or a message's text.
    pub(super) body: &'a serde_json::Value,
}

/// Writes it down; whoever follows is told after the commit.
pub(super) fn tell(tx: &Connection, event: &SystemEvent<'_>, now: Millis) -> Result<()> {
    tx.prepare_cached(
        "insert into system_event (workspace_id, at, project_id, session_id, kind, body)
         values (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        WORKSPACE,
        now.0,
        event.project,
        event.session,
        event.kind.as_str(),
        event.body.to_string()
    ])?;
    Ok(())
}

/// The same of what hangs on no row yet.
pub(super) fn happened(tx: &Connection, happened: &Happened, now: Millis) -> Result<()> {
    let project = happened.project.as_ref().map(|key| places::project(tx, key, now)).transpose()?;
    tell(tx, &SystemEvent { kind: happened.kind, project, session: None, body: &happened.body }, now)
}

/// Takes some of what is too old or too much; says how many rows went.
pub(super) fn prune(tx: &Connection, before: Millis, most: u64) -> Result<u64> {
    let old = tx
        .prepare_cached(
            "delete from system_event where id in (select id from system_event where at < ?1 order by at limit ?2)",
        )?
        .execute([before.0, PRUNED])?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let beyond = tx
        .prepare_cached(
            "delete from system_event where id in (select id from system_event order by id desc limit ?1 offset ?2)",
        )?
        .execute([PRUNED, most])?;
    Ok((old + beyond) as u64)
}

/// Gives what happened in one project to another.
pub(super) fn merge_projects(tx: &Connection, from: i64, to: i64) -> Result<()> {
    tx.execute("update system_event set project_id = ?2 where project_id = ?1", [from, to])?;
    Ok(())
}
