//! Who took a work item up, and who was reminded of what is left open.
//! It must not know what is said to whom.
//! Invariant: the first reminder of a session is told from every later one, within the transaction.

use rusqlite::{Connection, params};

use quipu_core::id::Millis;

use super::{Effect, places};
use crate::calm::CalmWrite;
use crate::error::StoreError;
use crate::write::Applied;

pub(super) fn calm(tx: &Connection, write: &CalmWrite, now: Millis) -> Result<(Applied, Vec<Effect>), StoreError> {
    let count = match write {
        CalmWrite::TookUp { session, item } => {
            let session = places::session(tx, session, None, None, None, now)?;
            tx.prepare_cached(
                "insert into work_taken (memory_seq, session_id, taken_at)
                 select seq, ?2, ?3 from memory where id = ?1
                 on conflict (memory_seq) do update set session_id = excluded.session_id, taken_at = excluded.taken_at",
            )?
            .execute(params![item.0.as_bytes(), session, now.0])?
        }
        CalmWrite::Remind(session) => {
            let session = places::session(tx, session, None, None, None, now)?;
            tx.prepare_cached("insert or ignore into reminded (session_id, reminded_at) values (?1, ?2)")?
                .execute(params![session, now.0])?
        }
    };
    Ok((Applied::Count(count as u64), Vec::new()))
}
