//! The ledger: what a session was shown is left out until its context is new, is counted, and goes with its memory.
//! It must not know hooks, nor why a line is chosen.

use quipu_core::change::Edit;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::offer::{Again, Line, Part, Silence, Why};
use quipu_core::scope::{Reader, Viewer};
use quipu_core::used::Trace;
use quipu_store::ledger::{Entry, Offer, OfferQuery, OfferRow, Tally, Use, Verdict, Wanted};
use quipu_store::read::{FileQuery, Scope, SearchQuery};
use quipu_store::write::{Applied, Change, Lane, SessionEvent, SessionMark, Write};

use super::tape::Tape;
use super::world::{START, World, each, event_of, note, note_of, project, query_in, session};

fn line(memory: MemoryId, revision: u32) -> Line {
    let why = Why::Matches { score: 1.5, idf_share: 0.5, coverage: 0.25, cosine: 0.75, matched: vec!["falcon".into()] };
    Line { memory, revision, tokens: 20, bytes: 80, part: Part::Whole, why, again: Again::No }
}

fn offer(name: &str, at: i64, lines: Vec<Line>) -> Offer {
    Offer {
        id: Some(event_of(name)),
        event: "UserPromptSubmit".into(),
        at: Millis(START + at),
        session: session("s"),
        project: project("p"),
        tokens: 30 * lines.len(),
        bytes: 100 * lines.len(),
        silence: lines.is_empty().then_some(Silence::WeakEvidence),
        lines,
        left_out: 0,
    }
}

fn put(w: &World, entry: Entry) -> Applied {
    w.put(Write::Ledger(Box::new(entry))).unwrap()
}

/// What session `s` may be shown of falcons, with what it saw as it was before.
fn recalled(w: &World) -> Vec<(String, Again)> {
    let q = SearchQuery { not_in_context_of: Some(session("s")), ..query_in("p", "falcon") };
    let mut hits: Vec<_> = w.search(&q).unwrap().hits.into_iter().map(|hit| (hit.memory.body, hit.again)).collect();
    hits.sort_by(|a, b| a.0.cmp(&b.0));
    hits
}

fn new(bodies: &[&str]) -> Vec<(String, Again)> {
    bodies.iter().map(|body| ((*body).to_owned(), Again::No)).collect()
}

fn mark(w: &World, event: SessionEvent, at: i64) {
    let mark = SessionMark { session: session("s"), project: project("p"), cwd: None, at: Millis(START + at), event };
    w.put(Write::Session(Box::new(mark))).unwrap();
}

fn edit(w: &World, id: MemoryId, title: &str) {
    let edit = Edit { title: Some(title.into()), ..Edit::default() };
    let change =
        Change { id, scope: Scope::All, reader: Reader::Person, if_revision: None, edit, action: None, reason: None };
    w.put(Write::Change(Box::new(change))).unwrap();
}

fn offers(w: &World, memory: Option<MemoryId>) -> Vec<OfferRow> {
    let scope = Scope::Project(project("p"));
    w.offers(&OfferQuery { reader: Reader::Person, scope, session: None, event: None, memory, limit: 50 }).unwrap()
}

#[test]
fn what_a_session_has_seen_is_left_out_until_its_context_is_new() {
    each(|w| {
        let one = w.stored(note_of("p", "falcon one"));
        w.stored(note_of("p", "falcon two"));
        assert_eq!(recalled(w), new(&["falcon one", "falcon two"]));
        put(w, Entry::Offer(offer("a", 1_000, vec![line(one, 1)])));
        for _ in 0..2 {
            assert_eq!(recalled(w), new(&["falcon two"]));
            w.reopen();
        }
        // Another session has not seen it, and who asks on purpose finds it.
        assert_eq!(w.bodies(&query_in("p", "falcon")).len(), 2);
        let q = SearchQuery { not_in_context_of: Some(session("t")), ..query_in("p", "falcon") };
        assert_eq!(w.search(&q).unwrap().hits.len(), 2);
        edit(w, one, "of the north");
        assert_eq!(recalled(w), [("falcon one".to_owned(), Again::Changed), ("falcon two".to_owned(), Again::No)]);
        put(w, Entry::Offer(offer("b", 2_000, vec![line(one, 2)])));
        assert_eq!(recalled(w), new(&["falcon two"]));
        // Told late, a compaction is as old as it is.
        mark(w, SessionEvent::Compacted, 1_500);
        assert_eq!(recalled(w), new(&["falcon two"]));
        mark(w, SessionEvent::Anew, 2_500);
        assert_eq!(recalled(w), new(&["falcon one", "falcon two"]));
        put(w, Entry::Offer(offer("c", 2_500, vec![line(one, 2)])));
        assert_eq!(recalled(w), new(&["falcon two"]), "given with the new context");
        w.put(Tape::new("s").say(quipu_core::kind::Kind::Checkpoint, "summed up").whole()).unwrap();
        assert_eq!(recalled(w), new(&["falcon two"]), "the checkpoint is older");
    });
}

