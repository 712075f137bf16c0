//! `quipu backup` and `quipu restore`: under load, killed in the middle, refused, there and back.
//! It must not know how a copy is made.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use quipu_protocol::deadline::Deadline;
use quipu_protocol::new_event_id;
use rustix::process::Signal;
use serde_json::Value;

use crate::support::{HANG, Home, save, until};

/// Saves so many memories of about this size.
fn fill(home: &Home, count: usize, words: usize) {
    let mut client = home.client();
    for n in 0..count {
        let text = format!("memory number{n} {}", "of some length ".repeat(words));
        save(&mut client, &text, new_event_id(), Deadline::within(HANG)).unwrap();
    }
}

fn copies(home: &Home) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(home.data().join("backups")).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|x| x == "db")).collect()
}

/// Every copy with a final name, each of which must be whole.
#[track_caller]
fn verified(home: &Home) -> Vec<Value> {
    let output = home.quipu(&["backup", "--list", "--json"]);
    assert_eq!(output.code, 0, "{output:#?}");
    output.json()["backups"].as_array().unwrap().clone()
}

fn word(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_backup_is_verified_named_and_never_overwrites() {
    let home = Home::new();
    home.up();
    fill(&home, 20, 20);
    let first = home.json(&["backup"]);
    assert_eq!((&first["memories"], &first["schema"].is_i64()), (&20.into(), &true), "{first}");
    let path = PathBuf::from(first["path"].as_str().unwrap());
    assert!(path.starts_with(home.data().join("backups")) && path.exists(), "{first}");
    for _ in 0..5 {
        home.json(&["backup"]);
    }
    assert_eq!(copies(&home).len(), 5, "the newest five are kept");
    assert!(!path.exists());
    assert_eq!(verified(&home).len(), 5);
    // A name of one's own: relative to where the person stands, not the daemon.
    home.json(&["backup", "mine.db"]);
    let mine = home.work().join("mine.db");
    let error = home.quipu(&["backup", "mine.db"]).fails(65);
    assert!(error.contains("there already") && error.contains("hint"), "{error}");
    let error = home.quipu(&["backup", "no/such/folder/x.db"]).fails(64);
    assert!(error.contains("not a directory") && error.contains("hint"), "{error}");
    assert_eq!(std::fs::read_dir(home.work()).unwrap().count(), 1, "nothing half-made: {}", mine.display());
}

#[test]
fn a_backup_under_load_holds_what_was_acknowledged_before_it() {
    let home = Home::new();
    home.up();
    fill(&home, 50, 50);
    let over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (home, over) = (&home, &over);
        let writer = scope.spawn(move || {
            let (mut client, mut n) = (home.client(), 0u64);
            while !over.load(std::sync::atomic::Ordering::Relaxed) {
                let text = format!("said meanwhile {n}");
                save(&mut client, &text, new_event_id(), Deadline::within(HANG)).unwrap();
                n += 1;
            }
            n
        });
        let mut before = 50;
        for _ in 0..3 {
            let copy = home.json(&["backup"]);
            let memories = copy["memories"].as_u64().unwrap();
            assert!(memories >= before, "{copy}");
            before = home.export().len() as u64;
        }
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(writer.join().unwrap() > 0);
    });
    assert_eq!(verified(&home).len(), 3);
}

