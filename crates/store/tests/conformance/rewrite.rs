//! The rules of changing a memory, said once more in the simplest way, on the model's list.
//! It must not know the engine.
//! Invariant: what it answers is what every engine must answer; `None` where the engine refuses.

use quipu_core::change::{Action, NewText, Pin};
use quipu_core::outcome::Changed;
use quipu_store::read::Scope;
use quipu_store::write::{Applied, Change};

use super::model::{By, Kept, Model};

impl Model {
    pub(crate) fn change(&mut self, change: &Change) -> Option<Applied> {
        let shown = |k: &&Kept| match &change.scope {
            Scope::All => true,
            Scope::Project(key) => k.project.is_none() || k.project.as_ref() == self.projects.get(&key.0),
        };
        let find = |id| self.kept.iter().filter(shown).find(|k| k.id == id);
        let old = find(change.id)?;
        if change.if_revision.is_some_and(|expected| expected != old.revision) {
            return None;
        }
        let mut new = edited(old, change)?;
        let mut what = Changed::Edited;
        match change.action {
            None => {}
            Some(Action::Archive) => {
                what = Changed::Archived;
                if old.is_live() {
                    new.archived = Some(By::Somebody);
                }
            }
            Some(Action::Restore) => {
                what = Changed::Restored;
                (new.archived, new.superseded_by) = (None, None);
            }
            Some(Action::Supersede(by)) => {
                what = Changed::Superseded(by);
                let stands = find(by)?;
                let is_elsewhere = stands.project.is_some() && stands.project != old.project;
                let is_done = old.superseded_by == Some(by);
                if by == old.id || !is_done && (!stands.is_live() || is_elsewhere || old.superseded_by.is_some()) {
                    return None;
                }
                new.superseded_by = Some(by);
            }
        }
        let told = |what, revision| Some(Applied::Changed { id: old.id, what, revision });
        let all =
            |k: &Kept| (k.kind, k.title.clone(), k.applies_to.clone(), k.keywords.clone(), k.body.clone(), k.pinned);
        if all(old) == all(&new) && (old.archived, old.superseded_by) == (new.archived, new.superseded_by) {
            return told(Changed::Unchanged, old.revision);
        }
        let says = |k: &Kept| (k.kind, k.applies_to.clone(), k.body.clone(), k.project.clone());
        let is_new = !old.is_live() || says(old) != says(&new);
        let is_twin = |k: &Kept| k.id != new.id && k.is_live() && says(k) == says(&new);
        if new.is_written() && new.is_live() && is_new && self.kept.iter().any(is_twin) {
            return None;
        }
        new.revision += 1;
        let answer = told(what, new.revision);
        let place = self.kept.iter().position(|k| k.id == new.id)?;
        self.kept[place] = new;
        answer
    }
}

/// The same after the edit; `None` where a captured turn would say something else.
fn edited(old: &Kept, change: &Change) -> Option<Kept> {
    let (mut new, edit) = (old.clone(), &change.edit);
    match &edit.text {
        Some(NewText::Instead(text)) => new.body.clone_from(text),
        Some(NewText::Behind(text)) => new.body = format!("{}\n\n{text}", old.body),
        None => {}
    }
    if let Some(title) = &edit.title {
        new.title = Some(title.clone()).filter(|title| !title.is_empty());
    }
    new.kind = edit.kind.unwrap_or(old.kind);
    new.applies_to = edit.applies_to.clone().unwrap_or(new.applies_to);
    let is_same =
        (&new.body, &new.title, new.kind, &new.applies_to) == (&old.body, &old.title, old.kind, &old.applies_to);
    if !old.is_written() && !is_same {
        return None;
    }
    new.keywords.extend(edit.add.iter().filter(|word| !old.keywords.contains(word)).cloned());
    new.keywords.retain(|word| !edit.remove.contains(word));
    new.pinned = edit.pin.map_or(old.pinned, |pin| pin == Pin::Pinned);
    Some(new)
}

impl Kept {
    /// The walk writes notes of these kinds only.
    fn is_written(&self) -> bool {
        self.kind.is_written()
    }
}
