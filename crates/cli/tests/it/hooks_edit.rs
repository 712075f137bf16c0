//! Before an edit: one line on what was learnt about the file, or nothing; once, and never a verdict on the tool.
//! It must not know how the line is chosen.
//! Invariant: nothing here ever blocks a tool.

use std::path::Path;

use serde_json::{Value, json};

use crate::session::{Session, context, hook, parse, spooled};
use crate::subagents::edit;
use crate::support::{HANG, Home, run};

/// What an agent is told before it edits `file`.
fn before_edit(session: &Session<'_>, file: &Path) -> String {
    let input = json!({ "file_path": file, "old_string": "drain_queue(pool)", "new_string": "drain_queue(pool, 1)" });
    let answer = session.hook("PreToolUse", &json!({ "tool_name": "Edit", "tool_use_id": "t", "tool_input": input }));
    if answer != json!({}) {
        let told = &answer["hookSpecificOutput"];
        assert_eq!(
            (answer.as_object().map(serde_json::Map::len), told.as_object().map(serde_json::Map::len)),
            (Some(1), Some(2))
        );
        assert_eq!(told["hookEventName"], "PreToolUse");
    }
    context(&answer)
}

fn save(home: &Home, text: &str, kind: &str) -> Value {
    home.json(&["save", text, "--kind", kind])
}

/// A session in which `file` was edited, and what was said of it.
fn taught(home: &Home, id: &str, file: &Path, said: &str) {
    let session = Session::new(home, id, &home.work());
    session.write(&[session.prompt("please mend it")]);
    session.write(&edit(&session, &format!("m-{id}"), file.to_str().unwrap(), "a", "b"));
    session.write(&[session.answer(said)]);
    session.index();
}

#[test]
fn a_note_on_the_file_comes_first_and_once() {
    let home = Home::new();
    let file = home.work().join("src/pump_writer.rs");
    taught(&home, "old", &file, "In pump_writer.rs the lock must be taken first, because two tasks write.");
    let id = save(&home, "In src/pump_writer.rs never sleep while the lock is held.", "anti_pattern")["id"].clone();
    let session = Session::new(&home, "asks", &home.work());
    let told = before_edit(&session, &file);
    assert!(told.starts_with("<quipu-memory") && told.ends_with("</quipu-memory>"), "{told}");
    let line = told.lines().nth(1).unwrap();
    assert!(
        line.starts_with("- anti_pattern · 20") && line.contains("never sleep") && line.contains(id.as_str().unwrap()),
        "{line}"
    );
    assert!(line.chars().count() <= 240 && told.lines().count() == 3, "{told}");
    assert_eq!(before_edit(&session, &file), "", "once");
    assert!(before_edit(&Session::new(&home, "another", &home.work()), &file).contains("never sleep"));
    // A subagent has a context of its own, and is told once too.
    let payload = session.payload(
        "PreToolUse",
        &json!({ "agent_id": "a7", "tool_name": "Write", "tool_input": { "file_path": file, "content": "x" } }),
    );
    assert!(context(&hook(&home, &payload)).contains("never sleep"));
    assert_eq!(hook(&home, &payload), json!({}));
}

#[test]
fn else_a_sentence_with_a_reason_of_a_turn_that_changed_it() {
    let home = Home::new();
    let file = home.work().join("src/pump_writer.rs");
    taught(
        &home,
        "old",
        &file,
        "Done. I changed it. `drain_queue` must run before the commit, otherwise rows are lost. All tests pass.",
    );
    let told = before_edit(&Session::new(&home, "asks", &home.work()), &file);
    assert!(told.contains("- answer · ") && told.contains("`drain_queue` must run before the commit"), "{told}");
    assert!(!told.contains("tests pass"), "{told}");
    // The one who said it has it in its context, and is told who else is in the file; another project never hears of it.
    let told = before_edit(&Session::new(&home, "old", &home.work()), &file);
    assert!(told.contains("claude-code/asks edits src/pump_writer.rs") && !told.contains("drain_queue"), "{told}");
    let elsewhere = home.root().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    assert_eq!(before_edit(&Session::new(&home, "b", &elsewhere), &file), "");
}

