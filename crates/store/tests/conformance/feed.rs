//! The feed of what happens between agents: numbered in the order of commits, told after them, kept so long and no longer.
//! It must not know who follows, nor SQL.

use std::sync::mpsc::channel;

use quipu_core::happening::Happening;
use quipu_core::memory::{ProjectKey, SessionRef};
use quipu_store::agents::{AgentsWrite, FeedBounds, FeedFrom, FeedQuery, FeedRow, Happened};
use quipu_store::read::Scope;
use quipu_store::write::{Applied, News, SessionEvent, SessionMark, Write};
use serde_json::json;

use super::world::{HANG, START, World, each, project};

fn tell(w: &World, n: u64, project: Option<ProjectKey>) {
    let happened = Happened { kind: Happening::Degraded, project, body: json!({ "n": n }) };
    assert_eq!(w.put(Write::Agents(Box::new(AgentsWrite::Tell(happened)))).unwrap(), Applied::Done);
}

fn prune(w: &World, before: i64, most: u64) -> Applied {
    let before = quipu_core::id::Millis(START + before);
    w.put(Write::Agents(Box::new(AgentsWrite::Prune { before, most }))).unwrap()
}

fn rows(w: &World, scope: Scope, from: FeedFrom, limit: usize) -> Vec<FeedRow> {
    w.feed(&FeedQuery { scope, from, kinds: Vec::new(), limit }).unwrap()
}

fn ids(rows: &[FeedRow]) -> Vec<u64> {
    rows.iter().map(|row| row.id).collect()
}

#[test]
fn what_happens_is_numbered_told_and_read_in_its_order() {
    each(|w| {
        assert_eq!(w.feed_bounds().unwrap(), FeedBounds::default());
        tell(w, 1, None);
        let (told, heard) = channel();
        w.follow(Box::new(move |news| news.into_iter().for_each(|one| told.send(one).unwrap())));
        tell(w, 2, Some(project("p")));
        w.put(Write::Pause { project: Some(project("q")), until: None }).unwrap();
        w.put(Write::Resume { project: None }).unwrap();
        // Nothing was paused: nothing happened.
        w.put(Write::Resume { project: None }).unwrap();
        let session = SessionRef { agent: "claude-code".into(), id: "s1".into() };
        let mark = SessionMark {
            session: session.clone(),
            project: project("p"),
            cwd: None,
            at: w.now(),
            event: SessionEvent::Compacted,
        };
        w.put(Write::Session(Box::new(mark))).unwrap();
        let all = rows(w, Scope::All, FeedFrom::Newest, 10);
        let kinds: Vec<Happening> = all.iter().map(|row| row.kind).collect();
        use Happening::{Compacted, Degraded, Paused, Resumed};
        assert_eq!((ids(&all), kinds), (vec![1, 2, 3, 4, 5], vec![Degraded, Degraded, Paused, Resumed, Compacted]));
        assert_eq!((&all[4].session, &all[4].project), (&Some(session), &Some(project("p"))));
        assert_eq!((&all[1].body["n"], &all[2].body["of"]), (&json!(2), &json!("memory")));
        // Who follows is told of each once it is there; of what came before he followed, with the first.
        for row in &all {
            assert_eq!(heard.recv_timeout(HANG).unwrap(), News::Happened(row.clone()));
        }
        for (scope, from, limit, expect) in [
            (Scope::Project(project("p")), FeedFrom::Newest, 10, vec![1, 2, 4, 5]),
            (Scope::Project(project("q")), FeedFrom::Newest, 10, vec![1, 3, 4]),
            (Scope::Project(project("unheard of")), FeedFrom::Newest, 10, vec![1, 4]),
            (Scope::All, FeedFrom::Newest, 2, vec![4, 5]),
            (Scope::All, FeedFrom::After(2, 5), 2, vec![3, 4]),
            (Scope::All, FeedFrom::After(2, 3), 9, vec![3]),
            (Scope::All, FeedFrom::After(5, 9), 9, vec![]),
        ] {
            assert_eq!(ids(&rows(w, scope, from, limit)), expect);
        }
        let only = FeedQuery { scope: Scope::All, from: FeedFrom::Newest, kinds: vec![Paused, Resumed], limit: 9 };
        assert_eq!(ids(&w.feed(&only).unwrap()), [3, 4]);
    });
}

#[test]
fn what_is_old_or_too_much_goes_and_its_number_is_given_to_nobody() {
    each(|w| {
        for n in 0..5 {
            tell(w, n, None);
        }
        assert_eq!(prune(w, 2_000, 100), Applied::Count(2));
        assert_eq!(w.feed_bounds().unwrap(), FeedBounds { gone: 2, newest: 5 });
        assert_eq!(prune(w, 0, 1), Applied::Count(2));
        assert_eq!(ids(&rows(w, Scope::All, FeedFrom::After(0, 9), 9)), [5]);
        assert_eq!(prune(w, 3_600_000, 100), Applied::Count(1));
        assert_eq!(w.feed_bounds().unwrap(), FeedBounds { gone: 5, newest: 5 });
        w.reopen();
        tell(w, 6, None);
        assert_eq!(ids(&rows(w, Scope::All, FeedFrom::After(5, 9), 9)), [6]);
    });
}

#[test]
fn a_project_that_becomes_another_takes_what_happened_in_it_along() {
    each(|w| {
        tell(w, 1, Some(project("old")));
        tell(w, 2, Some(project("new")));
        w.put(Write::MergeProjects { old: project("old"), new: project("new") }).unwrap();
        for key in ["old", "new"] {
            assert_eq!(ids(&rows(w, Scope::Project(project(key)), FeedFrom::Newest, 9)), [1, 2], "{key}");
        }
    });
}
