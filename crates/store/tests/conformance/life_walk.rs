//! All that can become of memories, by chance: each step answered as the model answers it, everything there as the model has
//! it, and every moment of the past as the model had it then. What fails is made small before it is shown.
//! It must not know rules: those are `life_model`'s. `QUIPU_TEST_SEED` walks one way again.

use quipu_core::change::{Action, Edit, NewText, Pin};
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, Memory, Note};
use quipu_core::outcome::{Outcome, Word};
use quipu_core::scope::{Reader, Viewer};
use quipu_core::standing::{Importance, Validity};
use quipu_store::StoreError;
use quipu_store::read::{PageQuery, Scope, SearchQuery, States, TimelineQuery};
use quipu_store::write::{Aggregate, Applied, Change, Lane, Merge, Undo, Write};

use super::changes::change;
use super::life_model::{Became, Known, Life, State};
use super::random::{Random, WORDS};
use super::tape::Tape;
use super::world::{ENGINES, Opener, START, World, id_of, note, project, query};

/// One step; memories are named by place among those that are there, so that a step means something wherever it stands.
#[derive(Debug, Clone)]
enum Step {
    Save { text: usize, project: usize, keyword: usize, supersedes: Option<usize>, holds_for: Option<i64> },
    Say { text: usize },
    Edit { of: usize, text: usize },
    Append { of: usize, text: usize },
    File { of: usize, keyword: usize, pin: bool, importance: u8 },
    Bound { of: usize, holds_for: Option<i64> },
    Archive { of: usize },
    Restore { of: usize },
    Supersede { of: usize, by: usize },
    Merge { keep: usize, others: Vec<usize>, text: Option<usize> },
    Aggregate { members: Vec<usize>, project: usize, text: usize },
    Undo { of: Option<usize>, within: usize },
    Reopen,
}

const STEPS: usize = 90;
const PROJECTS: [Option<&str>; 4] = [Some("a"), Some("b"), None, Some("a")];
/// The words that are searched for at every moment.
const SOUGHT: usize = 6;
/// Time between two steps, in ms.
const PACE: i64 = 1_000;

#[test]
fn by_chance() {
    let seeds = match std::env::var("QUIPU_TEST_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => vec![1, 2, 3, 4, 5, 20_261_126],
    };
    let mut reached = [0; 5];
    for (name, opener) in ENGINES {
        for seed in &seeds {
            let steps = steps(&mut Random::new(*seed));
            let fails = |steps: &[Step]| walk(*opener, steps).err();
            match walk(*opener, &steps) {
                Ok(life) => tally(&life, &mut reached),
                Err(_) => {
                    let (steps, failure) = smallest(steps, fails);
                    panic!("engine {name}, QUIPU_TEST_SEED={seed}: {failure}\nafter {steps:#?}");
                }
            }
        }
    }
    assert!(reached.iter().all(|count| *count > 0), "the walks did not come everywhere: {reached:?}");
}

/// Superseded, aggregated, archived, often changed, and out of date: how many came to be each.
fn tally(life: &Life, reached: &mut [usize; 5]) {
    for known in &life.known {
        let now = known.now();
        let is = |lifecycle| usize::from(now.lifecycle() == lifecycle);
        reached[0] += is(Lifecycle::Superseded);
        reached[1] += is(Lifecycle::Aggregated);
        reached[2] += is(Lifecycle::Archived);
        reached[3] += usize::from(known.was.len() > 3);
        reached[4] += usize::from(now.valid_to.is_some());
    }
}

/// The same failure, or another, from as few and as plain steps as taking away leads to.
fn smallest(steps: Vec<Step>, fails: impl Fn(&[Step]) -> Option<String>) -> (Vec<Step>, String) {
    let mut steps = steps;
    let mut failure = fails(&steps).unwrap_or_else(|| "it failed once, and does not again".to_owned());
    let mut length = steps.len();
    while length > 0 {
        let (mut at, before) = (0, steps.len());
        while at < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(at..(at + length).min(steps.len()));
            match fails(&fewer) {
                Some(other) => (steps, failure) = (fewer, other),
                None => at += length,
            }
        }
        // One that is gone may have been all that another was needed for.
        length = if length == 1 && steps.len() < before { 1 } else { length / 2 };
    }
    for at in 0..steps.len() {
        for plain in plainer(&steps[at]) {
            let mut plainly = steps.clone();
            plainly[at] = plain;
            if let Some(other) = fails(&plainly) {
                (steps, failure) = (plainly, other);
            }
        }
    }
    (steps, failure)
}

