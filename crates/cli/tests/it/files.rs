//! Memories as Markdown files: there and back without a changed byte, and what is wrong with a file said by name.
//! It must not know the format beyond what a file shows.
//! Invariant: one file that cannot be read keeps none of the others out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::session::{samples, save_in};
use crate::support::{Home, run};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../agents/tests/fixtures/thinking-memory");

/// Names and bytes of the memory files below `dir`.
pub(crate) fn files(dir: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else if name.ends_with(".md") {
            found.insert(name, std::fs::read_to_string(entry.path()).unwrap());
        }
    }
    found
}

fn import(home: &Home, dir: &Path) -> Value {
    home.json(&["import", "markdown", dir.to_str().unwrap()])
}

fn export(home: &Home, name: &str, scope: &[&str]) -> PathBuf {
    let dir = home.root().join(name);
    let reply = home.json(&[&["export", "markdown", dir.to_str().unwrap()], scope].concat());
    let count = reply["written"].as_u64().unwrap() + reply["unchanged"].as_u64().unwrap();
    assert_eq!(count, files(&dir).len() as u64, "{reply}");
    dir
}

#[test]
fn real_memories_come_back_byte_for_byte() {
    let home = Home::new();
    let fixtures = Path::new(FIXTURES);
    let expect = files(fixtures);
    assert_eq!(expect.len(), 2);
    let report = import(&home, fixtures);
    assert_eq!(
        (&report["files"], &report["outcomes"], &report["warnings"]),
        (&json!(2), &json!({ "stored": 2 }), &json!([])),
        "{report:#}"
    );
    assert_eq!(import(&home, fixtures)["outcomes"], json!({ "duplicate": 2 }));
    assert_eq!(files(&export(&home, "out", &[])), expect);
    // Exported over itself, and read from there, it is still the same.
    let out = export(&home, "out", &[]);
    assert_eq!(files(&out), expect);
    assert_eq!(import(&home, &out)["outcomes"], json!({ "duplicate": 2 }));
    let text = home.quipu(&["import", "markdown", FIXTURES]).ok();
    assert!(text.contains("2 files: 2 duplicate"), "{text}");
    // They are memories like others.
    let some = expect.values().next().unwrap();
    let thought = some.split("## Thought\n\n").nth(1).unwrap();
    let words = &thought[..thought.char_indices().nth(80).unwrap().0];
    let reply = home.quipu(&["search", "--limit", "3", "--json", "--", words]).json();
    assert!(
        reply["hits"]
            .as_array()
            .unwrap()
            .iter()
            .any(|hit| expect.contains_key(&format!("{}.md", hit["id"].as_str().unwrap()))),
        "{reply}"
    );
}

#[test]
fn a_wrong_hash_is_said_and_bad_files_are_named() {
    let home = Home::new();
    let dir = home.root().join("mixed");
    std::fs::create_dir_all(dir.join("deeper/still")).unwrap();
    let mut fixtures = files(Path::new(FIXTURES)).into_iter();
    let (name, text) = fixtures.next().unwrap();
    let changed = text.replacen("## Output", "## Output\n\nA line that somebody added.", 1);
    assert_ne!(changed, text);
    std::fs::write(dir.join(&name), changed).unwrap();
    let (name, text) = fixtures.next().unwrap();
    std::fs::write(dir.join("deeper/still").join(&name), &text).unwrap();
    for (bad, bytes) in [
        ("a-no-front-matter.md", &b"just text"[..]),
        ("b-binary.md", b"\xff\xfe\x00"),
        ("c-empty.md", b""),
        ("d-open.md", b"---\nid: 1\nsubject: x"),
        ("e-no-id.md", b"---\nsubject: x\noccurred_at: 2026-01-01T00:00:00.000Z\n---\nbody\n"),
        ("f-body.md", b"---\nid: 0193e0a4-7c1e-7000-8000-000000000001\nsubject: x\napplies_to: global\noccurred_at: 2026-01-01T00:00:00.000Z\n---\n\n"),
    ] {
        std::fs::write(dir.join(bad), bytes).unwrap();
    }
    std::fs::write(dir.join("notes.txt"), "no Markdown").unwrap();
    std::fs::create_dir(dir.join("folder.md")).unwrap();
    let report = import(&home, &dir);
    assert_eq!((&report["files"], &report["outcomes"]["stored"]), (&json!(8), &json!(2)), "{report:#}");
    let warnings = report["warnings"].to_string();
    for bad in ["a-no-front", "b-binary", "c-empty", "d-open", "e-no-id", "f-body"] {
        assert!(warnings.contains(bad), "{bad}: {report:#}");
    }
    assert!(warnings.contains("hash"), "the changed file's: {report:#}");
    let said = home.quipu(&["import", "markdown", dir.to_str().unwrap()]).ok();
    assert!(said.contains("note") && said.contains("d-open.md") && said.contains("2 duplicate"), "{said}");
    // What an export says of the changed one is true again.
    let other = Home::new();
    let again = import(&other, &export(&home, "out", &[]));
    assert_eq!((&again["outcomes"], &again["warnings"]), (&json!({ "stored": 2 }), &json!([])), "{again:#}");
}

