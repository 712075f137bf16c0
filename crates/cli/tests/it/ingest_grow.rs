//! Transcripts that grow, move, are replaced, or that nobody named.
//! It must not know offsets.
//! Invariant: however a file comes, it ends as the same memories.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use crate::session::{SAMPLES, Session, holding, memories};
use crate::support::{Home, until};

/// Everything of every memory but what depends on when it was read: a message that was read before its last
/// line knows only the lines up to there.
fn contents(home: &Home) -> Vec<Value> {
    let mut all: Vec<Value> = home.export().into_iter().map(|memory| serde_json::to_value(memory).unwrap()).collect();
    for memory in &mut all {
        let fields = memory.as_object_mut().unwrap();
        ["id", "recorded_at"].iter().for_each(|key| drop(fields.remove(*key)));
        let source = fields["source"].take();
        fields["source"] = source["from"].clone();
    }
    all.sort_by_key(Value::to_string);
    all
}

/// Reads the sample at `n` whole, and again line by line as `after_each` has it; both must be the same.
fn check(n: usize, after_each: impl Fn(&Home, &str)) {
    let mut files: Vec<_> = std::fs::read_dir(SAMPLES).unwrap().flatten().map(|entry| entry.path()).collect();
    files.sort();
    let whole = Home::new();
    whole.json(&["index", files[n].to_str().unwrap()]);
    let home = Home::new();
    home.up();
    let dir = home.transcripts().join("-srv-samples-tidepool");
    std::fs::create_dir_all(&dir).unwrap();
    let file = dir.join(files[n].file_name().unwrap());
    let path = file.to_str().unwrap();
    let text = std::fs::read_to_string(&files[n]).unwrap();
    let mut written = String::new();
    for line in text.split_inclusive('\n') {
        written.push_str(line);
        std::fs::write(&file, &written).unwrap();
        after_each(&home, path);
    }
    home.json(&["index", path]);
    let expect = contents(&whole);
    until("the rest of it", || (contents(&home).len() >= expect.len()).then_some(()));
    let got = contents(&home);
    for (got, expect) in got.iter().zip(&expect) {
        assert_eq!(got, expect, "sample {n}");
    }
    assert_eq!(got.len(), expect.len(), "sample {n}");
}

#[test]
fn line_by_line_with_an_index_after_each_is_the_whole_file() {
    // Two tool calls in one message, a compaction, a last line that is cut.
    for n in [0, 2, 3] {
        check(n, |home, path| drop(home.json(&["index", path])));
    }
}

#[test]
fn line_by_line_with_a_hook_after_each_is_the_whole_file() {
    for n in [1, 4] {
        check(n, |home, path| {
            let payload = json!({ "session_id": "watcher", "transcript_path": path, "cwd": "/", "hook_event_name": "SessionStart" });
            crate::session::hook(home, &payload);
        });
    }
}

#[test]
fn a_file_that_grows_is_read_when_a_hook_names_it() {
    let home = Home::new();
    home.up();
    let session = Session::new(&home, "grows", &home.work());
    for n in 0..4 {
        session.write(&[session.prompt(&format!("step {n}?")), session.answer(&format!("step {n} is done"))]);
        session.stop(&format!("step {n} is done"));
        until("the turn", || (holding(&home, &format!("step {n}")) == 2).then_some(()));
    }
    // Written after its hook, as hosts do: it is looked at once more.
    session.stop("step 9 is done");
    session.write(&[session.prompt("step 9?"), session.answer("step 9 is done")]);
    until("the late turn", || (holding(&home, "step 9") == 2).then_some(()));
    assert!(home.export().iter().filter(|m| m.kind == "prompt").all(|m| m.source.is_some()));
}

