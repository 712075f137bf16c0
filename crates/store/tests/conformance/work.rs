//! Work items and links: what one change does to others, what is refused, and that a revision keeps all of it.
//! It must not know SQL.

use quipu_core::aside::{Aside, AsideEdit, Names, Parts, Refusal};
use quipu_core::change::{Action, Edit, Refusal as ChangeRefusal};
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::link::{Link, Relation};
use quipu_core::memory::Note;
use quipu_core::outcome::{Also, Changed, Followed};
use quipu_core::scope::{Reader, Viewer};
use quipu_core::work::Status::{Active, Blocked, Done, Dropped, Planned};
use quipu_core::work::{Due, Priority, Status, Step, Work};
use quipu_store::StoreError;
use quipu_store::read::{Closed, Scope, WorkQuery};
use quipu_store::write::{Applied, Change, Merge, Undo, Write};

use super::changes::{act, change, done};
use super::world::{World, each, note, note_of, project};

/// A work item of project `p` with these links.
fn item(body: &str, links: &[(Relation, MemoryId)]) -> Note {
    let links = links.iter().map(|(relation, to)| Link { relation: *relation, to: *to }).collect();
    Note { kind: Kind::WorkItem, aside: Aside { links, ..Aside::new(Kind::WorkItem) }, ..note_of("p", body) }
}

fn asking(id: MemoryId, aside: AsideEdit) -> Change {
    Change { edit: Edit { aside, ..Edit::default() }, ..change(id) }
}

fn step(id: MemoryId, status: Status) -> Change {
    asking(id, AsideEdit { step: Some(Step::To(status)), ..AsideEdit::default() })
}

fn link(id: MemoryId, relation: Relation, to: MemoryId) -> Change {
    let links = Names { add: vec![Link { relation, to }], remove: Vec::new() };
    asking(id, AsideEdit { links, ..AsideEdit::default() })
}

/// What a change that is allowed did to others.
#[track_caller]
fn also(w: &World, change: Change) -> Vec<Also> {
    w.put(Write::Change(Box::new(change))).unwrap().apart().1
}

#[track_caller]
fn refused(w: &World, change: Change) -> Refusal {
    match w.put(Write::Change(Box::new(change))) {
        Err(StoreError::Refused(ChangeRefusal::Aside(refusal))) => refusal,
        other => panic!("{other:?}"),
    }
}

fn status(w: &World, id: MemoryId) -> Status {
    aside(w, id).work.unwrap().status
}

fn aside(w: &World, id: MemoryId) -> Aside {
    w.ties(&[id], &Scope::All, Reader::Person).unwrap().remove(0).aside
}

const fn became(id: MemoryId, status: Status) -> Also {
    Also { id, what: Followed::Became(status) }
}

#[test]
fn the_last_blocker_lets_go() {
    each(|w| {
        let (one, two) = (w.stored(item("one", &[])), w.stored(item("two", &[])));
        let held = w.stored(item("held", &[(Relation::BlockedBy, one), (Relation::BlockedBy, two)]));
        assert_eq!(status(w, held), Blocked);
        assert_eq!(refused(w, step(held, Active)), Refusal::Blocked { id: held, to: Active, by: one });
        assert_eq!(also(w, step(one, Active)), []);
        assert_eq!(also(w, step(one, Done)), []);
        assert_eq!(also(w, step(two, Dropped)), [became(held, Planned)]);
        let history = w.history(held).unwrap();
        assert_eq!(history[0].content.aside.work.map(|work| work.status), Some(Planned));
        assert_eq!(history[0].reason.as_deref(), Some(format!("{two} is dropped").as_str()));
        assert_eq!(history[1].content.aside.work.map(|work| work.status), Some(Blocked));
        // What is taken up again holds it up again; what is hidden does not.
        assert_eq!(also(w, step(two, Planned)), [became(held, Blocked)]);
        assert_eq!(also(w, act(two, Action::Archive)), [became(held, Planned)]);
        assert_eq!(also(w, act(two, Action::Restore)), [became(held, Blocked)]);
        let unblock = asking(held, AsideEdit { step: Some(Step::Unblock), ..AsideEdit::default() });
        assert_eq!(done(w, unblock), (Changed::Edited, 6));
        assert_eq!((status(w, held), aside(w, held).links.len()), (Planned, 0));
        assert_eq!(also(w, step(two, Done)), []);
    });
}

