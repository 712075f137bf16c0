//! A change of one memory: what is asked for against what is there.
//! It must not know who asks, nor how rows are kept (see `revise`); what an edit may do is `core`'s.
//! Invariant: a revision's number moves with every change and with nothing else; a refused change leaves no row behind.

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use quipu_core::aside::Parts;
use quipu_core::change::{Action, Content, Refusal};
use quipu_core::hash::content_hash;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Note, Origin};
use quipu_core::outcome::Changed;
use quipu_core::scope::{Privacy, Reader};

use super::aside;
use super::prepare::Made;
use super::revise::{Standing, Subject, subject};
use super::{Effect, Meaning, Text, WORKSPACE, places, undoable};
use crate::error::StoreError;
use crate::read::Scope;
use crate::write::{Applied, Change};

type Result<T> = std::result::Result<T, StoreError>;

/// Applies a change; `made` is what was prepared for the state that it was thought to find.
pub(super) fn change(
    tx: &Connection,
    change: &Change,
    made: &Option<Made>,
    meaning: &Meaning,
    now: Millis,
) -> Result<(Applied, Vec<Effect>)> {
    let old = within(tx, change.id, &change.scope, change.reader)?;
    if let Some(expected) = change.if_revision.filter(|expected| *expected != old.revision) {
        return Err(Refusal::Revision { id: old.id, current: old.revision, expected }.into());
    }
    let mut content = old.content.edited(&change.edit, old.id, old.origin)?;
    content.aside = aside::edited(tx, &old, &change.edit.aside, content.kind, (&change.scope, change.reader))?;
    let (standing, word) = match change.action {
        None => (old.standing.clone(), Changed::Edited),
        Some(action) => acted(tx, &old, action, change, now)?,
    };
    let answer = |what, revision| Applied::Changed { id: old.id, what, revision };
    if content == old.content && standing == old.standing {
        return Ok((answer(Changed::Unchanged, old.revision), Vec::new()));
    }
    let shows_again = standing == Standing::LIVE && old.standing != Standing::LIVE;
    let says_other = (content.kind, content.privacy, &content.applies_to, &content.body)
        != (old.content.kind, old.content.privacy, &old.content.applies_to, &old.content.body);
    // Turns are told apart by their source: two may say the same.
    if old.is_written() && standing == Standing::LIVE && (shows_again || says_other) {
        let hash = content_hash(&content.body);
        let twins = (content.kind, content.privacy, old.project, content.applies_to.as_str(), content.body.as_str());
        if let Some(of) = twin(tx, twins, &hash, Some(old.seq))? {
            return Err(Refusal::Twin { id: old.id, of }.into());
        }
    }
    let reason = match (&change.reason, word) {
        (None, Changed::Superseded(by)) => Some(superseded_by(by)),
        (reason, _) => reason.clone(),
    };
    let mut effects = old.becomes(tx, (&content, &standing), (made.as_slice(), meaning), (reason.as_deref(), now))?;
    if content.privacy != old.content.privacy
        && let Some(new) = subject(tx, old.id)?
    {
        aside::of_one_privacy(tx, &new)?;
    }
    let mut touched = vec![(old.seq, old.revision + 1)];
    if let (Parts::Close, Some(work)) = (change.edit.aside.parts, content.aside.work)
        && !work.status.is_open()
    {
        effects.extend(old.close_parts(tx, work.status, &mut touched, now)?);
    }
    let doing = undoable::begin(tx, old.project, word.word(), now)?;
    undoable::touch(tx, doing, &touched)?;
    Ok((answer(word, old.revision + 1), effects))
}

/// Where a memory stands after an action, and the word for it.
fn acted(tx: &Connection, old: &Subject, action: Action, change: &Change, now: Millis) -> Result<(Standing, Changed)> {
    Ok(match action {
        // What is hidden stays hidden by what hid it first.
        Action::Archive if old.standing != Standing::LIVE => (old.standing.clone(), Changed::Archived),
        Action::Archive => {
            (Standing { archived: Some((now.0, change.reason.clone())), ..Standing::LIVE }, Changed::Archived)
        }
        Action::Restore => (Standing::LIVE, Changed::Restored),
        Action::Supersede(by) => {
            let new = within(tx, by, &change.scope, change.reader)?;
            let standing = old.superseded(tx, &new)?;
            (standing, Changed::Superseded(by))
        }
    })
}

/// The memory, if `scope` shows it and `reader` may see it.
pub(super) fn within(tx: &Connection, id: MemoryId, scope: &Scope, reader: Reader) -> Result<Subject> {
    let seen = |found: &Subject| reader.may_see(found.content.privacy);
    let found = subject(tx, id)?.filter(seen).ok_or(Refusal::Unknown(id))?;
    if let (Scope::Project(key), Some(project)) = (scope, found.project)
        && places::find_project(tx, key)? != Some(project)
    {
        return Err(Refusal::Unknown(id).into());
    }
    Ok(found)
}

impl Subject {
    /// Whether somebody wrote it, so that another one that says the same is one too many.
    pub(super) fn is_written(&self) -> bool {
        matches!(self.origin, Origin::Saved | Origin::Imported)
    }

