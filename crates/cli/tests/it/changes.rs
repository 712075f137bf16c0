//! What is remembered is changed, hidden, shown again and replaced, as people type it.
//! It must not know the daemon's API beyond what it answers.
//! Invariant: what is hidden is hidden from every way to read but those that ask for it.

use serde_json::{Value, json};

use crate::leak_reads::files;
use crate::session::{QUESTION, Session, holding, memories, samples};
use crate::support::{Home, Output, run};

/// A run that must fail: its exit code and its fault, which names a way out.
#[track_caller]
fn fault(output: Output, exit: i32, code: &str) -> Value {
    assert_eq!(output.code, exit, "{output:#?}");
    let fault = output.json();
    assert!(fault["code"] == code && (fault["hint"].is_string() || code == "bad_id"), "{fault}");
    fault
}

/// Saves a note that must be new; its id.
#[track_caller]
fn saved(home: &Home, args: &[&str]) -> String {
    let reply = home.json(&[&["save"], args].concat());
    assert_eq!(reply["outcome"], "stored", "{reply}");
    reply["id"].as_str().unwrap().to_owned()
}

fn found(home: &Home, args: &[&str]) -> Vec<Value> {
    let reply = home.json(&[&["search", "--words-only"], args].concat());
    reply["hits"].as_array().unwrap().clone()
}

#[test]
fn a_note_is_put_right() {
    let home = Home::new();
    let id = saved(&home, &["the kestrel probe needs firmware 7", "--keyword", "old"]);
    let update = |args: &[&str]| home.json(&[&["update", id.as_str()], args].concat());
    let reply = update(&["--text", "the osprey probe needs firmware 8", "--reason", "it was another probe"]);
    let expected = json!({ "outcome": "changed", "id": id, "revision": 2, "mode": "owner" });
    assert_eq!(reply, expected);
    assert_eq!((found(&home, &["kestrel"]).len(), found(&home, &["osprey"]).len()), (0, 1));
    assert_eq!(found(&home, &["kestrel", "--include-archived"]).len(), 0, "what it said is history");
    let piped = home.command(&["update", &id, "--append", "-", "--json"]);
    assert_eq!(run(piped, b"\nand a reset afterwards\n").json()["revision"], 3);
    let filed = ["--title", "Firmware", "--kind", "decision", "--keyword", "probe", "--remove-keyword", "old"];
    assert_eq!(update(&[&filed[..], &["--applies-to", "area:probes", "--pin"]].concat())["revision"], 4);
    let same = update(&["--title", "Firmware"]);
    assert_eq!((&same["outcome"], &same["revision"]), (&json!("unchanged"), &json!(4)));
    let shown = home.json(&["show", &id]);
    for (key, value) in [
        ("text", json!("the osprey probe needs firmware 8\n\nand a reset afterwards")),
        ("title", json!("Firmware")),
        ("kind", json!("decision")),
        ("keywords", json!(["probe"])),
        ("applies_to", json!("area:probes")),
        ("pinned", json!(true)),
        ("revision", json!(4)),
        ("superseded_by", json!(null)),
        ("archived_at", json!(null)),
    ] {
        assert_eq!(shown[key], value, "{key}");
    }
    let history = home.json(&["history", &id]);
    let revisions = history["revisions"].as_array().unwrap();
    let numbers: Vec<u64> = revisions.iter().map(|r| r["revision"].as_u64().unwrap()).collect();
    assert_eq!((numbers, &history["id"]), (vec![4, 3, 2, 1], &json!(id)));
    assert_eq!(revisions[2]["reason"], "it was another probe");
    assert_eq!((&revisions[0]["current"], &revisions[3]["current"]), (&json!(true), &json!(false)));
    assert_eq!(revisions[3]["text"], "the kestrel probe needs firmware 7");
    assert_eq!(revisions[3]["changed_at"], shown["recorded_at"]);
    let said = home.quipu(&["history", &id]).ok();
    assert!(
        said.contains("kestrel") && said.contains("why it was another probe") && said.contains("the same text"),
        "{said}"
    );
    // Another daemon has it from disk.
    home.quipu(&["down"]).ok();
    assert_eq!((home.json(&["history", &id]), home.json(&["show", &id])), (history, shown));
    assert_eq!((found(&home, &["kestrel"]).len(), found(&home, &["osprey"]).len()), (0, 1));
    assert_eq!(home.json(&["update", &id, "--unpin", "--title", ""])["revision"], 5);
    let doctor = home.quipu(&["doctor"]);
    assert!(!doctor.stdout.contains("bad "), "{doctor:?}");
}

