//! Where memories hold and who may see them, as people and agents meet it.
//! It must not know the rule: `quipu_core::scope` has its own tests.
//! Invariant: what is recalled holds where the agent stands; what is private no agent is told of.

use std::path::Path;

use quipu_protocol::client::Request;
use serde_json::{Value, json};

use crate::leak_reads::files;
use crate::mcp_shim::Shim;
use crate::session::{Session, context};
use crate::support::{Home, run};

/// A home whose project is a repository on `branch`.
fn on_branch(branch: &str) -> Home {
    let home = Home::new();
    std::fs::create_dir_all(home.work().join(".git")).unwrap();
    std::fs::create_dir_all(home.work().join("src")).unwrap();
    std::fs::write(home.work().join("src/lock.rs"), "").unwrap();
    check_out(&home, branch);
    home
}

fn check_out(home: &Home, branch: &str) {
    std::fs::write(home.work().join(".git/HEAD"), format!("ref: refs/heads/{branch}\n")).unwrap();
}

#[track_caller]
fn json_in(home: &Home, dir: &Path, args: &[&str]) -> Value {
    let mut command = home.command(&[args, &["--json"]].concat());
    command.current_dir(dir);
    run(command, b"").json()
}

#[track_caller]
fn saved(home: &Home, args: &[&str]) -> String {
    let reply = home.json(&[&["save"], args].concat());
    assert_eq!(reply["outcome"], "stored", "{reply}");
    reply["id"].as_str().unwrap().to_owned()
}

/// What a prompt is given in a session that is new to it.
fn recalled(home: &Home, session: &str, prompt: &str) -> String {
    let session = Session::new(home, session, &home.work());
    let fields = json!({ "prompt": prompt, "agent_id": "a1" });
    context(&session.hook("UserPromptSubmit", &fields))
}

#[test]
fn a_place_is_kept_in_one_spelling_or_refused() {
    let home = on_branch("main");
    let src = home.work().join("src");
    let here = home.work();
    let absolute = format!("file:{}/src/gone.rs", std::fs::canonicalize(&here).unwrap().display());
    for (n, (dir, places, expect)) in [
        (&here, &["file:./src//lock.rs"][..], "file:src/lock.rs"),
        // Seen from where it is typed, if it is there; else from the root on.
        (&src, &["file:lock.rs"], "file:src/lock.rs"),
        (&src, &["file:src/gone.rs"], "file:src/gone.rs"),
        (&src, &[&absolute], "file:src/gone.rs"),
        (&here, &["file:/etc/hosts"], "file:/etc/hosts"),
        (&here, &["file:src/lock.rs", "branch:main"], "file:src/lock.rs, branch:main"),
        (&here, &["project"], "global"),
        (&here, &[], "global"),
    ]
    .into_iter()
    .enumerate()
    {
        let text = format!("the heron nests in place {n}");
        let mut args = vec!["save", &text];
        places.iter().for_each(|place| args.extend(["--applies-to", place]));
        let id = json_in(&home, dir, &args)["id"].as_str().unwrap().to_owned();
        assert_eq!(home.json(&["show", &id])["applies_to"], expect, "{places:?}");
    }
    for (place, code) in [("lock.rs", "bad_scope"), ("service:x", "bad_scope"), ("workspace", "contradiction")] {
        let refused = home.quipu(&["save", "no heron", "--applies-to", place, "--json"]);
        assert!(code != "bad_scope" || refused.stdout.contains("branch:NAME"), "the forms are named: {refused:?}");
        assert_eq!((refused.code, &refused.json()["code"]), (64, &json!(code)), "{place}");
    }
    let everywhere = home.json(&["save", "herons everywhere", "--global", "--applies-to", "workspace"]);
    assert_eq!(everywhere["outcome"], "stored");
    // What an earlier system wrote is taken in, and told of.
    let dir = home.root().join("old");
    std::fs::create_dir(&dir).unwrap();
    let head = "id: 0193e0a4-7c1e-7000-8000-000000000007\nsubject: x\napplies_to: 'service:billing, file:./a.rs'\nkeywords:\n  - k";
    let text = format!("---\n{head}\noccurred_at: '2025-12-03T11:14:22.409Z'\n---\nthe heron of old\n");
    std::fs::write(dir.join("a.md"), text).unwrap();
    let imported = home.json(&["import", "markdown", dir.to_str().unwrap()]);
    assert!(imported["warnings"].to_string().contains("became a keyword"), "{imported}");
    let shown = home.json(&["show", "0193e0a4-7c1e-7000-8000-000000000007"]);
    assert_eq!((&shown["applies_to"], &shown["keywords"]), (&json!("file:a.rs"), &json!(["k", "service:billing"])));
}

