//! A saved or imported memory, with what it takes the place of.
//! It must not know files or flags.
//! Invariant: an exact duplicate (workspace, project, scope, privacy, kind, equal bytes, live) is not stored twice: an agent
//! that says what a person keeps to himself is not told so.

use rusqlite::Connection;

use quipu_core::aside::Aside;
use quipu_core::class::Class;
use quipu_core::forget::Trace;
use quipu_core::hash::content_hash;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::memory::{Lifecycle, Note, Origin};
use quipu_core::outcome::{FORGOTTEN, Outcome, Word};

use super::revise::{self, Subject};
use super::{Effect, Graves, Row, Text, aside, change, insert, joined, original, places, undoable};
use crate::error::StoreError;
use crate::write::{Applied, LinkCounts};

pub(super) fn note(
    tx: &Connection,
    note: &Note,
    text: &Text,
    now: Millis,
) -> Result<(Applied, Vec<Effect>), StoreError> {
    if note.origin == Origin::Imported && is_forgotten(tx, note)? {
        return Ok((Applied::Memory(Outcome::Rejected(FORGOTTEN.to_owned())), Vec::new()));
    }
    // First of all, for it is all or nothing.
    let old = match note.supersedes {
        Some(old) => Some(change::replaceable(tx, old, note)?),
        None => None,
    };
    let by_hand = note.origin == Origin::Saved;
    match (new(tx, note, text, now)?, old) {
        // What is asked for is there, but for its place.
        (New::Twin(of), Some(old)) if old.id != of => {
            let (applied, effects) = in_place_of(tx, &old, of, Vec::new(), now)?;
            if by_hand {
                let doing = undoable::begin(tx, old.project, Word::Superseded, now)?;
                undoable::touch(tx, doing, &[(old.seq, old.revision + 1)])?;
            }
            Ok((applied, effects))
        }
        (New::Twin(of), _) => Ok((Applied::Memory(Outcome::Duplicate { of }), Vec::new())),
        (New::Taken(reason), _) => Ok((Applied::Memory(Outcome::Rejected(reason)), Vec::new())),
        (New::Stored(seq, effect), old) => {
            let stored = (Applied::Memory(Outcome::Stored(note.id)), vec![effect]);
            let mut touched = vec![(seq, 1)];
            let (applied, mut effects) = match &old {
                None => stored,
                Some(old) => {
                    touched.push((old.seq, old.revision + 1));
                    in_place_of(tx, old, note.id, stored.1, now)?
                }
            };
            for link in &note.kept_by {
                effects.extend(aside::kept_by(tx, *link, note.id, &mut touched, now)?);
            }
            // Of what was brought in a thousand at a time nobody undoes the last.
            if by_hand {
                let project = note.project.as_ref().map(|p| places::project(tx, p, now)).transpose()?;
                let word = if old.is_some() { Word::Superseded } else { Word::Stored };
                let doing = undoable::begin(tx, project, word, now)?;
                undoable::touch(tx, doing, &touched)?;
            }
            Ok((applied, effects))
        }
    }
}

/// What becomes of a note that stands for itself.
pub(super) enum New {
    /// It is there, as this row.
    Stored(i64, Effect),
    /// A live one says the same.
    Twin(MemoryId),
    /// Its id belongs to another, in words.
    Taken(String),
}

/// Stores a note, if it is new.
pub(super) fn new(tx: &Connection, note: &Note, text: &Text, now: Millis) -> Result<New, StoreError> {
    let hash = content_hash(&note.body);
    let known = note.project.as_ref().map(|p| places::find_project(tx, p)).transpose()?;
    // A project that nobody has heard of holds no twin.
    let twins = (note.kind, note.privacy, known.flatten(), note.applies_to.as_str(), note.body.as_str());
    if known != Some(None)
        && let Some(of) = change::twin(tx, twins, &hash, None)?
    {
        return Ok(New::Twin(of));
    }
    if note.origin == Origin::Imported
        && known != Some(None)
        && let Some(of) = original::same(tx, note, known.flatten(), &hash)?
    {
        return Ok(New::Twin(of));
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
        return Ok(New::Taken(reason));
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
        original_hash: note.original_hash.as_deref(),
        source: None,
        hook_key: None,
        files: &[],
        privacy: note.privacy,
        importance: note.importance,
        valid: note.valid,
    };
    let is_brought = note.origin == Origin::Imported;
    // What is brought in need not come after what it is linked to.
    let given =
        Aside { links: if is_brought { Default::default() } else { note.aside.links.clone() }, ..note.aside.clone() };
    let beside = aside::of_new(tx, (note.id, project, note.privacy), note.kind, &given)?;
    let (seq, effect) = insert(tx, &row, text, now)?;
    crate::sqlite::aside::put(tx, seq, &Aside::default(), &beside)?;
    if is_brought {
        let mut links = LinkCounts::default();
        joined::arrived(tx, note.id, note.id, &mut links)?;
        joined::keep(tx, note.id, &note.aside.links, &mut links)?;
    }
    Ok(New::Stored(seq, effect))
}

/// Whether an import brings back what was forgotten. Who saves the same words says them anew, and may.
pub(super) fn is_forgotten(tx: &Connection, note: &Note) -> Result<bool, StoreError> {
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
