//! The lifecycle said once more in the simplest way: every memory with all that it ever was, every change with what it touched.
//! It must not know the engine. A refusal is a `None`: which one, the tables of `changes` and `together` say.
//! Invariant: what it answers is what every engine must answer, now and of every moment before.

use quipu_core::change::Pin;
use quipu_core::id::MemoryId;
use quipu_core::memory::Lifecycle;
use quipu_core::outcome::Word;

/// All that a memory is at one time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
    pub(crate) body: String,
    pub(crate) keywords: Vec<String>,
    pub(crate) pin: Pin,
    pub(crate) importance: u8,
    pub(crate) valid_to: Option<i64>,
    pub(crate) superseded_by: Option<MemoryId>,
    pub(crate) aggregated_into: Option<MemoryId>,
    pub(crate) archived: bool,
}

/// A memory with everything that it was, oldest first: since when, and what.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) id: MemoryId,
    pub(crate) project: Option<&'static str>,
    pub(crate) is_said: bool,
    pub(crate) was: Vec<(i64, State)>,
}

/// A change: where, what it is called, which memories with the revision that it made of each.
#[derive(Debug, Clone)]
struct Done {
    project: Option<&'static str>,
    word: Word,
    made: Vec<(MemoryId, usize)>,
}

/// Everything that there is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Life {
    pub(crate) known: Vec<Known>,
    done: Vec<Done>,
}

/// What became of a step: the word, the memory, and its revision.
pub(crate) type Became = (Word, MemoryId, usize);

impl State {
    pub(crate) fn new(body: &str) -> Self {
        Self {
            body: body.to_owned(),
            keywords: Vec::new(),
            pin: Pin::Loose,
            importance: 3,
            valid_to: None,
            superseded_by: None,
            aggregated_into: None,
            archived: false,
        }
    }

    pub(crate) fn lifecycle(&self) -> Lifecycle {
        match self {
            Self { superseded_by: Some(_), .. } => Lifecycle::Superseded,
            Self { aggregated_into: Some(_), .. } => Lifecycle::Aggregated,
            Self { archived: true, .. } => Lifecycle::Archived,
            _ => Lifecycle::Live,
        }
    }

    pub(crate) fn holds(&self, at: i64) -> bool {
        self.valid_to.is_none_or(|to| at < to)
    }

    fn shown(self) -> Self {
        Self { superseded_by: None, aggregated_into: None, archived: false, ..self }
    }
}

impl Known {
    pub(crate) fn now(&self) -> &State {
        &self.was.last().unwrap().1
    }
}

impl Life {
    fn of(&self, id: MemoryId) -> Option<&Known> {
        self.known.iter().find(|known| known.id == id)
    }

    /// Another state of a memory; its revision then.
    fn become_(&mut self, id: MemoryId, state: State, now: i64) -> (MemoryId, usize) {
        let known = self.known.iter_mut().find(|known| known.id == id).unwrap();
        known.was.push((now, state));
        (id, known.was.len())
    }

    fn done(&mut self, project: Option<&'static str>, word: Word, made: Vec<(MemoryId, usize)>) {
        self.done.push(Done { project, word, made });
    }

    /// Another live note of the same project with the same text.
    fn twin(&self, project: Option<&str>, body: &str, but: Option<MemoryId>) -> Option<MemoryId> {
        let is = |known: &&Known| {
            !known.is_said
                && known.project == project
                && known.now().body == body
                && known.now().lifecycle() == Lifecycle::Live
                && Some(known.id) != but
        };
        self.known.iter().find(is).map(|known| known.id)
    }

    /// Whether a memory of `project` may take this one's place.
    fn may_be_replaced(&self, id: MemoryId, project: Option<&str>) -> Option<()> {
        let old = self.of(id)?;
        let is_free = old.now().superseded_by.is_none() && old.now().aggregated_into.is_none();
        (is_free && (project.is_none() || project == old.project)).then_some(())
    }

    /// Whether `id` stands, by however many steps, behind `other`.
    fn stands_behind(&self, id: MemoryId, other: MemoryId) -> bool {
        let mut at = id;
        for _ in 0..=self.known.len() {
            let Some(known) = self.of(at) else { return false };
            match known.now().superseded_by.or(known.now().aggregated_into) {
                Some(next) if next == other => return true,
                Some(next) => at = next,
                None => return false,
            }
        }
        false
    }

    pub(crate) fn said(&mut self, id: MemoryId, project: &'static str, body: &str, now: i64) {
        let was = vec![(now, State::new(body))];
        self.known.push(Known { id, project: Some(project), is_said: true, was });
    }

