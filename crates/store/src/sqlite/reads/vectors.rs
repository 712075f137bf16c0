//! Reads of vectors, and of chunks that lack one.
//! It must not know what they are compared with.
//! Invariant: completeness is told row by row: a chunk has a vector of the model asked for, or it has not.

use quipu_embed::{Passage, Vector};
use rusqlite::{Connection, params};

use crate::error::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// Up to `limit` vectors of a model after chunk `after`, not beyond `goal`, in the order of chunks.
pub(in crate::sqlite) fn vectors_after(
    tx: &Connection,
    model: i64,
    after: u32,
    goal: u32,
    limit: usize,
) -> Result<Vec<(u32, Passage)>> {
    let mut statement = tx.prepare_cached(
        "select chunk_seq, direction, pieces from vector
         where chunk_seq > ?1 and chunk_seq <= ?2 and model_id = ?3 order by chunk_seq limit ?4",
    )?;
    let found = statement.query_map(params![after, goal, model, limit as i64], |row| {
        let vector = row.get_ref(1)?.as_blob_or_null()?.and_then(Vector::parse);
        let pieces = row.get_ref(2)?.as_blob()?.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]]));
        Ok((row.get(0)?, Passage { vector, pieces: pieces.collect() }))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Index texts of up to `limit` chunks after `after`, not beyond `goal`, that have no vector of `model`.
pub(in crate::sqlite) fn chunks_without_vector(
    tx: &Connection,
    model: i64,
    after: u32,
    goal: u32,
    limit: usize,
) -> Result<Vec<(u32, String)>> {
    let mut statement = tx.prepare_cached(
        "select c.seq, iif(replaced_in is null, m.title, r.title), coalesce(r.body, m.body), from_byte, to_byte, ordinal
         from chunk c join memory m on m.seq = c.memory_seq
         left join memory_revision r on r.memory_seq = c.memory_seq and r.revision = c.replaced_in - 1
         where c.seq > ?1 and c.seq <= ?2
           and not exists (select 1 from vector where chunk_seq = c.seq and model_id = ?3)
         order by c.seq limit ?4",
    )?;
    let found = statement.query_map(params![after, goal, model, limit as i64], super::memories::index_text)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
