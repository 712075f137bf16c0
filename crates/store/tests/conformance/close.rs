//! The end of an engine: what was queued is finished, and what comes later is told so.
//! It must not know threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use quipu_core::id::Millis;
use quipu_store::StoreError;
use quipu_store::write::{Lane, Write};

use super::tape::Tape;
use super::world::{HANG, START, each, note, query};

fn a_note(n: usize) -> Write {
    Write::Note(Box::new(note(&format!("falcon number{n}"))))
}

#[test]
fn closing_finishes_what_was_queued_and_can_be_done_twice() {
    each(|w| {
        let answered = Arc::new(AtomicUsize::new(0));
        for n in 0..500 {
            let answered = answered.clone();
            let reply = Box::new(move |outcome: Result<_, StoreError>| {
                outcome.unwrap();
                answered.fetch_add(1, Ordering::SeqCst);
            });
            w.submit(None, a_note(n), Lane::Interactive, Millis(START), reply);
        }
        w.close();
        assert_eq!(answered.load(Ordering::SeqCst), 500);
        w.close();
        for lane in [Lane::Interactive, Lane::Bulk] {
            let refused = w.write(None, a_note(1_000), lane, Millis(START));
            assert!(matches!(refused, Err(StoreError::Closed)), "{refused:?}");
        }
        w.settle();
        w.reopen();
        assert_eq!(w.all().len(), 500);
        let answer = w.search(&query("number499")).unwrap();
        assert_eq!((answer.hits.len(), answer.fallback), (1, None), "closing indexed everything");
    });
}

#[test]
fn bulk_writers_that_wait_are_answered_when_it_closes() {
    each(|w| {
        let engine: &dyn quipu_store::Engine = &**w;
        let (sender, outcomes) = mpsc::channel();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let sender = sender.clone();
                scope.spawn(move || {
                    for n in 0..50 {
                        let tape = Tape::new(&format!("{thread}-{n}")).prompt("falcon");
                        sender.send(engine.write(None, tape.whole(), Lane::Bulk, Millis(START))).unwrap();
                    }
                });
            }
            drop(sender);
            std::thread::sleep(std::time::Duration::from_millis(30));
            engine.close();
        });
        let outcomes: Vec<_> = outcomes.iter().collect();
        assert_eq!(outcomes.len(), 400);
        assert!(outcomes.iter().all(|o| matches!(o, Ok(_) | Err(StoreError::Closed))));
        let stored = outcomes.iter().filter(|o| o.is_ok()).count();
        w.reopen();
        assert_eq!(w.all().len(), stored);
    });
}

#[test]
fn a_reply_that_panics_leaves_nobody_waiting() {
    each(|w| {
        w.submit(None, a_note(0), Lane::Interactive, Millis(START), Box::new(|_| panic!("this caller is broken")));
        let (sender, outcomes) = mpsc::channel();
        for n in 1..50 {
            let sender = sender.clone();
            // A reply that is never called is dropped, and its sender with it.
            let reply = Box::new(move |outcome: Result<_, StoreError>| sender.send(outcome.is_ok()).unwrap());
            w.submit(None, a_note(n), Lane::Interactive, Millis(START), reply);
        }
        drop(sender);
        let acknowledged = loop {
            match outcomes.recv_timeout(HANG) {
                Ok(_) => continue,
                Err(mpsc::RecvTimeoutError::Disconnected) => break true,
                Err(mpsc::RecvTimeoutError::Timeout) => break false,
            }
        };
        assert!(acknowledged, "somebody waits for ever");
        let after = w.write(None, a_note(100), Lane::Interactive, Millis(START));
        assert!(matches!(after, Ok(_) | Err(StoreError::Closed)), "{after:?}");
        w.reopen();
        assert!(w.all().contains(&"falcon number0".to_owned()), "it was committed before its reply was called");
    });
}