#[test]
fn nothing_is_said_where_nothing_was_learnt() {
    let home = Home::new();
    let file = home.work().join("src/pump_writer.rs");
    // No reason, no name, another file, only a tool's words.
    taught(&home, "s1", &file, "I changed pump_writer.rs and all tests pass.");
    taught(&home, "s2", &file, "It must never be done twice, because it is slow.");
    taught(&home, "s3", &home.work().join("src/other.rs"), "other.rs must stay as it is, because of pump.rs.");
    save(&home, "A note on tide_reader.rs: never block in it.", "risk");
    let session = Session::new(&home, "asks", &home.work());
    assert_eq!(before_edit(&session, &file), "");
    for (tool, input) in [
        ("Bash", json!({ "command": "ls" })),
        ("Read", json!({ "file_path": home.work().join("src/tide_reader.rs") })),
        ("Edit", json!({})),
        ("Edit", json!("odd")),
        ("Write", json!({ "file_path": 7 })),
    ] {
        let fields = json!({ "tool_name": tool, "tool_input": input });
        assert_eq!(session.hook("PreToolUse", &fields), json!({}), "{fields}");
    }
}

#[test]
fn five_files_a_session_at_most() {
    let home = Home::new();
    let file = |n: usize| home.work().join(format!("src/gauge_{n}.rs"));
    for n in 0..7 {
        save(&home, &format!("gauge_{n}.rs must stay small."), "convention");
    }
    let session = Session::new(&home, "asks", &home.work());
    let told = (0..7).filter(|n| !before_edit(&session, &file(*n)).is_empty()).count();
    assert_eq!(told, 5);
}

#[test]
fn paused_or_unwanted_it_keeps_silent() {
    let home = Home::new();
    let file = home.work().join("src/pump_writer.rs");
    save(&home, "pump_writer.rs must stay small.", "convention");
    let session = Session::new(&home, "asks", &home.work());
    home.quipu(&["pause", "--project"]).ok();
    assert_eq!(before_edit(&session, &file), "");
    home.quipu(&["resume"]).ok();
    let fields = json!({ "tool_name": "Edit", "tool_input": { "file_path": file } });
    let payload = session.payload("PreToolUse", &fields).to_string();
    let mut unwanted = home.command(&["hook", "claude-code"]);
    unwanted.env("QUIPU_NO_FILE_NOTES", "1");
    assert_eq!(parse(&run(unwanted, payload.as_bytes()).ok()), json!({}));
    assert!(before_edit(&session, &file).contains("must stay small"));
}

#[test]
fn without_a_daemon_it_leaves_nothing() {
    let home = Home::new();
    let session = Session::new(&home, "asks", &home.work());
    let fields = json!({ "tool_name": "Edit", "tool_input": { "file_path": "/home/dev/a.rs" } });
    for _ in 0..3 {
        let (stdout, code, took) = home.hook(&session.payload("PreToolUse", &fields));
        assert_eq!((code, parse(&stdout)), (0, json!({})));
        assert!(took < HANG / 6, "{took:?}");
    }
    assert!(spooled(&home) == 0 && home.daemons().is_empty() && !home.data().exists());
}

#[test]
fn a_note_that_was_said_to_be_about_the_file_counts_though_its_text_does_not_name_it() {
    let home = Home::new();
    let file = home.work().join("src/pump_writer.rs");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    home.json(&["save", "Never sleep while the lock is held.", "--kind", "risk", "--file", "src/pump_writer.rs"]);
    home.json(&["save", "Never wait for the tide.", "--kind", "risk", "--file", "src/other.rs"]);
    assert!(before_edit(&Session::new(&home, "asks", &home.work()), &file).contains("Never sleep"));
    assert_eq!(before_edit(&Session::new(&home, "asks", &home.work()), &home.work().join("src/third.rs")), "");
}
