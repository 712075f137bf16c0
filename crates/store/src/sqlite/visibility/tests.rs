//! What a filter shows, and who stands beside whom.

use quipu_core::scope::{Reach, Standpoint};

use super::*;

fn facts(memory: u32, project: u32, session: u32) -> Facts {
    Facts {
        memory,
        project,
        session,
        group: 0,
        at: 100,
        kind: Kind::Prompt,
        lifecycle: Lifecycle::Live,
        esteem: ORDINARY,
        valid: Validity::ALWAYS,
        privacy: Privacy::Shared,
        places: None,
    }
}
const ALL: Filter = Filter {
    project: None,
    kinds: u32::MAX,
    since: 0,
    until: u32::MAX,
    only_live: true,
    now: Millis(100_000),
    not_session: None,
    among: None,
    left_out: None,
    viewer: Viewer::PERSON,
};

#[test]
fn scope_lifecycle_kind_and_time_hide() {
    let mut slots = Slots::default();
    slots.push(1, &facts(1, 7, 1));
    slots.push(2, &facts(2, 8, 1));
    slots.push(3, &facts(3, NONE, NONE));
    let of = |filter: Filter| (1..=4).filter(|&s| slots.visible(s, &filter)).collect::<Vec<_>>();
    assert_eq!(of(ALL), [1, 2, 3]);
    assert_eq!(of(Filter { project: Some(7), ..ALL }), [1, 3]);
    assert_eq!(of(Filter { kinds: 1 << Kind::Answer as u8, ..ALL }), [0u32; 0]);
    assert_eq!(of(Filter { since: 101, ..ALL }), [0u32; 0]);
    assert_eq!(of(Filter { not_session: Some((1, 1)), ..ALL }), [1, 3]);
    let (hidden, chunks) = ([2, 9].into_iter().collect(), [3].into_iter().collect());
    let seen = LeftOut { hidden, chunks, ..LeftOut::default() };
    assert_eq!(of(Filter { left_out: Some(Arc::new(seen)), ..ALL }), [1]);
    slots.set_lifecycle(2, Lifecycle::Archived);
    assert!(!slots.visible(2, &ALL) && slots.visible(2, &Filter { only_live: false, ..ALL }));
}

#[test]
fn what_holds_at_times_is_seen_at_these() {
    let mut slots = Slots::default();
    let bounded = Validity { from: None, to: Some(Millis(50)) };
    slots.push(1, &Facts { valid: bounded, ..facts(1, 1, 1) });
    slots.push(2, &facts(2, 1, 1));
    let at = |slots: &Slots, now| [1, 2].map(|seq| slots.visible(seq, &Filter { now: Millis(now), ..ALL }));
    assert_eq!((at(&slots, 49), at(&slots, 50)), ([true, true], [false, true]));
    slots.set_lifecycle(1, Lifecycle::Archived);
    assert_eq!(at(&slots, 49), [false, true]);
    slots.set_lifecycle(1, Lifecycle::Live);
    assert_eq!((at(&slots, 49), at(&slots, 50)), ([true, true], [false, true]), "as it was before");
    slots.set_standing(1, Lifecycle::Live, Validity::ALWAYS, ORDINARY);
    assert_eq!(at(&slots, 50), [true, true]);
}

#[test]
fn what_tools_did_is_nobodys_neighbour() {
    let mut slots = Slots::default();
    for seq in 1..=5 {
        let kind = if seq % 2 == 0 { Kind::Outcome } else { Kind::Answer };
        slots.push(seq, &Facts { kind, ..facts(seq, 1, 5) });
    }
    assert_eq!(slots.neighbours(3, &ALL), (Some(1), Some(5)));
    assert_eq!((slots.neighbours(4, &ALL), slots.caller(4, &ALL)), ((None, None), Some(3)));
    assert_eq!(slots.caller(3, &ALL), None);
    slots.tell(3, 1, 0, 100);
    assert_eq!(slots.neighbours(3, &ALL), (Some(5), None));
    assert_eq!(slots.caller(4, &ALL), Some(1), "as a daemon that starts now would have it");
}

