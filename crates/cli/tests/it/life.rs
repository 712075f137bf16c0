//! Memories made one, stood for, undone, looked at as of a day, and asked about twice, as people and agents do it.
//! It must not know rules: what each may do is shown on the store.
//! Invariant: every answer says one of the words of the table in `docs/memories.md`.

use quipu_core::outcome::Word;
use serde_json::{Value, json};

use crate::live_pty::Pty;
use crate::mcp_shim::Shim;
use crate::support::{Home, until};

fn saved(home: &Home, args: &[&str]) -> String {
    let reply = home.json(&[&["save"], args].concat());
    assert_eq!(reply["outcome"], "stored", "{reply}");
    reply["id"].as_str().unwrap().to_owned()
}

fn texts(home: &Home, args: &[&str]) -> Vec<String> {
    let reply = home.json(&[&["search", "--words-only"], args].concat());
    let hits = reply["hits"].as_array().unwrap();
    let mut all: Vec<String> = hits.iter().map(|hit| hit["text"].as_str().unwrap().to_owned()).collect();
    all.sort();
    all
}

#[test]
fn the_words_are_those_of_the_page() {
    let page = include_str!("../../../../docs/memories.md");
    let rows = page.lines().skip_while(|line| *line != "| word | what it says |").skip(2);
    let listed: Vec<&str> = rows.take_while(|line| line.starts_with('|')).collect();
    let expect: Vec<String> = Word::ALL.iter().map(|(_, word, about)| format!("| `{word}` | {about} |")).collect();
    assert_eq!(listed, expect);
}

#[test]
fn several_become_one_and_come_back() {
    let home = Home::new();
    let [a, b] = [("kestrel needs firmware 7", "x"), ("the kestrel wants firmware seven", "y")]
        .map(|(text, word)| saved(&home, &[text, "--keyword", word]));
    let reply = home.json(&["merge", &a, &b, "--text", "kestrel: firmware 7"]);
    let about = "kestrel: firmware 7";
    let expect = json!({ "outcome": "merged", "id": a, "about": about, "revision": 2, "others": [b], "mode": "owner" });
    assert_eq!(reply, expect);
    assert_eq!(texts(&home, &["kestrel"]), ["kestrel: firmware 7"]);
    assert_eq!(texts(&home, &["kestrel", "--include-archived"]).len(), 2);
    assert_eq!(home.json(&["show", &a])["keywords"], json!(["x", "y"]));
    let undone = home.quipu(&["undo"]).ok();
    assert!(
        undone.contains("undone")
            && undone.contains("it was merged")
            && undone.contains("needs firmware 7")
            && undone.contains(&b),
        "{undone}"
    );
    assert_eq!(texts(&home, &["kestrel"]).len(), 2);
    let redone = home.json(&["undo", &b]);
    assert_eq!((&redone["outcome"], &redone["others"]), (&json!("undone"), &json!([a])));
    assert_eq!(texts(&home, &["kestrel"]), ["kestrel: firmware 7"]);

    let sum = home.json(&["aggregate", &a, "--text", "osprey and kestrel probes, in short", "--kind", "reference"]);
    let id = sum["id"].as_str().unwrap();
    assert_eq!((&sum["outcome"], &sum["others"]), (&json!("aggregated"), &json!([a])));
    let member = home.json(&["show", &a]);
    assert_eq!((&member["lifecycle"], &member["aggregated_into"]), (&json!("aggregated"), &json!(id)));
    assert!(home.quipu(&["show", &a]).ok().contains(&format!("aggregated into {id}")));
    let hidden = home.json(&["timeline", "--include-archived"]);
    assert_eq!(
        (hidden["memories"].as_array().unwrap().len(), home.json(&["timeline"])["memories"].as_array().unwrap().len()),
        (3, 1)
    );
    assert_eq!(home.json(&["update", &a, "--restore"])["outcome"], "restored");
    assert_eq!(texts(&home, &["kestrel"]).len(), 2);
    for (args, code) in [
        (vec!["undo", id], "changed_since"),
        (vec!["merge", &a, &a], "supersedes_itself"),
        (vec!["merge", &a, &b], "already_superseded"),
        (vec!["undo", "0198e0b0-0000-7000-8000-000000000000"], "no_such_memory"),
    ] {
        let output = home.quipu(&[&args[..], &["--json"]].concat());
        let (exit, fault) = (output.code, output.json());
        assert!(fault["code"] == code && fault["hint"].is_string() && exit > 0, "{args:?}: {fault}");
    }
}

