//! Prompts that the host itself wrote (wake-ups, schedules): only their hashes are kept.
//! It must not know how a hook tells them apart.
//! Invariant: such a prompt is not live, whether hook or transcript comes first.

use rusqlite::{Connection, params};

use quipu_core::id::Millis;
use quipu_core::memory::Lifecycle;
use quipu_core::outcome::Outcome;

use super::turns::HOOK_LAG;
use super::{Effect, WORKSPACE, short};
use crate::error::StoreError;
use crate::write::{Applied, HookTurn};

/// Remembers the hash of what the host itself wrote, and hides the transcript's record if it came first.
pub(super) fn prompt(
    tx: &Connection,
    hook: &HookTurn,
    session: i64,
    hash: &str,
    now: Millis,
) -> Result<(Applied, Vec<Effect>), StoreError> {
    tx.execute(
        "insert or ignore into machine_prompt (session_id, content_hash) values (?1, ?2)",
        params![session, hash],
    )?;
    let hidden: Vec<i64> = tx
        .prepare_cached(
            "update memory set archived_at = ?5, archive_reason = 'written by the host, not by a person'
             where workspace_id = ?6 and content_hash = ?3 and session_id = ?1 and kind = ?2 and archived_at is null
               and occurred_at >= ?4
             returning seq",
        )?
        .query_map(params![session, hook.kind.as_str(), hash, hook.at.0 - HOOK_LAG, now.0, WORKSPACE], |row| {
            row.get(0)
        })?
        .collect::<Result<_, _>>()?;
    let effects = hidden.into_iter().map(|seq| Effect::Lifecycle(short(seq), Lifecycle::Archived)).collect();
    Ok((Applied::Memory(Outcome::Rejected("written by the host, not by a person".into())), effects))
}

/// Whether the text with this hash is one that the host itself wrote in this session.
pub(super) fn wrote(tx: &Connection, session: i64, hash: &str) -> Result<bool, StoreError> {
    let machine = tx
        .prepare_cached("select exists (select 1 from machine_prompt where session_id = ?1 and content_hash = ?2)")?
        .query_row(params![session, hash], |row| row.get(0))?;
    Ok(machine)
}
