//! Who sees what: places that memories hold in, and what only a person may see, by every way of asking.
//! It must not know how a place is found on a disk.

use quipu_core::change::{Action, Edit, Refusal};
use quipu_core::memory::Note;
use quipu_core::outcome::Outcome;
use quipu_core::scope::{AppliesTo, Privacy, Reach, Reader, Standpoint, Viewer, file_key};
use quipu_store::StoreError;
use quipu_store::read::{FileQuery, NearQuery, Neighbours, PageQuery, Scope, SearchQuery, States, TimelineQuery};
use quipu_store::write::{Change, Write};

use super::changes::{act, change};
use super::tape::Tape;
use super::world::{World, each, id_of, note, note_of, project, query, query_in, session};

/// The notes of one project, each with where it holds.
const HELD: [(&str, &str); 9] = [
    ("whole", "global"),
    ("also", "project"),
    ("ours", "branch:main"),
    ("theirs", "branch:other"),
    ("area", "area:storage"),
    ("file", "file:./src//lock.rs"),
    ("tree", "file:/home/dev/p/src/lock.rs, file:src/wal.rs"),
    ("mine", "session:s"),
    ("odd", "service:billing"),
];

fn fill(w: &World) {
    for (name, place) in HELD {
        w.stored(Note { applies_to: place.into(), ..note_of("p", &format!("falcon {name}")) });
    }
    w.stored(Note { privacy: Privacy::Private, ..note_of("p", "falcon secret") });
    w.stored(note("falcon everywhere"));
    w.stored(note_of("q", "falcon elsewhere"));
}

/// The last words of what `viewer` sees of project `name`, by every way of asking, which must agree.
fn seen(w: &World, name: &str, viewer: &Viewer) -> String {
    let scope = Scope::Project(project(name));
    let words = |bodies: Vec<String>| {
        let mut words: Vec<String> =
            bodies.iter().map(|body| body.rsplit(' ').next().unwrap_or_default().to_owned()).collect();
        words.sort();
        words.join(" ")
    };
    let search = SearchQuery { viewer: viewer.clone(), neighbours: Neighbours::Load, ..query_in(name, "falcon") };
    let searched = words(w.bodies(&search));
    let page = PageQuery { viewer: viewer.clone(), ..PageQuery::live(scope.clone(), None, 100) };
    let timeline = TimelineQuery {
        files: Vec::new(),
        scope,
        around: None,
        before: None,
        session: None,
        kinds: Vec::new(),
        since: None,
        until: None,
        limit: 100,
        viewer: viewer.clone(),
        states: States::Live,
        now: w.now(),
        as_of: None,
    };
    for (way, listed) in [("page", w.page(&page)), ("timeline", w.timeline(&timeline))] {
        assert_eq!(words(listed.unwrap().into_iter().map(|m| m.body).collect()), searched, "{way} and search disagree");
    }
    // A limit counts what is seen.
    let first = w.timeline(&TimelineQuery { limit: 1, ..timeline }).unwrap();
    assert_eq!(first.len(), usize::from(!searched.is_empty()));
    searched
}

fn at(branch: &str, session_id: &str, files: &[&str]) -> Viewer {
    let standpoint = Standpoint::new(Some(branch.into()), Some(session(session_id)));
    Viewer::told_at(files.iter().fold(standpoint, |at, file| at.with_file((*file).to_owned())))
}

fn only(place: &str) -> Viewer {
    let key = |path: &str| file_key(path, &["/home/dev/p"]);
    Viewer { reader: Reader::Person, reach: Reach::Only(AppliesTo::parse_one(place, key).unwrap()) }
}

