//! What was brought in, by the ids that its sources have for it.
//! It must not know what was in them.
//! Invariant: answers come in the order of what was asked.

use rusqlite::{Connection, OptionalExtension};

use quipu_core::id::MemoryId;

use crate::error::StoreError;
use crate::read::ImportSource;

/// What each of `ids` said when it was brought in, where it was.
pub(in crate::sqlite) fn said_before(tx: &Connection, ids: &[MemoryId]) -> Result<Vec<Option<String>>, StoreError> {
    let mut statement = tx.prepare_cached("select said from imported where source_id = ?1")?;
    ids.iter().map(|id| Ok(statement.query_row([id.0.as_bytes()], |row| row.get(0)).optional()?)).collect()
}

/// Where a memory was brought in from, first.
pub(in crate::sqlite) fn import_source(tx: &Connection, id: MemoryId) -> Result<Option<ImportSource>, StoreError> {
    let found = tx
        .prepare_cached(
            "select f.source, f.path, i.line_from, i.line_to, i.name
             from memory m join imported i on i.memory_seq = m.seq join import_file f on f.id = i.file_id
             where m.id = ?1 order by i.imported_at, i.source_id limit 1",
        )?
        .query_row([id.0.as_bytes()], |row| {
            let lines: (Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?);
            Ok(ImportSource {
                source: row.get(0)?,
                path: row.get(1)?,
                lines: lines.0.zip(lines.1).map(|(from, to)| (from as u64, to as u64)),
                name: row.get(4)?,
            })
        })
        .optional()?;
    Ok(found)
}