#[test]
fn what_is_recalled_holds_where_the_agent_stands() {
    let home = on_branch("main");
    saved(&home, &["the bittern valve opens at forty bar", "--applies-to", "branch:main"]);
    saved(&home, &["the egret valve opens at fifty bar", "--applies-to", "branch:other"]);
    saved(&home, &["the osprey valve opens at sixty bar", "--applies-to", "session:s1"]);
    saved(&home, &["the plover valve opens at seventy bar", "--applies-to", "file:src/lock.rs"]);
    let birds = ["bittern", "egret", "osprey", "plover"];
    let found = |text: &str| birds.into_iter().filter(|bird| text.contains(bird)).collect::<Vec<_>>();
    let asks = "when do the bittern, egret, osprey and plover valves open, at how many bar?";
    for (branch, session, about, expect) in [
        ("main", "s0", "", &["bittern"][..]),
        ("other", "s2", "", &["egret"]),
        ("other", "s1", "", &["egret", "osprey"]),
        ("none", "s3", " in src/lock.rs", &["plover"]),
    ] {
        check_out(&home, branch);
        let prompts = birds.map(|bird| format!("when does the {bird} valve open{about}?"));
        let told: String = prompts.iter().map(|prompt| recalled(&home, session, prompt)).collect();
        assert_eq!(found(&told), expect, "{branch} {session}");
        let start = Session::new(&home, session, &home.work()).hook("SessionStart", &json!({ "source": "startup" }));
        let expect: Vec<&str> = expect.iter().copied().filter(|bird| *bird != "plover").collect();
        assert_eq!(found(&context(&start)), expect, "{branch} {session} begins");
    }
    check_out(&home, "main");
    let mut shim = Shim::open_in(&home, &home.work());
    let pack = |shim: &mut Shim, given: Value| found(&shim.tool("memory_context", &given).to_string());
    assert_eq!(pack(&mut shim, json!({})), ["bittern"]);
    assert_eq!(pack(&mut shim, json!({ "task": "the valve of lock.rs" })), ["bittern", "plover"]);
    // Who searches sees every place, and which.
    let all = shim.data("memory_search", &json!({ "query": asks }));
    assert_eq!(found(&all.to_string()), birds);
    assert!(all.to_string().contains("branch:other"), "{all}");
    for (place, expect) in [("branch:other", "egret"), ("file:src/lock.rs", "plover"), ("session:s1", "osprey")] {
        let search = home.json(&["search", asks, "--scope", place]);
        assert_eq!(found(&search.to_string()), [expect], "{place}");
        assert_eq!(search["hits"][0]["applies_to"], place);
        assert_eq!(found(&home.json(&["timeline", "--scope", place]).to_string()), [expect]);
        let out = home.root().join(format!("out-{expect}"));
        home.json(&["export", "markdown", out.to_str().unwrap(), "--scope", place]);
        assert_eq!(found(&files(&out)), [expect]);
    }
    let refused = home.quipu(&["search", "x", "--scope", "elsewhere", "--json"]);
    assert_eq!((refused.code, &refused.json()["code"]), (64, &json!("bad_scope")));
}

