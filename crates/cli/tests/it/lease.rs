//! Leases from the command line: who gets what, what others are told, and that a stale token is refused whatever happened.
//! It must not know the machine of leases (`core::lease`).

use std::process::{Child, Stdio};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::{Home, Output, finish, run, until};

/// Runs as an agent's session.
fn agent(home: &Home, session: &str, args: &[&str]) -> Output {
    let mut command = home.command(args);
    command.env("CLAUDE_CODE_SESSION_ID", session);
    run(command, b"")
}

#[track_caller]
fn code(output: Output) -> String {
    output.json()["code"].as_str().unwrap_or_default().to_owned()
}

fn leases(home: &Home) -> Vec<Value> {
    home.json(&["lease", "list"])["leases"].as_array().unwrap().clone()
}

/// `quipu lease run NAME … -- sh -c SCRIPT`, under way.
fn running(home: &Home, name: &str, script: &str) -> Child {
    let mut command = home.command(&["lease", "run", name, "--", "sh", "-c", script]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The pid of what runs under the lease, once it runs: a lease is there before its holder knows.
fn command_of(run: &Child) -> i32 {
    until("its command runs", || {
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", run.id())).ok()?;
        children.split_whitespace().next()?.parse().ok()
    })
}

fn kill(child: &Child, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), signal).unwrap();
}

#[test]
fn a_session_holds_files_and_others_are_told_by_whom() {
    let home = Home::new();
    let take = ["lease", "acquire", "--path", "src/auth", "--reason", "rewriting the tokens", "--json"];
    let first = agent(&home, "aaaaaaaa-1111", &take).json();
    assert_eq!((&first["outcome"], &first["lease"]["token"]), (&json!("granted"), &json!(1)), "{first}");
    assert_eq!(agent(&home, "aaaaaaaa-1111", &take).json()["outcome"], "renewed", "it has it");
    let other = agent(&home, "bbbbbbbb-2222", &["lease", "acquire", "--path", "src/**/*.rs"]).fails(65);
    for told in ["claude-code/aaaaaaaa", "rewriting the tokens", "30 min left", "--wait"] {
        assert!(other.contains(told), "{told}: {other}");
    }
    agent(&home, "bbbbbbbb-2222", &["lease", "acquire", "--path", "docs"]).ok();
    // Its own only; a person may end whatever there is.
    let release = ["lease", "release", "--path", "src/auth", "--json"];
    assert_eq!(code(agent(&home, "bbbbbbbb-2222", &release)), "not_yours");
    assert_eq!(code(agent(&home, "bbbbbbbb-2222", &[&release[..], &["--force"]].concat())), "only_a_person");
    assert_eq!(code(home.quipu(&release)), "not_yours");
    assert_eq!(home.quipu(&[&release[..], &["--force"]].concat()).json()["count"], 1);
    assert_eq!(
        code(agent(&home, "aaaaaaaa-1111", &["lease", "renew", "--path", "src/auth", "--json"])),
        "no_such_lease"
    );
    assert_eq!(leases(&home).len(), 1);
}

