//! Leases as rows: what is stored is what the machine of `core::lease` has, step by step, over restarts, by chance.
//! It must not know what may be held: that is walked beside the machine itself. `QUIPU_TEST_SEED` walks one way again.

use std::collections::BTreeMap;

use quipu_core::id::EventId;
use quipu_core::lease::glob::Glob;
use quipu_core::lease::{
    Absence, Asked as Ask, Boot, Claim, ClaimId, End, Happened, Holder, Mode, Moment, PATHS, Queue, Resource, Taking,
    Want,
};
use quipu_core::memory::SessionRef;
use quipu_store::StoreError;
use quipu_store::lease::{Asked, Deed, Edits, LeaseWrite, NewClaim, ResourceRef};
use quipu_store::sqlite::restore;
use quipu_store::write::{Applied, Lane, Write};
use uuid::Uuid;

use super::random::Random;
use super::world::{World, each, project};

const TTL: u64 = 60_000;

fn write(w: &World, event: Option<EventId>, now: Moment, deed: Deed) -> Result<Applied, StoreError> {
    let write = LeaseWrite { now, alive: Vec::new(), deed };
    w.write(event, Write::Lease(Box::new(write)), Lane::Interactive, w.now())
}

fn thing(n: usize) -> ResourceRef {
    match n {
        0 => ResourceRef { name: PATHS.into(), project: None },
        1 => ResourceRef { name: "build".into(), project: None },
        _ => ResourceRef { name: "role:prime".into(), project: Some(project("p")) },
    }
}

fn holder(n: usize) -> Holder {
    match n {
        0 => Holder { session: None, pid: None },
        1 => Holder { session: None, pid: Some(7) },
        n => Holder { session: SessionRef::parse(&format!("claude-code/s{n}")), pid: None },
    }
}

fn claim(holder: Holder, want: Want) -> NewClaim {
    let reason = Some("for a reason".to_owned());
    NewClaim { holder, want, ttl: TTL, edits: Edits::Warn, reason, project: Some(project("p")) }
}

fn want(random: &mut Random, thing: usize) -> Want {
    if thing > 0 {
        return Want::Permits(1);
    }
    let glob = *random.of(&["/p/a", "/p/**/b", "/q"]);
    let mode = if random.below(2) == 0 { Mode::Exclusive } else { Mode::Shared };
    Want::Paths { globs: vec![Glob::parse(glob).unwrap()], mode }
}

/// What the machine said, as the store answers it.
fn asked(happened: &[Happened]) -> Option<Asked> {
    happened.iter().find_map(|one| match one {
        Happened::Granted(id, token) => Some(Asked::Granted(*id, *token)),
        Happened::Queued(id) => Some(Asked::Queued(*id)),
        Happened::Renewed(id) => Some(Asked::Renewed(*id)),
        Happened::Ended(..) => None,
    })
}

#[test]
fn rows_are_what_the_machine_says() {
    let seeds: Vec<u64> = match std::env::var("QUIPU_TEST_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => (1..=8).collect(),
    };
    each(|w| seeds.iter().for_each(|seed| walk(&mut w.another(), *seed)));
}

