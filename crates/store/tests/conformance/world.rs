//! The engines under test, a row each, and a small world round one: its directory, its clock, its ids.
//! It must not know what a test asserts.
//! Invariant: a world's directory is its own and goes with it; nothing here reads the clock.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use quipu_core::id::{EventId, MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Note, Origin, ProjectKey, SessionRef};
use quipu_core::outcome::Outcome;
use quipu_core::scope::{Privacy, Viewer};
use quipu_core::standing::{Importance, Validity};
use quipu_store::read::{By, Neighbours, PageQuery, Scope, SearchQuery, States};
use quipu_store::sqlite::{FenceCheck, OpenOptions, SqliteEngine};
use quipu_store::write::{Applied, Lane, Write};
use quipu_store::{Engine, StoreError};
use tempfile::TempDir;
use uuid::Uuid;

/// Opens an engine on a directory.
pub(crate) type Opener = fn(&Path, FenceCheck) -> Result<Box<dyn Engine>, StoreError>;

/// Every engine that must pass.
pub(crate) const ENGINES: &[(&str, Opener)] = &[("sqlite", sqlite)];

/// Longer than anything here takes: a test that waits so long hangs.
pub(crate) const HANG: Duration = Duration::from_secs(60);

/// When the stories of these tests begin.
pub(crate) const START: i64 = 1_700_000_000_000;

pub(crate) fn sqlite(dir: &Path, fence: FenceCheck) -> Result<Box<dyn Engine>, StoreError> {
    let options = OpenOptions {
        data: dir.to_owned(),
        database: dir.join("quipu.db"),
        index: dir.join("text"),
        backups: dir.join("backups"),
        vectors: Some(dir.join("vectors.unnamed")),
        fence,
        embedder: Arc::new(quipu_embed::StaticModel::bundled()),
    };
    Ok(Box::new(SqliteEngine::open(options)?))
}

/// A fence that holds.
pub(crate) fn unfenced() -> FenceCheck {
    Arc::new(|| Ok(()))
}

/// Opens the SQLite engine, whose files some tests touch.
pub(crate) fn open(dir: &Path) -> Box<dyn Engine> {
    sqlite(dir, unfenced()).unwrap()
}

/// Runs a story on every engine, each in a world of its own.
pub(crate) fn each(story: impl Fn(&mut World)) {
    for (name, opener) in ENGINES {
        println!("engine: {name}");
        story(&mut World::new(*opener));
    }
}

/// One engine with its directory; used as the engine itself.
pub(crate) struct World {
    engine: Option<Box<dyn Engine>>,
    opener: Opener,
    clock: AtomicI64,
    dir: TempDir,
}

impl World {
    pub(crate) fn new(opener: Opener) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let engine = Some(opener(dir.path(), unfenced()).unwrap());
        Self { engine, opener, clock: AtomicI64::new(START), dir }
    }

    /// The same engine on another directory.
    pub(crate) fn on(&self, dir: TempDir) -> Self {
        let engine = Some((self.opener)(dir.path(), unfenced()).unwrap());
        Self { engine, opener: self.opener, clock: AtomicI64::new(START), dir }
    }

    /// Another, empty world with the same engine.
    pub(crate) fn another(&self) -> Self {
        Self::new(self.opener)
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Ends the engine and opens it again on the same directory.
    pub(crate) fn reopen(&mut self) {
        self.reopen_after(|_| {});
    }

    /// Ends the engine, does something to its directory and opens it again.
    pub(crate) fn reopen_after(&mut self, meddle: impl FnOnce(&Path)) {
        drop(self.engine.take());
        meddle(self.dir.path());
        self.engine = Some((self.opener)(self.dir.path(), unfenced()).unwrap());
    }

    /// A second later than the last time it was asked.
    pub(crate) fn now(&self) -> Millis {
        Millis(self.clock.fetch_add(1_000, Ordering::SeqCst))
    }

    /// Writes with somebody waiting.
    pub(crate) fn put(&self, write: Write) -> Result<Applied, StoreError> {
        self.write(None, write, Lane::Interactive, self.now())
    }

    /// Writes a note; what became of it.
    pub(crate) fn save(&self, note: Note) -> Outcome {
        outcome(self.put(Write::Note(Box::new(note))).unwrap())
    }

    /// Writes a note that must be new; its id.
    pub(crate) fn stored(&self, note: Note) -> MemoryId {
        match self.save(note) {
            Outcome::Stored(id) => id,
            other => panic!("expected a new memory, got {other:?}"),
        }
    }

    /// Bodies of what holds a word of `text` itself, best first.
    pub(crate) fn find(&self, text: &str) -> Vec<String> {
        let hits = self.search(&query(text)).unwrap().hits;
        hits.into_iter().filter(|hit| hit.own > 0.0).map(|hit| hit.memory.body).collect()
    }

    /// Bodies found, best first.
    pub(crate) fn bodies(&self, query: &SearchQuery) -> Vec<String> {
        self.search(query).unwrap().hits.into_iter().map(|hit| hit.memory.body).collect()
    }

    /// Every live body, in the order of ids.
    pub(crate) fn all(&self) -> Vec<String> {
        self.page(&PageQuery::live(Scope::All, None, 100_000)).unwrap().into_iter().map(|m| m.body).collect()
    }
}

