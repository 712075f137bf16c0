//! An event id has one outcome for ever, however often and in whatever company the write comes again.
//! It must not know how outcomes are recorded.

use std::sync::mpsc;

use quipu_core::outcome::Outcome;
use quipu_store::StoreError;
use quipu_store::write::{Applied, Lane, TurnCounts, Write};

use super::tape::Tape;
use super::world::{World, each, event_of, id_of, note, outcome, project};

/// Writes under the event id that stands for `name`.
fn write(w: &World, name: &str, write: Write) -> Result<Applied, StoreError> {
    w.write(Some(event_of(name)), write, Lane::Interactive, w.now())
}

fn a_note(body: &str) -> Write {
    Write::Note(Box::new(note(body)))
}

#[test]
fn a_repeat_gets_the_first_outcome_also_after_reopening() {
    each(|w| {
        let first = write(w, "e", a_note("The lock is held for life.")).unwrap();
        assert!(matches!(outcome(first.clone()), Outcome::Stored(_)));
        assert_eq!(write(w, "e", a_note("The lock is held for life.")).unwrap(), first);
        // The event id decides, not the body.
        assert_eq!(write(w, "e", a_note("Something else.")).unwrap(), first);
        w.reopen();
        assert_eq!(write(w, "e", a_note("The lock is held for life.")).unwrap(), first);
        assert_eq!(w.all(), ["The lock is held for life."]);
        assert_eq!(w.find("lock"), ["The lock is held for life."]);
    });
}

#[test]
fn every_kind_of_outcome_is_repeated_word_for_word() {
    each(|w| {
        let tape = Tape::new("s").prompt("Why does it hang?").answer("Nobody set busy_timeout.");
        w.stored(note("There already."));
        let clash = quipu_core::memory::Note { id: id_of("There already."), ..note("Another text.") };
        let cases: Vec<(&str, Write)> = vec![
            ("stored", a_note("New.")),
            ("duplicate", a_note("There already.")),
            ("rejected", Write::Note(Box::new(clash))),
            ("turns", tape.whole()),
            ("hook", tape.hook_write(0)),
            ("merge", Write::MergeProjects { old: project("p"), new: project("q") }),
            ("pause", Write::Pause { project: None, until: None }),
            ("resume", Write::Resume { project: None }),
            ("root", Write::AddRoot("/home/dev/.claude/projects".into())),
        ];
        let first: Vec<Applied> = cases.iter().map(|(name, case)| write(w, name, case.clone()).unwrap()).collect();
        assert_eq!(first[3], Applied::Turns(TurnCounts { stored: 2, duplicate: 0, merged: 0, forgotten: 0 }));
        assert_eq!(first[5], Applied::Count(2));
        assert_eq!(first[7], Applied::Count(1));
        let before = (w.all(), w.pauses().unwrap(), w.roots().unwrap());
        for round in 0..2 {
            for ((name, case), first) in cases.iter().zip(&first) {
                assert_eq!(&write(w, name, case.clone()).unwrap(), first, "{name}, round {round}");
            }
            assert_eq!((w.all(), w.pauses().unwrap(), w.roots().unwrap()), before, "round {round}");
            w.reopen();
        }
    });
}

#[test]
fn a_refused_write_leaves_its_event_free() {
    each(|w| {
        let merge = Write::MergeProjects { old: project("p"), new: project("q") };
        assert!(matches!(write(w, "e", merge.clone()), Err(StoreError::NoSuchProject(_))));
        w.put(Tape::new("s").prompt("Now there is a project.").whole()).unwrap();
        assert_eq!(write(w, "e", merge).unwrap(), Applied::Count(1));
    });
}

#[test]
fn repeats_that_wait_together_are_one() {
    each(|w| {
        let (sender, outcomes) = mpsc::channel();
        for n in 0..200 {
            let sender = sender.clone();
            let event = event_of(&format!("e{}", n % 10));
            let body = format!("Note number {}.", n % 10);
            w.submit(
                Some(event),
                a_note(&body),
                Lane::Interactive,
                w.now(),
                Box::new(move |outcome| sender.send((n % 10, outcome.unwrap())).unwrap()),
            );
        }
        drop(sender);
        let mut first: Vec<Option<Applied>> = vec![None; 10];
        for (n, applied) in outcomes {
            assert_eq!(first[n].get_or_insert_with(|| applied.clone()), &applied);
        }
        assert_eq!(w.all().len(), 10);
    });
}
