//! What agents were shown: told by `quipu why`, left out until the context is new, counted, and kept away where asked.
//! It must not know how the ledger is kept.
//! Invariant: everything comes in by real hooks and real transcripts.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::session::{Session, context, save_in};
use crate::support::{Home, run, until};

const SAID: &str =
    "The osprey token expires after ninety minutes, because the heron gateway caches it no longer than that.";
const QUESTION: &str = "when does the osprey token expire?";

fn saved(home: &Home, text: &str) -> String {
    save_in(home, &home.work(), text)["id"].as_str().unwrap().to_owned()
}

/// The newest answers to prompts of a session that the ledger has, once it has `count`.
#[track_caller]
fn shown(home: &Home, session: &str, count: usize) -> Vec<Value> {
    until("the ledger is written", || {
        let answers = home.json(&["why", "--session", session, "--event", "prompt"])["answers"].clone();
        let answers = answers.as_array().unwrap().clone();
        (answers.len() >= count).then_some(answers)
    })
}

#[test]
fn every_line_says_when_where_and_why_it_was_shown() {
    let home = Home::new();
    let id = saved(&home, SAID);
    assert!(home.quipu(&["why", &id]).ok().contains("never put before an agent"));
    assert!(home.quipu(&["why"]).ok().contains("No agent was given"));
    let session = Session::new(&home, "s1", &home.work());
    let told = session.ask(QUESTION);
    assert!(told.contains(&id) && told.contains("ninety minutes"), "{told}");
    session.ask("write a haiku about mountain goats for the newsletter");
    let answers = shown(&home, "s1", 2);
    assert!(["nothing_found", "weak_evidence"].contains(&answers[0]["silence"].as_str().unwrap()), "{answers:#?}");
    assert_eq!((&answers[0]["given"], &answers[0]["lines"]), (&json!(0), &json!([])));
    let line = &answers[1]["lines"][0];
    assert_eq!((line["id"].as_str(), &line["revision"], &line["place"]), (Some(&*id), &json!(1), &json!(1)));
    assert_eq!((&answers[1]["given"], &answers[1]["bytes"]), (&json!(1), &json!(told.len())));
    assert!(line["tokens"].as_u64().unwrap() > 10 && answers[1]["tokens"].as_u64() > line["tokens"].as_u64());
    let matched = line["why"]["matched"].as_array().unwrap();
    assert!(matched.contains(&json!("osprey")) && line["why"]["score"].as_f64().unwrap() > 0.0, "{line:#}");
    assert_eq!(line["used"], Value::Null);
    // The question itself is nowhere in it.
    assert!(!json!(answers).to_string().contains("when does"));

    let why = home.json(&["why", &id]);
    assert_eq!((&why["tally"]["lines"], &why["tally"]["judged"]), (&json!(1), &json!(0)));
    assert_eq!(why["answers"][0]["session_id"], "s1");
    let text = home.quipu(&["why", &id]).ok();
    assert!(text.contains("shown once") && text.contains("matches osprey") && text.contains("not known yet"), "{text}");
    let text = home.quipu(&["why", "--last", "2"]).ok();
    assert!(text.contains("nothing:") && text.contains("1 line") && text.contains(&id), "{text}");
    // A briefing's lines are in it too, by their section.
    let start = context(&session.hook("SessionStart", &json!({ "source": "startup" })));
    assert!(start.contains("ninety minutes"), "{start}");
    let text = until("the start is noted", || {
        let text = home.quipu(&["why", &id]).ok();
        text.contains("start").then_some(text)
    });
    assert!(text.contains("shown 2 times"), "{text}");
    // What is forgotten or unknown is told as such.
    assert_eq!(home.quipu(&["why", "0193e0a4-7c1e-7000-8000-000000000001"]).code, 66);
}

