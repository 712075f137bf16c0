//! Search by meaning: what was said in other words, what is left out of it, and vectors that rows lack.
//! It must not know the model's numbers: texts are chosen that any model tells apart.

use quipu_store::read::{By, SearchQuery};
use rusqlite::Connection;

use crate::world::{World, each, note, note_of, query, query_in, sqlite_files};

const BREAD: &str = "Bake the loaf in a hot oven and let the dough rise before.";
const QUEUE: &str = "Every worker renews its claim on a job; an expired one is taken by somebody else.";
/// Shares no word with [`BREAD`].
const ABOUT_BREAD: &str = "baking bread";

fn found(w: &World, q: &SearchQuery) -> Vec<String> {
    w.bodies(q)
}

#[test]
fn what_was_said_in_other_words_is_found() {
    each(|w| {
        w.stored(note(BREAD));
        w.stored(note(QUEUE));
        for round in ["fresh", "settled", "reopened"] {
            assert_eq!(found(w, &query(ABOUT_BREAD)).first().map(String::as_str), Some(BREAD), "{round}");
            let hits = w.search(&query(ABOUT_BREAD)).unwrap().hits;
            assert!(hits[0].cosine > 0.3 && hits[0].coverage > 0.0, "{round}: {:?}", hits[0]);
            // A stem is a word: "baking" finds "bake", and nothing else does.
            let words = SearchQuery { by: By::Words, ..query("sourdough crust") };
            assert!(found(w, &words).is_empty(), "{round}: by words alone");
            match round {
                "fresh" => w.settle(),
                _ => w.reopen(),
            }
        }
    });
}

#[test]
fn nobody_finds_what_another_project_means() {
    each(|w| {
        w.stored(note_of("kitchen", BREAD));
        w.stored(note_of("office", QUEUE));
        w.stored(note("Yeast makes pastry rise."));
        let from_office = found(w, &query_in("office", "sourdough crust in the oven"));
        assert!(!from_office.iter().any(|body| body == BREAD), "{from_office:?}");
        assert!(found(w, &query_in("kitchen", "sourdough crust in the oven")).contains(&BREAD.to_owned()));
    });
}

#[test]
fn a_word_that_nobody_used_finds_nothing() {
    each(|w| {
        w.stored(note(BREAD));
        w.stored(note(QUEUE));
        for word in ["zqxv", "TP1042", "0xdeadbeef", "the of and"] {
            assert!(found(w, &query(word)).is_empty(), "{word}: {:?}", found(w, &query(word)));
        }
    });
}

#[test]
fn vectors_that_rows_lack_are_made_again() {
    each(|w| {
        for n in 0..600 {
            w.stored(note(&format!("{QUEUE} Number {n}.")));
        }
        w.stored(note(BREAD));
        for change in [
            "delete from vector",
            "insert into embedding_model (id, name) values (99, 'older'); update vector set model_id = 99",
            "delete from vector where chunk_seq % 3 = 0",
        ] {
            w.reopen_after(|dir| Connection::open(sqlite_files(dir).0).unwrap().execute_batch(change).unwrap());
            w.settle();
            let answer = w.search(&query(ABOUT_BREAD)).unwrap();
            assert_eq!((answer.hits[0].memory.body.as_str(), answer.fallback), (BREAD, None), "{change}");
            assert_eq!(w.stats().unwrap().vectors, 601, "{change}");
        }
    });
}

#[test]
fn repeats_make_way_for_what_is_new() {
    each(|w| {
        for n in 0..6 {
            // Equal to the model, different to the rule against twins.
            w.stored(note(&format!("The writer holds the lock of the database{}", ".".repeat(n))));
        }
        w.stored(note("A writer waits for the database while a checkpoint runs."));
        let bodies = found(w, &query("writer of the database"));
        assert_eq!(bodies.len(), 7);
        let place = bodies.iter().position(|body| body.contains("checkpoint")).unwrap();
        assert!(place <= 1, "behind the first of its repeats: {bodies:?}");
    });
}
