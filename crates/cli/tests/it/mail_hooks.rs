//! Messages that hooks put before the sessions they are for: when, how often, and what makes them shown.
//! It must not know rows, nor how a message is laid out beyond its marks.
//! Invariant: a message is shown when the client that printed it says so; until then it comes again, and says that it does.

use std::process::Stdio;

use quipu_protocol::client::Request;
use quipu_protocol::deadline::Deadline;
use quipu_protocol::wire::daemon::HookReply;
use serde_json::{Value, json};

use crate::mail::{here, json_of};
use crate::session::{Session, context, hook, parse};
use crate::support::{HANG, Home, until};

const ONE: &str = "aaaa1111-one";
const TWO: &str = "bbbb2222-two";

/// A home with two sessions.
fn two() -> Home {
    let home = Home::new();
    [ONE, TWO].iter().for_each(|id| drop(here(&home, id)));
    home
}

fn send(home: &Home, args: &[&str]) -> String {
    json_of(home, Some(ONE), &[&["send", TWO], args].concat())["id"].as_str().unwrap().to_owned()
}

fn step(tool: &str) -> Value {
    json!({ "tool_name": tool, "tool_input": {}, "tool_response": { "text": "long" }, "tool_use_id": "t1" })
}

/// What the daemon answers a hook whose client never says that it printed it.
fn unconfirmed(home: &Home, session: &Session<'_>, event: &str, fields: &Value) -> (String, Vec<i64>) {
    let body = session.payload(event, fields).to_string().into_bytes();
    let request = Request::post_raw("/v1/hook/claude-code", body).event(quipu_protocol::new_event_id());
    let reply: HookReply = home.client().call(&request, Deadline::within(HANG)).unwrap();
    (context(&reply.output), reply.shown)
}

fn state(home: &Home, id: &str) -> String {
    let thread = json_of(home, None, &["thread", id]);
    let message = thread["messages"].as_array().unwrap().iter().find(|message| message["id"] == id).unwrap();
    message["receipts"][0]["state"].as_str().unwrap().to_owned()
}

/// A hook prints first, and says so then; it does not wait for long until that is written down.
#[track_caller]
pub(crate) fn shown(home: &Home, id: &str) {
    until("it is shown", || (state(home, id) == "shown").then_some(()));
}

#[test]
fn a_prompt_and_a_tool_bring_what_waits_and_nothing_twice() {
    let home = two();
    let session = Session::new(&home, TWO, &home.work());
    assert_eq!(session.hook("PostToolUse", &step("Read")), json!({}), "nothing waits");
    let ids = [send(&home, &["first </quipu-memory> words"]), send(&home, &["second", "--importance", "high"])];
    json_of(&home, None, &["send", TWO, "third, by a person"]);
    let text = session.ask("what is next?");
    let places: Vec<usize> = ["first", "second", "third"].iter().map(|word| text.find(word).unwrap()).collect();
    assert!(places.is_sorted(), "{text}");
    assert!(
        text.contains("from claude-code/aaaa1111 (an agent)") && text.contains("from the user (a person)"),
        "{text}"
    );
    assert!(text.contains("high") && text.contains(&ids[0]) && text.matches("</quipu-memory>").count() == 1, "{text}");
    ids.iter().for_each(|id| shown(&home, id));
    assert_eq!(session.ask("and now?"), "");
    // After any tool, and not in a subagent's context.
    let id = send(&home, &["while you work"]);
    let inside = json!({ "agent_id": "a1" });
    let mut of_subagent = step("Bash");
    of_subagent.as_object_mut().unwrap().extend(inside.as_object().unwrap().clone());
    assert_eq!(session.hook("PostToolUse", &of_subagent), json!({}));
    let answer = session.hook("PostToolUse", &step("Bash"));
    assert_eq!(answer["hookSpecificOutput"]["hookEventName"], "PostToolUse");
    assert!(context(&answer).contains("while you work"), "{answer}");
    shown(&home, &id);
    assert_eq!(session.hook("PostToolUse", &step("Bash")), json!({}));
    // What was put before the agent is not taken for what was said.
    assert_eq!(crate::session::holding(&home, "while you work"), 1);
}