#[test]
fn a_line_that_is_half_written_is_read_when_it_is_whole() {
    let home = Home::new();
    let session = Session::new(&home, "half", &home.work());
    session.write(&[session.prompt("one whole line")]);
    let line = session.prompt("a line that comes in pieces, one of them inside 水");
    let cut = line.find('水').unwrap() + 1;
    let bytes = line.as_bytes();
    let append = |bytes: &[u8]| {
        let old = std::fs::read(&session.file).unwrap();
        std::fs::write(&session.file, [&old, bytes].concat()).unwrap();
    };
    for piece in [&bytes[..20], &bytes[20..cut], &bytes[cut..]] {
        append(piece);
        let progress = session.index()["progress"].clone();
        assert_eq!((&progress["skipped"], &progress["failed"]), (&json!(0), &json!([])), "{progress}");
        assert_eq!(memories(&home).len(), 1);
    }
    append(b"\n");
    session.index();
    assert_eq!(memories(&home).len(), 2);
    assert_eq!(home.json(&["stats"])["skipped"], json!([]));
    // Once the session is over, a whole record without its newline counts.
    session.write_raw(&session.prompt("the last words, without a newline"));
    session.hook("SessionEnd", &json!({ "reason": "other" }));
    until("the last words", || (memories(&home).len() == 3).then_some(()));
    session.write_raw("\n");
    session.write(&[session.prompt("it was resumed")]);
    session.index();
    assert_eq!(memories(&home).len(), 4);
    assert_eq!(home.json(&["stats"])["skipped"], json!([]));
}

#[test]
fn a_replaced_file_is_read_from_its_start_and_a_renamed_one_adds_nothing() {
    let home = Home::new();
    let session = Session::new(&home, "replaced", &home.work());
    session.write(&[session.prompt("the first life"), session.answer("of this file")]);
    session.index();
    // Shorter, longer, and as long as what was there.
    for (n, size) in [1_usize, 6, 2, 2].into_iter().enumerate() {
        std::fs::remove_file(&session.file).unwrap();
        session.clock.fetch_add(1_000_000, Ordering::Relaxed);
        for m in 0..size {
            session.write(&[session.prompt(&format!("life {n} line {m}"))]);
        }
        session.index();
        assert_eq!(holding(&home, &format!("life {n}")), size);
    }
    assert_eq!(memories(&home).len(), 13, "what was read once stays");
    let renamed = session.file.with_file_name("renamed.jsonl");
    std::fs::rename(&session.file, &renamed).unwrap();
    let progress = home.json(&["index", renamed.to_str().unwrap()])["progress"].clone();
    assert_eq!((&progress["stored"], &progress["duplicate"]), (&json!(0), &json!(2)), "{progress}");
    assert_eq!(memories(&home).len(), 13);
}

#[test]
fn a_sweep_finds_what_no_hook_named() {
    let home = Home::new();
    let named = Session::new(&home, "named", &home.work());
    named.write(&[named.prompt("this one is named")]);
    // However long what follows takes, a sweep comes after it.
    home.quipu(&["config", "set", "ingest.sweep", "1s"]).ok();
    home.up();
    named.hook("SessionStart", &json!({}));
    let unnamed = Session::new(&home, "unnamed", &home.work());
    unnamed.write(&[unnamed.prompt("this one lies beside it"), unnamed.answer("Nobody says so.")]);
    // Subagents' transcripts are looked at, those beside the main ones too. What is none, or lies elsewhere, is not.
    let beside = |name: &str| named.file.with_file_name(name);
    std::fs::create_dir_all(beside("named/subagents")).unwrap();
    std::fs::write(beside("named/subagents/agent-1.jsonl"), unnamed.prompt("a subagent's words") + "\n").unwrap();
    std::fs::write(beside("named/subagents/journal.jsonl"), unnamed.prompt("no conversation at all") + "\n").unwrap();
    std::fs::write(beside("agent-2.jsonl"), unnamed.prompt("an old subagent's words") + "\n").unwrap();
    std::fs::write(beside("notes.txt"), unnamed.prompt("no transcript at all") + "\n").unwrap();
    let elsewhere = home.root().join("c/projects/-other");
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::write(elsewhere.join("x.jsonl"), unnamed.prompt("in a folder that nobody named") + "\n").unwrap();
    let swept = ["lies beside it", "old subagent's words", "a subagent's words"];
    until("the sweep", || swept.iter().all(|text| holding(&home, text) == 1).then_some(()));
    let kept = memories(&home);
    assert!(kept.iter().all(|(_, text)| !text.contains("at all") && !text.contains("nobody named")), "{kept:#?}");
    // A daemon that comes later knows the folder.
    home.quipu(&["down"]).ok();
    unnamed.write(&[unnamed.prompt("said while nobody ran")]);
    home.up();
    until("the next daemon's sweep", || (holding(&home, "said while nobody ran") == 1).then_some(()));
}