#[test]
fn what_is_hidden_is_hidden_everywhere_and_comes_back() {
    let home = Home::new();
    let file = home.work().join("probe.rs");
    const NEEDLE: &str = "needs firmware 7";
    let id = saved(&home, &[&format!("probe.rs {NEEDLE} of the kestrel"), "--kind", "convention"]);
    let edit =
        json!({ "tool_name": "Edit", "tool_input": { "file_path": file, "old_string": "a", "new_string": "b" } });
    let shows = |n: usize| {
        let out = home.root().join(format!("out{n}"));
        home.quipu(&["export", "markdown", out.to_str().unwrap()]).ok();
        let asks = Session::new(&home, &format!("asks{n}"), &home.work());
        let other = |what: &str| Session::new(&home, &format!("asks{n}{what}"), &home.work());
        [
            ("search", home.quipu(&["search", "kestrel"]).ok().contains(NEEDLE)),
            ("timeline", home.quipu(&["timeline"]).ok().contains(NEEDLE)),
            ("export", files(&out).contains(NEEDLE)),
            ("start", asks.hook("SessionStart", &json!({ "source": "startup" })).to_string().contains(NEEDLE)),
            // Each in a session of its own: what one was shown at its start it is not shown again.
            ("prompt", other("p").ask("which firmware does the kestrel probe need?").contains(NEEDLE)),
            ("edit", other("e").hook("PreToolUse", &edit).to_string().contains(NEEDLE)),
            ("stats", home.json(&["stats"])["by_kind"].to_string().contains("convention")),
        ]
    };
    for (name, is_shown) in shows(0) {
        assert!(is_shown, "{name}");
    }
    let reply = home.json(&["update", &id, "--archive", "--reason", "the probe is gone"]);
    assert_eq!((&reply["outcome"], &reply["revision"]), (&json!("archived"), &json!(2)));
    for (name, is_shown) in shows(1) {
        assert!(!is_shown, "{name} shows what is hidden");
    }
    let asked = found(&home, &["kestrel", "--include-archived"]);
    let hit = asked.iter().find(|hit| hit["id"] == id).expect("it is found where it is asked for");
    assert_eq!(hit["lifecycle"], "archived");
    let shown = home.json(&["show", &id]);
    assert_eq!((&shown["archive_reason"], shown["archived_at"].is_i64()), (&json!("the probe is gone"), true));
    assert!(home.quipu(&["show", &id]).ok().contains("archived: the probe is gone"));
    home.quipu(&["down"]).ok();
    for (name, is_shown) in shows(2) {
        assert!(!is_shown, "{name} shows what is hidden, loaded from disk");
    }
    assert_eq!(home.quipu(&["update", &id, "--restore"]).ok(), format!("restored {id} revision 3\n"));
    for (name, is_shown) in shows(3) {
        assert!(is_shown, "{name}");
    }
    // Without a daemon it is the same.
    home.quipu(&["down"]).ok();
    let alone = home.json(&["--no-daemon", "update", &id, "--archive"]);
    assert_eq!((&alone["outcome"], home.daemons().len()), (&json!("archived"), 0));
    assert_eq!(home.json(&["--no-daemon", "history", &id])["revisions"].as_array().unwrap().len(), 4);
}

