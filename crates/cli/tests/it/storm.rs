//! Many at once: clients on a fresh home, hooks on a fresh home, and a spool filled while it is emptied.
//! It must not know how one daemon is agreed upon.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use quipu_protocol::new_event_id;
use quipu_protocol::spool::{self, Durability, SPOOL_VERSION, SpoolEntry};
use rustix::process::Signal;
use serde_json::json;

use crate::session::once;
use crate::support::{Home, until};

#[test]
fn twenty_clients_on_a_fresh_home_get_one_daemon() {
    let home = Home::new();
    let pids: Vec<u64> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..20)
            .map(|n| {
                let home = &home;
                scope.spawn(move || {
                    let words = format!("client number {n}");
                    match n % 3 {
                        0 => assert_eq!(home.json(&["save", &words])["outcome"], "stored"),
                        1 => assert_eq!(home.json(&["search", &words])["mode"], "owner"),
                        _ => {}
                    }
                    home.json(&["up"])["pid"].as_u64().unwrap()
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let owner = home.owner();
    assert_eq!(pids, vec![u64::from(owner.pid); 20]);
    assert_eq!(owner.epoch, 1, "one owner ever");
    assert_eq!(home.export().len(), 7);
    let daemons: Vec<i32> = home.daemons().iter().map(|pid| pid.as_raw_nonzero().get()).collect();
    if cfg!(target_os = "linux") {
        assert_eq!(daemons, [i32::try_from(owner.pid).unwrap()]);
    }
}

/// Hooks do not wait for a start, yet one comes, and what they left is taken in.
#[test]
fn hooks_on_a_fresh_home_bring_up_one_daemon() {
    let home = Home::new();
    std::thread::scope(|scope| {
        for n in 0..50 {
            let home = &home;
            scope.spawn(move || {
                let output = once(
                    home,
                    &json!({
                        "hook_event_name": "Stop", "session_id": format!("s{n}"), "cwd": home.work(),
                        "prompt_id": format!("p{n}"), "last_assistant_message": format!("answer of session {n}"),
                    }),
                );
                assert_eq!(output, json!({}));
            });
        }
    });
    until("the spool is empty", || home.health().ok().filter(|health| health.spool == 0));
    let mut texts: Vec<String> = home.export().into_iter().map(|memory| memory.text).collect();
    texts.sort();
    let mut expected: Vec<String> = (0..50).map(|n| format!("answer of session {n}")).collect();
    expected.sort();
    assert_eq!(texts, expected);
    until("late starters have gone", || (home.daemons().len() <= 1).then_some(()));
    assert_eq!(home.owner().epoch, 1);
}

fn entry(n: u64) -> SpoolEntry {
    let session_id = format!("session-{}", n % 7);
    let (event, text) =
        if n.is_multiple_of(2) { ("UserPromptSubmit", "prompt") } else { ("Stop", "last_assistant_message") };
    let body = json!({ text: format!("spooled line {n}"), "prompt_id": format!("prompt-{n}") });
    SpoolEntry {
        version: SPOOL_VERSION,
        event_id: new_event_id().to_string(),
        agent: "claude-code".into(),
        event: event.into(),
        session_id,
        transcript_path: None,
        cwd: Some("/srv/samples/tidepool".into()),
        at: 1_700_000_000_000 + i64::try_from(n).unwrap(),
        body: Some(body.to_string()),
    }
}

/// The same event in a file of another name.
fn again(dir: &Path, entry: &SpoolEntry) {
    let (unfinished, target) =
        (dir.join(format!(".again-{}", entry.event_id)), dir.join(format!("again-{}.json", entry.event_id)));
    std::fs::write(&unfinished, serde_json::to_vec(entry).unwrap()).unwrap();
    std::fs::rename(unfinished, target).unwrap();
}

#[test]
fn a_spool_is_emptied_exactly_once() {
    const EVENTS: u64 = 300;
    let home = Home::new();
    let dir = home.spool();
    spool::write(&dir, &entry(EVENTS), Durability::Rename).unwrap();
    std::fs::write(dir.join("garbage.json"), b"\0\x01 not JSON").unwrap();
    std::fs::write(dir.join("no-version.json"), b"{}").unwrap();
    let newer = SpoolEntry { version: 99, ..entry(EVENTS + 1) };
    let newer_file = spool::write(&dir, &newer, Durability::Fsync).unwrap();

    let entries: Vec<SpoolEntry> = (0..EVENTS).map(entry).collect();
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..10 {
            let (entries, next, home, dir) = (&entries, &next, &home, &dir);
            scope.spawn(move || {
                // Each event comes twice, from two writers, in no order that means anything.
                for turn in
                    std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed)).take_while(|t| *t < EVENTS * 2)
                {
                    let at = (turn * 7_919) % (EVENTS * 2);
                    let entry = &entries[usize::try_from(at % EVENTS).unwrap()];
                    if at < EVENTS {
                        spool::write(dir, entry, Durability::Rename).unwrap();
                    } else {
                        again(dir, entry);
                    }
                    if turn == 60 {
                        home.quipu(&["up"]).ok();
                    }
                }
            });
        }
    });
    // Long after all of them were taken in.
    until("the spool is empty", || home.health().ok().filter(|health| health.spool == 1));
    entries.iter().step_by(7).for_each(|entry| again(&dir, entry));
    let health = until("the spool is empty", || home.health().ok().filter(|health| health.spool == 1));
    assert_eq!(health.quarantined, 2);
    for name in ["garbage", "no-version"] {
        let reason = std::fs::read_to_string(dir.join(format!("quarantine/{name}.reason"))).unwrap();
        assert!(!reason.is_empty() && dir.join(format!("quarantine/{name}.json")).exists());
    }
    assert!(newer_file.exists(), "what a newer version wrote is left for it");

    each_once(&home, EVENTS + 1);
}

/// A file is deleted only when its event is safe: a daemon that falls in the middle leaves the rest to the next.
#[test]
fn a_spool_survives_kill_nine() {
    const EVENTS: u64 = 300;
    let home = Home::new();
    for n in 0..EVENTS {
        spool::write(&home.spool(), &entry(n), Durability::Rename).unwrap();
    }
    let left = || std::fs::read_dir(home.spool()).unwrap().count();
    for goal in [280, 200, 100] {
        home.quipu(&["up"]).ok();
        until("some were taken in", || (left() < goal).then_some(()));
        home.signal(Signal::KILL);
    }
    home.quipu(&["up"]).ok();
    until("the spool is empty", || home.health().ok().filter(|health| health.spool == 0));
    each_once(&home, EVENTS);
}

fn each_once(home: &Home, events: u64) {
    let mut seen = BTreeMap::<String, u32>::new();
    for memory in home.export() {
        *seen.entry(memory.text).or_default() += 1;
    }
    let missing: Vec<u64> = (0..events).filter(|n| !seen.contains_key(&format!("spooled line {n}"))).collect();
    assert!(missing.is_empty(), "lost: {missing:?}");
    assert!(seen.values().all(|times| *times == 1) && seen.len() as u64 == events, "{seen:#?}");
}
