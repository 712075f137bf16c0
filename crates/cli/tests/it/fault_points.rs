//! The process dies at every step of a start, a promotion, a migration, a commit, a spooled event and a drain; the next
//! one finds what was acknowledged, once, and a repeat under the same event id gives one row.
//! It must not know what lies on disk in between.
//! Invariant: each place of the table is tried; a place that is never passed is a failure.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus, Stdio};

use quipu_core::fault_point::FaultPoint::{self, *};
use quipu_core::id::EventId;
use quipu_protocol::client::Client;
use quipu_protocol::deadline::Deadline;
use quipu_protocol::env::QUIPU_FAULT_POINT;
use quipu_protocol::new_event_id;
use quipu_protocol::spool::{self, Durability, SPOOL_VERSION, SpoolEntry};
use rustix::process::Signal;
use serde_json::json;

use crate::support::{HANG, Home, run, save, until};

const COMMIT: &[FaultPoint] = &[CommitBegun, CommitApplied, CommitDone];
const DRAIN: &[FaultPoint] = &[DrainRead, DrainApplied, DrainDeleted];
const START: &[FaultPoint] = &[LockTaken, EpochRaised, SocketBound, CardWritten];
/// Each goes a step further: nothing, then a first schema, then a backup of it, then the next.
const MIGRATION: &[FaultPoint] = &[MigrationRun, MigrationCommitted, MigrationBackedUp];
/// Whether its event is there afterwards.
const HOOK: &[(FaultPoint, bool)] = &[(SpoolWritten, false), (SpoolRenamed, true)];

