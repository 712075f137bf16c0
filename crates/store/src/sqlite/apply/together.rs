//! Several memories at once: made one, or stood for by a summary.
//! It must not know who asks, nor how rows are kept (see `revise`); only people are offered it.
//! Invariant: one transaction or nothing, and one change, so that it is undone as one.

use rusqlite::Connection;

use quipu_core::change::{Edit, NewText, Refusal};
use quipu_core::hash::content_hash;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::outcome::{Together, Word};
use quipu_core::scope::Reader;

use super::change::{twin, within};
use super::note::{self, New};
use super::prepare::Made;
use super::revise::{Standing, Subject};
use super::{Effect, Meaning, Text, places, undoable};
use crate::error::StoreError;
use crate::read::Scope;
use crate::write::{Aggregate, Applied, Merge};

type Result<T> = std::result::Result<T, StoreError>;

/// Makes several memories one.
pub(super) fn merge(
    tx: &Connection,
    merge: &Merge,
    made: &Option<Made>,
    meaning: &Meaning,
    now: Millis,
) -> Result<(Applied, Vec<Effect>)> {
    let keep = within(tx, merge.keep, &merge.scope, Reader::Person)?;
    if keep.standing != Standing::LIVE {
        return Err(Refusal::Hidden(keep.id).into());
    }
    let others = each(tx, &merge.others, keep.id, &merge.scope)?;
    for old in &others {
        old.may_be_superseded(keep.project, keep.content.privacy, keep.id)?;
    }
    let edit = Edit {
        text: merge.text.clone().map(NewText::Instead),
        add: others.iter().flat_map(|old| old.content.keywords.iter().cloned()).collect(),
        ..Edit::default()
    };
    let content = keep.content.edited(&edit, keep.id, keep.origin)?;
    let reason = merge.reason.clone().unwrap_or_else(|| format!("merged into {}", keep.id));
    let (mut effects, mut touched) = (Vec::new(), Vec::new());
    for old in &others {
        let standing = Standing { superseded_by: Some(keep.id), ..old.standing.clone() };
        effects.extend(old.revise(tx, &old.content, &standing, (Some(&reason), now))?);
        touched.push((old.seq, old.revision + 1));
    }
    let mut revision = keep.revision;
    if content != keep.content {
        // Behind the others: one of them may have said just this.
        let twins = (content.kind, content.privacy, keep.project, content.applies_to.as_str(), content.body.as_str());
        if keep.is_written()
            && let Some(of) = twin(tx, twins, &content_hash(&content.body), Some(keep.seq))?
        {
            return Err(Refusal::Twin { id: keep.id, of }.into());
        }
        let why = merge.reason.as_deref().unwrap_or("others were merged into it");
        let becomes = (&content, &keep.standing);
        effects.extend(keep.becomes(tx, becomes, (made.as_slice(), meaning), (Some(why), now))?);
        revision += 1;
        touched.insert(0, (keep.seq, revision));
    }
    let doing = undoable::begin(tx, keep.project, Word::Merged, now)?;
    undoable::touch(tx, doing, &touched)?;
    let others = merge.others.clone();
    Ok((Applied::Together(Together { what: Word::Merged, of: None, id: keep.id, revision, others }), effects))
}

/// Writes a summary and puts what it stands for behind it.
pub(super) fn aggregate(
    tx: &Connection,
    aggregate: &Aggregate,
    text: &Text,
    now: Millis,
) -> Result<(Applied, Vec<Effect>)> {
    let id = aggregate.note.id;
    let members = each(tx, &aggregate.members, id, &aggregate.scope)?;
    // A project that nobody has heard of is another one than any.
    let project = match &aggregate.note.project {
        None => None,
        Some(key) => Some(places::find_project(tx, key)?.unwrap_or(0)),
    };
    for old in &members {
        old.may_be_superseded(project, aggregate.note.privacy, id)?;
    }
    let (seq, effect) = match note::new(tx, &aggregate.note, text, now)? {
        New::Stored(seq, effect) => (seq, effect),
        New::Twin(of) => return Err(Refusal::Twin { id, of }.into()),
        New::Taken(_) => return Err(Refusal::Twice(id).into()),
    };
    let reason = format!("aggregated into {id}");
    let (mut effects, mut touched) = (vec![effect], vec![(seq, 1)]);
    for old in &members {
        let standing = Standing { aggregated: Some(id), ..old.standing.clone() };
        effects.extend(old.revise(tx, &old.content, &standing, (Some(&reason), now))?);
        touched.push((old.seq, old.revision + 1));
    }
    // By now it has a row of its own.
    let project = aggregate.note.project.as_ref().map(|key| places::project(tx, key, now)).transpose()?;
    let doing = undoable::begin(tx, project, Word::Aggregated, now)?;
    undoable::touch(tx, doing, &touched)?;
    let others = aggregate.members.clone();
    Ok((Applied::Together(Together { what: Word::Aggregated, of: None, id, revision: 1, others }), effects))
}

/// The memories that are named, each once and none of them `but`.
fn each(tx: &Connection, ids: &[MemoryId], but: MemoryId, scope: &Scope) -> Result<Vec<Subject>> {
    let mut all: Vec<Subject> = Vec::with_capacity(ids.len());
    for id in ids {
        if *id == but {
            return Err(Refusal::Itself(but).into());
        }
        if all.iter().any(|known| known.id == *id) {
            return Err(Refusal::Twice(*id).into());
        }
        all.push(within(tx, *id, scope, Reader::Person)?);
    }
    Ok(all)
}
