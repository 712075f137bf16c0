//! Exports again and again, and back: the same bytes from the same memories, and nothing of anybody else's touched.
//! It must not know how an export finds its memories.
//! Invariant: each test compares files byte for byte.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::{Value, json};

use crate::files::files;
use crate::session::{SAMPLES, samples, save_in};
use crate::support::{Home, run};

/// Files as local-recall writes what it extracts.
const EPISODIC: [(&str, &str); 3] = [
    (
        "7b1f0c2e-5d3a-4f6b-8c9d-0e1f2a3b4c5d.md",
        "---\nid: 7b1f0c2e-5d3a-4f6b-8c9d-0e1f2a3b4c5d\nsubject: Use WAL mode\nkeywords:\n  - sqlite\n  - wal\n  - 'yes'\n\
         applies_to: global\noccurred_at: '2025-12-03T11:14:22.409Z'\ncontent_hash: 0208725c8d1487fd\n---\nUse one writer.\n",
    ),
    (
        "8c2f0c2e-5d3a-4f6b-8c9d-0e1f2a3b4c5d.md",
        "---\nid: 8c2f0c2e-5d3a-4f6b-8c9d-0e1f2a3b4c5d\nsubject: >-\n  The settings screen keeps its own copy of the list, so that a reload does not\n  lose what is typed\n\
         keywords:\n  - settings\napplies_to: 'file:src/settings.tsx'\noccurred_at: '2025-12-04T08:00:00.000Z'\n\
         content_hash: 9f3c1f4b7d8e4a11\n---\n## Why\n\nIt *lost* input.\n\n- one\n- two\n",
    ),
    (
        "9d3f0c2e-5d3a-4f6b-8c9d-0e1f2a3b4c5d.md",
        "---\nid: 9d3f0c2e-5d3a-4f6b-8c9d-0e1f2a3b4c5d\nsubject: 'Build: node 20'\nkeywords:\n  - build\n\
         applies_to: 'area:ci'\noccurred_at: '2025-12-05T08:00:00.000Z'\ncontent_hash: 0000000000000000\n---\nNode 20 is needed.\n",
    ),
];

fn export(home: &Home, dir: &Path, flags: &[&str]) -> Value {
    home.json(&[&["export", "markdown", dir.to_str().unwrap()], flags].concat())
}

fn counts(report: &Value) -> [u64; 5] {
    let list = |key: &str| report[key].as_array().unwrap().len() as u64;
    let number = |key: &str| report[key].as_u64().unwrap();
    [number("written"), number("unchanged"), list("kept"), list("gone"), list("removed")]
}

#[test]
fn what_local_recall_extracted_goes_there_and_back() {
    let home = Home::new();
    let (from, to) = (home.root().join("local-recall/episodic-memory"), home.root().join("out"));
    std::fs::create_dir_all(&from).unwrap();
    let mut expect = BTreeMap::new();
    for (name, text) in EPISODIC {
        // The hash is that of the text, as there.
        let body = text.split("---\n").nth(2).unwrap();
        let stated = text.lines().find(|line| line.starts_with("content_hash")).unwrap();
        let text = text.replace(stated, &format!("content_hash: {}", quoted(&quipu_core::hash::content_hash(body))));
        std::fs::write(from.join(name), &text).unwrap();
        expect.insert(name.to_owned(), text);
    }
    let report = home.json(&["import", "markdown", from.to_str().unwrap()]);
    assert_eq!((&report["outcomes"], &report["warnings"]), (&json!({ "stored": 3 }), &json!([])), "{report:#}");
    assert_eq!(counts(&export(&home, &to, &[])), [3, 0, 0, 0, 0]);
    assert_eq!(files(&to.join("episodic-memory")), expect);
}

/// A hash of digits alone is quoted where the whole could be a number.
fn quoted(hash: &str) -> String {
    if hash.parse::<f64>().is_ok() { format!("'{hash}'") } else { hash.to_owned() }
}

