//! Who has lost the data directory writes nothing more and says why.
//! Of the SQLite engine, for another owner is another process on the same files. It must not know SQL.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use quipu_core::outcome::Outcome;
use quipu_store::sqlite::{FenceCheck, refuse_network};
use quipu_store::write::{Applied, Lane, Write};
use quipu_store::{Engine, StoreError};

use super::tape::Tape;
use super::world::{START, event_of, indexed, note, open, query, sqlite, sqlite_files};

fn save(engine: &dyn Engine, body: &str) -> Result<Applied, StoreError> {
    let now = quipu_core::id::Millis(START);
    engine.write(Some(event_of(body)), Write::Note(Box::new(note(body))), Lane::Interactive, now)
}

/// The reason of a refusal, said once.
fn reason(outcome: Result<Applied, StoreError>) -> String {
    match outcome {
        Err(error @ StoreError::Fenced(_)) => {
            let text = error.to_string();
            assert_eq!(text.matches("no longer owns").count(), 1, "{text}");
            text
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
}

fn bodies(engine: &dyn Engine) -> Vec<String> {
    let hits = engine.search(&query("falcon")).unwrap().hits;
    hits.into_iter().map(|h| h.memory.body).collect()
}

/// A fence that falls when it has been asked `after` times more than now, and stands again after [`Falling::mend`].
struct Falling(AtomicUsize);

impl Falling {
    fn new() -> (Arc<Self>, FenceCheck) {
        let fence = Arc::new(Self(AtomicUsize::new(usize::MAX)));
        let check = fence.clone();
        let check: FenceCheck = Arc::new(move || match std::thread::current().name() {
            // The writer alone counts: what the index does is another question.
            Some("quipu-indexer") => Ok(()),
            _ => {
                let left = check.0.load(Ordering::SeqCst);
                check.0.store(left.saturating_sub(1), Ordering::SeqCst);
                if left == 0 { Err("owner.lock was replaced".into()) } else { Ok(()) }
            }
        });
        (fence, check)
    }
    fn after(&self, times: usize) {
        self.0.store(times, Ordering::SeqCst);
    }
    fn mend(&self) {
        self.after(usize::MAX);
    }
}

#[test]
fn a_fallen_fence_refuses_and_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (fence, check) = Falling::new();
    let engine = sqlite(dir.path(), check).unwrap();
    save(&*engine, "falcon before").unwrap();
    // Before any work, and between the work and its commit.
    for times in [0, 1] {
        fence.after(times);
        assert!(reason(save(&*engine, "falcon fenced off")).contains("owner.lock was replaced"));
        fence.after(0);
        assert!(matches!(engine.fence(), Err(StoreError::Fenced(_))));
        let turns = Tape::new("s").prompt("falcon fenced off").whole();
        reason(engine.write(None, turns, Lane::Bulk, quipu_core::id::Millis(START)));
        assert_eq!(bodies(&*engine), ["falcon before"], "reads go on");
        fence.mend();
    }
    engine.fence().unwrap();
    save(&*engine, "falcon after").unwrap();
    drop(engine);
    assert_eq!(bodies(&*open(dir.path())), ["falcon after", "falcon before"]);
}

#[test]
fn a_second_owner_shuts_the_first_out() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path());
    save(&*first, "falcon of the first").unwrap();
    first.settle();
    let second = open(dir.path());
    let text = reason(save(&*first, "falcon refused"));
    assert!(text.contains("owner"), "{text}");
    assert!(matches!(first.fence(), Err(StoreError::Fenced(_))));
    second.fence().unwrap();
    assert!(matches!(save(&*second, "falcon of the second"), Ok(Applied::Memory(Outcome::Stored(_)))));
    assert_eq!(bodies(&*second), ["falcon of the second", "falcon of the first"]);
    // What was refused left no trace: the same event is new to the second owner.
    assert!(matches!(save(&*second, "falcon refused"), Ok(Applied::Memory(Outcome::Stored(_)))));
    // The index was the first one's; the second takes it up when it is let go of.
    drop(first);
    indexed(&*second);
    assert_eq!(bodies(&*second).len(), 3);
    drop(second);
    let third = open(dir.path());
    assert_eq!((bodies(&*third).len(), third.stats().unwrap().tail), (3, 0));
}

/// Does something to the database file under a running engine, which must notice before it writes again.
fn meddled(meddle: impl FnOnce(&Path)) {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path());
    save(&*engine, "falcon before").unwrap();
    let (database, _) = sqlite_files(dir.path());
    meddle(&database);
    let existed = database.exists();
    for _ in 0..2 {
        assert!(reason(save(&*engine, "falcon after")).contains("replaced or removed"));
    }
    assert!(matches!(engine.fence(), Err(StoreError::Fenced(_))));
    assert_eq!(database.exists(), existed, "no new file is put in its place");
}

#[test]
fn a_database_that_was_replaced_or_removed_is_not_written_to() {
    meddled(|database| {
        let copy = database.with_extension("copy");
        fs::copy(database, &copy).unwrap();
        fs::rename(copy, database).unwrap();
    });
    meddled(|database| fs::remove_file(database).unwrap());
    meddled(|database| fs::rename(database, database.with_extension("away")).unwrap());
}

#[test]
fn a_refusal_of_a_network_file_system_names_it_and_the_cure() {
    let error = StoreError::NetworkFilesystem { path: "/mnt/share".into(), name: "NFS" };
    let text = error.to_string();
    assert!(["/mnt/share", "NFS", "QUIPU_HOME", "local disk"].iter().all(|part| text.contains(part)), "{text}");
    let here = tempfile::tempdir().unwrap();
    refuse_network(here.path()).unwrap();
    refuse_network(&here.path().join("not there yet")).unwrap();
}
