//! What was forgotten stays so: read again, swept, told by hooks, imported, restored from a copy.
//! It must not know tombstones.
//! Invariant: what comes back by the same way without having been forgotten is shown to come back.

use std::path::Path;

use quipu_protocol::client::Request;
use serde_json::json;

use crate::forget_world::{KEPT, OF_NOTE, OF_SESSION, Planted};
use crate::session::{Session, hook};
use crate::support::until;

fn says(planted: &Planted, word: &str) -> bool {
    planted.home.export().iter().any(|memory| memory.text.contains(word))
}

#[test]
fn a_session_that_was_forgotten_stays_forgotten_by_every_way() {
    let planted = Planted::new();
    let out = planted.home.root().join("out");
    planted.home.quipu(&["export", "markdown", out.to_str().unwrap(), "--all"]).ok();
    let copy = planted.home.root().join("copy.db");
    planted.home.quipu(&["backup", copy.to_str().unwrap()]).ok();
    planted.forget(&["--session", &planted.session]);
    planted.forget(&[&planted.note]);
    let words = ["qzprompted", "qzanswered", "qzthought", "qzsubagent", "qzsavedthree"];
    let nobody_says = |when: &str| {
        for word in words {
            assert!(!says(&planted, word), "{when}: {word} is back");
        }
    };
    // Its transcript, by its path and by its folder; and a copy of it under another name.
    let session = Session::new(&planted.home, &planted.session, &planted.home.root().join("qzdirectory"));
    let told = session.index();
    assert_eq!(
        (&told["progress"]["stored"], told["progress"]["forgotten"].as_u64() >= Some(1)),
        (&json!(0), true),
        "{told}"
    );
    planted.home.json(&["index"]);
    nobody_says("read again");
    let renamed = planted.transcript.with_file_name("renamed.jsonl");
    std::fs::copy(&planted.transcript, &renamed).unwrap();
    let told = planted.home.json(&["index", renamed.to_str().unwrap()]);
    assert!(told["progress"]["forgotten"].as_u64().unwrap() >= 4, "{told}");
    nobody_says("read under another name");
    let skipped = planted.home.json(&["stats"])["skipped"].to_string();
    assert!(skipped.contains("\"forgotten\""), "{skipped}");
    // Its hooks, as they were and with new words: the session as a whole is forgotten.
    for fields in [
        json!({ "prompt": "Why is the qzprompted so slow in the morning?", "prompt_id": "p9" }),
        json!({ "prompt": "Another word in it: qzanotherword.", "prompt_id": "p10" }),
    ] {
        hook(&planted.home, &session.payload("UserPromptSubmit", &fields));
    }
    hook(&planted.home, &session.payload("Stop", &json!({ "last_assistant_message": "qzanotherword it is" })));
    until("nothing is being read", || {
        let health = planted.home.health().unwrap();
        (health.ingest.waiting == 0 && health.ingest.current.is_none() && health.queued == (0, 0)).then_some(())
    });
    assert!(!says(&planted, "qzanotherword"));
    nobody_says("told by hooks");
    // Its export.
    let report = planted.home.quipu(&["import", "markdown", out.to_str().unwrap()]);
    nobody_says("imported");
    assert!(report.stdout.contains("rejected") || report.stderr.contains("forgotten"), "{report:#?}");
    // The copy that was made before.
    let restored = planted.home.json(&["restore", copy.to_str().unwrap(), "--stop"]);
    assert!(restored["forgotten"].as_u64().unwrap() >= 6, "{restored}");
    planted.home.up();
    nobody_says("restored");
    assert!(says(&planted, KEPT) && says(&planted, "qzhookedanswer"), "what was not forgotten is there");
    planted.is_whole();
    assert_eq!(
        planted.home.json(&["index", renamed.to_str().unwrap()])["progress"]["stored"],
        0,
        "tombstones came with the restore"
    );
    planted.is_gone("in what was restored", &words[..4]);
}

#[test]
fn a_turn_that_was_forgotten_alone_leaves_its_session_as_it_is() {
    let planted = Planted::new();
    let answer = planted.home.export().into_iter().find(|memory| memory.text.contains("qzanswered")).unwrap();
    planted.forget(&[&answer.id]);
    let session = Session::new(&planted.home, &planted.session, &planted.home.root().join("qzdirectory"));
    session.write(&[session.prompt("And in the evening?"), session.answer("In the evening it is warm: qznewanswer.")]);
    let told = session.index();
    assert_eq!(told["progress"]["stored"], 2, "{told}");
    // Read from its start, as another file: the turn itself stays away.
    let renamed = planted.transcript.with_file_name("again.jsonl");
    std::fs::copy(&planted.transcript, &renamed).unwrap();
    planted.home.json(&["index", renamed.to_str().unwrap()]);
    assert!(!says(&planted, "qzanswered") && says(&planted, "qzprompted") && says(&planted, "qznewanswer"));
    planted.is_whole();
}

#[test]
fn who_saves_the_same_words_says_them_anew_and_who_repeats_a_write_does_not() {
    let planted = Planted::new();
    let text = "What is said twice on purpose: qztwice.";
    let event = quipu_protocol::new_event_id();
    let body = json!({ "text": text });
    let save = || {
        let response = planted.home.request(&Request::post("/v1/memories", &body).event(event)).unwrap();
        (response.status, serde_json::from_slice::<serde_json::Value>(&response.body).unwrap())
    };
    let (status, saved) = save();
    assert_eq!((status, &saved["outcome"]), (200, &json!("stored")));
    planted.forget(&[saved["id"].as_str().unwrap()]);
    let (status, repeated) = save();
    assert_eq!((status, &repeated["code"]), (404, &json!("forgotten")), "a late repeat is no new word: {repeated}");
    assert!(!says(&planted, "qztwice"));
    assert_eq!(planted.home.json(&["save", text])["outcome"], "stored");
    assert!(says(&planted, "qztwice"));
}

#[test]
fn copies_are_named_and_removed_when_asked() {
    let planted = Planted::new();
    let made = planted.home.json(&["backup"])["path"].as_str().unwrap().to_owned();
    let asked = planted.home.quipu(&["forget", &planted.note, "--json"]).json();
    assert_eq!((&asked["copies"][0]["path"], &asked["copies"][0]["holds"]), (&json!(made), &json!(1)), "{asked}");
    let done = planted.forget(&[&planted.note, "--backups"]);
    assert_eq!(done["copies"][0]["removed"], true, "{done}");
    assert!(!Path::new(&made).exists());
    planted.is_gone("with its copies", &OF_NOTE);
    // One that holds none of it stays, and is not named.
    let other = planted.home.json(&["backup"])["path"].as_str().unwrap().to_owned();
    let session = planted.forget(&["--session", &planted.session]);
    assert_eq!((&session["copies"][0]["path"], &session["copies"][0]["removed"]), (&json!(other), &json!(false)));
    assert!(OF_SESSION.len() > 1 && Path::new(&other).exists());
}
