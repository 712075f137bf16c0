//! Several memories at once: merged, stood for by a summary, and undone as one; refused as a whole or done as a whole.
//! It must not know SQL.

use quipu_core::change::{Action, Edit, NewText, Pin, Refusal};
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, Note, Origin};
use quipu_core::outcome::{Changed, Outcome, Together, Word};
use quipu_core::scope::Reader;
use quipu_core::standing::{Importance, Validity};
use quipu_store::StoreError;
use quipu_store::read::{Scope, SearchQuery, States};
use quipu_store::write::{Aggregate, Applied, Change, HookTurn, Merge, Undo, Write};

use super::changes::{act, change, done, text, whole};
use super::tape::Tape;
use super::world::{START, World, each, event_of, id_of, note, note_of, project, query};

fn merge(keep: MemoryId, others: &[MemoryId]) -> Merge {
    Merge { keep, others: others.to_vec(), scope: Scope::All, text: None, reason: None }
}

fn summary(note: Note, members: &[MemoryId]) -> Aggregate {
    Aggregate { note, members: members.to_vec(), scope: Scope::All }
}

fn undo(of: Option<MemoryId>) -> Undo {
    Undo { of, scope: Scope::All, reader: Reader::Person, reason: None }
}

#[track_caller]
fn all(w: &World, write: Write) -> Together {
    match w.put(write).unwrap() {
        Applied::Together(all) => all,
        other => panic!("{other:?}"),
    }
}

