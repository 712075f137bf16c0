//! HTTP over loopback as it is met: off until wanted, followed without a restart, where it listens and what it leaves.
//! It must not know operations; who is let in is asked in `http_guard`.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use quipu_protocol::http::{HttpCard, read_card};
use rustix::process::Signal;
use serde_json::Value;

use crate::http_raw::{Asked, Tcp};
use crate::support::{Home, tool, until};

#[test]
fn it_is_off_until_somebody_wants_it_and_follows_without_a_restart() {
    let home = Home::new();
    let pid = home.up().pid;
    let card = home.data().join("http.json");
    assert!(!card.exists() && home.health().unwrap().http.is_none() && listening(pid).is_empty());
    assert!(home.quipu(&["http"]).ok().starts_with("off"));

    let on = home.json(&["http", "on"]);
    let told = read_card(&card).unwrap();
    assert_eq!((on["url"].as_str(), told.pid), (Some(told.url.as_str()), pid));
    for file in [&card, &home.data().join("http-token")] {
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o7777, 0o600);
    }
    // On loopback and nowhere else.
    let ports = listening(pid);
    assert!(!ports.is_empty() && ports.iter().all(|(address, port)| is_loopback(address) && *port == told.port));
    assert_eq!(Tcp::of(&home).get("/v1/health").status, 200);
    assert!(home.quipu(&["status"]).ok().contains(&told.url));
    let doctor = home.json(&["doctor"]);
    assert!(doctor.as_array().unwrap().iter().any(|f| f["check"] == "http" && f["verdict"] == "good"), "{doctor}");

    home.quipu(&["http", "off"]).ok();
    assert!(!card.exists() && listening(pid).is_empty());
    assert_eq!(home.owner().pid, pid, "it is the same daemon");
}

#[test]
fn a_token_outlives_the_daemon_and_its_rotation_shuts_the_old_one_out() {
    let home = Home::new();
    home.json(&["http", "on"]);
    home.up();
    let first = home.quipu(&["http", "token"]).ok();
    until("it listens", || read_card(&home.data().join("http.json")));
    home.quipu(&["down"]).ok();
    assert!(!home.data().join("http.json").exists(), "the card goes with the daemon");
    home.up();
    let card = until("it listens again", || read_card(&home.data().join("http.json")));
    assert_eq!(first.trim(), card.token);
    let second = home.quipu(&["http", "rotate"]).ok();
    assert_ne!(first, second);
    let with = |token: &str| Tcp::of(&home).asks(&Asked::get("/v1/health").token(token.trim())).status;
    assert_eq!((with(&first), with(&second)), (401, 200));
    // Neither is ever written down where it does not belong.
    for token in [first.trim(), second.trim()] {
        assert!(!home.log().contains(token) && !home.quipu(&["http", "--json"]).ok().contains(token));
    }
}

#[test]
fn a_killed_daemons_card_is_not_left_to_mislead() {
    let home = Home::new();
    home.json(&["http", "on"]);
    home.up();
    let card = home.data().join("http.json");
    let old: HttpCard = until("it listens", || read_card(&card));
    home.signal(Signal::KILL);
    until("it is gone", || home.daemons().is_empty().then_some(()));
    home.quipu(&["config", "set", "http.enabled", "false"]).ok();
    assert_ne!(home.up().pid, old.pid);
    until("the next owner removes it", || (!card.exists()).then_some(()));
}

#[test]
fn a_port_that_is_taken_is_told_and_had_when_it_is_free() {
    let home = Home::new();
    home.up();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    home.quipu(&["config", "set", "http.port", &port.to_string()]).ok();
    let on = home.json(&["http", "on"]);
    assert!(on["url"].is_null() && on["problem"].as_str().unwrap().contains(&port.to_string()), "{on}");
    let health = home.health().unwrap();
    assert!(health.state == "degraded" && health.reasons.iter().any(|r| r.contains("http.port")), "{health:?}");
    drop(taken);
    until("it is tried again", || home.health().unwrap().http.and_then(|http| http.url));
    assert!(home.health().unwrap().reasons.is_empty());
}

