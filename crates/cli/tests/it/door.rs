//! The socket as other programs meet it: curl without our header, another version, too much, and garbage.
//! It must not know operations.

use std::io::Write;
use std::os::unix::net::UnixStream;

use quipu_protocol::client::Request;
use quipu_protocol::new_event_id;
use serde_json::json;

use crate::support::{Home, until};

#[test]
fn requests_without_our_header_are_answered() {
    let home = Home::new();
    home.up();
    let answer = home.raw(b"GET /v1/health HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"mode\":\"owner\""), "{answer}");
    assert!(answer.to_ascii_lowercase().contains("quipu-protocol: 1"), "{answer}");
}

#[test]
fn another_protocol_is_told_what_to_do() {
    let home = Home::new();
    home.up();
    for theirs in ["2", "0", "one", "\u{e9}"] {
        let answer = speaking(&home, theirs, "GET /v1/stats");
        assert!(answer.starts_with("HTTP/1.1 409") && answer.contains("protocol_mismatch"), "{answer}");
        assert!(answer.contains("quipu down"), "no cure: {answer}");
        assert!(speaking(&home, theirs, "GET /v1/health").starts_with("HTTP/1.1 200"), "`status` of any version works");
    }
    // So does `quipu down` of any version: it is the cure.
    assert!(speaking(&home, "2", "POST /v1/shutdown").starts_with("HTTP/1.1 200"));
    until("it ends", || home.daemons().is_empty().then_some(()));
}

/// The answer to a client of protocol `theirs`.
fn speaking(home: &Home, theirs: &str, what: &str) -> String {
    let head = format!("{what} HTTP/1.1\r\nhost: q\r\nquipu-protocol: {theirs}\r\nconnection: close\r\n\r\n");
    home.raw(head.as_bytes())
}

#[test]
fn wrong_places_and_wrong_bodies_are_faults() {
    let home = Home::new();
    home.up();
    let status = |request: &Request<'_>| {
        let response = home.request(request).unwrap();
        (response.status, String::from_utf8_lossy(&response.body).into_owned())
    };
    let (code, body) = status(&Request::get("/v1/nothing"));
    assert!(code == 404 && body.contains("no_such_operation"), "{code} {body}");
    assert_eq!(status(&Request::get("/")).0, 404);
    assert_eq!(status(&Request::get("/v1/search")).0, 405);
    let (code, body) = status(&Request::post_raw("/v1/search", b"{".to_vec()));
    assert!(code == 400 && body.contains("bad_request"), "{code} {body}");
    assert_eq!(status(&Request::post_raw("/v1/memories", b"\xff\xfe".to_vec())).0, 400);
    let (code, body) = status(&Request::get("/v1/memories/not-an-id"));
    assert!(code == 400 && body.contains("bad_id"), "{code} {body}");
    let answer = home.raw(
        b"POST /v1/memories HTTP/1.1\r\nhost: q\r\nquipu-event-id: seven\r\ncontent-length: 2\r\n\
          connection: close\r\n\r\n{}",
    );
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("bad_event_id"), "{answer}");
}

/// An event id is one write's for ever: what another write asks under it is not done, and nobody is told that it was.
#[test]
fn an_event_id_is_not_taken_for_two_writes() {
    let home = Home::new();
    home.up();
    let writes: [(&str, &[u8], &str); 4] = [
        ("/v1/pause", b"{}", "\"from\""),
        ("/v1/memories", b"{\"text\":\"under a used id\"}", "\"outcome\""),
        ("/v1/resume", b"{}", "\"count\""),
        ("/v1/pause", b"{\"for_ms\":60000}", "\"from\""),
    ];
    for (first, body, good) in &writes {
        let id = quipu_protocol::new_event_id();
        let ask = |path: &str, body: &[u8]| {
            let response = home.request(&Request::post_raw(path, body.to_vec()).event(id)).unwrap();
            (response.status, String::from_utf8_lossy(&response.body).into_owned())
        };
        for again in 0..2 {
            let (status, answer) = ask(first, body);
            assert!(status == 200 && answer.contains(good), "{first} {again}: {answer}");
        }
        for (second, body, _) in writes.iter().filter(|(path, ..)| path != first) {
            let (status, answer) = ask(second, body);
            assert!(status == 409 && answer.contains("event_id_taken"), "{first}, then {second}: {answer}");
        }
    }
    assert_eq!(home.export().len(), 1);
}

