//! What other programs remembered, brought in by the real binary: every source, twice, with what is wrong in it.
//! It must not know how a source is read. The databases are made from SQL that the store's tests hold.
//! Invariant: nothing of a source is changed, and no file appears beside it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Home, run, tool, until};

/// A database of another program, made or gone on with by a script; nothing where no tool of this machine can.
fn database(sql: &str, path: &Path) -> Option<PathBuf> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/tests/foreign").join(sql);
    let made = match tool("sqlite3") {
        Some(sqlite) => Command::new(sqlite).arg(path).arg(format!(".read {}", script.display())).status(),
        None => {
            let code = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2]).read())";
            Command::new(tool("python3")?).args(["-c", code]).arg(path).arg(script).status()
        }
    };
    assert!(made.unwrap().success());
    Some(path.to_owned())
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Brings a source in: a rehearsal first, which must say what then happens; then twice, of which the second changes nothing.
#[track_caller]
fn import(home: &Home, args: &[&str]) -> Value {
    let all = [&["import"], args].concat();
    let ids = |home: &Home| home.export().into_iter().map(|m| (m.id, m.revision)).collect::<Vec<_>>();
    home.up();
    let before = ids(home);
    let rehearsed = home.json(&[&all[..], &["--dry-run"]].concat());
    assert_eq!(ids(home), before, "a rehearsal leaves nothing");
    let report = home.json(&all);
    for part in ["outcomes", "kinds", "skipped", "archived", "redacted", "warnings", "unplaced"] {
        assert_eq!(rehearsed[part], report[part], "{part}: {rehearsed:#}\n{report:#}");
    }
    let after = ids(home);
    let again = home.json(&all);
    for word in ["stored", "changed"] {
        assert_eq!(again["outcomes"].get(word), None, "twice: {again:#}");
    }
    assert_eq!((ids(home), &again["archived"]), (after, &json!(0)), "twice is once");
    report
}