/// Steps that do less than this one.
fn plainer(step: &Step) -> Vec<Step> {
    match step.clone() {
        Step::Save { text, project, keyword, supersedes, .. } => vec![
            Step::Save { text, project, keyword, supersedes, holds_for: None },
            Step::Save { text, project, keyword, supersedes: None, holds_for: None },
        ],
        Step::Merge { keep, others, .. } => {
            vec![Step::Merge { keep, others: others[..1].to_vec(), text: None }, Step::Archive { of: others[0] }]
        }
        Step::Aggregate { members, project, text } => {
            vec![Step::Aggregate { members: members[..1].to_vec(), project, text }, Step::Archive { of: members[0] }]
        }
        Step::Append { of, .. } | Step::Edit { of, .. } | Step::Supersede { of, .. } => vec![Step::Archive { of }],
        _ => Vec::new(),
    }
}

#[test]
fn what_fails_is_made_small() {
    let steps: Vec<Step> = (0..40).map(|text| Step::Say { text }).collect();
    let has = |steps: &[Step], sought: usize| steps.iter().any(|s| matches!(s, Step::Say { text } if *text == sought));
    let (least, failure) = smallest(steps, |steps| (has(steps, 7) && has(steps, 31)).then(|| "both".to_owned()));
    assert!(least.len() == 2 && has(&least, 7) && has(&least, 31) && failure == "both", "{least:?}");
}

fn steps(random: &mut Random) -> Vec<Step> {
    (0..STEPS).map(|_| step(random)).collect()
}

fn step(random: &mut Random) -> Step {
    let mut any = || random.below(1_000);
    let (of, other, text, project, keyword) = (any(), any(), any() % 24, any() % 4, any() % 5);
    let several: Vec<usize> = (0..=any() % 3).map(|_| any()).collect();
    let holds_for = (any() % 4 == 0).then(|| (any() % 20) as i64 * PACE);
    match any() % 100 {
        0..22 => {
            let supersedes = (any() % 4 == 0).then_some(other);
            Step::Save { text, project, keyword, supersedes, holds_for }
        }
        22..30 => Step::Say { text },
        30..40 => Step::Edit { of, text },
        40..44 => Step::Append { of, text },
        44..50 => Step::File { of, keyword, pin: other % 2 == 0, importance: 1 + (other % 5) as u8 },
        50..53 => Step::Bound { of, holds_for },
        53..59 => Step::Archive { of },
        59..65 => Step::Restore { of },
        65..71 => Step::Supersede { of, by: other },
        71..77 => Step::Merge { keep: of, others: several, text: (other % 2 == 0).then_some(text) },
        77..83 => Step::Aggregate { members: several, project, text },
        83..97 => Step::Undo { of: (other % 3 > 0).then_some(of), within: project },
        _ => Step::Reopen,
    }
}

/// Two words: the first few come often, so that texts meet.
fn text_of(n: usize) -> String {
    format!("{} {}", WORDS[n % SOUGHT], WORDS[SOUGHT + n / SOUGHT])
}

/// Walks on an engine and in the model; what differs is told.
fn walk(opener: Opener, steps: &[Step]) -> Result<Life, String> {
    let mut walk = Walk { w: World::new(opener), life: Life::default(), tape: Tape::new("life").of_project("a") };
    let mut past = Vec::new();
    for (n, step) in steps.iter().enumerate() {
        let now = START + n as i64 * PACE;
        walk.step(n, step, now).map_err(|what| format!("step {n}, {step:?}: {what}"))?;
        past.push((now, walk.life.clone()));
        walk.compare(&walk.life, None, now).map_err(|what| format!("after step {n}, {step:?}: {what}"))?;
    }
    for round in ["before", "after"] {
        for (then, life) in &past {
            walk.compare(life, Some(*then), *then)
                .map_err(|what| format!("as of {then}, {round} reopening: {what}"))?;
        }
        walk.w.reopen();
    }
    let check = walk.w.check().unwrap();
    if !check.integrity.is_empty() || check.without_row > 0 {
        return Err(format!("{check:?}"));
    }
    Ok(walk.life)
}

struct Walk {
    w: World,
    life: Life,
    tape: Tape,
}

impl Walk {
    fn any(&self, n: usize) -> Option<MemoryId> {
        let known = &self.life.known;
        (!known.is_empty()).then(|| known[n % known.len()].id)
    }

    fn step(&mut self, n: usize, step: &Step, now: i64) -> Result<(), String> {
        let Some((write, expect)) = self.thought(n, step, now) else { return Ok(()) };
        let found = match self.w.write(None, write, Lane::Interactive, Millis(now)) {
            Ok(Applied::Memory(outcome)) => match outcome {
                Outcome::Superseded { by, .. } => Some((Word::Superseded, by, 0)),
                other => other.id().map(|id| (other.word(), id, 0)),
            },
            Ok(Applied::Changed { id, what, revision }) => Some((what.word(), id, revision as usize)),
            Ok(Applied::Together(all)) => Some((all.what, all.id, all.revision as usize)),
            Ok(other) => return Err(format!("answered {other:?}")),
            Err(StoreError::Refused(_)) => None,
            Err(other) => return Err(format!("failed: {other}")),
        };
        if found == expect { Ok(()) } else { Err(format!("answered {found:?} instead of {expect:?}")) }
    }

