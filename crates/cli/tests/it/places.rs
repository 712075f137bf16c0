//! Where things live: homes that are set, wrong, missing, long, closed or full.
//! It must not know what is stored there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::{Home, Output, run, until};

/// Every path below `dir`, but for what is in `skip`.
fn tree(dir: &Path, skip: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap).filter(|entry| entry.path() != skip) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(tree(&entry.path(), skip));
        }
        found.insert(entry.path());
    }
    found
}

#[test]
fn nothing_is_written_outside_the_home() {
    let home = Home::new();
    let transcripts = home.transcripts().join("-srv-samples-tidepool");
    std::fs::create_dir_all(&transcripts).unwrap();
    std::fs::write(transcripts.join("s.jsonl"), "{\"type\":\"user\"}\n").unwrap();
    let before = tree(home.root(), home.data());
    home.json(&["save", "a", "word"]);
    home.json(&["index"]);
    home.json(&["search", "word"]);
    home.hook(&json!({ "hook_event_name": "SessionStart", "session_id": "s", "cwd": home.work() }));
    home.quipu(&["doctor"]);
    home.quipu(&["stats"]).ok();
    home.quipu(&["down"]).ok();
    assert_eq!(tree(home.root(), home.data()), before);
}

#[test]
fn homes_that_cannot_be_are_named_with_their_cure() {
    let home = Home::new();
    let check = |quipu_home: Option<&str>, told: &str| {
        for args in [&["search", "x"][..], &["up"], &["status"], &["down"], &["daemon", "run"], &["logs"]] {
            let mut command = home.command(args);
            command.env_remove("QUIPU_HOME").env_remove("HOME").envs(quipu_home.map(|value| ("QUIPU_HOME", value)));
            let error = run(command, b"").fails(64);
            assert!(error.contains(told) && error.contains("QUIPU_HOME"), "{args:?}: {error}");
        }
        let mut hook = home.command(&["hook", "claude-code"]);
        hook.env_remove("QUIPU_HOME").env_remove("HOME").envs(quipu_home.map(|value| ("QUIPU_HOME", value)));
        let output = run(hook, br#"{"hook_event_name":"SessionStart","session_id":"s"}"#);
        assert!(serde_json::from_str::<serde_json::Value>(&output.ok()).unwrap().is_object());
    };
    check(None, "HOME is set");
    check(Some(""), "HOME is set");
    check(Some("some/where"), "absolute");
    check(Some("./here"), "absolute");
}

#[test]
fn a_long_home_gets_a_short_socket() {
    let home = Home::new();
    let long = home.root().join("l".repeat(120)).join("q");
    let home = home.at(long);
    assert_eq!(home.json(&["save", "far", "down"])["outcome"], "stored");
    let owner = home.owner();
    assert!(owner.socket.as_os_str().len() < 100 && !owner.socket.starts_with(home.data()), "{owner:?}");
    assert_eq!(home.json(&["search", "far"])["hits"].as_array().unwrap().len(), 1);
    // Another home beside it has another socket.
    let other = Home::new();
    let beside = other.root().join("l".repeat(121)).join("q");
    let other = other.at(beside);
    assert_ne!(other.up().socket, owner.socket);
    home.quipu(&["down"]).ok();
    assert!(!owner.socket.exists());
    assert_eq!(other.health().unwrap().pid, other.owner().pid);
}

/// Names with everything in them that a path may hold.
#[test]
fn odd_names_are_names() {
    let home = Home::new();
    let odd = home.root().join("a b'\"\u{e9}\u{6c34}$(x)\n#;%");
    let home = home.at(odd);
    assert_eq!(home.json(&["save", "odd"])["outcome"], "stored");
    home.quipu(&["down"]).ok();
    assert_eq!(home.json(&["search", "odd"])["hits"].as_array().unwrap().len(), 1);
}

/// One directory by several names is one home.
#[test]
fn a_home_by_another_name_is_the_same_home() {
    let home = Home::new();
    let pid = home.up().pid;
    let link = home.root().join("link");
    std::os::unix::fs::symlink(home.data(), &link).unwrap();
    for name in [link, home.data().join("../q"), home.data().join("")] {
        let mut command = home.command(&["up", "--json"]);
        command.env("QUIPU_HOME", &name);
        assert_eq!(run(command, b"").json()["pid"], pid, "{}", name.display());
    }
}

/// A home of the platform's own layout, whose daemon ends with it.
struct Platform(Home, PathBuf);

impl Platform {
    fn run(&self, args: &[&str]) -> Output {
        let mut command = self.0.command(args);
        command.env_remove("QUIPU_HOME").env("XDG_RUNTIME_DIR", &self.1);
        run(command, b"")
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        drop(self.run(&["down"]));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn two_users_homes_share_a_runtime_directory_and_no_daemon() {
    let runtime = tempfile::Builder::new().prefix("r").tempdir().unwrap();
    let [one, two] = [(); 2].map(|()| Platform(Home::new(), runtime.path().to_owned()));
    for (home, text) in [(&one, "of the first"), (&two, "of the second"), (&one, "of the first again")] {
        home.run(&["save", text]).ok();
    }
    for (home, count) in [(&one, 2), (&two, 1)] {
        let found = home.run(&["search", "first", "second", "--all", "--json"]).json();
        assert_eq!(found["hits"].as_array().unwrap().len(), count, "{found:#}");
        assert!(home.0.root().join("h/.local/share/quipu/quipu.db").exists() && !home.0.data().exists());
    }
}

/// What every command says, and what a hook does, where the data directory cannot be used.
pub(crate) fn unusable(home: &Home) {
    for args in [&["save", "x"][..], &["search", "x"], &["up"], &["daemon", "run"]] {
        let error = home.quipu(args).fails(69);
        assert!(error.contains("QUIPU_HOME") && error.contains("hint"), "{args:?} names no cure: {error}");
        let json = home.quipu(&[args, &["--json"]].concat()).json();
        assert!(json["hint"].is_string() && json["code"].is_string(), "{json}");
    }
    let event = json!({ "hook_event_name": "SessionStart", "session_id": "s", "cwd": "/srv" });
    let (output, code, _) = home.hook(&event);
    assert!(code == 0 && output.contains("not reachable"), "{output}");
    let (output, code, _) = home.hook(&json!({ "hook_event_name": "Stop", "session_id": "s" }));
    assert_eq!((output.trim(), code), ("{}", 0));
    assert_eq!(home.json(&["status"])["mode"], "absent");
    assert_eq!(home.quipu(&["doctor"]).code, 1);
    assert!(home.daemons().is_empty());
}

#[test]
fn a_home_below_a_file_is_refused_with_a_cure() {
    let home = Home::new();
    let file = home.root().join("file");
    std::fs::write(&file, "not a directory").unwrap();
    unusable(&home.at(file.join("q")));
}

#[test]
fn a_home_that_is_a_file_is_refused_with_a_cure() {
    let home = Home::new();
    std::fs::write(home.data(), "not a directory").unwrap();
    unusable(&home);
}

/// A socket that cannot be made is the daemon's failure, and it says so.
#[test]
fn a_socket_place_that_is_taken_is_named() {
    let home = Home::new();
    std::fs::create_dir_all(home.data().join("run/quipu.sock/in-the-way")).unwrap();
    let error = home.quipu(&["up"]).fails(69);
    assert!(error.contains("quipu.sock") && error.contains("hint"), "{error}");
    std::fs::remove_dir_all(home.data().join("run/quipu.sock")).unwrap();
    until("then it works", || (home.quipu(&["up"]).code == 0).then_some(()));
}
