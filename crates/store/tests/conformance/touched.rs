//! Files that memories changed or name, what is known of one, and the sessions of subagents.
//! It must not know file formats.

use quipu_core::class::Class;
use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::memory::Note;
use quipu_core::scope::{Standpoint, Viewer};
use quipu_core::turn::Speaker;
use quipu_store::read::{FileMemories, FileQuery, Neighbours, SearchQuery};
use quipu_store::write::{Lane, SessionEvent, SessionMark, Write};

use super::tape::Tape;
use super::world::{START, World, each, id_of, note, note_of, project, query, query_in, session};

const FILE: &str = "/home/dev/p/src/a.rs";
const OTHER: &str = "/home/dev/p/src/b.rs";

fn changed(tape: Tape, path: &str, message: &str) -> Tape {
    tape.say(Kind::Outcome, &format!("→ Edit: {path}\n+x {message}")).but(|turn| {
        turn.files = vec![path.to_owned()];
        turn.group = message.to_owned();
    })
}

/// Two turns of a person's with changes before, in and after answers.
fn tape() -> Tape {
    let tape = Tape::new("s").prompt("first, please").answer("I look at it.").but(|t| t.group = "m1".into());
    let tape = changed(tape, FILE, "m1");
    let tape = tape.answer("It is done, all of it.");
    let tape = tape.prompt("second, please").say(Kind::Thought, "hm, well").but(|t| t.group = "m2".into());
    let tape = tape.answer("Another one first.").but(|t| t.group = "m2".into());
    let tape = changed(tape, OTHER, "m2");
    let failed = tape.say(Kind::Outcome, "→ Bash: cargo check\nerror").but(|turn| {
        turn.class = Class::BuildLog;
        turn.files = vec![FILE.to_owned()];
    });
    failed.answer("Done again, at last.")
}

fn files(w: &World) -> Vec<(String, Vec<String>)> {
    let tape = tape();
    let ids = (0..tape.turns.len()).map(|n| id_of(&format!("s#{n}")));
    ids.map(|id| w.memory(id).unwrap().unwrap()).map(|m| (m.body, m.files)).collect()
}

fn asked(name: &str, asker: &str) -> FileQuery {
    FileQuery {
        project: project("p"),
        paths: vec![FILE.into(), "/home/dev/tree/src/a.rs".into()],
        key: "src/a.rs".into(),
        name: name.into(),
        asker: session(asker),
        viewer: Viewer::told_at(Standpoint::default().with_file("src/a.rs".into())),
        limit: 9,
        now: Millis(START),
    }
}

fn bodies(found: &FileMemories) -> (Vec<&str>, Vec<&str>) {
    (found.notes.iter().map(|m| m.body.as_str()).collect(), found.answers.iter().map(|m| m.body.as_str()).collect())
}

#[test]
fn an_answer_has_the_files_of_its_turn() {
    each(|w| {
        w.put(tape().whole()).unwrap();
        let expect: Vec<Vec<&str>> = vec![
            vec![],
            vec![FILE],
            vec![FILE],
            vec![FILE],
            vec![],
            vec![OTHER],
            vec![OTHER],
            vec![OTHER],
            vec![FILE],
            vec![OTHER],
        ];
        let got = files(w);
        for ((body, files), expect) in got.iter().zip(&expect) {
            assert_eq!(files, expect, "{body}");
        }
        assert_eq!(w.memory(id_of("s#8")).unwrap().unwrap().class, Class::BuildLog);
        // However it was cut, and again.
        let lines = w.another();
        for n in 0..expect.len() {
            lines.put(tape().write(n, n + 1)).unwrap();
        }
        assert_eq!(files(&lines), got);
        lines.put(tape().whole()).unwrap();
        assert_eq!(files(&lines), got);
    });
}

/// Messages of any shape, more changes in some turns than an answer is joined to.
fn any(seed: u64) -> Tape {
    let mut state = seed;
    let mut below = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let (mut tape, mut message) = (Tape::new("s"), 0);
    for n in 0..400 {
        message += u64::from(below(3) == 0);
        let group = format!("m{}", message.saturating_sub(below(8) / 7));
        tape = match below(200) {
            0 => tape.prompt(&format!("prompt {n}")),
            1..45 => tape.answer(&format!("answer {n}")),
            45..70 => tape.say(Kind::Thought, &format!("thought {n}")),
            _ => changed(tape, &format!("/home/dev/p/src/{}.rs", below(140)), &group),
        };
        let with_files = below(9) == 0;
        tape = tape.but(|turn| {
            turn.group = group;
            if with_files && turn.kind == Kind::Answer {
                turn.files = vec![FILE.to_owned(), format!("/home/dev/p/src/{n}.rs")];
            }
        });
    }
    tape
}

#[test]
fn answers_have_the_same_files_however_a_transcript_was_cut() {
    each(|w| {
        let mut most = 0;
        for seed in 0..4 {
            let (tape, whole, cut) = (any(seed), w.another(), w.another());
            whole.put(tape.whole()).unwrap();
            let (mut from, all) = (0, tape.turns.len());
            while from < all {
                let to = (from + 1 + (from * 7 + seed as usize) % 23).min(all);
                cut.put(tape.write(from, to)).unwrap();
                from = to;
            }
            let files = |w: &World, n: usize| w.memory(id_of(&format!("s#{n}"))).unwrap().unwrap().files;
            for n in 0..all {
                let (one, other) = (files(&whole, n), files(&cut, n));
                most = most.max(one.len());
                assert_eq!(one, other, "turn {n} of {seed}");
            }
        }
        assert!(most >= 64, "{most}");
    });
}

