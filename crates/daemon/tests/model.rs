//! Ownership, epoch, spool and promotion as a model that is explored to its end: every order of steps of two daemons
//! and two clients, with daemons killed and stopped at any step, the lock file gone or put back, and answers lost.
//! It must not run any of the code that it stands for: `model/world.rs` names it step by step.
//! Invariant: what holds here holds for every order within these bounds; and each rule that is switched off is missed.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "model/explore.rs"]
mod explore;
#[path = "model/world.rs"]
mod world;

use explore::{Found, Happens, Model, STUCK, explore};
use world::{Action, Client, EVENTS, Faults, Kind, Rules, World, bit};

/// As the code is.
const RULES: Rules =
    Rules { epoch: true, file: true, recorded_with_it: true, answered_after: true, deleted_after: true, socket: true };

const NONE: Faults = Faults { kills: 0, stops: 0, deletions: 0, moves: 0, lost_replies: 0, dead_clients: 0 };

const STALE: &str = "an owner of an earlier epoch committed";
const TWICE: &str = "an event was applied twice";
const LOST: &str = "an acknowledged event is lost";
const LOST_FILE: &str = "a spooled event is lost";

struct Quipu {
    rules: Rules,
    clients: [Kind; EVENTS],
    faults: Faults,
}

impl Model for Quipu {
    type State = World;
    type Action = Action;

    fn start(&self) -> World {
        World::new(&self.clients, self.faults)
    }

    fn steps(&self, world: &World) -> Vec<(Action, Happens, World)> {
        world.steps(&self.rules, &self.clients)
    }

    fn wrong(&self, world: &World) -> Option<&'static str> {
        let each = || world.clients.iter().enumerate();
        let is_kept = |event: usize| world.applied[event] == 1 && world.recorded & bit(event) != 0;
        let is_spooled = |event: usize| world.spool & bit(event) != 0;
        // A group that is answered too early may still commit: it is lost once nobody has it any more.
        let is_under_way = |event: usize| world.daemons.iter().any(|d| (d.queue | d.group) & bit(event) != 0);
        if world.stale_commit {
            Some(STALE)
        } else if world.applied.iter().any(|times| *times > 1) {
            Some(TWICE)
        } else if each().any(|(c, client)| *client == Client::Acknowledged && !is_kept(c)) {
            Some(LOST)
        } else if each().any(|(c, client)| {
            *client == Client::Spooled && world.applied[c] == 0 && !is_spooled(c) && !is_under_way(c)
        }) {
            Some(LOST_FILE)
        } else {
            None
        }
    }

    fn is_done(&self, world: &World) -> bool {
        let is_over =
            |client: &Client| matches!(client, Client::Acknowledged | Client::Spooled | Client::GaveUp | Client::Dead);
        world.spool == 0 && world.clients.iter().all(is_over)
    }
}

fn check(rules: Rules, clients: [Kind; EVENTS], faults: Faults) -> Found<Action> {
    explore(&Quipu { rules, clients, faults })
}

const BOTH: [Kind; EVENTS] = [Kind::Caller, Kind::Hook];
const HOOKS: [Kind; EVENTS] = [Kind::Hook, Kind::Hook];
const CALLER: [Kind; EVENTS] = [Kind::Caller, Kind::Nobody];
const HOOK: [Kind; EVENTS] = [Kind::Hook, Kind::Nobody];

/// Who comes, and how often what goes wrong.
const CASES: &[(&[[Kind; EVENTS]], Faults)] = &[
    (&[BOTH, HOOKS], NONE),
    (&[BOTH, HOOKS], Faults { kills: 2, stops: 1, ..NONE }),
    (&[BOTH, HOOKS], Faults { kills: 1, lost_replies: 1, dead_clients: 1, ..NONE }),
    (&[HOOKS], Faults { deletions: 1, ..NONE }),
    (&[CALLER, HOOK], Faults { kills: 1, deletions: 1, lost_replies: 1, ..NONE }),
    (&[CALLER, HOOK], Faults { stops: 1, deletions: 1, ..NONE }),
    (&[CALLER, HOOK], Faults { stops: 1, moves: 1, ..NONE }),
];

#[test]
fn nothing_is_lost_doubled_or_left_whatever_happens_in_whatever_order() {
    let cases = CASES.iter().flat_map(|(clients, faults)| clients.iter().map(|clients| (*clients, *faults)));
    for (clients, faults) in cases {
        match check(RULES, clients, faults) {
            Found::Holds(states) => println!("{clients:?}, {faults:?}: {states} states"),
            Found::Broken(what, way) => panic!("{what} with {clients:?} and {faults:?}: {way:?}"),
        }
    }
}

/// Without one of the rules there is a way to lose something, and the explorer finds it.
#[test]
fn each_rule_is_missed_when_it_is_switched_off() {
    let cases = [
        ("no epoch in the commit", Rules { epoch: false, ..RULES }, Faults { stops: 1, moves: 1, ..NONE }, STALE),
        (
            "no fence at all",
            Rules { epoch: false, file: false, ..RULES },
            Faults { stops: 1, deletions: 1, ..NONE },
            STALE,
        ),
        (
            "the outcome in a transaction of its own",
            Rules { recorded_with_it: false, ..RULES },
            Faults { kills: 1, ..NONE },
            TWICE,
        ),
        ("answers before the commit", Rules { answered_after: false, ..RULES }, Faults { kills: 1, ..NONE }, LOST),
        (
            "files deleted before the commit",
            Rules { deleted_after: false, ..RULES },
            Faults { kills: 1, ..NONE },
            LOST_FILE,
        ),
        ("nobody looks at the socket", Rules { socket: false, ..RULES }, Faults { deletions: 1, ..NONE }, STUCK),
    ];
    for (name, rules, faults, expect) in cases {
        match check(rules, BOTH, faults) {
            Found::Broken(what, way) => {
                assert_eq!(what, expect, "{name}: {way:?}");
                println!("{name}: {what} after {way:?}");
            }
            Found::Holds(states) => panic!("{name}: nobody misses it in {states} states"),
        }
    }
}
