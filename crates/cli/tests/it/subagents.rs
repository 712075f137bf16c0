//! Subagents and tools: what of theirs is kept, where, and what is only counted.
//! It must not know how a transcript is parsed.
//! Invariant: made-up records, as Claude Code 2.1 writes them.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::session::{Session, TIDEPOOL, context, holding, memories, samples};
use crate::support::{Home, until};

/// A tool call of message `message`, and its result.
pub(crate) fn tool(session: &Session<'_>, message: &str, call: &Value, result: &Value, extra: &Value) -> [String; 2] {
    let mut call = call.clone();
    call["type"] = json!("tool_use");
    call["id"] = json!(format!("toolu_{message}"));
    let mut result = result.clone();
    result["type"] = json!("tool_result");
    result["tool_use_id"] = call["id"].clone();
    let called = session.block(message, &call);
    let mut fields = json!({ "message": { "role": "user", "content": [result] } });
    fields.as_object_mut().unwrap().extend(extra.as_object().cloned().unwrap_or_default());
    [called, session.record("user", fields)]
}

/// An edit of `path`, with the patch that the host works out.
pub(crate) fn edit(session: &Session<'_>, message: &str, path: &str, old: &str, new: &str) -> [String; 2] {
    let input = json!({ "file_path": path, "old_string": old, "new_string": new });
    let patch = json!([{ "oldStart": 3, "oldLines": 1, "newStart": 3, "newLines": 1, "lines": [format!("-{old}"), format!("+{new}")] }]);
    tool(
        session,
        message,
        &json!({ "name": "Edit", "input": input }),
        &json!({ "content": format!("The file {path} has been updated.") }),
        &json!({ "toolUseResult": { "filePath": path, "oldString": old, "newString": new, "originalFile": "…", "structuredPatch": patch } }),
    )
}

/// A command with what it said.
pub(crate) fn bash(session: &Session<'_>, message: &str, command: &str, said: &str, is_error: bool) -> [String; 2] {
    let result = json!({ "content": said, "is_error": is_error });
    tool(session, message, &json!({ "name": "Bash", "input": { "command": command } }), &result, &json!({}))
}

/// Writes the transcript of a subagent of `session`.
pub(crate) fn subagent(session: &Session<'_>, agent: &str, lines: &[String]) -> PathBuf {
    let folder = session.file.with_extension("").join("subagents");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("agent-{agent}.jsonl"));
    let mark = |line: &String| {
        let mut record: Value = serde_json::from_str(line).unwrap();
        (record["isSidechain"], record["agentId"]) = (json!(true), json!(agent));
        record.to_string() + "\n"
    };
    std::fs::write(&file, lines.iter().map(mark).collect::<String>()).unwrap();
    std::fs::write(file.with_extension("meta.json"), "{\"agentType\":\"Explore\"}").unwrap();
    file
}

#[test]
fn what_tools_did_is_kept_or_counted() {
    let home = Home::new();
    let session = Session::new(&home, "tools", &home.work());
    let file = home.work().join("src/pump.rs");
    let file = file.to_str().unwrap();
    let failed = "Exit code 101\nerror[E0599]: no method named `drain` found\n  --> src/pump.rs:7:9\n\nerror: could not compile `pump`";
    let passed = "running 2 tests\ntest a ... ok\ntest b ... ok\n\ntest result: ok. 2 passed; 0 failed; 0 ignored";
    session.write(&[session.prompt("please mend the pump")]);
    session.write(&tool(
        &session,
        "m1",
        &json!({ "name": "Read", "input": { "file_path": file } }),
        &json!({ "content": "     1\tfn pump() {}" }),
        &json!({}),
    ));
    session.write(&bash(&session, "m2", "cargo check", failed, true));
    session.write(&edit(&session, "m3", file, "fn pump() {}", "fn pump() { drain() }"));
    session.write(&bash(&session, "m4", "cargo test", passed, false));
    session.write(&bash(&session, "m5", "ls", "Cargo.toml\nsrc", false));
    session.write(&[session.answer("The pump drains now.")]);
    session.index();
    let kept: Vec<_> = home.export().into_iter().collect();
    let of =
        |start: &str| kept.iter().find(|m| m.text.starts_with(start)).unwrap_or_else(|| panic!("{start}: {kept:#?}"));
    let error = of("→ Bash: cargo check\n");
    assert_eq!(
        (error.kind.as_str(), error.class.as_str(), error.files.clone()),
        ("outcome", "build_log", vec![file.to_owned()])
    );
    assert!(error.text.contains("E0599"));
    let change = of("→ Edit: ");
    assert_eq!((change.class.as_str(), change.files.clone()), ("diff", vec![file.to_owned()]));
    assert!(change.text.ends_with("@@ -3 +3 @@\n-fn pump() {}\n+fn pump() { drain() }"), "{}", change.text);
    assert!(of("→ Bash: cargo test\n").text.contains("2 passed"));
    assert_eq!(of("The pump drains").files, [file]);
    assert_eq!((of("please mend").class.as_str(), kept.len()), ("user_message", 5));
    // Where it came from: the lines of the call and its result, no others.
    let source = change.source.as_ref().unwrap();
    let text = std::fs::read_to_string(&source.path).unwrap();
    let lines: Vec<Value> =
        text[source.from as usize..source.to as usize].lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!((lines.len(), &lines[0]["message"]["id"]), (2, &json!("m3")));
    let stats = home.json(&["stats"]);
    let passed = &stats["skipped"][0];
    assert_eq!(
        (&passed["record_type"], &passed["reason"], &passed["count"]),
        (&json!("tool_result"), &json!("not_kept"), &json!(2))
    );
    assert!(home.quipu(&["show", &change.id]).ok().contains(file));
    let found = home.json(&["search", "--kind", "outcome", "E0599"]);
    assert_eq!(found["hits"][0]["id"], error.id.as_str(), "{found}");
}

