//! A memory is changed: what it says now is found, what it said is kept, and what must not be is refused.
//! It must not know SQL. The index is lost by removing its folder.

use std::sync::mpsc;

use quipu_core::change::{Action, Edit, NewText, Pin, Refusal};
use quipu_core::id::MemoryId;
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, Note};
use quipu_core::outcome::{Changed, Outcome};
use quipu_core::scope::Reader;
use quipu_store::StoreError;
use quipu_store::read::{Scope, SearchQuery, States};
use quipu_store::write::{Applied, Change, Lane, TurnCounts, Write};

use super::tape::Tape;
use super::world::{World, copy_tree, each, event_of, id_of, note, note_of, project, query, session, sqlite_files};

/// A change of `id` that asks for nothing yet.
pub(crate) fn change(id: MemoryId) -> Change {
    Change {
        id,
        scope: Scope::All,
        reader: Reader::Person,
        if_revision: None,
        edit: Edit::default(),
        action: None,
        reason: None,
    }
}

pub(crate) fn text(id: MemoryId, text: &str) -> Change {
    Change { edit: Edit { text: Some(NewText::Instead(text.into())), ..Edit::default() }, ..change(id) }
}

pub(crate) fn act(id: MemoryId, action: Action) -> Change {
    Change { action: Some(action), ..change(id) }
}

fn write(change: Change) -> Write {
    Write::Change(Box::new(change))
}

/// What became of a change that is allowed, and at which revision it left the memory.
#[track_caller]
pub(crate) fn done(w: &World, change: Change) -> (Changed, u32) {
    match w.put(write(change)).unwrap() {
        Applied::Changed { what, revision, .. } => (what, revision),
        other => panic!("{other:?}"),
    }
}

/// Why a change is refused; it leaves nothing behind.
#[track_caller]
fn refused(w: &World, change: Change) -> Refusal {
    let id = change.id;
    let before = (w.memory(id).unwrap(), w.history(id).unwrap().len());
    let Err(StoreError::Refused(refusal)) = w.put(write(change)) else { panic!("it was allowed") };
    assert_eq!((w.memory(id).unwrap(), w.history(id).unwrap().len()), before, "{refusal:?}");
    refusal
}

/// Rows, index and vectors are one set.
#[track_caller]
pub(crate) fn whole(w: &World) {
    w.settle();
    let check = w.check().unwrap();
    let lacks = (check.without_text.unwrap().count, check.without_row, check.without_vector.unwrap().count);
    assert_eq!((lacks, check.integrity), ((0, 0, 0), Vec::new()));
}

