//! What is forgotten leaves no byte in any file of the data directory: with the daemon running, after it, and after a death
//! at every step in between.
//! It must not know how it is done.
//! Invariant: what is looked for afterwards was found before.

use std::collections::BTreeSet;

use quipu_core::fault_point::FaultPoint::{self, *};
use quipu_protocol::env::QUIPU_FAULT_POINT;
use serde_json::json;

use crate::forget_world::{OF_HOOKS, OF_NOTE, OF_SESSION, Planted};
use crate::support::until;

/// Every place at which a forgetting can be broken off; the last two of a commit are before any of its own.
pub(crate) const FORGET: &[FaultPoint] = &[ForgetRows, ForgetIndex, ForgetFile, ForgetLog];

/// The index's segments, by name.
pub(crate) fn segments(planted: &Planted) -> BTreeSet<String> {
    let entries = std::fs::read_dir(planted.home.data().join("index")).unwrap().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.len() > 32).map(|name| name[..32].to_owned()).collect()
}

#[test]
fn no_byte_of_it_is_left_while_the_daemon_runs_nor_after_it() {
    let planted = Planted::new();
    let all = [&OF_NOTE[..], &OF_SESSION, &OF_HOOKS].concat();
    // Terms lie in the index as a tree, so not every word can be seen in it; they are in the database.
    planted.is_planted(&all);
    let before = segments(&planted);
    let note = planted.forget(&[&planted.note]);
    assert_eq!(
        (&note["memories"], &note["revisions"], &note["pending"]),
        (&json!(1), &json!(2), &json!(null)),
        "{note}"
    );
    planted.is_gone("the note, at once", &OF_NOTE);
    assert_ne!(segments(&planted), before, "the segment that held it is another one");
    let session = planted.forget(&["--session", &planted.session]);
    assert_eq!((&session["sessions"], &session["transcripts"]), (&json!(2), &json!(2)), "{session}");
    assert!(session["spool"].as_u64().unwrap() >= 3, "{session}");
    planted.is_gone("the session, at once", &OF_SESSION);
    planted.forget(&["--session", &planted.hooked]);
    planted.is_gone("all of it, at once", &all);
    planted.is_whole();
    assert_eq!(
        std::fs::read_dir(planted.home.spool().join("quarantine")).unwrap().count(),
        1,
        "another session's stays"
    );
    planted.home.quipu(&["down"]).ok();
    planted.is_gone("after the daemon", &all);
    planted.home.up();
    planted.is_whole();
    planted.is_gone("after the next one began", &all);
}

/// The daemon dies at each step; the client asks the next one under the same id, and that one goes on.
#[test]
fn a_death_in_the_middle_is_gone_on_with() {
    for &point in FORGET {
        let planted = Planted::new();
        let code = planted.code(&["--session", &planted.session]);
        planted.home.quipu(&["down"]).ok();
        let mut daemon = planted.home.command(&["daemon", "run"]);
        daemon.env(QUIPU_FAULT_POINT, point.name());
        daemon
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        let mut daemon = daemon.spawn().unwrap();
        until("it listens", || planted.home.health().ok());
        let done = planted.home.json(&["forget", "--session", &planted.session, "--confirm", &code]);
        assert_eq!(done["outcome"], "forgotten", "{point:?}: {done}");
        until(&format!("it dies at {point:?}"), || daemon.try_wait().unwrap());
        planted.is_whole();
        planted.is_gone(&format!("after a death at {point:?}"), &OF_SESSION);
        planted.is_planted(&OF_NOTE);
    }
}

#[test]
fn nothing_goes_without_the_code_nor_with_one_for_something_else() {
    let planted = Planted::new();
    let code = planted.code(&[&planted.note]);
    let other = planted.home.quipu(&["forget", "--session", &planted.session, "--confirm", &code, "--json"]).json();
    assert_eq!(other["outcome"], "needs_confirmation", "{other}");
    assert!(other["reason"].as_str().unwrap().contains("code"), "{other}");
    // What it covers is another state now.
    planted.home.json(&["update", &planted.note, "--append", "More was said since."]);
    let stale = planted.home.quipu(&["forget", &planted.note, "--confirm", &code]);
    assert!(stale.code == 65 && stale.stdout.contains("--confirm"), "{stale:#?}");
    planted.is_planted(&OF_NOTE);
    planted.is_planted(&OF_SESSION);
    for (args, code, words) in [
        (&["forget"][..], 64, "nothing was named"),
        (&["forget", "0193e0a4-7c1e-7000-8000-000000000000"], 66, "no memory has the id"),
        (&["forget", "x"], 64, "id"),
        (&["forget", &planted.note, "--session", "s"], 64, "no ids"),
        (&["forget", "--project", "nosuch"], 66, "nosuch"),
    ] {
        let error = planted.home.quipu(args).fails(code);
        assert!(error.contains(words), "{args:?}: {error}");
    }
    assert!(planted.home.quipu(&["forget", "--session", "nosuch"]).ok().contains("nothing fits"));
}

#[test]
fn what_is_named_by_what_it_is_goes_and_the_rest_stays() {
    let planted = Planted::new();
    let before = planted.home.export().len();
    let matched = planted.forget(&["--match", "qzsavedone"]);
    assert_eq!(matched["memories"], 1, "an earlier revision said it: {matched}");
    assert_eq!(planted.home.export().len(), before - 1);
    planted.is_gone("what it matched", &OF_NOTE);
    let none = planted.home.json(&["forget", "--project", ".", "--before", "2001-01-01"]);
    assert_eq!(none["outcome"], "nothing");
    let path = planted.transcript.to_str().unwrap();
    let source = planted.forget(&["--source", path]);
    assert!(source["memories"].as_u64().unwrap() >= 4, "{source}");
    let texts: Vec<String> = planted.home.export().into_iter().map(|memory| memory.text).collect();
    assert!(texts.iter().any(|text| text.contains("qzsubagent")), "the subagent's is another transcript: {texts:?}");
    assert!(texts.iter().all(|text| !text.contains("qzprompted")), "{texts:?}");
    let project = planted.home.root().join("qzdirectory");
    planted.forget(&["--project", project.to_str().unwrap()]);
    planted.is_gone("the project", &["qzsubagent", "qzanswered", "qzprompted", "qzdirectory"]);
    planted.is_whole();
    let list = planted.home.json(&["forget", "--list"]);
    assert_eq!(list["forgettings"].as_array().unwrap().len(), 3, "{list}");
    assert!(list["forgettings"][0]["done"].is_i64() && !list.to_string().contains("qz"), "{list}");
}