    /// The write that a step is, and what the model makes of it; nothing where there is nothing to do it to.
    fn thought(&mut self, n: usize, step: &Step, now: i64) -> Option<(Write, Option<Became>)> {
        let ids = |walk: &Self, places: &[usize]| places.iter().filter_map(|at| walk.any(*at)).collect::<Vec<_>>();
        let edit = |id, edit| Write::Change(Box::new(Change { edit, ..change(id) }));
        let act = |id, action| Write::Change(Box::new(Change { action: Some(action), ..change(id) }));
        Some(match step {
            Step::Reopen => {
                self.w.reopen();
                return None;
            }
            Step::Say { text } => {
                let body = text_of(*text);
                let at = self.tape.turns.len();
                self.tape = self.tape.clone().say(Kind::Answer, &body);
                self.w.write(None, self.tape.write(at, at + 1), Lane::Bulk, Millis(now)).unwrap();
                self.life.said(self.tape.turns[at].id, "a", &body, now);
                return None;
            }
            Step::Save { text, project: place, keyword, supersedes, holds_for } => {
                let (id, home) = (id_of(&format!("note{n}")), PROJECTS[*place]);
                let supersedes = supersedes.and_then(|at| self.any(at));
                let body = text_of(*text);
                let valid = Validity { from: None, to: holds_for.map(|ms| Millis(now + ms)) };
                let keywords = vec![WORDS[30 + keyword].to_owned()];
                let state =
                    State { keywords: keywords.clone(), valid_to: valid.to.map(|to| to.0), ..State::new(&body) };
                let saved = Note { id, project: home.map(project), supersedes, valid, keywords, ..note(&body) };
                let saved = Note { occurred_at: Millis(now), ..saved };
                (Write::Note(Box::new(saved)), self.life.save((id, home), state, supersedes, now))
            }
            Step::Edit { of, text } => {
                let (id, text) = (self.any(*of)?, text_of(*text));
                let state = State { body: text.clone(), ..self.now(id) };
                let write = edit(id, Edit { text: Some(NewText::Instead(text)), ..Edit::default() });
                (write, self.life.change(id, Word::Changed, state, now))
            }
            Step::Append { of, text } => {
                let (id, text) = (self.any(*of)?, text_of(*text));
                let before = self.now(id);
                let state = State { body: format!("{}\n\n{text}", before.body), ..before };
                let write = edit(id, Edit { text: Some(NewText::Behind(text)), ..Edit::default() });
                (write, self.life.change(id, Word::Changed, state, now))
            }
            Step::File { of, keyword, pin, importance } => {
                let (id, word) = (self.any(*of)?, WORDS[30 + keyword].to_owned());
                let pin = if *pin { Pin::Pinned } else { Pin::Loose };
                let mut state = State { pin, importance: *importance, ..self.now(id) };
                if !state.keywords.contains(&word) {
                    state.keywords.push(word.clone());
                }
                let importance = Importance::of(*importance);
                let write = edit(id, Edit { add: vec![word], pin: Some(pin), importance, ..Edit::default() });
                (write, self.life.change(id, Word::Changed, state, now))
            }
            Step::Bound { of, holds_for } => {
                let id = self.any(*of)?;
                let to = holds_for.map(|ms| now + ms);
                let state = State { valid_to: to, ..self.now(id) };
                let valid = Some(Validity { from: None, to: to.map(Millis) });
                let write = edit(id, Edit { valid, ..Edit::default() });
                (write, self.life.change(id, Word::Changed, state, now))
            }
            Step::Archive { of } => {
                let id = self.any(*of)?;
                (act(id, Action::Archive), self.life.archive(id, now))
            }
            Step::Restore { of } => {
                let id = self.any(*of)?;
                (act(id, Action::Restore), self.life.restore(id, now))
            }
            Step::Supersede { of, by } => {
                let (id, by) = (self.any(*of)?, self.any(*by)?);
                (act(id, Action::Supersede(by)), self.life.supersede(id, by, now))
            }
            Step::Merge { keep, others, text } => {
                let (keep, others) = (self.any(*keep)?, ids(self, others));
                let text = text.map(text_of);
                let expect = self.life.merge(keep, &others, text.as_deref(), now);
                (Write::Merge(Box::new(Merge { keep, others, scope: Scope::All, text, reason: None })), expect)
            }
            Step::Aggregate { members, project: place, text } => {
                let (id, home, members) = (id_of(&format!("note{n}")), PROJECTS[*place], ids(self, members));
                if members.is_empty() {
                    return None;
                }
                let body = format!("summary {}", text_of(*text));
                let expect = self.life.aggregate((id, home), &members, &body, now);
                let summary = Note { id, project: home.map(project), occurred_at: Millis(now), ..note(&body) };
                (Write::Aggregate(Box::new(Aggregate { note: summary, members, scope: Scope::All })), expect)
            }
            Step::Undo { of, within } => {
                let of = of.and_then(|at| self.any(at));
                let within = PROJECTS[*within];
                let expect = self.life.undo(of, within, now);
                let scope = within.map_or(Scope::All, |name| Scope::Project(project(name)));
                (Write::Undo(Box::new(Undo { of, scope, reader: Reader::Person, reason: None })), expect)
            }
        })
    }