#[test]
fn a_repeat_tells_the_same() {
    each(|w| {
        let one = w.stored(item("one", &[]));
        let held = w.stored(item("held", &[(Relation::BlockedBy, one)]));
        let event = Some(super::world::event_of("done"));
        let write = || Write::Change(Box::new(step(one, Done)));
        let lane = quipu_store::write::Lane::Interactive;
        let first = w.write(event, write(), lane, w.now()).unwrap();
        assert_eq!(first.clone().apart().1, [became(held, Planned)]);
        assert_eq!(w.write(event, write(), lane, w.now()).unwrap(), first);
        assert!(matches!(first, Applied::With(..)));
    });
}

#[test]
fn a_whole_waits_for_its_parts() {
    each(|w| {
        let whole = w.stored(item("whole", &[]));
        let part = w.stored(item("part", &[(Relation::PartOf, whole)]));
        let piece = w.stored(item("piece", &[(Relation::PartOf, part)]));
        let waits = w.stored(item("waits", &[(Relation::BlockedBy, piece)]));
        assert_eq!(refused(w, step(whole, Done)), Refusal::OpenParts { id: whole, open: 2 });
        assert_eq!(refused(w, step(whole, Dropped)), Refusal::OpenParts { id: whole, open: 2 });
        let all = AsideEdit { step: Some(Step::To(Done)), parts: Parts::Close, ..AsideEdit::default() };
        let found = also(w, asking(whole, all));
        assert_eq!(found, [became(part, Done), became(piece, Done), became(waits, Planned)]);
        assert_eq!([whole, part, piece, waits].map(|id| status(w, id)), [Done, Done, Done, Planned]);
        // An open part of what is closed there is not.
        assert_eq!(refused(w, step(part, Active)), Refusal::WholeClosed { id: part, whole });
        assert_eq!(refused(w, link(waits, Relation::PartOf, whole)), Refusal::WholeClosed { id: waits, whole });
        done(w, step(whole, Active));
        done(w, step(part, Active));
        assert_eq!(also(w, step(part, Done)), [Also { id: whole, what: Followed::PartsClosed }]);
    });
}

#[test]
fn links_stay_within_a_project_and_never_circle() {
    each(|w| {
        let (a, b) = (w.stored(note_of("p", "a")), w.stored(note_of("p", "b")));
        let (c, elsewhere, everywhere) =
            (w.stored(note_of("p", "c")), w.stored(note_of("q", "elsewhere")), w.stored(note("everywhere")));
        for relation in [Relation::DependsOn, Relation::BlockedBy, Relation::PartOf] {
            done(w, link(a, relation, b));
            done(w, link(b, relation, c));
            assert_eq!(refused(w, link(c, relation, a)), Refusal::Circle { id: c, relation, to: a });
        }
        done(w, link(a, Relation::RelatesTo, b));
        assert_eq!(done(w, link(b, Relation::RelatesTo, a)).0, Changed::Unchanged, "it is so from either side");
        done(w, link(b, Relation::RelatesTo, c));
        done(w, link(c, Relation::RelatesTo, a));
        assert_eq!(refused(w, link(a, Relation::RelatesTo, a)), Refusal::ToItself(a));
        assert_eq!(refused(w, link(a, Relation::RelatesTo, elsewhere)), Refusal::OtherProject { id: a, to: elsewhere });
        done(w, link(a, Relation::RelatesTo, everywhere));
        done(w, link(elsewhere, Relation::RelatesTo, everywhere));
        // Within a scope what lies outside is not there, at neither end.
        let within = |change: Change| Change { scope: Scope::Project(project("q")), ..change };
        for change in [link(everywhere, Relation::PartOf, a), link(a, Relation::PartOf, everywhere)] {
            match w.put(Write::Change(Box::new(within(change)))) {
                Err(StoreError::Refused(ChangeRefusal::Unknown(id))) => assert_eq!(id, a),
                other => panic!("{other:?}"),
            }
        }
        let seen = |scope: Scope| {
            let ties = w.ties(&[everywhere], &scope, Reader::Person).unwrap().remove(0);
            ties.links.iter().map(|link| link.id).collect::<Vec<_>>()
        };
        assert_eq!(seen(Scope::Project(project("p"))), [a]);
        assert_eq!(seen(Scope::Project(project("q"))), [elsewhere]);
        assert_eq!(seen(Scope::Project(project("r"))), [] as [MemoryId; 0]);
        assert_eq!(seen(Scope::All).len(), 2);
        done(w, Change { action: Some(Action::Supersede(c)), ..change(b) });
        let ties = w.ties(&[b, c], &Scope::All, Reader::Person).unwrap();
        let words = |n: usize| ties[n].links.iter().map(|link| (link.relation, link.id)).collect::<Vec<_>>();
        assert!(words(0).contains(&("superseded_by", c)) && words(1).contains(&("supersedes", b)), "{ties:?}");
        assert!(words(1).contains(&("blocks", b)) && words(0).contains(&("blocked_by", c)));
    });
}

