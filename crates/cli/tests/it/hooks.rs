//! Hooks that begin and end things: SessionStart on a cold home, the briefing, what ends of turns leave behind.
//! It must not know how an answer is found.
//! Invariant: every hook process exits 0 with one JSON object.

use serde_json::json;

use crate::session::{Session, TIDEPOOL, context, files_with, hook, memories, once, parse, samples, spooled};
use crate::support::{HANG, Home, until};

#[test]
fn a_cold_home_gets_its_daemon_at_the_first_start() {
    let home = Home::new();
    let payload = Session::new(&home, "cold", &home.work()).payload("SessionStart", &json!({ "source": "startup" }));
    let (stdout, code, took) = home.hook(&payload);
    assert!(code == 0 && took < HANG / 6, "{took:?}: {stdout}");
    // Nothing is known yet, so nothing is said, but for a machine so busy that the deadline passed.
    let said = context(&parse(&stdout));
    assert!(said.is_empty() || said.contains("not reachable"), "{said}");
    until("the daemon", || home.health().ok().filter(|health| health.mode == "owner"));
    until("the event is applied", || (spooled(&home) == 0).then_some(()));
}

#[test]
fn other_hooks_leave_their_event_and_bring_a_daemon_up_in_passing() {
    let home = Home::new();
    let session = Session::new(&home, "passing", &home.work());
    session.write(&[session.prompt("which gauges lost their frames on Sunday?")]);
    let stop = session.payload("Stop", &json!({ "last_assistant_message": "None did." }));
    assert_eq!(once(&home, &stop), json!({}));
    until("a daemon that was started in passing", || home.card().and_then(|_| home.health().ok()));
    until("the transcript that the spooled event named", || {
        memories(&home).contains(&("prompt".into(), "which gauges lost their frames on Sunday?".into())).then_some(())
    });
    until("the event is applied", || (spooled(&home) == 0).then_some(()));
}

#[test]
fn a_start_is_told_where_the_last_session_stopped() {
    let home = samples();
    let last = "b1fd7825-d6ac-49cc-a63d-f1585a803dfc";
    let start = |id: &str, source: Option<&str>| {
        let mut payload = json!({ "session_id": id, "cwd": TIDEPOOL, "hook_event_name": "SessionStart" });
        if let Some(source) = source {
            payload["source"] = json!(source);
        }
        hook(&home, &payload)
    };
    for source in [Some("startup"), Some("clear"), Some("a word of a later version"), None] {
        let answer = start("new", source);
        assert_eq!(answer["hookSpecificOutput"]["hookEventName"], "SessionStart", "{source:?}");
        let text = context(&answer);
        assert!(text.starts_with("<quipu-memory") && text.ends_with("</quipu-memory>"), "{text}");
        assert!(text.contains("tidepool") && text.len() <= 9_000, "{text}");
        assert!(text.contains("Stopped at a safe point on `main`"), "the last answer: {text}");
        assert!(text.contains("I have to run for the ferry"), "the last prompt: {text}");
    }
    for source in ["resume", "fork"] {
        assert_eq!(start(last, Some(source)), json!({}), "{source}: the session has its own context");
    }
    let compacted = context(&start(last, Some("compact")));
    assert!(compacted.contains("asked last in this session") && compacted.contains("ferry"), "{compacted}");
    let compacted = context(&start("never seen", Some("compact")));
    assert!(!compacted.contains("this session") && compacted.contains("2 other agents are at work"), "{compacted}");
    let elsewhere = json!({ "session_id": "n", "cwd": home.work(), "hook_event_name": "SessionStart" });
    assert_eq!(hook(&home, &elsewhere), json!({}), "another project knows nothing of it");
}

#[test]
fn sessions_with_nothing_to_tell_do_not_hide_the_one_before() {
    let home = Home::new();
    home.up();
    let told = Session::new(&home, "told", &home.work());
    told.ask("where do the charts get their zone from?");
    told.stop("From `src/chart/zone.rs`.");
    // A program's prompt is no person's intent, and nobody answered it.
    let program = Session::new(&home, "program", &home.work());
    program.hook("UserPromptSubmit", &json!({ "prompt": "list the files", "source": "sdk", "prompt_id": "p" }));
    let text = context(&Session::new(&home, "next", &home.work()).hook("SessionStart", &json!({})));
    assert!(text.contains("src/chart/zone.rs"), "{text}");
}

