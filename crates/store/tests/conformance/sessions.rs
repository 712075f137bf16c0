//! Sessions as the briefing asks for them, pauses, roots and counts.
//! It must not know transcripts' formats.

use std::path::PathBuf;

use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::turn::Speaker;
use quipu_store::read::PauseSpan;
use quipu_store::write::{Applied, Lane, SessionEvent, SessionMark, Write};

use super::tape::Tape;
use super::world::{START, World, each, note_of, project, session};

fn on_branch(tape: Tape, branch: Option<&str>) -> Tape {
    let mut tape = tape;
    for ready in &mut tape.turns {
        ready.turn.branch = branch.map(str::to_owned);
    }
    tape
}

fn recent(w: &World, branch: Option<&str>, limit: usize) -> Vec<String> {
    w.recent_sessions(&project("p"), branch, limit).unwrap().into_iter().map(|s| s.session.id).collect()
}

#[test]
fn recent_sessions_come_newest_first_and_those_of_the_branch_before() {
    each(|w| {
        // Later ones have more records, so they end later.
        let names = [("one", Some("main")), ("two", Some("topic")), ("three", None), ("four", Some("main"))];
        for (n, (name, branch)) in names.into_iter().enumerate() {
            let tape = (0..=n).fold(Tape::new(name), |tape, record| tape.prompt(&format!("{name} {record}")));
            w.put(on_branch(tape, branch).whole()).unwrap();
        }
        w.put(Tape::new("other").of_project("q").prompt("elsewhere").whole()).unwrap();
        for _ in 0..2 {
            assert_eq!(recent(w, None, 9), ["four", "three", "two", "one"]);
            assert_eq!(recent(w, Some("main"), 9), ["four", "one", "three", "two"]);
            assert_eq!(recent(w, Some("topic"), 2), ["two", "four"]);
            assert_eq!(recent(w, Some("unknown"), 9), ["four", "three", "two", "one"]);
            assert_eq!(recent(w, None, 0), [""; 0]);
            w.reopen();
        }
        assert!(w.recent_sessions(&project("unknown"), None, 9).unwrap().is_empty());
    });
}

#[test]
fn a_summary_holds_the_newest_of_each_kind_and_no_program_s() {
    each(|w| {
        let tape = Tape::new("s")
            .say(Kind::Checkpoint, "summary")
            .prompt("old prompt")
            .answer("old answer")
            .prompt("new prompt")
            .say(Kind::Thought, "a thought")
            .answer("new answer")
            .prompt("of a program")
            .but(|t| t.origin = Speaker::Program);
        w.put(tape.whole()).unwrap();
        let found = w.recent_sessions(&project("p"), None, 9).unwrap().remove(0);
        assert_eq!((found.session, found.branch.as_deref()), (session("s"), Some("main")));
        assert_eq!(found.last_at, Tape::at(6));
        let latest: Vec<&str> = found.latest.iter().map(|m| m.body.as_str()).collect();
        assert_eq!(latest, ["new answer", "new prompt", "summary"]);
    });
}

#[test]
fn of_a_session_that_went_on_in_another_project_only_what_was_said_here_is_told() {
    each(|w| {
        let tape = Tape::new("s").prompt("asked here").answer("said here");
        let tape = on_branch(tape, Some("here")).of_project("q").prompt("asked there").answer("said there");
        w.put(tape.but(|t| t.branch = Some("there".into())).whole()).unwrap();
        for _ in 0..2 {
            let found = w.recent_sessions(&project("p"), None, 9).unwrap();
            let latest: Vec<&str> = found[0].latest.iter().map(|m| m.body.as_str()).collect();
            assert_eq!((latest, found[0].branch.as_deref()), (vec!["said here", "asked here"], Some("here")));
            w.reopen();
        }
    });
}

