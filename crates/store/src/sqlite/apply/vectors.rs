//! What chunks mean, as rows.
//! It must not know how a vector was made.
//! Invariant: one row a chunk; a newer model's replaces an older one's.

use quipu_core::analyse::Analyser;
use quipu_embed::{Embedder, Passage};
use rusqlite::{Connection, params};

use std::sync::{Arc, Mutex};

use super::Effect;
use crate::error::StoreError;
use crate::write::Applied;

/// The model in use and its row, and what else texts are prepared with.
#[derive(Clone)]
pub(in crate::sqlite) struct Meaning {
    pub(in crate::sqlite) embedder: Arc<dyn Embedder>,
    pub(in crate::sqlite) model: i64,
    /// Knows the stems of the words it has met: worth keeping from one slice to the next.
    pub(super) analyser: Arc<Mutex<Analyser>>,
}

impl Meaning {
    /// Of a process that writes nothing: no row is this model's.
    pub(in crate::sqlite) fn reading(embedder: Arc<dyn Embedder>) -> Self {
        Self { embedder, model: 0, analyser: Arc::default() }
    }

    /// Finds or makes the model's row.
    pub(in crate::sqlite) fn new(connection: &Connection, embedder: Arc<dyn Embedder>) -> Result<Self, StoreError> {
        let name = embedder.model();
        connection.execute("insert or ignore into embedding_model (name) values (?1)", [name])?;
        let model = connection.query_row("select id from embedding_model where name = ?1", [name], |row| row.get(0))?;
        Ok(Self { embedder, model, analyser: Arc::default() })
    }

    /// The same without a row for a model that has none: nothing will be written.
    pub(in crate::sqlite) fn known(connection: &Connection, embedder: Arc<dyn Embedder>) -> Self {
        let name = embedder.model();
        let row = connection.query_row("select id from embedding_model where name = ?1", [name], |row| row.get(0));
        Self { embedder, model: row.unwrap_or(0), analyser: Arc::default() }
    }
}

/// Writes the vector of a new chunk. `or replace` would keep every page as it was before, in case the row is there.
pub(super) fn put(tx: &Connection, chunk: i64, model: i64, passage: &Passage) -> Result<(), StoreError> {
    write(
        tx,
        "insert into vector (chunk_seq, model_id, direction, pieces) values (?1, ?2, ?3, ?4)",
        chunk,
        model,
        passage,
    )
}

fn write(tx: &Connection, sql: &str, chunk: i64, model: i64, passage: &Passage) -> Result<(), StoreError> {
    let pieces: Vec<u8> = passage.pieces.iter().flat_map(|piece| piece.to_le_bytes()).collect();
    let direction = passage.vector.as_ref().map(quipu_embed::Vector::to_bytes);
    tx.prepare_cached(sql)?.execute(params![chunk, model, direction.as_ref().map(|bytes| &bytes[..]), pieces])?;
    Ok(())
}

/// Writes vectors that rows lacked.
pub(super) fn vectors(
    tx: &Connection,
    model: i64,
    made: &[(u32, Passage)],
) -> Result<(Applied, Vec<Effect>), StoreError> {
    // What was forgotten while its vector was made needs none.
    let mut there = tx.prepare_cached("select exists (select 1 from chunk where seq = ?1)")?;
    let mut kept = Vec::with_capacity(made.len());
    for (chunk, passage) in made {
        if there.query_row([chunk], |row| row.get(0))? {
            let sql = "insert or replace into vector (chunk_seq, model_id, direction, pieces) values (?1, ?2, ?3, ?4)";
            write(tx, sql, i64::from(*chunk), model, passage)?;
            kept.push((*chunk, passage.clone()));
        }
    }
    Ok((Applied::Count(kept.len() as u64), vec![Effect::Vectors(kept)]))
}