impl Deref for World {
    type Target = dyn Engine;
    fn deref(&self) -> &Self::Target {
        self.engine.as_deref().unwrap()
    }
}

/// What became of one memory.
pub(crate) fn outcome(applied: Applied) -> Outcome {
    match applied {
        Applied::Memory(outcome) => outcome,
        other => panic!("expected the outcome of a memory, got {other:?}"),
    }
}

/// The id that stands for a name: the same in every world (FNV-1a in 128 bits).
pub(crate) fn id_of(name: &str) -> MemoryId {
    let hash = name.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    });
    MemoryId(Uuid::from_u128(hash))
}

/// The event id that stands for a name.
pub(crate) fn event_of(name: &str) -> EventId {
    EventId(id_of(name).0)
}

/// A note with this body, of no project; its id stands for the body.
pub(crate) fn note(body: &str) -> Note {
    Note {
        id: id_of(body),
        kind: Kind::Insight,
        title: None,
        applies_to: "global".into(),
        keywords: Vec::new(),
        body: body.into(),
        original_hash: None,
        occurred_at: Millis(START),
        project: None,
        session: None,
        origin: Origin::Saved,
        supersedes: None,
        aside: Default::default(),
        kept_by: Vec::new(),
        privacy: Privacy::Shared,
        importance: Importance::ORDINARY,
        valid: Validity::ALWAYS,
    }
}

/// A note of a project; its id stands for both.
pub(crate) fn note_of(project_name: &str, body: &str) -> Note {
    Note { id: id_of(&format!("{project_name}/{body}")), project: Some(project(project_name)), ..note(body) }
}

pub(crate) fn project(name: &str) -> ProjectKey {
    ProjectKey(format!("/home/dev/{name}"))
}

pub(crate) fn session(id: &str) -> SessionRef {
    SessionRef { agent: "claude-code".into(), id: id.into() }
}

/// A search of everything live, with room for every hit of these tests.
pub(crate) fn query(text: &str) -> SearchQuery {
    SearchQuery {
        text: text.into(),
        scope: Scope::All,
        kinds: Vec::new(),
        files: Vec::new(),
        since: None,
        until: None,
        states: States::Live,
        not_in_context_of: None,
        limit: 50,
        by: By::Meaning,
        now: Millis(START),
        neighbours: Neighbours::Skip,
        viewer: Viewer::PERSON,
        as_of: None,
    }
}

/// A search of one project.
pub(crate) fn query_in(project_name: &str, text: &str) -> SearchQuery {
    SearchQuery { scope: Scope::Project(project(project_name)), ..query(text) }
}

/// The database file and the directory of the text index of the SQLite engine.
pub(crate) fn sqlite_files(dir: &Path) -> (PathBuf, PathBuf) {
    (dir.join("quipu.db"), dir.join("text"))
}

/// Waits until the index has taken everything in, also when it could not at first.
pub(crate) fn indexed(engine: &dyn Engine) {
    let started = Instant::now();
    let catching_up = || engine.search(&query("anything")).unwrap().fallback.is_some();
    while engine.gauges().tail > 0 || catching_up() {
        assert!(started.elapsed() < HANG, "the index does not catch up");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Copies a directory that nothing is written to, as a crash at this moment would leave it behind.
pub(crate) fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_tree(&entry.path(), &to),
            // The index cleans up behind itself while it is copied.
            false => drop(std::fs::copy(entry.path(), to)),
        }
    }
}