#[test]
fn marks_make_a_session_known_but_only_memories_make_it_recent() {
    each(|w| {
        let mark = |event: SessionEvent, at: i64| {
            let mark = SessionMark {
                session: session("s"),
                project: project("p"),
                cwd: Some("/home/dev/p".into()),
                at: Millis(at),
                event,
            };
            Write::Session(Box::new(mark))
        };
        for event in [SessionEvent::Seen, SessionEvent::Compacted, SessionEvent::Ended("clear".into())] {
            assert_eq!(w.put(mark(event, START)).unwrap(), Applied::Done);
        }
        assert_eq!(w.stats().unwrap().sessions, 1);
        assert_eq!(recent(w, None, 9), [""; 0]);
        w.put(Tape::new("s").prompt("Now it says something.").whole()).unwrap();
        w.put(mark(SessionEvent::Seen, START + 500_000)).unwrap();
        let found = w.recent_sessions(&project("p"), None, 9).unwrap();
        assert_eq!((found.len(), found[0].last_at), (1, Millis(START + 500_000)));
        w.put(mark(SessionEvent::Seen, START - 500_000)).unwrap();
        assert_eq!(w.recent_sessions(&project("p"), None, 9).unwrap()[0].last_at, Millis(START + 500_000));
    });
}

#[test]
fn pauses_are_spans_that_stay_known() {
    each(|w| {
        let put = |at: i64, write: Write| w.write(None, write, Lane::Interactive, Millis(at)).unwrap();
        let of_p = || Some(project("p"));
        put(100, Write::Pause { project: of_p(), until: None });
        put(200, Write::Pause { project: None, until: Some(Millis(300)) });
        put(250, Write::Pause { project: Some(project("q")), until: Some(Millis(900)) });
        assert_eq!(put(400, Write::Resume { project: Some(project("unknown")) }), Applied::Count(0));
        assert_eq!(put(400, Write::Resume { project: of_p() }), Applied::Count(1));
        assert_eq!(put(500, Write::Resume { project: of_p() }), Applied::Count(0));
        // What had ended by itself is not ended again.
        assert_eq!(put(600, Write::Resume { project: None }), Applied::Count(1));
        let span = |project, from, to| PauseSpan { project, from: Millis(from), to: Some(Millis(to)) };
        let expected = [span(of_p(), 100, 400), span(None, 200, 300), span(Some(project("q")), 250, 600)];
        assert_eq!(w.pauses().unwrap(), expected);
        w.reopen();
        let spans = w.pauses().unwrap();
        assert_eq!(spans, expected);
        let covered = |name: &str, at: i64| spans.iter().any(|span| span.covers(&project(name), Millis(at)));
        assert!(!covered("p", 99) && covered("p", 100) && covered("p", 399) && !covered("p", 400));
        assert!(covered("r", 250) && !covered("r", 300) && covered("q", 550) && !covered("q", 600));
    });
}

#[test]
fn roots_are_remembered_once() {
    each(|w| {
        for path in ["/home/dev/.codex", "/home/dev/.claude", "/home/dev/.codex"] {
            assert_eq!(w.put(Write::AddRoot(path.into())).unwrap(), Applied::Done);
        }
        w.reopen();
        assert_eq!(w.roots().unwrap(), ["/home/dev/.claude", "/home/dev/.codex"].map(PathBuf::from));
    });
}

#[test]
fn counts_are_of_what_is_there() {
    each(|w| {
        let epoch = w.stats().unwrap().epoch;
        let mut tape = Tape::new("s").prompt("One.").answer("Two.").answer("Three.");
        tape.turns[1].redactions = 2;
        w.put(tape.whole()).unwrap();
        w.put(Write::Hook(Box::new(quipu_store::write::HookTurn {
            redactions: 1,
            ..Tape::new("t").prompt("x").hook(0)
        })))
        .unwrap();
        w.stored(note_of("q", "A note."));
        w.settle();
        let stats = w.stats().unwrap();
        let by_kind = [("answer", 2), ("prompt", 2), ("insight", 1)].map(|(kind, n)| (kind.to_owned(), n));
        assert_eq!(stats.by_kind, by_kind);
        assert_eq!((stats.chunks, stats.tail, stats.sessions, stats.projects, stats.sources), (5, 0, 2, 2, 1));
        assert_eq!(stats.redactions, 3);
        assert!(stats.database_bytes > 0);
        w.reopen();
        assert!(w.stats().unwrap().epoch > epoch, "every owner raises it");
    });
}
