//! Shims by the score, as clients open and close them, while daemons die and newer ones come: every call is answered,
//! every save is kept once, and nothing is left of any of them.
//! It must not know how a shim finds a daemon.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{Pid, Signal};
use serde_json::json;

use crate::mcp_shim::Shim;
use crate::support::{Home, QUIPU, run, until};

/// Shims open at a time.
const AT_ONCE: usize = 20;
/// Opened and closed in all in an ordinary run; `QUIPU_CYCLES=1000` for the long one.
const CYCLES: usize = 120;
/// What a shim may hold, in bytes.
const SHIM_BYTES: u64 = 4 << 20;

fn cycles() -> usize {
    std::env::var("QUIPU_CYCLES").ok().and_then(|n| n.parse().ok()).unwrap_or(CYCLES).max(4 * AT_ONCE)
}

/// What each shim is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// To look for something: nothing may be left of it.
    Search,
    /// To save a text of its own.
    Save,
}

/// Opens, uses and closes `cycles` shims, [`AT_ONCE`] of them at a time. `meanwhile` runs beside them and hears how many
/// were closed so far. Gives the texts that were saved.
fn storm(home: &Home, name: &str, cycles: usize, work: Work, meanwhile: impl FnOnce(&AtomicUsize)) -> Vec<String> {
    let (begun, closed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let (begun, closed) = (&begun, &closed);
        let clients: Vec<_> = (0..AT_ONCE)
            .map(|client| {
                scope.spawn(move || {
                    let open = || if client % 2 == 0 { Shim::open(home) } else { Shim::modern(home) };
                    // One that stays open all the time, whatever happens to daemons.
                    let mut lasting = open();
                    let mut texts = Vec::new();
                    loop {
                        let n = begun.fetch_add(1, Ordering::Relaxed);
                        if n >= cycles {
                            break;
                        }
                        let mut shim = open();
                        let search = json!({ "query": "a shim that came", "limit": 3 });
                        if work == Work::Save {
                            let text = format!("{name}: note {n} of a shim that came and went");
                            let saved = shim.data("memory_save", &json!({ "content": text, "kind": "journal" }));
                            assert_eq!(saved["outcome"], "stored", "{saved}");
                            texts.push(text);
                        } else {
                            shim.data("memory_search", &search);
                        }
                        let found = lasting.data("memory_search", &search);
                        assert!(found["count"].as_u64().unwrap() >= 1, "{found}");
                        assert_eq!(shim.close(), Some(0));
                        closed.fetch_add(1, Ordering::Relaxed);
                    }
                    if let Some(bytes) = anonymous(&lasting) {
                        assert!(bytes < SHIM_BYTES, "a shim holds {bytes} bytes");
                    }
                    assert_eq!(lasting.close(), Some(0));
                    texts
                })
            })
            .collect();
        meanwhile(closed);
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    })
}

#[test]
fn daemons_that_die_and_newer_ones_cost_no_call_and_shims_leave_nothing() {
    let home = Home::new();
    home.up();
    let cycles = cycles();
    let mut texts = storm(&home, "warm", cycles / 4, Work::Save, |_| {});
    let owner = home.owner();
    let open = || std::fs::read_dir(format!("/proc/{}/fd", owner.pid)).map_or(0, |fds| fds.count());
    // What a client left is closed a moment after it has gone: the number that stays for a while.
    let descriptors = || {
        let mut seen = (0, 0);
        until("connections are closed", || {
            let now = open();
            seen = if now == seen.0 { (now, seen.1 + 1) } else { (now, 0) };
            (seen.1 >= 15).then_some(now)
        })
    };
    let figures = || (descriptors(), home.health().unwrap().anonymous_bytes.unwrap_or(0));
    let before = figures();
    storm(&home, "calm", cycles / 4, Work::Search, |_| {});
    let after = figures();
    println!(
        "descriptors and anonymous bytes of the daemon before and after {} shims: {before:?}, {after:?}",
        cycles / 4
    );
    assert_eq!(home.owner(), owner, "nobody needed another daemon");
    assert!(after.0 <= before.0 + 5, "descriptors: {before:?} {after:?}");
    // Each thread that answers keeps a little; a shim that has gone keeps nothing.
    assert!(after.1 < before.1 + (12 << 20), "memory: {before:?} {after:?}");

    let rest = cycles - 2 * (cycles / 4);
    texts.extend(storm(&home, "rough", rest, Work::Save, |closed| {
        // Five times the daemon is killed, and each time in between a newer one takes its place.
        for trouble in 1..=10 {
            until("the storm goes on", || (closed.load(Ordering::Relaxed) >= trouble * rest / 12).then_some(()));
            if trouble % 2 == 1 {
                until("a daemon to kill", || home.card().filter(|card| home.daemons().contains(&pid(card.pid))));
                home.signal(Signal::KILL);
            } else {
                let mut newer = home.command(&["up"]);
                newer.env("QUIPU_AS_VERSION", format!("1.{trouble}.0"));
                run(newer, b"").ok();
            }
        }
    }));
    let mut kept = BTreeMap::<String, usize>::new();
    home.export().into_iter().for_each(|memory| *kept.entry(memory.text).or_default() += 1);
    assert_eq!(kept, texts.into_iter().map(|text| (text, 1)).collect(), "each note is there once");
    until("one daemon is left", || (home.daemons().len() <= 1).then_some(()));
    let mut down = home.command(&["down"]);
    down.env("QUIPU_AS_VERSION", "2.0.0");
    run(down, b"").ok();
    until("no daemon is left", || home.daemons().is_empty().then_some(()));
}

fn pid(number: u32) -> Pid {
    i32::try_from(number).ok().and_then(Pid::from_raw).unwrap()
}

/// What a shim holds of memory that no file backs, in bytes; none where the system does not say.
fn anonymous(shim: &Shim) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", shim.child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("RssAnon:"))?;
    line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok().map(|kb| kb * 1_024)
}

/// A client is killed, and somebody else still holds the writing end of what its shims read.
#[test]
fn a_client_that_is_killed_takes_all_its_shims_with_it() {
    let home = Home::new();
    home.up();
    // A shell takes what it runs in the background off its own input, unless it is told otherwise.
    let script = format!("exec 3<&0; for n in $(seq {AT_ONCE}); do '{QUIPU}' mcp <&3 & echo $!; done; echo; wait");
    let mut shell = home.program("/bin/sh".as_ref());
    let mut client = shell.arg("-c").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let held = client.stdin.take().unwrap();
    let lines = BufReader::new(client.stdout.take().unwrap()).lines().map(Result::unwrap);
    let shims: Vec<u32> = lines.take_while(|line| !line.is_empty()).map(|line| line.parse().unwrap()).collect();
    assert_eq!(shims.len(), AT_ONCE);
    // A process that has ended and that nobody has asked about yet runs no more.
    let runs = |pid: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.contains("(quipu)") && !stat.contains(") Z ")
    };
    // With a second thread, which looks after the parent, and a third, which holds a connection open.
    let watches = |pid: &u32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        runs(pid) && status.contains("\nThreads:\t3\n")
    };
    if cfg!(target_os = "linux") {
        until("they all run", || shims.iter().all(watches).then_some(()));
    }
    client.kill().unwrap();
    client.wait().unwrap();
    until("they have all ended", || (!shims.iter().any(runs)).then_some(()));
    drop(held);
    assert_eq!(home.health().unwrap().mode, "owner", "the daemon goes on");
}
