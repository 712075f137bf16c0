//! Secrets that were stored before they were known as such: found, shown masked, and replaced without a byte left over.
//! It must not know what a secret looks like beyond one that is planted in the database by hand.
//! Invariant: what is looked for afterwards was found before.

use serde_json::json;

use crate::session::files_with;
use crate::support::{Home, run, until};

/// A key that today's patterns know; the database is made to hold it, as one that was written by an earlier version would.
const SECRET: &str = "AKIAQZ5TNXPV2M7RJ4WD";
const STANDS_FOR: &str = "KEYSTANDSHEREFORNOW1";

/// A home with a note that says `STANDS_FOR` in text, title, keyword and an earlier revision, and then `SECRET` in its place.
fn spoilt() -> (Home, String) {
    let home = Home::new();
    let text = format!("The deploy key is {STANDS_FOR} for now.");
    let saved = home.json(&["save", &text, "--title", &format!("Key {STANDS_FOR}"), "--keyword", STANDS_FOR]);
    let id = saved["id"].as_str().unwrap().to_owned();
    home.json(&["update", &id, "--append", "It is rotated in spring."]);
    home.json(&["save", "Nothing secret about the heron."]);
    home.quipu(&["down"]).ok();
    // As long as it was, so the file stays what it is: pages have no checksums.
    let file = home.data().join("quipu.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let places: Vec<usize> =
        (0..bytes.len() - SECRET.len()).filter(|at| bytes[*at..].starts_with(STANDS_FOR.as_bytes())).collect();
    assert!(places.len() >= 4, "{places:?}");
    places.iter().for_each(|at| bytes[*at..*at + SECRET.len()].copy_from_slice(SECRET.as_bytes()));
    std::fs::write(&file, bytes).unwrap();
    // The index still has the old word: made anew from the rows as they are now.
    std::fs::remove_dir_all(home.data().join("index")).unwrap();
    home.up();
    until("it is indexed", || (home.health().unwrap().tail == 0).then_some(()));
    (home, id)
}

#[test]
fn what_is_found_is_replaced_and_leaves_no_byte() {
    let (home, id) = spoilt();
    assert!(!files_with(home.data(), SECRET).is_empty());
    let scan = home.quipu(&["redact", "scan"]).ok();
    assert!(scan.contains(&id) && scan.contains("AKIA…(20)") && !scan.contains(SECRET), "{scan}");
    let asked = home.quipu(&["redact", "apply", "--json"]);
    assert_eq!(asked.code, 65, "{asked:#?}");
    let asked = asked.json();
    assert_eq!((&asked["outcome"], &asked["memories"]), (&json!("needs_confirmation"), &json!(1)), "{asked}");
    assert!(!files_with(home.data(), SECRET).is_empty(), "nothing was done yet");
    let done = home.json(&["redact", "apply", "--confirm", asked["confirm"].as_str().unwrap()]);
    assert_eq!((&done["outcome"], &done["pending"]), (&json!("redacted"), &json!(null)), "{done}");
    for part in [SECRET, &SECRET[..12], &SECRET[8..]] {
        assert_eq!(files_with(home.data(), part), Vec::<std::path::PathBuf>::new(), "{part}");
    }
    let memory = home.json(&["show", &id]);
    assert_eq!(memory["id"], json!(id));
    assert!(memory["redactions"].as_u64().unwrap() >= 3 && memory["revision"] == 2, "{memory}");
    assert!(memory["text"].as_str().unwrap().contains("[redacted:"), "{memory}");
    let history = home.json(&["history", &id]);
    assert!(history["revisions"].as_array().unwrap().len() == 2 && !history.to_string().contains(SECRET), "{history}");
    let found = home.json(&["search", "rotated in spring"]);
    assert_eq!(found["hits"][0]["id"], json!(id), "{found}");
    assert!(home.quipu(&["redact", "scan"]).ok().contains("0 secrets"));
    assert_eq!(home.json(&["redact", "apply"])["outcome"], "nothing");
    assert!(home.quipu(&["doctor"]).stdout.contains("ok"));
    home.quipu(&["down"]).ok();
    assert_eq!(files_with(home.data(), SECRET), Vec::<std::path::PathBuf>::new(), "after the daemon");
}

#[test]
fn an_agent_is_told_of_no_secret_in_what_is_private() {
    let (home, id) = spoilt();
    home.json(&["update", &id, "--private"]);
    let mut command = home.command(&["redact", "scan", "--json"]);
    command.env("QUIPU_SESSION", "codex/0198-dd");
    let scan = run(command, b"").ok();
    assert!(!scan.contains(&id) && !scan.contains("AKIA"), "{scan}");
    assert!(home.quipu(&["redact", "scan"]).ok().contains(&id), "a person is");
}