#[test]
fn what_it_says_now_is_found_and_what_it_said_is_not() {
    each(|w| {
        let id = w.stored(Note { title: Some("Falconry".into()), ..note("The falcon sleeps.") });
        w.stored(note("A kestrel hovers."));
        let said = |w: &World, words: [&str; 4]| words.map(|word| w.find(word).len());
        assert_eq!(done(w, text(id, "The osprey dives.")), (Changed::Edited, 2));
        let words = ["falcon", "osprey", "falconry", "kestrel"];
        assert_eq!(said(w, words), [0, 1, 1, 1]);
        let append = Edit { text: Some(NewText::Behind("It has a heron.".into())), ..Edit::default() };
        assert_eq!(done(w, Change { edit: append, ..change(id) }), (Changed::Edited, 3));
        let title = Edit { title: Some("Fishing".into()), ..Edit::default() };
        assert_eq!(done(w, Change { edit: title, ..change(id) }), (Changed::Edited, 4));
        // As a crash would leave it: committed, and the index knows nothing of it.
        let crashed = tempfile::tempdir().unwrap();
        copy_tree(w.dir(), crashed.path());
        let crashed = w.on(crashed);
        let all = ["falcon", "osprey", "falconry", "fishing", "heron", "kestrel"]
            .map(|word| (word, word.starts_with("falcon")));
        let found = |w: &World, when: &str| {
            for (word, is_gone) in all {
                assert_eq!(w.find(word).len(), usize::from(!is_gone), "{when}: {word}");
                let every = SearchQuery { states: States::All, ..query(word) };
                let hits = w.search(&every).unwrap().hits.into_iter().filter(|hit| hit.own > 0.0).count();
                assert_eq!(hits, usize::from(!is_gone), "{when}: {word} in every state");
            }
            let hit = w.search(&query("osprey")).unwrap().hits.remove(0);
            assert_eq!(&hit.memory.body[hit.chunk], "The osprey dives.\n\nIt has a heron.", "{when}");
            assert!(
                w.search(&query("birds that catch fish")).unwrap().hits.iter().any(|h| h.memory.id == id),
                "{when}"
            );
        };
        found(w, "fresh");
        whole(w);
        found(w, "settled");
        w.reopen();
        found(w, "reopened");
        crashed.settle();
        found(&crashed, "after a crash");
        whole(&crashed);
        w.reopen_after(|dir| std::fs::remove_dir_all(sqlite_files(dir).1).unwrap());
        w.settle();
        found(w, "made anew");
        whole(w);
        w.reopen_after(|dir| {
            rusqlite::Connection::open(sqlite_files(dir).0).unwrap().execute_batch("delete from vector").unwrap();
        });
        w.settle();
        found(w, "with vectors made anew");
        whole(w);
        let history = w.history(id).unwrap();
        let told: Vec<_> =
            history.iter().map(|r| (r.number, r.content.title.as_deref().unwrap(), r.content.body.as_str())).collect();
        assert_eq!(
            told,
            [
                (4, "Fishing", "The osprey dives.\n\nIt has a heron."),
                (3, "Falconry", "The osprey dives.\n\nIt has a heron."),
                (2, "Falconry", "The osprey dives."),
                (1, "Falconry", "The falcon sleeps."),
            ]
        );
        assert!(history.windows(2).all(|two| two[0].since > two[1].since), "{history:?}");
        assert_eq!(w.history(id_of("nobody")).unwrap(), []);
    });
}

#[test]
fn a_long_text_becomes_short_and_long_again() {
    each(|w| {
        let long = |word: &str| {
            (0..40)
                .map(|n| format!("{word} {n} sat there, and said nothing. ").repeat(20))
                .collect::<Vec<_>>()
                .join("\n\n")
        };
        let id = w.stored(Note { session: Some(session("s")), ..note_of("p", &long("falcon")) });
        w.stored(Note { session: Some(session("s")), ..note_of("p", "A kestrel hovers.") });
        for (now, before) in
            [("Osprey.".to_owned(), "falcon"), (long("heron"), "osprey"), ("Falcon.".to_owned(), "heron")]
        {
            done(w, text(id, &now));
            for round in 0..2 {
                assert_eq!(w.find(before), [""; 0], "{round}");
                let word = now.split([' ', '.']).next().unwrap();
                assert_eq!(w.find(word), [now.as_str()], "{round}: {word}");
                w.reopen();
            }
        }
        whole(w);
    });
}

#[test]
fn a_history_too_large_for_one_answer_leaves_out_the_oldest() {
    each(|w| {
        let id = w.stored(note("The first."));
        let large = |n: u32| format!("{n} {}", "falcon ".repeat(100_000));
        (2..=20).for_each(|n| assert_eq!(done(w, text(id, &large(n))), (Changed::Edited, n)));
        let numbers: Vec<u32> = w.history(id).unwrap().into_iter().map(|revision| revision.number).collect();
        assert!(numbers.len() < 15 && numbers.len() > 5, "{numbers:?}");
        assert_eq!(numbers, (20 - numbers.len() as u32 + 1..=20).rev().collect::<Vec<_>>());
    });
}

