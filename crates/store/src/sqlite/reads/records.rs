//! Whole records: a page of memories, each with as much of it as is wanted.
//! It must not know what they are taken out for.
//! Invariant: a record and its memory are of one snapshot.

use rusqlite::Connection;

use quipu_core::kind::Kind;
use quipu_core::memory::{Memory, Origin};

use super::lists;
use crate::error::StoreError;
use crate::read::PageQuery;
use crate::record::{Capture, Depth, Record};

type Result<T> = std::result::Result<T, StoreError>;

/// The records that a query asks for, in the order of ids.
pub(in crate::sqlite) fn records(
    tx: &Connection,
    query: &PageQuery,
    kinds: &[Kind],
    depth: Depth,
) -> Result<Vec<Record>> {
    lists::page(tx, query, kinds)?.into_iter().map(|memory| record(tx, memory, depth)).collect()
}

/// The same of a damaged database: those are left out that cannot be read.
pub(in crate::sqlite) fn records_singly(
    tx: &Connection,
    query: &PageQuery,
    kinds: &[Kind],
    depth: Depth,
) -> Result<Vec<Record>> {
    let found = lists::page_singly(tx, query, kinds)?.into_iter();
    Ok(found.filter_map(|memory| record(tx, memory, depth).ok()).collect())
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
