//! The text index is derived: whatever becomes of its files, every row is found again after the next start.
//! Of the SQLite engine only. It must not know SQL.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use quipu_store::StoreError;
use quipu_store::read::SearchQuery;

use super::random::Random;
use super::ranking::{Ranking, difference, ranking};
use super::tape::Tape;
use super::world::{World, copy_tree, indexed, note, note_of, open, query, query_in, sqlite, sqlite_files, unfenced};

const ROWS: usize = 300;

/// A world with rows and an index over several segments, to be copied: an index that was just closed may still be
/// tidying up in the background, which no other process would see.
fn template() -> World {
    let w = fill();
    indexed(&*w);
    std::thread::sleep(Duration::from_millis(500));
    w
}

/// A copy of `template`, opened after something was done to it.
fn copy_of(template: &World, meddle: impl FnOnce(&Path)) -> World {
    let copy = tempfile::tempdir().unwrap();
    copy_tree(template.dir(), copy.path());
    meddle(copy.path());
    template.on(copy)
}

fn fill() -> World {
    let w = World::new(sqlite);
    let random = &mut Random::new(3);
    let tape = (0..ROWS).fold(Tape::new("s"), |tape, n| tape.prompt(&format!("falcon {} number{n}", random.words(6))));
    for n in 0..3 {
        w.put(tape.write(n * 100, n * 100 + 100)).unwrap();
        w.settle();
    }
    w
}

const QUERIES: [&str; 3] = ["falcon", "anchor copper", "number299"];

/// Does something to the index directory between two runs; everything must be found as where nothing was done.
fn check(template: &World, name: &str, meddle: impl FnOnce(&Path)) {
    let mut w = copy_of(template, |dir| meddle(&sqlite_files(dir).1));
    w.stored(note("written while the index is rebuilt: zeppelin"));
    assert_eq!(w.find("zeppelin").len(), 1, "{name}");
    w.settle();
    let answer = w.search(&query("number0")).unwrap();
    assert_eq!((answer.hits[0].own > 0.0, answer.fallback), (true, None), "{name}");
    w.reopen();
    assert_eq!(w.stats().unwrap().tail, 0, "{name}");
    for (text, expected) in QUERIES.iter().zip(undisturbed(template)) {
        let found = ranking(&*w, &SearchQuery { limit: 1_000, ..query(text) });
        assert_eq!(difference(&found, expected), None, "{name}: {text}");
    }
}

/// What is found when nothing happens to the index.
fn undisturbed(template: &World) -> &'static [Ranking] {
    static RANKINGS: OnceLock<Vec<Ranking>> = OnceLock::new();
    RANKINGS.get_or_init(|| {
        let w = copy_of(template, |_| {});
        w.stored(note("written while the index is rebuilt: zeppelin"));
        w.settle();
        let of = |text: &&str| ranking(&*w, &SearchQuery { limit: 1_000, ..query(text) });
        let rankings: Vec<Ranking> = QUERIES.iter().map(of).collect();
        assert_eq!(rankings[0].len(), ROWS);
        rankings
    })
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

/// A few bits changed, none of them near the end.
fn flipped(seed: u64, mut bytes: Vec<u8>) -> Vec<u8> {
    let random = &mut Random::new(seed + bytes.len() as u64);
    for _ in 0..if bytes.len() > 200 { 4 } else { 0 } {
        let at = random.below(bytes.len() - 150);
        bytes[at] ^= 1 << random.below(8);
    }
    bytes
}

#[test]
fn a_lost_index_is_made_again() {
    let t = &template();
    check(t, "deleted", |index| fs::remove_dir_all(index).unwrap());
    check(t, "emptied", |index| each_file(index, |path, _| fs::remove_file(path).unwrap()));
    check(t, "without its list of segments", |index| fs::remove_file(index.join("meta.json")).unwrap());
    check(t, "a file in its place", |index| {
        fs::remove_dir_all(index).unwrap();
        fs::write(index, "not a directory").unwrap();
    });
}

#[test]
fn a_spoilt_index_is_made_again() {
    let t = &template();
    check(t, "every file garbage", |index| {
        each_file(index, |path, old| fs::write(path, garbage(1, old.len())).unwrap())
    });
    check(t, "every file empty", |index| each_file(index, |path, _| fs::write(path, "").unwrap()));
    check(t, "every file cut", |index| each_file(index, |path, old| fs::write(path, &old[..old.len() / 2]).unwrap()));
    check(t, "the list of segments garbage", |index| fs::write(index.join("meta.json"), garbage(2, 500)).unwrap());
    check(t, "another program's files beside", |index| {
        fs::write(index.join("README"), garbage(3, 500)).unwrap();
        fs::create_dir(index.join("folder")).unwrap();
    });
    for seed in 0..4 {
        // Checksums stand at the end of each file; what they are of is spoilt, so the files still look well-formed.
        check(t, "a few bits flipped", |index| {
            each_file(index, |path, old| {
                if path.extension().is_none_or(|e| e != "json") {
                    fs::write(path, flipped(seed, old)).unwrap();
                }
            });
        });
    }
    check(t, "single files lost", |index| {
        each_file(index, |path, _| {
            if path.extension().is_some_and(|e| e == "term") {
                fs::remove_file(path).unwrap();
            }
        });
    });
}

/// Puts the index of a database with `rows` other rows in the place of the right one.
fn foreign(t: &World, rows: usize) {
    let other = World::new(sqlite);
    let tape = (0..rows).fold(Tape::new("other"), |tape, n| tape.prompt(&format!("walnut {n}")));
    other.put(tape.whole()).unwrap();
    indexed(&*other);
    check(t, &format!("of a database with {rows} rows"), |index| {
        fs::remove_dir_all(index).unwrap();
        copy_tree(&sqlite_files(other.dir()).1, index);
    });
}

#[test]
fn an_index_that_is_ahead_of_the_database_is_made_again() {
    foreign(&template(), ROWS + 50);
}

#[test]
fn an_index_of_another_database_is_made_again() {
    let t = &template();
    foreign(t, ROWS);
    foreign(t, ROWS - 50);
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
    assert!(matches!(refused, StoreError::Damaged { backup: None, .. }), "{refused:?}");
    assert!(fs::read(&database).unwrap() == bytes, "it was changed");
}

#[test]
fn a_rebuild_that_the_end_cuts_short_is_finished_by_the_next_start() {
    let mut w = World::new(sqlite);
    let tape = (0..9_000).fold(Tape::new("s"), |tape, n| tape.prompt(&format!("falcon {n}")));
    w.put(tape.whole()).unwrap();
    w.reopen_after(|dir| fs::remove_dir_all(sqlite_files(dir).1).unwrap());
    w.stored(note("written while the index is rebuilt: zeppelin"));
    w.reopen();
    indexed(&*w);
    assert_eq!(w.search(&SearchQuery { limit: 10_000, ..query("falcon") }).unwrap().hits.len(), 9_000);
    assert_eq!(w.find("zeppelin").len(), 1);
}
