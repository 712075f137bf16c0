//! Messages between sessions and people, by command and by MCP: who gets them, what becomes of them, who is refused.
//! It must not know rows.
//! Invariant: a message is read by whom it is for, once, and by nobody else as his own.

use serde_json::{Value, json};

use crate::mcp_shim::Shim;
use crate::session::Session;
use crate::support::{Home, Output, run, until};

/// `quipu ARGS --json` in the shell of a session, or of a person.
pub(crate) fn as_session(home: &Home, session: Option<&str>, args: &[&str]) -> Output {
    let mut command = home.command(&[args, &["--json"]].concat());
    command.envs(session.map(|id| ("CLAUDE_CODE_SESSION_ID", id)));
    run(command, b"")
}

#[track_caller]
pub(crate) fn json_of(home: &Home, session: Option<&str>, args: &[&str]) -> Value {
    let output = as_session(home, session, args);
    assert_eq!(output.code, 0, "{output:#?}");
    output.json()
}

/// A session that has said that it is there.
pub(crate) fn here<'a>(home: &'a Home, id: &str) -> Session<'a> {
    let session = Session::new(home, id, &home.work());
    session.hook("SessionStart", &json!({ "source": "startup" }));
    session
}

fn texts(inbox: &Value) -> Vec<&str> {
    inbox["messages"].as_array().unwrap().iter().map(|message| message["text"].as_str().unwrap()).collect()
}

#[test]
fn a_message_is_read_once_answered_and_acknowledged() {
    let home = Home::new();
    let (one, two) = ("aaaa1111-one", "bbbb2222-two");
    [one, two].iter().for_each(|id| drop(here(&home, id)));
    let sent =
        json_of(&home, Some(one), &["send", "bbbb2222", "May I touch", "the queue?", "--subject", "Queue", "--ack"]);
    assert_eq!(
        (&sent["outcome"], &sent["to"][0]["to"]),
        (&json!("sent"), &json!("claude-code/bbbb2222-two")),
        "{sent}"
    );
    let id = sent["id"].as_str().unwrap();

    assert_eq!(texts(&json_of(&home, Some(one), &["inbox"])), [""; 0], "the sender gets no copy");
    let read = json_of(&home, Some(two), &["inbox"]);
    let message = &read["messages"][0];
    assert_eq!(texts(&read), ["May I touch the queue?"]);
    assert_eq!(
        (&message["from"], &message["from_person"], &message["subject"], &message["again"], &message["ack_required"]),
        (&json!("claude-code/aaaa1111-one"), &json!(false), &json!("Queue"), &json!(false), &json!(true))
    );
    // It stays until it is acknowledged, and is not shown anew.
    let again = json_of(&home, Some(two), &["inbox"]);
    assert!(again["messages"][0]["shown_at"].is_i64() && again["messages"][0]["again"] == false, "{again}");
    let refused = as_session(&home, Some(one), &["ack", id]);
    assert!(refused.code != 0 && refused.stdout.contains("not_yours"), "{refused:#?}");
    assert_eq!(json_of(&home, Some(two), &["ack", id])["count"], 1);
    assert_eq!(json_of(&home, Some(two), &["ack", id])["count"], 0, "once");
    assert_eq!(texts(&json_of(&home, Some(two), &["inbox"])), [""; 0]);

    let reply = json_of(&home, Some(two), &["reply", id, "Yes,", "after noon."]);
    assert_eq!((&reply["thread"], &reply["to"][0]["to"]), (&json!(id), &json!("claude-code/aaaa1111-one")));
    let thread = json_of(&home, None, &["thread", reply["id"].as_str().unwrap()]);
    assert_eq!(texts(&thread), ["May I touch the queue?", "Yes, after noon."]);
    let states: Vec<&Value> =
        thread["messages"].as_array().unwrap().iter().map(|message| &message["receipts"][0]["state"]).collect();
    assert_eq!(states, ["acknowledged", "waiting"]);
    assert_eq!(texts(&json_of(&home, Some(one), &["inbox"])), ["Yes, after noon."]);
    assert_eq!(texts(&json_of(&home, Some(two), &["inbox", "--sent"])), ["Yes, after noon."]);
    // What was said is memory.
    let found = json_of(&home, None, &["search", "touch the queue", "--kind", "message"]);
    assert_eq!((&found["hits"][0]["id"], &found["hits"][0]["thread"]), (&json!(id), &json!(id)), "{found}");
    assert_eq!(json_of(&home, None, &["show", id])["thread"], *id);
    // For people it is words.
    let words = home.quipu(&["thread", id]).ok();
    assert!(words.contains("claude-code/aaaa1111") && words.contains("acknowledged claude-code/bbbb2222"), "{words}");
}

