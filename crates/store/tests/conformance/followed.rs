//! What commits change is told to who follows: after them, in their order, by project.
//! It must not know who follows, nor SQL.

use std::sync::mpsc::{Receiver, channel};

use quipu_core::kind::Kind;
use quipu_store::write::{Deed, News};

use super::tape::Tape;
use super::world::{HANG, World, each, id_of, note, note_of, project};

fn follow(w: &World) -> Receiver<News> {
    let (told, heard) = channel();
    w.follow(Box::new(move |changes| changes.into_iter().for_each(|change| told.send(change).unwrap())));
    heard
}

#[test]
fn few_are_told_one_by_one_and_nothing_is_told_of_what_did_not_happen() {
    each(|w| {
        w.stored(note("before anybody follows"));
        let heard = follow(w);
        w.stored(note_of("p", "one"));
        // The same again is no change.
        w.save(note_of("p", "one"));
        w.stored(note("of nobody"));
        w.put(Tape::new("s").prompt("m0").answer("m1").whole()).unwrap();
        let stored = |id, kind, project| News::One { id, kind, project, what: Deed::Stored };
        let p = || Some(project("p"));
        for expect in [
            stored(id_of("p/one"), Kind::Insight, p()),
            stored(id_of("of nobody"), Kind::Insight, None),
            stored(id_of("s#0"), Kind::Prompt, p()),
            stored(id_of("s#1"), Kind::Answer, p()),
        ] {
            assert_eq!(heard.recv_timeout(HANG).unwrap(), expect);
        }
    });
}

#[test]
fn many_of_one_commit_are_counted_by_project() {
    each(|w| {
        let heard = follow(w);
        let mut tape = Tape::new("s").of_project("q");
        for n in 0..40 {
            tape = tape.answer(&format!("number {n}"));
        }
        w.put(tape.whole()).unwrap();
        assert_eq!(heard.recv_timeout(HANG).unwrap(), News::Many { project: Some(project("q")), count: 40 });
        w.stored(note("and one more"));
        assert!(matches!(heard.recv_timeout(HANG).unwrap(), News::One { .. }));
    });
}