    fn now(&self, id: MemoryId) -> State {
        self.life.known.iter().find(|known| known.id == id).map(|known| known.now().clone()).unwrap()
    }

    /// Everything that can be asked, held against the model: as it is, or as it was.
    fn compare(&self, life: &Life, then: Option<i64>, now: i64) -> Result<(), String> {
        let as_of = then.map(Millis);
        for known in &life.known {
            let found = match as_of {
                None => self.w.memory(known.id),
                Some(then) => self.w.memory_then(known.id, then),
            };
            same(known, found.unwrap().as_ref())?;
        }
        for states in [States::Live, States::All] {
            let is_in = |known: &&Known, at: bool| {
                states == States::All || (known.now().lifecycle() == Lifecycle::Live && (!at || known.now().holds(now)))
            };
            let listed = |at: bool| ids(life.known.iter().filter(|known| is_in(known, at)).map(|known| known.id));
            let page = self.w.page(&PageQuery { states, as_of, ..PageQuery::live(Scope::All, None, 10_000) });
            differ("the page", ids(page.unwrap().iter().map(|m| m.id)), listed(false))?;
            let timeline = TimelineQuery {
                scope: Scope::All,
                around: None,
                before: None,
                session: None,
                kinds: Vec::new(),
                files: Vec::new(),
                since: None,
                until: None,
                limit: 10_000,
                viewer: Viewer::PERSON,
                states,
                now: Millis(now),
                as_of,
            };
            let timeline = self.w.timeline(&timeline).unwrap();
            differ("the timeline", ids(timeline.iter().map(|m| m.id)), listed(true))?;
            for word in &WORDS[..SOUGHT] {
                let q = SearchQuery { states, as_of, now: Millis(now), limit: 5_000, ..query(word) };
                let hits = self.w.search(&q).unwrap().hits;
                let found = ids(hits.iter().filter(|hit| hit.own > 0.0).map(|hit| hit.memory.id));
                let holds = |known: &&Known| known.now().body.split_whitespace().any(|other| other == *word);
                let expect = life.known.iter().filter(holds).filter(|known| is_in(known, true));
                differ(&format!("what {word} finds ({states:?})"), found, ids(expect.map(|known| known.id)))?;
                if let Some(hit) = hits.iter().find(|hit| hit.memory.body.get(hit.chunk.clone()).is_none()) {
                    return Err(format!("{word} is found at {:?} of {:?}", hit.chunk, hit.memory.body));
                }
            }
        }
        Ok(())
    }
}

fn ids(all: impl Iterator<Item = MemoryId>) -> Vec<MemoryId> {
    let mut all: Vec<MemoryId> = all.collect();
    all.sort();
    all
}

fn differ(what: &str, found: Vec<MemoryId>, expect: Vec<MemoryId>) -> Result<(), String> {
    if found == expect { Ok(()) } else { Err(format!("{what}: {found:?} instead of {expect:?}")) }
}

/// Whether a memory is what the model has.
fn same(known: &Known, found: Option<&Memory>) -> Result<(), String> {
    let Some(found) = found else { return Err(format!("{} is not there", known.id)) };
    let state = State {
        body: found.body.clone(),
        keywords: found.keywords.clone(),
        pin: found.pin,
        importance: found.importance.number(),
        valid_to: found.valid.to.map(|to| to.0),
        superseded_by: found.superseded_by,
        aggregated_into: found.aggregated_into,
        archived: found.archived_at.is_some(),
    };
    let as_found = (&state, found.lifecycle, found.revision as usize);
    let as_known = (known.now(), known.now().lifecycle(), known.was.len());
    if as_found == as_known { Ok(()) } else { Err(format!("{}: {as_found:?} instead of {as_known:?}", known.id)) }
}
