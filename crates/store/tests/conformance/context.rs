//! A prompt's recall leaves out what its own session still has in context, and what is in it is known at all times.
//! It must not know how recall is asked for.

use quipu_core::kind::Kind;
use quipu_store::read::SearchQuery;
use quipu_store::write::{SessionEvent, SessionMark, Write};

use super::tape::Tape;
use super::world::{World, each, note, project, query, session};

/// What the session `s` may be reminded of, sorted.
fn recalled(w: &World) -> Vec<String> {
    let q = SearchQuery { not_in_context_of: Some(session("s")), ..query("falcon") };
    let mut bodies = w.bodies(&q);
    bodies.sort();
    bodies
}

fn others(w: &World) {
    w.stored(note("falcon noted"));
    w.put(Tape::new("other").prompt("falcon of another session").whole()).unwrap();
}

const OTHERS: [&str; 2] = ["falcon noted", "falcon of another session"];

#[test]
fn a_session_is_not_reminded_of_itself_until_a_checkpoint() {
    each(|w| {
        others(w);
        let tape = Tape::new("s")
            .prompt("falcon before")
            .answer("falcon answered before")
            .say(Kind::Checkpoint, "falcon summed up")
            .prompt("falcon after")
            .say(Kind::Checkpoint, "falcon summed up again");
        w.put(tape.write(0, 2)).unwrap();
        for _ in 0..2 {
            assert_eq!(recalled(w), OTHERS);
            w.reopen();
        }
        w.put(tape.write(2, 4)).unwrap();
        // The checkpoint took what was before out of the context and stands in it itself.
        let out = ["falcon answered before", "falcon before", "falcon noted", "falcon of another session"];
        for _ in 0..2 {
            assert_eq!(recalled(w), out);
            w.reopen();
        }
        w.put(tape.write(4, 5)).unwrap();
        let out = [&["falcon after"], &out[..], &["falcon summed up"]].concat();
        assert_eq!(recalled(w), {
            let mut out = out;
            out.sort();
            out
        });
        // Everybody else sees all of it.
        assert_eq!(w.find("falcon").len(), 7);
    });
}

#[test]
fn a_hook_tells_of_a_compaction_before_the_transcript_does() {
    each(|w| {
        others(w);
        let tape = Tape::new("s").prompt("falcon before").prompt("falcon after");
        w.put(tape.write(0, 1)).unwrap();
        let mark = SessionMark {
            session: session("s"),
            project: project("p"),
            cwd: None,
            at: Tape::at(0),
            event: SessionEvent::Compacted,
        };
        w.put(Write::Session(Box::new(mark))).unwrap();
        w.put(tape.write(1, 2)).unwrap();
        for _ in 0..2 {
            assert_eq!(recalled(w), ["falcon before", "falcon noted", "falcon of another session"]);
            w.reopen();
        }
    });
}

#[test]
fn a_session_nobody_knows_has_nothing_in_context() {
    each(|w| {
        others(w);
        assert_eq!(recalled(w), OTHERS);
        // The same id at another agent is another session.
        w.put(Tape::new("s").prompt("falcon of mine").whole()).unwrap();
        let mut other = session("s");
        other.agent = "codex".into();
        let q = SearchQuery { not_in_context_of: Some(other), ..query("falcon") };
        assert_eq!(w.bodies(&q).len(), 3);
        assert_eq!(recalled(w), OTHERS);
    });
}

#[test]
fn what_a_hook_just_carried_is_in_context() {
    each(|w| {
        others(w);
        w.put(Tape::new("s").prompt("falcon asked this moment").hook_write(0)).unwrap();
        assert_eq!(recalled(w), OTHERS);
    });
}

#[test]
fn what_is_in_context_lends_no_score_to_its_neighbours() {
    each(|w| {
        let tape = Tape::new("s").prompt("harbour").say(Kind::Checkpoint, "summary").prompt("falcon falcon");
        w.put(tape.whole()).unwrap();
        assert_eq!(recalled(w), [""; 0]);
        let all = w.bodies(&query("falcon"));
        assert_eq!(all.first().map(String::as_str), Some("falcon falcon"));
    });
}