#[test]
fn a_revision_keeps_what_stood_beside() {
    each(|w| {
        let (id, other) = (w.stored(item("one", &[])), w.stored(item("two", &[])));
        let full = AsideEdit {
            step: Some(Step::To(Active)),
            priority: Some(Priority::Critical),
            due: Some(Due::At(Millis(77))),
            links: Names { add: vec![Link { relation: Relation::DependsOn, to: other }], remove: Vec::new() },
            files: Names { add: vec!["/home/dev/p/a.rs".into()], remove: Vec::new() },
            symbols: Names { add: vec!["Store::open".into()], remove: Vec::new() },
            parts: Parts::Keep,
        };
        assert_eq!(done(w, asking(id, full.clone())), (Changed::Edited, 2));
        assert_eq!(done(w, asking(id, full)), (Changed::Unchanged, 2));
        let second = aside(w, id);
        assert_eq!((second.files.len(), second.symbols.len(), second.links.len()), (1, 1, 1));
        assert_eq!(w.memory(id).unwrap().unwrap().files, ["/home/dev/p/a.rs"]);
        let less = AsideEdit {
            due: Some(Due::Never),
            links: Names { add: Vec::new(), remove: second.links.iter().copied().collect() },
            files: Names { add: Vec::new(), remove: vec!["/home/dev/p/a.rs".into()] },
            symbols: Names { add: Vec::new(), remove: vec!["Store::open".into()] },
            ..AsideEdit::default()
        };
        done(w, asking(id, less));
        let third = Aside {
            work: Some(Work { status: Active, priority: Priority::Critical, ..Work::default() }),
            ..Aside::default()
        };
        let kept: Vec<Aside> = w.history(id).unwrap().into_iter().map(|revision| revision.content.aside).collect();
        assert_eq!(kept, [third, second, Aside::new(Kind::WorkItem)]);
        // As another kind it has no state of work; as a work item again it begins anew.
        done(w, Change { edit: Edit { kind: Some(Kind::Risk), ..Edit::default() }, ..change(id) });
        assert_eq!(aside(w, id), Aside::default());
    });
}

#[test]
fn the_list_goes_by_priority_and_day() {
    each(|w| {
        let of = |body: &str, priority, due: Option<i64>, status| {
            let work = Work { priority, due: due.map(Millis), status, ..Work::default() };
            w.stored(Note { aside: Aside { work: Some(work), ..Aside::default() }, ..item(body, &[]) })
        };
        let low = of("low", Priority::Low, Some(1), Planned);
        let late = of("late", Priority::High, Some(5), Active);
        let later = of("later", Priority::High, Some(500), Planned);
        let whenever = of("whenever", Priority::High, None, Planned);
        let ended = of("ended", Priority::Critical, None, Done);
        w.stored(Note { project: Some(project("q")), ..item("elsewhere", &[]) });
        let list = |closed, limit| {
            let scope = Scope::Project(project("p"));
            w.work(&WorkQuery { scope, viewer: Viewer::PERSON, closed, limit, now: Millis(100) }).unwrap()
        };
        let ids = |closed, limit| list(closed, limit).items.iter().map(|item| item.memory.id).collect::<Vec<_>>();
        assert_eq!(ids(Closed::Hide, 10), [late, later, whenever, low]);
        assert_eq!(ids(Closed::Show, 10), [late, later, whenever, low, ended]);
        assert_eq!(ids(Closed::Hide, 2), [late, later]);
        let counts = list(Closed::Hide, 1);
        assert_eq!((counts.open, counts.overdue, counts.blocked, counts.all), (4, 2, 0, 5));
    });
}

