//! The traces that a memory left, as tombstones.
//! It must not know how rows are deleted.
//! Invariant: put up before anything is deleted, in the same transaction.

use rusqlite::Connection;
use rustc_hash::FxHashSet;
use uuid::Uuid;

use quipu_core::forget::Trace;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;

use super::graves::Digger;
use crate::error::StoreError;

/// Buries the chosen memories with every text they had; gives their ids.
pub(super) fn memories(tx: &Connection, chosen: &[i64], now: Millis) -> Result<FxHashSet<MemoryId>, StoreError> {
    let digger = Digger::new(tx, now)?;
    let mut memory = tx.prepare_cached(
        "select m.id, m.kind, m.body, m.source_id, m.hook_key, s.agent, s.external_id
         from memory m left join session s on s.id = m.session_id where m.seq = ?1",
    )?;
    let mut earlier =
        tx.prepare_cached("select body from memory_revision where memory_seq = ?1 and body is not null")?;
    let mut ids = FxHashSet::default();
    for seq in chosen {
        let mut rows = memory.query([seq])?;
        let Some(row) = rows.next()? else { continue };
        let text = |column: usize| row.get_ref(column).and_then(|value| Ok(value.as_str_or_null()?));
        if let Ok(id) = Uuid::from_slice(row.get_ref(0)?.as_blob()?).map(MemoryId) {
            digger.bury(&Trace::Memory(id))?;
            ids.insert(id);
        }
        let body = text(2)?.unwrap_or_default();
        digger.bury(&Trace::Text(body))?;
        if let Some(record) = text(3)? {
            digger.bury(&Trace::Record(record))?;
        }
        if let Some(key) = text(4)? {
            digger.bury(&Trace::Hook(key))?;
        }
        if let (Some(agent), Some(session), Some(kind)) = (text(5)?, text(6)?, text(1)?.and_then(Kind::parse)) {
            digger.bury(&Trace::Turn { agent, session, kind, body })?;
        }
        let mut bodies = earlier.query([seq])?;
        while let Some(row) = bodies.next()? {
            digger.bury(&Trace::Text(row.get_ref(0)?.as_str()?))?;
        }
    }
    Ok(ids)
}
