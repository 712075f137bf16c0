//! Who is here, as rows: who joins, who may end whom, what is told of it; where nothing is delivered.
//! It must not know SQL, processes or connections.

use quipu_core::happening::Happening;
use quipu_core::id::Millis;
use quipu_core::memory::SessionRef;
use quipu_store::StoreError;
use quipu_store::agents::{AgentRow, AgentsWrite, Delivery, DeliveryPause, Departure, FeedFrom, FeedQuery, Sighting};
use quipu_store::read::Scope;
use quipu_store::write::{Applied, Write};

use super::world::{START, World, each, project};

fn session(id: &str) -> SessionRef {
    SessionRef { agent: "claude-code".into(), id: id.into() }
}

fn put(w: &World, write: AgentsWrite) -> Applied {
    w.put(Write::Agents(Box::new(write))).unwrap()
}

fn sighting(id: &str, at: i64, instance: Option<&str>) -> Sighting {
    Sighting {
        session: session(id),
        project: project("p"),
        branch: Some("main".into()),
        cwd: Some("/p".into()),
        instance: instance.map(str::to_owned),
        file: None,
        at: Millis(START + at),
    }
}

fn seen(w: &World, id: &str, at: i64, instance: Option<&str>) -> bool {
    put(w, AgentsWrite::Seen(sighting(id, at, instance))) == Applied::Count(1)
}

fn left(w: &World, id: &str, at: i64, instance: Option<&str>) -> bool {
    let (instance, at) = (instance.map(str::to_owned), Millis(START + at));
    put(w, AgentsWrite::Left(Departure { session: session(id), instance, at, why: "over".into() })) == Applied::Count(1)
}

fn row(w: &World, id: &str) -> AgentRow {
    w.agents(Millis(0)).unwrap().into_iter().find(|row| row.session == session(id)).unwrap()
}

fn told(w: &World) -> Vec<Happening> {
    let query = FeedQuery { scope: Scope::All, from: FeedFrom::Newest, kinds: Vec::new(), limit: 100 };
    w.feed(&query).unwrap().into_iter().map(|row| row.kind).collect()
}

#[test]
fn a_session_joins_once_and_only_its_own_process_ends_it() {
    each(|w| {
        assert!(seen(w, "a", 10, Some("1@1")) && !seen(w, "a", 20, Some("1@1")));
        // Another process has it by now; the first one's end is none.
        assert!(!seen(w, "a", 30, Some("2@2")) && !left(w, "a", 40, Some("1@1")));
        // Nor is one that does not say whose it is, and was before.
        assert!(!left(w, "a", 25, None));
        assert!(left(w, "a", 50, Some("2@2")) && !left(w, "a", 51, Some("2@2")));
        assert_eq!(row(w, "a").left, Some((Millis(START + 50), "over".into())));
        // Late signs bring nobody back.
        assert!(!seen(w, "a", 45, Some("2@2")) && row(w, "a").left.is_some());
        assert!(seen(w, "a", 60, Some("3@3")) && row(w, "a").left.is_none());
        assert_eq!(row(w, "a").joined, Millis(START + 60));
        assert!(left(w, "a", 70, None), "nothing was heard of it since");
        assert!(!left(w, "unheard", 1, None));
        use Happening::{Joined, Left};
        assert_eq!(told(w), [Joined, Left, Joined, Left]);
        assert!(w.agents(Millis(START + 71)).unwrap().is_empty(), "asked for later, it is no more");
    });
}