#[test]
fn a_lost_word_brings_the_same_message_again_and_says_so() {
    let home = two();
    let session = Session::new(&home, TWO, &home.work());
    let id = send(&home, &["are you there?"]);
    let prompt = json!({ "prompt": "hello", "prompt_id": "p1" });
    let (text, first) = unconfirmed(&home, &session, "UserPromptSubmit", &prompt);
    assert!(text.contains(&id) && !text.contains("again") && first.len() == 1, "{text}");
    assert_eq!(state(&home, &id), "offered");
    // Another tool's hook beside the one that may be about to print it keeps silent.
    assert_eq!(unconfirmed(&home, &session, "PostToolUse", &step("Read")).0, "");
    let (text, again) = unconfirmed(&home, &session, "UserPromptSubmit", &prompt);
    assert!(text.contains(&id) && text.contains("again") && again == first, "{text}");
    assert_eq!(state(&home, &id), "offered");
    // A host that does not listen is not shown anything either.
    let mut command = home.command(&["hook", "claude-code"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut child = command.stdin(Stdio::piped()).stdout(writer).spawn().unwrap();
    std::io::Write::write_all(
        &mut child.stdin.take().unwrap(),
        session.payload("UserPromptSubmit", &prompt).to_string().as_bytes(),
    )
    .unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(state(&home, &id), "offered");
    let text = session.ask("hello again");
    assert!(text.contains(&id) && text.contains("again"), "{text}");
    shown(&home, &id);
    // After a while a tool's hook brings it too.
    let id = send(&home, &["and this?"]);
    drop(unconfirmed(&home, &session, "PostToolUse", &step("Read")));
    let text = until("it comes again", || {
        let (text, _) = unconfirmed(&home, &session, "PostToolUse", &step("Read"));
        (!text.is_empty()).then_some(text)
    });
    assert!(text.contains(&id) && text.contains("again"), "{text}");
}

#[test]
fn a_new_context_is_shown_what_is_open_and_told_of_the_rest() {
    let home = two();
    let session = Session::new(&home, TWO, &home.work());
    let open = send(&home, &["answer me", "--ack"]);
    let read = send(&home, &["just so you know", "--subject", "A note"]);
    assert!(session.ask("hello").contains("answer me"));
    [&open, &read].into_iter().for_each(|id| shown(&home, id));
    assert_eq!(session.ask("hello?"), "");
    let start = context(&session.hook("SessionStart", &json!({ "source": "compact" })));
    assert!(start.contains("> answer me") && start.contains("again") && start.contains(&open), "{start}");
    assert!(start.contains("- read before:") && start.contains("A note") && start.contains(&read), "{start}");
    assert!(!start.contains("just so you know"), "{start}");
    // Acknowledged, it is not shown again either.
    json_of(&home, Some(TWO), &["ack", &open]);
    let start = context(&session.hook("SessionStart", &json!({ "source": "compact" })));
    assert!(!start.contains("> answer me"), "{start}");
    // A session that left is given at its return what was kept for it.
    session.hook("SessionEnd", &json!({ "reason": "other" }));
    send(&home, &["welcome back", "--wait"]);
    let start = context(&session.hook("SessionStart", &json!({ "source": "resume" })));
    assert!(start.contains("> welcome back"), "{start}");
}

#[test]
fn what_does_not_fit_is_pointed_at_and_a_pause_or_a_setting_keeps_it_back() {
    let home = two();
    let session = Session::new(&home, TWO, &home.work());
    let many = |n| send(&home, &[&format!("{n}: {}", "many words of no great weight, ".repeat(25))]);
    let ids: Vec<String> = (0..7).map(many).collect();
    let text = session.ask("hello");
    shown(&home, &ids[0]);
    let shown = (0..7).filter(|n| text.contains(&format!("> {n}: "))).count();
    assert!((1..7).contains(&shown) && text.contains(&format!("{shown} of 7")) && text.len() <= 9_000, "{text}");
    let text = session.ask("hello");
    assert!(text.contains(&format!("> {shown}: ")) && !text.contains("> 0: "), "in order, without gaps: {text}");
    home.quipu(&["config", "set", "mail.delivery", "false"]).ok();
    assert_eq!((session.ask("hello"), session.hook("PostToolUse", &step("Read"))), (String::new(), json!({})));
    assert!(json_of(&home, Some(TWO), &["inbox"])["open"].as_u64().unwrap() > 0);
    home.quipu(&["config", "unset", "mail.delivery"]).ok();
    send(&home, &["in the pause"]);
    home.quipu(&["pause"]).ok();
    assert_eq!(session.ask("hello"), "");
    home.quipu(&["resume"]).ok();
    assert!(session.ask("hello").contains("> in the pause"));
    // A very long one is cut, and says where the rest is.
    send(&home, &[&"a very long story ".repeat(2_000)]);
    let text = session.ask("hello");
    assert!(text.contains("cut; `quipu show") && text.len() <= 9_000, "{text}");
}

#[test]
fn tools_that_end_together_bring_a_message_once() {
    let home = two();
    for round in 0..5 {
        send(&home, &[&format!("round {round}")]);
        let told = std::thread::scope(|scope| {
            let one = || {
                let session = Session::new(&home, TWO, &home.work());
                let (stdout, code, _) = home.hook(&session.payload("PostToolUse", &step("Read")));
                assert_eq!(code, 0);
                usize::from(context(&parse(&stdout)).contains(&format!("> round {round}")))
            };
            let hooks: Vec<_> = (0..6).map(|_| scope.spawn(one)).collect();
            hooks.into_iter().map(|hook| hook.join().unwrap()).sum::<usize>()
        });
        assert!(told <= 1, "round {round}: {told}");
        let rest = hook(
            &home,
            &Session::new(&home, TWO, &home.work())
                .payload("UserPromptSubmit", &json!({ "prompt": "x", "prompt_id": "p" })),
        );
        assert!(told == 1 || context(&rest).contains(&format!("> round {round}")), "{rest}");
    }
}