fn walk(w: &mut World, seed: u64) {
    let mut random = Random::new(seed);
    let mut machines: BTreeMap<usize, Resource> = BTreeMap::new();
    let mut now = Moment { boot: Boot(1), at: 10_000 };
    let mut reached = [0; 4];
    for step in 0..150 {
        let n = random.below(3);
        let told = format!("QUIPU_TEST_SEED={seed}, step {step}");
        match random.below(20) {
            0..=9 => {
                let machine = machines.entry(n).or_insert_with(|| Resource::new(1));
                let (who, want) = (holder(random.below(5)), want(&mut random, n));
                let queue = if random.below(3) == 0 { Queue::No } else { Queue::Wait };
                let is_role = n == 2;
                let force = random.below(2) == 0;
                let epoch = Some(machine.last).filter(|_| random.below(3) > 0);
                let taking = if force { Taking::Force } else { Taking::Vacant };
                let new = claim(who.clone(), want.clone());
                let deed = if is_role {
                    Deed::Take { resource: thing(n), claim: new, if_epoch: epoch, taking }
                } else {
                    Deed::Ask { resource: thing(n), claim: new, of: None, queue }
                };
                let stored = write(w, None, now, deed);
                let before = machine.clone();
                drop(machine.settle(now, Absence::No, &[]));
                let id = match &stored {
                    Ok(Applied::Lease(asked)) => asked.id(),
                    _ => ClaimId(i64::MAX),
                };
                let ask = Ask { id, holder: who, want, ttl: TTL };
                let said =
                    if is_role { machine.take(ask, epoch, taking, now) } else { machine.ask(ask, None, queue, now) };
                match (stored, said) {
                    (Ok(Applied::Lease(stored)), Ok(said)) => {
                        assert_eq!(Some(stored), asked(&said), "{told}");
                        reached[0] += 1;
                    }
                    (Err(StoreError::Lease(stored)), Err(said)) => {
                        assert_eq!(stored, said, "{told}");
                        // A write that is refused leaves nothing, what time did neither: that is done by the next one.
                        *machine = before;
                        reached[1] += 1;
                    }
                    (stored, said) => panic!("{told}: stored {stored:?}, said {said:?}"),
                }
            }
            10..=13 => {
                let all: Vec<ClaimId> = machines.values().flat_map(|m| m.claims.iter().map(|claim| claim.id)).collect();
                if all.is_empty() {
                    continue;
                }
                let id = *random.of(&all);
                let ends = random.below(2) == 0;
                let deed = if ends {
                    Deed::End { claims: vec![id], how: End::Released }
                } else {
                    Deed::Renew { claims: vec![id], ttl: None }
                };
                write(w, None, now, deed).unwrap();
                let machine = machines.values_mut().find(|m| m.claims.iter().any(|claim| claim.id == id)).unwrap();
                drop(machine.settle(now, Absence::No, &[]));
                match ends {
                    true => drop(machine.end(&[id], End::Released, now)),
                    // It may be over by now.
                    false => drop(machine.renew(id, None, now)),
                }
                reached[2] += 1;
            }
            14..=17 => {
                now.at += random.below(40_000) as u64;
                let absence = if random.below(4) == 0 { Absence::Yes } else { Absence::No };
                write(w, None, now, Deed::Settle(absence)).unwrap();
                machines.values_mut().for_each(|machine| drop(machine.settle(now, absence, &[])));
            }
            18 => {
                now = Moment { boot: Boot(now.boot.0 + 1), at: 500 };
                write(w, None, now, Deed::Settle(Absence::Yes)).unwrap();
                machines.values_mut().for_each(|machine| drop(machine.settle(now, Absence::Yes, &[])));
            }
            _ => {
                w.reopen();
                reached[3] += 1;
            }
        }
        let table = w.leases().unwrap();
        let stored: BTreeMap<ClaimId, &Claim> = table.claims.iter().map(|row| (row.claim.id, &row.claim)).collect();
        let said: BTreeMap<ClaimId, &Claim> =
            machines.values().flat_map(|machine| machine.claims.iter().map(|claim| (claim.id, claim))).collect();
        assert_eq!(stored, said, "{told}");
        for (n, machine) in machines.iter().filter(|(_, machine)| machine.last.0 > 0) {
            let row = table.resource(&thing(*n)).unwrap_or_else(|| panic!("{told}: {n} is not there"));
            assert_eq!((row.permits, row.last), (machine.permits, machine.last), "{told}");
        }
    }
    assert!(reached.iter().all(|count| *count > 0), "the walk did not come everywhere: {reached:?}");
}

#[test]
fn an_event_has_one_outcome_whatever_became_of_the_lease() {
    each(|w| {
        let now = Moment { boot: Boot(1), at: 0 };
        let event = Some(EventId(Uuid::from_u128(9)));
        let ask = || Deed::Ask {
            resource: thing(1),
            claim: claim(holder(1), Want::Permits(1)),
            of: None,
            queue: Queue::Wait,
        };
        let first = write(w, event, now, ask()).unwrap();
        let Applied::Lease(Asked::Granted(id, _)) = first else { panic!("{first:?}") };
        write(w, None, now, Deed::End { claims: vec![id], how: End::Released }).unwrap();
        assert_eq!(write(w, event, now, ask()).unwrap(), first);
        assert!(w.leases().unwrap().claims.is_empty(), "it is not given a second time");
        w.reopen();
        assert_eq!(write(w, event, now, ask()).unwrap(), first);
    });
}

/// A copy knows nothing of what was given since it was made: no token of that is given again, whatever is restored.
#[test]
fn a_restored_copy_gives_no_token_twice() {
    each(|w| {
        let now = Moment { boot: Boot(1), at: 0 };
        let grant = |w: &World, n: usize| {
            let new = claim(holder(1), Want::Permits(1));
            let deed = Deed::Ask { resource: thing(n), claim: new, of: None, queue: Queue::No };
            let Applied::Lease(Asked::Granted(id, token)) = write(w, None, now, deed).unwrap() else { panic!("held") };
            write(w, None, now, Deed::End { claims: vec![id], how: End::Released }).unwrap();
            token.0
        };
        assert_eq!(grant(w, 1), 1);
        let copy = w.dir().join("backups/a.db");
        std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
        w.back_up(&copy).unwrap();
        assert_eq!([grant(w, 1), grant(w, 1), grant(w, 1)], [2, 3, 4]);
        // A name that the copy does not know begins no lower either.
        w.reopen_after(|dir| {
            restore(&copy, &dir.join("quipu.db"), &dir.join("text"), 0, "t").unwrap();
        });
        assert!(w.leases().unwrap().claims.is_empty());
        assert!(grant(w, 1) > 4 && grant(w, 2) > 4);
    });
}