#[test]
fn what_came_from_a_file_follows_it_and_what_was_written_here_does_not() {
    let home = Home::new();
    import(&home, Path::new(FIXTURES));
    let dir = home.root().join("edited");
    std::fs::create_dir(&dir).unwrap();
    let (name, text) = files(Path::new(FIXTURES)).into_iter().next().unwrap();
    let edited = text.replacen("## Thought\n", "## Thought\n\nEdited by hand.\n", 1);
    std::fs::write(dir.join(&name), &edited).unwrap();
    let report = import(&home, &dir);
    assert_eq!(report["outcomes"], json!({ "changed": 1 }), "{report:#}");
    let id = name.trim_end_matches(".md");
    assert_eq!(
        home.json(&["history", id])["revisions"].as_array().map(Vec::len),
        Some(2),
        "what it said is a revision"
    );
    home.json(&["save", "Written here."]);
    let out = export(&home, "out", &[]);
    let (name, text) = files(&out).into_iter().find(|(_, text)| text.contains("Written here.")).unwrap();
    let there = home.root().join("there");
    std::fs::create_dir(&there).unwrap();
    std::fs::write(there.join(&name), text.replace("Written here.", "Written there.")).unwrap();
    let report = import(&home, &there);
    assert_eq!(report["outcomes"], json!({ "rejected": 1 }), "{report:#}");
    assert!(report["warnings"].to_string().contains("belongs to another text"), "{report:#}");
}

/// Where work items stand and what is linked, as the files of `dir` say it, by the first word of their text.
fn said(dir: &Path) -> BTreeMap<String, Vec<String>> {
    let keys =
        ["status:", "priority:", "due:", "links:", "  - relates_to", "  - blocked_by", "  - part_of", "  - depends_on"];
    let told = files(dir).into_values().map(|text| {
        let front = text.split("---\n").nth(1).unwrap();
        let lines = front.lines().filter(|line| keys.iter().any(|key| line.starts_with(key))).map(str::to_owned);
        (text.split("---\n").nth(2).unwrap().split(' ').next().unwrap().to_owned(), lines.collect())
    });
    told.collect()
}

#[test]
fn links_and_where_work_stands_go_there_and_back() {
    let home = Home::new();
    let saved = |args: &[&str]| home.json(&[&["save"], args].concat())["id"].as_str().unwrap().to_owned();
    let why = saved(&["Terns need sand.", "--kind", "decision"]);
    let first = ["work", "add", "Bring sand.", "--priority", "high", "--due", "2031-05-01T10:00:00Z"];
    let first = home.json(&first)["id"].as_str().unwrap().to_owned();
    let then = saved(&["Spread it.", "--kind", "work_item"]);
    saved(&["Plain it is.", "--kind", "decision"]);
    home.json(&["link", &then, "blocked_by", &first]);
    home.json(&["link", &then, "depends_on", &why]);
    home.json(&["link", &why, "relates_to", &first]);
    home.json(&["work", "start", &first]);
    let out = export(&home, "out", &[]);
    let says = said(&out);
    let lines = |lines: &[String]| lines.iter().map(|line| (*line).clone()).collect::<Vec<_>>();
    assert_eq!(
        says["Bring"],
        lines(&["status: active".into(), "priority: high".into(), "due: '2031-05-01T10:00:00.000Z'".into()])
    );
    assert_eq!(
        says["Spread"],
        lines(&[
            "status: blocked".into(),
            "links:".into(),
            format!("  - blocked_by {first}"),
            format!("  - depends_on {why}")
        ])
    );
    assert_eq!(says["Terns"], lines(&["links:".into(), format!("  - relates_to {first}")]));
    assert_eq!(says["Plain"], [""; 0], "a file of neither is as it was");
    // The files come in the order of their names, and links lead either way.
    let fresh = Home::new();
    let report = import(&fresh, &out);
    assert_eq!(
        (&report["outcomes"], &report["warnings"], &report["links"]["made"], &report["links"]["waiting"]),
        (&json!({ "stored": 4 }), &json!([]), &json!(3), &json!(0)),
        "{report:#}"
    );
    assert_eq!(files(&export(&fresh, "out", &[])), files(&out), "not a byte differs");
    // They are what they were: the one that is blocked goes on when the other ends.
    fresh.json(&["work", "done", &first]);
    assert_eq!(fresh.json(&["show", &then])["work"]["status"], "planned");
    assert_eq!(import(&fresh, &out)["outcomes"], json!({ "duplicate": 4 }), "what was done here is not undone");
}