#[test]
fn of_what_was_shown_in_part_another_part_may_be_shown() {
    each(|w| {
        let paragraph = |n: usize| format!("The falcon of chapter {n}: {}", format!("told at length {n} ").repeat(60));
        let long = w.stored(note_of("p", &(0..4).map(paragraph).collect::<Vec<_>>().join("\n\n")));
        let q = SearchQuery { not_in_context_of: Some(session("s")), ..query_in("p", "falcon chapter") };
        let mut shown = Vec::new();
        while let Some(hit) = w.search(&q).unwrap().hits.pop() {
            assert!(!shown.contains(&hit.chunk), "{shown:?}");
            shown.push(hit.chunk.clone());
            let part = Line { part: Part::Bytes(hit.chunk), ..line(long, 1) };
            put(w, Entry::Offer(offer(&format!("o{}", shown.len()), shown.len() as i64, vec![part])));
        }
        assert!(shown.len() >= 3, "{shown:?}");
        // A line that holds less than a chunk takes none away.
        mark(w, SessionEvent::Anew, 50_000);
        let sentence = Line { part: Part::Bytes(0..0), ..line(long, 1) };
        put(w, Entry::Offer(offer("sentence", 60_000, vec![sentence])));
        assert_eq!(w.search(&q).unwrap().hits.len(), 1);
    });
}

#[test]
fn an_answer_counts_from_the_moment_on_that_it_is_handed_over() {
    each(|w| {
        let one = w.stored(note_of("p", "falcon one"));
        let entry = Entry::Offer(offer("a", 1_000, vec![line(one, 1)]));
        w.submit(None, Write::Ledger(Box::new(entry)), Lane::Aside, w.now(), Box::new(|_| {}));
        assert_eq!(recalled(w), new(&[]));
        // It goes with the next commit, whosever that is.
        w.stored(note("something else"));
        assert_eq!(offers(w, None).len(), 1);
        let alone = Entry::Offer(offer("b", 2_000, vec![]));
        let (sender, outcome) = std::sync::mpsc::channel();
        let reply = Box::new(move |outcome| sender.send(outcome).unwrap());
        w.submit(None, Write::Ledger(Box::new(alone)), Lane::Aside, w.now(), reply);
        assert_eq!(outcome.recv_timeout(super::world::HANG).unwrap().unwrap(), Applied::Done, "or alone");
        let last = Entry::Offer(offer("c", 3_000, vec![]));
        w.submit(None, Write::Ledger(Box::new(last)), Lane::Aside, w.now(), Box::new(|_| {}));
        w.reopen();
        assert_eq!(offers(w, None).len(), 3, "or at the end");
    });
}