#[test]
fn what_is_private_is_shown_to_a_person_and_to_nobody_else() {
    let home = on_branch("main");
    let said = "the merganser pump leaks near src/lock.rs because its gasket is old";
    let id = saved(&home, &[said, "--private"]);
    let public = saved(&home, &["the merganser pump was painted green"]);
    let mut shim = Shim::open_in(&home, &home.work());
    let is_told = |shim: &mut Shim| {
        let edit = json!({ "tool_name": "Edit", "tool_input": { "file_path": "src/lock.rs", "old_string": "a", "new_string": "b" } });
        let session = Session::new(&home, "edits", &home.work());
        let mut told = vec![
            recalled(&home, "asks", "why does the merganser pump leak, is its gasket old?"),
            context(&session.hook("PreToolUse", &edit)),
            context(&session.hook("SessionStart", &json!({ "source": "startup" }))),
        ];
        for (tool, given) in [
            ("memory_search", json!({ "query": "merganser gasket", "include_archived": true })),
            ("memory_timeline", json!({})),
            ("memory_context", json!({ "task": "merganser gasket" })),
            ("memory_get", json!({ "ids": [id] })),
            ("memory_history", json!({ "id": id })),
            ("memory_update", json!({ "id": id, "action": "archive" })),
        ] {
            told.push(shim.tool(tool, &given).to_string());
        }
        told.iter().filter(|text| text.contains("gasket is old")).count()
    };
    assert_eq!(is_told(&mut shim), 0);
    let missing = shim.fails("memory_update", &json!({ "id": id, "action": "archive" }));
    assert!(missing.contains("no memory has the id"), "{missing}");
    let nobody = shim.fails("memory_save", &json!({ "content": "x y z", "supersedes": id }));
    assert!(nobody.contains("no memory has the id"), "{nobody}");
    // The same words are new to it, and nothing near is named; the count leaves it out.
    let again = shim.data("memory_save", &json!({ "content": said }));
    assert_eq!((&again["outcome"], again["near"].is_null()), (&json!("stored"), true), "{again}");
    home.json(&["update", again["id"].as_str().unwrap(), "--archive"]);
    home.json(&["update", again["id"].as_str().unwrap(), "--private"]);
    assert_eq!(shim.data("memory_status", &json!({}))["kinds"], json!([{ "kind": "insight", "memories": 1 }]));
    assert_eq!(home.json(&["stats"])["by_kind"], json!([["insight", 2]]));
    // A person sees it.
    let found = home.json(&["search", "merganser gasket"]);
    assert!(found["hits"].as_array().unwrap().iter().any(|hit| hit["id"] == id && hit["private"] == true), "{found}");
    assert!(home.quipu(&["search", "merganser gasket"]).stdout.contains("· private"));
    assert_eq!(home.json(&["show", &id])["private"], true);
    let export = |flags: &[&str]| {
        let out = home.root().join(format!("out{}", flags.len()));
        home.json(&[&["export", "markdown", out.to_str().unwrap()], flags].concat());
        files(&out).contains("gasket")
    };
    assert_eq!((export(&[]), export(&["--include-private"])), (false, true));
    let refused = home.quipu(&["update", &public, "--supersede-with", &id, "--json"]);
    assert_eq!((refused.code, &refused.json()["code"]), (65, &json!("private")));
    // And may let others see it, and take it back.
    assert_eq!(home.json(&["update", &id, "--no-private"])["revision"], 2);
    assert!(is_told(&mut Shim::open_in(&home, &home.work())) > 3);
    home.json(&["update", &id, "--restore"]);
    home.json(&["update", &id, "--private"]);
    assert_eq!(is_told(&mut shim), 0);
    let history = home.json(&["history", &id]);
    assert!(history["revisions"].as_array().unwrap().iter().any(|revision| revision["private"] == false), "{history}");
    // A daemon that starts anew knows it too.
    home.quipu(&["down"]).ok();
    assert_eq!(is_told(&mut Shim::open_in(&home, &home.work())), 0);
    let page = home.request(&Request::post("/v1/export", &json!({ "scope": { "all": true } }))).unwrap();
    assert!(!String::from_utf8_lossy(&page.body).contains("gasket"));
}

