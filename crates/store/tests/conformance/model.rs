//! The rules of the store, said once more in the simplest way: a list of memories and a map of merged projects.
//! It must not know the engine.
//! Invariant: what it answers is what every engine must answer.

use std::collections::{BTreeMap, BTreeSet};

use quipu_core::id::{EventId, MemoryId};
use quipu_core::kind::Kind;
use quipu_core::memory::Note;
use quipu_core::outcome::Outcome;
use quipu_store::write::{Applied, HookTurn, ReadyTurn, TurnCounts};

/// A memory as far as the model cares.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) id: MemoryId,
    pub(crate) kind: Kind,
    pub(crate) body: String,
    pub(crate) project: Option<String>,
    pub(crate) at: i64,
    pub(crate) title: Option<String>,
    pub(crate) keywords: Vec<String>,
    pub(crate) pinned: bool,
    pub(crate) revision: u32,
    /// Hidden, and by whom.
    pub(crate) archived: Option<By>,
    pub(crate) superseded_by: Option<MemoryId>,
    pub(crate) applies_to: String,
    session: Option<String>,
    hook_key: Option<String>,
    provisional: bool,
}

/// Who archived a memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Somebody, on purpose.
    Somebody,
    /// The transcript, which told it in other words.
    Transcript,
}

impl Kept {
    fn new(id: MemoryId, kind: Kind, body: &str, project: Option<String>, at: i64) -> Self {
        Self {
            id,
            kind,
            body: body.to_owned(),
            project,
            at,
            title: None,
            keywords: Vec::new(),
            pinned: false,
            revision: 1,
            archived: None,
            superseded_by: None,
            applies_to: "global".into(),
            session: None,
            hook_key: None,
            provisional: false,
        }
    }

    pub(crate) fn is_live(&self) -> bool {
        self.archived.is_none() && self.superseded_by.is_none()
    }
}

/// Everything that was written.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) kept: Vec<Kept>,
    /// Every project's key with the one it stands for.
    pub(crate) projects: BTreeMap<String, String>,
    records: BTreeSet<String>,
    events: BTreeMap<EventId, Applied>,
}

impl Model {
    /// The first outcome of `event`, or what `write` makes of it.
    pub(crate) fn once(&mut self, event: EventId, write: impl FnOnce(&mut Self) -> Option<Applied>) -> Option<Applied> {
        if let Some(first) = self.events.get(&event) {
            return Some(first.clone());
        }
        let applied = write(self)?;
        self.events.insert(event, applied.clone());
        Some(applied)
    }

    /// The project `key` stands for, made if it is new.
    fn project(&mut self, key: &str) -> String {
        self.projects.entry(key.to_owned()).or_insert_with(|| key.to_owned()).clone()
    }

    /// `None` when it is refused.
    pub(crate) fn note(&mut self, note: &Note) -> Option<Applied> {
        let wanted = note.project.as_ref().map(|p| self.projects.get(&p.0).unwrap_or(&p.0).clone());
        let old = match note.supersedes {
            Some(old) => {
                let old = self.kept.iter().find(|k| k.id == old)?;
                if old.superseded_by.is_some() || wanted.is_some() && wanted != old.project {
                    return None;
                }
                Some(old.id)
            }
            None => None,
        };
        let twin = self.kept.iter().find(|k| {
            (&k.body, k.kind, &k.project, &k.applies_to) == (&note.body, note.kind, &wanted, &note.applies_to)
                && k.is_live()
        });
        let by = match twin.map(|twin| twin.id) {
            Some(of) if old.is_none_or(|old| old == of) => return Some(Applied::Memory(Outcome::Duplicate { of })),
            Some(of) => of,
            None if self.kept.iter().any(|k| k.id == note.id) => {
                return Some(Applied::Memory(Outcome::Rejected(String::new())));
            }
            None => {
                let project = note.project.as_ref().map(|p| self.project(&p.0));
                self.kept.push(Kept {
                    title: note.title.clone(),
                    applies_to: note.applies_to.clone(),
                    ..Kept::new(note.id, note.kind, &note.body, project, note.occurred_at.0)
                });
                note.id
            }
        };
        Some(Applied::Memory(match old {
            None => Outcome::Stored(by),
            Some(old) => {
                let k = self.kept.iter_mut().find(|k| k.id == old)?;
                (k.superseded_by, k.revision) = (Some(by), k.revision + 1);
                Outcome::Superseded { by, old }
            }
        }))
    }

