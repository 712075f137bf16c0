//! Transcripts: the same memories and the same ranking however they are cut, and offsets that move with their rows.
//! It must not know file formats.

use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, Origin, Provenance};
use quipu_core::turn::{SkipReason, Skipped, Speaker};
use quipu_store::StoreError;
use quipu_store::read::{Neighbours, SearchQuery};
use quipu_store::write::{Applied, TurnBatch, TurnCounts, Write};

use super::random::Random;
use super::ranking::{difference, ranking};
use super::tape::Tape;
use super::world::{World, each, id_of, project, query, session};

fn counts(stored: u64, duplicate: u64, merged: u64) -> Applied {
    Applied::Turns(TurnCounts { stored, duplicate, merged, forgotten: 0 })
}

/// A session of `length` records, every third with two parts of one message.
fn long_tape(seed: u64, length: usize) -> Tape {
    let random = &mut Random::new(seed);
    (0..length).fold(Tape::new(&format!("s{seed}")), |tape, n| {
        let kind = *random.of(&[Kind::Prompt, Kind::Answer, Kind::Thought]);
        let words = 1 + random.below(400);
        let tape = tape.say(kind, &format!("{}. Record {n}", random.words(words)));
        if n % 3 > 0 { tape.but(|turn| turn.group = format!("message {}", n / 3)) } else { tape }
    })
}

#[test]
fn a_turn_reads_back_with_its_provenance() {
    each(|w| {
        let tape = Tape::new("s").prompt("Where is the lock?").answer("In the data directory.").but(|t| {
            t.origin = Speaker::Program;
            t.branch = None;
        });
        assert_eq!(w.put(tape.whole()).unwrap(), counts(2, 0, 0));
        let found = w.search(&query("directory")).unwrap().hits.remove(0).memory;
        assert_eq!((found.id, found.kind, found.origin), (id_of("s#1"), Kind::Answer, Origin::Transcript));
        assert_eq!((found.project, found.session), (Some(project("p")), Some(session("s"))));
        assert_eq!((found.branch, found.speaker, found.lifecycle), (None, Speaker::Program, Lifecycle::Live));
        assert_eq!((found.occurred_at, found.redactions), (Tape::at(1), 0));
        let path = tape.path.to_string_lossy().into_owned();
        assert_eq!(found.provenance, Some(Provenance { path, from: 100, to: 200 }));
        assert_eq!(w.memory(id_of("s#0")).unwrap().unwrap().branch.as_deref(), Some("main"));
        assert_eq!(w.source(&tape.path).unwrap().unwrap(), tape.slice(0, 2).source);
        assert_eq!(w.source("/nowhere".as_ref()).unwrap(), None);
    });
}

#[test]
fn line_by_line_ends_as_the_whole_file_does() {
    each(|w| {
        let tape = long_tape(1, 150);
        w.put(tape.whole()).unwrap();
        let lines = w.another();
        for n in 0..150 {
            assert_eq!(lines.put(tape.write(n, n + 1)).unwrap(), counts(1, 0, 0));
        }
        let parts = w.another();
        let mut at = 0;
        for step in [1, 50, 2, 90, 7] {
            parts.put(tape.write(at, at + step)).unwrap();
            parts.settle();
            at += step;
        }
        for world in [&lines, &parts] {
            assert_eq!(world.all(), w.all());
            assert_eq!(world.source(&tape.path).unwrap(), w.source(&tape.path).unwrap());
        }
        let random = &mut Random::new(2);
        for _ in 0..3 {
            for length in [1, 1, 2, 3, 5, 8, 20] {
                let text = random.words(length);
                let q = SearchQuery { neighbours: Neighbours::Load, ..query(&text) };
                let whole = ranking(&**w, &q);
                assert!(!whole.is_empty(), "{text}");
                assert_eq!(difference(&ranking(&*lines, &q), &whole), None, "line by line: {text}");
                assert_eq!(difference(&ranking(&*parts, &q), &whole), None, "in parts: {text}");
            }
            for world in [&*w, &lines, &parts] {
                world.settle();
            }
        }
    });
}

#[test]
fn a_resumed_session_repeats_nothing() {
    each(|w| {
        let tape = Tape::new("s").prompt("First.").answer("Second.");
        w.put(tape.whole()).unwrap();
        // A resume copies the records into another file, under another session, and goes on there.
        let mut resumed = tape.clone().prompt("Third.");
        resumed.path = "/home/dev/.claude/projects/p/resumed.jsonl".into();
        for ready in &mut resumed.turns {
            ready.turn.session = "resumed".into();
            ready.id = id_of(&format!("resumed {}", ready.turn.source_id));
        }
        assert_eq!(w.put(resumed.whole()).unwrap(), counts(1, 2, 0));
        assert_eq!(w.put(resumed.whole()).unwrap(), counts(0, 3, 0));
        let mut all = w.all();
        all.sort();
        assert_eq!(all, ["First.", "Second.", "Third."]);
        assert_eq!(w.find("second")[0], "Second.");
        // The same record twice in one slice.
        let mut twice = Tape::new("t").prompt("Only once.").slice(0, 1);
        twice.turns.extend(twice.turns.clone());
        twice.turns[1].id = id_of("twice");
        assert_eq!(w.put(Write::Turns(Box::new(twice))).unwrap(), counts(1, 1, 0));
    });
}

