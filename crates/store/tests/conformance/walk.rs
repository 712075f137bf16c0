//! Three thousand operations by chance, each answered as the model answers it, and everything found as the model has it.
//! It must not know rules: those are the model's. `QUIPU_TEST_SEED` walks one way again.

use quipu_core::change::{Action, Edit, NewText, Pin};
use quipu_core::id::{EventId, MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Note, ProjectKey};
use quipu_core::outcome::Outcome;
use quipu_core::scope::{Reader, Viewer};
use quipu_store::StoreError;
use quipu_store::read::{Neighbours, PageQuery, Scope, SearchQuery, States, TimelineQuery};
use quipu_store::write::{Applied, Change, HookTurn, Lane, Write};

use super::model::{By, Kept, Model};
use super::random::{Random, WORDS};
use super::ranking::{Ranking, difference, ranking};
use super::tape::Tape;
use super::world::{ENGINES, START, World, event_of, id_of, note, project, query, session};

const OPERATIONS: usize = 3_000;
const RECORDS: usize = 120;
const PROJECTS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

struct Walk {
    w: World,
    model: Model,
    random: Random,
    tapes: Vec<Tape>,
    /// How far each tape was read, by itself and through a copy of it.
    read: Vec<[usize; 2]>,
    /// Writes that may come again.
    done: Vec<(EventId, Write)>,
}

#[test]
fn by_chance() {
    let seeds = match std::env::var("QUIPU_TEST_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => vec![20_260_101],
    };
    for (name, opener) in ENGINES {
        for seed in &seeds {
            // Shown when the test fails.
            println!("engine {name}, QUIPU_TEST_SEED={seed}");
            Walk::new(World::new(*opener), *seed).walk();
        }
    }
}

impl Walk {
    fn new(w: World, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let tapes: Vec<Tape> = (0..6)
            .map(|t| {
                let start = Tape::new(&format!("session{t}")).of_project(PROJECTS[t % 4]);
                (0..RECORDS).fold(start, |tape, n| {
                    let kind = *random.of(&[Kind::Prompt, Kind::Answer, Kind::Thought, Kind::Checkpoint]);
                    tape.say(kind, &format!("{} record{t}x{n}", random.words(3)))
                })
            })
            .collect();
        let read = vec![[0; 2]; tapes.len()];
        Self { w, model: Model::default(), random, tapes, read, done: Vec::new() }
    }

    fn walk(mut self) {
        for step in 0..OPERATIONS {
            match self.random.below(100) {
                0..20 => self.note(step),
                20..35 => self.change(step),
                35..45 => self.turns(step),
                45..60 => self.hook(step),
                60..65 => self.merge(step),
                65..75 => self.again(step),
                75..93 => self.search(step),
                93..97 => self.lists(step),
                97..99 => self.w.settle(),
                _ => self.w.reopen(),
            }
        }
        let of = |what: fn(&Kept) -> bool| self.model.kept.iter().filter(|k| what(k)).count();
        let reached = [
            of(|k| k.revision > 3),
            of(|k| k.superseded_by.is_some()),
            of(|k| k.archived == Some(By::Somebody) && !k.kind.is_written()),
            of(|k| k.is_live() && k.revision > 2),
            of(|k| k.title.is_some()),
        ];
        assert!(reached.iter().all(|count| *count >= 3), "the walk did not come everywhere: {reached:?}");
        let kept_in_memory = self.rankings();
        for round in 0..2 {
            for word in WORDS {
                self.compare_search(word, None, OPERATIONS + round);
            }
            self.lists(OPERATIONS + round);
            self.w.reopen();
        }
        // What changed step by step in memory ends as what is read back from the rows, neighbours included.
        for ((kept, read), word) in kept_in_memory.iter().zip(self.rankings()).zip(WORDS) {
            assert_eq!(difference(&read, kept), None, "{word} after reopening");
        }
    }

    fn rankings(&self) -> Vec<Ranking> {
        let of = |word: &str| SearchQuery { limit: 5_000, neighbours: Neighbours::Load, ..query(word) };
        WORDS.map(|word| ranking(&*self.w, &of(word))).into()
    }

    /// Writes, and compares what became of it with what the model says.
    fn write(&mut self, step: usize, event: EventId, write: Write) {
        let lane = if self.random.below(4) == 0 { Lane::Bulk } else { Lane::Interactive };
        let found = self.w.write(Some(event), write.clone(), lane, self.w.now());
        let expected = self.model.once(event, |model| match &write {
            Write::Note(note) => model.note(note),
            Write::Change(change) => model.change(change),
            Write::Turns(batch) => Some(model.turns(&batch.turns)),
            Write::Hook(hook) => Some(model.hook(hook)),
            Write::MergeProjects { old, new } => model.merge(&old.0, &new.0),
            other => panic!("the walk does not write {other:?}"),
        });
        match (found, expected) {
            (Ok(Applied::Memory(Outcome::Rejected(_))), Some(Applied::Memory(Outcome::Rejected(_)))) => {}
            (Ok(found), Some(expected)) => assert_eq!(found, expected, "step {step}: {write:?}"),
            (Err(StoreError::NoSuchProject(_) | StoreError::Refused(_)), None) => {}
            (found, expected) => panic!("step {step}: {found:?} instead of {expected:?}: {write:?}"),
        }
        self.done.push((event, write));
    }