#[test]
fn what_a_session_has_seen_is_left_out_until_its_context_is_new() {
    let home = Home::new();
    let id = saved(&home, SAID);
    let session = Session::new(&home, "s1", &home.work());
    let again = || session.ask(QUESTION);
    assert!(again().contains(&id));
    assert_eq!(again(), "", "it has seen it");
    assert!(Session::new(&home, "s2", &home.work()).ask(QUESTION).contains(&id), "another has not");
    // Also after the daemon began anew.
    shown(&home, "s1", 2);
    home.quipu(&["down"]).ok();
    until("it ends", || home.daemons().is_empty().then_some(()));
    home.up();
    assert_eq!(again(), "");
    // What has changed since may be told again, and says so.
    home.json(&["update", &id, "--append", "Since May it is eighty."]);
    let told = again();
    assert!(told.contains(&id) && told.contains("changed since you saw it"), "{told}");
    assert_eq!(again(), "");
    let answers = shown(&home, "s1", 5);
    assert!(answers.iter().any(|answer| answer["lines"][0]["again"] == json!(true)), "{answers:#?}");
    // A compaction takes it out of the context.
    session.hook("PostCompact", &json!({ "compact_summary": "summed up", "trigger": "auto", "prompt_id": "c" }));
    let told = until("the context is new", || Some(again()).filter(|told| !told.is_empty()));
    assert!(told.contains(&id), "{told}");
    assert_eq!(again(), "");
    // So does a start with an empty one, which tells of it by itself.
    let start = context(&session.hook("SessionStart", &json!({ "source": "clear" })));
    assert!(start.contains("ninety minutes"), "{start}");
    assert_eq!(again(), "");
    // A start that goes on with its own context takes nothing out.
    session.hook("SessionStart", &json!({ "source": "resume" }));
    assert_eq!(again(), "");
}

#[test]
fn a_file_is_told_of_once_also_by_the_next_daemon() {
    let home = Home::new();
    let file = home.work().join("src/pump_writer.rs");
    let id = saved(&home, "In src/pump_writer.rs never sleep while the lock is held.");
    let session = Session::new(&home, "s1", &home.work());
    let input = json!({ "file_path": file, "old_string": "a", "new_string": "b" });
    let edit = || context(&session.hook("PreToolUse", &json!({ "tool_name": "Edit", "tool_input": input })));
    assert!(edit().contains(&id));
    let noted = || home.json(&["why", &id])["answers"][0]["lines"][0]["why"]["file"].clone();
    until("it is noted", || {
        noted().as_str().is_some_and(|path| Path::new(path).ends_with("pump_writer.rs")).then_some(())
    });
    home.quipu(&["down"]).ok();
    until("it ends", || home.daemons().is_empty().then_some(()));
    home.up();
    assert_eq!(edit(), "");
    // What a prompt was given is not told again before an edit.
    let other = Session::new(&home, "s2", &home.work());
    assert!(other.ask("may the pump_writer lock be held while it sleeps?").contains(&id));
    let told = context(&other.hook("PreToolUse", &json!({ "tool_name": "Edit", "tool_input": input })));
    assert!(
        !told.contains("while it sleeps") && told.contains("claude-code/s1 edits src/pump_writer.rs too"),
        "{told}"
    );
}

#[test]
fn a_session_that_goes_by_what_it_was_given_is_told_from_one_that_does_not() {
    let home = Home::new();
    let id = saved(&home, SAID);
    for (name, answer) in [
        ("ignores", "Nothing is known to me, so a colleague will be asked."),
        ("goes", "It expires after ninety minutes: the heron gateway caches it no longer than that."),
    ] {
        let session = Session::new(&home, name, &home.work());
        assert!(session.ask(QUESTION).contains(&id), "{name}");
        shown(&home, name, 1);
        session.clock.store(crate::session::now() + 1, std::sync::atomic::Ordering::Relaxed);
        session.write(&[session.prompt(QUESTION), session.answer(answer)]);
        session.index();
        let used = until("it is judged", || {
            let line = shown(&home, name, 1)[0]["lines"][0].clone();
            (!line["used"].is_null()).then_some(line)
        });
        assert_eq!(used["used"], json!(name == "goes"), "{used:#}");
        assert_eq!(used["used_by"].as_str(), (name == "goes").then_some("words"));
    }
    let text = home.quipu(&["why", &id]).ok();
    assert!(text.contains("used 1 of the 2") && text.contains("its wording came again"), "{text}");
    let usage = home.json(&["stats", "--injections"]);
    let row = &usage["rows"][0];
    assert_eq!((row["event"].as_str(), &row["tally"]["used"]), (Some("UserPromptSubmit"), &json!(1)), "{usage:#}");
    assert_eq!(usage["most_used"][0]["id"].as_str(), Some(&*id));
    let text = home.quipu(&["stats", "--injections"]).ok();
    assert!(text.contains("1 of ") && text.contains("used most"), "{text}");
    assert!(home.quipu(&["stats"]).ok().contains("memories in"));
}