#[test]
fn a_day_of_the_past_is_as_it_was() {
    let home = Home::new();
    let id = saved(&home, &["the kestrel needs firmware 7"]);
    let now = || jiff::Timestamp::now().to_string();
    std::thread::sleep(std::time::Duration::from_millis(5));
    let first = now();
    std::thread::sleep(std::time::Duration::from_millis(5));
    assert_eq!(home.json(&["update", &id, "--text", "the osprey needs firmware 8"])["revision"], 2);
    home.json(&["update", &id, "--archive"]);
    assert_eq!(texts(&home, &["kestrel", "--as-of", &first]), ["the kestrel needs firmware 7"]);
    assert!(texts(&home, &["kestrel", "--as-of", "2020-01-01"]).is_empty());
    let shown = home.json(&["show", &id, "--as-of", &first]);
    assert_eq!(
        (&shown["text"], &shown["revision"], &shown["lifecycle"]),
        (&json!("the kestrel needs firmware 7"), &json!(1), &json!("live"))
    );
    let then = home.json(&["timeline", "--as-of", &first]);
    assert_eq!(then["memories"][0]["text"], "the kestrel needs firmware 7");
    let history = home.json(&["history", &id, "--as-of", &first]);
    assert_eq!(history["revisions"].as_array().unwrap().len(), 1);
    let gone = home.quipu(&["show", &id, "--as-of", "2020-01-01", "--json"]);
    let (exit, fault) = (gone.code, gone.json());
    assert_eq!((exit, &fault["code"]), (66, &json!("no_such_memory")));
    let mut shim = Shim::open(&home);
    let found = shim.data("memory_search", &json!({ "query": "kestrel firmware", "as_of": first }));
    assert_eq!(found["results"][0]["id"], json!(id), "{found}");
}

#[test]
fn what_does_not_hold_is_not_recalled() {
    let home = Home::new();
    let id = saved(&home, &["the kestrel is on loan", "--valid-to", "2020-01-01", "--importance", "5"]);
    let later = saved(&home, &["the kestrel is ours", "--valid-from", "2999-01-01"]);
    assert!(texts(&home, &["kestrel"]).is_empty());
    assert_eq!(home.json(&["timeline"])["memories"], json!([]));
    assert_eq!(texts(&home, &["kestrel", "--include-archived"]).len(), 2);
    let shown = [&id, &later].map(|id| home.quipu(&["show", id]).ok());
    assert!(shown[0].contains("expired") && shown[0].contains("5 of 5") && shown[1].contains("not yet"), "{shown:?}");
    assert_eq!(home.json(&["update", &id, "--always-valid"])["outcome"], "changed");
    assert_eq!(texts(&home, &["kestrel"]), ["the kestrel is on loan"]);
    for (args, code) in [
        (["save", "x", "--importance", "6"].as_slice(), "bad_importance"),
        (&["save", "x", "--valid-from", "2026-02-01", "--valid-to", "2026-01-01"], "never_valid"),
        (&["save", "x", "--kind", "prompt"], "bad_kind"),
        (&["update", &id, "--valid-from", "2030-01-01", "--valid-to", "2029-01-01"], "never_valid"),
    ] {
        let output = home.quipu(&[args, &["--json"]].concat());
        let (exit, fault) = (output.code, output.json());
        assert!(fault["code"] == code && exit == 64, "{args:?}: {fault}");
    }
    assert_eq!(saved(&home, &["where we stopped", "--kind", "checkpoint"]).len(), 36);
}