    fn note(&mut self, step: usize) {
        let project = match self.random.below(8) {
            n @ 0..6 => Some(project(PROJECTS[n])),
            _ => None,
        };
        // Now and then the id of an earlier note.
        let name = if self.random.below(10) == 0 { self.random.below(step + 1) } else { step };
        let kind = *self.random.of(&[Kind::Insight, Kind::Risk]);
        let body = self.random.words(2);
        let session = (self.random.below(4) == 0).then(|| session(&self.tapes[self.random.below(6)].session));
        let supersedes = if self.random.below(6) == 0 { self.any() } else { None };
        let note = Note { id: id_of(&format!("note{name}")), project, kind, session, supersedes, ..note(&body) };
        self.write(step, event_of(&format!("event{step}")), Write::Note(Box::new(note)));
    }

    /// A memory that is there; more often a note, for there is more to be changed of it.
    fn any(&mut self) -> Option<MemoryId> {
        let is_note = self.random.below(3) > 0;
        let kept: Vec<MemoryId> =
            self.model.kept.iter().filter(|k| !is_note || k.kind.is_written()).map(|k| k.id).collect();
        (!kept.is_empty()).then(|| *self.random.of(&kept))
    }

    fn change(&mut self, step: usize) {
        let (Some(id), Some(other)) = (self.any(), self.any()) else { return };
        let id = if self.random.below(20) == 0 { id_of("nobody") } else { id };
        let at = self.model.kept.iter().find(|k| k.id == id).map_or(1, |k| k.revision);
        let mut edit = Edit::default();
        let action = match self.random.below(12) {
            0..2 => Some(Action::Archive),
            2..4 => Some(Action::Restore),
            4..6 => Some(Action::Supersede(other)),
            _ => None,
        };
        let text = self.random.words(2);
        match self.random.below(8) {
            0..3 => edit.text = Some(NewText::Instead(text)),
            3 => edit.text = Some(NewText::Behind(text)),
            4 => edit.title = Some(if self.random.below(3) == 0 { String::new() } else { text }),
            5 => edit.kind = Some(*self.random.of(&[Kind::Insight, Kind::Risk])),
            6 => edit.add = vec![self.random.word().to_owned()],
            _ => edit.pin = Some(*self.random.of(&[Pin::Pinned, Pin::Loose])),
        }
        if action.is_some() && self.random.below(3) > 0 {
            edit = Edit::default();
        }
        edit.remove = (self.random.below(6) == 0).then(|| self.random.word().to_owned()).into_iter().collect();
        let scope = of((self.random.below(4) == 0).then(|| project(PROJECTS[self.random.below(6)])));
        let if_revision = (self.random.below(4) == 0).then(|| at + u32::from(self.random.below(3) == 0));
        let change = Change { id, scope, reader: Reader::Person, if_revision, edit, action, reason: None };
        self.write(step, event_of(&format!("event{step}")), Write::Change(Box::new(change)));
    }

    fn turns(&mut self, step: usize) {
        let t = self.random.below(self.tapes.len());
        let copy = usize::from(self.random.below(5) == 0);
        let from = self.read[t][copy];
        let to = (from + 1 + self.random.below(6)).min(RECORDS);
        if from == to {
            return;
        }
        self.read[t][copy] = to;
        let mut tape = self.tapes[t].clone();
        if copy == 1 {
            tape.path = format!("/home/dev/resumed{t}.jsonl").into();
        }
        let mut batch = tape.slice(from, to);
        if copy == 1 {
            batch.turns.iter_mut().for_each(|ready| ready.id = id_of(&format!("copy of {}", ready.turn.source_id)));
        }
        self.write(step, event_of(&format!("event{step}")), Write::Turns(Box::new(batch)));
    }

    fn hook(&mut self, step: usize) {
        let t = self.random.below(self.tapes.len());
        let n = (self.read[t][0].saturating_sub(3) + self.random.below(6)).min(RECORDS - 1);
        let mut hook = self.tapes[t].hook(n);
        if self.random.below(4) == 0 {
            // In words that the transcript does not use.
            hook = HookTurn { body: format!("{} ghost", hook.body), key: format!("{} ghost", hook.key), ..hook };
            hook.id = id_of(&hook.key);
        }
        self.write(step, event_of(&format!("event{step}")), Write::Hook(Box::new(hook)));
    }

