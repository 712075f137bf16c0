//! What a hook was answered and had no time left to print is said again; what it printed is said once.
//! It must not know how a daemon remembers it.
//! Invariant: an agent that was never told is told, of a file, of who edits or leases it, and of what its turn leaves open.

use std::time::Duration;

use quipu_protocol::client::Request;
use quipu_protocol::deadline::Deadline;
use quipu_protocol::wire::daemon::HookReply;
use quipu_protocol::wire::mail::{MailCountReply, ShownRequest};
use serde_json::{Value, json};

use crate::session::{Session, context};
use crate::support::{HANG, Home, run, until};

/// Longer than an answer may be under way.
const OVERDUE: Duration = Duration::from_millis(2_200);

/// What a hook is answered that then prints it or, at its deadline, does not.
fn answer(home: &Home, payload: &Value, prints: bool) -> HookReply {
    let event = quipu_protocol::new_event_id();
    let body = payload.to_string().into_bytes();
    let mut client = home.client();
    let hook = Request::post_raw("/v1/hook/claude-code", body).event(event);
    let reply: HookReply = client.call(&hook, Deadline::within(HANG)).unwrap();
    if prints {
        let printed = ShownRequest { hook: Some(event.to_string()), ..ShownRequest::default() };
        let word = Request::post("/v1/mail/shown", &printed).event(quipu_protocol::new_event_id());
        let noted: MailCountReply = client.call(&word, Deadline::within(HANG)).unwrap();
        assert_eq!(noted.count, 0, "no message was in it");
    }
    reply
}

#[test]
fn what_is_said_before_an_edit_is_said_until_it_is_printed() {
    let home = Home::new();
    let file = home.work().join("src/pump_writer.rs");
    let note = home.json(&["save", "In src/pump_writer.rs never sleep while the lock is held.", "--kind", "risk"]);
    let note = note["id"].as_str().unwrap();
    let mut lease = home.command(&["lease", "acquire", "--path", "src/pump_writer.rs", "--reason", "valves"]);
    lease.env("QUIPU_SESSION", "claude-code/holder");
    run(lease, b"").ok();
    let input = json!({ "file_path": file, "old_string": "a", "new_string": "b" });
    let edits = json!({ "tool_name": "Edit", "tool_input": input });
    Session::new(&home, "holder", &home.work()).hook("PreToolUse", &edits);
    let session = Session::new(&home, "asks", &home.work());
    let payload = session.payload("PreToolUse", &edits);
    let edit = |prints| answer(&home, &payload, prints);
    let is_all = |reply: &HookReply| {
        let text = context(&reply.output);
        assert!(reply.once, "{text}");
        assert!(text.contains("never sleep") && text.contains(note), "{text}");
        assert!(
            text.contains("leased by claude-code/holder") && text.contains("edits src/pump_writer.rs too"),
            "{text}"
        );
    };
    is_all(&edit(false));
    let beside = edit(false);
    assert!(!beside.once && context(&beside.output).is_empty(), "another tool's hook may be printing it: {beside:?}");
    assert!(home.json(&["why", "--session", "asks"])["answers"].as_array().unwrap().is_empty(), "nobody saw it");
    std::thread::sleep(OVERDUE);
    is_all(&edit(true));
    std::thread::sleep(OVERDUE);
    let after = edit(true);
    assert!(!after.once && context(&after.output).is_empty(), "it was printed: {after:?}");
    until("it is noted", || {
        let answers = home.json(&["why", "--session", "asks"])["answers"].clone();
        (answers[0]["lines"][0]["id"] == json!(note)).then_some(())
    });
    // The hook itself says what it prints.
    let other = Session::new(&home, "other", &home.work());
    let edit = || context(&other.hook("PreToolUse", &edits));
    assert!(edit().contains("never sleep"));
    std::thread::sleep(OVERDUE);
    assert_eq!(edit(), "");
}

#[test]
fn a_turn_is_held_up_until_its_reminder_is_printed() {
    let home = Home::new();
    home.json(&["config", "set", "hooks.stop_reminder", "true"]);
    let item = home.json(&["work", "add", "Dig the canal"])["id"].as_str().unwrap().to_owned();
    let mut start = home.command(&["work", "start", &item]);
    start.env("QUIPU_SESSION", "claude-code/digs");
    run(start, b"").ok();
    let session = Session::new(&home, "digs", &home.work());
    let payload = session.payload("Stop", &json!({ "last_assistant_message": "I stop.", "stop_hook_active": false }));
    let stop = |prints| answer(&home, &payload, prints);
    let is_held = |reply: &HookReply| reply.output["decision"] == "block" && reply.output.to_string().contains(&item);
    let first = stop(false);
    assert!(is_held(&first) && first.once, "{first:?}");
    let beside = stop(false);
    assert!(!is_held(&beside) && !beside.once, "{beside:?}");
    std::thread::sleep(OVERDUE);
    assert!(is_held(&stop(true)));
    std::thread::sleep(OVERDUE);
    let after = stop(true);
    assert!(!is_held(&after), "{after:?}");
}

#[test]
fn a_word_of_an_event_that_nobody_knows_changes_nothing() {
    let home = Home::new();
    home.up();
    let say = |hook: &str| {
        let request = ShownRequest { hook: Some(hook.to_owned()), ..ShownRequest::default() };
        home.request(&Request::post("/v1/mail/shown", &request).event(quipu_protocol::new_event_id())).unwrap()
    };
    assert_eq!(say(&quipu_protocol::new_event_id().to_string()).status, 200);
    let refused = say("yesterday");
    let body = String::from_utf8_lossy(&refused.body).into_owned();
    assert_eq!(refused.status, 400, "{body}");
    assert!(body.contains("bad_id") && body.contains("hook"), "{body}");
}