    pub(crate) fn turns(&mut self, turns: &[ReadyTurn]) -> Applied {
        let mut counts = TurnCounts::default();
        for ready in turns {
            let turn = &ready.turn;
            if !self.records.insert(turn.source_id.clone()) {
                counts.duplicate += 1;
                continue;
            }
            let project = Some(self.project(&ready.project.0));
            let session = Some(turn.session.clone());
            let carried = self.kept.iter_mut().find(|k| {
                k.provisional
                    && k.archived != Some(By::Transcript)
                    && (&k.session, k.kind, &k.body) == (&session, turn.kind, &turn.body)
            });
            if let Some(carried) = carried {
                counts.merged += 1;
                carried.provisional = false;
                carried.at = turn.occurred_at.0;
                carried.project = project;
                continue;
            }
            counts.stored += 1;
            let new = Kept::new(ready.id, turn.kind, &turn.body, project, turn.occurred_at.0);
            self.kept.push(Kept { session, ..new });
        }
        // What hooks carried before the newest record, a minute or more, the transcript tells in other words.
        if let Some(last) = turns.last() {
            let (session, reached) = (Some(&last.turn.session), last.turn.occurred_at.0 - 30_000);
            for k in self.kept.iter_mut().filter(|k| k.provisional && k.session.as_ref() == session && k.at < reached) {
                k.archived = k.archived.or(Some(By::Transcript));
            }
        }
        Applied::Turns(counts)
    }

    pub(crate) fn hook(&mut self, hook: &HookTurn) -> Applied {
        if let Some(k) = self.kept.iter().find(|k| k.hook_key.as_deref() == Some(&hook.key)) {
            return Applied::Memory(Outcome::Duplicate { of: k.id });
        }
        let project = Some(self.project(&hook.project.0));
        let session = Some(hook.session.id.clone());
        let told = self.kept.iter_mut().find(|k| {
            !k.provisional && k.hook_key.is_none() && (&k.session, k.kind, &k.body) == (&session, hook.kind, &hook.body)
        });
        if let Some(told) = told {
            told.hook_key = Some(hook.key.clone());
            return Applied::Memory(Outcome::Duplicate { of: told.id });
        }
        let new = Kept::new(hook.id, hook.kind, &hook.body, project, hook.at.0);
        self.kept.push(Kept { session, hook_key: Some(hook.key.clone()), provisional: true, ..new });
        Applied::Memory(Outcome::Stored(hook.id))
    }

    /// `None` when there is no such project.
    pub(crate) fn merge(&mut self, old: &str, new: &str) -> Option<Applied> {
        let from = self.projects.get(old)?.clone();
        let to = self.project(new);
        let mut moved = 0;
        if from != to {
            self.projects.values_mut().filter(|root| **root == from).for_each(|root| *root = to.clone());
            for k in self.kept.iter_mut().filter(|k| k.project.as_ref() == Some(&from)) {
                k.project = Some(to.clone());
                moved += 1;
            }
        }
        Some(Applied::Count(moved))
    }

    /// Live memories that a scope shows: those of `project` and of none; of all without one.
    pub(crate) fn shown(&self, project: Option<&str>) -> impl Iterator<Item = &Kept> {
        let root = project.map(|p| self.projects.get(p).cloned().unwrap_or_else(|| p.to_owned()));
        self.kept.iter().filter(move |k| k.is_live() && (root.is_none() || k.project.is_none() || k.project == root))
    }
}
