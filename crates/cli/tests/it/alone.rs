//! `--no-daemon`: commands that own the data directory for themselves, one after the other, and leave no daemon behind.
//! It must not know what commands answer beyond what shows that they worked.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use quipu_protocol::owner::Owner;
use serde_json::{Value, json};

use crate::run::{finish, run};
use crate::support::{Home, until};

/// Runs a command without a daemon; it must succeed and leave none.
#[track_caller]
fn alone(home: &Home, args: &[&str]) -> Value {
    let reply = home.json(&[&["--no-daemon"], args].concat());
    assert!(home.daemons().is_empty(), "{args:?} left a daemon behind");
    assert!(!home.data().join("run/quipu.sock").exists(), "{args:?} left a socket");
    reply
}

#[test]
fn every_command_works_without_a_daemon_and_leaves_none() {
    let home = Home::new();
    let saved = alone(&home, &["save", "The beacon is lit at dusk.", "--kind", "decision"]);
    assert_eq!((&saved["outcome"], &saved["mode"]), (&json!("stored"), &json!("owner")));
    let id = saved["id"].as_str().unwrap();
    assert_eq!(alone(&home, &["search", "beacon dusk"])["hits"][0]["id"], id);
    assert_eq!(alone(&home, &["show", id])["kind"], "decision");
    assert_eq!(alone(&home, &["timeline"])["memories"][0]["id"], id);
    assert_eq!(alone(&home, &["stats"])["by_kind"], json!([["decision", 1]]));
    assert_eq!(alone(&home, &["project", "list"])["projects"][0]["memories"], 1);
    let out = home.root().join("out");
    assert_eq!(alone(&home, &["export", "markdown", out.to_str().unwrap()])["written"], 1);
    assert_eq!(alone(&home, &["import", "markdown", out.to_str().unwrap()])["outcomes"]["duplicate"], 1);
    let vector = alone(&home, &["embed", "beacon"]);
    assert_eq!(vector["vector"].as_array().map(Vec::len), Some(256));
    assert_eq!(alone(&home, &["status"])["mode"], "absent");
    let missing = home.quipu(&["--no-daemon", "show", "00000000-0000-7000-8000-000000000000"]).fails(66);
    assert!(!missing.is_empty());

    // The environment says the same, and a daemon afterwards finds everything, its index too.
    let mut command = home.command(&["search", "beacon", "--json"]);
    command.env("QUIPU_NO_DAEMON", "1");
    assert_eq!(run(command, b"").json()["hits"][0]["id"], id);
    assert!(home.daemons().is_empty());
    let epoch = home.up().epoch;
    assert!(epoch > 10, "each command was an owner: {epoch}");
    let found = until("the index has caught up", || {
        Some(home.json(&["search", "beacon"])).filter(|found| found["fallback"].is_null())
    });
    assert_eq!(found["hits"][0]["id"], id, "{found:#}");
}

/// A transcript of so many turns.
fn transcript(home: &Home, turns: usize) {
    let file = home.transcripts().join("p/s.jsonl");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let line = |n: usize| {
        json!({
            "type": "user", "uuid": format!("u{n}"), "sessionId": "s", "cwd": home.work(), "isSidechain": false,
            "timestamp": "2026-09-01T10:00:00.000Z", "message": { "role": "user", "content": format!("turn {n} about anchors") },
        })
    };
    std::fs::write(file, (0..turns).map(|n| format!("{}\n", line(n))).collect::<String>()).unwrap();
}

#[test]
fn transcripts_are_read_to_their_end_before_the_command_ends() {
    let home = Home::new();
    transcript(&home, 500);
    let read = alone(&home, &["index"]);
    assert_eq!((&read["files"], &read["progress"]["stored"]), (&json!(1), &json!(500)), "{read:#}");
    assert_eq!(alone(&home, &["index"])["progress"]["stored"], 0, "again: only what is new");
    let refused = home.quipu(&["--no-daemon", "index", "--no-wait"]).fails(64);
    assert!(refused.contains("--no-wait"), "{refused}");
    assert!(home.quipu(&["--no-daemon", "up"]).fails(64).contains("--no-daemon"));
}

/// Its card names a process that is gone and a socket that never was: that stops nobody.
#[test]
fn a_command_that_is_killed_at_work_leaves_nothing_half_done() {
    const TURNS: usize = 6_000;
    let home = Home::new();
    transcript(&home, TURNS);
    let mut command = home.command(&["--no-daemon", "index"]);
    let piped = std::process::Stdio::piped;
    let mut child = command.stdin(piped()).stdout(piped()).stderr(piped()).spawn().unwrap();
    until("it is at work", || home.card().filter(|card| card.pid == child.id() && !card.listens()));
    std::thread::sleep(Duration::from_millis(50));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(home.json(&["save", "after the kill"])["outcome"], "stored");
    assert_eq!(home.owner().epoch, 2);
    home.json(&["index"]);
    let stats = home.json(&["stats"]);
    let kinds = stats["by_kind"].as_array().unwrap();
    let total: u64 = kinds.iter().map(|kind| kind[1].as_u64().unwrap()).sum();
    assert_eq!(total, TURNS as u64 + 1, "each turn once: {stats:#}");
}

