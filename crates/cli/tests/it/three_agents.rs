//! Three agents in one project, as their hooks and shells meet quipu: one edits what another holds, one asks and is answered,
//! one takes the lead.
//! It must not know rows.
//! Invariant: each hears what is for it at its own next step, and nobody else does.

use serde_json::{Value, json};

use crate::mail::{as_session, here, json_of};
use crate::mail_hooks::shown;
use crate::session::{Session, context};
use crate::support::Home;

const EDITOR: &str = "aaaa1111-edits";
const ASKER: &str = "bbbb2222-asks";
const LEADER: &str = "cccc3333-leads";

fn edit(session: &Session<'_>, home: &Home, file: &str) -> String {
    let input = json!({ "file_path": home.work().join(file), "old_string": "a", "new_string": "b" });
    context(&session.hook("PreToolUse", &json!({ "tool_name": "Edit", "tool_input": input })))
}

#[test]
fn one_is_warned_one_is_answered_one_takes_the_lead() {
    let home = Home::new();
    std::fs::create_dir_all(home.work().join("src")).unwrap();
    std::fs::write(home.work().join("src/queue.rs"), "fn a() {}\n").unwrap();
    let [editor, asker, leader] = [EDITOR, ASKER, LEADER].map(|id| here(&home, id));
    json_of(&home, Some(ASKER), &["lease", "acquire", "--path", "src/queue.rs", "--reason", "new retry rules"]);

    // One edits a leased file and is warned, with who holds it and why.
    let warned = edit(&editor, &home, "src/queue.rs");
    assert!(warned.contains("claude-code/bbbb2222") && warned.contains("new retry rules"), "{warned}");

    // It asks by mail, and hears the answer at its next prompt; the other hears the question after its next tool.
    let sent = json_of(&home, Some(EDITOR), &["send", "bbbb2222", "How long do you need the queue?", "--ack"]);
    let id = sent["id"].as_str().unwrap();
    let ran = json!({ "tool_name": "Bash", "tool_input": { "command": "true" }, "tool_response": {} });
    let question = context(&asker.hook("PostToolUse", &ran));
    assert!(question.contains("How long do you need the queue?") && question.contains(id), "{question}");
    assert_eq!(leader.ask("what is there to do?").find("How long"), None, "it is for one");
    json_of(&home, Some(ASKER), &["ack", id]);
    let replied = json_of(&home, Some(ASKER), &["reply", id, "Until noon; src/wal.rs is free."]);
    let answer = editor.ask("shall I go on with the queue?");
    assert!(answer.contains("Until noon; src/wal.rs is free."), "{answer}");
    shown(&home, replied["id"].as_str().unwrap());
    assert!(!editor.ask("and now?").contains("Until noon"), "once");

    // One takes `prime`; mail to the role is its own from then on, also where only the role's name is said.
    json_of(&home, Some(EDITOR), &["role", "take", "prime"]);
    let taken = json_of(
        &home,
        Some(LEADER),
        &["role", "take", "prime", "--if-epoch", "1", "--force", "--reason", "the user asked me to lead"],
    );
    assert_eq!((&taken["outcome"], &taken["role"]["epoch"]), (&json!("taken"), &json!(2)), "{taken}");
    let urgent = ["role:prime", "prime"]
        .map(|to| json_of(&home, None, &["send", to, &format!("to {to}: stop the release"), "--importance", "urgent"]));
    // What is urgent holds up the end of a turn, once, and is marked as a person's.
    let held_up = leader.hook("Stop", &json!({ "last_assistant_message": "done", "stop_hook_active": false }));
    let reason = held_up["reason"].as_str().unwrap_or_default();
    assert!(held_up["decision"] == "block" && reason.contains("to prime: stop the release"), "{held_up}");
    urgent.iter().for_each(|sent| shown(&home, sent["id"].as_str().unwrap()));
    let again = leader.hook("Stop", &json!({ "last_assistant_message": "done", "stop_hook_active": false }));
    assert_eq!(again, json!({}), "it was shown");
    assert_eq!(editor.hook("Stop", &json!({ "stop_hook_active": false })), json!({}), "the other leads no more");

    // Everybody sees who is here, who leads, and what each does.
    let roster = json_of(&home, Some(EDITOR), &["agents"]);
    let of = |id: &str| -> Value {
        let agents = roster["agents"].as_array().unwrap();
        agents
            .iter()
            .find(|agent| agent["session"] == format!("claude-code/{id}"))
            .unwrap_or_else(|| panic!("{roster}"))
            .clone()
    };
    assert_eq!((&of(LEADER)["roles"], of(EDITOR).get("roles")), (&json!(["prime"]), None), "{roster}");
    // What is not delivered to a role is not delivered to whoever has it.
    json_of(&home, None, &["agents", "pause", "--role", "prime"]);
    json_of(&home, None, &["send", "prime", "later is soon enough"]);
    assert!(!leader.ask("what next?").contains("later is soon enough"));
    json_of(&home, None, &["agents", "resume", "--role", "prime"]);
    assert!(leader.ask("what next, then?").contains("later is soon enough"));

    // All that was said is memory, and is found with its thread.
    let found = json_of(&home, None, &["search", "how long the queue is needed"]);
    assert!(found.to_string().contains("How long do you need the queue?"), "{found}");
    // What they said that they do is memory too, and nobody's mail.
    json_of(&home, Some(LEADER), &["agents", "task", "split the ledger migration in two"]);
    for (query, expect) in [
        ("why is the queue leased? retry rules", "new retry rules"),
        ("ledger migration split", "split the ledger migration in two"),
    ] {
        let found = json_of(&home, None, &["search", query, "--kind", "message"]);
        assert!(found.to_string().contains(expect), "{query}: {found}");
    }
    for who in [None, Some(EDITOR), Some(ASKER)] {
        let mail = json_of(&home, who, &["inbox", "--all"]).to_string();
        assert!(!mail.contains("new retry rules") && !mail.contains("ledger migration"), "{who:?}: {mail}");
    }
    let thread = json_of(&home, None, &["thread", id]);
    assert_eq!(thread["messages"].as_array().unwrap().len(), 2, "{thread}");
    let happened = home.json_of("/v1/feed?all=true&after=0").to_string();
    for kind in ["joined", "lease_granted", "message", "acked", "takeover"] {
        assert!(happened.contains(&format!("\"kind\":\"{kind}\"")), "{kind}: {happened}");
    }
    assert_eq!(as_session(&home, Some(ASKER), &["lease", "release", "--path", "src/queue.rs"]).code, 0);
    assert_eq!(edit(&editor, &home, "src/queue.rs"), "", "it is free");
}
