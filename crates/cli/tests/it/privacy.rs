//! What a person keeps to himself: private spans, patterns of his own, files of which nothing is kept, and the last look
//! before an agent is shown something.
//! It must not know how any of it is found in a text.
//! Invariant: what is looked for in vain stands beside a word that is found.

use quipu_protocol::client::Request;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::mcp_shim::Shim;
use crate::session::{Session, files_with, holding, memories, samples, spooled};
use crate::subagents::{bash, edit, tool};
use crate::support::{Home, run, until};

/// Said in private everywhere here.
const HIDDEN: &str = "wryneck-at-dawn";

fn skipped(home: &Home, reason: &str) -> u64 {
    let stats = home.json(&["stats"]);
    let rows = stats["skipped"].as_array().unwrap().iter().filter(|row| row["reason"] == reason);
    rows.map(|row| row["count"].as_u64().unwrap()).sum()
}

#[test]
fn what_is_private_is_nowhere() {
    let home = Home::new();
    home.up();
    let session = Session::new(&home, "s", &home.work());
    session.write(&[
        session.prompt(&format!("mend the weir <private>my {HIDDEN}</private> today")),
        session.prompt(&format!(" <PRIVATE>{HIDDEN}</PRIVATE> ")),
        session.block("m1", &json!({ "type": "thinking", "thinking": format!("<private>{HIDDEN}") })),
        // The span goes on: over what was asked of a tool, and into the next text.
    ]);
    session.write(&bash(&session, "m1", &format!("echo {HIDDEN}"), &format!("error: {HIDDEN}"), true));
    session.write(&[
        session.block("m1", &json!({ "type": "text", "text": format!("{HIDDEN}</private> the weir holds") })),
        session.prompt(&format!("and the lock? <private>{HIDDEN} is never closed")),
    ]);
    session.index();
    let kept: Vec<String> = memories(&home).into_iter().map(|(kind, text)| format!("{kind}: {text}")).collect();
    let expect = ["answer: the weir holds", "prompt: and the lock? [private]", "prompt: mend the weir [private] today"];
    let mut sorted = kept.clone();
    sorted.sort();
    assert_eq!(sorted, expect, "{kept:#?}");
    assert_eq!(skipped(&home, "private"), 3, "a prompt, a thought and a result");

    // By hooks, answered and spooled.
    let alone = Session::new(&home, "alone", &home.work());
    let prompt = |text: String| json!({ "prompt": text, "prompt_id": "p", "transcript_path": null });
    alone.hook("UserPromptSubmit", &prompt(format!("ask <private>{HIDDEN}</private> of the sluice")));
    let other = Session::new(&home, "other", &home.work());
    other.hook("UserPromptSubmit", &prompt(format!("<private>{HIDDEN}</private>")));
    home.signal(Signal::STOP);
    let late = Session::new(&home, "late", &home.work());
    let payload = late.payload("UserPromptSubmit", &prompt(format!("late <private>{HIDDEN}</private> sluice")));
    until("it is in the spool", || {
        home.hook(&payload);
        (spooled(&home) > 0).then_some(())
    });
    assert!(files_with(home.data(), HIDDEN).is_empty());
    home.signal(Signal::CONT);
    until("the spool is applied", || (spooled(&home) == 0).then_some(()));
    assert_eq!((holding(&home, "sluice"), holding(&home, "[private]")), (2, 4));

    // By hand.
    let saved = home.json(&["save", &format!("the weir <private>{HIDDEN}</private> is old")]);
    assert_eq!((&saved["outcome"], &saved["redacted"]), (&json!("stored"), &json!(["private"])), "{saved}");
    let nothing = home.json(&["save", &format!("<private>{HIDDEN}</private>")]);
    assert_eq!((&nothing["outcome"], &nothing["id"]), (&json!("rejected"), &Value::Null), "{nothing}");
    assert!(nothing["reason"].as_str().unwrap().contains("private"), "{nothing}");
    home.quipu(&["search", &format!("weir <private>{HIDDEN}</private>")]).ok();
    assert!(files_with(home.root(), HIDDEN).iter().all(|file| *file == session.file));
    home.quipu(&["down"]).ok();
    assert!(files_with(home.data(), HIDDEN).is_empty());
}