#[test]
fn one_takes_the_place_of_another() {
    let home = Home::new();
    let old = saved(&home, &["the kestrel probe needs firmware 7"]);
    let reply = home.json(&["save", "the kestrel probe needs firmware 9", "--supersedes", &old]);
    let new = reply["id"].as_str().unwrap();
    assert_eq!((&reply["outcome"], &reply["supersedes"]), (&json!("superseded"), &json!(old)));
    let hits = found(&home, &["kestrel"]);
    assert_eq!((hits.len(), hits[0]["id"].as_str()), (1, Some(new)));
    let shown = home.json(&["show", &old]);
    assert_eq!((&shown["lifecycle"], shown["superseded_by"].as_str()), (&json!("superseded"), Some(new)));
    let again = ["save", "the kestrel probe needs firmware 10", "--supersedes", &old, "--json"];
    let taken = fault(home.quipu(&again), 65, "already_superseded");
    assert!(taken["message"].as_str().unwrap().contains(new), "{taken}");
    let nobody = "0193e0a4-7c1e-7000-8000-000000000001";
    fault(home.quipu(&["save", "a text", "--supersedes", nobody, "--json"]), 66, "no_such_memory");
    fault(home.quipu(&["save", "a text", "--supersedes", "nonsense", "--json"]), 64, "bad_id");
    assert_eq!(memories(&home).len(), 1, "all or nothing");
    let third = saved(&home, &["an osprey is no kestrel"]);
    let reply = home.json(&["update", new, "--supersede-with", &third]);
    assert_eq!(
        (&reply["outcome"], reply["id"].as_str(), &reply["revision"]),
        (&json!("superseded"), Some(third.as_str()), &json!(2))
    );
    assert!(reply["reason"].as_str().unwrap().contains(new), "{reply}");
    let cycle = fault(home.quipu(&["update", &third, "--supersede-with", &old, "--json"]), 65, "supersede_cycle");
    assert!(cycle["hint"].as_str().unwrap().contains("--restore"), "{cycle}");
    fault(home.quipu(&["update", &third, "--supersede-with", &third, "--json"]), 64, "supersedes_itself");
    assert!(home.quipu(&["show", &old]).ok().contains(&format!("superseded by {new}")));
}

#[test]
fn saving_names_what_says_nearly_the_same() {
    let home = Home::new();
    let known = saved(&home, &["You need the VPN to deploy to staging.", "--title", "Staging"]);
    saved(&home, &["Bake the loaf in a hot oven."]);
    let reply = home.json(&["save", "Deploys to staging need the VPN."]);
    assert_eq!((&reply["outcome"], reply["near"].as_array().map(Vec::len)), (&json!("stored"), Some(1)), "{reply}");
    let near = &reply["near"][0];
    assert_eq!((&near["id"], &near["title"]), (&json!(known), &json!("Staging")));
    assert!(near["cosine"].as_f64().is_some_and(|cosine| (0.8..1.0).contains(&cosine)), "{near}");
    let said = home.quipu(&["save", "To deploy to staging the VPN is needed."]).ok();
    assert!(said.starts_with("stored ") && said.contains("says nearly the same: Staging"), "{said}");
    assert!(home.json(&["save", "Sourdough wants a day of rest."])["near"].is_null());
}

