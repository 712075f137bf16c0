//! What an edit leaves beside a text, as tables.

use uuid::Uuid;

use super::*;
use crate::id::Millis;
use crate::work::Status::{Active, Blocked, Done, Planned};

fn id(n: u128) -> MemoryId {
    MemoryId(Uuid::from_u128(n))
}

fn link(relation: Relation, n: u128) -> Link {
    Link { relation, to: id(n) }
}

/// Edits memory 1, of which those up to 50 are open.
fn edited(aside: &Aside, edit: &AsideEdit, kind: Kind) -> Result<Aside, Refusal> {
    aside.edited(edit, (id(1), kind), |ids| {
        Ok::<_, Refusal>(ids.iter().copied().filter(|other| other.0.as_u128() <= 50).collect())
    })
}

fn links(add: Vec<Link>, remove: Vec<Link>) -> AsideEdit {
    AsideEdit { links: Names { add, remove }, ..AsideEdit::default() }
}

fn status(aside: &Aside) -> Option<Status> {
    aside.work.map(|work| work.status)
}

#[test]
fn only_a_work_item_has_a_state_of_work() {
    let of_work = [
        AsideEdit { step: Some(Step::To(Active)), ..AsideEdit::default() },
        AsideEdit { priority: Some(Priority::High), ..AsideEdit::default() },
        AsideEdit { due: Some(Due::At(Millis(5))), ..AsideEdit::default() },
    ];
    let (note, item) = (Aside::new(Kind::Risk), Aside::new(Kind::WorkItem));
    assert_eq!((status(&note), status(&item)), (None, Some(Planned)));
    for edit in of_work {
        assert_eq!(edited(&note, &edit, Kind::Risk), Err(Refusal::NotWork(id(1))));
        assert!(edited(&item, &edit, Kind::WorkItem).is_ok_and(|new| new != item));
        assert!(edited(&note, &edit, Kind::WorkItem).is_ok_and(|new| new.work.is_some()), "it becomes one");
    }
    assert_eq!(edited(&item, &AsideEdit::default(), Kind::Risk).map(|new| new.work), Ok(None), "it is none any more");
}

#[test]
fn links_to_what_is_open_hold_an_item() {
    let item = Aside::new(Kind::WorkItem);
    let by_open = link(Relation::BlockedBy, 7);
    let held = edited(&item, &links(vec![by_open], vec![]), Kind::WorkItem).unwrap();
    assert_eq!(status(&held), Some(Blocked));
    let by_closed = edited(&item, &links(vec![link(Relation::BlockedBy, 70)], vec![]), Kind::WorkItem).unwrap();
    assert_eq!(status(&by_closed), Some(Planned), "what is closed blocks nobody");
    let other = edited(&item, &links(vec![link(Relation::DependsOn, 7)], vec![]), Kind::WorkItem).unwrap();
    assert_eq!(status(&other), Some(Planned));
    let finish = AsideEdit { step: Some(Step::To(Done)), ..AsideEdit::default() };
    assert_eq!(edited(&held, &finish, Kind::WorkItem), Err(Refusal::Blocked { id: id(1), to: Done, by: id(7) }));
    let freed = edited(&held, &links(vec![], vec![by_open]), Kind::WorkItem).unwrap();
    assert_eq!((status(&freed), freed.links.len()), (Some(Planned), 0));
    let unblock = AsideEdit { step: Some(Step::Unblock), ..AsideEdit::default() };
    let freed = edited(&held, &unblock, Kind::WorkItem).unwrap();
    assert_eq!((status(&freed), freed.links.len()), (Some(Planned), 0), "an unblocked item has no blockers left");
}

#[test]
fn there_is_a_bound_to_everything() {
    let many = |n: u128| (2..2 + n).map(|n| link(Relation::RelatesTo, n)).collect::<Vec<_>>();
    let full = edited(&Aside::default(), &links(many(25), vec![]), Kind::Risk).unwrap();
    let more = links(vec![link(Relation::PartOf, 90)], vec![]);
    assert_eq!(edited(&full, &more, Kind::Risk), Err(Refusal::TooMany { id: id(1), what: "links", most: 25 }));
    let swap = links(vec![link(Relation::PartOf, 90)], vec![link(Relation::RelatesTo, 2)]);
    assert_eq!(edited(&full, &swap, Kind::Risk).unwrap().links.len(), 25);
    assert_eq!(
        edited(
            &Aside::default(),
            &links(many(1).into_iter().map(|l| Link { to: id(1), ..l }).collect(), vec![]),
            Kind::Risk
        ),
        Err(Refusal::ToItself(id(1)))
    );
    let files = AsideEdit {
        files: Names { add: (0..65).map(|n| format!("/w/{n}")).collect(), remove: vec![] },
        ..AsideEdit::default()
    };
    assert_eq!(
        edited(&Aside::default(), &files, Kind::Risk),
        Err(Refusal::TooMany { id: id(1), what: "files", most: 64 })
    );
}