#[test]
fn what_is_filed_otherwise_says_the_same() {
    each(|w| {
        let id = w.stored(Note { keywords: vec!["old".into()], ..note("The falcon sleeps.") });
        let edit = Edit {
            kind: Some(Kind::Decision),
            applies_to: Some("area:sky".into()),
            add: vec!["bird".into()],
            remove: vec!["old".into()],
            pin: Some(Pin::Pinned),
            ..Edit::default()
        };
        let filed = Change { edit, reason: Some("it was decided".into()), ..change(id) };
        assert_eq!(done(w, filed.clone()), (Changed::Edited, 2));
        assert_eq!(done(w, filed), (Changed::Unchanged, 2), "it is so already");
        for _ in 0..2 {
            let memory = w.memory(id).unwrap().unwrap();
            assert_eq!(
                (memory.kind, memory.applies_to.as_str(), memory.pin),
                (Kind::Decision, "area:sky", Pin::Pinned)
            );
            assert_eq!((memory.keywords, memory.revision), (vec!["bird".to_owned()], 2));
            let decisions = SearchQuery { kinds: vec![Kind::Decision], ..query("falcon") };
            let insights = SearchQuery { kinds: vec![Kind::Insight], ..query("falcon") };
            assert_eq!((w.bodies(&decisions).len(), w.bodies(&insights).len()), (1, 0));
            w.reopen();
        }
        let history = w.history(id).unwrap();
        assert_eq!((history[0].reason.as_deref(), history[1].reason.as_deref()), (Some("it was decided"), None));
        assert_eq!((history[1].content.kind, history[1].content.pin), (Kind::Insight, Pin::Loose));
    });
}

#[test]
fn who_is_late_changes_nothing_and_who_repeats_changes_it_once() {
    each(|w| {
        let id = w.stored(note("The falcon sleeps."));
        let first = write(Change { if_revision: Some(1), ..text(id, "The falcon wakes.") });
        let once = || w.write(Some(event_of("edit")), first.clone(), Lane::Interactive, w.now());
        let applied = once().unwrap();
        let late = Change { if_revision: Some(1), ..text(id, "The falcon dreams.") };
        assert_eq!(refused(w, late), Refusal::Revision { id, current: 2, expected: 1 });
        done(w, text(id, "The falcon hunts."));
        assert_eq!(once().unwrap(), applied, "the first outcome, word for word");
        assert_eq!(w.find("falcon"), ["The falcon hunts."]);
        assert_eq!(w.memory(id).unwrap().unwrap().revision, 3);
    });
}

#[test]
fn those_that_come_together_all_count() {
    each(|w| {
        let id = w.stored(note("begin"));
        let (sender, done) = mpsc::channel();
        for n in 0..50 {
            let edit = Edit { text: Some(NewText::Behind(format!("falcon{n}"))), ..Edit::default() };
            let sender = sender.clone();
            let reply = Box::new(move |applied| sender.send(applied).unwrap());
            w.submit(None, write(Change { edit, ..change(id) }), Lane::Interactive, w.now(), reply);
        }
        (0..50).for_each(|_| drop(done.recv().unwrap().unwrap()));
        assert_eq!(w.memory(id).unwrap().unwrap().revision, 51);
        for n in 0..50 {
            assert_eq!(w.find(&format!("falcon{n}")).len(), 1, "{n}");
        }
        whole(w);
    });
}

#[test]
fn what_was_said_stays_and_stays_hidden() {
    each(|w| {
        let tape =
            Tape::new("s").prompt("why does the falcon sleep").answer("the falcon hunts at dawn").prompt("go on");
        // One that the transcript told, and one that a hook carried and the transcript tells later.
        w.put(tape.write(0, 1)).unwrap();
        w.put(tape.hook_write(1)).unwrap();
        let (told, carried) = (tape.turns[0].id, tape.hook(1).id);
        for id in [told, carried] {
            assert_eq!(refused(w, text(id, "other")), Refusal::Captured(id));
            let file = Edit { add: vec!["bird".into()], pin: Some(Pin::Pinned), ..Edit::default() };
            assert_eq!(done(w, Change { edit: file, ..change(id) }), (Changed::Edited, 2));
            assert_eq!(done(w, act(id, Action::Archive)), (Changed::Archived, 3));
        }
        assert_eq!(w.find("falcon"), [""; 0]);
        let Applied::Turns(counts) = w.put(tape.write(1, 3)).unwrap() else { panic!() };
        assert_eq!(
            counts,
            TurnCounts { stored: 1, duplicate: 0, merged: 1, forgotten: 0 },
            "what was carried is told, and stays hidden"
        );
        // The same transcript from its beginning, under its own name and under another.
        let copy = Tape { path: "/home/dev/resumed.jsonl".into(), ..tape.clone() };
        for write in [tape.whole(), copy.whole(), tape.hook_write(1), tape.hook_write(0)] {
            w.put(write).unwrap();
            assert_eq!(w.find("falcon"), [""; 0]);
        }
        w.reopen();
        assert_eq!(w.find("falcon"), [""; 0]);
        for id in [told, carried] {
            assert_eq!(w.memory(id).unwrap().unwrap().keywords, ["bird"]);
            assert_eq!(done(w, act(id, Action::Restore)), (Changed::Restored, 4));
        }
        assert_eq!(w.find("falcon").len(), 2);
        whole(w);
    });
}