#[test]
fn what_came_too_late_was_not_seen_whichever_is_told_first() {
    each(|w| {
        let one = w.stored(note_of("p", "falcon one"));
        let late = |w: &World| put(w, Entry::Late(Offer { silence: None, ..offer("a", 1_000, vec![]) }));
        let given = |w: &World| put(w, Entry::Offer(offer("a", 1_000, vec![line(one, 1)])));
        given(w);
        assert_eq!(recalled(w), new(&[]));
        late(w);
        late(w);
        given(w);
        assert_eq!(recalled(w), new(&["falcon one"]));
        let rows = offers(w, None);
        assert_eq!((rows.len(), rows[0].silence, rows[0].lines.len()), (1, Some(Silence::Late), 1));
        let other = w.another();
        other.stored(note_of("p", "falcon one"));
        late(&other);
        given(&other);
        assert_eq!(recalled(&other), new(&["falcon one"]));
        let rows = offers(&other, None);
        assert_eq!((rows.len(), rows[0].silence, rows[0].lines.len()), (1, Some(Silence::Late), 1));
        assert_eq!(w.tally(one).unwrap(), Tally::default());
    });
}

#[test]
fn what_is_not_wanted_in_a_project_is_shown_elsewhere_and_found_everywhere() {
    each(|w| {
        let everywhere = w.stored(note("falcon of all"));
        let hush =
            |w: &World, name: &str, wanted| put(w, Entry::Hush { memory: everywhere, project: project(name), wanted });
        assert_eq!(hush(w, "p", Wanted::No), Applied::Count(1));
        assert_eq!(hush(w, "p", Wanted::No), Applied::Count(0));
        let in_project = |w: &World, name: &str| {
            let q = SearchQuery { not_in_context_of: Some(session("s")), ..query_in(name, "falcon") };
            (w.search(&q).unwrap().hits.len(), w.bodies(&query_in(name, "falcon")).len())
        };
        w.stored(note_of("q", "heron"));
        for _ in 0..2 {
            assert_eq!((in_project(w, "p"), in_project(w, "q")), ((0, 1), (1, 1)));
            w.reopen();
        }
        let on_file = |w: &World| {
            let query = FileQuery {
                project: project("p"),
                paths: vec!["/home/dev/p/falcon.rs".into()],
                key: "src/a.rs".into(),
                viewer: Viewer::AGENT,
                name: "falcon".into(),
                asker: session("u"),
                now: w.now(),
                limit: 9,
            };
            w.on_file(&query).unwrap().notes.len()
        };
        assert_eq!(on_file(w), 0);
        assert_eq!(w.hushed_in(everywhere).unwrap(), [project("p")]);
        assert_eq!(w.hushed(&Scope::All).unwrap().len(), 1);
        assert!(w.hushed(&Scope::Project(project("q"))).unwrap().is_empty());
        w.put(Write::MergeProjects { old: project("p"), new: project("q") }).unwrap();
        assert_eq!(w.hushed_in(everywhere).unwrap(), [project("q")]);
        assert_eq!(hush(w, "q", Wanted::Yes), Applied::Count(1));
        assert_eq!((in_project(w, "p"), on_file(w)), ((1, 1), 1));
        let unknown = Entry::Hush { memory: MemoryId(uuid::Uuid::nil()), project: project("p"), wanted: Wanted::No };
        assert!(w.put(Write::Ledger(Box::new(unknown))).is_err());
    });
}

