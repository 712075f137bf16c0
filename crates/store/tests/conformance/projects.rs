//! Projects: what belongs to one is never seen in another, and a merge moves all of it, now and later.
//! It must not know how a project's key is found.

use quipu_core::id::Millis;
use quipu_core::outcome::Outcome;
use quipu_core::scope::Viewer;
use quipu_store::StoreError;
use quipu_store::read::{PageQuery, Scope, SearchQuery, States, TimelineQuery};
use quipu_store::write::{Applied, Write};

use super::tape::Tape;
use super::world::{START, World, each, note, note_of, project, query, query_in};

fn merge(old: &str, new: &str) -> Write {
    Write::MergeProjects { old: project(old), new: project(new) }
}

/// What a scope shows, by every way of asking: sorted bodies.
fn shown(w: &World, scope: Scope) -> Vec<String> {
    let sorted = |mut bodies: Vec<String>| {
        bodies.sort();
        bodies
    };
    let searched = sorted(w.bodies(&SearchQuery { scope: scope.clone(), ..query("falcon") }));
    let paged = w.page(&PageQuery::live(scope.clone(), None, 100)).unwrap();
    let timeline = TimelineQuery {
        scope,
        around: None,
        before: None,
        session: None,
        kinds: Vec::new(),
        files: Vec::new(),
        since: None,
        until: None,
        limit: 100,
        viewer: Viewer::PERSON,
        states: States::Live,
        now: Millis(START),
        as_of: None,
    };
    let timeline = w.timeline(&timeline).unwrap();
    for (name, listed) in [("page", paged), ("timeline", timeline)] {
        assert_eq!(sorted(listed.into_iter().map(|m| m.body).collect()), searched, "{name} and search disagree");
    }
    searched
}

fn shown_in(w: &World, name: &str) -> Vec<String> {
    shown(w, Scope::Project(project(name)))
}

#[test]
fn a_scope_shows_its_own_and_what_belongs_to_every_project() {
    each(|w| {
        w.stored(note("falcon of all"));
        w.stored(note_of("p", "falcon of p"));
        w.stored(note_of("q", "falcon of q"));
        w.put(Tape::new("s").of_project("q").prompt("falcon said in q").whole()).unwrap();
        for _ in 0..2 {
            assert_eq!(shown_in(w, "p"), ["falcon of all", "falcon of p"]);
            assert_eq!(shown_in(w, "q"), ["falcon of all", "falcon of q", "falcon said in q"]);
            assert_eq!(shown_in(w, "unknown"), ["falcon of all"]);
            assert_eq!(shown(w, Scope::All).len(), 4);
            w.settle();
        }
        // A small project loses no hits to a large one.
        for n in 0..300 {
            w.stored(note_of("large", &format!("falcon falcon falcon {n}")));
        }
        assert_eq!(shown_in(w, "p"), ["falcon of all", "falcon of p"]);
        w.settle();
        assert_eq!(shown_in(w, "p"), ["falcon of all", "falcon of p"]);
    });
}

#[test]
fn a_neighbour_in_another_project_adds_nothing() {
    each(|w| {
        let elsewhere = Tape::new("s").of_project("q").prompt("x").prompt("falcon falcon falcon");
        let mut tape = Tape::new("s").of_project("p").prompt("falcon here");
        tape.turns.push(elsewhere.turns[1].clone());
        w.put(tape.whole()).unwrap();
        let q = SearchQuery { neighbours: quipu_store::read::Neighbours::Load, ..query_in("p", "falcon") };
        let hits = w.search(&q).unwrap().hits;
        assert_eq!((hits.len(), hits[0].context), (1, 0.0));
        assert_eq!(hits[0].neighbours.trim(), "");
    });
}

