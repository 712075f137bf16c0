//! A saved or imported memory.
//! It must not know files or flags.
//! Invariant: an exact duplicate (workspace, project, scope, privacy, kind, equal bytes, live) is not stored twice: an agent
//! that says what a person keeps to himself is not told so.

use rusqlite::Connection;

use quipu_core::class::Class;
use quipu_core::hash::content_hash;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::memory::{Lifecycle, Note};
use quipu_core::outcome::Outcome;

use super::revise::{self, Subject};
use super::{Effect, Row, Text, change, insert, places};
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
    // First of all, for it is all or nothing.
    let old = match note.supersedes {
        Some(old) => Some(change::replaceable(tx, old, note)?),
        None => None,
    };
    // A project that nobody has heard of holds no twin.
    let twins = (note.kind, note.privacy, known.flatten(), note.applies_to.as_str(), note.body.as_str());
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
        privacy: note.privacy,
    };
    let effects = vec![insert(tx, &row, text, now)?];
    match old {
        Some(old) => in_place_of(tx, &old, note.id, effects, now),
        None => Ok((Applied::Memory(Outcome::Stored(note.id)), effects)),
    }
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