#[test]
fn an_agents_shell_is_the_agents() {
    let home = on_branch("main");
    let hidden = saved(&home, &["the quetzal hides in the lock", "--private", "--applies-to", "file:src/lock.rs"]);
    let open = saved(&home, &["the quetzal sits on the queue", "--kind", "work_item"]);
    let by = |session: Option<(&str, &str)>, args: &[&str]| {
        let mut command = home.command(&[args, &["--json"]].concat());
        command.envs(session);
        run(command, b"")
    };
    let by_plain = |session: Option<(&str, &str)>, args: &[&str]| {
        let mut command = home.command(args);
        command.envs(session);
        run(command, b"")
    };
    let agents = [("CLAUDE_CODE_SESSION_ID", "0198-aa"), ("QUIPU_SESSION", "codex/0198-bb")];
    for session in std::iter::once(None).chain(agents.map(Some)) {
        let is_agent = session.is_some();
        for args in [&["search", "quetzal"][..], &["search", "quetzal", "--include-archived"], &["timeline"]] {
            let text = by(session, args).json().to_string();
            assert!(text.contains(&open), "{session:?} {args:?}: {text}");
            assert_eq!(text.contains(&hidden), !is_agent, "{session:?} {args:?}: {text}");
        }
        for args in [&["show", &hidden][..], &["history", &hidden], &["why", &hidden]] {
            let ended = by(session, args);
            assert_eq!(ended.code, if is_agent { 66 } else { 0 }, "{session:?} {args:?}: {ended:?}");
        }
        let taken_out = by_plain(session, &["export", "jsonl", "-", "--include-private"]);
        assert_eq!(taken_out.code == 0, !is_agent, "{session:?}: {taken_out:?}");
        if is_agent {
            let changed = by(session, &["update", &hidden, "--append", "more"]);
            assert_eq!(changed.code, 66, "{changed:?}");
            // The same words are new to who cannot see that they are there.
            let twin = by(session, &["save", "the quetzal hides in the lock"]).json();
            assert_eq!(twin["outcome"], "stored", "{twin}");
            home.json(&["update", twin["id"].as_str().unwrap(), "--archive"]);
        }
    }
    run(home.command(&["down"]), b"").ok();
    let mut alone = home.command(&["search", "quetzal", "--no-daemon", "--json"]);
    alone.envs([agents[0]]);
    let text = run(alone, b"").json().to_string();
    assert!(text.contains(&open) && !text.contains(&hidden), "{text}");
    let nobody = by(Some(("QUIPU_SESSION", "no stroke")), &["search", "quetzal"]);
    assert!(nobody.code != 0 && format!("{nobody:?}").contains("bad_session"), "{nobody:?}");
}

#[test]
fn what_was_private_once_no_agent_is_told_afterwards() {
    let home = on_branch("main");
    let by = |session: Option<(&str, &str)>, args: &[&str]| {
        let mut command = home.command(&[args, &["--json"]].concat());
        command.envs(session);
        run(command, b"")
    };
    let agent = Some(("QUIPU_SESSION", "codex/0198-bb"));
    let was = saved(&home, &["the okapi is hard to work with", "--private", "--kind", "decision"]);
    home.json(&["update", &was, "--text", "ask the zebra about billing", "--no-private"]);
    // At a moment when it was private: as of now but a little earlier there is no way to ask exactly, so the past is read as history.
    for args in [&["history", &was][..], &["show", &was], &["search", "okapi", "--include-archived"]] {
        let (person, told) = (by(None, args), by(agent, args));
        assert_eq!((person.code, told.code), (0, 0), "{args:?}: {told:?}");
        assert!(!told.stdout.contains("okapi"), "{args:?}: {}", told.stdout);
    }
    assert!(by(None, &["history", &was]).stdout.contains("okapi"), "a person sees it all");
    for (private, expect) in [(false, false), (true, true)] {
        let mut args = vec!["export", "jsonl", "-", "--history"];
        args.extend(private.then_some("--include-private"));
        let taken_out = run(home.command(&args), b"").ok();
        assert_eq!(taken_out.contains("okapi"), expect, "{args:?}: {taken_out}");
    }
    // What a person did to privacy no agent takes back, nor does it learn what was done.
    let undone = by(agent, &["undo", &was]);
    assert!(undone.code != 0 && !format!("{undone:?}").contains("okapi"), "{undone:?}");
    let hidden = saved(&home, &["the ocelot sleeps", "--private"]);
    let undone = by(agent, &["undo"]);
    assert!(!format!("{undone:?}").contains(&hidden) && !format!("{undone:?}").contains("ocelot"), "{undone:?}");
    // Nor does it make anything private, by which it would learn of what is there.
    let own = by(agent, &["save", "the tapir swims"]).json()["id"].as_str().unwrap().to_owned();
    for args in [&["save", "the ocelot sleeps", "--private"][..], &["update", &own, "--private"]] {
        let refused = by(agent, args);
        assert!(refused.code == 64 && refused.stdout.contains("only a person"), "{args:?}: {refused:?}");
        assert!(!format!("{refused:?}").contains(&hidden), "{refused:?}");
    }
    assert_eq!(by(agent, &["hush", &hidden]).code, 66);
}