#[test]
fn what_a_hook_carried_first_gets_its_files_from_the_transcript() {
    each(|w| {
        let tape = tape();
        w.put(tape.write(0, 1)).unwrap();
        w.put(tape.hook_write(3)).unwrap();
        w.put(tape.hook_write(4)).unwrap();
        w.put(tape.write(1, tape.turns.len())).unwrap();
        let answer = w.find("all of it").remove(0);
        let found = w.search(&query("all of it")).unwrap().hits.remove(0).memory;
        assert_eq!((answer.as_str(), found.files), ("It is done, all of it.", vec![FILE.to_owned()]));
    });
}

#[test]
fn a_file_is_asked_for_by_its_paths() {
    each(|w| {
        assert!(w.on_file(&asked("a.rs", "t")).unwrap().answers.is_empty());
        w.put(tape().whole()).unwrap();
        let about = |body: &str, applies_to: &str| Note { applies_to: applies_to.into(), ..note_of("p", body) };
        w.stored(about("By its path.", "file:src/a.rs"));
        w.stored(about("Of another file.", "file:src/z.rs"));
        w.stored(note("Everybody's, it names a.rs."));
        w.stored(note_of("q", "Another project's a.rs."));
        w.stored(Note { session: Some(session("t")), ..note_of("p", "The asker's own a.rs.") });
        let found = w.on_file(&asked("a.rs", "t")).unwrap();
        let (mut notes, answers) = bodies(&found);
        notes.sort_unstable();
        assert_eq!(notes, ["By its path.", "Everybody's, it names a.rs."]);
        assert_eq!(answers, ["It is done, all of it.", "I look at it."]);
        // What the asker has in its context it knows, until a compaction takes it away.
        assert_eq!(bodies(&w.on_file(&asked("zzz", "s")).unwrap()), (vec!["By its path."], vec![]));
        let mark = SessionMark {
            session: session("s"),
            project: project("p"),
            cwd: None,
            at: Tape::at(99),
            event: SessionEvent::Compacted,
        };
        w.write(None, Write::Session(Box::new(mark)), Lane::Interactive, Tape::at(99)).unwrap();
        assert_eq!(w.on_file(&asked("zzz", "s")).unwrap().answers.len(), 2);
    });
}

#[test]
fn many_notes_and_turns_leave_the_newest() {
    each(|w| {
        for n in 0..30 {
            w.stored(note_of("p", &format!("Note {n} on a.rs")));
            let tape = Tape::new(&format!("s{n}")).prompt(&format!("go on {n}"));
            w.put(changed(tape, FILE, "m").answer(&format!("Done {n}.")).whole()).unwrap();
        }
        let found = w.on_file(&asked("a.rs", "t")).unwrap();
        assert_eq!((found.notes.len(), found.answers.len()), (9, 9));
        assert_eq!(found.answers[0].body, "Done 29.");
    });
}

/// A subagent of session `s`.
fn of_agent(agent: &str) -> Tape {
    let mut tape = Tape::new(&format!("s-{agent}")).prompt("look into the heron").answer("the heron stands still");
    for ready in &mut tape.turns {
        ready.turn.session = "s".into();
        ready.turn.subagent = Some(agent.into());
    }
    tape.turns[0].turn.origin = Speaker::Program;
    tape
}

#[test]
fn a_subagent_has_a_session_of_its_own() {
    each(|w| {
        // Its file may be read before that of its caller.
        w.put(of_agent("a7").whole()).unwrap();
        w.put(Tape::new("s").prompt("why does the heron stand?").answer("It waits.").whole()).unwrap();
        w.put(of_agent("b8").whole()).unwrap();
        for _ in 0..2 {
            let found = w.search(&query("stands still")).unwrap().hits.into_iter().map(|hit| hit.memory);
            let found = found.filter(|memory| memory.body == "the heron stands still");
            let mut sessions: Vec<_> = found.filter_map(|memory| Some(memory.session?.id)).collect();
            sessions.sort();
            assert_eq!(sessions, ["s/a7", "s/b8"]);
            let recent: Vec<_> = w.recent_sessions(&project("p"), None, 9).unwrap();
            assert_eq!(recent.iter().map(|s| s.session.id.as_str()).collect::<Vec<_>>(), ["s"]);
            assert_eq!(w.stats().unwrap().sessions, 1);
            assert_eq!(w.projects().unwrap()[0].sessions, 1);
            // It is not in its caller's context.
            let asker = |name: &str| SearchQuery { not_in_context_of: Some(session(name)), ..query_in("p", "heron") };
            assert!(w.bodies(&asker("s")).contains(&"the heron stands still".to_owned()));
            assert!(!w.bodies(&asker("s")).contains(&"why does the heron stand?".to_owned()));
            let own = w.bodies(&asker("s/a7"));
            assert_eq!(own.iter().filter(|body| *body == "the heron stands still").count(), 1, "b8's: {own:?}");
            // Nor are its turns neighbours of its caller's.
            let with_neighbours = SearchQuery { neighbours: Neighbours::Load, ..query("waits") };
            let waits = w.search(&with_neighbours).unwrap().hits.remove(0);
            assert_eq!(waits.neighbours.trim(), "why does the heron stand?");
            w.reopen();
        }
    });
}
