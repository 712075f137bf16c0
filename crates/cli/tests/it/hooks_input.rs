//! Bad standard input and a daemon that cannot be had: whatever comes, a hook prints one JSON object and exits 0.
//! It must not know deadlines' figures: what is asserted tells a hang from a wait.
//! Invariant: nothing a host sends, or fails to send, makes it block.

use std::io::{Read, Write};
use std::process::Stdio;
use std::time::Instant;

use serde_json::{Value, json};

use crate::session::{PATIENT, Session, context, files_with, memories, parse, spooled};
use crate::support::{HANG, Home, run, until};

/// Runs a hook with these bytes on its standard input.
#[track_caller]
fn feed(home: &Home, input: &[u8]) -> Value {
    let mut command = home.command(&["hook", "claude-code"]);
    command.envs(PATIENT);
    let output = run(command, input);
    assert!(output.code == 0 && output.stderr.is_empty() && output.took < HANG / 6, "{output:?}");
    parse(&output.stdout)
}

#[test]
fn what_is_no_payload_is_answered_with_nothing() {
    let home = Home::new();
    home.up();
    let deep = "[".repeat(100_000);
    let cases: [&[u8]; 14] = [
        b"",
        b"\n",
        b"garbage",
        b"{\"session_id\":\"s\",\"hook_event_name\":\"Stop\"",
        b"{}",
        b"[]",
        b"null",
        b"12",
        b"\"Stop\"",
        b"{\"session_id\":7,\"hook_event_name\":\"Stop\"}",
        b"{\"session_id\":\"s\",\"hook_event_name\":[\"Stop\"]}",
        b"\xff\xfe{\"session_id\":\"s\",\"hook_event_name\":\"Stop\"}",
        b"{\"session_id\":\"s\xff\",\"hook_event_name\":\"Stop\"}",
        deep.as_bytes(),
    ];
    for case in cases {
        assert_eq!(feed(&home, case), json!({}), "{:?}", String::from_utf8_lossy(&case[..case.len().min(60)]));
    }
    assert_eq!((spooled(&home), memories(&home).len()), (0, 0));
}

#[test]
fn fields_of_other_types_do_not_stop_the_transcript_from_being_read() {
    let home = Home::new();
    home.up();
    let session = Session::new(&home, "odd", &home.work());
    session.write(&[session.prompt("is the payload odd?")]);
    let odd = json!({ "prompt": ["a", "list"], "source": "user", "agent_id": null });
    assert_eq!(feed(&home, session.payload("UserPromptSubmit", &odd).to_string().as_bytes()), json!({}));
    until("the transcript", || (memories(&home).len() == 1).then_some(()));
}

#[test]
fn a_payload_needs_no_newline_and_may_come_with_space_round_it() {
    let home = Home::new();
    home.up();
    let session = Session::new(&home, "spaces", &home.work());
    let payload =
        session.payload("Stop", &json!({ "last_assistant_message": "The pier is closed.", "prompt_id": "p" }));
    let pretty = serde_json::to_string_pretty(&payload).unwrap();
    for text in [payload.to_string(), format!("\r\n\t {pretty}\r\n\n")] {
        assert_eq!(feed(&home, text.as_bytes()), json!({}));
    }
    until("one answer", || (memories(&home).len() == 1).then_some(()));
}

#[test]
fn a_standard_input_that_stays_open_is_not_waited_for() {
    let home = Home::new();
    home.up();
    let payload = Session::new(&home, "open", &home.work()).payload("UserPromptSubmit", &json!({ "prompt": "hello" }));
    for text in ["".to_owned(), "{\"session_id\":".to_owned(), payload.to_string()] {
        let mut command = home.command(&["hook", "claude-code"]);
        let started = Instant::now();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut held = child.stdin.take().unwrap();
        held.write_all(text.as_bytes()).unwrap();
        let status = until("the hook ends of itself", || child.try_wait().unwrap());
        assert!(status.success() && started.elapsed() < HANG / 6, "{status} after {:?}", started.elapsed());
        let mut stdout = String::new();
        child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        assert_eq!(parse(&stdout), json!({}), "{text}");
        drop(held);
    }
}

#[test]
fn a_gigantic_payload_is_survived() {
    let home = Home::new();
    home.up();
    let session = Session::new(&home, "big", &home.work());
    for megabytes in [1, 15, 20] {
        let fields = json!({ "prompt": "words and words ".repeat(megabytes << 16), "prompt_id": "big" });
        let with_transcript = session.payload("UserPromptSubmit", &fields);
        feed(&home, with_transcript.to_string().as_bytes());
        let mut without = with_transcript;
        without["transcript_path"] = Value::Null;
        feed(&home, without.to_string().as_bytes());
        let _ = std::fs::remove_file(home.data().join("hook-backoff"));
    }
    assert!(home.health().is_ok(), "the daemon is still there");
}

#[test]
fn a_daemon_that_can_never_start_costs_nothing_but_memory() {
    let parent = Home::new();
    let file = parent.root().join("file");
    std::fs::write(&file, "").unwrap();
    for place in
        [file.join("below"), file, "relative".into(), parent.root().join("x".repeat(250)).join("y".repeat(250))]
    {
        let home = Home::new().at(place.clone());
        let session = Session::new(&home, "s", &home.work());
        for event in ["SessionStart", "UserPromptSubmit", "Stop", "PostCompact", "SessionEnd", "PreToolUse"] {
            let answer = feed(&home, session.payload(event, &json!({ "prompt": "x" })).to_string().as_bytes());
            if event == "SessionStart" && place.is_absolute() {
                let said = context(&answer);
                assert!(said.is_empty() || said.contains("not reachable"), "{}: {said}", place.display());
            } else {
                assert_eq!(answer, json!({}), "{event} at {}", place.display());
            }
        }
    }
    // Neither a home of quipu's nor one of a person's.
    let home = Home::new();
    let mut command = home.command(&["hook", "claude-code"]);
    command.env_remove("QUIPU_HOME").env_remove("HOME");
    let payload = Session::new(&home, "s", &home.work()).payload("SessionStart", &json!({}));
    let output = run(command, payload.to_string().as_bytes());
    assert_eq!((output.code, parse(&output.stdout)), (0, json!({})));
    assert!(files_with(home.root(), "hook_event_name").is_empty());
}