#[test]
fn what_cannot_be_asked_is_refused_with_a_way_out() {
    let home = Home::new();
    let id = saved(&home, &["the kestrel probe needs firmware 7"]);
    let other = saved(&home, &["an osprey is no kestrel"]);
    let update = |args: &[&str]| home.quipu(&[&["update", id.as_str()], args, &["--json"]].concat());
    for (args, exit, code) in [
        (&[][..], 64, "nothing_asked"),
        (&["--reason", "none"], 64, "nothing_asked"),
        (&["--text", " \n"], 64, "empty"),
        (&["--append", ""], 64, "empty"),
        (&["--archive", "--text", "x"], 64, "contradiction"),
        (&["--archive", "--pin"], 64, "contradiction"),
        (&["--supersede-with", &other, "--title", "x"], 64, "contradiction"),
        (&["--keyword", "a", "--remove-keyword", "a"], 64, "contradiction"),
        (&["--kind", "wrong"], 64, "no_such_kind"),
        (&["--kind", "prompt"], 64, "bad_kind"),
        (&["--supersede-with", "nonsense"], 64, "bad_id"),
        (&["--text", "an osprey is no kestrel"], 65, "twin"),
        (&["--if-revision", "7", "--pin"], 65, "revision_conflict"),
    ] {
        fault(update(args), exit, code);
    }
    fault(home.quipu(&["update", "nonsense", "--pin", "--json"]), 64, "bad_id");
    fault(home.quipu(&["history", "nonsense", "--json"]), 64, "bad_id");
    let nobody = "0193e0a4-7c1e-7000-8000-000000000001";
    fault(home.quipu(&["update", nobody, "--pin", "--json"]), 66, "no_such_memory");
    fault(home.quipu(&["history", nobody, "--json"]), 66, "no_such_memory");
    let too_long = run(home.command(&["update", &id, "--append", "-", "--json"]), &b"too long ".repeat(200_000));
    fault(too_long, 64, "too_long");
    assert_eq!(update(&["--text", "a", "--append", "b"]).code, 2, "the command line itself says no");
    assert_eq!(update(&["--archive", "--restore"]).code, 2);
    // Nothing of it was done, and the revision that the conflict names is the one that helps.
    assert_eq!(home.json(&["show", &id])["revision"], 1);
    let late = fault(update(&["--if-revision", "2", "--pin"]), 65, "revision_conflict");
    assert!(late["hint"].as_str().unwrap().contains("--if-revision 1"), "{late}");
    assert_eq!(home.json(&["update", &id, "--if-revision", "1", "--pin"])["revision"], 2);
}

#[test]
fn secrets_in_a_change_are_replaced_and_told() {
    let home = Home::new();
    let id = saved(&home, &["the bucket's key is elsewhere"]);
    let secret = "AKIAIOSFODNN7EXAMPLE";
    let reply = home.json(&["update", &id, "--text", &format!("the bucket's key is {secret}"), "--reason", secret]);
    assert_eq!(reply["redacted"], json!(["aws-access-key-id", "aws-access-key-id"]), "{reply}");
    assert!(home.quipu(&["update", &id, "--append", secret]).ok().contains("redacted: aws-access-key-id"));
    assert!(crate::session::files_with(home.data(), secret).is_empty() && holding(&home, "[redacted:") == 1);
}

#[test]
fn what_was_said_stays_as_it_was_said_and_stays_hidden() {
    let home = samples();
    let hit = home.json(&["search", "--all", "--limit", "1", QUESTION])["hits"][0].clone();
    let id = hit["id"].as_str().unwrap();
    let update = |args: &[&str]| home.quipu(&[&["update", id], args, &["--json"]].concat());
    for args in
        [&["--text", "x"][..], &["--append", "x"], &["--title", "x"], &["--kind", "risk"], &["--applies-to", "area:x"]]
    {
        let refused = fault(update(args), 65, "captured");
        assert!(refused["hint"].as_str().unwrap().contains("quipu save"), "{refused}");
    }
    assert_eq!(update(&["--keyword", "writer", "--pin"]).json()["outcome"], "changed");
    let alike = || holding(&home, hit["text"].as_str().unwrap());
    let (count, before) = (memories(&home).len(), alike());
    assert_eq!(update(&["--archive"]).json()["outcome"], "archived");
    // The transcripts are read again, under another name too.
    let source = home.json(&["show", id])["source"]["path"].as_str().unwrap().to_owned();
    let copy = home.root().join("copied.jsonl");
    std::fs::copy(&source, &copy).unwrap();
    for path in [source.as_str(), copy.to_str().unwrap()] {
        home.json(&["index", path]);
        assert_eq!((memories(&home).len(), alike()), (count - 1, before - 1));
    }
    let again = home.json(&["search", "--all", "--limit", "20", QUESTION]);
    assert!(again["hits"].as_array().unwrap().iter().all(|hit| hit["id"] != id), "{again}");
    assert_eq!(update(&["--restore"]).json()["outcome"], "restored");
    assert_eq!(home.json(&["search", "--all", "--limit", "1", QUESTION])["hits"][0]["id"], id);
}