#[test]
fn what_is_somebodys_own_is_asked_about_twice() {
    let home = Home::new();
    let id = saved(&home, &["I like tabs in my kestrel code", "--kind", "preference"]);
    let other = saved(&home, &["the kestrel has a log", "--keyword", "Health"]);
    let plain = saved(&home, &["the kestrel has wings"]);
    let asks = |reply: &Value, shown: &[&str]| {
        assert_eq!(
            (&reply["outcome"], &reply["reason"]),
            (&json!("rejected"), &json!("needs_confirmation")),
            "{reply}"
        );
        let would: Vec<&str> =
            reply["would_change"].as_array().unwrap().iter().map(|t| t["id"].as_str().unwrap()).collect();
        assert_eq!(would, shown);
        reply["confirm"].as_str().unwrap().to_owned()
    };
    let archive = asks(&home.json(&["update", &id, "--archive"]), &[&id]);
    let merge = asks(&home.json(&["merge", &plain, &other, &id]), &[&other, &id]);
    let replace = asks(&home.json(&["update", &other, "--supersede-with", &plain]), &[&other]);
    let save = asks(&home.json(&["save", "the kestrel has no log", "--supersedes", &other]), &[&other]);
    asks(&home.json(&["aggregate", &other, "--text", "in short"]), &[&other]);
    assert_eq!(texts(&home, &["kestrel"]).len(), 3, "nothing was done");
    // A code is for what was shown, and for nothing else.
    asks(&home.json(&["update", &id, "--archive", "--confirm", &merge]), &[&id]);
    assert!(archive != merge && merge != save && replace == save, "two ways to say one thing");
    let said = home.quipu(&["update", &id, "--archive"]);
    assert!(
        said.code == 65 && said.stderr.contains(&format!("--confirm {archive}")) && said.stderr.contains("tabs"),
        "{said:?}"
    );
    assert_eq!(home.json(&["update", &id, "--archive", "--confirm", &archive])["outcome"], "archived");
    assert_eq!(home.json(&["update", &id, "--restore"])["outcome"], "restored", "showing is not asked about");
    asks(&home.json(&["update", &id, "--archive", "--confirm", &archive]), &[&id]);
    assert_eq!(home.json(&["update", &plain, "--archive"])["outcome"], "archived", "of nobody's own");

    let mut shim = Shim::open(&home);
    let asked = shim.tool("memory_update", &json!({ "id": other, "action": "archive" }))["structuredContent"].clone();
    assert_eq!((&asked["reason"], &asked["would_change"]), (&json!("needs_confirmation"), &json!([other])));
    let done = shim.data("memory_update", &json!({ "id": other, "action": "archive", "confirm": asked["confirm"] }));
    assert_eq!(done["outcome"], "archived");
    let undone = shim.data("memory_update", &json!({ "id": other, "action": "undo" }));
    assert_eq!((&undone["outcome"], &undone["reason"]), (&json!("undone"), &json!("it was archived")));
    let given = json!({ "content": "kestrels nest", "importance": 4, "valid_to": "2020-01-01" });
    let saved = shim.data("memory_save", &given);
    let shown = home.json(&["show", saved["id"].as_str().unwrap()]);
    assert_eq!((&shown["importance"], &shown["valid_to"].is_i64()), (&json!(4), &true));
}

#[test]
fn at_a_terminal_a_person_is_asked() {
    let home = Home::new();
    let id = saved(&home, &["I like tabs in my kestrel code", "--kind", "preference"]);
    for (answer, is_done) in [("n\r", false), ("\r", false), ("y\r", true)] {
        let mut pty = Pty::start(home.command(&["update", &id, "--archive"]), 100, 24);
        until("the question", || {
            let printed = pty.screen().printed.clone();
            (printed.contains("I like tabs") && printed.contains("Hide it? [y/N]")).then_some(())
        });
        pty.send(answer);
        assert_eq!(pty.ends().success(), is_done, "{answer:?}");
        let lifecycle = if is_done { "archived" } else { "live" };
        assert_eq!(home.json(&["show", &id])["lifecycle"], lifecycle, "{answer:?}");
    }
}

#[test]
fn a_connection_undoes_nothing_of_another_project() {
    let home = Home::new();
    let elsewhere = home.root().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let mut command = home.command(&["save", "the kestrel lives elsewhere", "--json"]);
    command.current_dir(&elsewhere);
    let id = crate::support::run(command, b"").json()["id"].as_str().unwrap().to_owned();
    let mut shim = Shim::open(&home);
    let said = shim.fails("memory_update", &json!({ "id": id, "action": "undo" }));
    assert!(said.contains("no_such_memory"), "{said}");
    assert_eq!(home.json(&["show", &id])["lifecycle"], "live");
}
