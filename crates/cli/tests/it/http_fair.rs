//! One client that floods, and a polite one beside it.
//! It must not know how turns are shared.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::json;

use crate::http_raw::Tcp;
use crate::support::{HANG, Home};

/// Operations at once, and so a share of 2: `daemon.threads` of the test.
const THREADS: &str = "6";

#[test]
fn who_floods_waits_and_others_are_served() {
    let home = Home::new();
    home.quipu(&["config", "set", "daemon.threads", THREADS]).ok();
    home.json(&["http", "on"]);
    let tcp = Tcp::of(&home);
    let (socket, over) = (home.owner().socket, AtomicBool::new(false));
    // This process, over the socket: each request holds a thread for a tenth of a second.
    let flood = |n: usize| {
        let (mut busy, mut served) = (0, 0);
        while !over.load(Ordering::Relaxed) {
            let mut stream = UnixStream::connect(&socket).unwrap();
            stream.set_read_timeout(Some(HANG)).unwrap();
            // Something to read, so that the wait for it is one.
            let body = json!({ "texts": vec![format!("flood {n}"); 512] }).to_string();
            let head = format!(
                "POST /v1/embed HTTP/1.1\r\nhost: q\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            let answer = String::from_utf8_lossy(&answer[..answer.len().min(2_000)]).into_owned();
            if answer.starts_with("HTTP/1.1 429") {
                assert!(answer.to_ascii_lowercase().contains("retry-after"), "{answer}");
                busy += 1;
            } else {
                served += 1;
            }
        }
        (busy, served)
    };
    let polite = |n: u32| {
        let mut slowest = std::time::Duration::ZERO;
        for _ in 0..n {
            let started = Instant::now();
            let saved = tcp.post("/v1/search", &json!({ "query": "anything", "scope": { "all": true } }));
            assert_eq!(saved.status, 200, "{saved:?}");
            slowest = slowest.max(started.elapsed());
        }
        slowest
    };
    std::thread::scope(|scope| {
        let flood = &flood;
        let floods: Vec<_> = (0..24).map(|n| scope.spawn(move || flood(n))).collect();
        let slowest = polite(30);
        over.store(true, Ordering::Relaxed);
        let all: Vec<(u32, u32)> = floods.into_iter().map(|flood| flood.join().unwrap()).collect();
        let (busy, served) = all.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        println!(
            "the flood was served {served} times and sent away {busy} times; the polite one waited {slowest:?} at most"
        );
        assert!(served > 0, "a flood is slowed down, not shut out");
        assert!(slowest < HANG / 4, "the polite one waited {slowest:?}");
    });
}