#[test]
fn a_link_whose_other_end_comes_later_is_kept() {
    let home = Home::new();
    let saved = |text: &str| home.json(&["save", text, "--kind", "work_item"])["id"].as_str().unwrap().to_owned();
    let (one, two) = (saved("one"), saved("two"));
    home.json(&["link", &one, "blocked_by", &two]);
    let (file, turned) = (home.root().join("all.jsonl"), home.root().join("turned.jsonl"));
    home.json(&["export", "jsonl", file.to_str().unwrap()]);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.find(&one) < text.find(&two), "the link comes before its other end: {text}");
    let backwards: Vec<&str> = text.lines().rev().collect();
    std::fs::write(&turned, backwards.join("\n")).unwrap();
    for source in [&file, &turned] {
        let fresh = Home::new();
        assert_eq!(fresh.json(&["import", "jsonl", source.to_str().unwrap()])["outcomes"], json!({ "stored": 2 }));
        let shown = fresh.json(&["show", &one]);
        let link = &shown["links"][0];
        assert_eq!((&link["relation"], &link["id"]), (&json!("blocked_by"), &json!(two)), "{shown:#}");
        // Half of it first: the link waits, also for another day's file.
        let parts = Home::new();
        for line in text.lines() {
            let part = home.root().join("part.jsonl");
            std::fs::write(&part, line).unwrap();
            parts.json(&["import", "jsonl", part.to_str().unwrap()]);
        }
        assert_eq!(parts.json(&["show", &two])["links"][0]["relation"], "blocks");
    }
}

#[test]
fn captured_memories_move_to_a_fresh_home_with_their_ids() {
    let home = samples();
    save_in(&home, &home.work(), "---\nA saved note: with: colons, # marks,\n\n  - and \"quotes\"\n---");
    home.json(&["save", "For everybody", "--global", "--title", "T: 'x' #1", "--keyword", "a, b", "--keyword", "yes"]);
    let out = export(&home, "out", &["--all"]);
    assert_eq!(files(&out).len(), 119);
    let fresh = Home::new();
    let report = import(&fresh, &out);
    assert_eq!((&report["outcomes"], &report["warnings"]), (&json!({ "stored": 119 }), &json!([])), "{report:#}");
    let facts = |home: &Home| {
        let mut all: Vec<_> = home
            .export()
            .into_iter()
            .map(|m| (m.id, m.kind, m.text, m.content_hash, m.occurred_at, m.session_id, m.agent, m.keywords))
            .collect();
        all.sort();
        all
    };
    assert_eq!(facts(&fresh), facts(&home));
    let (once, twice) = (files(&out), files(&export(&fresh, "out", &["--all"])));
    assert_eq!(once.len(), twice.len());
    once.iter().for_each(|(name, text)| assert_eq!(Some(text), twice.get(name), "exported again, not a byte differs"));
    // Each project is what it was.
    let projects = |home: &Home| {
        let mut all: Vec<_> = home.export().into_iter().map(|m| (m.id, m.project)).collect();
        all.sort();
        all
    };
    assert_eq!(projects(&fresh), projects(&home));
    assert_eq!(import(&home, &out)["outcomes"], json!({ "duplicate": 119 }), "at home they are known");
}

#[test]
fn an_export_is_of_one_project_unless_all_are_asked_for() {
    let home = Home::new();
    let other = home.root().join("other");
    std::fs::create_dir(&other).unwrap();
    save_in(&home, &home.work(), "said in w");
    save_in(&home, &other, "said in other");
    home.json(&["save", "said for all", "--global"]);
    let count = |name: &str, scope: &[&str]| files(&export(&home, name, scope)).len();
    assert_eq!((count("here", &[]), count("there", &["--project", "other"]), count("all", &["--all"])), (2, 2, 3));
    let here = files(&home.root().join("here")).into_values().collect::<String>();
    assert!(here.contains("said in w") && !here.contains("project:"), "one project need not be named: {here}");
    let all = files(&home.root().join("all")).into_values().collect::<String>();
    assert!(all.contains(&format!("{}", std::fs::canonicalize(&other).unwrap().display())), "{all}");
    for (args, code) in [
        (vec!["import", "markdown", "nowhere", "--json"], 66),
        (vec!["export", "markdown", "/dev/null/x", "--json"], 64),
        (vec!["export", "markdown", "out", "--project", "nobody", "--json"], 66),
    ] {
        let output = run(home.command(&args), b"");
        assert_eq!(output.code, code, "{args:?}: {output:#?}");
        assert!(output.json()["hint"].is_string(), "{args:?}");
    }
    let empty = home.root().join("empty");
    std::fs::create_dir(&empty).unwrap();
    assert_eq!(import(&home, &empty)["files"], 0);
}
