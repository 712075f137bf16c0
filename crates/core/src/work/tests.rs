//! The state machine, as tables.

use super::Status::{Active, Blocked, Done, Dropped, Planned, Proposed};
use super::*;

fn work(status: Status, held: Option<Status>) -> Work {
    Work { status, held, ..Work::default() }
}

#[test]
fn a_status_comes_after_another_or_does_not() {
    let allowed = [
        (Proposed, vec![Proposed, Planned, Active, Blocked, Done, Dropped]),
        (Planned, vec![Proposed, Planned, Active, Blocked, Done, Dropped]),
        (Active, vec![Planned, Active, Blocked, Done, Dropped]),
        (Blocked, vec![Proposed, Planned, Active, Blocked, Done, Dropped]),
        (Done, vec![Planned, Active, Done]),
        (Dropped, vec![Proposed, Planned, Active, Dropped]),
    ];
    for (from, expect) in allowed {
        let found: Vec<Status> = Status::ALL.into_iter().filter(|to| from.may_become(*to)).collect();
        assert_eq!(found, expect, "after {from:?}");
    }
}

#[test]
fn a_step_is_taken_or_says_why_not() {
    let check = |from: Work, step: Step, blockers: usize, expect: Result<Work, Misstep>| {
        assert_eq!(from.stepped(step, blockers), expect, "{from:?} by {step:?} with {blockers} blockers");
    };
    let planned = work(Planned, None);
    check(planned, Step::To(Active), 0, Ok(work(Active, None)));
    check(planned, Step::To(Blocked), 0, Ok(work(Blocked, Some(Planned))));
    check(planned, Step::Unblock, 0, Ok(planned));
    check(work(Blocked, Some(Active)), Step::To(Blocked), 1, Ok(work(Blocked, Some(Active))));
    check(work(Blocked, Some(Active)), Step::Unblock, 0, Ok(work(Active, None)));
    check(work(Blocked, Some(Active)), Step::To(Done), 1, Err(Misstep::Blocked(Done)));
    check(work(Blocked, Some(Active)), Step::To(Active), 2, Err(Misstep::Blocked(Active)));
    check(work(Blocked, Some(Active)), Step::To(Dropped), 2, Ok(work(Dropped, None)));
    // Blocked by what no memory stands for: whoever knows may end it.
    check(work(Blocked, Some(Active)), Step::To(Done), 0, Ok(work(Done, None)));
    check(work(Done, None), Step::To(Active), 0, Ok(work(Active, None)));
    check(work(Done, None), Step::To(Dropped), 0, Err(Misstep::From(Done, Dropped)));
    check(work(Active, None), Step::To(Proposed), 0, Err(Misstep::From(Active, Proposed)));
}

#[test]
fn blockers_hold_and_let_go() {
    for (from, before, now, expect) in [
        (work(Active, None), 0, 1, work(Blocked, Some(Active))),
        (work(Planned, None), 1, 1, work(Blocked, Some(Planned))),
        (work(Blocked, Some(Active)), 2, 1, work(Blocked, Some(Active))),
        (work(Blocked, Some(Active)), 1, 0, work(Active, None)),
        (work(Blocked, None), 1, 0, work(Planned, None)),
        // Nobody's end lets go of what nobody held.
        (work(Blocked, Some(Planned)), 0, 0, work(Blocked, Some(Planned))),
        (work(Done, None), 0, 3, work(Done, None)),
        (work(Dropped, None), 1, 0, work(Dropped, None)),
    ] {
        assert_eq!(from.settled(before, now), expect, "{from:?}: {before} then {now}");
    }
}

#[test]
fn words_go_there_and_back() {
    for status in Status::ALL {
        assert_eq!(Status::parse(status.as_str()), Some(status));
    }
    for priority in Priority::ALL {
        assert_eq!(Priority::parse(priority.as_str()), Some(priority));
        assert_eq!(Priority::of_number(priority as u8), Some(priority));
    }
    for (word, expect) in [
        ("1", Some(Priority::Critical)),
        ("P2", Some(Priority::High)),
        ("Low", Some(Priority::Low)),
        ("0", None),
        ("6", None),
        ("urgent", None),
        ("", None),
    ] {
        assert_eq!(Priority::parse(word), expect, "{word}");
    }
}

#[test]
fn overdue_is_open_and_late() {
    let due = Work { due: Some(Millis(10)), ..Work::default() };
    assert!(due.is_overdue(Millis(11)) && !due.is_overdue(Millis(10)));
    assert!(!Work { status: Done, ..due }.is_overdue(Millis(11)));
    assert!(!Work::default().is_overdue(Millis(11)));
}
