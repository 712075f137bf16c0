//! Work items and links as people and agents use them: what blocks, what follows, and what stays within its project.
//! It must not know how they are kept.
//! Invariant: whatever one door writes, every other shows.

use std::path::Path;

use serde_json::{Value, json};

use crate::mcp_shim::Shim;
use crate::support::{Home, run};

/// Runs a command in `dir`, with `--json`.
fn at(home: &Home, dir: &Path, args: &[&str]) -> crate::support::Output {
    let mut command = home.command(&[args, &["--json"]].concat());
    command.current_dir(dir);
    run(command, b"")
}

#[track_caller]
fn added(home: &Home, args: &[&str]) -> String {
    let reply = home.json(&[&["work", "add"], args].concat());
    assert_eq!(reply["outcome"], "stored", "{reply}");
    reply["id"].as_str().unwrap().to_owned()
}

#[track_caller]
fn fault(home: &Home, args: &[&str], code: &str) {
    let output = home.quipu(&[args, &["--json"]].concat());
    let code_given = output.code;
    let fault = output.json();
    assert!(code_given != 0 && fault["code"] == code && fault["hint"].is_string(), "{args:?}: {fault}");
}

fn statuses(home: &Home) -> Vec<(String, String)> {
    let reply = home.json(&["work", "--closed"]);
    let pair = |item: &Value| (item["title"].as_str().unwrap().into(), item["status"].as_str().unwrap().into());
    reply["items"].as_array().unwrap().iter().map(pair).collect()
}

