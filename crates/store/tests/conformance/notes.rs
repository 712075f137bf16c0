//! Saved and imported memories: stored as they are, and never twice.
//! It must not know files or flags.

use quipu_core::change::Pin;
use quipu_core::class::Class;
use quipu_core::hash::content_hash;
use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, Memory, Note, Origin};
use quipu_core::outcome::Outcome;
use quipu_core::scope::Privacy;
use quipu_core::turn::Speaker;
use quipu_store::write::{Lane, Write};

use super::world::{World, each, id_of, note, note_of, project, query, session};

#[test]
fn a_note_reads_back_as_it_was_written() {
    each(|w| {
        let written = Note {
            kind: Kind::Decision,
            title: Some("One writer".into()),
            applies_to: "file:src/writer.rs".into(),
            keywords: vec!["sqlite".into(), "größe".into()],
            occurred_at: Millis(1_600_000_000_123),
            session: Some(session("s1")),
            origin: Origin::Imported,
            ..note_of("p", "Ownership beats busy_timeout.")
        };
        w.write(None, Write::Note(Box::new(written.clone())), Lane::Interactive, Millis(1_700_000_000_456)).unwrap();
        let expected = Memory {
            id: written.id,
            kind: Kind::Decision,
            class: Class::AssistantText,
            title: Some("One writer".into()),
            applies_to: "file:src/writer.rs".into(),
            keywords: vec!["sqlite".into(), "größe".into()],
            files: Vec::new(),
            body: "Ownership beats busy_timeout.".into(),
            content_hash: content_hash("Ownership beats busy_timeout."),
            occurred_at: Millis(1_600_000_000_123),
            recorded_at: Millis(1_700_000_000_456),
            project: Some(project("p")),
            session: Some(session("s1")),
            branch: None,
            origin: Origin::Imported,
            speaker: Speaker::Person,
            lifecycle: Lifecycle::Live,
            superseded_by: None,
            aggregated_into: None,
            importance: quipu_core::standing::Importance::ORDINARY,
            valid: quipu_core::standing::Validity::ALWAYS,
            archived_at: None,
            archive_reason: None,
            pin: Pin::Loose,
            privacy: Privacy::Shared,
            revision: 1,
            provenance: None,
            redactions: 0,
            original_hash: None,
        };
        for _ in 0..2 {
            assert_eq!(w.memory(written.id).unwrap().as_ref(), Some(&expected));
            // Title and body are both searched.
            for text in ["writer", "ownership"] {
                assert_eq!(w.search(&query(text)).unwrap().hits[0].memory, expected, "{text}");
            }
            w.reopen();
        }
        assert_eq!(w.memory(id_of("unknown")).unwrap(), None);
    });
}

/// Saves `first`, then `second`; whether the second was the same.
fn same(w: &World, first: Note, second: Note) -> bool {
    let id = w.stored(first);
    let before = w.all().len();
    match w.save(second) {
        Outcome::Duplicate { of } => {
            assert_eq!((of, w.all().len()), (id, before));
            true
        }
        Outcome::Stored(_) => {
            assert_eq!(w.all().len(), before + 1);
            false
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_an_exact_twin_is_a_duplicate() {
    type Change = fn(Note) -> Note;
    let cases: &[(&str, bool, Change)] = &[
        ("nothing but the id", true, |n| n),
        ("time, title and words", true, |n| Note {
            title: Some("Another".into()),
            keywords: vec!["w".into()],
            occurred_at: Millis(5),
            ..n
        }),
        ("the way it came", true, |n| Note { origin: Origin::Imported, ..n }),
        ("the kind", false, |n| Note { kind: Kind::Risk, ..n }),
        ("the project", false, |n| Note { project: Some(project("q")), ..n }),
        ("every project", false, |n| Note { project: None, ..n }),
        ("what it applies to", false, |n| Note { applies_to: "area:ui".into(), ..n }),
        // The hash is taken over the trimmed body, so these two share it; their bytes differ.
        ("a space at the end", false, |n| Note { body: format!("{} ", n.body), ..n }),
    ];
    each(|w| {
        for (name, twin, change) in cases {
            let first = note_of("p", &format!("The text of the case '{name}'."));
            let second = Note { id: id_of(&format!("second {name}")), ..change(first.clone()) };
            assert_eq!(same(w, first, second), *twin, "{name}");
        }
    });
}

#[test]
fn an_id_that_belongs_to_another_text_is_rejected_and_nothing_is_written() {
    each(|w| {
        let id = w.stored(note("The first text."));
        let other = Note { id, project: Some(project("new")), session: Some(session("new")), ..note("The second.") };
        let Outcome::Rejected(reason) = w.save(other) else { panic!("it was taken") };
        assert!(reason.contains(&id.to_string()), "{reason}");
        assert_eq!(w.all(), ["The first text."]);
        assert_eq!(w.find("second"), [""; 0]);
        assert_eq!(w.stats().unwrap().sessions, 0);
        assert_eq!(w.projects().unwrap().len(), 0, "a rejected note leaves no project behind");
        // The same text under the same id is an import that was repeated.
        assert_eq!(w.save(note("The first text.")), Outcome::Duplicate { of: id });
    });
}

#[test]
fn a_large_body_is_kept_and_found_at_its_end() {
    each(|w| {
        let mut body = "The quick brown fox jumps over the lazy dog, and then it sleeps. ".repeat(16_000);
        body.truncate(1 << 20);
        body.push_str("\n\nAt the very end stands the word xylophone.");
        let id = w.stored(note(&body));
        for _ in 0..2 {
            let hits = w.search(&query("xylophone")).unwrap().hits;
            assert_eq!((hits.len(), hits[0].memory.id), (1, id));
            assert!(hits[0].memory.body == body, "the body is whole");
            assert!(body[hits[0].chunk.clone()].contains("xylophone"), "{:?}", hits[0].chunk);
            w.settle();
        }
        assert_eq!(w.save(Note { id: id_of("again"), ..note(&body) }), Outcome::Duplicate { of: id });
        w.reopen();
        assert!(w.memory(id).unwrap().unwrap().body == body);
    });
}

#[test]
fn odd_bodies_are_kept() {
    each(|w| {
        for body in ["", " ", "\u{feff}x", "a\0b", "line\r\nline\u{2028}", "'; drop table memory; --", "🙂"] {
            let id = w.stored(note(body));
            assert_eq!(w.memory(id).unwrap().unwrap().body, body);
        }
        let titled = Note { id: id_of("t"), title: Some("Only titled xylophone".into()), kind: Kind::Risk, ..note("") };
        let id = w.stored(titled);
        assert_eq!(w.search(&query("xylophone")).unwrap().hits[0].memory.id, id);
    });
}