fn found(home: &Home, args: &[&str]) -> Vec<String> {
    let reply = home.json(&[&["search", "--limit", "20"], args].concat());
    reply["hits"].as_array().unwrap().iter().map(|hit| hit["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_local_recall_folder_comes_in_whole_with_what_is_wrong_in_it() {
    let home = Home::new();
    let root = home.work().join("local-recall");
    for folder in ["episodic-memory", "thinking-memories", "episodic-memory/transcripts"] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
    }
    let id = |n: u32| format!("3f0c2a9e-6c1b-4a44-9a0e-2f7d1c5b8e{n:02}");
    let add = |n: u32, text: &str| {
        json!({ "action": "add", "id": id(n), "subject": format!("Subject {n}"), "keywords": ["k"], "applies_to": "file:src/a.rs",
            "occurred_at": "2025-12-03T11:14:22.409Z", "content_hash": "0208725c8d1487fd", "content": text })
        .to_string()
        .into_bytes()
    };
    let delete = |n: u32| json!({ "action": "delete", "id": id(n) }).to_string().into_bytes();
    let mut huge = b"{\"action\":\"add\",\"content\":\"".to_vec();
    huge.resize(20 << 20, b'x');
    let lines = [
        add(1, "Use one writer."),
        add(2, "Narwhals sing at night."),
        add(2, "Narwhals sing at noon."),
        add(3, "It was taken out."),
        delete(3),
        json!({ "action": "embedding", "id": id(1), "embedding": [0.5] }).to_string().into_bytes(),
        huge,
        b"{\"action\":\"add\",\"id\":\"cut".to_vec(),
        b"\xff\xfe not UTF-8".to_vec(),
        Vec::new(),
        add(4, "A narwhal with a \u{0} within."),
        json!({ "action": "add", "id": 7, "content": ["wrong"] }).to_string().into_bytes(),
        add(5, &"long ".repeat(300_000)),
        add(6, "The key is AKIAIOSFODNN7EXAMPLE for narwhals."),
    ];
    std::fs::write(root.join("episodic-memory/episodic-000001.jsonl"), lines.join(&b'\n')).unwrap();
    let thought = format!(
        "---\nid: {}\nsubject: s\napplies_to: global\ncreated_at: 2025-12-03\n---\n## Thought\n\nNarwhals think.\n\n## Output\n\nSo it is.\n",
        id(7)
    );
    std::fs::write(root.join(format!("thinking-memories/{}.md", id(7))), thought).unwrap();
    std::fs::write(root.join("episodic-memory/transcripts/x.md"), "not a memory").unwrap();
    std::fs::write(root.join("thinking-processed-log.jsonl"), "{\"action\":\"add\",\"filename\":\"x\"}\n").unwrap();
    std::os::unix::fs::symlink(&root, root.join("loop")).unwrap();
    let report = import(&home, &["local-recall"]);
    assert_eq!(report["outcomes"], json!({ "stored": 5 }), "{report:#}");
    assert_eq!(report["kinds"], json!({ "insight": 4, "thought": 1 }));
    let skipped = json!({ "replaced or taken out by a later line": 2, "a line longer than 16 MB": 1, "unreadable": 3, "too long for one memory": 1 });
    assert_eq!((&report["skipped"], &report["redacted"]), (&skipped, &json!(1)), "{report:#}");
    assert!(report["warnings"].to_string().contains("0208725c8d1487fd"), "a wrong hash is told: {report:#}");
    let shown = home.json(&["show", &id(6)]);
    assert_eq!(shown["text"], "The key is [redacted:aws-access-key-id] for narwhals.");
    assert_eq!((&shown["imported"]["source"], &shown["imported"]["lines"]), (&json!("local-recall"), &json!([14, 14])));
    assert!(shown["original_hash"].is_string(), "{shown:#}");
    let shown = home.json(&["show", &id(1)]);
    assert_eq!((&shown["occurred_at"], &shown["applies_to"]), (&json!(1_764_760_462_409_i64), &json!("file:src/a.rs")));
    assert_eq!(shown["files"], json!([home.work().join("src/a.rs")]), "{shown:#}");
    let project = std::fs::canonicalize(home.work()).unwrap();
    assert_eq!(shown["project"], json!(project));
    assert_eq!(found(&home, &["narwhals sing"])[0], "Narwhals sing at noon.");
    // Taken out there later on.
    let mut file = std::fs::read(root.join("episodic-memory/episodic-000001.jsonl")).unwrap();
    file.extend([b"\n".to_vec(), delete(2)].concat());
    std::fs::write(root.join("episodic-memory/episodic-000001.jsonl"), file).unwrap();
    assert_eq!(import(&home, &["local-recall"])["archived"], 1);
    assert_eq!(home.json(&["show", &id(2)])["lifecycle"], "archived");
}

#[test]
fn a_brainlayer_database_and_its_queues_come_in_with_their_history() {
    let home = Home::new();
    let folder = home.root().join("brain");
    std::fs::create_dir_all(folder.join("queue")).unwrap();
    let Some(path) = database("brainlayer.sql", &folder.join("brainlayer.db")) else { return };
    let queue = "{\"type\":\"store_memory\",\"content\":\"Queued herds wait.\",\"project\":\"walrus\"}\n\n{\"type\":\"rewind_archive\"}\n{cut\n";
    std::fs::write(folder.join("queue/1.jsonl"), queue).unwrap();
    let (before, bytes) = (names(&folder), std::fs::read(&path).unwrap());
    let report = import(&home, &["brainlayer", folder.to_str().unwrap()]);
    assert_eq!((names(&folder), std::fs::read(&path).unwrap() == bytes), (before, true), "it lies as it lay");
    assert_eq!(report["outcomes"], json!({ "stored": 6 }), "{report:#}");
    assert_eq!(report["unplaced"], json!({ "brainlayer:walrus": 5, "brainlayer:none": 1 }), "{report:#}");
    for why in ["a row longer than 16 MB", "an id that an earlier one has", "empty", "unreadable"] {
        assert_eq!(report["skipped"][why], 1, "{why}: {report:#}");
    }
    let walrus = ["--project", "brainlayer:walrus"];
    let live = found(&home, &[&["herds"][..], &walrus].concat());
    assert!(
        live.contains(&"Walrus herds are counted at dawn.".into()) && live.contains(&"Queued herds wait.".into()),
        "{live:?}"
    );
    assert!(
        !live.iter().any(|text| text.contains("dusk") || text.contains("painted")),
        "hidden there, hidden here: {live:?}"
    );
    let all = found(&home, &[&["herds", "--include-archived"][..], &walrus].concat());
    assert!(all.iter().any(|text| text.contains("dusk")) && all.iter().any(|text| text.contains("painted")), "{all:?}");
    let more = home.json(&["import", "brainlayer", path.to_str().unwrap(), "--include-all"]);
    assert_eq!(more["outcomes"]["stored"], 1, "{more:#}");
    let placed = Home::new();
    let map = format!("walrus={}", placed.work().display());
    import(&placed, &["brainlayer", path.to_str().unwrap(), "--map", &map]);
    assert!(!found(&placed, &["herds"]).is_empty(), "they are this directory's");
}

#[test]
fn an_orchestrators_notes_come_in_as_their_kinds() {
    let home = Home::new();
    let folder = home.work().join(".orchestrator");
    std::fs::create_dir(&folder).unwrap();
    let Some(_) = database("orchestrator.sql", &folder.join("project.db")) else { return };
    let report = import(&home, &["orchestrator"]);
    assert_eq!(report["outcomes"], json!({ "stored": 9 }), "{report:#}");
    assert_eq!((&report["kinds"]["decision"], &report["kinds"]["preference"]), (&json!(2), &json!(2)), "{report:#}");
    let all = home.export();
    let one = |text: &str| all.iter().find(|m| m.text.contains(text)).cloned();
    assert!(one("by number").is_none() && one("Sundays").is_none(), "superseded and resolved ones are hidden");
    let tagged = one("by colour").unwrap();
    assert_eq!(tagged.files, [std::fs::canonicalize(home.work()).unwrap().join("src/tag.rs").to_string_lossy()]);
    assert_eq!(one("sea dogs").unwrap().project, None, "what is said of the user is said everywhere");
}

/// Status, priority, when it is due, and its links as `relation first-words`, sorted.
fn stands(home: &Home, text: &str) -> (String, String, Option<i64>, Vec<String>) {
    let all = home.export();
    let id = &all.iter().find(|m| m.text.contains(text)).unwrap().id;
    let shown = &home.json(&["show", id]);
    let word = |name: &str| shown["work"][name].as_str().unwrap_or_default().to_owned();
    let link = |link: &Value| {
        let other = all.iter().find(|m| link["id"] == json!(m.id)).map_or("?", |m| m.text.as_str());
        format!("{} {}", link["relation"].as_str().unwrap(), other.split(' ').next().unwrap())
    };
    let mut links: Vec<String> = shown["links"].as_array().into_iter().flatten().map(link).collect();
    links.sort();
    (word("status"), word("priority"), shown["work"]["due_at"].as_i64(), links)
}

#[test]
fn an_orchestrators_work_items_come_in_with_where_they_stand_and_its_links() {
    let home = Home::new();
    let folder = home.work().join(".orchestrator");
    std::fs::create_dir(&folder).unwrap();
    let db = folder.join("project.db");
    let Some(_) = database("orchestrator.sql", &db) else { return };
    let report = import(&home, &["orchestrator"]);
    assert_eq!(report["kinds"]["work_item"], 4, "{report:#}");
    assert_eq!(report["links"], json!({ "made": 7, "left_out": 1, "waiting": 1 }), "{report:#}");
    for (why, count) in [
        ("a link that quipu has no word for (conflicts_with and the like)", 1),
        ("a link that its note says too (supersedes)", 1),
        ("a link without two ends", 2),
    ] {
        assert_eq!(report["skipped"][why], count, "{why}: {report:#}");
    }
    let due = "2026-12-24T00:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let of = |status: &str, priority: &str, due: Option<i64>, links: &[&str]| {
        (status.to_owned(), priority.to_owned(), due, links.iter().map(|link| (*link).to_owned()).collect::<Vec<_>>())
    };
    // It was begun there, and what blocks it is open: here too it waits for that.
    assert_eq!(
        stands(&home, "Paint"),
        of("blocked", "high", Some(due), &["blocked_by Drain", "depends_on Seals", "part_of Renew"])
    );
    let drain = &["blocked_by Move", "blocks Paint", "depends_on Seals", "part_of Renew"];
    assert_eq!(stands(&home, "Drain"), of("planned", "critical", None, drain));
    assert_eq!(stands(&home, "Move the"), of("done", "low", None, &["blocks Drain"]));
    assert_eq!(stands(&home, "Renew"), of("planned", "critical", None, &["has_part Drain", "has_part Paint"]));
    let odd = home.export().into_iter().find(|m| m.text.contains("Renew")).unwrap();
    assert!(["status:musing", "due:soon"].iter().all(|word| odd.keywords.contains(&(*word).to_owned())), "{odd:?}");

    let again = import(&home, &["orchestrator"]);
    assert_eq!(again["outcomes"], json!({ "duplicate": 9 }), "{again:#}");
    assert_eq!(again["links"], json!({ "made": 0, "left_out": 0, "waiting": 0 }), "{again:#}");

    // What is exported of it, and comes back as files, is known.
    let out = home.root().join("out");
    home.json(&["export", "markdown", out.to_str().unwrap(), "--all"]);
    let files = home.json(&["import", "markdown", out.to_str().unwrap()]);
    assert_eq!(files["outcomes"], json!({ "duplicate": 7 }), "{files:#}");

    // What blocks it ends here; what is changed here is not undone there, and what is changed there alone comes.
    let id = |text: &str| home.export().into_iter().find(|m| m.text.contains(text)).unwrap().id;
    home.json(&["work", "done", &id("Drain")]);
    assert_eq!(stands(&home, "Paint").0, "active");
    database("orchestrator_later.sql", &db).unwrap();
    let changed = import(&home, &["orchestrator"]);
    assert_eq!(changed["outcomes"], json!({ "changed": 2, "duplicate": 7, "stored": 1 }), "{changed:#}");
    assert_eq!(changed["links"], json!({ "made": 1, "left_out": 0, "waiting": -1 }), "{changed:#}");
    assert_eq!(stands(&home, "Drain the seal pool twice").0, "done", "it was said here");
    assert_eq!(stands(&home, "Renew").0, "blocked", "it was said there");
    assert!(stands(&home, "Seals are tagged").3.contains(&"relates_to It".to_owned()));
}

