//! What was acknowledged is there after `kill -9`, once, and found.
//! It must not know SQL. The child is this test binary, told by an environment variable to be one.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use quipu_core::outcome::Outcome;
use quipu_store::read::{PageQuery, Scope, SearchQuery};
use quipu_store::write::{Applied, Lane, Write};

use super::tape::Tape;
use super::world::{ENGINES, Opener, copy_tree, each, event_of, id_of, note, outcome, query, session, unfenced};

const NOTES: usize = 1_000;
const DIRECTORY: &str = "QUIPU_TEST_CRASH_DIRECTORY";
const ENGINE: &str = "QUIPU_TEST_CRASH_ENGINE";

fn body(n: usize) -> String {
    format!("falcon number{n} was seen from the tower")
}

fn write(engine: &dyn quipu_store::Engine, n: usize) -> Outcome {
    let now = quipu_core::id::Millis(super::world::START);
    let write = Write::Note(Box::new(note(&body(n))));
    outcome(engine.write(Some(event_of(&body(n))), write, Lane::Interactive, now).unwrap())
}

/// The child: writes from four threads and says what was acknowledged, until it is killed.
#[test]
fn child() {
    let Some(dir) = std::env::var_os(DIRECTORY) else { return };
    let name = std::env::var(ENGINE).unwrap();
    let (_, opener) = ENGINES.iter().find(|(row, _)| *row == name).unwrap();
    let engine = opener(dir.as_ref(), unfenced()).unwrap();
    let out = Mutex::new(std::io::stdout());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (engine, out) = (&*engine, &out);
            scope.spawn(move || {
                for n in (thread..NOTES).step_by(4) {
                    write(engine, n);
                    // Unlike println! this is not caught by the test harness.
                    writeln!(out.lock().unwrap(), "\nacknowledged {n}").unwrap();
                }
            });
        }
    });
    // Killed before it can end in order, however quick it was.
    std::thread::sleep(super::world::HANG);
}

/// Lets a child write until it has acknowledged `enough`, kills it, and says what it had acknowledged.
fn killed_after(enough: usize, engine: &str, dir: &std::path::Path) -> BTreeSet<usize> {
    let name = format!("{}::child", module_path!().split_once("::").unwrap().1);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([name.as_str(), "--exact", "--nocapture"])
        .env(DIRECTORY, dir)
        .env(ENGINE, engine)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut acknowledged = BTreeSet::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let Ok(line) = line else { break };
        if let Some(n) = line.strip_prefix("acknowledged ").and_then(|n| n.parse().ok()) {
            acknowledged.insert(n);
        }
        if acknowledged.len() == enough {
            // The rest of the pipe is read too: it was said before the kill.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= enough, "the child ended by itself after {}", acknowledged.len());
    acknowledged
}

fn check(enough: usize, name: &str, opener: Opener) {
    let dir = tempfile::tempdir().unwrap();
    let acknowledged = killed_after(enough, name, dir.path());
    let engine = opener(dir.path(), unfenced()).unwrap();
    let stored: Vec<String> =
        engine.page(&PageQuery::live(Scope::All, None, usize::MAX)).unwrap().into_iter().map(|m| m.body).collect();
    let once: BTreeSet<&String> = stored.iter().collect();
    assert_eq!(once.len(), stored.len(), "something is there twice");
    for n in &acknowledged {
        assert!(once.contains(&body(*n)), "{n} was acknowledged and is gone");
        let found = engine.search(&query(&format!("number{n}"))).unwrap();
        // Until the index has caught up an answer may lack something, but then it says so.
        if found.fallback.is_none() {
            assert_eq!(found.hits.len(), 1, "{n}");
        }
    }
    engine.settle();
    let q = SearchQuery { limit: 2 * NOTES, ..query("falcon") };
    assert_eq!(engine.search(&q).unwrap().hits.len(), stored.len());
    // The clients try again, for they do not know: each note is there once, under its first outcome.
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let engine = &*engine;
            scope.spawn(move || {
                for n in (thread..NOTES).step_by(8) {
                    assert_eq!(write(engine, n), Outcome::Stored(id_of(&body(n))));
                }
            });
        }
    });
    assert_eq!(engine.page(&PageQuery::live(Scope::All, None, usize::MAX)).unwrap().len(), NOTES);
    assert_eq!(engine.search(&q).unwrap().hits.len(), NOTES);
}

#[test]
fn acknowledged_is_kept_exactly_once() {
    for (name, opener) in ENGINES {
        for enough in [1, 400] {
            check(enough, name, *opener);
        }
    }
}

#[test]
fn an_offset_never_moves_without_its_rows() {
    each(|w| {
        let tape = (0..40).fold(Tape::new("s"), |tape, n| tape.prompt(&format!("falcon record {n}")));
        for n in 0..20 {
            w.put(tape.write(n * 2, n * 2 + 2)).unwrap();
            // A copy of the directory at this moment is what a crash would leave behind.
            if n % 5 == 0 {
                let copy = tempfile::tempdir().unwrap();
                copy_tree(w.dir(), copy.path());
                let after = w.on(copy);
                let read_to = after.source(&tape.path).unwrap().unwrap().read_to;
                assert_eq!(read_to, (n as u64 * 2 + 2) * 100);
                assert_eq!(after.all().len() as u64 * 100, read_to);
                after.settle();
                assert_eq!(after.find("falcon").len(), after.all().len());
                assert_eq!(after.put(tape.write(n * 2, n * 2 + 1)).is_err(), n > 0, "what was read is not read again");
            }
        }
        assert_eq!(w.recent_sessions(&super::world::project("p"), None, 1).unwrap()[0].session, session("s"));
        assert!(matches!(w.put(tape.whole()).unwrap(), Applied::Turns(c) if c.duplicate == 40));
    });
}