#[test]
fn what_is_hidden_is_hidden_from_everybody_and_comes_back() {
    each(|w| {
        let id = w.stored(note_of("p", "The falcon sleeps."));
        let archive = Change { reason: Some("it does not".into()), ..act(id, Action::Archive) };
        assert_eq!(done(w, archive.clone()), (Changed::Archived, 2));
        assert_eq!(done(w, archive), (Changed::Unchanged, 2));
        for _ in 0..2 {
            let memory = w.memory(id).unwrap().unwrap();
            assert_eq!(
                (memory.lifecycle, memory.archive_reason.as_deref()),
                (Lifecycle::Archived, Some("it does not"))
            );
            assert!(memory.archived_at.is_some());
            assert_eq!((w.find("falcon"), w.all()), (Vec::new(), Vec::new()));
            let every = SearchQuery { states: States::All, ..query("falcon") };
            assert_eq!(w.bodies(&every), ["The falcon sleeps."]);
            w.reopen();
        }
        // What is hidden can be put right, and is still hidden.
        assert_eq!(done(w, text(id, "The falcon hunts.")), (Changed::Edited, 3));
        assert_eq!(w.find("falcon"), [""; 0]);
        // The same text is new while it is hidden; then one of the two is too much.
        let twin = w.stored(Note { id: id_of("twin"), ..note_of("p", "The falcon hunts.") });
        assert_eq!(refused(w, act(id, Action::Restore)), Refusal::Twin { id, of: twin });
        assert_eq!(done(w, act(twin, Action::Archive)), (Changed::Archived, 2));
        assert_eq!(done(w, act(id, Action::Restore)), (Changed::Restored, 4));
        assert_eq!(w.find("falcon"), ["The falcon hunts."]);
        let memory = w.memory(id).unwrap().unwrap();
        assert_eq!((memory.archived_at, memory.archive_reason), (None, None));
        let other = w.stored(note_of("p", "The osprey hunts."));
        assert_eq!(refused(w, text(other, "The falcon hunts.")), Refusal::Twin { id: other, of: id });
        // An import of what is hidden says how it comes back.
        done(w, act(id, Action::Archive));
        let Outcome::Rejected(reason) = w.save(Note { id, ..note_of("p", "The falcon hunts.") }) else { panic!() };
        assert!(reason.contains("--restore"), "{reason}");
    });
}

