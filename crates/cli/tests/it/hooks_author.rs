//! Who wrote a prompt: a person, a program, the host itself, a subagent. Only a person's words are taken for intent.
//! It must not know how that is stored.
//! Invariant: hook and transcript come in both orders.

use serde_json::{Value, json};

use crate::session::{Session, context, holding, hook, memories, once, samples, save_in, spooled};
use crate::support::{Home, until};

const MACHINES: [&str; 5] = ["system", "loop_wakeup", "schedule_wakeup", "poll_event", "a_word_of_a_later_version"];

fn prompt(text: &str, source: &str) -> Value {
    json!({ "prompt": text, "source": source, "prompt_id": source })
}

#[test]
fn a_program_is_answered_and_its_prompt_is_kept_as_a_programs() {
    let home = Home::new();
    save_in(&home, &home.work(), "The osprey token expires after ninety minutes.");
    let session = Session::new(&home, "sdk", &home.work());
    let asked = "when does the osprey token expire?";
    assert!(context(&session.hook("UserPromptSubmit", &prompt(asked, "sdk"))).contains("ninety minutes"));
    let programmatic = |text: &str, origin: &str| {
        // A prompt's hook does not wait until it is written.
        until("the prompt is there, a program's", || {
            let all: Vec<_> = home.export().into_iter().filter(|m| m.text == text).collect();
            (all.len() == 1 && all[0].programmatic && all[0].origin == origin).then_some(())
        });
    };
    programmatic(asked, "hook");
    session.write(&[session.prompt(asked), session.answer("After ninety minutes.")]);
    session.index();
    // The transcript does not know better.
    programmatic(asked, "transcript");
    // The other order.
    let late = Session::new(&home, "sdk-late", &home.work());
    late.write(&[late.prompt("list the osprey clients"), late.answer("There are two.")]);
    late.index();
    late.hook("UserPromptSubmit", &prompt("list the osprey clients", "sdk"));
    programmatic("list the osprey clients", "transcript");
}

#[test]
fn the_hosts_own_prompts_are_neither_answered_nor_kept() {
    let home = Home::new();
    save_in(&home, &home.work(), "The osprey token expires after ninety minutes.");
    for (n, source) in MACHINES.into_iter().enumerate() {
        let text = format!("wake up {n}: when does the osprey token expire? check it again");
        let said = format!("{text}\n<system-reminder>a note of the host</system-reminder>");
        let first = Session::new(&home, &format!("hook-first-{n}"), &home.work());
        assert_eq!(first.hook("UserPromptSubmit", &prompt(&said, source)), json!({}), "{source}");
        first.write(&[first.prompt(&said), first.answer(&format!("Checked {n}, hook first."))]);
        first.index();
        let second = Session::new(&home, &format!("transcript-first-{n}"), &home.work());
        second.write(&[second.prompt(&said), second.answer(&format!("Checked {n}, transcript first."))]);
        second.index();
        assert_eq!(second.hook("UserPromptSubmit", &prompt(&said, source)), json!({}), "{source}");
        // Again, as a host that fires twice does.
        assert_eq!(second.hook("UserPromptSubmit", &prompt(&said, source)), json!({}), "{source}");
        until("the record that came first is hidden", || (holding(&home, &text) == 0).then_some(()));
        assert_eq!(holding(&home, &format!("Checked {n},")), 2, "its answers are the agent's: {source}");
    }
    let prompts = memories(&home).into_iter().filter(|(kind, _)| kind == "prompt").count();
    assert_eq!(prompts, 0);
}

#[test]
fn a_wake_up_that_no_daemon_saw_is_no_persons_prompt_either() {
    let home = Home::new();
    let session = Session::new(&home, "asleep", &home.work());
    let text = "scheduled: look at the osprey queue and report";
    // Without a daemon the event waits in the spool, before or after the transcript is written.
    let waking = session.payload("UserPromptSubmit", &prompt(text, "schedule_wakeup"));
    assert_eq!(once(&home, &waking), json!({}));
    session.write(&[session.prompt(text), session.answer("The queue is empty.")]);
    until("a daemon", || (home.quipu(&["up"]).code == 0).then_some(()));
    until("the spool is applied", || (spooled(&home) == 0).then_some(()));
    session.index();
    assert_eq!(memories(&home), [("answer".to_owned(), "The queue is empty.".to_owned())]);
}

#[test]
fn a_person_may_say_what_a_machine_said_elsewhere() {
    let home = Home::new();
    home.up();
    let machine = Session::new(&home, "machine", &home.work());
    machine.hook("UserPromptSubmit", &prompt("go on with the osprey plan", "loop_wakeup"));
    let person = Session::new(&home, "person", &home.work());
    person.ask("go on with the osprey plan");
    person.write(&[person.prompt("go on with the osprey plan"), person.answer("On it.")]);
    person.index();
    assert_eq!(holding(&home, "go on with the osprey plan"), 1);
}

#[test]
fn a_subagents_events_leave_no_turns() {
    let home = samples();
    let before = memories(&home);
    let session = Session::new(&home, "parent", &home.work());
    session.write(&[session.prompt("delegate this to a helper")]);
    let inside = |event: &str| {
        let fields = json!({ "agent_id": "a1", "agent_type": "Explore", "prompt": "find the osprey files",
            "last_assistant_message": "found the osprey files", "compact_summary": "osprey files were found",
            "prompt_id": "sub" });
        let answer = session.hook(event, &fields);
        assert!(event == "UserPromptSubmit" || answer == json!({}), "{event}: {answer}");
    };
    ["UserPromptSubmit", "Stop", "SubagentStop", "PostCompact"].into_iter().for_each(inside);
    session.index();
    assert_eq!(holding(&home, "osprey files"), 0);
    // Its main session was not compacted by it: what that session said is still in its context.
    session.ask("why does the albatross importer parse each row twice, is that needed for anything?");
    session.stop("The albatross importer parses each row twice for the checksum.");
    inside("PostCompact");
    assert_eq!(session.ask("why does the albatross importer parse twice?"), "");
    until("two prompts of it and two more turns", || (memories(&home).len() == before.len() + 4).then_some(()));
    // `agent_type` alone is the main thread of a session with an agent.
    let main = json!({ "session_id": "typed", "cwd": home.work(), "hook_event_name": "Stop", "agent_type": "reviewer",
        "last_assistant_message": "Reviewed the osprey change." });
    hook(&home, &main);
    assert_eq!(holding(&home, "Reviewed the osprey change."), 1);
}