#[test]
fn lines_are_read_back_counted_and_judged_once() {
    each(|w| {
        let one = w.stored(note_of("p", "falcon one"));
        let two = w.stored(note_of("p", "falcon two"));
        let mut file = line(two, 1);
        file.why = Why::File("/home/dev/p/a.rs".into());
        put(w, Entry::Offer(offer("a", 1_000, vec![line(one, 1), line(two, 1)])));
        put(w, Entry::Offer(Offer { event: "PreToolUse".into(), ..offer("b", 2_000, vec![file]) }));
        for n in 0..3 {
            let silent = Offer { silence: Some(Silence::NothingFound), ..offer(&format!("c{n}"), 3_000 + n, vec![]) };
            put(w, Entry::Offer(Offer { event: "PreToolUse".into(), ..silent }));
            let paused = Offer { silence: Some(Silence::Paused), ..offer(&format!("d{n}"), 4_000 + n, vec![]) };
            put(w, Entry::Offer(Offer { session: session("nobody"), ..paused }));
        }
        put(w, Entry::Offer(offer("e", 5_000, vec![])));
        let rows = offers(w, None);
        let told: Vec<_> = rows.iter().map(|row| (row.silence, row.times, row.lines.len())).collect();
        let silent = |why, times| (Some(why), times, 0);
        assert_eq!(
            told,
            [
                silent(Silence::WeakEvidence, 1),
                silent(Silence::Paused, 3),
                silent(Silence::NothingFound, 3),
                (None, 1, 1),
                (None, 1, 2)
            ]
        );
        assert_eq!((rows[1].session.clone(), rows[4].session.clone()), (None, Some(session("s"))));
        assert_eq!(rows[4].lines[0].why, line(one, 1).why);
        assert_eq!(rows[3].lines[0].why, Why::File("/home/dev/p/a.rs".into()));
        assert_eq!(w.files_told(&session("s")).unwrap(), ["/home/dev/p/a.rs"]);
        let of_two = offers(w, Some(two));
        assert_eq!(of_two.iter().map(|row| row.lines.len()).collect::<Vec<_>>(), [1, 1]);

        w.put(Tape::new("s").prompt("and falcons?").answer("falcon two it is").whole()).unwrap();
        let open = w.open_lines(&session("s"), Millis(START)).unwrap();
        assert_eq!((open.lines.len(), open.said.len()), (3, 2));
        let said = open.said[1].0;
        let of = |id: MemoryId| open.lines.iter().find(|line| line.memory.id == id).unwrap().injection;
        let yes = Verdict { injection: of(two), used: Some(Use::Yes { by: Trace::Words, said }), looked_to: said };
        let no = Verdict { injection: of(one), used: Some(Use::No), looked_to: said };
        put(w, Entry::Verdicts(vec![yes.clone(), no]));
        // What was used was used.
        put(w, Entry::Verdicts(vec![Verdict { used: Some(Use::No), ..yes }]));
        assert_eq!(w.open_lines(&session("s"), Millis(START)).unwrap().lines.len(), 2);
        assert_eq!(w.tally(one).unwrap(), Tally { lines: 1, tokens: 20, used: 0, judged: 1 });
        assert_eq!(w.tally(two).unwrap(), Tally { lines: 2, tokens: 40, used: 1, judged: 1 });

        let usage = w.usage(&Scope::Project(project("p")), Reader::Person, None, 5).unwrap();
        let rows: Vec<_> = usage.rows.iter().map(|row| (row.event.as_str(), row.answers, row.tokens)).collect();
        assert_eq!(rows, [("PreToolUse", 1, 30), ("UserPromptSubmit", 1, 60)]);
        assert_eq!(usage.rows[1].silences, [(Silence::Paused, 3), (Silence::WeakEvidence, 1)]);
        assert_eq!((usage.rows[0].tally.used, usage.rows[1].tally.judged), (1, 1));
        let ids = |all: &[quipu_store::ledger::Ranked]| all.iter().map(|one| one.memory).collect::<Vec<_>>();
        assert_eq!(
            (ids(&usage.most_shown), ids(&usage.most_used), ids(&usage.never_used)),
            (vec![two, one], vec![two], vec![one])
        );
        assert!(w.usage(&Scope::Project(project("q")), Reader::Person, None, 5).unwrap().rows.is_empty());
        assert!(w.usage(&Scope::All, Reader::Person, Some(Millis(START + 9_000)), 5).unwrap().rows.is_empty());
    });
}

#[test]
fn what_is_old_or_too_much_goes() {
    each(|w| {
        let one = w.stored(note_of("p", "falcon one"));
        for n in 0..10 {
            put(w, Entry::Offer(offer(&format!("o{n}"), n * 1_000, vec![line(one, 1)])));
        }
        let prune = |before, most| put(w, Entry::Prune { before: Millis(START + before), most });
        assert_eq!(prune(3_000, 100), Applied::Count(3));
        assert_eq!(prune(3_000, 5), Applied::Count(2));
        assert_eq!(prune(3_000, 5), Applied::Count(0));
        let left: Vec<i64> = offers(w, None).iter().map(|row| row.at.0 - START).collect();
        assert_eq!((left, w.tally(one).unwrap().lines), (vec![9_000, 8_000, 7_000, 6_000, 5_000], 5));
    });
}
