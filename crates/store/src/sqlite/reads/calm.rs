//! What a session leaves open, and which files it edited.
//! It must not know what is said of it.
//! Invariant: by index only: the end of a turn waits.

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::memory::SessionRef;

use crate::calm::{Edited, LeftOpen};
use crate::error::StoreError;
use crate::sqlite::apply::WORKSPACE;
use crate::sqlite::rows;

type Result<T> = std::result::Result<T, StoreError>;

pub(in crate::sqlite) fn left_open(tx: &Connection, session: &SessionRef) -> Result<LeftOpen> {
    let Some(session) = number(tx, session)? else { return Ok(LeftOpen::default()) };
    let was_reminded = tx
        .prepare_cached("select exists (select 1 from reminded where session_id = ?1)")?
        .query_row([session], |row| row.get(0))?;
    if was_reminded {
        return Ok(LeftOpen { was_reminded, work: Vec::new() });
    }
    let sql = format!(
        "{} where m.seq in (select t.memory_seq from work_taken t join work_item w using (memory_seq)
            where t.session_id = ?1 and w.status = 'active')
           and st.lifecycle = 'live' and m.private = 0 order by m.seq desc",
        rows::SELECT
    );
    let work = tx.prepare_cached(&sql)?.query_map([session], rows::memory)?.collect::<rusqlite::Result<_>>()?;
    Ok(LeftOpen { was_reminded, work })
}

pub(in crate::sqlite) fn edited(tx: &Connection, session: &SessionRef, limit: usize) -> Result<Edited> {
    let Some(session) = number(tx, session)? else { return Ok(Edited::default()) };
    let mut statement = tx.prepare_cached(
        "select f.path, count(*) over () from memory m join file_touch f on f.memory_seq = m.seq
         where m.session_id = ?1 and m.kind = 'answer' group by f.path order by max(m.seq) desc, f.path limit ?2",
    )?;
    let mut found = Edited::default();
    let mut rows = statement.query(params![session, i64::try_from(limit).unwrap_or(i64::MAX)])?;
    while let Some(row) = rows.next()? {
        found.paths.push(row.get(0)?);
        found.of = row.get::<_, i64>(1)? as u64;
    }
    Ok(found)
}

fn number(tx: &Connection, session: &SessionRef) -> Result<Option<i64>> {
    Ok(tx
        .prepare_cached("select id from session where workspace_id = ?1 and agent = ?2 and external_id = ?3")?
        .query_row(params![WORKSPACE, session.agent, session.id], |row| row.get(0))
        .optional()?)
}