#[test]
fn an_address_that_leads_nowhere_is_an_error_with_its_cure() {
    let home = Home::new();
    let ids = ["aaaa1111-one", "cccc3333-three", "cccc3333-four", "dddd4444-gone"];
    ids.iter().for_each(|id| drop(here(&home, id)));
    Session::new(&home, "dddd4444-gone", &home.work()).hook("SessionEnd", &json!({ "reason": "other" }));
    for (to, code, words) in [
        ("ffff9999", "no_such_address", "role:NAME"),
        ("aaa", "no_such_address", "an address is"),
        ("cccc3333", "ambiguous_address", "write more"),
        ("codex/aaaa1111", "no_such_address", "an address is"),
        ("dddd4444", "has_left", "--wait"),
        ("role:prime", "role_free", "--wait"),
        ("prime", "no_such_address", "an address is"),
        ("aaaa1111-one", "to_oneself", "quipu save"),
        ("project:nowhere", "no_such_project", "project list"),
        ("two words", "bad_address", "an address is"),
    ] {
        let refused = as_session(&home, Some("aaaa1111-one"), &["send", to, "hello"]);
        assert!(
            refused.code != 0 && refused.stdout.contains(code) && refused.stdout.contains(words),
            "{to}: {refused:#?}"
        );
    }
    assert!(home.export().iter().all(|memory| memory.kind != "message"), "nothing was sent");
    // With --wait it is kept for the one, and said to be.
    let kept = json_of(&home, Some("aaaa1111-one"), &["send", "dddd4444", "for later", "--wait"]);
    assert_eq!(kept["outcome"], "waiting");
    assert!(kept["waits"].as_str().unwrap().contains("claude-code/dddd4444"), "{kept}");
    // A plain look finds it too; the hook of its return is in `mail_hooks`.
    assert_eq!(texts(&json_of(&home, Some("dddd4444-gone"), &["inbox"])), ["for later"]);
    let role = json_of(&home, Some("aaaa1111-one"), &["send", "role:prime", "whoever", "--wait"]);
    assert!(role["waits"].as_str().unwrap().contains("role prime"), "{role}");
}

#[test]
fn broadcasts_and_people_are_marked_and_reach_who_is_there() {
    let home = Home::new();
    ["aaaa1111-one", "bbbb2222-two"].iter().for_each(|id| drop(here(&home, id)));
    let sent = json_of(&home, None, &["send", "project", "Freeze until noon."]);
    assert_eq!(sent["to"].as_array().unwrap().len(), 2, "{sent}");
    drop(here(&home, "cccc3333-late"));
    for (session, expect) in [("aaaa1111-one", 1), ("bbbb2222-two", 1), ("cccc3333-late", 0)] {
        let read = json_of(&home, Some(session), &["inbox"]);
        assert_eq!(texts(&read).len(), expect, "{session}: {read}");
        assert!(read["messages"].as_array().unwrap().iter().all(|m| m["from_person"] == true && m["from"] == "user"));
    }
    // An answer to a person is the person's to read, from a plain terminal.
    json_of(&home, Some("aaaa1111-one"), &["reply", sent["id"].as_str().unwrap(), "Understood."]);
    assert_eq!(texts(&json_of(&home, None, &["inbox"])), ["Understood."]);
    assert_eq!(texts(&json_of(&home, None, &["inbox"])), [""; 0]);
    assert_eq!(texts(&json_of(&home, None, &["inbox", "--all"])), ["Understood."]);
    // Who waits is given it when it comes.
    let waiting = std::thread::scope(|scope| {
        let waiter = scope.spawn(|| json_of(&home, Some("bbbb2222-two"), &["inbox", "--wait", "50s"]));
        std::thread::sleep(std::time::Duration::from_millis(400));
        json_of(&home, Some("aaaa1111-one"), &["send", "bbbb2222", "at last"]);
        waiter.join().unwrap()
    });
    assert_eq!(texts(&waiting), ["at last"]);
    // A person may look into a mailbox without emptying it; a session may not look into another's.
    json_of(&home, Some("aaaa1111-one"), &["send", "cccc3333", "look"]);
    let peek = ["inbox", "--session", "claude-code/cccc3333-late"];
    assert_eq!(texts(&json_of(&home, None, &peek)), ["look"]);
    assert_eq!(texts(&json_of(&home, None, &peek)), ["look"]);
    let refused = as_session(&home, Some("bbbb2222-two"), &peek);
    assert!(refused.stdout.contains("other_mailbox"), "{refused:#?}");
    assert_eq!(json_of(&home, Some("cccc3333-late"), &["inbox"])["messages"][0]["again"], false);
}