/// The daemon is killed while it writes the copy: no half file has the final name, and the next backup clears up.
#[test]
fn a_killed_backup_leaves_no_half_file_under_the_final_name() {
    let home = Home::new();
    home.up();
    fill(&home, 1_500, 300);
    let folder = home.data().join("backups");
    let unfinished = || {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        entries.filter(|path| path.extension().is_some_and(|x| x != "db")).count()
    };
    let mut caught = 0;
    for _ in 0..5 {
        let before = copies(&home).len();
        let mut command = home.command(&["backup"]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let started = Instant::now();
        while unfinished() == 0 && copies(&home).len() == before && started.elapsed() < HANG {
            std::thread::sleep(Duration::from_millis(1));
        }
        // Stopped first: what is seen now is what the kill leaves.
        home.signal(Signal::STOP);
        let is_caught = unfinished() > 0;
        home.signal(Signal::KILL);
        // The client asks the next daemon for it, or gives up.
        let _ = child.wait();
        if is_caught {
            caught += 1;
        }
        for copy in verified(&home) {
            assert_eq!(copy["copy"]["memories"], 1_500, "{copy}");
        }
        home.quipu(&["up"]).ok();
    }
    assert!(caught > 0, "no backup was caught in the middle");
    home.json(&["backup"]);
    assert_eq!(unfinished(), 0, "what was broken off is cleared up");
}

#[test]
fn a_restore_is_refused_while_an_owner_lives_and_goes_there_and_back() {
    let home = Home::new();
    home.up();
    home.json(&["save", "before the backup"]);
    home.json(&["backup", "mine.db"]);
    home.json(&["save", "after the backup"]);
    let owner = home.owner();
    let error = home.quipu(&["restore", "mine.db"]).fails(65);
    assert!(error.contains("--stop") && error.contains(&owner.pid.to_string()), "{error}");
    assert_eq!((home.export().len(), home.owner()), (2, owner.clone()));

    let done = home.json(&["restore", "mine.db", "--stop"]);
    assert_eq!((&done["stopped"], &done["restored"]["memories"]), (&true.into(), &1.into()), "{done}");
    let aside = PathBuf::from(done["aside"].as_str().unwrap());
    assert!(aside.exists(), "{done}");
    home.up();
    assert!(home.owner().epoch > owner.epoch, "beyond both pasts");
    assert_eq!(home.export().len(), 1);
    let found = until("the index is made anew", || {
        Some(home.json(&["search", "backup"])).filter(|found| found["fallback"].is_null())
    });
    assert_eq!(found["hits"].as_array().unwrap().len(), 1, "{found}");
    home.json(&["save", "in the restored one"]);

    home.quipu(&["down"]).ok();
    let told = home.quipu(&["restore", word(&aside)]).ok();
    assert!(told.contains("restored") && told.contains("before-restore") && told.contains("goes back"), "{told}");
    home.up();
    let texts: Vec<String> = home.export().into_iter().map(|memory| memory.text).collect();
    assert_eq!(texts, ["before the backup", "after the backup"]);
}

#[test]
fn what_is_no_backup_is_refused_before_anybody_is_stopped() {
    let home = Home::new();
    home.json(&["save", "kept"]);
    let pid = home.owner().pid;
    home.json(&["backup", "mine.db"]);
    let whole = std::fs::read(home.work().join("mine.db")).unwrap();
    for (name, bytes, told) in [
        ("letter.db", &b"no database but a letter to a friend"[..], "no SQLite database"),
        ("empty.db", b"", "no database of quipu"),
        ("half.db", &whole[..whole.len() / 2], "damaged"),
    ] {
        std::fs::write(home.work().join(name), bytes).unwrap();
        let error = home.quipu(&["restore", name, "--stop"]).fails(64);
        assert!(error.contains(told) && error.contains("backup --list"), "{name}: {error}");
    }
    // A later version's.
    let mut later = whole;
    later[60..64].copy_from_slice(&99u32.to_be_bytes());
    std::fs::write(home.work().join("later.db"), later).unwrap();
    let error = home.quipu(&["restore", "later.db", "--stop"]).fails(69);
    assert!(error.contains("schema 99") && error.contains("newer quipu"), "{error}");
    let error = home.quipu(&["restore", "nowhere.db", "--stop"]).fails(69);
    assert!(error.contains("nowhere.db") && error.contains("hint"), "{error}");
    assert_eq!((home.owner().pid, home.export().len()), (pid, 1));
}