    /// Writes the state that takes the place of the one that there is; `made` are texts that were cut for it beforehand.
    pub(super) fn becomes(
        &self,
        tx: &Connection,
        (content, standing): (&Content, &Standing),
        (made, meaning): (&[Made], &Meaning),
        why: (Option<&str>, Millis),
    ) -> Result<Vec<Effect>> {
        let effects = self.revise(tx, content, standing, why)?;
        if content.is_found_as(&self.content) {
            return Ok(effects);
        }
        let made_now;
        let text = match made.iter().find(|made| made.content.is_found_as(content)) {
            Some(made) => &made.text,
            // Somebody else changed it between.
            None => {
                made_now = Text::of_content(meaning, content, self.class_as(content.kind));
                &made_now
            }
        };
        // It says where the memory stands as well.
        Ok(vec![self.cut_anew(tx, content, standing.lifecycle(), text)?])
    }

    /// Puts `new` in this one's place.
    fn superseded(&self, tx: &Connection, new: &Self) -> Result<Standing> {
        let (old, by) = (self.id, new.id);
        if old == by {
            return Err(Refusal::Itself(old).into());
        }
        if self.standing.superseded_by == Some(by) {
            return Ok(self.standing.clone());
        }
        if new.stands_for(tx, old)? {
            return Err(Refusal::Cycle { old, new: by }.into());
        }
        if new.standing != Standing::LIVE {
            return Err(Refusal::Hidden(by).into());
        }
        self.may_be_superseded(new.project, new.content.privacy, by)?;
        Ok(Standing { superseded_by: Some(by), ..self.standing.clone() })
    }

    /// Whether a memory of `project` that is seen by those of `privacy` may take this one's place.
    pub(super) fn may_be_superseded(&self, project: Option<i64>, privacy: Privacy, new: MemoryId) -> Result<()> {
        if let Some(by) = self.standing.superseded_by.or(self.standing.aggregated) {
            return Err(Refusal::Superseded { old: self.id, by }.into());
        }
        if project.is_some() && project != self.project {
            return Err(Refusal::OtherProject { old: self.id, new }.into());
        }
        if privacy == Privacy::Private && self.content.privacy == Privacy::Shared {
            return Err(Refusal::Private { old: self.id, new }.into());
        }
        Ok(())
    }

    /// Whether this one was replaced, directly or not, by `other`.
    pub(super) fn stands_for(&self, tx: &Connection, other: MemoryId) -> Result<bool> {
        let found = tx
            .prepare_cached(
                "with recursive chain (id) as (
                    select coalesce(superseded_by, aggregated_into) from memory where seq = ?1
                    union select coalesce(m.superseded_by, m.aggregated_into) from chain join memory m on m.id = chain.id)
                 select exists (select 1 from chain where id = ?2)",
            )?
            .query_row(params![self.seq, other.0.as_bytes()], |row| row.get(0))?;
        Ok(found)
    }
}

/// The memory `old` that a note is to take the place of, if it may.
pub(super) fn replaceable(tx: &Connection, old: MemoryId, new: &Note) -> Result<Subject> {
    let found = subject(tx, old)?.ok_or(Refusal::Unknown(old))?;
    // A project that nobody has heard of is another one than any.
    let of = match &new.project {
        None => None,
        Some(key) => Some(places::find_project(tx, key)?.unwrap_or(0)),
    };
    found.may_be_superseded(of, new.privacy, new.id)?;
    Ok(found)
}

/// Puts `new` in the place of `old`, which [`replaceable`] gave.
pub(super) fn supersede(tx: &Connection, old: &Subject, new: MemoryId, now: Millis) -> Result<Vec<Effect>> {
    let standing = Standing { superseded_by: Some(new), ..old.standing.clone() };
    old.revise(tx, &old.content, &standing, (Some(&superseded_by(new)), now))
}

/// Why a memory is hidden, where nobody said more.
pub(super) fn superseded_by(new: MemoryId) -> String {
    format!("superseded by {new}")
}

/// The live memory that a written one repeats. The hash only finds candidates: equal bytes decide.
pub(super) fn twin(
    tx: &Connection,
    (kind, privacy, project, applies_to, body): (Kind, Privacy, Option<i64>, &str, &str),
    hash: &str,
    but: Option<i64>,
) -> Result<Option<MemoryId>> {
    let found: Option<Vec<u8>> = tx
        .prepare_cached(
            "select id from memory join memory_state using (seq)
             where workspace_id = ?1 and content_hash = ?2 and kind = ?3 and project_id is ?4
               and applies_to = ?5 and body = ?6 and lifecycle = 'live' and seq is not ?7 and private = ?8
             order by seq limit 1",
        )?
        .query_row(
            params![WORKSPACE, hash, kind.as_str(), project, applies_to, body, but, privacy == Privacy::Private],
            |row| row.get(0),
        )
        .optional()?;
    Ok(found.and_then(|bytes| Uuid::from_slice(&bytes).ok()).map(MemoryId))
}
