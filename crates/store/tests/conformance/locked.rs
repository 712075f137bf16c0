//! A foreign tool holds the database: writers wait for it, and what waits too long is told so.
//! Of the SQLite engine. It must not assert times, but for bounds that tell a hang from a wait.

use std::time::{Duration, Instant};

use quipu_core::id::Millis;
use quipu_store::write::{Applied, Lane, Write};
use quipu_store::{Engine, StoreError};

use super::world::{HANG, START, event_of, note, open, sqlite_files};

fn save(engine: &dyn Engine, body: &str) -> Result<Applied, StoreError> {
    engine.write(Some(event_of(body)), Write::Note(Box::new(note(body))), Lane::Interactive, Millis(START))
}

#[test]
fn a_tool_that_lets_go_is_waited_for_and_one_that_does_not_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path());
    save(&*engine, "before").unwrap();
    let tool = rusqlite::Connection::open(sqlite_files(dir.path()).0).unwrap();

    tool.execute_batch("begin immediate").unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| save(&*engine, "while it is held"));
        std::thread::sleep(Duration::from_millis(300));
        assert!(!waiting.is_finished());
        tool.execute_batch("rollback").unwrap();
        waiting.join().unwrap().unwrap();
    });

    tool.execute_batch("begin immediate").unwrap();
    let started = Instant::now();
    let outcome = save(&*engine, "while it is held for long");
    assert!(matches!(outcome, Err(StoreError::Locked(_))), "{outcome:?}");
    assert!(started.elapsed() < HANG);
    tool.execute_batch("rollback").unwrap();
    save(&*engine, "while it is held for long").unwrap();
    assert_eq!(
        engine.page(&quipu_store::read::PageQuery::live(quipu_store::read::Scope::All, None, 99)).unwrap().len(),
        3
    );
}
