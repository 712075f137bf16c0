//! A change that was acknowledged is there after `kill -9`, and what it replaced is found no more.
//! It must not know SQL. The child is this test binary, told by an environment variable to be one.

use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use quipu_core::id::{MemoryId, Millis};
use quipu_store::Engine;
use quipu_store::write::{Lane, Write};

use super::changes::text;
use super::world::{ENGINES, HANG, Opener, START, id_of, note, query, unfenced};

const DIRECTORY: &str = "QUIPU_TEST_CHANGES_DIRECTORY";
const ENGINE: &str = "QUIPU_TEST_CHANGES_ENGINE";
const MEMORIES: usize = 3;

fn body(memory: usize, revision: u32) -> String {
    format!("falcon memory{memory} take{memory}x{revision}")
}

fn id(memory: usize) -> MemoryId {
    id_of(&body(memory, 1))
}

/// The child: changes memories in turn and says what was acknowledged, until it is killed.
#[test]
fn child() {
    let Some(dir) = std::env::var_os(DIRECTORY) else { return };
    let name = std::env::var(ENGINE).unwrap();
    let (_, opener) = ENGINES.iter().find(|(row, _)| *row == name).unwrap();
    let engine = opener(dir.as_ref(), unfenced()).unwrap();
    let now = |revision: u32| Millis(START + i64::from(revision));
    for memory in 0..MEMORIES {
        let write = Write::Note(Box::new(note(&body(memory, 1))));
        engine.write(None, write, Lane::Interactive, now(1)).unwrap();
    }
    for revision in 2..10_000 {
        for memory in 0..MEMORIES {
            let write = Write::Change(Box::new(text(id(memory), &body(memory, revision))));
            engine.write(None, write, Lane::Interactive, now(revision)).unwrap();
            // Unlike println! this is not caught by the test harness.
            writeln!(std::io::stdout(), "\nacknowledged {memory} {revision}").unwrap();
        }
    }
    std::thread::sleep(HANG);
}

/// Lets a child change memories until `enough` changes are acknowledged, and kills it; the newest of each memory.
fn killed_after(enough: usize, engine: &str, dir: &Path) -> [u32; MEMORIES] {
    let name = format!("{}::child", module_path!().split_once("::").unwrap().1);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([name.as_str(), "--exact", "--nocapture"])
        .env(DIRECTORY, dir)
        .env(ENGINE, engine)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut newest, mut count) = ([1; MEMORIES], 0);
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
        let Some((memory, revision)) = line.strip_prefix("acknowledged ").and_then(|told| told.split_once(' ')) else {
            continue;
        };
        newest[memory.parse::<usize>().unwrap()] = revision.parse().unwrap();
        count += 1;
        if count == enough {
            // The rest of the pipe is read too: it was said before the kill.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(count >= enough, "the child ended by itself after {count}");
    newest
}

fn check(enough: usize, name: &str, opener: Opener) {
    let dir = tempfile::tempdir().unwrap();
    let acknowledged = killed_after(enough, name, dir.path());
    let engine = opener(dir.path(), unfenced()).unwrap();
    for settled in [false, true] {
        for (memory, least) in acknowledged.iter().enumerate() {
            let now = engine.memory(id(memory)).unwrap().unwrap();
            assert!(now.revision >= *least, "revision {least} was acknowledged, and {} is there", now.revision);
            assert_eq!(now.body, body(memory, now.revision));
            let history = engine.history(now.id).unwrap();
            let expected = (1..=now.revision).rev().map(|revision| body(memory, revision)).collect::<Vec<_>>();
            assert_eq!(history.into_iter().map(|revision| revision.content.body).collect::<Vec<_>>(), expected);
            if settled {
                let found = |revision| found(&*engine, &format!("take{memory}x{revision}"));
                assert_eq!(found(now.revision), [now.body.as_str()]);
                assert!((1..now.revision).rev().take(20).all(|revision| found(revision).is_empty()));
            }
        }
        engine.settle();
    }
    let check = engine.check().unwrap();
    let lacks = (check.without_text.unwrap().count, check.without_row, check.without_vector.unwrap().count);
    assert_eq!((lacks, check.integrity), ((0, 0, 0), Vec::new()));
}

fn found(engine: &dyn Engine, word: &str) -> Vec<String> {
    let hits = engine.search(&query(word)).unwrap().hits;
    hits.into_iter().filter(|hit| hit.own > 0.0).map(|hit| hit.memory.body).collect()
}

#[test]
fn acknowledged_changes_are_kept() {
    for (name, opener) in ENGINES {
        for enough in [1, 300] {
            check(enough, name, *opener);
        }
    }
}