    pub(crate) fn save(
        &mut self,
        (id, project): (MemoryId, Option<&'static str>),
        state: State,
        supersedes: Option<MemoryId>,
        now: i64,
    ) -> Option<Became> {
        if let Some(old) = supersedes {
            self.may_be_replaced(old, project)?;
        }
        let twin = self.twin(project, &state.body, None);
        let by = match twin {
            Some(of) if supersedes.is_none_or(|old| old == of) => return Some((Word::Duplicate, of, 0)),
            Some(of) => of,
            None => {
                self.known.push(Known { id, project, is_said: false, was: vec![(now, state)] });
                id
            }
        };
        let mut made = if twin.is_none() { vec![(id, 1)] } else { vec![] };
        let word = if supersedes.is_some() { Word::Superseded } else { Word::Stored };
        let mut home = project;
        if let Some(old) = supersedes {
            home = if twin.is_none() { project } else { self.of(old)?.project };
            let state = State { superseded_by: Some(by), ..self.of(old)?.now().clone() };
            made.push(self.become_(old, state, now));
        }
        self.done(home, word, made);
        Some((word, by, 0))
    }

    /// An edit, or an action, of one memory: `word` is what it would be called.
    pub(crate) fn change(&mut self, id: MemoryId, word: Word, state: State, now: i64) -> Option<Became> {
        let old = self.of(id)?;
        let (before, project, is_said) = (old.now().clone(), old.project, old.is_said);
        if is_said && state.body != before.body {
            return None;
        }
        if state == before {
            return Some((Word::Unchanged, id, old.was.len()));
        }
        let shows = state.lifecycle() == Lifecycle::Live;
        let is_new = before.lifecycle() != Lifecycle::Live || state.body != before.body;
        if shows && is_new && !is_said && self.twin(project, &state.body, Some(id)).is_some() {
            return None;
        }
        let made = self.become_(id, state, now);
        self.done(project, word, vec![made]);
        Some((word, id, made.1))
    }

    pub(crate) fn archive(&mut self, id: MemoryId, now: i64) -> Option<Became> {
        let state = self.of(id)?.now().clone();
        let state = if state.lifecycle() == Lifecycle::Live { State { archived: true, ..state } } else { state };
        self.change(id, Word::Archived, state, now)
    }

    pub(crate) fn restore(&mut self, id: MemoryId, now: i64) -> Option<Became> {
        let state = self.of(id)?.now().clone().shown();
        self.change(id, Word::Restored, state, now)
    }

    pub(crate) fn supersede(&mut self, id: MemoryId, by: MemoryId, now: i64) -> Option<Became> {
        let state = self.of(id)?.now().clone();
        let new = self.of(by)?;
        if id == by {
            return None;
        }
        if state.superseded_by != Some(by) {
            if self.stands_behind(by, id) || new.now().lifecycle() != Lifecycle::Live {
                return None;
            }
            self.may_be_replaced(id, new.project)?;
        }
        self.change(id, Word::Superseded, State { superseded_by: Some(by), ..state }, now)
    }

    pub(crate) fn merge(
        &mut self,
        keep: MemoryId,
        others: &[MemoryId],
        text: Option<&str>,
        now: i64,
    ) -> Option<Became> {
        let kept = self.of(keep)?.clone();
        let is_named_once = others.iter().enumerate().all(|(n, id)| *id != keep && !others[..n].contains(id));
        if kept.now().lifecycle() != Lifecycle::Live || !is_named_once {
            return None;
        }
        let mut state = kept.now().clone();
        for id in others {
            self.may_be_replaced(*id, kept.project)?;
            for word in &self.of(*id)?.now().keywords {
                if !state.keywords.contains(word) {
                    state.keywords.push(word.clone());
                }
            }
        }
        if let Some(text) = text {
            state.body = text.to_owned();
        }
        if kept.is_said && state.body != kept.now().body {
            return None;
        }
        let after = {
            let mut after = self.clone();
            let mut made = Vec::new();
            for id in others {
                let behind = State { superseded_by: Some(keep), ..after.of(*id)?.now().clone() };
                made.push(after.become_(*id, behind, now));
            }
            if state != *kept.now() {
                if !kept.is_said && after.twin(kept.project, &state.body, Some(keep)).is_some() {
                    return None;
                }
                made.insert(0, after.become_(keep, state, now));
            }
            after.done(kept.project, Word::Merged, made);
            after
        };
        *self = after;
        Some((Word::Merged, keep, self.of(keep)?.was.len()))
    }

    pub(crate) fn aggregate(
        &mut self,
        (id, project): (MemoryId, Option<&'static str>),
        members: &[MemoryId],
        text: &str,
        now: i64,
    ) -> Option<Became> {
        for (n, member) in members.iter().enumerate() {
            self.may_be_replaced(*member, project)?;
            if members[..n].contains(member) {
                return None;
            }
        }
        if self.twin(project, text, None).is_some() {
            return None;
        }
        self.known.push(Known { id, project, is_said: false, was: vec![(now, State::new(text))] });
        let mut made = vec![(id, 1)];
        for member in members {
            let state = State { aggregated_into: Some(id), ..self.of(*member)?.now().clone() };
            made.push(self.become_(*member, state, now));
        }
        self.done(project, Word::Aggregated, made);
        Some((Word::Aggregated, id, 1))
    }

    /// Of this memory, or the last in this project (or in none), or the last of all.
    pub(crate) fn undo(&mut self, of: Option<MemoryId>, within: Option<&str>, now: i64) -> Option<Became> {
        let done = match of {
            Some(id) => {
                let at = (id, self.of(id)?.was.len());
                self.done.iter().find(|done| done.made.contains(&at))?.clone()
            }
            None => {
                let is_there = |done: &&Done| within.is_none() || done.project.is_none() || done.project == within;
                self.done.iter().rev().find(is_there)?.clone()
            }
        };
        let mut after = self.clone();
        let mut made = Vec::new();
        for (id, revision) in &done.made {
            let known = self.of(*id)?;
            if known.was.len() != *revision || within.is_some_and(|p| known.project.is_some_and(|own| own != p)) {
                return None;
            }
            let before = match revision {
                1 => State { archived: true, ..known.now().clone() },
                _ => known.was[revision - 2].1.clone(),
            };
            made.push(after.become_(*id, before, now));
        }
        for (id, _) in &made {
            let known = after.of(*id)?;
            let is_twin = !known.is_said
                && known.now().lifecycle() == Lifecycle::Live
                && after.twin(known.project, &known.now().body, Some(*id)).is_some();
            if is_twin || after.stands_behind(*id, *id) {
                return None;
            }
        }
        let first = made.iter().find(|(id, _)| Some(*id) == of).or(made.first())?;
        let became = (Word::Undone, first.0, first.1);
        debug_assert!(done.word != Word::Unchanged);
        after.done(done.project, Word::Undone, made);
        *self = after;
        Some(became)
    }
}