#[test]
fn ends_of_turns_and_sessions_are_kept_and_answered_with_nothing() {
    let home = Home::new();
    home.up();
    let session = Session::new(&home, "ends", &home.work());
    session.ask("how often does the pump run?");
    session.stop("Every eleven minutes.");
    let compact = json!({ "trigger": "auto", "compact_summary": "The pump was discussed." });
    assert_eq!(session.hook("PostCompact", &compact), json!({}));
    assert_eq!(session.hook("SessionEnd", &json!({ "reason": "other" })), json!({}));
    let kept = memories(&home);
    let expect = [
        ("answer", "Every eleven minutes."),
        ("checkpoint", "The pump was discussed."),
        ("prompt", "how often does the pump run?"),
    ];
    assert_eq!(kept, expect.map(|(kind, text)| (kind.to_owned(), text.to_owned())));
    let all = home.export();
    assert!(all.iter().all(|m| m.origin == "hook" && m.session_id.as_deref() == Some("ends")), "{all:#?}");
    // Ends without words are no turns.
    for event in ["Stop", "PostCompact"] {
        assert_eq!(session.hook(event, &json!({})), json!({}));
        assert_eq!(session.hook(event, &json!({ "last_assistant_message": " \n", "compact_summary": "" })), json!({}));
    }
    assert_eq!(memories(&home), kept);
}

#[test]
fn events_that_are_not_ours_are_answered_without_touching_anything() {
    let home = Home::new();
    let session = Session::new(&home, "quiet", &home.work());
    for event in ["PreToolUse", "PostToolUse", "SubagentStop", "PreCompact", "Notification", "BrandNew", ""] {
        let fields = json!({ "tool_name": "Bash", "tool_input": { "command": "ls" }, "last_assistant_message": "x" });
        let (stdout, code, took) = home.hook(&session.payload(event, &fields));
        assert_eq!((code, parse(&stdout)), (0, json!({})), "{event}");
        assert!(took < HANG / 6, "{event} took {took:?}");
    }
    assert!(!home.data().exists(), "a tool call starts no daemon and makes no directory");
}

#[test]
fn what_waits_in_the_spool_is_redacted_and_still_reads() {
    let home = Home::new();
    let secret = "AKIAIOSFODNN7EXAMPLE";
    let prompt = format!("the key is \"{secret}\", password=\"hunter2hunter2\"\nand token: 'x' \\ end");
    // Without a transcript the body is all there is. Nothing can be started: the daemon's place is taken by a file.
    std::fs::create_dir_all(home.data()).unwrap();
    std::fs::write(home.data().join("run"), "").unwrap();
    for n in 0..3 {
        let fields = json!({ "session_id": "spooled", "cwd": home.work(), "hook_event_name": "UserPromptSubmit",
            "prompt": format!("{prompt} {n}"), "prompt_id": n.to_string() });
        assert_eq!(once(&home, &fields), json!({}));
    }
    assert_eq!(spooled(&home), 3);
    assert!(files_with(home.data(), secret).is_empty());
    std::fs::remove_file(home.data().join("run")).unwrap();
    // A daemon that one of the hooks has started may still be on its way out.
    until("a daemon", || (home.quipu(&["up"]).code == 0).then_some(()));
    until("the spool is empty", || (spooled(&home) == 0).then_some(()));
    let kept = memories(&home);
    assert_eq!(kept.len(), 3, "{kept:#?}");
    assert!(kept.iter().all(|(kind, text)| kind == "prompt" && text.contains("[redacted:")), "{kept:#?}");
    assert_eq!(home.health().unwrap().quarantined, 0);
    assert!(files_with(home.data(), secret).is_empty());
}

#[test]
fn what_no_daemon_would_take_is_not_left_lying_about() {
    let home = Home::new();
    home.up();
    let session = Session::new(&home, "", &home.work());
    let (stdout, code, _) = home.hook(&session.payload("Stop", &json!({ "last_assistant_message": "x" })));
    assert_eq!((code, parse(&stdout)), (0, json!({})), "no session is named");
    let other = Session::new(&home, "other-agent", &home.work());
    let payload =
        other.payload("Stop", &json!({ "last_assistant_message": "said by another agent", "transcript_path": null }));
    for agent in ["codex", "", "../x", "a b\r\nc"] {
        let mut command = home.command(&["hook", agent]);
        command.stdin(std::process::Stdio::piped());
        let output = crate::support::run(command, payload.to_string().as_bytes());
        assert_eq!((output.code, parse(&output.stdout)), (0, json!({})), "{agent:?}");
    }
    std::thread::sleep(std::time::Duration::from_millis(1_200));
    assert_eq!(memories(&home), [], "another agent's turns are not Claude Code's");
    assert_eq!((spooled(&home), home.health().unwrap().quarantined), (0, 0));
}
