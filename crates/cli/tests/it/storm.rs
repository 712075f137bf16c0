//! Many at once: clients on a fresh home, hooks on a fresh home, and a spool filled while it is emptied.
//! It must not know how one daemon is agreed upon.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use quipu_protocol::new_event_id;
use quipu_protocol::spool::{self, Durability, SPOOL_VERSION, SpoolEntry};
use rustix::process::Signal;
use serde_json::json;

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
        for n in 0..12 {
            let home = &home;
            scope.spawn(move || {
                let (output, code, _) = home.hook(&json!({
                    "hook_event_name": "Stop", "session_id": format!("s{n}"), "cwd": home.work(),
                    "prompt_id": format!("p{n}"), "last_assistant_message": format!("answer of session {n}"),
                }));
                assert_eq!((output.trim(), code), ("{}", 0));
            });
        }
    });
    until("the spool is empty", || home.health().ok().filter(|health| health.spool == 0));
    let mut texts: Vec<String> = home.export().into_iter().map(|memory| memory.text).collect();
    texts.sort();
    let mut expected: Vec<String> = (0..12).map(|n| format!("answer of session {n}")).collect();
    expected.sort();
    assert_eq!(texts, expected);
    until("late starters have gone", || (home.daemons().len() <= 1).then_some(()));
    assert_eq!(home.owner().epoch, 1);
}

fn entry(n: u64) -> SpoolEntry {
    let session_id = format!("session-{}", n % 7);
    let (event, text) = if n.is_multiple_of(2) { ("UserPromptSubmit", "prompt") } else { ("Stop", "last_assistant_message") };
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
        for writer in 0..10u64 {
            let (entries, next, home, dir) = (&entries, &next, &home, &dir);
            scope.spawn(move || {
                for n in 0..EVENTS / 5 {
                    // Every entry is written twice, by two writers, far apart, in no order that means anything.
                    let pick = (next.fetch_add(1, Ordering::Relaxed) * 137 + writer) % EVENTS;
                    let pick = (pick * 7 + 3) % EVENTS;
                    spool::write(dir, &entries[usize::try_from(pick).unwrap()], Durability::Rename).unwrap();
                    // A name of another process, the same event.
                    let copy = SpoolEntry { ..entries[usize::try_from(pick).unwrap()].clone() };
                    let bytes = serde_json::to_vec(&copy).unwrap();
                    std::fs::write(dir.join(format!(".copy-{writer}-{n}")), bytes).unwrap();
                    let unfinished = dir.join(format!(".copy-{writer}-{n}"));
                    std::fs::rename(unfinished, dir.join(format!("copy-{writer}-{n}.json"))).unwrap();
                    if (writer, n) == (0, 5) {
                        home.quipu(&["up"]).ok();
                    }
                }
            });
        }
        // The daemon falls in the middle of it, and the next one goes on.
        until("something was taken in", || home.health().ok().filter(|_| !home.export().is_empty()));
        home.signal(Signal::KILL);
    });
    for entry in &entries {
        spool::write(&dir, entry, Durability::Rename).unwrap();
    }
    home.quipu(&["up"]).ok();
    let health = until("the spool is empty", || home.health().ok().filter(|health| health.spool == 1));
    assert_eq!(health.quarantined, 2);
    for name in ["garbage", "no-version"] {
        let reason = std::fs::read_to_string(dir.join(format!("quarantine/{name}.reason"))).unwrap();
        assert!(!reason.is_empty() && dir.join(format!("quarantine/{name}.json")).exists());
    }
    assert!(newer_file.exists(), "what a newer version wrote is left for it");

    let mut seen = BTreeMap::<String, u32>::new();
    for memory in home.export() {
        *seen.entry(memory.text).or_default() += 1;
    }
    let missing: Vec<u64> = (0..=EVENTS).filter(|n| !seen.contains_key(&format!("spooled line {n}"))).collect();
    assert!(missing.is_empty(), "lost: {missing:?}");
    assert!(seen.values().all(|times| *times == 1) && seen.len() == 301, "{seen:#?}");
}