#[test]
fn a_body_too_large_is_refused_and_not_kept() {
    let home = Home::new();
    home.up();
    let announced =
        home.raw(b"POST /v1/memories HTTP/1.1\r\nhost: q\r\ncontent-length: 999999999\r\nconnection: close\r\n\r\n{");
    assert!(announced.is_empty() || announced.starts_with("HTTP/1.1 4"), "{announced}");
    let body = format!("{{\"text\":\"{}\"}}", "x".repeat(17 << 20));
    // The daemon may answer and close before all of it is read.
    if let Ok(response) = home.request(&Request::post_raw("/v1/memories", body.into_bytes())) {
        assert_eq!(response.status, 413);
    }
    assert_eq!(home.health().unwrap().mode, "owner");
    assert!(home.export().is_empty());
}

#[test]
fn garbage_hurts_nobody() {
    let home = Home::new();
    let pid = home.up().pid;
    let mut seed = 42u64;
    let mut noise = |length: usize| -> Vec<u8> {
        (0..length)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (seed >> 33) as u8
            })
            .collect()
    };
    let long_header = [&b"GET /v1/health HTTP/1.1\r\nx: "[..], &b"a".repeat(1 << 20)].concat();
    for bytes in [noise(200), noise(70_000), vec![0; 4_096], b"\r\n\r\n".to_vec(), long_header] {
        let answer = home.raw(&[&bytes[..], b"\r\n\r\n"].concat());
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    // Callers that hang up in the middle, and callers that say nothing.
    let socket = home.owner().socket;
    for part in [&b"POST /v1/memories HTTP/1.1\r\nhost: q\r\ncontent-length: 90\r\n\r\n{\"text\":\"half"[..], b"GE"] {
        drop(UnixStream::connect(&socket).and_then(|mut stream| stream.write_all(part)));
    }
    let silent: Vec<_> = (0..50).map(|_| UnixStream::connect(&socket).unwrap()).collect();
    let health = until("others are served", || home.health().ok());
    assert_eq!(health.pid, pid);
    assert!(home.export().is_empty());
    drop(silent);
    home.quipu(&["down"]).ok();
}

#[test]
fn a_revision_is_told_and_held_to() {
    let home = Home::new();
    home.up();
    let saved = home.json(&["save", "The curlew port is 4000"]);
    let path = format!("/v1/memories/{}", saved["id"].as_str().unwrap());
    let ask = |request: Request<'_>| home.request(&request).unwrap();
    let shown = ask(Request::get(&path));
    assert_eq!((shown.status, shown.header("etag")), (200, Some("\"1\"")));
    let same = ask(Request::get(&path).header("if-none-match", "\"1\""));
    assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, Some("\"1\"")));
    let change = |text: &str| Request::patch(&path, &json!({ "text": text })).event(new_event_id());
    let changed = ask(change("The curlew port is 5000").header("if-match", "\"1\""));
    assert_eq!((changed.status, changed.header("etag")), (200, Some("\"2\"")), "{changed:?}");
    // Somebody who saw the first revision changes nothing any more.
    let late = ask(change("The curlew port is 6000").header("if-match", "\"1\""));
    assert_eq!(late.status, 412, "{}", String::from_utf8_lossy(&late.body));
    assert!(String::from_utf8_lossy(&late.body).contains("revision_conflict"));
    let both = Request::patch(&path, &json!({ "text": "x", "if_revision": 1 })).event(new_event_id());
    assert_eq!(ask(both.header("if-match", "\"2\"")).status, 400);
    assert_eq!(ask(change("y").header("if-match", "two")).status, 400);
    let again = ask(Request::get(&path).header("if-none-match", "\"1\""));
    assert!(again.status == 200 && String::from_utf8_lossy(&again.body).contains("5000"));
}
