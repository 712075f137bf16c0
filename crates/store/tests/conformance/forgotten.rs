//! What is forgotten is in no term of the text index, its numbers are not given again, and the rest is as it was.
//! Of the SQLite engine: the tests look into its index and its rows.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use quipu_core::id::MemoryId;
use quipu_core::outcome::Outcome;
use quipu_store::StoreError;
use quipu_store::forget::{Forget, Selection};
use quipu_store::write::{Applied, Write};

use super::world::{World, note, query, sqlite};

/// Every term of every segment, deleted documents' too.
fn terms(dir: &Path) -> BTreeSet<String> {
    let index = tantivy::Index::open_in_dir(dir.join("text")).unwrap();
    let field = index.schema().get_field("text").unwrap();
    let searcher = index.reader().unwrap().searcher();
    let mut terms = BTreeSet::new();
    for segment in searcher.segment_readers() {
        let inverted = segment.inverted_index(field).unwrap();
        let mut stream = inverted.terms().stream().unwrap();
        while stream.advance() {
            terms.insert(String::from_utf8_lossy(stream.key()).into_owned());
        }
    }
    terms
}

/// The names of the segments that there are files of.
fn segments(dir: &Path) -> BTreeSet<String> {
    let names = std::fs::read_dir(dir.join("text")).unwrap().flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.len() > 32).map(|name| name[..32].to_owned()).collect()
}

fn saved(outcome: Outcome) -> MemoryId {
    outcome.id().unwrap()
}

fn newest(dir: &Path) -> (i64, i64) {
    let connection = rusqlite::Connection::open(dir.join("quipu.db")).unwrap();
    let of = "select (select max(seq) from memory), (select max(seq) from chunk)";
    connection.query_row(of, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

fn forget(world: &World, ids: &[MemoryId]) {
    let selection = Selection { ids: ids.to_vec(), ..Selection::default() };
    let confirm = world.cover(&selection).unwrap().code("");
    let wanted = Forget { selection, with: String::new(), confirm };
    let applied = world.put(Write::Forget(Box::new(wanted))).unwrap();
    assert!(matches!(applied, Applied::Forgotten(gone) if gone.memories == ids.len() as u64), "{applied:?}");
    world.strike_files(world.now()).unwrap();
    assert_eq!(world.purge(world.now(), Duration::from_secs(60)).unwrap(), []);
}

fn is_whole(world: &World) {
    let check = world.check().unwrap();
    assert_eq!(check.without_row, 0);
    assert_eq!(check.without_text.unwrap().count + check.without_vector.unwrap().count, 0);
}

#[test]
fn no_term_of_it_is_left_and_no_number_is_given_again() {
    let mut world = World::new(sqlite);
    for n in 0..30 {
        world.save(note(&format!("The heron number{n} stands in the shallow water.")));
    }
    let first = saved(world.save(note("In the middle stands zqfirstword.")));
    world.settle();
    world.save(note("And one more after it."));
    let last = saved(world.save(note("At the end stands zqlastword.")));
    world.settle();
    let before = terms(world.dir());
    assert!(before.contains("zqfirstword") && before.contains("zqlastword"), "{before:?}");
    let (memories, chunks) = newest(world.dir());
    forget(&world, &[first, last]);
    let after = terms(world.dir());
    assert_eq!(
        before.difference(&after).map(String::as_str).collect::<Vec<_>>(),
        ["end", "middl", "zqfirstword", "zqlastword"]
    );
    is_whole(&world);
    // The next owner takes the index as it is, although its newest chunk is gone.
    let kept = segments(world.dir());
    world.reopen();
    world.settle();
    assert_eq!(segments(world.dir()), kept, "it was not made anew");
    let next = saved(world.save(note("What comes now has a number of its own: zqnextword.")));
    assert_eq!(newest(world.dir()), (memories + 1, chunks + 1));
    world.settle();
    assert_eq!(world.search(&query("zqnextword")).unwrap().hits[0].memory.id, next);
    assert!(world.search(&query("zqlastword")).unwrap().hits.is_empty());
    is_whole(&world);
}

#[test]
fn all_of_it_can_go_and_a_new_beginning_is_one() {
    let mut world = World::new(sqlite);
    let ids: Vec<MemoryId> = (0..5).map(|n| saved(world.save(note(&format!("zqword{n} and more"))))).collect();
    world.settle();
    forget(&world, &ids);
    assert!(terms(world.dir()).is_empty());
    world.reopen();
    let id = saved(world.save(note("A word after all: zqword1.")));
    world.settle();
    assert_eq!(world.search(&query("zqword1")).unwrap().hits[0].memory.id, id);
    is_whole(&world);
}

#[test]
fn what_was_not_shown_is_not_forgotten() {
    let world = World::new(sqlite);
    let id = saved(world.save(note("One.")));
    let selection = Selection { text: Some("One".to_owned()), ..Selection::default() };
    let confirm = world.cover(&selection).unwrap().code("");
    world.save(note("One more."));
    let wanted = Forget { selection, with: String::new(), confirm };
    let refused = world.put(Write::Forget(Box::new(wanted)));
    assert!(matches!(refused, Err(StoreError::Unconfirmed)), "{refused:?}");
    assert!(world.memory(id).unwrap().is_some());
}
