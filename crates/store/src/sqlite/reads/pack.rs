//! Reads of what a session pack may hold.
//! It must not know what of it is told, nor in which order.
//! Invariant: walks the indexes of pinned and of written memories only: a session waits, and turns are many.

use rusqlite::{Connection, params_from_iter, types::Value};

use super::lists::{holds, scope_filter};
use crate::error::StoreError;
use crate::read::{Counted, PackQuery, PackRows, Scope};
use crate::sqlite::apply::find_project;
use crate::sqlite::rows;

type Result<T> = std::result::Result<T, StoreError>;

/// The condition of the index `memory_pinned`.
const PINNED: &str = "pinned = 1";
/// That of the index `memory_written`.
const WRITTEN: &str = rows::written!("");

pub(in crate::sqlite) fn pack(tx: &Connection, query: &PackQuery) -> Result<PackRows> {
    let of = |index: &str, only: &str| counted(tx, query, index, only);
    Ok(PackRows {
        pinned: of(PINNED, "m.kind <> 'work_item'")?,
        decisions: of(WRITTEN, "m.pinned = 0 and m.kind = 'decision'")?,
        rules: of(WRITTEN, "m.pinned = 0 and m.kind in ('convention', 'anti_pattern')")?,
        threads: of(WRITTEN, "m.pinned = 0 and m.kind = 'open_thread'")?,
        notes: of(
            WRITTEN,
            "m.pinned = 0 and m.kind not in ('decision', 'convention', 'anti_pattern', 'open_thread', 'work_item')",
        )?,
    })
}

fn counted(tx: &Connection, query: &PackQuery, index: &str, only: &str) -> Result<Counted> {
    let (filter, mut values) = scope_filter(tx, &Scope::Project(query.project.clone()), &query.viewer)?;
    values.push(find_project(tx, &query.project)?.map_or(Value::Null, Value::Integer));
    let project = values.len();
    values.push(Value::Integer(query.now.0));
    let holds = holds(values.len());
    let condition = format!(
        "{filter} and st.lifecycle = 'live' and {holds} and {only} and m.seq in (
            select seq from memory where {index} and project_id = ?{project}
            union all select seq from memory where {index} and project_id is null)"
    );
    let count = format!("select count(*) from memory m join memory_state st on st.seq = m.seq {condition}");
    let of: u32 = tx.prepare_cached(&count)?.query_row(params_from_iter(values.clone()), |row| row.get(0))?;
    values.push(Value::Integer(i64::try_from(query.limit).unwrap_or(i64::MAX)));
    let sql = format!("{} {condition} order by m.occurred_at desc, m.seq desc limit ?{}", rows::SELECT, values.len());
    let newest = match of {
        0 => Vec::new(),
        _ => tx
            .prepare_cached(&sql)?
            .query_map(params_from_iter(values), rows::memory)?
            .collect::<rusqlite::Result<_>>()?,
    };
    Ok(Counted { newest, of: of.into() })
}