#[test]
fn only_what_has_changed_is_written_and_only_what_is_ours_is_removed() {
    let home = Home::new();
    let dir = home.root().join("out");
    let ids: Vec<String> = ["one", "two", "three", "four"]
        .map(|text| save_in(&home, &home.work(), &format!("note {text}"))["id"].as_str().unwrap().to_owned())
        .to_vec();
    assert_eq!(counts(&export(&home, &dir, &[])), [4, 0, 0, 0, 0]);
    let first = files(&dir);
    let note = || std::fs::read_to_string(dir.join(".quipu-export")).unwrap();
    let noted = note();
    assert_eq!(counts(&export(&home, &dir, &[])), [0, 4, 0, 0, 0]);
    assert_eq!((files(&dir), note()), (first.clone(), noted), "twice is once");
    home.json(&["update", &ids[0], "--append", "and more", "--pin", "--importance", "5", "--valid-to", "2090-01-01"]);
    home.json(&["update", &ids[1], "--archive", "--reason", "no longer so"]);
    home.json(&["update", &ids[2], "--archive"]);
    let file = |n: usize| dir.join(format!("episodic-memory/{}.md", ids[n]));
    std::fs::write(file(2), "changed by somebody").unwrap();
    std::fs::write(file(3), "changed by somebody").unwrap();
    std::fs::write(dir.join("episodic-memory/theirs.md"), "theirs").unwrap();
    assert_eq!(counts(&export(&home, &dir, &[])), [1, 0, 2, 1, 0], "nothing is removed unasked");
    assert_eq!(counts(&export(&home, &dir, &["--prune"])), [0, 1, 2, 0, 1]);
    assert!(!file(1).exists() && file(2).exists() && dir.join("episodic-memory/theirs.md").exists());
    assert_eq!(std::fs::read_to_string(file(3)).unwrap(), "changed by somebody");
    let said = home.quipu(&["export", "markdown", dir.to_str().unwrap()]).ok();
    assert!(said.contains("kept") && said.contains("--overwrite") && said.contains(&ids[3]), "{said}");
    assert_eq!(counts(&export(&home, &dir, &["--overwrite"]))[..2], [1, 1]);
    assert_eq!(files(&dir)[&format!("{}.md", ids[3])], first[&format!("{}.md", ids[3])]);
    // What is hidden comes out where it is asked for, and goes in hidden; what is held on to stays so.
    let all = home.root().join("all");
    assert_eq!(counts(&export(&home, &all, &["--include-archived"]))[0], 4);
    let fresh = Home::new();
    assert_eq!(
        fresh.json(&["import", "markdown", all.to_str().unwrap(), "--global"])["outcomes"],
        json!({ "stored": 4 })
    );
    let shown = |id: &str| fresh.json(&["show", id]);
    assert_eq!(
        (&shown(&ids[0])["importance"], &shown(&ids[0])["valid_to"]),
        (&json!(5), &home.json(&["show", &ids[0]])["valid_to"])
    );
    assert_eq!((&shown(&ids[0])["pinned"], &shown(&ids[1])["archive_reason"]), (&json!(true), &json!("no longer so")));
    assert_eq!(shown(&ids[2])["lifecycle"], "archived");
    let again = fresh.root().join("all");
    assert_eq!(counts(&export(&fresh, &again, &["--include-archived"]))[0], 4);
    assert_eq!(files(&again), files(&all));
    // Of a day before all that there is nothing.
    assert_eq!(counts(&export(&home, &home.root().join("then"), &["--as-of", "2020-01-01"])), [0; 5]);
    assert_eq!(files(&export_kind(&home, "decision")).len(), 0);
    assert_eq!(files(&export_kind(&home, "insight")).len(), 2);
}

fn export_kind(home: &Home, kind: &str) -> std::path::PathBuf {
    let dir = home.root().join(kind);
    export(home, &dir, &["--kind", kind]);
    dir
}

