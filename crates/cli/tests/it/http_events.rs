//! `GET /v1/events` as a subscriber meets it: in time, in scope, resumed, and ended with a reason.
//! It must not know where events come from.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use quipu_protocol::client::Request;
use quipu_protocol::deadline::Deadline;
use quipu_protocol::wire::memory::{SaveReply, SaveRequest};
use serde_json::json;

use crate::http_raw::{Asked, Tcp};
use crate::support::{HANG, Home, until};

/// A subscriber: what it was told so far.
struct Follower<S> {
    stream: S,
    text: String,
}

fn follow(home: &Home, query: &str, last: Option<&str>) -> Follower<UnixStream> {
    let mut stream = UnixStream::connect(home.owner().socket).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let last = last.map(|id| format!("last-event-id: {id}\r\n")).unwrap_or_default();
    stream.write_all(format!("GET /v1/events?{query} HTTP/1.1\r\nhost: q\r\n{last}\r\n").as_bytes()).unwrap();
    let mut follower = Follower { stream, text: String::new() };
    follower.hears("\r\n\r\n");
    follower
}

impl<S: Read> Follower<S> {
    /// Reads on until `word` was said.
    #[track_caller]
    fn hears(&mut self, word: &str) {
        let started = Instant::now();
        while !self.text.contains(word) {
            assert!(started.elapsed() < HANG, "waited in vain for `{word}`:\n{}", self.text);
            let mut buffer = [0u8; 4_096];
            match self.stream.read(&mut buffer) {
                Ok(0) => panic!("it ended without `{word}`:\n{}", self.text),
                Ok(n) => self.text.push_str(&String::from_utf8_lossy(&buffer[..n])),
                Err(_) => {}
            }
        }
    }
    /// The id of the last event that it heard.
    fn last(&self) -> String {
        let mut ids = self.text.lines().filter_map(|line| line.strip_prefix("id: "));
        ids.next_back().unwrap().to_owned()
    }
}

fn save(home: &Home, text: &str, cwd: Option<&str>) -> String {
    let request = SaveRequest { text: text.into(), cwd: cwd.map(Into::into), ..SaveRequest::default() };
    let saved: SaveReply =
        home.client().call(&Request::post("/v1/memories", &request), Deadline::within(HANG)).unwrap();
    saved.id.unwrap()
}

#[test]
fn what_is_saved_is_told_and_never_a_word_of_it() {
    let home = Home::new();
    home.up();
    let mut follower = follow(&home, "all=true", None);
    assert!(follower.text.starts_with("HTTP/1.1 200") && follower.text.contains("text/event-stream"));
    let id = save(&home, "a secret of the harbour", None);
    follower.hears(&id);
    assert!(follower.text.contains("event: memory") && follower.text.contains("\"change\":\"stored\""));
    home.quipu(&["pause", "--all"]).ok();
    follower.hears("event: pause");
    home.quipu(&["resume", "--all"]).ok();
    follower.hears("\"paused\":false");
    assert!(!follower.text.contains("harbour"), "{}", follower.text);
    home.quipu(&["down"]).ok();
    follower.hears("event: stopping");
}

#[test]
fn a_project_hears_of_no_other() {
    let home = Home::new();
    home.up();
    let dir = |name: &str| {
        let dir = home.root().join(name);
        std::fs::create_dir(&dir).unwrap();
        dir.to_str().unwrap().to_owned()
    };
    let (left, right) = (dir("left"), dir("right"));
    let mut at_left = follow(&home, &format!("cwd={left}"), None);
    let mut everywhere = follow(&home, "all=true", None);
    let theirs = save(&home, "of the right side", Some(&right));
    let own = save(&home, "of the left side", Some(&left));
    let common = save(&home, "of nobody", None);
    for id in [&theirs, &own, &common] {
        everywhere.hears(id);
    }
    for id in [&own, &common] {
        at_left.hears(id);
    }
    assert!(!at_left.text.contains(&theirs) && !at_left.text.contains(&right), "{}", at_left.text);
    // The same when it comes again.
    let mut again = follow(&home, &format!("cwd={left}"), Some("1-0"));
    again.hears(&common);
    assert!(again.text.contains(&own) && !again.text.contains(&theirs), "{}", again.text);
    for query in ["", "project=nobody-has-this-name", "everything=true"] {
        let answer =
            home.raw(format!("GET /v1/events?{query} HTTP/1.1\r\nhost: q\r\nconnection: close\r\n\r\n").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 40") && answer.contains("\"hint\""), "{query}: {answer}");
    }
}