#[test]
fn not_here_keeps_a_memory_from_agents_of_one_project() {
    let home = Home::new();
    let [a, b] = ["a", "b"].map(|name| {
        let dir = home.root().join(name);
        std::fs::create_dir(&dir).unwrap();
        std::fs::canonicalize(dir).unwrap()
    });
    let id = home.json(&["save", "--global", SAID])["id"].as_str().unwrap().to_owned();
    let quipu_in = |dir: &Path, args: &[&str]| {
        let mut command = home.command(args);
        command.current_dir(dir);
        run(command, b"")
    };
    let mut n = 0;
    let mut is_told = |dir: &Path| {
        n += 1;
        let session = Session::new(&home, &format!("s{n}"), dir);
        let start = context(&session.hook("SessionStart", &json!({ "source": "startup" })));
        let prompt = Session::new(&home, &format!("t{n}"), dir).ask(QUESTION);
        assert_eq!(start.contains("ninety minutes"), prompt.contains(&id), "both or neither: {start}\n{prompt}");
        !prompt.is_empty()
    };
    assert!(is_told(&a) && is_told(&b));
    assert!(quipu_in(&a, &["hush", &id]).ok().contains("hushed"));
    assert!(quipu_in(&a, &["hush", &id]).ok().contains("unchanged"));
    assert!(!is_told(&a) && is_told(&b));
    assert!(quipu_in(&a, &["search", "osprey", "token"]).ok().contains("ninety minutes"), "it is found all the same");
    assert!(quipu_in(&a, &["hush"]).ok().contains(&id));
    assert!(quipu_in(&b, &["hush"]).ok().contains("Nothing is hushed here"));
    assert!(quipu_in(&b, &["show", &id]).ok().contains("not in a"));
    assert!(quipu_in(&b, &["why", &id]).ok().contains("not put before agents in"));
    assert!(quipu_in(&b, &["hush", &id, "--undo", "--project", a.to_str().unwrap()]).ok().contains("heard"));
    assert!(is_told(&a));
    // A memory of one project is hushed there, wherever that is said; elsewhere it is never shown.
    let own = save_in(&home, &a, "The kestrel pump of a rattles.")["id"].as_str().unwrap().to_owned();
    let out = quipu_in(&b, &["hush", &own, "--json"]);
    assert_eq!(out.json()["project"].as_str(), a.to_str());
    let refused = quipu_in(&b, &["hush", &own, "--project", b.to_str().unwrap(), "--json"]);
    assert_eq!((refused.code, refused.json()["code"].as_str().map(str::to_owned)), (65, Some("other_project".into())));
}

#[test]
fn an_answer_that_came_too_late_was_not_seen() {
    let home = Home::new();
    let id = saved(&home, SAID);
    let session = Session::new(&home, "s1", &home.work());
    let payload = session.payload("UserPromptSubmit", &json!({ "prompt": QUESTION, "prompt_id": "p1" }));
    // The client's clock runs out at once, the daemon answers all the same.
    let mut command = home.command(&["hook", "claude-code"]);
    command.env("QUIPU_HOOKS_PROMPT_DEADLINE", "60");
    home.signal(rustix::process::Signal::STOP);
    let output = run(command, payload.to_string().as_bytes());
    home.signal(rustix::process::Signal::CONT);
    assert_eq!((output.code, output.stdout.trim()), (0, "{}"));
    let answers = until("it is told", || {
        let answers = shown(&home, "s1", 1);
        (answers[0]["silence"] == json!("late") && crate::session::spooled(&home) == 0).then_some(answers)
    });
    assert_eq!(answers.len(), 1, "{answers:#?}");
    std::thread::sleep(Duration::from_millis(10));
    assert!(session.ask(QUESTION).contains(&id), "so it is told now");
}

#[test]
fn a_pause_is_counted_and_leaves_nothing_else() {
    let home = Home::new();
    saved(&home, SAID);
    home.json(&["pause"]);
    let session = Session::new(&home, "s1", &home.work());
    assert_eq!(session.ask(QUESTION), "");
    assert_eq!(session.ask(QUESTION), "");
    let text = until("it is counted", || {
        let text = home.quipu(&["stats", "--injections"]).ok();
        text.contains("2 × paused").then_some(text)
    });
    assert!(!text.contains("osprey"), "{text}");
    assert!(home.json(&["why", "--session", "s1"])["answers"].as_array().unwrap().is_empty(), "no session is named");
    assert!(home.quipu(&["why"]).ok().contains("nothing: paused, 2 times"));
}