#[test]
fn what_is_private_and_what_is_not_are_not_tied() {
    let home = on_branch("main");
    let hidden = saved(&home, &["the ocelot sleeps", "--private", "--kind", "work_item"]);
    let open = saved(&home, &["the tapir swims", "--kind", "work_item"]);
    let other = saved(&home, &["the tapir dives", "--kind", "work_item"]);
    for relation in ["blocks", "part_of", "relates_to", "depends_on"] {
        for (one, to) in [(&hidden, &open), (&open, &hidden)] {
            let refused = home.quipu(&["link", one, relation, to]);
            assert!(refused.code == 65 && refused.stderr.contains("not tied"), "{relation}: {refused:?}");
        }
    }
    let refused = home.quipu(&["save", "new", "--private", "--link", &format!("relates_to:{open}")]);
    assert_eq!(refused.code, 65, "{refused:?}");
    home.json(&["link", &open, "relates_to", &other]);
    let refused = home.quipu(&["update", &other, "--private"]);
    assert!(refused.code == 65 && refused.stderr.contains("quipu unlink"), "{refused:?}");
    home.json(&["unlink", &open, "relates_to", &other]);
    home.json(&["update", &other, "--private"]);
    // It cannot be tied again by an undo of the one while the other is hidden.
    assert_eq!(home.quipu(&["undo", &open]).code, 65);
    // Nor does what stands for another become private, nor what stands behind a private one open.
    let new = home.json(&["save", "the tapir swims fast", "--kind", "work_item", "--supersedes", &open])["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(home.quipu(&["update", &new, "--private"]).code, 65);
}

#[test]
fn what_an_agent_takes_away_or_brings_together_is_nothing_private() {
    let home = on_branch("main");
    let by_agent = |args: &[&str]| {
        let mut command = home.command(&[args, &["--json"]].concat());
        command.env("QUIPU_SESSION", "codex/0198-cc");
        run(command, b"")
    };
    let hidden = saved(&home, &["the ocelot sleeps in the barn", "--private"]);
    let open = saved(&home, &["the tapir swims in the barn"]);
    let other = saved(&home, &["the tapir dives in the barn"]);
    // Said while it was private, it is no way to find what it became.
    let was = saved(&home, &["the okapi sleeps in the barn", "--private"]);
    home.json(&["update", &was, "--text", "the zebra runs", "--no-private"]);
    for args in [
        &["forget", &hidden][..],
        &["forget", &open, &hidden],
        &["merge", &open, &hidden],
        &["merge", &hidden, &open],
        &["aggregate", &open, &hidden, "--text", "animals"],
        &["redact", "apply", &hidden],
    ] {
        let refused = by_agent(args);
        assert!(!format!("{refused:?}").contains("ocelot"), "{args:?}: {refused:?}");
        let refused = (refused.code, refused.json()["code"].as_str().map(str::to_owned));
        assert_eq!(refused, (66, Some("no_such_memory".to_owned())), "{args:?}");
    }
    assert_eq!(by_agent(&["forget", "--match", "okapi"]).json()["outcome"], "nothing");
    let asked = by_agent(&["forget", "--match", "in the barn"]).json();
    assert_eq!((&asked["outcome"], &asked["memories"]), (&json!("needs_confirmation"), &json!(2)), "{asked}");
    assert!(!asked.to_string().contains("ocelot") && !asked.to_string().contains(&hidden), "{asked}");
    let done = by_agent(&["forget", "--match", "in the barn", "--confirm", asked["confirm"].as_str().unwrap()]).json();
    assert_eq!((&done["outcome"], &done["memories"]), (&json!("forgotten"), &json!(2)), "{done}");
    assert_eq!(home.json(&["show", &hidden])["text"], "the ocelot sleeps in the barn", "it is where it was");
    for gone in [&open, &other] {
        home.quipu(&["show", gone]).fails(66);
    }
    let asked = home.quipu(&["forget", "--match", "in the barn", "--json"]).json();
    assert_eq!(asked["memories"], 2, "a person reaches both, one by an earlier revision: {asked}");
}