#[test]
fn a_stale_offset_is_refused_and_nothing_of_the_slice_is_kept() {
    each(|w| {
        let tape = (0..6).fold(Tape::new("s"), |tape, n| tape.prompt(&format!("Record {n}.")));
        w.put(tape.write(0, 2)).unwrap();
        let mut with_skipped = tape.slice(3, 5);
        with_skipped.skipped.push(skip("x-new", 300));
        for stale in [with_skipped, tape.slice(1, 3)] {
            let refused = w.put(Write::Turns(Box::new(stale)));
            assert!(matches!(refused, Err(StoreError::StaleOffset { stored: 200 })), "{refused:?}");
        }
        assert_eq!(w.all().len(), 2);
        assert_eq!(w.source(&tape.path).unwrap().unwrap().read_to, 200);
        assert!(w.stats().unwrap().skipped.is_empty());
        assert_eq!(w.find("record").len(), 2);
        w.put(tape.write(2, 6)).unwrap();
        assert_eq!(w.all().len(), 6);
        // Of a file that was never read nothing can be left out.
        let unknown = Tape { path: "/home/dev/unknown.jsonl".into(), ..tape.clone() };
        let refused = w.put(unknown.write(3, 4));
        assert!(matches!(refused, Err(StoreError::StaleOffset { stored: 0 })), "{refused:?}");
        assert_eq!(w.source(&unknown.path).unwrap(), None);
        // A file that was replaced is read from its start, wherever the old one was read to.
        assert_eq!(w.put(tape.write(0, 1)).unwrap(), counts(0, 1, 0));
        assert_eq!(w.source(&tape.path).unwrap().unwrap().read_to, 100);
    });
}

#[test]
fn a_refused_slice_takes_nothing_with_it_that_waits_beside_it() {
    each(|w| {
        let tape = Tape::new("s").prompt("One.").prompt("Two.").prompt("Three.");
        w.put(tape.write(0, 1)).unwrap();
        let (sender, outcomes) = std::sync::mpsc::channel();
        for n in 0..60 {
            let write = match n % 3 {
                0 => tape.write(2, 3),
                _ => Write::Note(Box::new(super::world::note(&format!("Beside {n}.")))),
            };
            let sender = sender.clone();
            let lane = quipu_store::write::Lane::Interactive;
            w.submit(None, write, lane, w.now(), Box::new(move |outcome| sender.send((n, outcome)).unwrap()));
        }
        drop(sender);
        for (n, outcome) in outcomes {
            assert_eq!(outcome.is_err(), n % 3 == 0, "{n}: {outcome:?}");
        }
        assert_eq!(w.all().len(), 41);
        assert_eq!(w.find("beside").len(), 40);
        assert_eq!(w.source(&tape.path).unwrap().unwrap().read_to, 100);
    });
}

fn skip(record_type: &str, from: u64) -> Skipped {
    Skipped { record_type: record_type.into(), reason: SkipReason::Unknown, bytes: from..from + 10 }
}

#[test]
fn what_was_skipped_is_counted_with_its_first_and_last_place() {
    each(|w| {
        let tape = Tape::new("s").prompt("One.").prompt("Two.").prompt("Three.");
        let with = |batch: TurnBatch, skipped: Vec<Skipped>| Write::Turns(Box::new(TurnBatch { skipped, ..batch }));
        let torn = Skipped { reason: SkipReason::Unreadable, ..skip("unreadable", 50) };
        w.put(with(tape.slice(0, 1), vec![skip("x-new", 10), torn, skip("x-new", 30)])).unwrap();
        w.put(with(tape.slice(1, 2), vec![skip("x-new", 140)])).unwrap();
        let rows = |w: &World| {
            let skipped = w.stats().unwrap().skipped;
            skipped.into_iter().map(|r| (r.record_type, r.reason, r.count, r.first, r.last)).collect::<Vec<_>>()
        };
        let expected = vec![
            ("x-new".to_owned(), "unknown_type".to_owned(), 3, 10..20, 140..150),
            ("unreadable".to_owned(), "unreadable".to_owned(), 1, 50..60, 50..60),
        ];
        assert_eq!(rows(w), expected);
        w.reopen();
        assert_eq!(rows(w), expected);
        assert_eq!(w.stats().unwrap().skipped[0].path, tape.path);
        // The file was replaced: what was skipped in the old one says nothing of the new one.
        w.put(with(tape.slice(0, 1), vec![skip("x-new", 20)])).unwrap();
        assert_eq!(rows(w), [("x-new".to_owned(), "unknown_type".to_owned(), 1, 20..30, 20..30)]);
    });
}

#[test]
fn an_empty_slice_moves_the_offset() {
    each(|w| {
        let tape = Tape::new("s").prompt("One.");
        let mut empty = tape.slice(0, 1);
        empty.turns.clear();
        empty.reached = vec![("never seen".into(), Millis(0))];
        assert_eq!(w.put(Write::Turns(Box::new(empty))).unwrap(), counts(0, 0, 0));
        w.reopen();
        assert_eq!(w.source(&tape.path).unwrap().unwrap().read_to, 100);
        assert_eq!(w.stats().unwrap().sessions, 0);
    });
}
