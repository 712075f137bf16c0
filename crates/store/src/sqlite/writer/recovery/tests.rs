//! What only another connection can bring about: rows that the writer does not know of, and a database that is held.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Note, Origin};
use quipu_embed::StaticModel;
use rusqlite::Connection;
use uuid::Uuid;

use super::*;
use crate::Engine;
use crate::sqlite::open::OpenOptions;
use crate::sqlite::text::index::TextIndex;
use crate::sqlite::text::tail::Tail;
use crate::sqlite::vectors::Vectors;
use crate::sqlite::visibility::Filter;
use crate::sqlite::{FenceCheck, SqliteEngine};
use crate::write::{Lane, Write};
use quipu_core::scope::{Privacy, Viewer};

fn options(dir: &std::path::Path, fence: FenceCheck) -> OpenOptions {
    OpenOptions {
        data: dir.to_owned(),
        database: dir.join("q.db"),
        index: dir.join("text"),
        backups: dir.join("backups"),
        vectors: None,
        fence,
        embedder: Arc::new(StaticModel::bundled()),
    }
}

fn insert(connection: &Connection, seq: u8) {
    connection
        .execute(
            "insert into memory (seq, workspace_id, id, kind, body, content_hash, occurred_at, recorded_at, origin, position)
             values (?1, 1, ?2, 'insight', 'falcon', 'h', 1, 1, 'saved', ?1)",
            (seq, [seq; 16]),
        )
        .unwrap();
    connection
        .execute("insert into chunk (memory_seq, ordinal, from_byte, to_byte) values (?1, 0, 0, 6)", [seq])
        .unwrap();
}

#[test]
fn rows_that_were_committed_unseen_are_seen_after_a_second_look() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path(), Arc::new(|| Ok(())));
    let connection = open::writer(&options).unwrap();
    let searcher = TextIndex::open(&options.index).unwrap().reader.searcher();
    let mut live = Live {
        slots: Slots::default(),
        tail: Tail::default(),
        vectors: Vectors::default(),
        searcher,
        indexed: 0,
        catching_up_to: 0,
    };
    insert(&connection, 1);
    look_again(&mut live, &connection, 1).unwrap();
    insert(&connection, 2);
    connection.execute("update memory set archived_at = 1 where seq = 1", []).unwrap();
    for _ in 0..2 {
        look_again(&mut live, &connection, 1).unwrap();
        assert_eq!((live.slots.len(), live.tail.len(), live.tail.document_frequency("falcon")), (2, 2, 2));
        let filter = Filter {
            project: None,
            kinds: u32::MAX,
            since: 0,
            until: u32::MAX,
            only_live: true,
            now: quipu_core::id::Millis(0),
            not_session: None,
            among: None,
            viewer: Viewer::PERSON,
            left_out: None,
        };
        assert_eq!([1, 2].map(|seq| live.slots.visible(seq, &filter)), [false, true]);
    }
}

#[test]
fn a_database_that_somebody_holds_is_waited_for_once() {
    let dir = tempfile::tempdir().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let fence: FenceCheck = Arc::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    let engine = SqliteEngine::open(options(dir.path(), fence)).unwrap();
    let save = |n: u128, reply: crate::engine::Reply| {
        let note = Note {
            id: MemoryId(Uuid::from_u128(n)),
            kind: Kind::Insight,
            title: None,
            applies_to: "global".into(),
            keywords: Vec::new(),
            body: format!("falcon {n}"),
            original_hash: None,
            occurred_at: Millis(1),
            project: None,
            session: None,
            origin: Origin::Saved,
            supersedes: None,
            aside: Default::default(),
            kept_by: Vec::new(),
            privacy: Privacy::Shared,
            importance: quipu_core::standing::Importance::ORDINARY,
            valid: quipu_core::standing::Validity::ALWAYS,
        };
        engine.submit(None, Write::Note(Box::new(note)), Lane::Interactive, Millis(1), reply);
    };
    // The first one's reply keeps the writer busy until the others wait together, and the database is held.
    let (committed, commit) = mpsc::channel();
    let (held, hold) = mpsc::sync_channel(0);
    save(0, Box::new(move |outcome| committed.send(outcome).is_ok().then(|| hold.recv().unwrap()).unwrap()));
    commit.recv().unwrap().unwrap();
    let (sender, outcomes) = mpsc::channel();
    for n in 1..=10 {
        let sender = sender.clone();
        save(n, Box::new(move |outcome| sender.send(outcome).unwrap()));
    }
    let foreign = Connection::open(dir.path().join("q.db")).unwrap();
    foreign.execute_batch("begin immediate").unwrap();
    let before = asked.load(Ordering::SeqCst);
    held.send(()).unwrap();
    for _ in 1..=10 {
        let refused = outcomes.recv().unwrap();
        assert!(matches!(&refused, Err(error) if matches!(error, StoreError::Locked(_))), "{refused:?}");
    }
    // One transaction was tried, which asks the fence before it begins; the index's own commits may ask as well.
    assert!(asked.load(Ordering::SeqCst) - before < 4, "each write waited by itself");
    foreign.execute_batch("rollback").unwrap();
    save(11, Box::new(move |outcome| sender.send(outcome).unwrap()));
    outcomes.recv().unwrap().unwrap();
}
