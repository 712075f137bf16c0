//! A large import: bounded memory, and nothing lost or doubled by ends in the middle of it.
//! It must not know how a source is read. `QUIPU_BIG=1000` makes it a gigabyte; without it, it is 30 MB.
//! Invariant: what is printed is measured, what is asserted holds on any machine.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Instant;

use rustix::process::Signal;

use crate::support::{Home, until};

/// Of one memory's text, in bytes, about.
const TEXT: usize = 1_500;
/// Few enough that texts repeat words, as texts do.
const WORDS: [&str; 24] = [
    "writer", "lock", "index", "commit", "daemon", "socket", "parser", "the", "of", "and", "fails", "because", "when",
    "retry", "buffer", "schema", "is", "a", "queue", "thread", "after", "release", "config", "never",
];

/// Writes about `megabytes` of local-recall's lines; how many memories.
fn lines(path: &Path, megabytes: usize) -> usize {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let (mut written, mut n, mut chance) = (0, 0u64, 0x9e37_79b9_7f4a_7c15u64);
    while written < megabytes << 20 {
        let mut text = String::with_capacity(TEXT + 16);
        while text.len() < TEXT {
            chance ^= chance << 13;
            chance ^= chance >> 7;
            chance ^= chance << 17;
            text.push_str(WORDS[(chance % 24) as usize]);
            // Some words are nobody else's.
            text.push_str(&if chance % 11 == 0 { format!(" w{:x}. ", chance >> 40) } else { " ".to_owned() });
        }
        let line = serde_json::json!({ "action": "add", "id": format!("3f0c2a9e-6c1b-4a44-9a0e-{n:012x}"), "subject": format!("Memory {n}"),
            "keywords": ["big"], "applies_to": "global", "occurred_at": "2025-12-03T11:14:22.409Z", "content": text });
        let line = format!("{line}\n");
        file.write_all(line.as_bytes()).unwrap();
        (written, n) = (written + line.len(), n + 1);
    }
    file.flush().unwrap();
    n as usize
}

/// The most anonymous memory of a process so far, in MB; nothing where /proc does not tell.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kb| kb >> 10)
}

fn memories(home: &Home) -> usize {
    home.json(&["stats"])["by_kind"].as_array().unwrap().iter().map(|kind| kind[1].as_u64().unwrap()).sum::<u64>()
        as usize
}

fn start(home: &Home) -> Child {
    let mut command = home.command(&["import", "local-recall", "--json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_large_import_takes_bounded_memory_and_goes_on_after_every_end() {
    let megabytes = std::env::var("QUIPU_BIG").ok().and_then(|n| n.parse().ok()).unwrap_or(30);
    let home = Home::new();
    let folder = home.work().join("local-recall/episodic-memory");
    std::fs::create_dir_all(&folder).unwrap();
    let all = lines(&folder.join("episodic-000001.jsonl"), megabytes);
    home.up();
    let (mut client, mut daemon) = (0, 0);
    let began = Instant::now();
    // First the client is ended, then the daemon under the next one, which finds another by itself.
    for (share, who) in [(4, "client"), (2, "daemon")] {
        let mut child = start(&home);
        let reached = loop {
            client = client.max(peak(child.id()).unwrap_or(0));
            daemon = daemon.max(home.card().and_then(|card| peak(card.pid)).unwrap_or(0));
            if memories(&home) >= all / share || child.try_wait().unwrap().is_some() {
                break memories(&home);
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        };
        println!("{who} is ended at {reached} of {all} memories, {:.1?} after the beginning", began.elapsed());
        if who == "client" {
            // One that was too quick has ended by itself.
            let _ = child.kill();
            child.wait().unwrap();
        } else {
            home.signal(Signal::KILL);
            let ended = until_it_ends(&mut child, &mut client);
            assert!(ended, "it goes on with the next daemon");
        }
    }
    let took = began.elapsed();
    daemon = daemon.max(home.card().and_then(|card| peak(card.pid)).unwrap_or(0));
    assert_eq!(memories(&home), all, "none is lost and none is there twice");
    let again = Instant::now();
    // Longer than other tests wait, where it is a gigabyte.
    let output = start(&home).wait_with_output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["outcomes"], serde_json::json!({ "duplicate": all }), "{report:#}");
    assert_eq!(memories(&home), all);
    let rate = megabytes as f64 / took.as_secs_f64();
    println!(
        "{megabytes} MB, {all} memories: {took:.1?} with both ends ({rate:.2} MB/s, {:.0} memories/s); again, all known: {:.1?}; \
         peak RSS: client {client} MB, daemon {daemon} MB",
        all as f64 / took.as_secs_f64(),
        again.elapsed()
    );
    // What it holds of each memory is an id and a place: 60 bytes.
    assert!(client < 100 + ((all as u64 * 100) >> 20), "the client took {client} MB");
    until("the daemon is well", || home.health().ok().map(drop));
}

/// Waits for a child however long it takes, looking at its memory; whether it went well.
fn until_it_ends(child: &mut Child, most: &mut u64) -> bool {
    loop {
        *most = (*most).max(peak(child.id()).unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
