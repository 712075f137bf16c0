//! The rows that say which memories came from where.
//! It must not know what becomes of an item.
//! Invariant: a source's id leads to one memory, its own or the twin that was there before it.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::id::{MemoryId, Millis};

use crate::error::StoreError;
use crate::sqlite::apply::WORKSPACE;
use crate::sqlite::rows;
use crate::write::{ImportItem, Said};

type Result<T> = std::result::Result<T, StoreError>;

/// What was brought in under an id.
pub(super) struct Known {
    /// The memory that it led to.
    pub(super) memory: MemoryId,
    pub(super) said: Said,
    /// Hash of the text that was kept.
    pub(super) kept: String,
    /// The program that said so.
    pub(super) source: String,
}

pub(super) fn known(tx: &Connection, source_id: MemoryId) -> Result<Option<Known>> {
    let found = tx
        .prepare_cached(
            "select m.id, i.said, i.kept_hash, f.source from imported i join memory m on m.seq = i.memory_seq
                join import_file f on f.id = i.file_id where i.source_id = ?1",
        )?
        .query_row([source_id.0.as_bytes()], |row| {
            Ok(Known {
                memory: rows::memory_id(&row.get::<_, Vec<u8>>(0)?)?,
                said: Said::parse(&row.get::<_, String>(1)?),
                kept: row.get(2)?,
                source: row.get(3)?,
            })
        })
        .optional()?;
    Ok(found)
}

/// Writes down that `item` led to `memory`, of whose text `kept` is the hash.
pub(super) fn note(
    tx: &Connection,
    item: &ImportItem,
    (memory, kept): (MemoryId, &str),
    file: i64,
    now: Millis,
) -> Result<()> {
    let lines = item.from.lines;
    tx.prepare_cached(
        "insert into imported (source_id, memory_seq, file_id, line_from, line_to, name, said, kept_hash, imported_at)
         values (?1, (select seq from memory where id = ?2), ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         on conflict (source_id) do update set
            memory_seq = excluded.memory_seq, file_id = excluded.file_id, line_from = excluded.line_from,
            line_to = excluded.line_to, name = excluded.name, said = excluded.said, kept_hash = excluded.kept_hash,
            imported_at = excluded.imported_at",
    )?
    .execute(params![
        item.note.id.0.as_bytes(),
        memory.0.as_bytes(),
        file,
        lines.map(|(from, _)| from as i64),
        lines.map(|(_, to)| to as i64),
        item.from.name,
        item.said.to_string(),
        kept,
        now.0,
    ])?;
    Ok(())
}

/// The files of a batch, each asked for once.
pub(super) struct Files<'b> {
    source: &'b str,
    known: HashMap<&'b str, i64>,
}

impl<'b> Files<'b> {
    pub(super) fn of(source: &'b str) -> Self {
        Self { source, known: HashMap::new() }
    }

    /// The row of a file.
    pub(super) fn row(&mut self, tx: &Connection, path: &'b str) -> Result<i64> {
        if let Some(row) = self.known.get(path) {
            return Ok(*row);
        }
        tx.prepare_cached(
            "insert into import_file (workspace_id, source, path) values (?1, ?2, ?3)
             on conflict (workspace_id, source, path) do nothing",
        )?
        .execute(params![WORKSPACE, self.source, path])?;
        let row = tx
            .prepare_cached("select id from import_file where workspace_id = ?1 and source = ?2 and path = ?3")?
            .query_row(params![WORKSPACE, self.source, path], |row| row.get(0))?;
        self.known.insert(path, row);
        Ok(row)
    }
}

/// The source's ids of all that came from a file.
pub(super) fn of_file(tx: &Connection, file: i64) -> Result<Vec<MemoryId>> {
    let mut statement = tx.prepare_cached("select source_id from imported where file_id = ?1 order by source_id")?;
    let found = statement.query_map([file], |row| rows::memory_id(&row.get::<_, Vec<u8>>(0)?))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
