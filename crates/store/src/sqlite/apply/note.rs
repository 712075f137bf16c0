//! A saved or imported memory.
//! It must not know files or flags.
//! Invariant: an exact duplicate (workspace, project, scope, kind, equal bytes, live) is not stored twice.

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use quipu_core::class::Class;
use quipu_core::hash::content_hash;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::memory::Note;
use quipu_core::outcome::Outcome;

use super::{Effect, Row, Text, WORKSPACE, insert, places};
use crate::error::StoreError;
use crate::write::Applied;

pub(super) fn note(
    tx: &Connection,
    note: &Note,
    text: &Text,
    now: Millis,
) -> Result<(Applied, Vec<Effect>), StoreError> {
    let hash = content_hash(&note.body);
    let known = note.project.as_ref().map(|p| places::find_project(tx, p)).transpose()?;
    // A project that nobody has heard of holds no twin.
    if known != Some(None)
        && let Some(of) = twin(tx, note, known.flatten(), &hash)?
    {
        return Ok((Applied::Memory(Outcome::Duplicate { of }), Vec::new()));
    }
    let taken: bool = tx
        .prepare_cached("select exists (select 1 from memory where id = ?1)")?
        .query_row([note.id.0.as_bytes()], |row| row.get(0))?;
    if taken {
        let reason = format!("the id {} belongs to another text; edit it instead of importing it again", note.id);
        return Ok((Applied::Memory(Outcome::Rejected(reason)), Vec::new()));
    }
    let project = note.project.as_ref().map(|p| places::project(tx, p, now)).transpose()?;
    let session = match &note.session {
        Some(session) => Some(places::session(tx, session, project, None, None, note.occurred_at)?),
        None => None,
    };
    let row = Row {
        id: note.id,
        project,
        session,
        kind: note.kind,
        class: Class::of_kind(note.kind),
        title: note.title.as_deref(),
        applies_to: &note.applies_to,
        keywords: serde_json::to_string(&note.keywords).unwrap_or_else(|_| "[]".to_owned()),
        body: &note.body,
        content_hash: hash,
        occurred_at: note.occurred_at,
        branch: None,
        origin: note.origin,
        programmatic: false,
        redactions: 0,
        source: None,
        hook_key: None,
        files: &[],
    };
    let effect = insert(tx, &row, text, now)?;
    Ok((Applied::Memory(Outcome::Stored(note.id)), vec![effect]))
}

/// The live memory that this one repeats. The hash only finds candidates: equal bytes decide.
fn twin(tx: &Connection, note: &Note, project: Option<i64>, hash: &str) -> Result<Option<MemoryId>, StoreError> {
    let found: Option<Vec<u8>> = tx
        .prepare_cached(
            "select id from memory join memory_state using (seq)
             where workspace_id = ?1 and content_hash = ?2 and kind = ?3 and project_id is ?4
               and applies_to = ?5 and body = ?6 and lifecycle = 'live'
             order by seq limit 1",
        )?
        .query_row(params![WORKSPACE, hash, note.kind.as_str(), project, note.applies_to, note.body], |row| row.get(0))
        .optional()?;
    Ok(found.and_then(|bytes| Uuid::from_slice(&bytes).ok()).map(MemoryId))
}