#[test]
fn what_tools_said_is_found_and_never_injected() {
    let home = samples();
    let session = Session::new(&home, "first", &home.work());
    session.write(&[session.prompt("please go on")]);
    session.write(&bash(
        &session,
        "m1",
        "make",
        "error: the cormorant valve ZX-4711 is stuck\nmake: *** [all] Error 2",
        true,
    ));
    session.index();
    assert_eq!(home.json(&["search", "cormorant ZX-4711"])["hits"][0]["kind"], "outcome");
    let other = Session::new(&home, "other", &home.work());
    assert_eq!(other.ask("why is the cormorant valve ZX-4711 stuck?"), "");
    assert!(!context(&other.hook("SessionStart", &json!({}))).contains("cormorant"));
}

#[test]
fn a_subagents_turns_are_a_session_of_their_own() {
    let home = samples();
    let session = Session::new(&home, "caller", &home.work());
    let report = "The razorbill cache is filled twice, for two tasks own it.";
    let call = json!({ "name": "Task", "input": { "description": "look into it", "prompt": "Look into the razorbill cache", "subagent_type": "Explore" } });
    session.write(&[session.prompt("why is the cache slow?")]);
    subagent(&session, "a7", &[session.prompt("Look into the razorbill cache"), session.answer(report)]);
    let result = json!({ "content": [{ "type": "text", "text": report }] });
    session.write(&tool(
        &session,
        "m1",
        &call,
        &result,
        &json!({ "toolUseResult": { "status": "completed", "agentId": "a7" } }),
    ));
    session.write(&[session.answer("Two tasks own it.")]);
    // The end of the turn names the main transcript only.
    session.stop("Two tasks own it.");
    until("the subagent's transcript", || (holding(&home, "filled twice") == 1).then_some(()));
    let of = |text: &str| home.export().into_iter().find(|m| m.text.contains(text)).unwrap();
    let asked = of("Look into the razorbill cache");
    assert_eq!((asked.session_id.as_deref(), asked.programmatic), (Some("caller/a7"), true));
    assert_eq!(of("filled twice").session_id.as_deref(), Some("caller/a7"));
    // It is not in its caller's context.
    assert!(session.ask("who fills the razorbill cache twice?").contains("two tasks own it"));
    let start = context(&Session::new(&home, "later", &home.work()).hook("SessionStart", &json!({})));
    assert!(start.contains("Two tasks own it.") && !start.contains("filled twice"), "{start}");
    // Reading on brings nothing twice. No hook waits for its prompt to be written.
    until("the prompt", || (holding(&home, "who fills the razorbill cache twice") == 1).then_some(()));
    let before = memories(&home).len();
    home.json(&["index"]);
    assert_eq!(memories(&home).len(), before);
}

#[test]
fn a_subagent_that_stops_may_name_its_file() {
    let home = Home::new();
    home.up();
    let session = Session::new(&home, "caller", &home.work());
    let file = subagent(&session, "b8", &[session.prompt("Count the dunlins"), session.answer("There are nine.")]);
    let fields =
        json!({ "agent_id": "b8", "agent_type": "Explore", "agent_transcript_path": file, "stop_hook_active": false });
    assert_eq!(session.hook("SubagentStop", &fields), json!({}));
    until("its transcript", || (holding(&home, "There are nine.") == 1).then_some(()));
}

#[test]
fn the_samples_outcomes_are_of_their_project() {
    let home = samples();
    let hits = home.json(&["search", "--project", TIDEPOOL, "--kind", "outcome", "cargo test"]);
    assert!(!hits["hits"].as_array().unwrap().is_empty(), "{hits}");
}
