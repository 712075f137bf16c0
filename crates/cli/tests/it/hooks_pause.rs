//! Pauses: nothing is recalled, and what is said meanwhile is not kept, not even when its transcript is read later.
//! It must not know how a pause is stored.
//! Invariant: what was said before and after a pause is kept.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::session::{Session, context, memories, now, save_in};
use crate::support::{Home, run};

/// `quipu` in `cwd`, as JSON.
#[track_caller]
fn quipu_in(home: &Home, cwd: &Path, args: &[&str]) -> serde_json::Value {
    let mut command = home.command(&[args, &["--json"]].concat());
    command.current_dir(cwd);
    let output = run(command, b"");
    assert_eq!(output.code, 0, "{output:#?}");
    output.json()
}

/// Two projects; both know when the osprey token expires.
fn two(home: &Home) -> [std::path::PathBuf; 2] {
    ["a", "b"].map(|name| {
        let dir = home.root().join(name);
        std::fs::create_dir(&dir).unwrap();
        save_in(home, &dir, &format!("In {name} the osprey token expires after ninety minutes."));
        dir
    })
}

const QUESTION: &str = "when does the osprey token expire?";

fn is_answered(home: &Home, id: &str, cwd: &Path) -> bool {
    let session = Session::new(home, id, cwd);
    let prompt = session.ask(QUESTION);
    let start = context(&session.hook("SessionStart", &json!({ "source": "startup" })));
    assert_eq!(prompt.is_empty(), !start.contains("ninety minutes"), "both or neither: {prompt}\n{start}");
    !prompt.is_empty()
}

#[test]
fn a_paused_project_is_told_nothing_and_others_are() {
    let home = Home::new();
    let [a, b] = two(&home);
    assert!(is_answered(&home, "a1", &a) && is_answered(&home, "b1", &b));
    let paused = quipu_in(&home, &a, &["pause"]);
    assert_eq!(paused["project"], json!(std::fs::canonicalize(&a).unwrap()));
    assert!(!is_answered(&home, "a2", &a) && is_answered(&home, "b2", &b));
    assert_eq!(home.json(&["status"])["pauses"].as_array().map(Vec::len), Some(1));
    assert!(home.quipu(&["status"]).ok().contains("quipu resume"), "status says how to end it");
    // Ended in another project, it holds.
    assert_eq!(quipu_in(&home, &b, &["resume"]), json!({ "count": 0 }));
    assert!(!is_answered(&home, "a3", &a));
    assert_eq!(quipu_in(&home, &a, &["resume"]), json!({ "count": 1 }));
    assert!(is_answered(&home, "a4", &a));
    // Every project, ended by either form.
    quipu_in(&home, &a, &["pause", "--all"]);
    assert!(!is_answered(&home, "a5", &a) && !is_answered(&home, "b5", &b));
    assert_eq!(quipu_in(&home, &b, &["resume", "--all"]), json!({ "count": 1 }));
    assert!(is_answered(&home, "a6", &a) && is_answered(&home, "b6", &b));
}

#[test]
fn what_is_said_during_a_pause_is_not_kept_even_when_read_afterwards() {
    let home = Home::new();
    home.up();
    let session = Session::new(&home, "talk", &home.work());
    let turn = |n: u32| {
        // As a host does it: hooks and transcript, in the time in which it happens.
        std::thread::sleep(Duration::from_millis(30));
        session.clock.store(now(), std::sync::atomic::Ordering::Relaxed);
        let (prompt, answer) = (format!("question {n} about terns"), format!("answer {n} about terns"));
        session.ask(&prompt);
        session.write(&[session.prompt(&prompt), session.answer(&answer)]);
        session.stop(&answer);
        std::thread::sleep(Duration::from_millis(30));
    };
    turn(1);
    home.json(&["pause"]);
    turn(2);
    let compact = json!({ "compact_summary": "summary about terns", "prompt_id": "c" });
    session.hook("PostCompact", &compact);
    home.json(&["resume"]);
    turn(3);
    let progress = session.index()["progress"].clone();
    session.hook("SessionEnd", &json!({ "reason": "other" }));
    session.index();
    let expect = |kind: &str, n: u32| {
        (kind.to_owned(), format!("{} {n} about terns", if kind == "prompt" { "question" } else { kind }))
    };
    assert_eq!(
        memories(&home),
        [expect("answer", 1), expect("answer", 3), expect("prompt", 1), expect("prompt", 3)],
        "{progress}"
    );
    assert!(home.json(&["status"])["ingest"]["paused"].as_u64() >= Some(2));
    // Read by another daemon, from the start: the same.
    home.quipu(&["down"]).ok();
    let copy = session.file.with_file_name("copy.jsonl");
    std::fs::copy(&session.file, &copy).unwrap();
    let answer = home.quipu(&["index", copy.to_str().unwrap()]).ok();
    assert!(answer.contains("said during a pause"), "{answer}");
    assert_eq!(memories(&home).len(), 4);
}

#[test]
fn a_pause_may_end_by_itself() {
    let home = Home::new();
    home.up();
    save_in(&home, &home.work(), "The osprey token expires after ninety minutes.");
    let work = home.work();
    let paused = quipu_in(&home, &work, &["pause", "--for", "2s"]);
    assert_eq!(paused["until"].as_i64().unwrap() - paused["from"].as_i64().unwrap(), 2_000);
    let until = paused["until"].as_i64().unwrap();
    let silent = !is_answered(&home, "during", &work);
    assert!(silent || now() >= until, "it held");
    std::thread::sleep(Duration::from_millis(u64::try_from(until - now()).unwrap_or(0) + 50));
    assert!(is_answered(&home, "after", &work));
    assert_eq!(home.json(&["status"])["pauses"], json!([]));
    assert_eq!(quipu_in(&home, &work, &["resume"]), json!({ "count": 0 }), "nothing is left to end");
    for bad in ["0s", "-1h", "soon", ""] {
        let error = home.quipu(&["pause", &format!("--for={bad}"), "--json"]);
        assert_eq!(error.code, 64, "{bad}: {error:#?}");
        assert_eq!(error.json()["code"], "bad_duration");
    }
}

#[test]
fn a_pause_goes_with_its_project_when_that_is_merged() {
    let home = Home::new();
    let [a, b] = two(&home);
    quipu_in(&home, &a, &["pause"]);
    assert!(!is_answered(&home, "a1", &a) && is_answered(&home, "b1", &b));
    home.json(&["project", "merge", a.to_str().unwrap(), b.to_str().unwrap()]);
    assert!(!is_answered(&home, "a2", &a) && !is_answered(&home, "b2", &b), "they are one project now");
    assert_eq!(quipu_in(&home, &a, &["resume"]), json!({ "count": 1 }));
    assert!(is_answered(&home, "a3", &a) && is_answered(&home, "b3", &b));
}
