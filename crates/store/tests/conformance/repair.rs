//! Looking, making anew, copying, restoring, and what a damaged database still gives.
//! Of the SQLite engine: the tests meddle with its rows and pages as no write would.

use std::fs;
use std::io::{Seek, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use quipu_store::StoreError;
use quipu_store::read::Derived;
use quipu_store::sqlite::{list_copies, name_of_copy, restore, tidy_copies, verify_copy};
use quipu_store::write::Write;

use super::world::{HANG, World, id_of, note, query, sqlite};

fn world() -> World {
    World::new(sqlite)
}

fn database(world: &World) -> PathBuf {
    world.dir().join("quipu.db")
}

fn until(done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < HANG, "waited in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Meddles with the rows while no engine is there.
fn meddle(world: &mut World, statement: &str) {
    world.reopen_after(|dir| {
        let connection = rusqlite::Connection::open(dir.join("quipu.db")).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        connection.execute_batch(statement).unwrap();
    });
}

fn settled(world: &World) {
    until(|| world.rebuilding().is_none() && !world.is_making_vectors());
    world.settle();
}

/// Turns the page that holds `text` into nonsense.
fn damage(database: &Path, text: &str) {
    let bytes = fs::read(database).unwrap();
    let size = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    let at = bytes.windows(text.len()).position(|window| window == text.as_bytes()).expect("the text is in the file");
    let mut file = fs::File::options().write(true).open(database).unwrap();
    file.seek(SeekFrom::Start((at / size * size) as u64)).unwrap();
    file.write_all(&[0xff; 64]).unwrap();
}

/// A world of some pages, each memory of which can be told by its number.
fn of_many(count: usize) -> World {
    let world = world();
    for n in 0..count {
        world.save(note(&format!("falcon number{n} {}", "flies over the wide valley ".repeat(20))));
    }
    world.settle();
    world
}

#[test]
fn a_fresh_store_lacks_nothing() {
    let world = of_many(30);
    let check = world.check().unwrap();
    assert!(check.integrity.is_empty() && check.damage.is_none(), "{check:?}");
    assert_eq!((check.schema, check.epoch, check.without_row), (check.schema_known, 1, 0));
    assert!(check.chunks >= 30, "{check:?}");
    for lacking in [check.without_text, check.without_vector] {
        assert_eq!(lacking.expect("the rows can be read").count, 0);
    }
}

/// A chunk that the index lacks although it reaches beyond it is found by itself, and comes back while searches go on.
#[test]
fn a_chunk_that_the_index_lacks_is_found_and_mended() {
    let mut world = world();
    for body in ["heron one", "heron two", "heron three"] {
        world.save(note(body));
    }
    world.settle();
    meddle(&mut world, "update chunk set seq = 20 where seq = 2; update vector set chunk_seq = 20 where chunk_seq = 2");
    world.settle();
    world.save(note("heron four"));
    world.settle();
    // The index holds 20 and 21 and is none the wiser.
    meddle(&mut world, "update chunk set seq = 10 where seq = 20; delete from vector where chunk_seq = 3");
    until(|| !world.is_making_vectors());
    let check = world.check().unwrap();
    let lacking = check.without_text.unwrap();
    assert_eq!((lacking.count, lacking.first.len(), check.without_row), (1, 1, 2), "chunk 10; chunks 2 and 20");
    assert_eq!(world.memory(lacking.first[0]).unwrap().unwrap().body, "heron two");
    assert!(!world.find("heron").contains(&"heron two".to_owned()));

    world.rebuild(Derived::Text).unwrap();
    assert!(world.search(&query("heron")).is_ok(), "searches go on");
    settled(&world);
    let check = world.check().unwrap();
    assert_eq!((check.without_text.unwrap().count, check.without_row), (0, 0));
    assert_eq!(world.find("heron").len(), 4);
    assert_eq!(world.search(&query("heron")).unwrap().fallback, None);
}

#[test]
fn vectors_that_rows_lack_are_found_and_made() {
    let world = of_many(20);
    let outside = rusqlite::Connection::open(database(&world)).unwrap();
    outside.busy_timeout(Duration::from_secs(5)).unwrap();
    outside.execute_batch("delete from vector where chunk_seq in (3, 5)").unwrap();
    let lacking = world.check().unwrap().without_vector.unwrap();
    assert_eq!((lacking.count, lacking.first.len()), (2, 2));
    world.rebuild(Derived::Vectors).unwrap();
    settled(&world);
    assert_eq!(world.check().unwrap().without_vector.unwrap().count, 0);
}

#[test]
fn a_copy_is_whole_and_of_its_own() {
    let world = of_many(40);
    let copies = world.dir().join("backups");
    fs::create_dir(&copies).unwrap();
    // What was broken off earlier, and more copies than are kept.
    fs::write(copies.join(".quipu-0.db.unfinished"), "half").unwrap();
    for stamp in ["1", "2", "3"] {
        let facts = world.back_up(&name_of_copy(&copies, stamp)).unwrap();
        assert_eq!((facts.memories, facts.epoch), (40, 1));
        assert_eq!(verify_copy(&facts.path).unwrap(), facts);
    }
    tidy_copies(&copies, 2);
    assert_eq!(list_copies(&copies), ["3", "2"].map(|stamp| name_of_copy(&copies, stamp)));
    assert_eq!(fs::read_dir(&copies).unwrap().count(), 2, "nothing else is left");
    world.save(note("after the copy"));
    assert_eq!(verify_copy(&name_of_copy(&copies, "3")).unwrap().memories, 40);
}

#[test]
fn only_a_whole_database_of_ours_is_restored() {
    let world = of_many(60);
    let dir = world.dir();
    let copy = dir.join("copy.db");
    world.back_up(&copy).unwrap();
    let before = fs::read(database(&world)).unwrap();
    let refuse = |name: &str, bytes: &[u8], reason: &str| {
        let file = dir.join(name);
        fs::write(&file, bytes).unwrap();
        let refused = restore(&file, &database(&world), &dir.join("text"), 0, "t").unwrap_err().to_string();
        assert!(refused.contains(reason), "{name}: {refused}");
    };
    let whole = fs::read(&copy).unwrap();
    refuse("empty", b"", "no database of quipu");
    refuse("letter", b"a letter to a friend, and no database at all, but longer than a header", "no SQLite database");
    refuse("half", &whole[..whole.len() / 2], "damaged");
    damage(&copy, "number31");
    refuse("damaged", &fs::read(&copy).unwrap(), "damaged");
    let later = dir.join("later.db");
    fs::write(&later, &whole).unwrap();
    rusqlite::Connection::open(&later).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let refused = restore(&later, &database(&world), &dir.join("text"), 0, "t");
    assert!(matches!(refused, Err(StoreError::FutureSchema { found: 99, .. })), "{refused:?}");
    let foreign = dir.join("foreign.db");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("create table t (x)").unwrap();
    refuse("foreign.copy", &fs::read(&foreign).unwrap(), "no database of quipu");
    let refused = restore(&dir.join("nowhere"), &database(&world), &dir.join("text"), 0, "t");
    assert!(matches!(refused, Err(StoreError::Io { .. })), "{refused:?}");
    assert_eq!(fs::read(database(&world)).unwrap(), before);
}

#[test]
fn a_restore_goes_there_and_back() {
    let mut world = of_many(10);
    let copy = world.dir().join("copy.db");
    world.back_up(&copy).unwrap();
    world.save(note("later than the copy"));
    let mut aside = None;
    world.reopen_after(|dir| {
        let done = restore(&copy, &dir.join("quipu.db"), &dir.join("text"), 7, "t").unwrap();
        assert_eq!(done.database.epoch, 8, "beyond what anybody has heard of");
        aside = done.aside;
    });
    assert_eq!(world.all().len(), 10);
    world.settle();
    assert_eq!((world.find("falcon").len(), world.check().unwrap().epoch), (10, 9));
    let aside = aside.expect("what was there is kept");
    world.reopen_after(|dir| {
        restore(&aside, &dir.join("quipu.db"), &dir.join("text"), 0, "u").unwrap();
    });
    assert_eq!((world.all().len(), world.check().unwrap().epoch), (11, 11));
    assert!(aside.exists(), "it is not used up");
}

/// The page is damaged while the engine runs, and while it does not.
#[test]
fn a_damaged_page_stops_writes_and_no_more() {
    let mut world = of_many(400);
    let copies = world.dir().join("backups");
    fs::create_dir(&copies).unwrap();
    let copy = name_of_copy(&copies, "1");
    world.back_up(&copy).unwrap();
    world.reopen_after(|dir| damage(&dir.join("quipu.db"), "number200 "));
    for round in ["met at the start", "told by the marker"] {
        let refused = world.put(Write::Note(Box::new(note("not now"))));
        match refused {
            Err(StoreError::Damaged { backup, .. }) => assert_eq!(backup.as_ref(), Some(&copy), "{round}"),
            other => panic!("{round}: {other:?}"),
        }
        assert_eq!(world.find("number3").len(), 1, "{round}");
        let answer = world.search(&query("falcon number200 number201")).unwrap();
        assert!(answer.fallback.unwrap().contains("damaged"), "{round}");
        assert!(world.fence().is_ok() && world.damage().is_some(), "{round}");
        assert!(matches!(world.back_up(&copies.join("x.db")), Err(StoreError::Damaged { .. })), "{round}");
        let check = world.check().unwrap();
        assert!(!check.integrity.is_empty(), "{round}: {check:?}");
        let bytes = fs::read(database(&world)).unwrap();
        world.reopen();
        assert_eq!(fs::read(database(&world)).unwrap(), bytes, "{round}: it was written to");
    }
    world.reopen_after(|dir| {
        restore(&copy, &dir.join("quipu.db"), &dir.join("text"), 0, "t").unwrap();
    });
    assert_eq!(world.damage(), None);
    assert_eq!(world.all().len(), 400);
    world.stored(note("now"));
}

/// Somebody only reads, and meets it: nobody writes from then on.
#[test]
fn damage_that_a_reader_meets_stops_the_writer() {
    let world = of_many(400);
    let wal = world.dir().join("quipu.db-wal");
    until(|| fs::metadata(&wal).map_or(0, |meta| meta.len()) == 0);
    damage(&database(&world), "number200 ");
    // A commit of somebody else makes readers forget the pages they know.
    world.stored(note("the last one"));
    let body = format!("falcon number200 {}", "flies over the wide valley ".repeat(20));
    assert!(matches!(world.memory(id_of(&body)), Err(StoreError::Damaged { backup: None, .. })));
    assert!(matches!(world.put(Write::Note(Box::new(note("not now")))), Err(StoreError::Damaged { .. })));
    assert!(matches!(world.rebuild(Derived::Text), Err(StoreError::Damaged { .. })));
    assert_eq!(world.find("last one").first().map(String::as_str), Some("the last one"), "what was kept stays");
}