#[test]
fn an_export_never_leaves_its_folder() {
    let home = Home::new();
    let id = save_in(&home, &home.work(), "a note")["id"].as_str().unwrap().to_owned();
    let (out, theirs) = (home.root().join("out"), home.root().join("theirs"));
    std::fs::create_dir_all(&out).unwrap();
    std::fs::create_dir_all(&theirs).unwrap();
    symlink(&theirs, out.join("episodic-memory")).unwrap();
    let output = home.quipu(&["export", "markdown", out.to_str().unwrap(), "--overwrite", "--json"]);
    assert_eq!((output.code, &output.json()["code"]), (64, &json!("cannot_write")));
    assert_eq!(std::fs::read_dir(&theirs).unwrap().count(), 0);
    std::fs::remove_file(out.join("episodic-memory")).unwrap();
    std::fs::create_dir(out.join("episodic-memory")).unwrap();
    std::fs::write(theirs.join("x"), "theirs").unwrap();
    symlink(theirs.join("x"), out.join(format!("episodic-memory/{id}.md"))).unwrap();
    assert_eq!(counts(&export(&home, &out, &[])), [0, 0, 1, 0, 0], "a link is none of ours");
    assert_eq!(counts(&export(&home, &out, &["--overwrite"])), [1, 0, 0, 0, 0]);
    assert_eq!(std::fs::read_to_string(theirs.join("x")).unwrap(), "theirs");
    // What lies in the data directory is quipu's own.
    symlink(home.data(), home.root().join("door")).unwrap();
    for place in [home.data().to_owned(), home.data().join("new/folder"), home.root().join("door/x")] {
        for format in ["markdown", "jsonl", "html"] {
            let output = home.quipu(&["export", format, place.to_str().unwrap(), "--json"]);
            assert_eq!((output.code, &output.json()["code"]), (64, &json!("data_directory")), "{format} {place:?}");
        }
    }
}

/// Every record of every project, as lines.
fn lines(home: &Home, flags: &[&str]) -> String {
    home.quipu(&[&["export", "jsonl", "-", "--all"], flags].concat()).ok()
}

const WHOLE: [&str; 2] = ["--include-archived", "--history"];

