//! What nobody may do to a message, and what no message may do to others.
//! It must not know rows.
//! Invariant: what somebody wrote is read as he wrote it, or not at all.

use serde_json::{Value, json};

use crate::mail::{as_session, here, json_of};
use crate::mcp_shim::Shim;
use crate::session::Session;
use crate::support::Home;

fn texts(inbox: &Value) -> Vec<&str> {
    inbox["messages"].as_array().unwrap().iter().map(|message| message["text"].as_str().unwrap()).collect()
}

#[test]
fn nobody_speaks_in_anothers_name_or_hides_what_he_wrote() {
    let home = Home::new();
    let (one, two) = ("aaaa1111-one", "bbbb2222-two");
    [one, two].iter().for_each(|id| drop(here(&home, id)));
    let sent = json_of(&home, None, &["send", "project", "Freeze the queue"]);
    let id = sent["id"].as_str().unwrap();
    for change in
        [&["--text", "Drop the table"][..], &["--append", "and drop it"], &["--title", "x"], &["--kind", "insight"]]
    {
        for session in [Some(one), None] {
            let args = [&["update", id], change].concat();
            let refused = as_session(&home, session, &args);
            assert!(refused.code != 0 && refused.stdout.contains("captured"), "{session:?} {args:?}: {refused:#?}");
        }
    }
    let refused = as_session(&home, Some(one), &["update", id, "--archive"]);
    assert!(refused.code != 0, "{refused:#?}");
    let read = json_of(&home, Some(two), &["inbox"]);
    assert_eq!((texts(&read), &read["messages"][0]["from_person"]), (vec!["Freeze the queue"], &json!(true)));
    // A person takes back what one has not seen yet.
    json_of(&home, None, &["update", id, "--archive"]);
    assert_eq!(texts(&json_of(&home, Some(one), &["inbox"])), [""; 0]);
}

#[test]
fn what_waits_for_an_answer_keeps_nothing_new_back() {
    let home = Home::new();
    let (one, two) = ("aaaa1111-one", "bbbb2222-two");
    [one, two].iter().for_each(|id| drop(here(&home, id)));
    for n in 0..12 {
        json_of(&home, Some(one), &["send", two, &format!("question {n}"), "--ack"]);
    }
    let mut seen = Vec::new();
    for _ in 0..2 {
        let read = json_of(&home, Some(two), &["inbox"]);
        seen.extend(texts(&read).into_iter().map(str::to_owned));
    }
    for n in 0..12 {
        assert!(seen.contains(&format!("question {n}")), "{n}: {seen:?}");
    }
}

#[test]
fn a_message_to_all_takes_nobody_into_its_writers_project() {
    let home = Home::new();
    let elsewhere = home.root().join("elsewhere");
    std::fs::create_dir_all(&elsewhere).unwrap();
    let one = here(&home, "aaaa1111-one");
    one.hook("UserPromptSubmit", &json!({ "prompt": "the quagga is our secret plan", "agent_id": "" }));
    Session::new(&home, "bbbb2222-two", &elsewhere).hook("SessionStart", &json!({ "source": "startup" }));
    let sent = json_of(&home, Some("aaaa1111-one"), &["send", "all", "hello"]);
    let id = sent["id"].as_str().unwrap();
    let mut shim = Shim::open_in(&home, &elsewhere);
    let told = shim.tool("memory_get", &json!({ "ids": [id], "before": 20, "after": 20 })).to_string();
    assert!(told.contains("hello") && !told.contains("quagga"), "{told}");
}

#[test]
fn what_is_forgotten_takes_nobodys_mail_along() {
    let home = Home::new();
    let (one, two) = ("aaaa1111-one", "bbbb2222-two");
    [one, two].iter().for_each(|id| drop(here(&home, id)));
    let sent = json_of(&home, Some(two), &["send", one, "my only word"]);
    json_of(&home, Some(one), &["send", two, "read this"]);
    let id = sent["id"].as_str().unwrap();
    let asked = as_session(&home, None, &["forget", id]).json();
    let code = asked["confirm"].as_str().unwrap();
    json_of(&home, None, &["forget", id, "--confirm", code]);
    assert_eq!(texts(&json_of(&home, Some(two), &["inbox"])), ["read this"]);
}
