//! Reading beside the owner: another engine on the same files sees what was committed, and writes nothing.
//! Of the SQLite engine, whose files two of them share. It must not know SQL.

use std::path::Path;
use std::sync::Arc;

use quipu_core::id::Millis;
use quipu_store::sqlite::{OpenOptions, SqliteEngine};
use quipu_store::write::{Lane, Write};
use quipu_store::{Engine, StoreError};

use super::world::{HANG, START, event_of, note, open, query, sqlite_files};

fn beside(dir: &Path) -> Result<SqliteEngine, StoreError> {
    SqliteEngine::open_beside(OpenOptions {
        data: dir.to_owned(),
        database: dir.join("quipu.db"),
        index: dir.join("text"),
        backups: dir.join("backups"),
        vectors: None,
        fence: Arc::new(|| Err("it owns nothing".into())),
        embedder: Arc::new(quipu_embed::StaticModel::bundled()),
    })
}

fn save(engine: &dyn Engine, body: &str) -> Result<(), StoreError> {
    let write = Write::Note(Box::new(note(body)));
    engine.write(Some(event_of(body)), write, Lane::Interactive, Millis(START)).map(drop)
}

/// Looks until so many are found: what is committed is looked for five times a second.
#[track_caller]
fn finds(engine: &dyn Engine, count: usize) {
    let started = std::time::Instant::now();
    loop {
        let answer = engine.search(&query("falcon")).unwrap();
        if answer.hits.len() == count {
            assert!(answer.fallback.is_some_and(|why| why.contains("beside the owner")));
            return;
        }
        assert!(started.elapsed() < HANG, "{} of {count}", answer.hits.len());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn it_follows_the_owner_and_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let owner = open(dir.path());
    save(&*owner, "falcon one").unwrap();
    owner.settle();
    let reader = beside(dir.path()).unwrap();
    finds(&reader, 1);
    // Rows that the owner's index does not hold yet, and then those that it does.
    for (n, body) in ["falcon two", "falcon three"].into_iter().enumerate() {
        save(&*owner, body).unwrap();
        finds(&reader, n + 2);
        owner.settle();
        finds(&reader, n + 2);
    }
    assert!(matches!(save(&reader, "falcon never"), Err(StoreError::ReadOnly(_))));
    assert_eq!(
        reader.page(&quipu_store::read::PageQuery::live(quipu_store::read::Scope::All, None, 99)).unwrap().len(),
        3
    );
    assert_eq!(reader.gauges().idle_for, None);
    // The owner is not in the reader's way, nor the reader in the owner's: the journal is emptied at the end.
    drop(owner);
    assert!(reader.gauges().wal_bytes < 1 << 20);
    let next = open(dir.path());
    assert_eq!(next.search(&query("falcon")).unwrap().hits.len(), 3);
}

#[test]
fn without_an_index_the_newest_rows_are_searched_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let owner = open(dir.path());
    save(&*owner, "falcon one").unwrap();
    owner.settle();
    drop(owner);
    std::fs::remove_dir_all(sqlite_files(dir.path()).1).unwrap();
    let reader = beside(dir.path()).unwrap();
    finds(&reader, 1);
    assert!(!sqlite_files(dir.path()).1.exists(), "it makes nothing");
}

#[test]
fn where_there_is_no_database_it_makes_none() {
    let dir = tempfile::tempdir().unwrap();
    assert!(beside(dir.path()).is_err());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
