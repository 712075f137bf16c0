//! Who is let in over loopback, and how long who is slow: each a real request against a real daemon.
//! It must not know how a request is judged (`doors/loopback/guard.rs` has the cases).

use std::io::{Read, Write};
use std::time::Instant;

use serde_json::json;

use crate::http_raw::{Asked, Reply, Tcp};
use crate::support::{HANG, Home, until};

const SAVE: &str = r#"{"text":"the intruder was here"}"#;

#[test]
fn strangers_are_refused_and_leave_nothing() {
    let home = Home::new();
    home.json(&["http", "on"]);
    let tcp = Tcp::of(&home);
    let save = || Asked::post("/v1/memories", SAVE);
    let port = tcp.card.port;
    for (what, asked, status, code) in [
        ("no token", save().header("authorization", ""), 401, "no_token"),
        ("a wrong token", save().token(&"0".repeat(64)), 401, "wrong_token"),
        ("another host", save().header("host", "evil.example"), 403, "wrong_host"),
        ("a rebound name", save().header("host", &format!("evil.example:{port}")), 403, "wrong_host"),
        ("a page", save().header("origin", "https://evil.example"), 403, "wrong_origin"),
        ("a page on this machine", save().header("origin", "http://localhost:3000"), 403, "wrong_origin"),
        ("a frame without origin", save().header("origin", "null"), 403, "wrong_origin"),
        (
            "a simple request of a page",
            save().header("content-type", "text/plain").header("sec-fetch-site", "cross-site"),
            403,
            "cross_site",
        ),
        ("a form", save().header("content-type", "application/x-www-form-urlencoded"), 415, "not_json"),
        (
            "a page that asks first",
            Asked::new("OPTIONS", "/v1/memories").header("origin", "http://a.b"),
            403,
            "wrong_origin",
        ),
    ] {
        let reply = tcp.asks(&asked);
        assert_eq!((reply.status, reply.json()["code"].as_str()), (status, Some(code)), "{what}");
        assert_eq!(reply.header("www-authenticate").is_some(), status == 401, "{what}");
        assert_eq!(reply.header("access-control-allow-origin"), None, "{what}");
        assert!(!reply.body.contains(&tcp.card.token), "{what}");
    }
    // The token is never taken from a URL.
    let url = format!("/v1/health?token={}", tcp.card.token);
    let reply = tcp.asks(&Asked::get(&url).header("authorization", ""));
    assert_eq!((reply.status, reply.json()["code"].as_str()), (400, Some("token_in_url")));
    assert!(home.export().is_empty(), "nobody has written anything");
    assert!(!home.log().contains(&tcp.card.token) && !home.log().contains("intruder"));
    // An own page, and who simply has the token.
    let own = Asked::get("/v1/health").header("origin", &tcp.card.url).header("sec-fetch-site", "same-origin");
    assert_eq!(tcp.asks(&own).status, 200);
    let saved = tcp.post("/v1/memories", &json!({ "text": "the owner was here" }));
    assert_eq!((saved.status, saved.json()["outcome"].as_str()), (200, Some("stored")));
    assert_eq!(saved.header("access-control-allow-origin"), None);
    assert_eq!(home.export().len(), 1);
}

#[test]
fn a_path_that_could_mean_another_is_refused() {
    let home = Home::new();
    home.json(&["http", "on"]);
    let tcp = Tcp::of(&home);
    for path in [
        "//v1/health",
        "/v1//health",
        "/v1/../v1/health",
        "/v1/./health",
        "/v1/%2e%2e/v1/health",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/v1%2fhealth",
        "/v1/health/",
        "/v1/memories/..%2f..%2fhealth",
        "/v1/memories/%00",
        "/v1;x/health",
        "*",
    ] {
        let reply = tcp.get(path);
        assert!([400, 404].contains(&reply.status), "{path}: {reply:?}");
        assert!(reply.json()["code"].is_string(), "{path}: {reply:?}");
    }
    for path in ["http://evil.example/v1/health", "http://127.0.0.1/v1/health"] {
        assert_eq!(tcp.get(path).json()["code"], "wrong_host", "{path}");
    }
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let home = Home::new();
    home.json(&["http", "on"]);
    let tcp = Tcp::of(&home);
    let announced = Asked::post("/v1/memories", "").header("content-length", "999999999");
    let reply = tcp.raw(tcp.head(&announced).as_bytes());
    assert_eq!((reply.status, reply.json()["code"].as_str()), (413, Some("body_too_large")));
    // One that does not say its length beforehand.
    let mut stream = tcp.connect();
    let chunked = Asked::post("/v1/memories", "").header("transfer-encoding", "chunked");
    stream.write_all(tcp.head(&chunked).as_bytes()).unwrap();
    let chunk = [&b"100000\r\n"[..], &b"x".repeat(1 << 20), b"\r\n"].concat();
    for _ in 0..20 {
        // It may close in the middle.
        if stream.write_all(&chunk).is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let reply = Reply::of(&answer);
    assert!(reply.status == 413 || reply.status == 0, "{reply:?}");
    let long = tcp.asks(&Asked::get("/v1/health").header("x-long", &"a".repeat(40_000)));
    assert_eq!((long.status, long.json()["code"].as_str()), (431, Some("head_too_large")));
    let many: String = (0..200).map(|n| format!("x-{n}: 1\r\n")).collect();
    let head = tcp.head(&Asked::get("/v1/health"));
    let many = tcp.raw(head.replacen("\r\n\r\n", &format!("\r\n{many}\r\n"), 1).as_bytes());
    assert_eq!(many.status, 431);
    let garbage = tcp.raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n");
    assert_eq!((garbage.status, garbage.json()["code"].as_str()), (400, Some("bad_head")));
    assert!(home.export().is_empty());
    assert_eq!(tcp.get("/v1/health").status, 200);
}

#[test]
fn who_is_slow_is_told_and_let_go() {
    let home = Home::new();
    home.json(&["http", "on"]);
    let tcp = Tcp::of(&home);
    let started = Instant::now();
    let head = tcp.head(&Asked::post("/v1/memories", "").header("content-length", "90"));
    let slow = [
        ("head", "POST /v1/memo".to_owned()),
        ("body", format!("{head}{{\"text\":\"half")),
        ("nothing", String::new()),
    ];
    let streams: Vec<_> = slow
        .iter()
        .map(|(what, bytes)| {
            let mut stream = tcp.connect();
            stream.write_all(bytes.as_bytes()).unwrap();
            (*what, stream)
        })
        .collect();
    for (what, mut stream) in streams {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let reply = Reply::of(&answer);
        if what == "nothing" {
            assert!(answer.is_empty(), "who said nothing is told nothing: {reply:?}");
        } else {
            assert_eq!((reply.status, reply.json()["code"].as_str()), (408, Some("too_slow")), "{what}");
        }
    }
    assert!(started.elapsed() < HANG);
    assert!(home.export().is_empty());
}

#[test]
fn connections_beyond_the_cap_are_told_and_others_go_on() {
    let home = Home::new();
    home.json(&["http", "on"]);
    let tcp = Tcp::of(&home);
    let resting: Vec<_> = (0..64).map(|_| tcp.connect()).collect();
    until("the cap is met", || {
        let reply = tcp.get("/v1/health");
        (reply.status == 503 && reply.json()["code"] == "too_many_connections").then_some(())
    });
    // The socket does not care.
    assert_eq!(home.health().unwrap().mode, "owner");
    drop(resting);
    until("there is room again", || (tcp.get("/v1/health").status == 200).then_some(()));
}
