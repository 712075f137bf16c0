//! Whole records in the order of their ids, page by page.
//! It must not know what they are taken out for.
//! Invariant: a page begins behind the id that it was asked to; lifecycle is taken from `memory_state`.

use rusqlite::{Connection, OptionalExtension, params_from_iter, types::Value};

use quipu_core::memory::{Memory, Origin};

use super::memories::{bounded, scope_filter};
use crate::error::StoreError;
use crate::read::States;
use crate::record::{Capture, Depth, PageQuery, Record};
use crate::sqlite::rows;

type Result<T> = std::result::Result<T, StoreError>;

/// The records that a query asks for.
pub(in crate::sqlite) fn page(tx: &Connection, query: &PageQuery) -> Result<Vec<Record>> {
    let (filter, mut values) = filter(tx, query)?;
    values.push(Value::Integer(bounded(query.limit)));
    values.push(Value::Blob(after(query)));
    let sql =
        format!("{} {filter} and m.id > ?{} order by m.id limit ?{}", rows::SELECT, values.len(), values.len() - 1);
    let mut statement = tx.prepare(&sql)?;
    let found: Vec<Memory> =
        statement.query_map(params_from_iter(values), rows::memory)?.collect::<rusqlite::Result<_>>()?;
    found.into_iter().map(|memory| record(tx, memory, query.depth)).collect()
}

/// The same of a damaged database, memory by memory: those are left out that cannot be read.
pub(in crate::sqlite) fn page_singly(tx: &Connection, query: &PageQuery) -> Result<Vec<Record>> {
    let (filter, values) = filter(tx, query)?;
    let sql = format!("{} {filter} and m.id = ?{}", rows::SELECT, values.len() + 1);
    let mut one = tx.prepare(&sql)?;
    // The index on ids tells them without a look at the rows.
    let mut ids = tx.prepare("select id from memory where id > ?1 order by id")?;
    let mut ids = ids.query([after(query)])?;
    let mut found = Vec::new();
    while found.len() < query.limit {
        let Some(row) = ids.next()? else { break };
        let bound = values.iter().cloned().chain([Value::Blob(row.get(0)?)]);
        if let Ok(Some(memory)) = one.query_row(params_from_iter(bound), rows::memory).optional()
            && let Ok(record) = record(tx, memory, query.depth)
        {
            found.push(record);
        }
    }
    Ok(found)
}

fn after(query: &PageQuery) -> Vec<u8> {
    query.after.map_or_else(Vec::new, |id| id.0.as_bytes().to_vec())
}

fn filter(tx: &Connection, query: &PageQuery) -> Result<(String, Vec<Value>)> {
    let (mut filter, values) = scope_filter(tx, &query.scope)?;
    if query.states == States::Live {
        filter.push_str(" and st.lifecycle = 'live'");
    }
    if !query.kinds.is_empty() {
        let names: Vec<String> = query.kinds.iter().map(|k| format!("'{}'", k.as_str())).collect();
        filter.push_str(&format!(" and m.kind in ({})", names.join(",")));
    }
    Ok((filter, values))
}

fn record(tx: &Connection, memory: Memory, depth: Depth) -> Result<Record> {
    let is_captured = matches!(memory.origin, Origin::Transcript | Origin::Hook);
    let capture = if is_captured && depth >= Depth::Capture { Some(capture(tx, &memory)?) } else { None };
    let past = match depth {
        Depth::Past if memory.revision > 1 => super::history(tx, memory.id)?,
        _ => Vec::new(),
    };
    Ok(Record { memory, capture, past })
}

fn capture(tx: &Connection, memory: &Memory) -> Result<Capture> {
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Capture { source_id: row.get(0)?, group: row.get(1)?, hook_key: row.get(2)?, position: row.get(3)? })
    };
    Ok(tx
        .prepare_cached("select source_id, source_group, hook_key, position from memory where id = ?1")?
        .query_row([memory.id.0.as_bytes()], read)?)
}