#[test]
fn claude_mem_comes_in_with_its_sessions() {
    let home = Home::new();
    let otter = home.root().join("otter");
    std::fs::create_dir(&otter).unwrap();
    let Some(path) = database("claude_mem.sql", &home.root().join("claude-mem.db")) else { return };
    crate::session::save_in(&home, &otter, "a project that is called so");
    let report = import(&home, &["claude-mem", path.to_str().unwrap()]);
    assert_eq!(report["outcomes"], json!({ "stored": 4 }), "{report:#}");
    assert_eq!(report["unplaced"], json!({}), "the one project of that name is its");
    let all = home.export();
    let seen = all.iter().find(|m| m.text.contains("hold hands")).unwrap();
    assert_eq!(seen.text, "Otters hold hands so that they do not drift.\n\n- They sleep");
    assert_eq!(
        (seen.kind.as_str(), seen.session_id.as_deref()),
        ("decision", Some("c0ffee00-0000-4000-8000-000000000001"))
    );
    assert!(all.iter().any(|m| m.kind == "prompt" && m.text == "why do the otters drift apart?"));
}

#[test]
fn the_graph_of_the_mcp_memory_server_comes_in() {
    let home = Home::new();
    let path = home.root().join("memory.json");
    let lines = [
        json!({ "type": "entity", "name": "Anna", "entityType": "person", "observations": ["Breeds auks"] }),
        json!({ "type": "relation", "from": "Anna", "to": "Auk", "relationType": "breeds" }),
        json!({ "type": "entity", "name": "Auk", "entityType": "bird", "observations": [] }),
    ];
    let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>() + "{\"type\":\"entity\",\n";
    std::fs::write(&path, &text).unwrap();
    let report = import(&home, &["mcp-memory", path.to_str().unwrap(), "--global"]);
    assert_eq!(
        (&report["outcomes"], &report["skipped"]),
        (&json!({ "stored": 2 }), &json!({ "unreadable": 1 })),
        "{report:#}"
    );
    assert!(found(&home, &["auks"])[0].contains("- breeds Auk"));
    std::fs::write(&path, text.replace("Breeds auks", "Breeds puffins")).unwrap();
    assert_eq!(
        import(&home, &["mcp-memory", path.to_str().unwrap(), "--global"])["outcomes"],
        json!({ "changed": 1, "duplicate": 1 })
    );
    assert_eq!(found(&home, &["puffins"]).len(), 1);
}