#[test]
fn signs_that_come_late_change_nothing_that_is_newer() {
    each(|w| {
        seen(w, "a", 50, Some("2@2"));
        let late =
            Sighting { project: project("q"), branch: None, cwd: Some("/q".into()), ..sighting("a", 20, Some("1@1")) };
        put(w, AgentsWrite::Seen(late));
        let found = row(w, "a");
        assert_eq!(
            (found.project, found.instance.as_deref(), found.cwd.as_deref()),
            (project("p"), Some("2@2"), Some("/p"))
        );
        assert_eq!((found.seen, found.branch.as_deref()), (Millis(START + 50), Some("main")));
        // What says less takes nothing away, but for the branch of where it is.
        put(w, AgentsWrite::Seen(Sighting { branch: None, cwd: None, instance: None, ..sighting("a", 60, None) }));
        let found = row(w, "a");
        assert_eq!(
            (found.branch.as_deref(), found.instance.as_deref(), found.seen),
            (Some("main"), Some("2@2"), Millis(START + 60))
        );
        for (n, at) in (0..30).zip(100..) {
            put(w, AgentsWrite::Seen(Sighting { file: Some(format!("f{n}")), ..sighting("a", at, None) }));
        }
        let files = row(w, "a").files;
        assert_eq!((files.len(), files[0].0.as_str(), files[19].0.as_str()), (20, "f29", "f10"));
        left(w, "a", 1_000, None);
        assert!(row(w, "a").files.is_empty());
    });
}

#[test]
fn silence_is_told_once_and_over_with_the_next_sign() {
    each(|w| {
        seen(w, "a", 10, None);
        let silent = |seen: i64| put(w, AgentsWrite::Silent { session: session("a"), seen: Millis(START + seen) });
        assert_eq!(silent(5), Applied::Count(0), "it was heard of since");
        assert_eq!((silent(10), silent(10)), (Applied::Count(1), Applied::Count(0)));
        assert!(row(w, "a").silent);
        assert!(!seen(w, "a", 20, None) && !row(w, "a").silent);
        assert_eq!(told(w), [Happening::Joined, Happening::Silent]);
    });
}

#[test]
fn a_task_is_the_sessions_and_survives() {
    each(|w| {
        let task = |id: &str, task: Option<&str>| {
            let (session, task) = (session(id), task.map(str::to_owned));
            put(w, AgentsWrite::Task { session, project: project("p"), task })
        };
        assert_eq!(task("new", Some("mend it")), Applied::Done);
        assert_eq!(told(w), [Happening::Joined], "who says what he does is here");
        task("new", Some("mend that"));
        assert_eq!(row(w, "new").task.as_deref(), Some("mend that"));
        task("new", None);
        assert_eq!(row(w, "new").task, None);
    });
}

#[test]
fn delivery_is_paused_once_a_place_and_resumed_by_place_or_all() {
    each(|w| {
        seen(w, "a", 10, None);
        let places = [
            Delivery::Session(session("a")),
            Delivery::Role("prime".into()),
            Delivery::Project(project("p")),
            Delivery::All,
        ];
        let held = |w: &World, now: i64| -> Vec<Delivery> {
            let pauses: Vec<DeliveryPause> = w.delivery_pauses(Millis(START + now)).unwrap();
            pauses.into_iter().map(|pause| pause.to).collect()
        };
        for to in places.clone() {
            for until in [None, Some(Millis(START + 1_000_000))] {
                let write = AgentsWrite::PauseDelivery { to: to.clone(), until };
                assert_eq!(put(w, write), Applied::Done);
            }
        }
        assert_eq!(held(w, 900_000), places);
        assert_eq!(held(w, 1_000_000), [], "each ends at its time");
        assert_eq!(put(w, AgentsWrite::ResumeDelivery(Some(places[1].clone()))), Applied::Count(1));
        assert_eq!(put(w, AgentsWrite::ResumeDelivery(Some(places[1].clone()))), Applied::Count(0));
        w.put(Write::MergeProjects { old: project("p"), new: project("q") }).unwrap();
        assert_eq!(held(w, 900_000)[1], Delivery::Project(project("q")));
        assert_eq!(row(w, "a").project, project("q"));
        assert_eq!(put(w, AgentsWrite::ResumeDelivery(None)), Applied::Count(3));
        assert_eq!(held(w, 0), []);
        let unknown = AgentsWrite::PauseDelivery { to: Delivery::Session(session("nobody")), until: None };
        assert!(matches!(w.put(Write::Agents(Box::new(unknown))), Err(StoreError::NoSuchSession(_))));
    });
}
