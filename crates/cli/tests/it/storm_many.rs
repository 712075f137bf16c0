//! Sessions that end together, clients that come and go, and an upgrade in the middle of it.
//! It must not know how writes are queued.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use quipu_protocol::client::{Client, Request};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::new_event_id;
use serde_json::{Value, json};

use crate::session::Session;
use crate::support::{HANG, Home, run, save, until};

/// Field report B: sixteen shells in one project end at once, each with its Stop and its SessionEnd.
#[test]
fn sixteen_sessions_that_end_together_all_end_and_are_all_kept() {
    const SESSIONS: usize = 16;
    let home = Home::new();
    home.up();
    let sessions: Vec<Session<'_>> =
        (0..SESSIONS).map(|n| Session::new(&home, &format!("ends-{n}"), &home.work())).collect();
    for (n, session) in sessions.iter().enumerate() {
        let lines =
            [session.prompt(&format!("question of session {n}")), session.answer(&format!("answer of session {n}"))];
        std::fs::write(&session.file, lines.join("\n") + "\n").unwrap();
    }
    let slow = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for session in &sessions {
            let (home, slow) = (&home, &slow);
            scope.spawn(move || {
                for event in ["Stop", "SessionEnd"] {
                    let payload = json!({
                        "hook_event_name": event, "session_id": session.id, "cwd": session.cwd,
                        "transcript_path": session.file, "reason": "exit",
                    });
                    let output = run(home.command(&["hook", "claude-code"]), payload.to_string().as_bytes());
                    assert_eq!((output.code, output.stdout.trim(), output.stderr.as_str()), (0, "{}", ""));
                    // Budgets are 250 and 900 ms; a machine that starts processes slowly is no hang.
                    slow.fetch_add(usize::from(output.took > Duration::from_secs(10)), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(slow.load(Ordering::Relaxed), 0, "nobody waits for the others");
    let expected: BTreeMap<String, usize> = (0..SESSIONS)
        .flat_map(|n| [format!("question of session {n}"), format!("answer of session {n}")])
        .map(|t| (t, 1))
        .collect();
    until("every turn is kept, once", || {
        let mut kept = BTreeMap::new();
        home.export().into_iter().for_each(|memory| *kept.entry(memory.text).or_insert(0) += 1);
        (kept == expected).then_some(())
    });
    assert!(!home.log().contains("locked"), "{}", home.log());
}

/// Twenty clients, each of which connects, asks and goes a thousand times in all: nothing is left of them.
#[test]
fn clients_that_come_and_go_leave_nothing() {
    const CLIENTS: usize = 20;
    const ROUNDS: usize = 50;
    let home = Home::new();
    home.json(&["save", "falcon"]);
    let owner = home.owner();
    let ask = |client: &mut Client| -> Value {
        let request = json!({ "query": "falcon", "scope": { "all": true } });
        client.call(&Request::post("/v1/search", &request), Deadline::within(HANG)).unwrap()
    };
    let storm = || {
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    for _ in 0..ROUNDS {
                        let mut client = home.client();
                        assert_eq!(ask(&mut client)["hits"].as_array().unwrap().len(), 1);
                        assert_eq!(ask(&mut client)["mode"], "owner");
                    }
                });
            }
        });
    };
    storm();
    let open = || std::fs::read_dir(format!("/proc/{}/fd", owner.pid)).map_or(0, |fds| fds.count());
    let threads = || std::fs::read_dir(format!("/proc/{}/task", owner.pid)).map_or(0, |tasks| tasks.count());
    let memory = || home.health().unwrap().anonymous_bytes.unwrap_or(0);
    let before = (until("clients are gone", || Some(open()).filter(|n| *n < 100)), threads(), memory());
    storm();
    // The daemon notices those that went one by one.
    let after = (until("clients are gone", || Some(open()).filter(|n| *n <= before.0 + 5)), threads(), memory());
    // 24 that run operations, and one for each job and each part of the store.
    assert!(after.1 <= 46, "threads: {before:?} {after:?}");
    assert!(after.2 < before.2 + (16 << 20), "memory: {before:?} {after:?}");
    assert_eq!((home.owner(), home.daemons().len().max(1)), (owner, 1));
}

/// A newer version comes while eight clients write: each write is there once.
#[test]
fn an_upgrade_in_a_storm_loses_and_doubles_nothing() {
    const WRITERS: usize = 8;
    let home = Home::new();
    let with = |version: &str, args: &[&str]| {
        let mut command = home.command(args);
        command.env("QUIPU_AS_VERSION", version);
        run(command, b"")
    };
    with("1.0.0", &["up"]).ok();
    let (done, written) = (AtomicBool::new(false), AtomicUsize::new(0));
    let acknowledged: Vec<String> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (home, done, written) = (&home, &done, &written);
                scope.spawn(move || {
                    let mut texts = Vec::new();
                    while !done.load(Ordering::Relaxed) {
                        let (text, event) = (format!("writer {writer} text {}", texts.len()), new_event_id());
                        // As a careful client does: the same id until an answer comes.
                        until("a save is answered", || {
                            let mut client = home.card().map(|card| Client::new(&card.socket))?;
                            save(&mut client, &text, event, Deadline::within(HANG)).ok()
                        });
                        written.fetch_add(1, Ordering::Relaxed);
                        texts.push(text);
                    }
                    texts
                })
            })
            .collect();
        for version in ["1.1.0", "1.2.0", "1.3.0"] {
            let so_far = written.load(Ordering::Relaxed);
            until("the storm goes on", || (written.load(Ordering::Relaxed) >= so_far + 40).then_some(()));
            with(version, &["up"]).ok();
            assert_eq!(home.owner().version, version);
        }
        done.store(true, Ordering::Relaxed);
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    let mut kept: Vec<String> = home.export().into_iter().map(|memory| memory.text).collect();
    let mut expected = acknowledged;
    kept.sort();
    expected.sort();
    assert_eq!(kept, expected);
    assert_eq!(home.owner().epoch, 4);
    until("the older ones have gone", || (home.daemons().len() <= 1).then_some(()));
    with("1.3.0", &["down"]).ok();
}