#[test]
fn a_merge_moves_everything_and_what_comes_later() {
    each(|w| {
        w.stored(note_of("old", "falcon noted"));
        w.put(Tape::new("s").of_project("old").prompt("falcon said").whole()).unwrap();
        w.put(Write::Pause { project: Some(project("old")), until: None }).unwrap();
        w.settle();
        w.stored(note_of("old", "falcon in the tail"));
        assert_eq!(w.put(merge("old", "new")).unwrap(), Applied::Count(3));
        let all = ["falcon in the tail", "falcon noted", "falcon said"];
        for _ in 0..2 {
            // The old key stands for the new project from now on.
            assert_eq!(shown_in(w, "new"), all);
            assert_eq!(shown_in(w, "old"), all);
            assert_eq!(w.project(&project("old")).unwrap(), Some(project("new")));
            assert_eq!(w.project(&project("unknown")).unwrap(), None);
            assert_eq!(
                w.memory(quipu_core::id::MemoryId(super::world::id_of("s#0").0)).unwrap().unwrap().project,
                Some(project("new"))
            );
            assert_eq!(w.recent_sessions(&project("old"), None, 9).unwrap().len(), 1);
            assert_eq!(w.pauses().unwrap()[0].project, Some(project("new")));
            let rows = w.projects().unwrap();
            assert_eq!(rows.len(), 1);
            assert_eq!((&rows[0].key, rows[0].memories, rows[0].sessions), (&project("new"), 3, 1));
            assert_eq!(rows[0].merged, [project("old")]);
            assert_eq!(rows[0].last_at, Some(Tape::at(0)));
            w.reopen();
        }
        w.stored(note_of("old", "falcon later"));
        assert_eq!(shown_in(w, "new").len(), 4);
        assert!(matches!(w.save(note_of("new", "falcon later")), Outcome::Duplicate { .. }));
        assert_eq!(w.put(Write::Resume { project: Some(project("old")) }).unwrap(), Applied::Count(1));
    });
}

#[test]
fn merges_follow_each_other() {
    each(|w| {
        for name in ["a", "b", "c"] {
            w.stored(note_of(name, &format!("falcon of {name}")));
        }
        assert_eq!(w.put(merge("a", "b")).unwrap(), Applied::Count(1));
        assert_eq!(w.put(merge("b", "c")).unwrap(), Applied::Count(2));
        // Once more, in a circle, into itself: nothing is left to move.
        for (old, new) in [("a", "b"), ("a", "c"), ("c", "a"), ("c", "c")] {
            assert_eq!(w.put(merge(old, new)).unwrap(), Applied::Count(0), "{old} into {new}");
        }
        for _ in 0..2 {
            for name in ["a", "b", "c"] {
                assert_eq!(shown_in(w, name).len(), 3, "{name}");
                assert_eq!(w.project(&project(name)).unwrap(), Some(project("c")));
            }
            assert_eq!(w.projects().unwrap()[0].merged, [project("a"), project("b")]);
            assert_eq!(w.stats().unwrap().projects, 1);
            w.reopen();
        }
    });
}

#[test]
fn an_unknown_project_cannot_be_merged_away() {
    each(|w| {
        w.stored(note_of("p", "falcon"));
        let refused = w.put(merge("unknown", "fresh"));
        assert!(matches!(&refused, Err(StoreError::NoSuchProject(key)) if key.ends_with("/unknown")), "{refused:?}");
        assert_eq!(w.projects().unwrap().len(), 1);
        assert_eq!(w.project(&project("fresh")).unwrap(), None);
    });
}

#[test]
fn archived_ones_move_too() {
    each(|w| {
        let tape = Tape::new("s").of_project("old").prompt("falcon of the record").answer("later");
        let mut hook = tape.hook(0);
        hook.body = "falcon of the hook".into();
        w.put(Write::Hook(Box::new(hook))).unwrap();
        w.put(tape.whole()).unwrap();
        assert_eq!(w.put(merge("old", "new")).unwrap(), Applied::Count(3));
        let all = SearchQuery { states: States::All, ..query_in("new", "falcon") };
        assert!(w.bodies(&all).contains(&"falcon of the hook".to_owned()));
        assert!(!shown_in_search(w, "new").contains(&"falcon of the hook".to_owned()));
    });
}

fn shown_in_search(w: &World, name: &str) -> Vec<String> {
    w.bodies(&query_in(name, "falcon"))
}