#[test]
fn what_holds_where_somebody_stands_is_seen_and_nothing_else() {
    each(|w| {
        fill(w);
        for round in ["just written", "settled", "read again"] {
            let sees = |viewer: Viewer, expect: &str| assert_eq!(seen(w, "p", &viewer), expect, "{round}: {viewer:?}");
            sees(Viewer::PERSON, "also area everywhere file mine odd ours secret theirs tree whole");
            sees(Viewer::AGENT, "also area everywhere file mine odd ours theirs tree whole");
            sees(at("main", "t", &[]), "also area everywhere odd ours whole");
            sees(at("other", "s", &[]), "also area everywhere mine odd theirs whole");
            sees(at("x", "x", &["src/lock.rs"]), "also area everywhere file odd tree whole");
            sees(at("x", "x", &["src/wal.rs"]), "also area everywhere odd tree whole");
            let asks = Standpoint::default().asking("what of wal.rs?");
            sees(Viewer::told_at(asks), "also area everywhere odd tree whole");
            for (place, expect) in [
                ("branch:main", "ours"),
                ("area:storage", "area"),
                ("file:src/lock.rs", "file tree"),
                ("file:/home/dev/p/src/wal.rs", "tree"),
                ("session:s", "mine"),
                ("global", "everywhere"),
                ("project", "also odd secret whole"),
                ("branch:none", ""),
            ] {
                sees(only(place), expect);
            }
            match round {
                "just written" => w.settle(),
                _ => w.reopen(),
            }
        }
    });
}

#[test]
fn a_change_of_where_it_holds_counts_at_once_and_for_ever() {
    each(|w| {
        let id = w.stored(note_of("p", "falcon note"));
        let edit = |w: &World, edit: Edit| {
            w.put(Write::Change(Box::new(Change { edit, ..change(id) }))).unwrap();
        };
        let place = |place: &str| Edit { applies_to: Some(place.into()), ..Edit::default() };
        let privacy = |privacy| Edit { privacy: Some(privacy), ..Edit::default() };
        let steps: [(Edit, [&str; 3]); 6] = [
            (place("branch:main"), ["note", "note", ""]),
            (place("branch:other"), ["note", "", "note"]),
            (privacy(Privacy::Private), ["", "", ""]),
            (Edit { title: Some("A title".into()), ..Edit::default() }, ["", "", ""]),
            (privacy(Privacy::Shared), ["note", "", "note"]),
            (place("global"), ["note", "note", "note"]),
        ];
        for (n, (what, expect)) in steps.into_iter().enumerate() {
            edit(w, what);
            for _ in 0..2 {
                let views = [Viewer::AGENT, at("main", "s", &[]), at("other", "s", &[])];
                assert_eq!(views.map(|viewer| seen(w, "p", &viewer)), expect.map(str::to_owned), "step {n}");
                assert_eq!(seen(w, "p", &Viewer::PERSON), "note");
                w.reopen();
            }
        }
        let kept: Vec<Privacy> = w.history(id).unwrap().iter().rev().map(|r| r.content.privacy).collect();
        let [shared, private] = [Privacy::Shared, Privacy::Private];
        assert_eq!(kept, [shared, shared, shared, private, private, shared, shared]);
    });
}

#[test]
fn a_merge_takes_its_places_along() {
    each(|w| {
        fill(w);
        let merge = Write::MergeProjects { old: project("p"), new: project("q") };
        w.put(merge).unwrap();
        for round in ["just merged", "settled", "read again"] {
            for name in ["p", "q"] {
                let sees = |viewer: Viewer, expect: &str| assert_eq!(seen(w, name, &viewer), expect, "{round} {name}");
                sees(Viewer::AGENT, "also area elsewhere everywhere file mine odd ours theirs tree whole");
                // A path is relative to the project wherever that lay when it was written.
                sees(at("x", "x", &["src/lock.rs"]), "also area elsewhere everywhere file odd tree whole");
                sees(only("project"), "also elsewhere odd secret whole");
            }
            match round {
                "just merged" => w.settle(),
                _ => w.reopen(),
            }
        }
    });
}