#[test]
fn a_standby_does_not_listen_and_does_so_once_it_owns() {
    let home = Home::new();
    home.json(&["http", "on"]);
    let owner = home.up().pid;
    let card = home.data().join("http.json");
    until("the owner listens", || read_card(&card).filter(|card| card.pid == owner));
    let mut standby = home.command(&["daemon", "run"]).spawn().unwrap();
    until("it stands by", || home.data().join("run/quipu.standby").exists().then_some(()));
    assert!(listening(standby.id()).is_empty());
    home.signal(Signal::KILL);
    let promoted = until("the standby listens", || read_card(&card).filter(|card| card.pid == standby.id()));
    assert!(promoted.epoch > 1);
    assert_eq!(Tcp::of(&home).get("/v1/health").status, 200);
    home.quipu(&["down"]).ok();
    assert!(standby.wait().unwrap().success() && !card.exists());
}

#[test]
fn another_user_reads_neither_card_nor_token() {
    let (Some(cat), true) = (tool("cat"), rustix::process::getuid().is_root()) else {
        println!("skipped: only root can be another user for a moment");
        return;
    };
    let home = Home::new();
    home.json(&["http", "on"]);
    home.up();
    until("it listens", || read_card(&home.data().join("http.json")));
    // Even where the directory would let him in.
    for dir in [home.root(), home.data()] {
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    for file in ["http.json", "http-token"] {
        let mut command = Command::new(&cat);
        let theirs = command.arg(home.data().join(file)).uid(65_534).gid(65_534).current_dir("/").output().unwrap();
        assert!(!theirs.status.success() && theirs.stdout.is_empty(), "{file}");
    }
}

#[test]
fn a_request_is_named_in_its_reply_and_in_the_log() {
    let home = Home::new();
    home.json(&["http", "on"]);
    let tcp = Tcp::of(&home);
    let reply = tcp.asks(&Asked::get("/v1/health").header("x-request-id", "trace-77"));
    assert_eq!(reply.header("x-request-id"), Some("trace-77"));
    let made =
        tcp.asks(&Asked::get("/v1/health").header("x-request-id", "not one")).header("x-request-id").map(str::to_owned);
    assert!(made.as_ref().is_some_and(|name| name.len() == 36), "{made:?}");
    assert_ne!(made.as_deref(), tcp.get("/v1/health").header("x-request-id"));
    // The settings' file is looked at in a request, and that is a line of the log.
    home.quipu(&["config", "set", "search.limit", "7"]).ok();
    until("a line of the request", || {
        tcp.asks(&Asked::get("/v1/config").header("x-request-id", "trace-78"));
        let seen = home.log().contains("id=trace-78") || home.log().contains("settings read again");
        seen.then_some(())
    });
}

/// What a process listens at, by `/proc`: addresses in hexadecimal, and ports.
fn listening(pid: u32) -> Vec<(String, u16)> {
    let fds = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let own: Vec<String> = fds
        .filter_map(|fd| std::fs::read_link(fd.path()).ok()?.to_str().map(str::to_owned))
        .filter_map(|link| Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let mut found = Vec::new();
    for table in ["tcp", "tcp6"] {
        let text = std::fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            // 0A is LISTEN; the tenth field is the inode.
            if let ([_, local, _, "0A", ..], Some(inode)) = (fields.as_slice(), fields.get(9))
                && own.iter().any(|own| own == inode)
                && let Some((address, port)) = local.split_once(':')
            {
                found.push((address.to_owned(), u16::from_str_radix(port, 16).unwrap()));
            }
        }
    }
    found
}

fn is_loopback(address: &str) -> bool {
    matches!(address, "0100007F" | "00000000000000000000000001000000")
}

/// A reply's body as JSON is never empty where it is a fault.
#[test]
fn what_the_http_layer_refuses_is_a_fault_in_json() {
    let home = Home::new();
    home.json(&["http", "on"]);
    let tcp = Tcp::of(&home);
    for (what, asked, status, code) in [
        ("no path", Asked::get("/v1/nothing"), 404, "no_such_operation"),
        ("root", Asked::get("/"), 404, "no_such_operation"),
        ("method", Asked::new("DELETE", "/v1/search"), 405, "method_not_allowed"),
        ("type", Asked::post("/v1/search", "{}").header("content-type", "text/plain"), 415, "not_json"),
        ("body", Asked::post("/v1/search", "{"), 400, "bad_request"),
        ("long path", Asked::get(&format!("/v1/{}", "x".repeat(3_000))), 414, "path_too_long"),
    ] {
        let reply = tcp.asks(&asked);
        let fault: Value = reply.json();
        assert_eq!((reply.status, fault["code"].as_str()), (status, Some(code)), "{what}");
        assert!(fault["hint"].is_string() || code == "bad_request", "{what} has no cure: {fault}");
        assert_eq!(reply.header("allow"), (status == 405).then_some("POST"), "{what}");
    }
}