#[test]
fn work_is_planned_blocked_done_and_taken_back() {
    let home = Home::new();
    let schema = added(&home, &["settle the schema", "--priority", "1", "--due", "2020-01-01"]);
    let ui = added(&home, &["build the page", "--blocked-by", &schema, "-p", "high"]);
    let docs = added(&home, &["write it down", "--parent", &ui, "--due", "3d"]);
    let list = home.json(&["work"]);
    let titles: Vec<&str> = list["items"].as_array().unwrap().iter().map(|i| i["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["settle the schema", "build the page", "write it down"]);
    assert_eq!((&list["open"], &list["blocked"], &list["overdue"]), (&json!(3), &json!(1), &json!(1)));
    let page = &list["items"][1];
    assert_eq!((&page["status"], &page["blocked_by"]), (&json!("blocked"), &json!([schema])));
    assert_eq!((&page["parts"], &page["open_parts"]), (&json!(1), &json!(1)));
    let told = home.quipu(&["work"]).ok();
    assert!(told.contains(&format!("blocked by {schema}")) && told.contains("days overdue"), "{told}");
    assert!(told.contains("3 open, 1 blocked, 1 overdue, 0 closed"), "{told}");

    fault(&home, &["work", "start", &ui], "still_blocked");
    let started = home.json(&["work", "start", &schema]);
    assert_eq!(started["outcome"], "changed");
    let finished = home.json(&["work", "done", &schema, "--reason", "as voted"]);
    assert_eq!(finished["also"], json!([{ "id": ui, "became": "planned" }]));
    fault(&home, &["work", "done", &ui], "open_parts");
    fault(&home, &["work", "drop", &schema], "bad_step");
    fault(&home, &["update", &docs, "--priority", "9"], "bad_priority");
    fault(&home, &["work", "due", &docs, "soonish"], "bad_time");
    let last = home.json(&["work", "done", &docs]);
    assert_eq!(last["also"], json!([{ "id": ui, "became": "parts_closed" }]));
    home.json(&["work", "done", &ui]);
    assert_eq!(home.json(&["work"])["items"], json!([]));
    assert!(home.quipu(&["work"]).ok().contains("Nothing is to be done here"));
    fault(&home, &["update", &docs, "--status", "active"], "whole_closed");

    // As every other change it has a history, and another daemon has it from disk.
    home.quipu(&["down"]).ok();
    let history = home.json(&["history", &schema]);
    let was: Vec<&str> =
        history["revisions"].as_array().unwrap().iter().map(|r| r["work"]["status"].as_str().unwrap()).collect();
    assert_eq!(was, ["done", "active", "planned"]);
    assert_eq!(history["revisions"][0]["reason"], "as voted");
    let done = |title: &str| (title.to_owned(), "done".to_owned());
    assert_eq!(statuses(&home), ["settle the schema", "build the page", "write it down"].map(done));
}

#[test]
fn a_whole_is_closed_with_its_parts() {
    let home = Home::new();
    let whole = added(&home, &["the release"]);
    let part = added(&home, &["the notes", "--parent", &whole]);
    let outside = home.json(&["work", "block", &part, "--reason", "waits for legal"]);
    assert_eq!(outside["outcome"], "changed");
    assert!(home.quipu(&["work"]).ok().contains("blocked by what no memory stands for"));
    let dropped = home.json(&["work", "drop", &whole, "--with-children"]);
    assert_eq!(dropped["also"], json!([{ "id": part, "became": "dropped" }]));
    assert!(home.quipu(&["work", "unblock", &part]).ok().contains("unchanged"));
}

#[test]
fn a_link_is_seen_from_both_ends_and_tells_no_text() {
    let home = Home::new();
    let a = added(&home, &["kestrel plan"]);
    let b = home.json(&["save", "osprey note", "--link", &format!("blocks:{a}"), "--title", "Osprey"]);
    let b = b["id"].as_str().unwrap().to_owned();
    let links = |id: &str| home.json(&["show", id])["links"].clone();
    assert_eq!(
        links(&a),
        json!([{ "relation": "blocked_by", "id": b, "kind": "insight", "lifecycle": "live", "kept": true }]),
        "a live note blocks"
    );
    assert_eq!(links(&b)[0]["relation"], "blocks");
    assert_eq!(home.json(&["show", &a])["work"]["status"], "blocked");
    assert!(!links(&a).to_string().contains("Osprey") && !links(&b).to_string().contains("kestrel"));
    let hidden = home.json(&["update", &b, "--archive"]);
    assert_eq!(hidden["also"], json!([{ "id": a, "became": "planned" }]));
    assert_eq!(links(&a)[0]["lifecycle"], "archived");
    assert!(home.quipu(&["show", &a]).ok().contains(&format!("blocked_by {b} (insight, archived)")));
    // Whoever of the two is named first.
    assert_eq!(home.json(&["link", &b, "part-of", &a])["id"], json!(b));
    fault(&home, &["link", &a, "part_of", &b], "link_circle");
    fault(&home, &["link", &a, "admires", &b], "bad_relation");
    fault(&home, &["link", &a, "supersedes", &b], "bad_relation");
    fault(&home, &["link", &a, "relates_to", &a], "to_itself");
    assert_eq!(home.json(&["unlink", &a, "has_part", &b])["outcome"], "changed");
    assert_eq!(home.json(&["unlink", &a, "has_part", &b])["outcome"], "unchanged");
    home.json(&["link", &a, "relates_to", &b]);
    assert_eq!(home.json(&["unlink", &b, "relates_to", &a])["outcome"], "changed");
    assert_eq!(links(&b).as_array().unwrap().len(), 1);
}

#[test]
fn files_and_symbols_are_shown_from_the_root_on() {
    let home = Home::new();
    std::fs::create_dir_all(home.work().join(".git")).unwrap();
    std::fs::create_dir(home.work().join("src")).unwrap();
    for file in ["src/here.rs", "src/gone.rs"] {
        std::fs::write(home.work().join(file), "").unwrap();
    }
    let saved = home.json(&[
        "save",
        "the lock is taken late",
        "--file",
        "src/here.rs",
        "--file",
        "./src/../src/gone.rs",
        "--symbol",
        "Lock::take",
    ]);
    let id = saved["id"].as_str().unwrap();
    let shown = home.quipu(&["show", id]).ok();
    assert!(shown.contains("src/gone.rs, src/here.rs\n") && shown.contains("Lock::take"), "{shown}");
    std::fs::remove_file(home.work().join("src/gone.rs")).unwrap();
    let shown = home.quipu(&["show", id]).ok();
    assert!(shown.contains("files src/gone.rs (file gone since), src/here.rs\n"), "{shown}");
    let update = ["update", id, "--remove-file", "src/gone.rs", "--add-file", "src/new.rs", "--add-symbol", "Lock"];
    assert_eq!(home.json(&update)["revision"], 2);
    let view = home.json(&["show", id]);
    let root = std::fs::canonicalize(home.work()).unwrap();
    let path = |file: &str| json!(root.join(file));
    assert_eq!(view["files"], json!([path("src/here.rs"), path("src/new.rs")]));
    assert_eq!(view["gone_files"], json!([path("src/new.rs")]));
    assert_eq!(view["symbols"], json!(["Lock", "Lock::take"]));
    let history = home.json(&["history", id]);
    assert_eq!(history["revisions"][1]["given_files"], json!([path("src/gone.rs"), path("src/here.rs")]));
}

#[test]
fn what_belongs_to_another_project_is_linked_by_nobody() {
    let home = Home::new();
    let [left, right] = ["left", "right"].map(|name| {
        let dir = home.root().join(name);
        std::fs::create_dir(&dir).unwrap();
        std::fs::canonicalize(dir).unwrap()
    });
    let save = |dir: &Path, args: &[&str]| at(&home, dir, args).json()["id"].as_str().unwrap().to_owned();
    let ours = save(&left, &["work", "add", "ours"]);
    let theirs = save(&right, &["work", "add", "theirs", "--priority", "1"]);
    let global = save(&left, &["save", "for all", "--global", "--link", &format!("relates_to:{theirs}")]);
    for args in [
        vec!["link", &ours, "relates_to", &theirs],
        vec!["work", "block", &ours, "--by", &theirs],
        vec!["save", "another", "--link", &format!("part_of:{theirs}")],
        vec!["save", "another", "--link", &format!("blocks:{theirs}")],
    ] {
        let output = at(&home, &left, &args);
        let exit = output.code;
        assert_eq!((exit, &output.json()["code"]), (65, &json!("other_project")), "{args:?}");
    }
    assert_eq!(at(&home, &left, &["link", &ours, "relates_to", &global]).json()["outcome"], "changed");
    let listed = at(&home, &left, &["work"]).json();
    assert_eq!((listed["items"].as_array().unwrap().len(), &listed["all"]), (1, &json!(1)), "{listed}");
    assert_eq!(at(&home, &left, &["work", "--all"]).json()["items"].as_array().unwrap().len(), 2);

    let mut shim = Shim::open_in(&home, &left);
    let seen = shim.data("memory_get", &json!({ "ids": [global] }));
    let ids: Vec<&str> =
        seen["memories"][0]["links"].as_array().unwrap().iter().map(|link| link["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [ours.as_str()], "the other project's end is not there");
    let missing = |text: &str| assert!(text.contains("no_such_memory") && !text.contains("theirs"), "{text}");
    for (tool, given) in [
        ("memory_save", json!({ "content": "mine", "kind": "work_item", "parent": theirs })),
        ("memory_save", json!({ "content": "mine", "kind": "work_item", "blocked_by": [theirs] })),
        ("memory_update", json!({ "id": theirs, "status": "done" })),
        ("memory_update", json!({ "id": ours, "blocked_by": [theirs] })),
        ("memory_link", json!({ "id": theirs, "relation": "blocks", "to": ours })),
        ("memory_link", json!({ "id": global, "relation": "part_of", "to": theirs })),
    ] {
        missing(&shim.tool(tool, &given).to_string());
    }
    // An end that takes effect elsewhere too tells only of what is here.
    let mine = shim
        .data("memory_save", &json!({ "content": "mine", "type": "work_item", "priority": "high", "due": "friday" }));
    let mine = mine["id"].as_str().unwrap();
    let blocked = shim.data("memory_update", &json!({ "id": ours, "blocked_by": [mine] }));
    assert_eq!(blocked["outcome"], "changed");
    let freed = shim.data("memory_update", &json!({ "id": mine, "status": "done" }));
    assert_eq!(freed["also"], json!([{ "id": ours, "became": "planned" }]));
}

#[test]
fn a_search_is_narrowed_to_files() {
    let home = Home::new();
    std::fs::create_dir_all(home.work().join(".git")).unwrap();
    let save = |text: &str, file: &str| home.json(&["save", text, "--file", file])["id"].as_str().unwrap().to_owned();
    let lock = save("the kestrel lock is taken late", "src/lock.rs");
    let deep = save("the kestrel queue is drained first", "src/deep/queue.rs");
    let near = save("the kestrel name is a prefix", "src/lock.rs.old");
    home.json(&["save", "the kestrel knows no file"]);
    let ids = |args: &[&str]| {
        let reply = home.json(args);
        let all = if args[0] == "search" { &reply["hits"] } else { &reply["memories"] };
        let mut ids: Vec<String> =
            all.as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    let sorted = |ids: &[&String]| {
        let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
        ids.sort();
        ids
    };
    for command in [&["search", "kestrel"][..], &["search", "kestrel", "--words-only"], &["timeline"]] {
        let with =
            |files: &[&str]| ids(&[command, &files.iter().flat_map(|f| ["--file", f]).collect::<Vec<_>>()].concat());
        assert_eq!(with(&["src/lock.rs"]), sorted(&[&lock]), "{command:?}");
        assert_eq!(with(&["./src/deep/../lock.rs", "src/deep"]), sorted(&[&lock, &deep]), "{command:?}");
        assert_eq!(with(&["src/"]), sorted(&[&lock, &deep, &near]), "{command:?}");
        assert_eq!(with(&["lock.rs"]), [] as [String; 0], "{command:?}");
        assert_eq!(with(&[]).len(), 4, "{command:?}");
    }
    let mut shim = Shim::open(&home);
    let found = shim.data("memory_search", &json!({ "query": "kestrel", "files": ["src/lock.rs"] }));
    assert_eq!((&found["count"], &found["results"][0]["id"]), (&json!(1), &json!(lock)));
    home.json(&["update", &lock, "--remove-file", "src/lock.rs"]);
    assert_eq!(ids(&["search", "kestrel", "--file", "src/lock.rs"]), [] as [String; 0]);
}