#[test]
fn other_chunks_stand_where_those_before_stood() {
    let mut slots = Slots::default();
    for seq in 1..=4 {
        slots.push(seq, &Facts { kind: Kind::Insight, ..facts(seq.max(2), 1, 5) });
    }
    // Memory 2 has chunks 1 and 2; from now on 5 to 7, one more and behind all others by number.
    slots.push(8, &facts(8, 1, 6));
    slots.forget(2);
    (5..=7).for_each(|seq| slots.push(seq, &facts(2, 1, 5)));
    slots.relink(5, &[5, 6, 7, 3, 4]);
    assert_eq!([1, 2].map(|seq| slots.visible(seq, &ALL)), [false; 2]);
    assert_eq!(
        [5, 7, 3, 4].map(|seq| slots.neighbours(seq, &ALL)),
        [(None, Some(6)), (Some(6), Some(3)), (Some(7), Some(4)), (Some(3), None)]
    );
    slots.set_lifecycle(2, Lifecycle::Archived);
    assert_eq!([5, 6, 7, 3, 8].map(|seq| slots.visible(seq, &ALL)), [false, false, false, true, true]);
}

#[test]
fn neighbours_step_over_what_is_hidden() {
    let mut slots = Slots::default();
    for seq in 1..=4 {
        slots.push(seq, &facts(seq, 1, 5));
    }
    slots.push(5, &facts(5, 1, 6));
    slots.set_lifecycle(2, Lifecycle::Superseded);
    assert_eq!(slots.neighbours(3, &ALL), (Some(1), Some(4)));
    assert_eq!(slots.neighbours(1, &ALL), (None, Some(3)));
    assert_eq!(slots.neighbours(5, &ALL), (None, None));
}

#[test]
fn who_looks_and_where_he_stands_is_tested_too() {
    let branch = || Some(Arc::from([Place::Branch("main".into())]));
    let mut slots = Slots::default();
    slots.push(1, &Facts { privacy: Privacy::Private, ..facts(1, 7, 1) });
    slots.push(2, &Facts { places: branch(), ..facts(2, 7, 1) });
    slots.push(3, &facts(3, 7, 1));
    slots.push(4, &facts(4, NONE, NONE));
    let of = |slots: &Slots, viewer: Viewer| {
        let filter = Filter { viewer, ..ALL };
        (1..=4).filter(|&s| slots.visible(s, &filter)).collect::<Vec<_>>()
    };
    let on = |branch: &str| Viewer::told_at(Standpoint::new(Some(branch.into()), None));
    let only = |place| Viewer { reach: Reach::Only(place), ..Viewer::PERSON };
    assert_eq!(of(&slots, Viewer::PERSON), [1, 2, 3, 4]);
    assert_eq!(of(&slots, Viewer::AGENT), [2, 3, 4]);
    assert_eq!(of(&slots, on("main")), [2, 3, 4]);
    assert_eq!(of(&slots, on("other")), [3, 4]);
    assert_eq!(of(&slots, only(Place::Branch("main".into()))), [2]);
    assert_eq!(of(&slots, only(Place::Global)), [4]);
    assert_eq!(of(&slots, only(Place::Project)), [1, 3]);
    // What is hidden from an agent is nobody's neighbour before it.
    let filter = Filter { viewer: on("other"), ..ALL };
    assert_eq!(slots.neighbours(3, &filter), (None, None));
    slots.set_lifecycle(1, Lifecycle::Archived);
    assert_eq!(of(&slots, Viewer::AGENT), [2, 3, 4], "hidden or not, it is private");
    slots.file(1, Privacy::Shared, branch());
    slots.set_lifecycle(1, Lifecycle::Live);
    slots.file(2, Privacy::Private, None);
    assert_eq!(of(&slots, on("main")), [1, 3, 4]);
    assert_eq!(of(&slots, on("other")), [3, 4]);
    slots.move_project(7, 8);
    assert_eq!(of(&slots, on("main")), [1, 3, 4]);
    slots.forget(1);
    slots.push(5, &facts(1, 8, 1));
    assert!(slots.visible(5, &Filter { viewer: on("other"), ..ALL }), "another revision holds everywhere");
}
