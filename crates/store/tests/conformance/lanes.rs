//! A ranking does not depend on what the index has taken in so far, and is the same every time.
//! It must not know an index; `settle` and `stats().tail` are all it has.

use quipu_core::id::MemoryId;
use quipu_core::kind::Kind;
use quipu_store::read::SearchQuery;
use quipu_store::write::Write;

use super::random::Random;
use super::ranking::{Ranking, difference, ranking};
use super::tape::Tape;
use super::world::{World, each, note, query};

/// A session of `count` records from 1 to some hundreds of words: long ones have rounded lengths in many indexes.
fn corpus(seed: u64, count: usize) -> Tape {
    let random = &mut Random::new(seed);
    (0..count).fold(Tape::new("s"), |tape, n| {
        let length = 1 + if n % 10 == 0 { random.below(300) } else { random.below(30) };
        tape.say(*random.of(&[Kind::Prompt, Kind::Answer]), &random.words(length))
    })
}

fn queries() -> Vec<String> {
    let random = &mut Random::new(77);
    (0..30).map(|n| random.words(1 + n % 8)).collect()
}

fn rankings(w: &World, limit: usize) -> Vec<Ranking> {
    queries().iter().map(|text| ranking(&**w, &SearchQuery { limit, ..query(text) })).collect()
}

/// Fails at the first query that is answered otherwise.
fn assert_alike(found: &[Ranking], expected: &[Ranking], name: &str) {
    for (n, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(difference(found, expected), None, "{name}: {}", queries()[n]);
    }
}

/// The rankings while exactly `fresh` chunks are not in the index, if the engine lets one look that quickly.
fn rankings_with_tail(w: &World, tape: &Tape, settled: usize, limit: usize) -> Option<Vec<Ranking>> {
    for _ in 0..20 {
        let w = w.another();
        if settled > 0 {
            w.put(tape.write(0, settled)).unwrap();
            w.settle();
        }
        let before = w.stats().unwrap().chunks;
        w.put(tape.write(settled, tape.turns.len())).unwrap();
        let found = rankings(&w, limit);
        let stats = w.stats().unwrap();
        if stats.tail == stats.chunks - before {
            return Some(found);
        }
    }
    None
}

#[test]
fn tail_index_and_both_rank_alike() {
    each(|w| {
        // The second corpus has more candidates for a word than are gathered for a query.
        for (count, limit) in [(120, 10), (700, 10), (700, 60)] {
            let tape = corpus(count as u64, count);
            let indexed = w.another();
            indexed.put(tape.whole()).unwrap();
            indexed.settle();
            let index_only = rankings(&indexed, limit);
            assert!(index_only.iter().all(|ranking| !ranking.is_empty()));
            for settled in [0, count / 3, count - 1] {
                match rankings_with_tail(w, &tape, settled, limit) {
                    Some(found) => assert_alike(&found, &index_only, &format!("{count}/{settled}/{limit}")),
                    None => println!("no tail to be seen with {settled} of {count} settled"),
                }
            }
        }
    });
}

#[test]
fn the_same_question_gets_the_same_answer() {
    each(|w| {
        let tape = corpus(5, 400);
        w.put(tape.write(0, 200)).unwrap();
        w.settle();
        w.put(tape.write(200, 400)).unwrap();
        let first = rankings(w, 40);
        for round in 0..5 {
            assert_alike(&rankings(w, 40), &first, &format!("asked again, {round}"));
        }
        w.settle();
        assert_alike(&rankings(w, 40), &first, "settled");
        w.reopen();
        assert_alike(&rankings(w, 40), &first, "reopened");
    });
}

#[test]
fn among_equals_the_newest_come_first_however_many_there_are() {
    each(|w| {
        let mut expected = Vec::new();
        for n in 0..400 {
            // Equal to the analyser, different to the rule against twins.
            expected.push(w.stored(note(&format!("falcon{}", ".".repeat(n)))));
            if n == 150 {
                w.settle();
            }
        }
        expected.reverse();
        for round in ["fresh", "settled", "reopened"] {
            for limit in [5, 40, 400] {
                let hits = w.search(&SearchQuery { limit, ..query("falcon") }).unwrap().hits;
                let ids: Vec<MemoryId> = hits.iter().map(|h| h.memory.id).collect();
                assert!(ids == expected[..limit], "{round}, limit {limit}");
            }
            match round {
                "fresh" => w.settle(),
                _ => w.reopen(),
            }
        }
    });
}

#[test]
fn an_acknowledged_write_is_found_at_once() {
    each(|w| {
        for n in 0..300 {
            let text = format!("sighting{n} falcon");
            match n % 2 {
                0 => drop(w.stored(note(&text))),
                _ => {
                    drop(w.put(Write::Turns(Box::new(Tape::new(&format!("s{n}")).prompt(&text).slice(0, 1)))).unwrap())
                }
            }
            assert_eq!(w.find(&format!("sighting{n}")), [text]);
        }
    });
}
