//! What was done on purpose: a row for each change whatever it touched, and the revision that it made of each memory.
//! It must not know what a change does, nor how it is taken back (see `undo`).
//! Invariant: a memory's revision was made by one change at most; what made none (imports, sessions) cannot be undone.

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::change::Refusal;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::outcome::Word;
use quipu_core::scope::{Privacy, Reader};

use super::{WORKSPACE, places};
use crate::error::StoreError;
use crate::read::Scope;
use crate::sqlite::rows;

type Result<T> = std::result::Result<T, StoreError>;

/// A change, as it was made.
pub(super) struct Done {
    id: i64,
    pub(super) project: Option<i64>,
    /// The word that it was answered with.
    pub(super) word: Word,
    touched: usize,
}

/// Begins a change in a project, or in none.
pub(super) fn begin(tx: &Connection, project: Option<i64>, word: Word, now: Millis) -> Result<i64> {
    tx.prepare_cached("insert into change (workspace_id, project_id, word, made_at) values (?1, ?2, ?3, ?4)")?
        .execute(params![WORKSPACE, project, word.as_str(), now.0])?;
    Ok(tx.last_insert_rowid())
}

/// Notes which revisions a change made, of memories by their rows; what it was of first.
pub(super) fn touch(tx: &Connection, change: i64, made: &[(i64, u32)]) -> Result<()> {
    let mut member = tx
        .prepare_cached("insert into change_member (memory_seq, revision, change_id, place) values (?1, ?2, ?3, ?4)")?;
    for (place, (memory, revision)) in made.iter().enumerate() {
        member.execute(params![memory, revision, change, place as i64])?;
    }
    tx.prepare_cached("update change set touched = ?2 where id = ?1")?.execute(params![change, made.len() as i64])?;
    Ok(())
}

/// The change that made this revision of a memory.
pub(super) fn of_revision(tx: &Connection, memory: i64, revision: u32) -> Result<Option<Done>> {
    let found = tx
        .prepare_cached(
            "select id, project_id, word, touched from change
             where id = (select change_id from change_member where memory_seq = ?1 and revision = ?2)",
        )?
        .query_row(params![memory, revision], done)
        .optional()?;
    Ok(found)
}

/// The last change within a scope, whatever it was of.
pub(super) fn last_within(tx: &Connection, scope: &Scope, reader: Reader) -> Result<Option<Done>> {
    let sees_all = reader.may_see(Privacy::Private);
    let found = match scope {
        Scope::All => tx
            .prepare_cached(
                "select id, project_id, word, touched from change where workspace_id = ?1
                 and (?2 or not exists (select 1 from change_member c join memory m on m.seq = c.memory_seq
                    where c.change_id = change.id and m.private))
                 order by id desc limit 1",
            )?
            .query_row(params![WORKSPACE, sees_all], done)
            .optional()?,
        // Of a project that nobody has heard of, what was done in none.
        Scope::Project(key) => tx
            .prepare_cached(
                "select id, project_id, word, touched from change
                 where workspace_id = ?1 and (project_id = ?2 or project_id is null)
                 and (?3 or not exists (select 1 from change_member c join memory m on m.seq = c.memory_seq
                    where c.change_id = change.id and m.private))
                 order by id desc limit 1",
            )?
            .query_row(params![WORKSPACE, places::find_project(tx, key)?, sees_all], done)
            .optional()?,
    };
    Ok(found)
}

/// The memories that a change touched, each with the revision that it made, what it was of first.
///
/// # Errors
/// One of them was forgotten since.
pub(super) fn members(tx: &Connection, change: &Done) -> Result<Vec<(MemoryId, u32)>> {
    let found: Vec<(MemoryId, u32)> = tx
        .prepare_cached(
            "select m.id, c.revision from change_member c join memory m on m.seq = c.memory_seq
             where c.change_id = ?1 order by c.place",
        )?
        .query_map([change.id], |row| Ok((rows::memory_id(&row.get::<_, Vec<u8>>(0)?)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    if found.len() < change.touched {
        return Err(Refusal::ForgottenSince.into());
    }
    Ok(found)
}

fn done(row: &rusqlite::Row<'_>) -> rusqlite::Result<Done> {
    Ok(Done {
        id: row.get(0)?,
        project: row.get(1)?,
        word: rows::named(2, &row.get::<_, String>(2)?, Word::parse)?,
        touched: row.get::<_, i64>(3)? as usize,
    })
}
