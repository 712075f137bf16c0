//! A daemon's life over and over: it starts, is asked for searches and vectors, and is told to end in the middle of both.
//! It must not know what the answers say.
//! Invariant: exit code 0 each time, no abort, no process and no socket left, and no client waits in vain.

use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quipu_protocol::client::{Client, ClientError, Request};
use quipu_protocol::deadline::Deadline;
use rustix::process::Signal;
use serde_json::json;

use crate::support::{HANG, Home, finish, until};

/// So many cycles in an ordinary run; `QUIPU_CYCLES` asks for more.
const CYCLES: u64 = 40;

fn cycles() -> u64 {
    std::env::var("QUIPU_CYCLES").ok().and_then(|n| n.parse().ok()).unwrap_or(CYCLES)
}

/// Asks the same until the daemon is gone; how often it was answered.
fn ask_until_gone(socket: &std::path::Path, request: &Request<'_>) -> u64 {
    let (mut client, mut answered) = (Client::new(socket), 0);
    loop {
        match client.send(request, Deadline::within(HANG)) {
            Ok(response) if response.status == 200 => answered += 1,
            // Sent away because the daemon is about to end, or because many ask.
            Ok(response) => assert!(matches!(response.status, 429 | 503), "{response:?}"),
            Err(ClientError::Absent(_) | ClientError::Broken(_)) => return answered,
            Err(error) => panic!("a client waited in vain: {error}"),
        }
    }
}

#[test]
fn a_daemon_told_to_end_during_searches_and_embeds_ends_well_each_time() {
    let home = Home::new();
    for n in 0..20 {
        home.json(&["save", &format!("The harbour master logs vessel {n} at the northern quay."), "--kind", "journal"]);
    }
    home.quipu(&["down"]).ok();
    let search = json!({ "query": "harbour vessel quay", "scope": { "all": true } });
    let interactive = json!({ "texts": vec!["a vessel at the quay"; 40] });
    let bulk =
        json!({ "texts": vec!["a vessel at the northern quay, logged again and again"; 1_500], "priority": "bulk" });
    let requests =
        [("/v1/search", &search), ("/v1/search", &search), ("/v1/embed", &interactive), ("/v1/embed", &bulk)];
    let answered = AtomicU64::new(0);
    for cycle in 0..cycles() {
        let mut command = home.command(&["daemon", "run"]);
        let started = Instant::now();
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        until("it serves", || home.health().ok().filter(|health| health.pid == child.id()));
        let socket = home.owner().socket;
        std::thread::scope(|scope| {
            for (path, body) in requests {
                let (socket, answered) = (&socket, &answered);
                scope.spawn(move || {
                    let times = ask_until_gone(socket, &Request::post(path, body));
                    answered.fetch_add(times, Ordering::Relaxed);
                });
            }
            // Each eighth time real clients come and go too; their end must touch nobody.
            if cycle % 8 == 0 {
                home.json(&["search", "harbour"]);
                home.quipu(&["embed", "a vessel"]).ok();
            }
            // From the first moment of a request to well inside many.
            std::thread::sleep(Duration::from_millis(cycle % 40));
            home.signal(Signal::TERM);
        });
        let output = finish(child, b"", started);
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "cycle {cycle}: {output:#?}");
        assert!(!socket.exists(), "cycle {cycle} left its socket");
        assert!(home.daemons().is_empty(), "cycle {cycle} left a process");
    }
    let log = home.log();
    assert!(!log.contains("panicked") && !log.contains("ERROR"), "{log}");
    assert!(answered.into_inner() > cycles(), "hardly anything was asked");
    let found = home.json(&["search", "harbour", "--limit", "50"]);
    assert_eq!(found["hits"].as_array().unwrap().len(), 20, "{found:#}");
}