#[test]
fn files_that_people_write_for_agents_are_references_that_follow_them() {
    let home = Home::new();
    let work = home.work();
    std::fs::create_dir_all(work.join("web/.cursor/rules")).unwrap();
    std::fs::create_dir_all(work.join("node_modules/x")).unwrap();
    std::fs::write(work.join("CLAUDE.md"), "# Build\nUse terns.\n@/etc/hostname\n# Test\nRun plovers.\n").unwrap();
    std::fs::write(work.join("web/.cursor/rules/a.mdc"), "---\ndescription: Naming\n---\nUse avocets.\n").unwrap();
    std::fs::write(work.join("node_modules/x/AGENTS.md"), "Somebody else's.").unwrap();
    std::os::unix::fs::symlink("CLAUDE.md", work.join("AGENTS.md")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", work.join("GEMINI.md")).unwrap();
    std::os::unix::fs::symlink(&work, work.join("web/loop")).unwrap();
    let report = import(&home, &["rules"]);
    assert_eq!(
        (&report["outcomes"], &report["kinds"]),
        (&json!({ "stored": 3 }), &json!({ "reference": 3 })),
        "{report:#}"
    );
    let build = home.export().into_iter().find(|m| m.text.contains("terns")).unwrap();
    assert_eq!((build.title.as_deref(), build.text.as_str()), (Some("CLAUDE.md: Build"), "Use terns.\n@/etc/hostname"));
    assert!(home.export().iter().any(|m| m.applies_to == "area:web" && m.text == "Use avocets."));
    std::fs::write(work.join("CLAUDE.md"), "Before all.\n\n# Build\nUse skuas.\n").unwrap();
    let report = import(&home, &["rules"]);
    assert_eq!(
        (&report["outcomes"], &report["archived"]),
        (&json!({ "stored": 1, "changed": 1, "duplicate": 1 }), &json!(1)),
        "{report:#}"
    );
    let history = home.json(&["history", &build.id]);
    assert_eq!(
        history["revisions"].as_array().unwrap().len(),
        2,
        "an edit is a revision of the same memory: {history:#}"
    );
    assert_eq!(found(&home, &["plovers"]), Vec::<String>::new());
}

#[test]
fn what_cannot_be_is_refused_with_its_cure_and_what_is_denied_stays_out() {
    let home = Home::new();
    let text = home.root().join("text.db");
    std::fs::write(&text, "no database at all, whatever it is called").unwrap();
    let text = text.to_str().unwrap();
    for (args, code) in [
        (vec!["import", "claude-mem"], 64),
        (vec!["import", "claude-mem", text], 64),
        (vec!["import", "brainlayer", home.work().to_str().unwrap()], 66),
        (vec!["import", "rules", "nowhere"], 66),
        (vec!["import", "rules", "--map", "x"], 64),
        (vec!["import", "rules", "--project", "nowhere"], 66),
    ] {
        let output = home.quipu(&[&args[..], &["--json"]].concat());
        assert_eq!(output.code, code, "{args:?}: {output:#?}");
        assert!(output.json()["hint"].is_string(), "{args:?}");
    }
    for args in [vec!["import"], vec!["import", "moo"], vec!["import", "--list", "rules"]] {
        assert_eq!(home.quipu(&args).code, 2, "{args:?}");
    }
    std::fs::write(home.work().join("AGENTS.md"), "Denied dunlins.").unwrap();
    let pattern = format!("ingest.deny=[\"{}/**\"]", std::fs::canonicalize(home.work()).unwrap().display());
    let set = pattern.split_once('=').unwrap();
    home.quipu(&["config", "set", set.0, set.1]).ok();
    until("the daemon knows", || {
        let report = home.json(&["import", "rules", "--dry-run"]);
        (report["skipped"] == json!({ "denied": 1 })).then_some(())
    });
    let list = home.json(&["import", "--list"]);
    assert!(list["found"].to_string().contains("AGENTS.md"), "{list:#}");
    let other = run(home.command(&["import", "--list"]), b"");
    assert!(other.stdout.contains("quipu import rules"), "{other:#?}");
}