#[test]
fn what_is_typed_wrong_names_its_cure() {
    let home = Home::new();
    for (args, expect) in [
        (&["acquire", "role:prime"][..], "bad_name"),
        (&["acquire", "paths"], "bad_name"),
        (&["acquire", "a b"], "bad_name"),
        (&["acquire", "--path", ""], "bad_path"),
        (&["acquire", "x", "--ttl", "1s"], "bad_ttl"),
        (&["acquire", "x", "--ttl", "soon"], "bad_duration"),
        (&["acquire", "x", "--permits", "0"], "bad_permits"),
        (&["acquire", "x", "--permits", "2", "--take", "3"], "too_many_permits"),
        (&["release", "x"], "no_such_lease"),
        (&["check", "x", "--token", "4"], "stale_token"),
        (&["check", "x"], "no_token_given"),
    ] {
        let output = home.quipu(&[&["lease"], args, &["--json"]].concat());
        let fault = output.json();
        assert_eq!(fault["code"], expect, "{args:?}: {fault}");
        assert!(fault["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{fault}");
    }
    home.quipu(&["lease", "run", "x", "--", "no-such-program"]).fails(66);
    assert_eq!(leases(&home).len(), 0, "what could not be run holds nothing");
}

#[test]
fn a_command_runs_under_its_lease_and_ends_as_it_ends() {
    let home = Home::new();
    let shown =
        home.quipu(&["lease", "run", "build", "--", "sh", "-c", "echo $QUIPU_LEASE $QUIPU_LEASE_TOKEN; exit 7"]);
    assert_eq!((shown.stdout.as_str(), shown.stderr.as_str(), shown.code), ("build 1\n", "", 7));
    assert!(leases(&home).is_empty(), "it is free at once");
    let killed = home.quipu(&["lease", "run", "build", "--", "sh", "-c", "kill -9 $$"]);
    assert_eq!(killed.code, 137);
    let held = running(&home, "build", "read line; exit 3");
    until("it is held", || leases(&home).first().map(|lease| lease["holder"]["pid"] == held.id()));
    assert_eq!(code(home.quipu(&["lease", "run", "build", "--wait", "0s", "--json", "--", "true"])), "lease_held");
    let late = home.quipu(&["lease", "run", "build", "--wait", "1s", "--json", "--", "true"]);
    assert_eq!(code(late), "lease_wait_over");
    until("who gave up waits no more", || (leases(&home).len() == 1).then_some(()));
    assert_eq!(finish(held, b"\n", Instant::now()).code, 3);
    // Told to end, it tells its command.
    let held = running(&home, "build", "exec sleep 600");
    command_of(&held);
    kill(&held, Signal::TERM);
    assert_eq!(finish(held, b"", Instant::now()).code, 128 + 15);
    assert!(leases(&home).is_empty());
}

#[test]
fn who_is_killed_lets_go_when_its_command_is_gone_too() {
    let home = Home::new();
    // Whoever brings up the daemon has it for a child.
    home.up();
    let held = running(&home, "gpu", "exec sleep 600");
    until("it is held", || (leases(&home).len() == 1).then_some(()));
    let waiting = running(&home, "gpu", "echo mine");
    until("another waits", || (leases(&home).len() == 2).then_some(()));
    let child = command_of(&held);
    kill(&held, Signal::KILL);
    // The command uses the thing still.
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    assert_eq!(leases(&home).iter().filter(|lease| lease["state"] == "held").count(), 1);
    kill_process(Pid::from_raw(child).unwrap(), Signal::KILL).unwrap();
    let next = finish(waiting, b"", Instant::now());
    assert_eq!((next.code, next.stdout.as_str()), (0, "mine\n"));
    assert!(next.stderr.contains("waiting: `gpu` is held by process"), "{}", next.stderr);
    drop(finish(held, b"", Instant::now()));
}

/// A daemon that is killed, one that ends, a machine that started anew: who holds keeps it, and nobody gets it beside him.
#[test]
fn a_lease_outlives_its_daemon_and_a_stale_token_none() {
    let home = Home::new();
    let held = running(&home, "db", "read line");
    let first = until("it is held", || leases(&home).first().map(|lease| lease["token"].as_u64().unwrap()));
    let token = |token: u64| home.quipu(&["lease", "check", "db", "--token", &token.to_string(), "--json"]);
    assert_eq!(token(first).json()["outcome"], "valid");
    agent(&home, "cccccccc-3333", &["lease", "acquire", "--path", "a", "--ttl", "5s"]).ok();
    for signal in [Signal::KILL, Signal::TERM] {
        let before = home.signal(signal);
        until("another daemon serves", || {
            // Nobody but the command that holds it brings one up.
            let other = home.health().ok()?.pid != u32::try_from(before.as_raw_nonzero().get()).unwrap();
            other.then_some(())
        });
        assert_eq!(token(first).json()["outcome"], "valid", "after {signal:?}");
        assert_eq!(code(home.quipu(&["lease", "acquire", "db", "--json"])), "lease_held");
        assert_eq!(leases(&home).len(), 2, "nothing expires before a grace");
    }
    // As if the machine had started anew: what the clock said then says nothing now.
    home.quipu(&["down"]).ok();
    let database = home.data().join("quipu.db");
    if let Some(sqlite) = crate::support::tool("sqlite3") {
        // not sql: what a test does to the file of a daemon that is down
        let boot = "update lease set boot = '000000000000000000000000000000ff', until_ms = 1";
        assert!(
            std::process::Command::new(sqlite)
                .args(["-cmd", ".timeout 5000"])
                .arg(&database)
                .arg(boot)
                .status()
                .unwrap()
                .success()
        );
    }
    assert_eq!(token(first).json()["outcome"], "valid", "after another start");
    finish(held, b"\n", Instant::now());
    assert_eq!(code(token(first)), "stale_token");
    let next = home.json(&["lease", "acquire", "db"]);
    assert!(next["lease"]["token"].as_u64().unwrap() > first, "{next}");
    assert_eq!(code(token(first)), "stale_token", "whoever holds it now");
    assert_eq!(token(first + 1).json()["outcome"], "valid");
}