#[test]
fn one_stands_in_the_place_of_another() {
    each(|w| {
        let [a, b, c] = ["falcon one", "falcon two", "falcon three"].map(|body| w.stored(note_of("p", body)));
        let elsewhere = w.stored(note_of("q", "falcon elsewhere"));
        let everywhere = w.stored(note("falcon everywhere"));
        let with = |id, by| act(id, Action::Supersede(by));
        assert_eq!(refused(w, with(a, a)), Refusal::Itself(a));
        assert_eq!(refused(w, with(a, id_of("nobody"))), Refusal::Unknown(id_of("nobody")));
        assert_eq!(refused(w, with(a, elsewhere)), Refusal::OtherProject { old: a, new: elsewhere });
        assert_eq!(refused(w, with(everywhere, a)), Refusal::OtherProject { old: everywhere, new: a });
        assert_eq!(done(w, with(a, b)), (Changed::Superseded(b), 2));
        assert_eq!(done(w, with(a, b)), (Changed::Unchanged, 2));
        assert_eq!(refused(w, with(b, a)), Refusal::Cycle { old: b, new: a });
        assert_eq!(refused(w, with(a, c)), Refusal::Superseded { old: a, by: b });
        assert_eq!(done(w, with(b, c)), (Changed::Superseded(c), 2));
        assert_eq!(refused(w, with(c, a)), Refusal::Cycle { old: c, new: a });
        assert_eq!(refused(w, with(everywhere, b)), Refusal::Hidden(b));
        assert_eq!(done(w, with(c, everywhere)), (Changed::Superseded(everywhere), 2));
        for _ in 0..2 {
            let mut found = w.find("falcon");
            found.sort();
            assert_eq!(found, ["falcon elsewhere", "falcon everywhere"]);
            let memory = w.memory(b).unwrap().unwrap();
            assert_eq!((memory.lifecycle, memory.superseded_by), (Lifecycle::Superseded, Some(c)));
            w.reopen();
        }
        assert_eq!(done(w, act(a, Action::Restore)), (Changed::Restored, 3));
        assert_eq!(done(w, with(a, everywhere)), (Changed::Superseded(everywhere), 4));
        // Of another project it is none, whatever is asked of it.
        let scope = Scope::Project(project("q"));
        for change in [act(a, Action::Archive), text(a, "other"), with(a, elsewhere)] {
            assert_eq!(refused(w, Change { scope: scope.clone(), ..change }), Refusal::Unknown(a));
        }
        let scope = Scope::Project(project("p"));
        assert_eq!(
            refused(w, Change { scope: scope.clone(), ..with(everywhere, elsewhere) }),
            Refusal::Unknown(elsewhere)
        );
        assert_eq!(done(w, Change { scope, ..act(everywhere, Action::Archive) }), (Changed::Archived, 2));
    });
}

#[test]
fn a_note_takes_the_place_of_another_or_is_not_there() {
    each(|w| {
        let old = w.stored(note_of("p", "falcon one"));
        let new = |body: &str, old| Note { supersedes: Some(old), ..note_of("p", body) };
        let refused = |w: &World, note: Note| {
            let Err(StoreError::Refused(refusal)) = w.put(Write::Note(Box::new(note.clone()))) else {
                panic!("{note:?}")
            };
            assert_eq!(w.memory(note.id).unwrap(), None, "nothing of it is there");
            refusal
        };
        assert_eq!(refused(w, new("falcon two", id_of("nobody"))), Refusal::Unknown(id_of("nobody")));
        let two = new("falcon two", old);
        assert_eq!(w.save(two.clone()), Outcome::Superseded { by: two.id, old });
        assert_eq!(w.find("falcon"), ["falcon two"]);
        assert_eq!(refused(w, new("falcon three", old)), Refusal::Superseded { old, by: two.id });
        let elsewhere = Note { supersedes: Some(two.id), ..note_of("q", "falcon four") };
        assert_eq!(refused(w, elsewhere.clone()), Refusal::OtherProject { old: two.id, new: elsewhere.id });
        assert_eq!(w.projects().unwrap().len(), 1, "a refused note leaves no project behind");
        let everywhere = Note { supersedes: Some(two.id), ..note("falcon five") };
        assert_eq!(w.save(everywhere.clone()), Outcome::Superseded { by: everywhere.id, old: two.id });
        // What says the same is there already and takes the place; in its own it stays.
        let six = w.stored(note("falcon six"));
        let twin = |old| Note { id: id_of("twin"), supersedes: Some(old), ..note("falcon six") };
        assert_eq!(w.save(twin(everywhere.id)), Outcome::Superseded { by: six, old: everywhere.id });
        assert_eq!(w.save(twin(six)), Outcome::Duplicate { of: six });
        w.reopen();
        assert_eq!(w.find("falcon"), ["falcon six"]);
        assert_eq!(w.history(two.id).unwrap()[0].reason, Some(format!("superseded by {}", everywhere.id)));
    });
}