    fn merge(&mut self, step: usize) {
        let (old, new) = (*self.random.of(&PROJECTS), *self.random.of(&PROJECTS));
        // Rarely: six projects are soon one.
        if step.is_multiple_of(7) || self.random.below(6) == 0 {
            let write = Write::MergeProjects { old: project(old), new: project(new) };
            self.write(step, event_of(&format!("event{step}")), write);
        }
    }

    /// A client that had no answer tries again: the same event, word for word.
    fn again(&mut self, step: usize) {
        if !self.done.is_empty() {
            let at = self.random.below(self.done.len());
            let (event, write) = self.done[at].clone();
            self.write(step, event, write);
        }
    }

    fn search(&mut self, step: usize) {
        let word = self.random.word();
        let scope = if self.random.below(3) == 0 { None } else { Some(*self.random.of(&PROJECTS)) };
        self.compare_search(word, scope, step);
    }

    fn compare_search(&self, word: &str, scope: Option<&str>, step: usize) {
        let key = scope.map(project);
        let q = SearchQuery { scope: of(key.clone()), limit: 5_000, ..query(word) };
        let hits = self.w.search(&q).unwrap().hits;
        assert!(hits.windows(2).all(|w| w[0].score >= w[1].score), "step {step}: {word} {scope:?} is out of order");
        let mut found: Vec<MemoryId> = hits.iter().filter(|h| h.own > 0.0).map(|h| h.memory.id).collect();
        let shown = self.model.shown(key.as_ref().map(|k| k.0.as_str()));
        let mut expected: Vec<MemoryId> = shown
            .filter(|k| holds(&k.body, word) || k.title.as_ref().is_some_and(|t| holds(t, word)))
            .map(|k| k.id)
            .collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "step {step}: {word} in {scope:?}");
    }

    fn lists(&mut self, step: usize) {
        let key = (self.random.below(2) == 0).then(|| project(PROJECTS[self.random.below(6)]));
        let mut expected: Vec<(i64, MemoryId)> =
            self.model.shown(key.as_ref().map(|k| k.0.as_str())).map(|k| (k.at, k.id)).collect();
        expected.sort();
        let line = |m: &quipu_core::memory::Memory| (m.occurred_at.0, m.id);
        let mut page: Vec<_> =
            self.w.page(&PageQuery::live(of(key.clone()), None, 10_000)).unwrap().iter().map(line).collect();
        page.sort();
        assert!(page == expected, "step {step}: the page of {key:?}");
        let timeline = TimelineQuery {
            scope: of(key.clone()),
            around: None,
            before: None,
            session: None,
            kinds: Vec::new(),
            files: Vec::new(),
            since: None,
            until: None,
            limit: 10_000,
            viewer: Viewer::PERSON,
            states: States::Live,
            now: Millis(START),
            as_of: None,
        };
        let timeline: Vec<_> = self.w.timeline(&timeline).unwrap().iter().map(line).collect();
        assert!(timeline.windows(2).all(|w| w[0].0 <= w[1].0), "step {step}");
        let mut timeline = timeline;
        timeline.sort();
        assert!(timeline == expected, "step {step}: the timeline of {key:?}");
        for k in self.model.kept.iter().filter(|_| self.random.below(20) == 0) {
            let memory = self.w.memory(k.id).unwrap().unwrap();
            let state = (memory.revision, &memory.keywords, memory.pin == Pin::Pinned, memory.superseded_by);
            assert_eq!(state, (k.revision, &k.keywords, k.pinned, k.superseded_by), "step {step}: {k:?}");
            assert_eq!((&memory.body, &memory.title), (&k.body, &k.title), "step {step}");
            assert_eq!(memory.archived_at.is_some(), k.archived.is_some(), "step {step}: {k:?}");
            let numbers: Vec<u32> = self.w.history(k.id).unwrap().iter().map(|revision| revision.number).collect();
            assert_eq!(numbers, (1..=k.revision).rev().collect::<Vec<_>>(), "step {step}");
        }
        let check = self.w.check().unwrap();
        assert!(check.without_row == 0 && check.integrity.is_empty(), "step {step}: {check:?}");
        let known: Vec<_> = self.w.projects().unwrap().into_iter().map(|row| row.key.0).collect();
        assert!(known.iter().all(|key| self.model.projects.get(key) == Some(key)), "step {step}: {known:?}");
    }
}

fn holds(text: &str, word: &str) -> bool {
    text.split_whitespace().any(|other| other == word)
}

fn of(key: Option<ProjectKey>) -> Scope {
    key.map_or(Scope::All, Scope::Project)
}
