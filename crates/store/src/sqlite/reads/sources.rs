//! Reads of transcripts and roots.
//! It must not know what is in them.
//! Invariant: a path is compared as the bytes that were stored.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};

use crate::error::StoreError;
use crate::sqlite::apply::WORKSPACE;
use crate::write::SourceFile;

pub(in crate::sqlite) fn source(tx: &Connection, path: &Path) -> Result<Option<SourceFile>, StoreError> {
    let number = |row: &rusqlite::Row<'_>, column: usize| row.get::<_, i64>(column).map(|n| n as u64);
    let found = tx
        .prepare_cached(
            "select agent, path, device, inode, head_bytes, head_hash, read_to, seen_size
             from source_file where workspace_id = ?1 and path = ?2",
        )?
        .query_row(params![WORKSPACE, path.to_string_lossy()], |row| {
            Ok(SourceFile {
                agent: row.get(0)?,
                path: PathBuf::from(row.get::<_, String>(1)?),
                device: number(row, 2)?,
                inode: number(row, 3)?,
                head_bytes: number(row, 4)?,
                head_hash: row.get(5)?,
                read_to: number(row, 6)?,
                seen_size: number(row, 7)?,
            })
        })
        .optional()?;
    Ok(found)
}

pub(in crate::sqlite) fn roots(tx: &Connection) -> Result<Vec<PathBuf>, StoreError> {
    let mut statement = tx.prepare_cached("select path from source_root where workspace_id = ?1 order by path")?;
    let found = statement.query_map([WORKSPACE], |row| row.get::<_, String>(0).map(PathBuf::from))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