#[test]
fn who_was_away_gets_what_he_missed_or_is_told_that_nobody_knows() {
    let home = Home::new();
    home.up();
    let mut follower = follow(&home, "all=true", None);
    save(&home, "one", None);
    follower.hears("event: memory");
    let last = follower.last();
    drop(follower);
    let (two, three) = (save(&home, "two", None), save(&home, "three", None));
    let mut back = follow(&home, "all=true", Some(&last));
    back.hears(&three);
    assert!(back.text.contains(&two) && !back.text.contains("event: reset"), "{}", back.text);
    // Another owner has another feed.
    home.quipu(&["down"]).ok();
    home.up();
    for strange in [last.as_str(), "nonsense", "9-9"] {
        let mut anew = follow(&home, "all=true", Some(strange));
        anew.hears("event: reset");
        let id = save(&home, &format!("after {strange}"), None);
        anew.hears(&id);
    }
    // So much that the oldest is gone.
    let mut early = follow(&home, "all=true", None);
    save(&home, "the first of many", None);
    early.hears("event: memory");
    let first = early.last();
    drop(early);
    let mut client = home.client();
    for n in 0..1_100 {
        let request = SaveRequest { text: format!("number {n}"), ..SaveRequest::default() };
        let _: SaveReply = client.call(&Request::post("/v1/memories", &request), Deadline::within(HANG)).unwrap();
    }
    follow(&home, "all=true", Some(&first)).hears("event: reset");
}

#[test]
fn what_is_kept_is_resumed_whichever_daemon_tells_it() {
    let home = Home::new();
    home.up();
    let mut follower = follow(&home, "all=true&agents=true", None);
    home.quipu(&["pause", "--all"]).ok();
    follower.hears("\"kind\":\"paused\"");
    // Of nothing else it hears.
    save(&home, "one", None);
    home.quipu(&["resume", "--all"]).ok();
    follower.hears("\"kind\":\"resumed\"");
    assert!(!follower.text.contains("event: memory") && !follower.text.contains("event: pause"), "{}", follower.text);
    let last = follower.last();
    drop(follower);
    // What happens while nobody follows, and what the next daemon does, comes once and in its order.
    home.quipu(&["pause", "--all"]).ok();
    home.signal(rustix::process::Signal::KILL);
    until("the daemon is gone", || home.daemons().is_empty().then_some(()));
    home.up();
    home.quipu(&["resume", "--all"]).ok();
    for (query, last) in [("all=true&agents=true", Some(last.as_str())), ("all=true&agents=true&after=2", None)] {
        let mut back = follow(&home, query, last);
        back.hears("\"resumed\"");
        let numbers: Vec<_> = back.text.lines().filter_map(|line| line.split("\"id\":").nth(1)?.get(..1)).collect();
        assert_eq!(numbers, ["3", "4"], "{}", back.text);
        assert_eq!(back.text.contains("event: reset"), last.is_some(), "the rest of what happened is not known");
    }
    let reply: serde_json::Value =
        home.client().call(&Request::get("/v1/feed?all=true&after=1&limit=2"), Deadline::within(HANG)).unwrap();
    let kinds: Vec<_> = reply["events"].as_array().unwrap().iter().map(|event| event["kind"].clone()).collect();
    assert_eq!(
        (kinds, &reply["next"], &reply["more"]),
        (vec![json!("resumed"), json!("paused")], &json!(3), &json!(true))
    );
    // A number that this feed has not given yet is no place in it.
    follow(&home, "all=true&after=99", None).hears("event: reset");
}

