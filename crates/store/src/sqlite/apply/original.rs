//! Whether what is brought in was brought in before, under another redaction.
//! It must not know what a redaction is, nor files.
//! Invariant: the hash of a text as it came names it, whatever was made of it then and is made of it now.

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use quipu_core::id::MemoryId;
use quipu_core::memory::Note;

use super::WORKSPACE;
use crate::error::StoreError;

/// The live memory that came from the same text; `hash` is that of the note as it is now.
pub(super) fn same(
    tx: &Connection,
    note: &Note,
    project: Option<i64>,
    hash: &str,
) -> Result<Option<MemoryId>, StoreError> {
    let original = note.original_hash.as_deref().unwrap_or(hash);
    // A text that nothing was replaced in has its twin by its bytes.
    let is_changed = note.original_hash.is_some();
    let found: Option<Vec<u8>> = tx
        .prepare_cached(
            "select id from memory join memory_state using (seq)
             where kind = ?4 and project_id is ?5 and applies_to = ?6 and origin = 'imported' and lifecycle = 'live'
               and seq in (select seq from memory where workspace_id = ?1 and original_hash = ?2
                           union select seq from memory where workspace_id = ?1 and content_hash = ?2 and ?3)
             order by seq limit 1",
        )?
        .query_row(params![WORKSPACE, original, is_changed, note.kind.as_str(), project, note.applies_to], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(found.and_then(|bytes| Uuid::from_slice(&bytes).ok()).map(MemoryId))
}

/// Whether the memory came from the text that had this hash, or is that text.
pub(super) fn came_as(tx: &Connection, id: MemoryId, hash: Option<&str>) -> Result<bool, StoreError> {
    let found = tx
        .prepare_cached("select 1 from memory where id = ?1 and ?2 in (original_hash, content_hash)")?
        .exists(params![id.0.as_bytes(), hash])?;
    Ok(found)
}
