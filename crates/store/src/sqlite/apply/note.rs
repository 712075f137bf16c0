//! A saved or imported memory.
//! It must not know files or flags.
//! Invariant: an exact duplicate (workspace, project, scope, kind, equal bytes, live) is not stored twice.

use rusqlite::Connection;

use quipu_core::class::Class;
use quipu_core::forget::Trace;
use quipu_core::hash::content_hash;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::memory::{Lifecycle, Note, Origin};
use quipu_core::outcome::{FORGOTTEN, Outcome};

use super::revise::{self, Subject};
use super::{Effect, Graves, Row, Text, change, insert, places};
use crate::error::StoreError;
use crate::write::Applied;

pub(super) fn note(
    tx: &Connection,
    note: &Note,
    text: &Text,
    now: Millis,
) -> Result<(Applied, Vec<Effect>), StoreError> {
    if note.origin == Origin::Imported && is_forgotten(tx, note)? {
        return Ok((Applied::Memory(Outcome::Rejected(FORGOTTEN.to_owned())), Vec::new()));
    }
    let hash = content_hash(&note.body);
    let known = note.project.as_ref().map(|p| places::find_project(tx, p)).transpose()?;
    // First of all, for it is all or nothing.
    let old = match note.supersedes {
        Some(old) => Some(change::replaceable(tx, old, note.id, note.project.as_ref())?),
        None => None,
    };
    // A project that nobody has heard of holds no twin.
    let twins = (note.kind, known.flatten(), note.applies_to.as_str(), note.body.as_str());
    if known != Some(None)
        && let Some(of) = change::twin(tx, twins, &hash, None)?
    {
        return match old {
            // What is asked for is there, but for its place.
            Some(old) if old.id != of => in_place_of(tx, &old, of, Vec::new(), now),
            _ => Ok((Applied::Memory(Outcome::Duplicate { of }), Vec::new())),
        };
    }
    if let Some(known) = revise::subject(tx, note.id)? {
        let reason = if known.content.body == note.body && known.standing.lifecycle() != Lifecycle::Live {
            format!(
                "{0} is {1}; `quipu update {0} --restore` shows it again",
                note.id,
                known.standing.lifecycle().as_str()
            )
        } else {
            format!("the id {0} belongs to another text; `quipu update {0}` changes it", note.id)
        };
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
    let effects = vec![insert(tx, &row, text, now)?];
    match old {
        Some(old) => in_place_of(tx, &old, note.id, effects, now),
        None => Ok((Applied::Memory(Outcome::Stored(note.id)), effects)),
    }
}

/// Whether an import brings back what was forgotten. Who saves the same words says them anew, and may.
fn is_forgotten(tx: &Connection, note: &Note) -> Result<bool, StoreError> {
    let graves = Graves::of(tx)?;
    if let Some(session) = &note.session
        && graves.hold_session(tx, &session.agent, &session.id)?
    {
        return Ok(true);
    }
    graves.hold_any(tx, &[Trace::Memory(note.id), Trace::Text(&note.body)])
}

/// Puts `by` in the place of `old`.
fn in_place_of(
    tx: &Connection,
    old: &Subject,
    by: MemoryId,
    mut effects: Vec<Effect>,
    now: Millis,
) -> Result<(Applied, Vec<Effect>), StoreError> {
    effects.extend(change::supersede(tx, old, by, now)?);
    Ok((Applied::Memory(Outcome::Superseded { by, old: old.id }), effects))
}