#[test]
fn refused_while_a_daemon_owns_the_directory() {
    let home = Home::new();
    let owner = home.up();
    let started = Instant::now();
    let refused = home.quipu(&["--no-daemon", "save", "not by this way"]).fails(65);
    assert!(started.elapsed() < Duration::from_secs(20), "it waited for a daemon that serves");
    assert!(refused.contains(&owner.pid.to_string()) && refused.contains("quipu down"), "{refused}");
    assert!(refused.contains("--no-daemon") && refused.contains("QUIPU_NO_DAEMON"), "{refused}");
    assert_eq!(home.quipu(&["--no-daemon", "search", "x", "--json"]).json()["code"], "already_owned");
    assert_eq!(home.health().unwrap().pid, owner.pid, "the daemon is there still");
    assert!(home.export().is_empty());
}

#[test]
fn commands_at_the_same_time_take_turns() {
    let home = Home::new();
    let started = Instant::now();
    let children: Vec<_> = (0..8)
        .map(|n| {
            let text = format!("turn taker {n}");
            let mut command = home.command(&["--no-daemon", "--json", "save", &text]);
            let piped = std::process::Stdio::piped;
            command.stdin(piped()).stdout(piped()).stderr(piped()).spawn().unwrap()
        })
        .collect();
    for child in children {
        assert_eq!(finish(child, b"", started).json()["outcome"], "stored");
    }
    assert!(home.daemons().is_empty());
    let found = alone(&home, &["search", "turn taker", "--limit", "20"]);
    assert_eq!(found["hits"].as_array().unwrap().len(), 8, "{found:#}");
    assert_eq!(alone(&home, &["stats"])["by_kind"], json!([["insight", 8]]));
}

/// Both a command that wants a daemon and one that wants none come while another command is at work.
#[test]
fn others_wait_for_a_command_that_is_at_work() {
    let home = Home::new();
    alone(&home, &["stats"]);
    let path = home.data().join("owner.lock");
    for way in [&["--no-daemon"][..], &[]] {
        let mut lock = File::options().read(true).write(true).open(&path).unwrap();
        lock.try_lock().unwrap();
        // Our card is that of a command: it owns, and nobody listens.
        let inode = lock.metadata().unwrap().ino();
        let card = Owner {
            socket: PathBuf::new(),
            pid: std::process::id(),
            epoch: 1,
            version: "0".into(),
            protocol: 1,
            inode,
        };
        lock.set_len(0).unwrap();
        lock.write_all(&serde_json::to_vec(&card).unwrap()).unwrap();
        let mut command = home.command(&[way, &["--json", "save", "after the wait"]].concat());
        let piped = std::process::Stdio::piped;
        let started = Instant::now();
        let child = command.stdin(piped()).stdout(piped()).stderr(piped()).spawn().unwrap();
        // Longer than a new daemon waits for the lock itself.
        std::thread::sleep(Duration::from_millis(if way.is_empty() { 5_000 } else { 700 }));
        drop(lock);
        let output = finish(child, b"", started);
        assert_eq!(output.code, 0, "{output:#?}");
        let outcome = output.json()["outcome"].clone();
        assert!(outcome == "stored" || outcome == "duplicate", "{outcome}");
    }
}

/// Where no daemon is wanted a hook starts none; what it leaves behind the next command takes up.
#[test]
fn hooks_start_no_daemon_and_commands_empty_the_spool() {
    let home = Home::new();
    for (n, event) in ["SessionStart", "Stop"].into_iter().enumerate() {
        let payload = json!({
            "hook_event_name": event, "session_id": "s", "cwd": home.work(), "prompt_id": n.to_string(),
            "last_assistant_message": "the mooring line holds",
        });
        let waiting = || std::fs::read_dir(home.spool()).into_iter().flatten().count();
        let before = waiting();
        until("the hook was in time", || {
            let mut command = home.command(&["hook", "claude-code"]);
            command.env("QUIPU_NO_DAEMON", "1");
            let output = run(command, payload.to_string().as_bytes());
            assert_eq!(output.code, 0, "{output:#?}");
            (waiting() > before).then_some(())
        });
        assert!(home.daemons().is_empty(), "{event} started a daemon");
    }
    until("the spool is empty", || {
        alone(&home, &["stats"]);
        let files = std::fs::read_dir(home.spool()).unwrap().flatten();
        (files.filter(|file| file.path().is_file()).count() == 0).then_some(())
    });
    let found = alone(&home, &["search", "mooring line"]);
    assert_eq!(found["hits"].as_array().unwrap().len(), 1, "{found:#}");
}