#[test]
fn subscribers_are_bounded_and_the_loopback_door_closes_on_them() {
    let home = Home::new();
    home.json(&["http", "on"]);
    let tcp = Tcp::of(&home);
    let mut stream = tcp.connect();
    stream.write_all(tcp.head(&Asked::get("/v1/events?all=true")).as_bytes()).unwrap();
    let mut over_tcp = Follower { stream, text: String::new() };
    over_tcp.hears("retry: 1000");
    let mut others: Vec<_> = (0..31).map(|_| follow(&home, "all=true", None)).collect();
    let full = tcp.get("/v1/events?all=true");
    assert_eq!((full.status, full.json()["code"].as_str()), (429, Some("too_many_subscribers")));
    assert!(full.header("retry-after").is_some());
    drop(others.split_off(1));
    drop(until("who has gone has left his place", || {
        let mut stream = tcp.connect();
        stream.write_all(tcp.head(&Asked::get("/v1/events?all=true")).as_bytes()).unwrap();
        let mut buffer = [0u8; 64];
        let n = stream.read(&mut buffer).unwrap();
        buffer[..n].starts_with(b"HTTP/1.1 200").then_some(stream)
    }));
    home.quipu(&["http", "off"]).ok();
    over_tcp.hears("event: stopping");
    // The others stay.
    let id = save(&home, "still here", None);
    others[0].hears(&id);
}

#[test]
fn who_does_not_read_costs_nobody_anything() {
    let home = Home::new();
    home.up();
    // Its socket's buffers fill and it never reads.
    let sleeper = follow(&home, "all=true", None);
    let before = home.health().unwrap().anonymous_bytes;
    let mut client = home.client();
    for n in 0..3_000 {
        let request = SaveRequest { text: format!("number {n}"), ..SaveRequest::default() };
        let _: SaveReply = client.call(&Request::post("/v1/memories", &request), Deadline::within(HANG)).unwrap();
    }
    let mut awake = follow(&home, "all=true", None);
    let id = save(&home, "the last", None);
    awake.hears(&id);
    if let (Some(before), Some(after)) = (before, home.health().unwrap().anonymous_bytes) {
        assert!(after < before + (64 << 20), "{before} became {after}");
    }
    // When it reads at last it is told everything, or that it was too slow.
    let mut sleeper = sleeper;
    sleeper.stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let started = Instant::now();
    while !sleeper.text.contains(&id) && !sleeper.text.contains("event: dropped") {
        assert!(started.elapsed() < HANG, "neither");
        let mut buffer = [0u8; 65_536];
        match sleeper.stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => sleeper.text.push_str(&String::from_utf8_lossy(&buffer[..n])),
            Err(_) => {}
        }
    }
}

#[test]
fn a_standby_says_who_has_the_events() {
    let home = Home::new();
    home.up();
    let mut standby = home.command(&["daemon", "run"]).spawn().unwrap();
    let socket = home.data().join("run/quipu.standby");
    until("it stands by", || socket.exists().then_some(()));
    let mut stream = UnixStream::connect(&socket).unwrap();
    stream.set_read_timeout(Some(HANG)).unwrap();
    stream.write_all(b"GET /v1/events?all=true HTTP/1.1\r\nhost: q\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("not_owner"), "{answer}");
    assert!(answer.contains("owner.lock") && answer.to_ascii_lowercase().contains("retry-after"), "{answer}");
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(i32::try_from(standby.id()).unwrap()).unwrap(),
        rustix::process::Signal::TERM,
    )
    .unwrap();
    standby.wait().unwrap();
}

#[test]
fn metrics_are_counted_and_well_formed() {
    let home = Home::new();
    home.json(&["http", "on"]);
    let tcp = Tcp::of(&home);
    save(&home, "counted", None);
    assert_eq!(tcp.post("/v1/search", &json!({ "query": "counted", "scope": { "all": true } })).status, 200);
    assert_eq!(tcp.asks(&Asked::get("/metrics").header("authorization", "")).status, 401);
    let page = tcp.get("/metrics");
    assert!(page.status == 200 && page.header("content-type").unwrap().starts_with("text/plain; version=0.0.4"));
    for line in [
        "quipu_requests_total{operation=\"save\",status=\"200\"} 1",
        "quipu_request_duration_seconds_count{operation=\"search\"} 1",
        "quipu_refused_total{code=\"no_token\"} 1",
        "quipu_mode{mode=\"owner\"} 1",
        "quipu_memories{kind=\"insight\"} 1",
        "quipu_degraded 0",
    ] {
        assert!(page.body.lines().any(|have| have == line), "{line}\n{}", page.body);
    }
    let mut known = std::collections::HashSet::new();
    for line in page.body.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(known.insert(name.to_owned()) && (name.ends_with("_total") == (kind == "counter")), "{line}");
        } else if !line.starts_with('#') {
            let name = line.split(['{', ' ']).next().unwrap();
            let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
            assert!(known.contains(family) || known.contains(name), "{line} comes without its type");
            assert!(line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(), "{line}");
        }
    }
}
