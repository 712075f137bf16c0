//! The end of a turn, and the time after a compaction: what a session leaves open, and where it stood.
//! It must not know how a host is held up.
//! Invariant: a session is held up once at most, and never where nothing is open.

use std::process::Command;

use serde_json::{Value, json};

use crate::session::{Session, context};
use crate::subagents::edit;
use crate::support::{Home, run};

/// What a command answers that an agent of `session` runs.
fn by(home: &Home, session: &str, args: &[&str]) -> Value {
    let mut command: Command = home.command(&[args, &["--json"]].concat());
    command.env("QUIPU_SESSION", format!("claude-code/{session}"));
    run(command, b"").json()
}

fn stop(session: &Session<'_>, fields: Value) -> Value {
    let mut all = json!({ "last_assistant_message": "I stop here.", "stop_hook_active": false });
    all.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap_or_default());
    session.hook("Stop", &all)
}

#[test]
fn a_session_is_reminded_once_of_what_it_took_up() {
    let home = Home::new();
    home.json(&["config", "set", "hooks.stop_reminder", "true"]);
    let (mine, other) = (Session::new(&home, "mine", &home.work()), Session::new(&home, "other", &home.work()));
    assert_eq!(stop(&mine, json!({})), json!({}), "nothing is open");
    let item = home.json(&["work", "add", "Dig the canal"])["id"].as_str().unwrap().to_owned();
    home.json(&["work", "add", "Somebody has to"]);
    assert_eq!(stop(&mine, json!({})), json!({}), "nobody began it");
    by(&home, "mine", &["work", "start", &item]);
    assert_eq!(stop(&other, json!({})), json!({}), "it is another session's");
    assert_eq!(stop(&mine, json!({ "stop_hook_active": true })), json!({}), "the turn goes on because of a hook");
    assert_eq!(stop(&mine, json!({ "agent_id": "a7" })), json!({}), "a subagent's end is none");
    let held = stop(&mine, json!({}));
    let reason = held["reason"].as_str().unwrap_or_default();
    assert_eq!((held.as_object().map(serde_json::Map::len), &held["decision"]), (Some(2), &json!("block")), "{held}");
    assert!(reason.contains(&item) && reason.contains("Dig the canal") && !reason.contains("Somebody"), "{reason}");
    assert!(reason.starts_with("<quipu-memory") && reason.ends_with("</quipu-memory>"), "{reason}");
    assert_eq!(stop(&mine, json!({ "stop_hook_active": true })), json!({}));
    assert_eq!(stop(&mine, json!({})), json!({}), "once");
    home.quipu(&["down"]).ok();
    home.up();
    assert_eq!(stop(&mine, json!({})), json!({}), "once, whatever becomes of the daemon");
}

#[test]
fn what_is_done_given_away_or_not_asked_for_reminds_nobody() {
    let home = Home::new();
    let add = |text: &str| home.json(&["work", "add", text])["id"].as_str().unwrap().to_owned();
    let (done, given) = (add("Dig"), add("Fill"));
    let session = Session::new(&home, "s1", &home.work());
    by(&home, "s1", &["work", "start", &done]);
    assert_eq!(stop(&session, json!({})), json!({}), "nobody asked for it");
    home.json(&["config", "set", "hooks.stop_reminder", "true"]);
    by(&home, "s1", &["work", "done", &done]);
    by(&home, "s1", &["work", "start", &given]);
    // A change of its words by another one does not take it up; a start does.
    by(&home, "s2", &["update", &given, "--append", "with sand"]);
    home.json(&["work", "block", &given, "--reason", "rain"]);
    assert_eq!(stop(&session, json!({})), json!({}), "what is blocked is not being done");
    by(&home, "s2", &["work", "unblock", &given]);
    by(&home, "s2", &["work", "start", &given]);
    assert_eq!(stop(&session, json!({})), json!({}));
    assert_eq!(stop(&Session::new(&home, "s2", &home.work()), json!({}))["decision"], "block");
    // In a project that narrows it nobody is held up.
    std::fs::write(home.work().join(".quipu.toml"), "[hooks]\nstop_reminder = false\n").unwrap();
    let third = add("Rake");
    by(&home, "s3", &["work", "start", &third]);
    assert_eq!(stop(&Session::new(&home, "s3", &home.work()), json!({})), json!({}));
}

#[test]
fn a_message_that_wants_a_word_reminds() {
    let home = Home::new();
    home.json(&["config", "set", "hooks.stop_reminder", "true"]);
    let session = Session::new(&home, "reader-of-mail", &home.work());
    session.hook("SessionStart", &json!({ "source": "startup" }));
    session.ask("hello there");
    by(&home, "writer-of-mail", &["send", "claude-code/reader-of-mail", "no word needed"]);
    assert_eq!(stop(&session, json!({})), json!({}), "that it is shown is enough");
    let sent = by(&home, "writer-of-mail", &["send", "claude-code/reader-of-mail", "say that you have it", "--ack"]);
    let id = sent["id"].as_str().unwrap_or_else(|| panic!("{sent}"));
    let held = stop(&session, json!({}));
    assert!(held["reason"].as_str().is_some_and(|reason| reason.contains(id)), "{held}");
    assert!(!held.to_string().contains("say that you"), "of a message its text is not told: {held}");
}

#[test]
fn after_a_compaction_a_session_knows_where_it_stood() {
    let home = Home::new();
    let session = Session::new(&home, "long", &home.work());
    let file = home.work().join("src/canal.rs");
    let item = home.json(&["work", "add", "Dig the canal"])["id"].as_str().unwrap().to_owned();
    by(&home, "long", &["work", "start", &item]);
    session.ask("please dig it deeper");
    session.write(&[session.prompt("please dig it deeper")]);
    session.write(&edit(&session, "m1", file.to_str().unwrap(), "a", "b"));
    session.write(&[session.answer("It is deeper now.")]);
    by(&home, "writer", &["send", "claude-code/long", "mind the reeds"]);
    assert_eq!(session.hook("PreCompact", &json!({ "trigger": "auto", "custom_instructions": null })), json!({}));
    session.index();
    let told = context(&session.hook("SessionStart", &json!({ "source": "compact" })));
    for part in ["dig it deeper", "edited in this session: src/canal.rs", "1 message is open", "Dig the canal", &item] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let fresh =
        context(&Session::new(&home, "new", &home.work()).hook("SessionStart", &json!({ "source": "startup" })));
    assert!(!fresh.contains("edited in this session"), "{fresh}");
}