#[test]
fn records_come_back_as_they_were() {
    let home = samples();
    let note = |text: &str| save_in(&home, &home.work(), text)["id"].as_str().unwrap().to_owned();
    let (changed, archived, old) = (note("first said"), note("pelicans nest in the harbour"), note("the old way"));
    home.json(&["save", "the new way", "--kind", "decision", "--title", "T", "--keyword", "k", "--supersedes", &old]);
    home.json(&["update", &changed, "--text", "then said\u{202e}", "--title", "Title", "--reason", "better"]);
    home.json(&["update", &changed, "--keyword", "a", "--pin"]);
    home.json(&["update", &changed, "--append", "and more"]);
    home.json(&["update", &changed, "--importance", "4", "--valid-from", "2020-01-01"]);
    let (a, b) = (note("a detail"), note("another detail"));
    home.json(&["aggregate", &a, &b, "--text", "both details"]);
    home.json(&["update", &archived, "--archive", "--reason", "gone"]);
    home.json(&["update", &archived, "--restore"]);
    home.json(&["update", &archived, "--archive", "--reason", "gone for good"]);
    home.json(&["save", "for everybody", "--global"]);
    let all = lines(&home, &WHOLE);
    assert_eq!(all, lines(&home, &WHOLE), "twice is once");
    let count = all.lines().count();
    assert!(count > 120, "{count}");
    let file = home.root().join("all.jsonl");
    let report = home.json(&[&["export", "jsonl", file.to_str().unwrap(), "--all"], &WHOLE[..]].concat());
    assert_eq!(
        (report["memories"].as_u64(), std::fs::read_to_string(&file).unwrap() == all),
        (Some(count as u64), true)
    );
    let fresh = Home::new();
    let report = fresh.json(&["import", "jsonl", file.to_str().unwrap()]);
    assert_eq!(report, json!({ "lines": count, "outcomes": { "stored": count }, "warnings": [] }));
    let (there, back): (Vec<&str>, String) = (all.lines().collect(), lines(&fresh, &WHOLE));
    for (one, two) in there.iter().zip(back.lines()) {
        assert_eq!(*one, two);
    }
    assert_eq!(all, back);
    // Again, from standard input, it is all there; found, shown, and told as it was.
    let again = run(fresh.command(&["import", "jsonl", "-", "--json"]), all.as_bytes()).json();
    assert_eq!(again["outcomes"], json!({ "duplicate": count }));
    let history = |home: &Home, id: &str| home.json(&["history", id]);
    for id in [&changed, &archived, &old] {
        assert_eq!(history(&home, id), history(&fresh, id));
    }
    let search = |words: &str, flags: &[&str]| {
        let reply = fresh.json(&[&["search", words, "--all", "--limit", "50"], flags].concat());
        reply["hits"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(search("then said and more", &[])[0], changed);
    let hidden = |flags: &[&str]| search("pelicans in the harbour", flags).contains(&archived);
    assert!(!hidden(&[]) && hidden(&["--include-archived"]));
    assert_eq!(fresh.json(&["update", &old, "--restore"])["outcome"], "restored");
    // The transcripts that they came from tell nothing twice.
    let turns =
        |home: &Home| lines(home, &WHOLE).lines().filter(|line| line.contains("\"origin\":\"transcript\"")).count();
    let before = turns(&fresh);
    fresh.json(&["index", SAMPLES]);
    assert_eq!(turns(&fresh), before);
    let checks = fresh.quipu(&["doctor", "--json"]).json();
    assert!(checks.as_array().unwrap().iter().all(|check| check["verdict"] != "broken"), "{checks:#}");
}

#[test]
fn lines_that_cannot_be_taken_stop_nothing_and_are_named() {
    let home = Home::new();
    save_in(&home, &home.work(), "a note");
    let line = lines(&home, &[]);
    let mut newer: Value = serde_json::from_str(&line).unwrap();
    newer["version"] = json!(99);
    let mut other: Value = serde_json::from_str(&line).unwrap();
    other["text"] = json!("another text under the same id");
    let mut secret: Value = serde_json::from_str(&line).unwrap();
    (secret["id"], secret["text"]) =
        (json!("0193e0a4-7c1e-7000-8000-000000000001"), json!("token ghp_abcdefghijklmnopqrstuvwxyz0123456789"));
    let mut added: Value = serde_json::from_str(&line).unwrap();
    (added["id"], added["text"], added["unheard_of"]) =
        (json!("0193e0a4-7c1e-7000-8000-000000000002"), json!("of a later version"), json!({ "a": 1 }));
    let long = format!("{{\"text\":\"{}\"}}", "x".repeat(16 << 20));
    let lines = [
        &line,
        "",
        "no json\n",
        "{}\n",
        &format!("{newer}\n"),
        &format!("{other}\n"),
        &format!("{secret}\n"),
        &long,
        "\n",
        &added.to_string(),
    ];
    let report = run(home.command(&["import", "jsonl", "-", "--json"]), lines.concat().as_bytes()).json();
    let outcomes = json!({ "duplicate": 1, "unreadable": 3, "rejected": 2, "stored": 2 });
    assert_eq!(report["outcomes"], outcomes, "{report:#}");
    let warned: Vec<u64> = report["warnings"].as_array().unwrap().iter().map(|w| w["line"].as_u64().unwrap()).collect();
    assert_eq!(warned.len(), 6, "{report:#}");
    let shown = home.json(&["show", "0193e0a4-7c1e-7000-8000-000000000001"])["text"].to_string();
    assert!(!shown.contains("ghp_abc"), "{shown}");
    let missing = home.quipu(&["import", "jsonl", "nowhere.jsonl", "--json"]);
    assert_eq!((missing.code, missing.json()["hint"].is_string()), (66, true));
}