#[test]
fn own_patterns_hold_wherever_a_text_comes_in() {
    let home = Home::new();
    home.up();
    for (value, why) in [
        ("ticket=(ACME", "unclosed group"),
        ("ticket=x*", "matches where nothing is"),
        ("ACME-[0-9]+", "name=expression"),
        (r#"["ok=a", "Bad=b"]"#, "begins with no name"),
    ] {
        let said = home.quipu(&["config", "set", "privacy.patterns", value]).fails(64);
        assert!(said.contains("privacy.patterns") && said.contains(why), "{value}: {said}");
    }
    home.quipu(&["config", "set", "privacy.patterns", "ticket=ACME-[0-9]{4,}"]).ok();
    // A project adds for itself, and takes nothing away.
    let project = home.root().join("p");
    std::fs::create_dir_all(project.join(".git")).unwrap();
    std::fs::write(project.join(".quipu.toml"), "[privacy]\npatterns = [\"crew=(?i)captain [a-z]+\"]\n").unwrap();
    let said = "ACME-77120 is for Captain Plover";
    let session = Session::new(&home, "s", &project);
    session.write(&[session.prompt(said), session.answer(&format!("{said} indeed"))]);
    session.index();
    assert_eq!(holding(&home, "[redacted:ticket] is for [redacted:crew]"), 2);
    let elsewhere = Session::new(&home, "e", &home.work());
    elsewhere.write(&[elsewhere.prompt("Captain Godwit has ACME-77120")]);
    elsewhere.index();
    assert_eq!(holding(&home, "Captain Godwit has [redacted:ticket]"), 1);
    // The hook that writes to the spool goes by the project's file too.
    home.signal(Signal::STOP);
    let fields = json!({ "prompt": said, "prompt_id": "p", "transcript_path": null });
    let late = Session::new(&home, "late", &project).payload("UserPromptSubmit", &fields);
    until("it is in the spool", || {
        home.hook(&late);
        (spooled(&home) > 0).then_some(())
    });
    for hidden in ["ACME-77120", "Captain Plover"] {
        assert!(files_with(home.data(), hidden).is_empty(), "{hidden}");
    }
    home.signal(Signal::CONT);
    until("the spool is applied", || (spooled(&home) == 0).then_some(()));
    // A change goes by the rules of the project that the memory is of, wherever it is made.
    let mut save = home.command(&["--json", "save", "a crew list"]);
    save.current_dir(&project);
    let saved: Value = serde_json::from_str(&run(save, b"").ok()).unwrap();
    home.quipu(&["update", saved["id"].as_str().unwrap(), "--append", said]).ok();
    assert_eq!(holding(&home, "a crew list\n\n[redacted:ticket] is for [redacted:crew]"), 1);
    home.quipu(&["down"]).ok();
    assert!(files_with(home.data(), "ACME-77120").is_empty());
    // A fault may hide a rule: nothing is kept until it is mended, and nothing of it waits in the spool.
    std::fs::write(project.join(".quipu.toml"), "[privacy]\npatterns = [\"crew=(\"]\n").unwrap();
    let fields = json!({ "prompt": "Captain Dunnock", "prompt_id": "p", "transcript_path": null });
    home.hook(&Session::new(&home, "last", &project).payload("UserPromptSubmit", &fields));
    assert!(files_with(home.data(), "Dunnock").is_empty());
}

#[test]
fn of_a_denied_file_only_its_name_is_kept() {
    let home = Home::new();
    home.up();
    let session = Session::new(&home, "s", &home.work());
    let env = home.work().join(".env");
    let env = env.to_str().unwrap();
    let held = |n: u32| format!("the grebe sleeps at berth {n}");
    session.write(&[session.prompt("set it up")]);
    session.write(&edit(&session, "m1", env, &held(1), &held(2)));
    let input = json!({ "file_path": home.work().join("certs/pier.pem"), "content": held(3) });
    let ok = json!({ "content": "File created." });
    session.write(&tool(&session, "m2", &json!({ "name": "Write", "input": input }), &ok, &json!({})));
    session.write(&bash(&session, "m3", &format!("echo '{}' >> .env && false", held(4)), &held(5), true));
    let diff = format!("error: hook failed\n--- a/.env\n+++ b/.env\n@@ -1 +1 @@\n+{}", held(6));
    session.write(&bash(&session, "m4", "git commit", &diff, true));
    session.write(&bash(&session, "m5", "cargo check", "error[E0599]: no method named `drain` found", true));
    session.write(&[session.answer("It is set up.")]);
    session.index();
    assert!(files_with(home.data(), "grebe sleeps").is_empty());
    let shown = serde_json::to_string(&home.export()).unwrap();
    assert!(shown.contains(".env") && shown.contains("pier.pem") && shown.contains("no method named"), "{shown}");
    assert_eq!(skipped(&home, "denied"), 2, "a command on it, and an output that shows it");

    // The user's own list stands in the place of the default one.
    home.quipu(&["config", "set", "privacy.deny_paths", "**/*.osprey"]).ok();
    let again = Session::new(&home, "again", &home.work());
    again.write(&[again.prompt("again")]);
    again.write(&edit(&again, "m1", env, "the grebe wakes", "the grebe swims"));
    again.write(&edit(&again, "m2", "/p/a.osprey", &held(7), &held(8)));
    again.write(&[again.answer("Done.")]);
    again.index();
    assert_eq!((holding(&home, "the grebe swims"), files_with(home.data(), "grebe sleeps").len()), (1, 0));
}

#[test]
fn where_hooks_are_denied_the_sweep_keeps_nothing_either() {
    let home = Home::new();
    home.up();
    let hidden = home.root().join("hidden");
    std::fs::create_dir(&hidden).unwrap();
    home.quipu(&["config", "set", "hooks.deny", hidden.to_str().unwrap()]).ok();
    let session = Session::new(&home, "s", &hidden);
    session.write(&[session.prompt("the dunlin survey starts in May")]);
    let reply = session.index();
    assert_eq!((holding(&home, "dunlin"), &reply["progress"]["denied"]), (0, &json!(1)), "{reply}");
    assert!(files_with(home.data(), "dunlin").is_empty());
}

#[test]
fn what_an_agent_is_shown_goes_by_the_rules_of_now() {
    let home = samples();
    home.quipu(&["save", "The osprey gate opens with OSP-4471-QX after dusk."]).ok();
    let session = Session::new(&home, "s", &home.work());
    assert!(session.ask("how does the osprey gate open after dusk?").contains("OSP-4471-QX"));
    home.quipu(&["config", "set", "privacy.patterns", "gate=OSP-[0-9]+-[A-Z]+"]).ok();
    let again = Session::new(&home, "again", &home.work());
    let told = again.ask("how does the osprey gate open after dusk?");
    assert!(told.contains("[redacted:gate]") && !told.contains("OSP-4471"), "{told}");
    let start = Session::new(&home, "start", &home.work()).hook("SessionStart", &json!({ "source": "startup" }));
    assert!(start.to_string().contains("[redacted:gate]") && !start.to_string().contains("OSP-4471"), "{start}");
    let mut shim = Shim::open(&home);
    let id = home.export().into_iter().find(|m| m.text.contains("OSP-4471")).unwrap().id;
    for (tool, arguments) in [
        ("memory_search", json!({ "query": "osprey gate" })),
        ("memory_get", json!({ "ids": [id] })),
        ("memory_timeline", json!({})),
        ("search", json!({ "query": "osprey gate" })),
        ("fetch", json!({ "id": id })),
    ] {
        let answer = shim.ask("tools/call", &json!({ "name": tool, "arguments": arguments })).to_string();
        assert!(answer.contains("[redacted:gate]") && !answer.contains("OSP-4471"), "{tool}: {answer}");
    }
    let read = shim.ask("resources/read", &json!({ "uri": format!("memory://{id}") })).to_string();
    assert!(read.contains("[redacted:gate]") && !read.contains("OSP-4471"), "{read}");
    let listed = shim.ask("resources/list", &json!({})).to_string();
    assert!(listed.contains("[redacted:gate]") && !listed.contains("OSP-4471"), "{listed}");
    // Whoever owns the memory reads it as it is kept.
    assert!(home.quipu(&["show", &id]).ok().contains("OSP-4471"));
}

#[test]
fn an_import_that_was_changed_is_known_when_it_comes_again() {
    let home = Home::new();
    home.up();
    let text = "the gate opens with OSP-4471-QX";
    let hash = quipu_core::hash::content_hash(text);
    let import = |id: &str, text: &str| -> Value {
        let body = json!({ "id": id, "text": text, "cwd": home.work() });
        let response = home.request(&Request::post("/v1/memories", &body)).unwrap();
        serde_json::from_slice(&response.body).unwrap()
    };
    let (one, two) = ("0193e0a4-7c1e-7000-8000-000000000001", "0193e0a4-7c1e-7000-8000-000000000002");
    home.quipu(&["config", "set", "privacy.patterns", "gate=OSP-[0-9]+-[A-Z]+"]).ok();
    let first = import(one, text);
    assert_eq!((&first["outcome"], &first["original_hash"]), (&json!("stored"), &json!(hash)), "{first}");
    assert_eq!(home.json(&["show", one])["original_hash"], json!(hash));
    assert!(home.quipu(&["show", one]).ok().contains(&hash));
    // The same again, under rules that make something else of it, and under none.
    for patterns in ["gate=OSP-[0-9]+-[A-Z]+", "number=[0-9]{4}", "other=heron"] {
        home.quipu(&["config", "set", "privacy.patterns", patterns]).ok();
        for id in [one, two] {
            let again = import(id, text);
            assert_eq!((&again["outcome"], &again["id"]), (&json!("duplicate"), &json!(one)), "{patterns}: {again}");
        }
    }
    // One that came as it was, before there was a rule.
    assert_eq!(import(two, "the weir is at 4471")["outcome"], "stored");
    home.quipu(&["config", "set", "privacy.patterns", "number=[0-9]{4}"]).ok();
    let again = import("0193e0a4-7c1e-7000-8000-000000000003", "the weir is at 4471");
    assert_eq!((&again["outcome"], &again["id"]), (&json!("duplicate"), &json!(two)), "{again}");
}

#[test]
fn denied_files_are_not_imported() {
    let home = Home::new();
    home.up();
    let dir = home.root().join("notes/secrets");
    std::fs::create_dir_all(&dir).unwrap();
    let id = "0193e0a4-7c1e-7000-8000-000000000001";
    let head = format!("id: {id}\nsubject: a\napplies_to: global\noccurred_at: '2025-12-03T11:14:22.409Z'");
    std::fs::write(dir.join(format!("{id}.md")), format!("---\n{head}\n---\nthe heron nests here\n")).unwrap();
    let folder = home.root().join("notes");
    let report = home.json(&["import", "markdown", folder.to_str().unwrap()]);
    assert_eq!(
        (&report["outcomes"], &report["skipped"]),
        (&json!({ "rejected": 1 }), &json!({ "denied": 1 })),
        "{report}"
    );
    assert!(report["warnings"].to_string().contains("privacy.deny_paths"), "{report}");
    // What another program kept goes by the same list.
    let rules = home.work().join("secrets");
    std::fs::create_dir_all(&rules).unwrap();
    std::fs::write(rules.join("CLAUDE.md"), "# Birds\n\nThe heron nests here.\n").unwrap();
    let report = home.json(&["import", "rules", home.work().to_str().unwrap()]);
    assert!(report.to_string().contains("privacy.deny_paths"), "{report}");
    assert_eq!(holding(&home, "heron"), 0);
}
