//! Leases by chance: holders that die, fall silent, come back; a keeper that is killed; a machine that sleeps or starts anew; a
//! clock that goes back. After every step what was promised is looked at. What fails is made small before it is shown.
//! `QUIPU_TEST_SEED` walks one way again.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

mod walk;

fn session(name: &str) -> Holder {
    Holder { session: SessionRef::parse(&format!("claude-code/{name}")), pid: None }
}

fn process(pid: u32) -> Holder {
    Holder { session: None, pid: Some(pid) }
}

fn paths(globs: &[&str], mode: Mode) -> Want {
    Want::Paths { globs: globs.iter().map(|glob| Glob::parse(glob).expect("a pattern")).collect(), mode }
}

fn at(ms: u64) -> Moment {
    Moment { boot: Boot(1), at: ms }
}

fn asked(id: i64, holder: Holder, want: Want) -> Asked {
    Asked { id: ClaimId(id), holder, want, ttl: 60_000 }
}

/// Who asks for what, in order, and which of them hold it then.
#[test]
fn who_holds_what() {
    let exclusive = |glob: &str| paths(&[glob], Mode::Exclusive);
    let shared = |glob: &str| paths(&[glob], Mode::Shared);
    let one = || Want::Permits(1);
    for (name, permits, claims, held) in [
        ("a name is one's", 1, vec![(process(1), one()), (process(2), one())], vec![1]),
        ("permits are several's", 2, vec![(process(1), one()), (process(2), one()), (process(3), one())], vec![1, 2]),
        (
            "nobody overtakes who wants much",
            3,
            vec![(process(1), Want::Permits(2)), (process(2), Want::Permits(2)), (process(3), one())],
            vec![1],
        ),
        ("a session asks again and has it once", 1, vec![(session("a"), one()), (session("a"), one())], vec![1]),
        ("a subagent is its caller", 1, vec![(session("a"), one()), (session("a/agent-7"), one())], vec![1]),
        ("files apart", 1, vec![(session("a"), exclusive("/p/a")), (session("b"), exclusive("/p/b"))], vec![1, 2]),
        ("files together", 1, vec![(session("a"), exclusive("/p/**/x")), (session("b"), exclusive("/p/a"))], vec![1]),
        ("files shared", 1, vec![(session("a"), shared("/p")), (session("b"), shared("/p/a"))], vec![1, 2]),
        (
            "shared with one who does not",
            1,
            vec![(session("a"), shared("/p")), (session("b"), exclusive("/p"))],
            vec![1],
        ),
        (
            "one's own files",
            1,
            vec![(session("a"), exclusive("/p")), (session("a"), exclusive("/p/a")), (session("b"), shared("/p/a"))],
            vec![1, 2],
        ),
        (
            "who waits for other files is overtaken",
            1,
            vec![(session("a"), exclusive("/p/a")), (session("b"), exclusive("/p/a")), (session("c"), exclusive("/q"))],
            vec![1, 3],
        ),
        (
            "who shares does not overtake who waits alone",
            1,
            vec![(session("a"), shared("/p")), (session("b"), exclusive("/p")), (session("c"), shared("/p"))],
            vec![1],
        ),
    ] {
        let mut resource = Resource::new(permits);
        for (n, (holder, want)) in claims.into_iter().enumerate() {
            resource.ask(asked(n as i64 + 1, holder, want), None, Queue::Wait, at(0)).expect("may be asked for");
        }
        let holds: Vec<i64> = resource.claims.iter().filter(|claim| claim.token().is_some()).map(|c| c.id.0).collect();
        assert_eq!(holds, held, "{name}");
    }
}

#[test]
fn what_is_refused_changes_nothing() {
    let mut resource = Resource::new(1);
    let ask = |resource: &mut Resource, id, want, of| {
        resource.ask(asked(id, process(id as u32), want), of, Queue::No, at(0)).map(drop)
    };
    assert_eq!(ask(&mut resource, 1, Want::Permits(3), None), Err(Refusal::TooMany { of: 1 }));
    assert_eq!(ask(&mut resource, 1, Want::Permits(2), Some(2)), Ok(()));
    let before = resource.clone();
    assert_eq!(ask(&mut resource, 2, Want::Permits(1), Some(5)), Err(Refusal::OtherPermits { of: 2 }));
    let held = Refusal::Held(Blocked { by: vec![ClaimId(1)], behind: 0 });
    assert_eq!(ask(&mut resource, 2, Want::Permits(1), None), Err(held.clone()));
    let take = |resource: &mut Resource, epoch, taking| {
        resource.take(asked(9, session("z"), Want::Permits(2)), epoch, taking, at(0)).map(drop)
    };
    assert_eq!(take(&mut resource, Some(Token(0)), Taking::Force), Err(Refusal::Epoch(Token(1))));
    assert_eq!(take(&mut resource, Some(Token(1)), Taking::Vacant), Err(held));
    assert_eq!(resource.renew(ClaimId(7), None, at(0)), Err(Refusal::Gone));
    assert_eq!(resource, before);
    assert_eq!(take(&mut resource, Some(Token(1)), Taking::Force), Ok(()));
    assert_eq!(take(&mut resource, Some(Token(1)), Taking::Force), Err(Refusal::Epoch(Token(2))), "once");
    assert!(resource.holds(Token(1), at(0)).is_none() && resource.holds(Token(2), at(0)).is_some());
}
