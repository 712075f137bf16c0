//! Reads of every row's number, for telling row by row what lacks what is derived from it.
//! It must not know the text index nor what is done about it.
//! Invariant: a set against a set; nothing here counts only.

use rusqlite::{Connection, OptionalExtension, params};

use crate::error::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// Calls `each` with the number of every chunk.
pub(in crate::sqlite) fn each_chunk(tx: &Connection, mut each: impl FnMut(u32)) -> Result<()> {
    let mut statement = tx.prepare("select seq from chunk order by seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(row.get(0)?);
    }
    Ok(())
}

/// Calls `each` with the number of every chunk up to `goal` that has no vector of a model of this name.
pub(in crate::sqlite) fn each_without_vector(
    tx: &Connection,
    model: &str,
    goal: u32,
    mut each: impl FnMut(u32),
) -> Result<()> {
    let mut statement = tx.prepare(
        "select seq from chunk where seq <= ?2 and not exists (select 1 from vector v
            join embedding_model e on e.id = v.model_id where v.chunk_seq = chunk.seq and e.name = ?1) order by seq",
    )?;
    let mut rows = statement.query(params![model, goal])?;
    while let Some(row) = rows.next()? {
        each(row.get(0)?);
    }
    Ok(())
}

/// The highest number of a chunk, by whichever way to it is whole.
pub(in crate::sqlite) fn newest_chunk(tx: &Connection) -> Result<u32> {
    let by = |sql: &str| -> Result<Option<u32>> { Ok(tx.query_row(sql, [], |row| row.get(0)).optional()?.flatten()) };
    let newest = by("select max(seq) from chunk");
    newest
        .or_else(|_| by("select max(seq) from chunk indexed by sqlite_autoindex_chunk_1"))
        .map(Option::unwrap_or_default)
}