/// Why it is refused; nothing is changed by it.
#[track_caller]
fn refused(w: &World, write: Write) -> Refusal {
    let before = (w.all(), w.stats().unwrap().chunks);
    let refusal = match w.put(write) {
        Err(StoreError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    assert_eq!((w.all(), w.stats().unwrap().chunks), before, "{refusal:?}");
    refusal
}

fn merges(merge: Merge) -> Write {
    Write::Merge(Box::new(merge))
}
fn sums(aggregate: Aggregate) -> Write {
    Write::Aggregate(Box::new(aggregate))
}
fn undoes(undo: Undo) -> Write {
    Write::Undo(Box::new(undo))
}

#[test]
fn several_become_one_and_are_several_again() {
    each(|w| {
        let with = |body: &str, word: &str| Note { keywords: vec![word.into()], ..note_of("p", body) };
        let [a, b, c] = [("falcon one", "x"), ("falcon two", "y"), ("falcon three", "x")]
            .map(|(body, word)| w.stored(with(body, word)));
        let text = Some("osprey and falcon".to_owned());
        let merged = all(w, merges(Merge { text: text.clone(), ..merge(a, &[b, c]) }));
        let expect = Together { what: Word::Merged, of: None, id: a, revision: 2, others: vec![b, c] };
        assert_eq!(merged, expect);
        for _ in 0..2 {
            assert_eq!((w.find("falcon"), w.find("osprey").len()), (vec!["osprey and falcon".to_owned()], 1));
            let memory = w.memory(a).unwrap().unwrap();
            assert_eq!((memory.keywords.as_slice(), memory.revision), (["x".to_owned(), "y".to_owned()].as_slice(), 2));
            let behind = w.memory(b).unwrap().unwrap();
            assert_eq!((behind.lifecycle, behind.superseded_by), (Lifecycle::Superseded, Some(a)));
            assert_eq!(w.history(b).unwrap()[0].reason, Some(format!("merged into {a}")));
            w.reopen();
        }
        // Named by any of them, it is undone as one.
        let undone = all(w, undoes(undo(Some(c))));
        assert_eq!((undone.what, undone.of, undone.id, undone.revision), (Word::Undone, Some(Word::Merged), c, 3));
        let mut found = w.find("falcon");
        found.sort();
        assert_eq!(
            (found, w.find("osprey").len()),
            (vec!["falcon one".into(), "falcon three".into(), "falcon two".into()], 0)
        );
        assert_eq!(w.memory(a).unwrap().unwrap().keywords, ["x"]);
        // And done again.
        let again = all(w, undoes(undo(None)));
        assert_eq!((again.of, w.find("falcon")), (Some(Word::Undone), vec!["osprey and falcon".to_owned()]));
        whole(w);
    });
}

#[test]
fn what_cannot_become_one_stays_as_it_is() {
    each(|w| {
        let [a, b] = ["falcon one", "falcon two"].map(|body| w.stored(note_of("p", body)));
        let twin = w.stored(note_of("p", "falcon twin"));
        let elsewhere = w.stored(note_of("q", "falcon elsewhere"));
        let said = {
            let tape = Tape::new("s").answer("the falcon hunts at dawn");
            w.put(tape.whole()).unwrap();
            tape.turns[0].id
        };
        let nobody = id_of("nobody");
        let cases = [
            (merge(a, &[a]), Refusal::Itself(a)),
            (merge(a, &[b, b]), Refusal::Twice(b)),
            (merge(a, &[b, nobody]), Refusal::Unknown(nobody)),
            (merge(nobody, &[a]), Refusal::Unknown(nobody)),
            (merge(a, &[b, elsewhere]), Refusal::OtherProject { old: elsewhere, new: a }),
            (Merge { text: Some("falcon twin".into()), ..merge(a, &[b]) }, Refusal::Twin { id: a, of: twin }),
            (Merge { text: Some("other".into()), ..merge(said, &[b]) }, Refusal::Captured(said)),
            (Merge { scope: Scope::Project(project("q")), ..merge(a, &[b]) }, Refusal::Unknown(a)),
        ];
        for (merge, expect) in cases {
            assert_eq!(refused(w, merges(merge)), expect);
        }
        // One of those that go may have said just this; and what was said may go behind a note.
        let kept = all(w, merges(Merge { text: Some("falcon two".into()), ..merge(a, &[b, said]) }));
        assert_eq!((kept.id, w.find("falcon").len()), (a, 3));
        assert_eq!(refused(w, merges(merge(b, &[twin]))), Refusal::Hidden(b));
        assert_eq!(refused(w, merges(merge(twin, &[b]))), Refusal::Superseded { old: b, by: a });
    });
}

#[test]
fn a_summary_stands_for_what_was_said_and_written() {
    each(|w| {
        let tape = Tape::new("s").prompt("why does the falcon sleep").answer("the falcon hunts at dawn");
        w.put(tape.whole()).unwrap();
        let [asked, told] = [0, 1].map(|n| tape.turns[n].id);
        let written = w.stored(note_of("p", "falcon note"));
        let of = |body: &str, id: &str| Note { id: id_of(id), ..note_of("p", body) };
        let first = sums(summary(of("falcons, in short", "sum"), &[asked, told, written]));
        let made = all(w, first);
        let sum = id_of("sum");
        assert_eq!(
            (made.what, made.id, made.others.as_slice()),
            (Word::Aggregated, sum, [asked, told, written].as_slice())
        );
        for _ in 0..2 {
            assert_eq!(w.find("falcon"), ["falcons, in short"]);
            let every = SearchQuery { states: States::All, ..query("falcon") };
            assert_eq!(w.bodies(&every).len(), 4);
            let memory = w.memory(told).unwrap().unwrap();
            assert_eq!((memory.lifecycle, memory.aggregated_into), (Lifecycle::Aggregated, Some(sum)));
            w.reopen();
        }
        let cases = [
            (summary(of("other", "x"), &[told]), Refusal::Superseded { old: told, by: sum }),
            (summary(of("falcons, in short", "y"), &[sum]), Refusal::Twin { id: id_of("y"), of: sum }),
            (summary(note_of("q", "other"), &[sum]), Refusal::OtherProject { old: sum, new: note_of("q", "other").id }),
            (summary(of("other", "z"), &[sum, sum]), Refusal::Twice(sum)),
        ];
        for (aggregate, expect) in cases {
            assert_eq!(refused(w, sums(aggregate)), expect);
        }
        // Read again, what was said stays where it is; and a member comes back alone.
        w.put(Tape { path: "/home/dev/resumed.jsonl".into(), ..tape.clone() }.whole()).unwrap();
        assert_eq!(w.find("falcon").len(), 1);
        assert_eq!(done(w, act(told, Action::Restore)).1, 3);
        assert_eq!(w.find("falcon").len(), 2);
        assert_eq!(refused(w, undoes(undo(Some(sum)))), Refusal::ChangedSince { id: told });
        assert_eq!(all(w, undoes(undo(Some(told)))).of, Some(Word::Restored));
        // Still not: its revision is not the one that the summary made.
        assert_eq!(refused(w, undoes(undo(Some(sum)))), Refusal::ChangedSince { id: told });
        whole(w);
    });
}

#[test]
fn the_last_change_is_taken_back_and_done_again() {
    each(|w| {
        let id = w.stored(note_of("p", "The falcon sleeps."));
        let steps: [(Change, Word); 4] = [
            (text(id, "The osprey dives."), Word::Changed),
            (
                Change {
                    edit: Edit { pin: Some(Pin::Pinned), importance: Importance::of(5), ..Edit::default() },
                    ..change(id)
                },
                Word::Changed,
            ),
            (Change { reason: Some("it does not".into()), ..act(id, Action::Archive) }, Word::Archived),
            (act(id, Action::Restore), Word::Restored),
        ];
        for (step, word) in steps {
            let seen = |w: &World| {
                let m = w.memory(id).unwrap().unwrap();
                let found = ["falcon", "osprey"].map(|word| w.find(word).len());
                (m.content(), m.lifecycle, m.archive_reason, found)
            };
            let before = seen(w);
            done(w, step);
            let after = seen(w);
            let undone = all(w, undoes(undo(Some(id))));
            assert_eq!((undone.of, seen(w)), (Some(word), before));
            w.reopen();
            assert_eq!((all(w, undoes(undo(Some(id)))).of, seen(w)), (Some(Word::Undone), after));
        }
        assert_eq!(w.history(id).unwrap()[0].reason.as_deref(), Some("undo of `undone`"));
        whole(w);
    });
}

#[test]
fn what_was_saved_is_hidden_and_what_it_replaced_is_back() {
    each(|w| {
        let old = w.stored(note_of("p", "falcon one"));
        let new = Note { supersedes: Some(old), ..note_of("p", "falcon two") };
        assert_eq!(w.save(new.clone()), Outcome::Superseded { by: new.id, old });
        let undone = all(w, undoes(Undo { scope: Scope::Project(project("p")), ..undo(None) }));
        assert_eq!((undone.of, undone.id, undone.others), (Some(Word::Superseded), new.id, vec![old]));
        assert_eq!(w.find("falcon"), ["falcon one"]);
        let memory = w.memory(new.id).unwrap().unwrap();
        assert_eq!(
            (memory.lifecycle, memory.archive_reason.as_deref()),
            (Lifecycle::Archived, Some("its saving was undone"))
        );
        // Another one says the same by now: it cannot come back.
        let again = w.stored(Note { id: id_of("again"), ..note_of("p", "falcon two") });
        assert_eq!(refused(w, undoes(undo(Some(new.id)))), Refusal::Twin { id: new.id, of: again });
        // The last change in another project is another one; what belongs to none counts with every project.
        let elsewhere = w.stored(note_of("q", "falcon elsewhere"));
        let within = |name: &str| undoes(Undo { scope: Scope::Project(project(name)), ..undo(None) });
        assert_eq!(all(w, within("p")).id, again);
        assert_eq!(all(w, within("q")).id, elsewhere);
        assert_eq!(refused(w, within("unheard of")), Refusal::NothingDoneThere);
        let everywhere = w.stored(note("falcon everywhere"));
        assert_eq!(all(w, within("q")).id, everywhere);
        assert_eq!(
            refused(w, undoes(Undo { scope: Scope::Project(project("q")), ..undo(Some(old)) })),
            Refusal::Unknown(old)
        );
    });
}

#[test]
fn what_nobody_did_by_hand_is_not_undone() {
    each(|w| {
        assert_eq!(refused(w, undoes(undo(None))), Refusal::NothingDoneThere);
        let imported = w.stored(Note { origin: Origin::Imported, ..note("falcon") });
        let tape = Tape::new("s").answer("the falcon hunts at dawn");
        w.put(tape.whole()).unwrap();
        for id in [imported, tape.turns[0].id] {
            assert_eq!(refused(w, undoes(undo(Some(id)))), Refusal::NothingDone(id));
        }
        assert_eq!(refused(w, undoes(undo(Some(id_of("nobody"))))), Refusal::Unknown(id_of("nobody")));
        assert_eq!(refused(w, undoes(undo(None))), Refusal::NothingDoneThere);
        done(w, act(imported, Action::Archive));
        let once =
            || w.write(Some(event_of("undo")), undoes(undo(None)), quipu_store::write::Lane::Interactive, w.now());
        let first = once().unwrap();
        assert_eq!((once().unwrap(), w.find("falcon").len()), (first, 2), "a repeat is one");
    });
}

#[test]
fn nothing_takes_its_own_place_by_an_undo() {
    each(|w| {
        let [a, b] = ["falcon one", "falcon two"].map(|body| w.stored(note_of("p", body)));
        done(w, act(a, Action::Supersede(b)));
        all(w, undoes(undo(Some(a))));
        done(w, act(b, Action::Supersede(a)));
        assert_eq!(refused(w, undoes(undo(Some(a)))), Refusal::Cycle { old: a, new: b });
    });
}

#[test]
fn what_holds_at_times_is_recalled_at_these() {
    each(|w| {
        let valid = Validity { from: Some(Millis(START + 10)), to: Some(Millis(START + 20)) };
        let id = w.stored(Note { valid, ..note("falcon") });
        for _ in 0..2 {
            let found = [9, 10, 19, 20].map(|at| {
                let q = SearchQuery { now: Millis(START + at), ..query("falcon") };
                w.bodies(&q).len()
            });
            assert_eq!(found, [0, 1, 1, 0]);
            let every = SearchQuery { states: States::All, ..query("falcon") };
            assert_eq!((w.bodies(&every).len(), w.all().len()), (1, 1), "shown to who asks, and taken out");
            w.reopen();
        }
        let edit = |valid| Change { edit: Edit { valid: Some(valid), ..Edit::default() }, ..change(id) };
        let never = Validity { from: Some(Millis(7)), to: Some(Millis(7)) };
        assert!(matches!(w.put(Write::Change(Box::new(edit(never)))), Err(StoreError::Refused(Refusal::NeverValid))));
        done(w, edit(Validity::ALWAYS));
        assert_eq!(w.find("falcon").len(), 1);
    });
}

#[test]
fn a_past_day_is_as_it_was() {
    each(|w| {
        let id = w.stored(Note { title: Some("Falconry".into()), ..note_of("p", "The falcon sleeps.") });
        let first = w.now();
        let (kind, behind) = (Some(Kind::Decision), Some(NewText::Behind("It has a heron.".into())));
        done(w, text(id, "The osprey dives."));
        let second = w.now();
        done(
            w,
            Change { edit: Edit { text: behind, kind, title: Some(String::new()), ..Edit::default() }, ..change(id) },
        );
        done(w, act(id, Action::Archive));
        let last = w.now();
        let before = Millis(START - 1);
        for _ in 0..2 {
            let found = |then, word: &str| w.bodies(&SearchQuery { as_of: Some(then), ..query(word) });
            assert_eq!(found(first, "falcon"), ["The falcon sleeps."]);
            assert_eq!(found(first, "falconry").len(), 1);
            assert_eq!(found(second, "osprey"), ["The osprey dives."]);
            assert_eq!((found(second, "heron").len(), found(last, "osprey").len()), (0, 0));
            assert_eq!(found(before, "falcon"), [""; 0]);
            let every = SearchQuery { as_of: Some(last), states: States::All, ..query("heron") };
            assert_eq!(w.bodies(&every), ["The osprey dives.\n\nIt has a heron."]);
            let then = w.memory_then(id, second).unwrap().unwrap();
            assert_eq!((then.kind, then.title.as_deref(), then.revision), (Kind::Insight, Some("Falconry"), 2));
            assert_eq!(then.content_hash, quipu_core::hash::content_hash("The osprey dives."));
            assert_eq!(w.memory_then(id, before).unwrap(), None);
            let now = w.memory(id).unwrap();
            assert_eq!(w.memory_then(id, last).unwrap(), now, "as of now is now");
            w.reopen();
        }
    });
}

#[test]
fn what_quipu_hid_by_itself_was_there_before() {
    each(|w| {
        let tape = Tape::new("s").prompt("one").answer("the falcon hunts at dawn").prompt("go on").prompt("and on");
        let carried = HookTurn { body: "the falcon hunts".into(), ..tape.hook(1) };
        let id = carried.id;
        w.put(Write::Hook(Box::new(carried))).unwrap();
        let before = w.now();
        // The transcript tells it in other words.
        w.put(tape.whole()).unwrap();
        let after = w.now();
        assert_eq!(done(w, act(id, Action::Restore)), (Changed::Restored, 2));
        let last = w.now();
        for _ in 0..2 {
            let seen = [before, after, last].map(|then| w.memory_then(id, then).unwrap().unwrap());
            let states =
                seen.each_ref().map(|memory| (memory.lifecycle, memory.archived_at.is_some(), memory.revision));
            let expect = [(Lifecycle::Live, false, 1), (Lifecycle::Archived, true, 1), (Lifecycle::Live, false, 2)];
            assert_eq!(states, expect);
            let found = [before, after, last].map(|then| {
                let hits = w.search(&SearchQuery { as_of: Some(then), ..query("falcon") }).unwrap().hits;
                hits.iter().filter(|hit| hit.own > 0.0).count()
            });
            assert_eq!(found, [1, 1, 2]);
            w.reopen();
        }
    });
}

#[test]
fn texts_that_are_nearly_the_same_are_kept_apart() {
    each(|w| {
        let texts = [
            "We write the parser in C++.",
            "We write the parser in C#.",
            "We write the parser in C.",
            "הלקוח רוצה תשלום חודשי",
            "הלקוח רוצה תשלום שנתי",
            "fail if depth < 5",
            "fail if depth > 5",
            "fail if depth <= 5",
            "`Vec<T>` is enough",
            "`Vec<U>` is enough",
            "Use UTF-8.",
            "Use UTF-8!",
        ];
        for body in texts {
            assert_eq!(w.save(note_of("p", body)), Outcome::Stored(note_of("p", body).id), "{body}");
        }
        for body in texts {
            let again = Note { id: id_of("again"), ..note_of("p", body) };
            assert_eq!(w.save(again), Outcome::Duplicate { of: note_of("p", body).id }, "{body}");
        }
        assert_eq!(w.all().len(), texts.len());
    });
}
