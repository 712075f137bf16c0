//! What was done last is taken back: each memory that it touched becomes what it was, as a change of its own.
//! It must not know which changes there are.
//! Invariant: all of it or nothing; what somebody else has changed since is left alone.

use rusqlite::Connection;

use quipu_core::change::{Content, Refusal};
use quipu_core::class::Class;
use quipu_core::hash::content_hash;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::outcome::{Together, Word};
use quipu_core::scope::Privacy;

use super::change::{twin, within};
use super::prepare::Made;
use super::revise::{Standing, Subject, subject};
use super::undoable::{self, Done};
use super::{Effect, Meaning, aside};
use crate::error::StoreError;
use crate::write::{Applied, Undo};

type Result<T> = std::result::Result<T, StoreError>;

/// Undoes; `made` are texts that were cut beforehand for what was thought to be undone.
pub(super) fn undo(
    tx: &Connection,
    undo: &Undo,
    made: &[Made],
    meaning: &Meaning,
    now: Millis,
) -> Result<(Applied, Vec<Effect>)> {
    let (change, subjects) = found(tx, undo)?;
    let reason = undo.reason.clone().unwrap_or_else(|| format!("undo of `{}`", change.word.as_str()));
    let (mut effects, mut touched) = (Vec::new(), Vec::new());
    for old in &subjects {
        let (content, standing) = old.before(tx, now)?;
        // Who sees what is a person's to say.
        if content.privacy != old.content.privacy && !undo.reader.may_see(Privacy::Private) {
            return Err(Refusal::NothingDone(old.id).into());
        }
        effects.extend(old.becomes(tx, (&content, &standing), (made, meaning), (Some(&reason), now))?);
        touched.push((old.seq, old.revision + 1));
    }
    // Only now all of them stand where they will.
    for old in &subjects {
        allowed(tx, old)?;
    }
    let doing = undoable::begin(tx, change.project, Word::Undone, now)?;
    undoable::touch(tx, doing, &touched)?;
    let ids: Vec<(MemoryId, u32)> = subjects.iter().map(|old| (old.id, old.revision + 1)).collect();
    let first = ids.iter().find(|(id, _)| undo.of == Some(*id)).or(ids.first());
    let (id, revision) = *first.ok_or(Refusal::ForgottenSince)?;
    let others = ids.into_iter().map(|(other, _)| other).filter(|other| *other != id).collect();
    let together = Together { what: Word::Undone, of: Some(change.word), id, revision, others };
    Ok((Applied::Together(together), effects))
}

/// The change that is meant, and the memories that it touched, if nobody has changed them since.
fn found(tx: &Connection, undo: &Undo) -> Result<(Done, Vec<Subject>)> {
    let change = match undo.of {
        Some(id) => {
            let old = within(tx, id, &undo.scope, undo.reader)?;
            undoable::of_revision(tx, old.seq, old.revision)?.ok_or(Refusal::NothingDone(id))?
        }
        None => undoable::last_within(tx, &undo.scope, undo.reader)?.ok_or(Refusal::NothingDoneThere)?,
    };
    let mut subjects = Vec::new();
    for (id, revision) in undoable::members(tx, &change)? {
        // Of what he may not see he is not told the id.
        if subject(tx, id)?.is_some_and(|old| !undo.reader.may_see(old.content.privacy)) {
            return Err(Refusal::NothingDoneThere.into());
        }
        let old = within(tx, id, &undo.scope, undo.reader)?;
        if old.revision != revision {
            return Err(Refusal::ChangedSince { id }.into());
        }
        subjects.push(old);
    }
    Ok((change, subjects))
}

/// What an undo is thought to bring back that is searched otherwise than what is there.
pub(in crate::sqlite) fn texts_before(tx: &Connection, undo: &Undo) -> Result<Vec<(Content, Class)>> {
    let (_, subjects) = found(tx, undo)?;
    let mut texts = Vec::new();
    for old in subjects {
        let (content, _) = old.before(tx, Millis(0))?;
        if !content.is_found_as(&old.content) {
            let class = old.class_as(content.kind);
            texts.push((content, class));
        }
    }
    Ok(texts)
}

/// Whether a memory may be what it has become: live and no other's twin, or hidden behind one that is not
/// behind it, and part of nothing that is part of it.
fn allowed(tx: &Connection, old: &Subject) -> Result<()> {
    let Some(new) = subject(tx, old.id)? else { return Ok(()) };
    if let Some(by) = new.standing.superseded_by.or(new.standing.aggregated)
        && new.stands_for(tx, new.id)?
    {
        return Err(Refusal::Cycle { old: new.id, new: by }.into());
    }
    aside::may_stand(tx, old, &new)?;
    aside::of_one_privacy(tx, &new)?;
    if new.standing == Standing::LIVE && new.is_written() {
        let content = &new.content;
        let twins = (content.kind, content.privacy, new.project, content.applies_to.as_str(), content.body.as_str());
        if let Some(of) = twin(tx, twins, &content_hash(&content.body), Some(new.seq))? {
            return Err(Refusal::Twin { id: new.id, of }.into());
        }
    }
    Ok(())
}