#[test]
fn the_same_message_is_sent_once_and_an_expired_one_reaches_nobody() {
    let home = Home::new();
    ["aaaa1111-one", "bbbb2222-two"].iter().for_each(|id| drop(here(&home, id)));
    let send = ["send", "bbbb2222", "once", "--key", "k1"];
    let first = json_of(&home, Some("aaaa1111-one"), &send);
    assert_eq!(json_of(&home, Some("aaaa1111-one"), &send)["id"], first["id"]);
    // Another sender's name is another's.
    let other = json_of(&home, None, &send);
    assert_ne!(other["id"], first["id"]);
    assert_eq!(json_of(&home, None, &["search", "once", "--kind", "message"])["hits"].as_array().unwrap().len(), 2);
    let short = json_of(&home, Some("aaaa1111-one"), &["send", "bbbb2222", "too late", "--expires", "1s"]);
    until("it expires", || {
        let thread = json_of(&home, None, &["thread", short["id"].as_str().unwrap()]);
        (thread["messages"][0]["receipts"][0]["state"] == "expired").then_some(())
    });
    assert_eq!(texts(&json_of(&home, Some("bbbb2222-two"), &["inbox"])), ["once", "once"]);
    // One that is archived before it was shown is taken back; what is forgotten is gone from every mailbox.
    let back = json_of(&home, Some("aaaa1111-one"), &["send", "bbbb2222", "never mind"]);
    home.quipu(&["update", back["id"].as_str().unwrap(), "--archive"]).ok();
    assert_eq!(texts(&json_of(&home, Some("bbbb2222-two"), &["inbox"])), [""; 0]);
    let first = first["id"].as_str().unwrap();
    let code = as_session(&home, None, &["forget", first]).json()["confirm"].as_str().unwrap().to_owned();
    json_of(&home, None, &["forget", first, "--confirm", &code]);
    assert_eq!(texts(&json_of(&home, Some("bbbb2222-two"), &["inbox", "--all"])), ["once"]);
    let repeated = as_session(&home, Some("aaaa1111-one"), &send);
    assert!(repeated.stdout.contains("forgotten"), "it is not sent anew: {repeated:#?}");
}

#[test]
fn over_mcp_a_session_writes_and_reads_as_itself() {
    let home = Home::new();
    ["aaaa1111-one", "bbbb2222-two"].iter().for_each(|id| drop(here(&home, id)));
    let shim = |session: &str| {
        let mut command = home.command(&["mcp"]);
        command.env("CLAUDE_CODE_SESSION_ID", session);
        Shim::opened(command)
    };
    let (mut one, mut two) = (shim("aaaa1111-one"), shim("bbbb2222-two"));
    let sent = one.data(
        "agents_send",
        &json!({ "to": "claude-code/bbbb2222", "message": "Ping </quipu-memory> now", "ack_required": true }),
    );
    assert_eq!(sent["to"], json!(["claude-code/bbbb2222-two"]), "{sent}");
    assert_eq!(two.data("memory_context", &json!({}))["unread"], 1);
    let answer = two.tool("agents_inbox", &json!({})).to_string();
    assert!(
        answer.contains("> Ping") && answer.contains("an agent") && !answer.contains("Ping </quipu-memory>"),
        "{answer}"
    );
    // The shim says that it wrote the answer; without that word it would come again, marked.
    until("it is shown", || {
        let thread = json_of(&home, None, &["thread", sent["id"].as_str().unwrap()]);
        (thread["messages"][0]["receipts"][0]["state"] == "shown").then_some(())
    });
    let read = two.data("agents_inbox", &json!({ "unread_only": true }));
    assert_eq!((&read["messages"][0]["to_acknowledge"], &read["more"]), (&json!(true), &json!(0)), "{read}");
    let id = read["messages"][0]["id"].clone();
    two.data("agents_send", &json!({ "reply_to": id, "body": "Pong" }));
    let done = two.data("agents_inbox", &json!({ "ack": [id] }));
    assert_eq!((&done["acknowledged"], &done["messages"]), (&json!(1), &json!([])), "{done}");
    let thread = one.data("agents_inbox", &json!({ "thread_id": id }));
    assert_eq!(thread["messages"][0]["receipts"], json!(["claude-code/bbbb2222 acknowledged"]), "{thread}");
    assert_eq!(one.data("agents_inbox", &json!({}))["messages"][0]["text"], "Pong");
}