#[test]
fn nothing_betrays_to_an_agent_what_a_person_keeps_to_himself() {
    each(|w| {
        let said = "The falcon sleeps in the tower because the nest is warm.";
        let secret = w.stored(Note { privacy: Privacy::Private, ..note_of("p", said) });
        // The same words are new, and nothing near to them is named.
        let told = w.stored(Note { id: id_of("told"), ..note_of("p", said) });
        let near = |reader| {
            w.settle();
            let found = w.near(&NearQuery { to: told, reader, least: 0.8, limit: 3, now: w.now() }).unwrap();
            found.into_iter().map(|near| near.id).collect::<Vec<_>>()
        };
        assert_eq!((near(Reader::Agent), near(Reader::Person)), (vec![], vec![secret]));
        let again = Note { id: id_of("again"), privacy: Privacy::Private, ..note_of("p", said) };
        assert_eq!(w.save(again), Outcome::Duplicate { of: secret });
        // Nor can it be changed, or stand in the place of what is seen.
        let refused = |change: Change| match w.put(Write::Change(Box::new(change))) {
            Err(StoreError::Refused(refusal)) => refusal,
            other => panic!("{other:?}"),
        };
        let by_agent = |change: Change| Change { reader: Reader::Agent, ..change };
        assert_eq!(refused(by_agent(act(secret, Action::Archive))), Refusal::Unknown(secret));
        assert_eq!(refused(by_agent(act(told, Action::Supersede(secret)))), Refusal::Unknown(secret));
        assert_eq!(refused(act(told, Action::Supersede(secret))), Refusal::Private { old: told, new: secret });
        let instead = Note { privacy: Privacy::Private, supersedes: Some(told), ..note_of("p", "falcon instead") };
        let saved = w.put(Write::Note(Box::new(instead)));
        assert!(matches!(saved, Err(StoreError::Refused(Refusal::Private { .. }))), "{saved:?}");
        let stats = w.stats().unwrap();
        assert_eq!(stats.private_by_kind, [("insight".to_owned(), 1)]);
    });
}

#[test]
fn hooks_are_told_nothing_private_and_nothing_of_elsewhere() {
    each(|w| {
        w.put(Tape::new("s").of_project("p").prompt("falcon asked").whole()).unwrap();
        for (name, place) in
            [("here", "file:src/lock.rs"), ("there", "branch:other, file:src/lock.rs"), ("far", "branch:other")]
        {
            w.stored(Note { applies_to: place.into(), ..note_of("p", &format!("lock.rs is {name}")) });
        }
        w.stored(Note { privacy: Privacy::Private, ..note_of("p", "lock.rs is secret") });
        let asked = FileQuery {
            project: project("p"),
            paths: vec!["/home/dev/p/src/lock.rs".into()],
            key: "src/lock.rs".into(),
            name: "lock.rs".into(),
            asker: session("t"),
            viewer: at("main", "t", &["src/lock.rs"]),
            limit: 9,
            now: w.now(),
        };
        let notes: Vec<String> = w.on_file(&asked).unwrap().notes.into_iter().map(|m| m.body).collect();
        let mut notes: Vec<&str> = notes.iter().map(|body| body.rsplit(' ').next().unwrap()).collect();
        notes.sort_unstable();
        assert_eq!(notes, ["here", "there"]);
        // A session whose turns are all private or archived is not the newest one.
        let latest = |w: &World| {
            let found = w.recent_sessions(&project("p"), None, 1).unwrap();
            found.into_iter().map(|s| format!("{} {}", s.session.id, s.latest.len())).collect::<Vec<_>>()
        };
        w.put(Tape::new("u").of_project("p").prompt("falcon newer").answer("falcon newest").whole()).unwrap();
        let older = latest(w);
        for word in ["newer", "newest"] {
            let id = w.search(&query(word)).unwrap().hits[0].memory.id;
            let edit = Edit { privacy: Some(Privacy::Private), ..Edit::default() };
            w.put(Write::Change(Box::new(Change { edit, ..change(id) }))).unwrap();
        }
        assert_eq!((older, latest(w)), (vec!["u 2".to_owned()], vec!["s 1".to_owned()]));
    });
}
