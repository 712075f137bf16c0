//! The text index is derived: whatever becomes of its files, every row is found again after the next start.
//! Of the SQLite engine only. It must not know SQL.

use std::fs;
use std::path::Path;

use quipu_core::id::MemoryId;
use quipu_store::StoreError;
use quipu_store::read::SearchQuery;

use super::random::Random;
use super::world::{World, note, note_of, open, query, query_in, sqlite, sqlite_files, unfenced};

const ROWS: usize = 300;

fn filled() -> World {
    let w = World::new(sqlite);
    let random = &mut Random::new(3);
    for n in 0..ROWS {
        w.stored(note(&format!("falcon {} number{n}", random.words(6))));
        if n % 100 == 0 {
            w.settle();
        }
    }
    w.settle();
    w
}

fn ranking(w: &World, text: &str) -> Vec<(MemoryId, u32)> {
    let hits = w.search(&SearchQuery { limit: ROWS, ..query(text) }).unwrap().hits;
    hits.into_iter().map(|h| (h.memory.id, h.score.to_bits())).collect()
}

/// Does something to the index directory between two runs; everything must be found as before.
fn check(name: &str, meddle: impl FnOnce(&Path)) {
    let mut w = filled();
    let before = ["falcon", "anchor copper", "number299"].map(|text| ranking(&w, text));
    assert_eq!(before[0].len(), ROWS);
    w.reopen_after(|dir| meddle(&sqlite_files(dir).1));
    w.stored(note("written while the index is rebuilt: zeppelin"));
    assert_eq!(w.find("zeppelin").len(), 1, "{name}");
    w.settle();
    let answer = w.search(&query("number0")).unwrap();
    assert_eq!((answer.hits.len(), answer.fallback), (1, None), "{name}");
    w.reopen();
    let rows = w.search(&SearchQuery { limit: 1_000, ..query("falcon") }).unwrap().hits.len();
    assert_eq!((rows, w.stats().unwrap().tail), (ROWS, 0), "{name}");
    for (text, before) in ["falcon", "anchor copper", "number299"].iter().zip(before) {
        let order = |ranking: Vec<(MemoryId, u32)>| ranking.into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        // One more row has changed every weight a little, but not the order of the rows that were there.
        assert!(order(ranking(&w, text)) == order(before), "{name}: {text}");
    }
}

fn each_file(dir: &Path, change: impl Fn(&Path, Vec<u8>)) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        change(&path, bytes);
    }
}

fn garbage(seed: u64, length: usize) -> Vec<u8> {
    let random = &mut Random::new(seed);
    (0..length).map(|_| random.next() as u8).collect()
}

#[test]
fn a_lost_index_is_made_again() {
    check("deleted", |index| fs::remove_dir_all(index).unwrap());
    check("emptied", |index| each_file(index, |path, _| fs::remove_file(path).unwrap()));
    check("without its list of segments", |index| fs::remove_file(index.join("meta.json")).unwrap());
    check("a file in its place", |index| {
        fs::remove_dir_all(index).unwrap();
        fs::write(index, "not a directory").unwrap();
    });
}

#[test]
fn a_spoilt_index_is_made_again() {
    check("every file garbage", |index| each_file(index, |path, old| fs::write(path, garbage(1, old.len())).unwrap()));
    check("every file empty", |index| each_file(index, |path, _| fs::write(path, "").unwrap()));
    check("every file cut", |index| each_file(index, |path, old| fs::write(path, &old[..old.len() / 2]).unwrap()));
    check("the list of segments garbage", |index| fs::write(index.join("meta.json"), garbage(2, 500)).unwrap());
    check("another program's files beside", |index| {
        fs::write(index.join("README"), garbage(3, 500)).unwrap();
        fs::create_dir(index.join("folder")).unwrap();
    });
    check("single files lost", |index| {
        each_file(index, |path, _| {
            if path.extension().is_some_and(|e| e == "term") {
                fs::remove_file(path).unwrap();
            }
        });
    });
}

/// Puts the index of a database with `rows` other rows in the place of the right one.
fn foreign(rows: usize) {
    let other = World::new(sqlite);
    for n in 0..rows {
        other.stored(note(&format!("walnut {n}")));
    }
    other.settle();
    other.close();
    check(&format!("of a database with {rows} rows"), |index| {
        fs::remove_dir_all(index).unwrap();
        fs::create_dir(index).unwrap();
        each_file(&sqlite_files(other.dir()).1, |path, bytes| {
            fs::write(index.join(path.file_name().unwrap()), bytes).unwrap();
        });
    });
}

#[test]
fn an_index_that_is_ahead_of_the_database_is_made_again() {
    foreign(ROWS + 50);
}

#[test]
fn an_index_of_another_database_is_made_again() {
    foreign(ROWS);
    foreign(ROWS - 50);
}

#[test]
fn an_older_database_finds_what_it_holds_and_no_more() {
    let mut w = World::new(sqlite);
    for n in 0..50 {
        w.stored(note_of("p", &format!("falcon {n}")));
    }
    w.settle();
    let kept = w.dir().join("backup.db");
    let copy = |from: &Path, to: &Path| assert!(fs::copy(from, to).unwrap() > 0);
    w.reopen_after(|dir| copy(&sqlite_files(dir).0, &kept));
    for n in 50..80 {
        w.stored(note_of("p", &format!("falcon {n}")));
    }
    w.settle();
    w.reopen_after(|dir| copy(&kept, &sqlite_files(dir).0));
    let q = SearchQuery { limit: 100, ..query_in("p", "falcon") };
    w.settle();
    assert_eq!(w.bodies(&q).len(), 50);
    for n in 80..110 {
        w.stored(note_of("q", &format!("falcon {n}")));
    }
    for _ in 0..2 {
        assert_eq!(w.bodies(&q).len(), 50);
        assert_eq!(w.bodies(&SearchQuery { limit: 200, ..query("falcon") }).len(), 80);
        w.reopen();
        w.settle();
    }
}

#[test]
fn a_database_of_a_newer_version_is_refused_untouched() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).close();
    let (database, _) = sqlite_files(dir.path());
    let mut bytes = fs::read(&database).unwrap();
    // The schema's number stands at byte 60 of the file, big end first (SQLite's file format, 1.3).
    bytes[60..64].copy_from_slice(&99u32.to_be_bytes());
    fs::write(&database, &bytes).unwrap();
    let refused = sqlite(dir.path(), unfenced()).err().unwrap();
    assert!(matches!(refused, StoreError::FutureSchema { found: 99, .. }), "{refused:?}");
    assert!(refused.to_string().contains("newer quipu"), "{refused}");
    assert!(fs::read(&database).unwrap() == bytes, "it was changed");
}

#[test]
fn a_file_that_is_no_database_is_refused_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let (database, _) = sqlite_files(dir.path());
    let bytes = garbage(4, 9_000);
    fs::write(&database, &bytes).unwrap();
    let refused = sqlite(dir.path(), unfenced()).err().unwrap();
    assert!(matches!(refused, StoreError::Sqlite(_)), "{refused:?}");
    assert!(fs::read(&database).unwrap() == bytes, "it was changed");
}