/// A daemon that is to die at `point`.
pub(crate) fn armed(home: &Home, point: FaultPoint) -> Child {
    let mut command = home.command(&["daemon", "run"]);
    command.env(QUIPU_FAULT_POINT, point.name());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until it is dead, and that by its own hand.
pub(crate) fn dies(mut daemon: Child, point: FaultPoint) {
    let ended: ExitStatus = until(&format!("it dies at {point:?}"), || daemon.try_wait().unwrap());
    assert_eq!(ended.signal(), Some(Signal::ABORT.as_raw()), "{point:?} is never passed: {ended:?}");
}

fn spooled(home: &Home, text: &str) {
    let entry = SpoolEntry {
        version: SPOOL_VERSION,
        event_id: new_event_id().to_string(),
        agent: "claude-code".into(),
        event: "Stop".into(),
        session_id: "s".into(),
        transcript_path: None,
        cwd: None,
        at: 1_700_000_000_000,
        body: Some(json!({ "last_assistant_message": text }).to_string()),
    };
    spool::write(&home.spool(), &entry, Durability::Rename).unwrap();
}

fn files(home: &Home) -> Vec<String> {
    let entries = std::fs::read_dir(home.spool()).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// After the death: the spool is emptied, and each of `texts` is there once, and nothing else.
fn holds(home: &Home, point: FaultPoint, texts: &[&str]) {
    until("the spool is empty", || files(home).iter().all(|name| !name.ends_with(".json")).then_some(()));
    let mut kept: Vec<String> = home.export().into_iter().map(|memory| memory.text).collect();
    let mut expect: Vec<&str> = texts.to_vec();
    kept.sort();
    expect.sort_unstable();
    assert_eq!(kept, expect, "{point:?}");
    // The hook that died may have called one too, which finds that it is not needed.
    until("one daemon is left", || (home.daemons().len() == 1).then_some(()));
}

/// Asks until an answer comes or the daemon is gone; its own parent knows that, where a look at /proc may miss it.
fn save_once(home: &Home, daemon: &mut Child, text: &str, event: EventId) -> bool {
    let socket = home.data().join("run/quipu.sock");
    until("an answer, or an end", || match save(&mut Client::new(&socket), text, event, Deadline::within(HANG)) {
        Ok(_) => Some(true),
        Err(_) if daemon.try_wait().unwrap().is_some() => Some(false),
        Err(_) => None,
    })
}

#[test]
fn a_commit_that_dies_at_any_step_is_whole_or_repeated() {
    for &point in COMMIT {
        let home = Home::new();
        home.json(&["save", "acknowledged before"]);
        home.quipu(&["down"]).ok();
        let mut daemon = armed(&home, point);
        let event = new_event_id();
        assert!(!save_once(&home, &mut daemon, "under way", event), "{point:?}: answered before it was told");
        dies(daemon, point);
        home.up();
        let mut client = home.client();
        let first = save(&mut client, "under way", event, Deadline::within(HANG)).unwrap();
        let again = save(&mut client, "under way", event, Deadline::within(HANG)).unwrap();
        assert_eq!((first.outcome.as_str(), &first), ("stored", &again), "{point:?}");
        holds(&home, point, &["acknowledged before", "under way"]);
    }
}

#[test]
fn a_drain_that_dies_at_any_step_applies_once() {
    DRAIN.iter().chain(COMMIT).for_each(|point| dies_with_a_spool(*point));
}

/// A daemon that dies at `point` while it starts on what waits in the spool, and the next one.
fn dies_with_a_spool(point: FaultPoint) {
    let home = Home::new();
    home.json(&["save", "acknowledged before"]);
    home.quipu(&["down"]).ok();
    spooled(&home, "left in the spool");
    dies(armed(&home, point), point);
    home.up();
    holds(&home, point, &["acknowledged before", "left in the spool"]);
}

#[test]
fn a_start_that_dies_at_any_step_leaves_room_for_the_next() {
    START.iter().for_each(|point| dies_with_a_spool(*point));
}

#[test]
fn a_promotion_that_dies_at_any_step_leaves_room_for_the_next() {
    for &point in START {
        let home = Home::new();
        home.json(&["save", "acknowledged before"]);
        let standby = armed(&home, point);
        until("it stands by", || home.log().contains("standby").then_some(()));
        home.signal(Signal::KILL);
        dies(standby, point);
        assert_eq!(home.json(&["save", "and after"])["outcome"], "stored", "{point:?}");
        holds(&home, point, &["acknowledged before", "and after"]);
    }
}

#[test]
fn a_migration_that_dies_at_any_step_is_taken_up_again() {
    let home = Home::new();
    for &point in MIGRATION {
        dies(armed(&home, point), point);
    }
    assert_eq!(home.json(&["save", "after all"])["outcome"], "stored");
    holds(&home, MigrationCommitted, &["after all"]);
}

/// A hook that dies before its file has its name leaves nothing; after that, the next daemon has it.
#[test]
fn a_hook_that_dies_while_it_spools_leaves_all_or_nothing() {
    let payload = json!({ "hook_event_name": "Stop", "session_id": "s", "last_assistant_message": "said at the end" });
    for &(point, is_there) in HOOK {
        // A hook that had no time left has ended well; it is tried again where no daemon was started yet.
        let home = until("a hook is in time to spool", || {
            let home = Home::new();
            let mut command = home.command(&["hook", "claude-code"]);
            command.env(QUIPU_FAULT_POINT, point.name());
            (run(command, payload.to_string().as_bytes()).code == -1).then_some(home)
        });
        home.up();
        holds(&home, point, if is_there { &["said at the end"] } else { &[] });
    }
}

/// A new place has to be tried somewhere above, or in `forget.rs`.
#[test]
fn every_place_is_tried() {
    let hook: Vec<FaultPoint> = HOOK.iter().map(|(point, _)| *point).collect();
    let tried = [COMMIT, DRAIN, START, MIGRATION, &hook, &crate::mirror_git::POINTS, crate::forget::FORGET].concat();
    let missing: Vec<FaultPoint> = FaultPoint::ALL.into_iter().filter(|point| !tried.contains(point)).collect();
    assert_eq!(missing, []);
}
