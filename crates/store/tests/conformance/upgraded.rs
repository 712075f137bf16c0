//! A database that a quipu without this lifecycle has written: what it holds is read as it was, and goes on from there.
//! It knows the SQLite engine's file.

use quipu_core::change::{Action, Refusal};
use quipu_core::id::Millis;
use quipu_core::memory::Lifecycle;
use quipu_core::outcome::Word;
use quipu_core::scope::Reader;
use quipu_store::StoreError;
use quipu_store::read::{Scope, SearchQuery};
use quipu_store::write::{Applied, Undo, Write};

use super::changes::{act, done, whole};
use super::world::{ENGINES, START, World, id_of, query, sqlite_files};

/// The schema of that quipu.
const BEFORE: [&str; 4] = [
    include_str!("../../migrations/0001_create_memory.sql"),
    include_str!("../../migrations/0002_create_vector.sql"),
    include_str!("../../migrations/0003_add_provenance.sql"),
    include_str!("../../migrations/0004_add_revisions.sql"),
];

/// Two notes: one that was edited and archived, one in whose place it stood for a while.
fn database(dir: &std::path::Path) {
    let connection = rusqlite::Connection::open(sqlite_files(dir).0).unwrap();
    BEFORE.iter().for_each(|sql| connection.execute_batch(sql).unwrap());
    connection.pragma_update(None, "user_version", 4).unwrap();
    let note =
        "insert into memory (id, workspace_id, kind, body, content_hash, occurred_at, recorded_at, origin, position,
            archived_at, archive_reason, revision)
         values (?1, 1, 'insight', ?2, ?3, ?4, ?4, 'saved', 0, ?5, ?6, ?7)";
    let add = |name: &str, body: &str, archived: Option<i64>, revision: u32| {
        let (id, hash) = (id_of(name).0, quipu_core::hash::content_hash(body));
        let reason = archived.map(|_| "no longer so");
        connection.execute(note, (id.as_bytes(), body, hash, START, archived, reason, revision)).unwrap();
        connection.last_insert_rowid()
    };
    let (a, b) = (add("a", "The osprey dives.", Some(START + 20), 3), add("b", "A kestrel hovers.", None, 3));
    let revision = "insert into memory_revision (memory_seq, revision, kind, applies_to, keywords, body, pinned, lifecycle, replaced_at)
         values (?1, ?2, 'insight', 'global', '[]', ?3, 0, ?4, ?5)";
    for (memory, number, body, lifecycle, at) in [
        (a, 1, Some("The falcon sleeps."), "live", START + 10),
        (a, 2, None, "live", START + 20),
        (b, 1, None, "live", START + 10),
        (b, 2, None, "superseded", START + 20),
    ] {
        connection.execute(revision, (memory, number, body, lifecycle, at)).unwrap();
    }
    let chunk = "insert into chunk (memory_seq, ordinal, from_byte, to_byte, replaced_in) values (?1, ?2, 0, ?3, ?4)";
    connection.execute(chunk, (a, -(2_i64 << 32), 18, 2)).unwrap();
    connection.execute(chunk, (a, 0, 17, rusqlite::types::Null)).unwrap();
    connection.execute(chunk, (b, 0, 17, rusqlite::types::Null)).unwrap();
}

#[test]
fn what_an_older_quipu_wrote_is_as_it_was() {
    for (_, opener) in ENGINES {
        let dir = tempfile::tempdir().unwrap();
        database(dir.path());
        let mut w = World::new(*opener).on(dir);
        let [a, b] = ["a", "b"].map(id_of);
        let then = |w: &World, at: i64, word: &str| {
            let hits = w.search(&SearchQuery { as_of: Some(Millis(START + at)), ..query(word) }).unwrap().hits;
            hits.into_iter().filter(|hit| hit.own > 0.0).map(|hit| hit.memory.body).collect::<Vec<_>>()
        };
        for _ in 0..2 {
            w.settle();
            assert_eq!((w.find("osprey").len(), w.find("kestrel").len()), (0, 1));
            assert_eq!(
                (then(&w, 5, "falcon"), then(&w, 15, "falcon").len()),
                (vec!["The falcon sleeps.".to_owned()], 0)
            );
            assert_eq!((then(&w, 15, "osprey").len(), then(&w, 20, "osprey").len()), (1, 0));
            assert_eq!((then(&w, 15, "kestrel").len(), then(&w, 20, "kestrel").len()), (0, 1));
            let behind = w.memory_then(b, Millis(START + 15)).unwrap().unwrap();
            assert_eq!((behind.lifecycle, behind.superseded_by), (Lifecycle::Superseded, None));
            w.reopen();
        }
        let undo =
            |of| Write::Undo(Box::new(Undo { of: Some(of), scope: Scope::All, reader: Reader::Person, reason: None }));
        let refused = w.put(undo(a));
        assert!(matches!(refused, Err(StoreError::Refused(Refusal::NothingDone(id))) if id == a), "{refused:?}");
        assert_eq!(done(&w, act(a, Action::Restore)).1, 4);
        let Applied::Together(undone) = w.put(undo(a)).unwrap() else { panic!("it is undone") };
        assert_eq!(undone.of, Some(Word::Restored));
        let memory = w.memory(a).unwrap().unwrap();
        assert_eq!((memory.lifecycle, memory.archive_reason.as_deref()), (Lifecycle::Archived, Some("no longer so")));
        whole(&w);
    }
}

/// Bytes of a page of the database in a directory.
fn page(dir: &std::path::Path) -> i64 {
    let connection = rusqlite::Connection::open(sqlite_files(dir).0).unwrap();
    connection.query_row("pragma page_size", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_database_keeps_the_pages_it_was_made_with() {
    let [old, new] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    database(old.path());
    let of_old = page(old.path());
    for (dir, size) in [(&old, of_old), (&new, 8_192)] {
        drop(super::world::open(dir.path()));
        assert_eq!(page(dir.path()), size);
    }
    assert_ne!(of_old, 8_192, "else the first says nothing");
}