#[test]
fn what_was_done_together_is_undone_together() {
    each(|w| {
        let whole = w.stored(item("whole", &[]));
        let first = w.stored(item("first", &[(Relation::PartOf, whole)]));
        let second = w.stored(item("second", &[(Relation::PartOf, whole), (Relation::BlockedBy, first)]));
        let waits = w.stored(item("waits", &[(Relation::BlockedBy, whole)]));
        let all = AsideEdit { step: Some(Step::To(Done)), parts: Parts::Close, ..AsideEdit::default() };
        assert_eq!(also(w, asking(whole, all)), [became(first, Done), became(second, Done), became(waits, Planned)]);
        let undo = |of| Write::Undo(Box::new(Undo { of, scope: Scope::All, reader: Reader::Person, reason: None }));
        w.put(undo(Some(whole))).unwrap();
        let stand = || [whole, first, second, waits].map(|id| status(w, id));
        assert_eq!(stand(), [Planned, Planned, Blocked, Blocked]);
        // A note that was saved with a link that another keeps takes it with it.
        let blocker =
            Note { kept_by: vec![Link { relation: Relation::BlockedBy, to: first }], ..note_of("p", "storm") };
        let blocker = w.stored(blocker);
        assert_eq!(status(w, first), Blocked);
        w.put(undo(Some(blocker))).unwrap();
        assert_eq!((status(w, first), aside(w, first).links.len()), (Planned, 1));
    });
}

#[test]
fn no_undo_makes_a_circle_or_opens_a_part_of_what_is_closed() {
    each(|w| {
        let undo =
            |id| Write::Undo(Box::new(Undo { of: Some(id), scope: Scope::All, reader: Reader::Person, reason: None }));
        let link = |relation, to| Names { add: vec![Link { relation, to }], remove: Vec::new() };
        let unlink = |relation, to| Names { add: Vec::new(), remove: vec![Link { relation, to }] };
        let linked = |links| AsideEdit { links, ..AsideEdit::default() };
        for relation in [Relation::BlockedBy, Relation::PartOf, Relation::DependsOn] {
            let one = w.stored(item(&format!("one {relation:?}"), &[]));
            let other = w.stored(item(&format!("other {relation:?}"), &[(relation, one)]));
            w.put(Write::Change(Box::new(asking(other, linked(unlink(relation, one)))))).unwrap();
            w.put(Write::Change(Box::new(asking(one, linked(link(relation, other)))))).unwrap();
            let refused = w.put(undo(other)).unwrap_err().to_string();
            assert!(refused.contains("is so of"), "{relation:?}: {refused}");
            assert_eq!((aside(w, one).links.len(), aside(w, other).links.len()), (1, 0), "all or nothing");
        }
        let step = |status| AsideEdit { step: Some(Step::To(status)), ..AsideEdit::default() };
        let whole = w.stored(item("whole", &[]));
        let part = w.stored(item("part", &[(Relation::PartOf, whole)]));
        w.put(Write::Change(Box::new(asking(part, step(Done))))).unwrap();
        w.put(Write::Change(Box::new(asking(whole, step(Done))))).unwrap();
        assert!(w.put(undo(part)).is_err(), "it would be open in what is closed");
        w.put(undo(whole)).unwrap();
        w.put(undo(part)).unwrap();
        assert_eq!([whole, part].map(|id| status(w, id)), [Planned, Planned]);
        assert!(w.put(undo(whole)).is_err(), "its part is open");
    });
}

#[test]
fn one_that_is_merged_away_blocks_nobody() {
    each(|w| {
        let keep = w.stored(item("keep", &[]));
        let first = w.stored(item("first", &[]));
        let second = w.stored(item("second", &[(Relation::BlockedBy, first)]));
        let waits = w.stored(item("waits", &[(Relation::BlockedBy, second)]));
        let merge = Merge { keep, others: vec![first, second], text: None, scope: Scope::All, reason: None };
        w.put(Write::Merge(Box::new(merge))).unwrap();
        assert_eq!(status(w, waits), Planned);
    });
}
