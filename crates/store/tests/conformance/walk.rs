//! Two thousand operations by chance, each answered as the model answers it, and everything found as the model has it.
//! It must not know rules: those are the model's. `QUIPU_TEST_SEED` walks one way again.

use quipu_core::id::{EventId, MemoryId};
use quipu_core::kind::Kind;
use quipu_core::memory::{Note, ProjectKey};
use quipu_core::outcome::Outcome;
use quipu_store::StoreError;
use quipu_store::read::{Neighbours, Scope, SearchQuery, TimelineQuery};
use quipu_store::write::{Applied, HookTurn, Lane, Write};

use super::model::Model;
use super::random::{Random, WORDS};
use super::ranking::{Ranking, difference, ranking};
use super::tape::Tape;
use super::world::{ENGINES, World, event_of, id_of, note, project, query};

const OPERATIONS: usize = 2_000;
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
                0..30 => self.note(step),
                30..45 => self.turns(step),
                45..60 => self.hook(step),
                60..65 => self.merge(step),
                65..75 => self.again(step),
                75..93 => self.search(step),
                93..97 => self.lists(step),
                97..99 => self.w.settle(),
                _ => self.w.reopen(),
            }
        }
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
            Write::Note(note) => Some(model.note(note)),
            Write::Turns(batch) => Some(model.turns(&batch.turns)),
            Write::Hook(hook) => Some(model.hook(hook)),
            Write::MergeProjects { old, new } => model.merge(&old.0, &new.0),
            other => panic!("the walk does not write {other:?}"),
        });
        match (found, expected) {
            (Ok(Applied::Memory(Outcome::Rejected(_))), Some(Applied::Memory(Outcome::Rejected(_)))) => {}
            (Ok(found), Some(expected)) => assert_eq!(found, expected, "step {step}: {write:?}"),
            (Err(StoreError::NoSuchProject(_)), None) => {}
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
        let note = Note { id: id_of(&format!("note{name}")), project, kind, ..note(&body) };
        self.write(step, event_of(&format!("event{step}")), Write::Note(Box::new(note)));
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
        let mut expected: Vec<MemoryId> =
            shown.filter(|k| k.body.split(' ').any(|w| w == word)).map(|k| k.id).collect();
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
        let mut page: Vec<_> = self.w.page(&of(key.clone()), None, 10_000).unwrap().iter().map(line).collect();
        page.sort();
        assert!(page == expected, "step {step}: the page of {key:?}");
        let timeline = TimelineQuery {
            scope: of(key.clone()),
            around: None,
            before: None,
            session: None,
            kinds: Vec::new(),
            since: None,
            until: None,
            limit: 10_000,
        };
        let timeline: Vec<_> = self.w.timeline(&timeline).unwrap().iter().map(line).collect();
        assert!(timeline.windows(2).all(|w| w[0].0 <= w[1].0), "step {step}");
        let mut timeline = timeline;
        timeline.sort();
        assert!(timeline == expected, "step {step}: the timeline of {key:?}");
        let known: Vec<_> = self.w.projects().unwrap().into_iter().map(|row| row.key.0).collect();
        assert!(known.iter().all(|key| self.model.projects.get(key) == Some(key)), "step {step}: {known:?}");
    }
}

fn of(key: Option<ProjectKey>) -> Scope {
    key.map_or(Scope::All, Scope::Project)
}
