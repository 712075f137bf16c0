//! Many at once and much of it: everything is answered once, stored once, and the journal stays small.
//! It must not assert times, but for bounds that tell a hang from a wait.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use quipu_core::id::Millis;
use quipu_core::outcome::Outcome;
use quipu_store::StoreError;
use quipu_store::read::{PageQuery, Scope, SearchQuery};
use quipu_store::write::{Applied, Lane, TurnCounts, Write};

use super::random::Random;
use super::tape::Tape;
use super::world::{HANG, START, each, event_of, note, note_of, outcome, query, query_in};

#[test]
fn eight_threads_with_two_hundred_writes_each() {
    each(|w| {
        let engine: &dyn quipu_store::Engine = &**w;
        let acknowledged: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|thread| {
                    scope.spawn(move || {
                        let save = |n: usize| {
                            let body = format!("falcon number{n} of thread{thread}");
                            let write = Write::Note(Box::new(note(&body)));
                            let event = Some(event_of(&body));
                            match outcome(engine.write(event, write, Lane::Interactive, Millis(START)).unwrap()) {
                                Outcome::Stored(id) => id,
                                other => panic!("{other:?}"),
                            }
                        };
                        (0..200).map(save).collect::<Vec<_>>()
                    })
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        let q = SearchQuery { limit: 5_000, ..query("falcon") };
        for _ in 0..2 {
            assert_eq!(acknowledged.iter().collect::<HashSet<_>>().len(), 1_600);
            assert_eq!(w.all().len(), 1_600);
            let found: HashSet<_> = w.search(&q).unwrap().hits.into_iter().map(|h| h.memory.id).collect();
            assert!(acknowledged.iter().all(|id| found.contains(id)) && found.len() == 1_600);
            w.reopen();
        }
    });
}

#[test]
fn more_than_the_queue_holds_is_refused_not_lost() {
    each(|w| {
        let (sender, outcomes) = mpsc::channel();
        let many = 12_000;
        for n in 0..many {
            let sender = sender.clone();
            let write = Write::Note(Box::new(note(&format!("falcon {n}"))));
            w.submit(None, write, Lane::Interactive, Millis(START), Box::new(move |o| sender.send(o).unwrap()));
        }
        drop(sender);
        let (mut stored, mut busy) = (0, 0);
        for outcome in outcomes {
            match outcome {
                Ok(Applied::Memory(Outcome::Stored(_))) => stored += 1,
                Err(StoreError::Busy) => busy += 1,
                other => panic!("{other:?}"),
            }
        }
        println!("{stored} stored, {busy} refused");
        assert_eq!(stored + busy, many);
        assert_eq!(w.all().len(), stored);
    });
}

#[test]
fn an_answer_is_whole_while_others_write() {
    each(|w| {
        let engine: &dyn quipu_store::Engine = &**w;
        for n in 0..20 {
            w.stored(note_of("p", &format!("falcon {n}")));
        }
        let running = AtomicBool::new(true);
        std::thread::scope(|scope| {
            let running = &running;
            scope.spawn(move || {
                for n in 0..400 {
                    // Better than all before it, so that it takes a place in the answer at once.
                    let write = Write::Note(Box::new(note_of("p", &format!("{} {n}", "falcon ".repeat(n + 2)))));
                    engine.write(None, write, Lane::Interactive, Millis(START)).unwrap();
                }
                running.store(false, Ordering::SeqCst);
            });
            while running.load(Ordering::SeqCst) {
                let q = SearchQuery { limit: 5, ..query_in("p", "falcon") };
                assert_eq!(engine.search(&q).unwrap().hits.len(), 5);
            }
        });
    });
}

/// A session of `count` records.
fn tape(name: &str, count: usize) -> Tape {
    let random = &mut Random::new(count as u64);
    (0..count).fold(Tape::new(name), |tape, n| {
        let length = 40 + random.below(60);
        tape.prompt(&format!("{} {n}", random.words(length)))
    })
}

#[test]
fn who_waits_is_answered_while_an_import_runs() {
    each(|w| {
        let engine: &dyn quipu_store::Engine = &**w;
        let tape = tape("import", 10_000);
        let running = AtomicBool::new(true);
        let answered = AtomicU64::new(0);
        std::thread::scope(|scope| {
            let (tape, running, answered) = (&tape, &running, &answered);
            scope.spawn(move || {
                for slice in 0..20 {
                    let write = tape.write(slice * 500, slice * 500 + 500);
                    let applied = engine.write(None, write, Lane::Bulk, Millis(START)).unwrap();
                    assert_eq!(applied, Applied::Turns(TurnCounts { stored: 500, duplicate: 0, merged: 0 }));
                }
                running.store(false, Ordering::SeqCst);
            });
            scope.spawn(move || {
                while running.load(Ordering::SeqCst) {
                    let n = answered.fetch_add(1, Ordering::SeqCst);
                    let started = Instant::now();
                    let body = format!("interactive{n}");
                    let write = Write::Note(Box::new(note(&body)));
                    engine.write(None, write, Lane::Interactive, Millis(START)).unwrap();
                    assert_eq!(engine.search(&query(&body)).unwrap().hits.len(), 1);
                    assert!(started.elapsed() < HANG);
                }
            });
        });
        println!("{} answered meanwhile", answered.load(Ordering::SeqCst));
        assert!(answered.load(Ordering::SeqCst) > 1);
        assert_eq!(w.all().len() as u64, 10_000 + answered.load(Ordering::SeqCst));
    });
}

#[test]
fn the_journal_stays_small_while_somebody_reads_all_the_time() {
    each(|w| {
        let engine: &dyn quipu_store::Engine = &**w;
        let tape = tape("import", 20_000);
        let running = AtomicBool::new(true);
        let largest = AtomicU64::new(0);
        std::thread::scope(|scope| {
            let (tape, running, largest) = (&tape, &running, &largest);
            // Two read everything, over and over: one of them always holds on to what the journal would like to drop.
            for reader in 0..3 {
                scope.spawn(move || {
                    let random = &mut Random::new(reader);
                    while running.load(Ordering::SeqCst) {
                        let length = 1 + random.below(6);
                        match reader {
                            0 => drop(engine.search(&query(&random.words(length))).unwrap()),
                            _ => drop(engine.page(&PageQuery::live(Scope::All, None, usize::MAX)).unwrap()),
                        }
                        largest.fetch_max(engine.gauges().wal_bytes, Ordering::SeqCst);
                    }
                });
            }
            for slice in 0..40 {
                engine.write(None, tape.write(slice * 500, slice * 500 + 500), Lane::Bulk, Millis(START)).unwrap();
                largest.fetch_max(engine.gauges().wal_bytes, Ordering::SeqCst);
            }
            running.store(false, Ordering::SeqCst);
        });
        let largest = largest.load(Ordering::SeqCst);
        println!("the journal grew to {} KB at most", largest / 1_024);
        assert!(largest < 24 << 20, "{largest}");
        w.settle();
        assert_eq!((w.stats().unwrap().chunks, w.stats().unwrap().tail), (20_000, 0));
        w.close();
        assert!(w.gauges().wal_bytes < 1 << 20, "closing empties it");
    });
}
