//! Settings through the real binary: what is shown and set, and what hooks, ingest and the running daemon make of it.
//! It must not know how layers are laid.
//! Invariant: an effect is seen where a person or a host would see it.

use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::session::{QUESTION, SAMPLES, Session, TIDEPOOL, holding, parse, samples, save_in};
use crate::support::{Home, run, until};

/// Writes the user's file.
fn write(home: &Home, text: &str) {
    std::fs::create_dir_all(home.data()).unwrap();
    std::fs::write(home.data().join("config.toml"), text).unwrap();
}

/// `key` of `config show`: value and origins.
fn shown(home: &Home, key: &str) -> (Value, String) {
    let all = home.json(&["config", "show"]);
    let row = all["settings"].as_array().unwrap().iter().find(|row| row["key"] == key).unwrap();
    (row["value"].clone(), row["origins"][0].as_str().unwrap().to_owned())
}

/// What the samples' project is told.
fn asked(home: &Home, id: &str) -> String {
    Session::new(home, id, Path::new(TIDEPOOL)).ask(QUESTION)
}

#[test]
fn values_are_set_shown_and_taken_out_again() {
    let home = Home::new();
    let file = home.data().join("config.toml");
    assert_eq!(shown(&home, "search.limit"), (json!(10), "default".into()));
    write(&home, "# mine\n[search]\nlimit = 5 # few\n");
    assert_eq!(shown(&home, "search.limit"), (json!(5), format!("user: {}", file.display())));
    home.quipu(&["config", "set", "search.limit", "7"]).ok();
    home.quipu(&["config", "set", "hooks.prompt_deadline", "300ms"]).ok();
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text, "# mine\n[search]\nlimit = 7 # few\n\n[hooks]\nprompt_deadline = \"300ms\"\n");
    assert_eq!(home.quipu(&["config", "get", "hooks.prompt_deadline"]).ok().trim(), "\"300ms\"");
    let origins = home.quipu(&["config", "show", "--origin"]).ok();
    assert!(origins.contains("search.limit = 7") && origins.contains("# user: "), "{origins}");
    assert_eq!(home.json(&["--set", "search.limit=3", "config", "get", "search.limit"])["value"], 3);
    let mut command = home.command(&["config", "show", "--json"]);
    command.env("QUIPU_SEARCH_LIMIT", "4");
    assert!(run(command, b"").ok().contains("env: QUIPU_SEARCH_LIMIT"));
    home.quipu(&["config", "unset", "search.limit"]).ok();
    assert_eq!(shown(&home, "search.limit").0, 10);
    assert!(home.quipu(&["config", "unset", "search.limit"]).fails(66).contains("is not set"));
    assert!(home.daemons().is_empty(), "nothing of this needs a daemon");

    for (args, word) in [
        (&["config", "set", "hooks.promt_deadline", "1s"][..], "did you mean `hooks.prompt_deadline`?"),
        (&["config", "set", "search.limit", "0"], "from 1 to 100"),
        (&["config", "set", "daemon.idle", "30"], "\"1s\" to \"30d\""),
        (&["config", "set", "ingest.deny", "nowhere"], "begin it with"),
        (&["config", "set", "--project", "daemon.idle", "1h"], "may not be set by a project"),
        (&["config", "set", "--project", "recall.memories", "9"], "at most 4"),
        (&["config", "get", "idle"], "`daemon.idle`"),
        (&["--set", "serch.limit=3", "search", "x"], "`search.limit`"),
        (&["--set", "recall.memories=3", "search", "x"], "read by the daemon"),
        (&["--set", "search.limit=3", "stats"], "does not read"),
    ] {
        let said = home.quipu(args).fails(64);
        assert!(said.contains(word), "{args:?}: {said}");
    }
    assert!(!home.work().join(".quipu.toml").exists(), "what is refused is not written");
}

#[test]
fn a_running_daemon_takes_budgets_and_limits_at_once() {
    let home = samples();
    let pid = home.owner().pid;
    let entries = |text: &str| text.matches(" · id ").count();
    assert!(entries(&asked(&home, "a")) > 1);
    home.quipu(&["config", "set", "recall.memories", "1"]).ok();
    assert_eq!(entries(&asked(&home, "b")), 1);
    home.quipu(&["config", "set", "recall.prompt_tokens", "0"]).ok();
    assert_eq!(asked(&home, "c"), "");
    home.quipu(&["config", "unset", "recall.prompt_tokens"]).ok();
    assert_eq!(entries(&asked(&home, "d")), 1);
    let hits =
        |args: &[&str]| home.json(&[&["search", "--all", "writer"], args].concat())["hits"].as_array().unwrap().len();
    home.quipu(&["config", "set", "search.limit", "2"]).ok();
    assert_eq!((hits(&[]), hits(&["--limit", "3"]), hits(&["--set", "search.limit=1"])), (2, 3, 1));
    assert_eq!(home.owner().pid, pid, "no restart");

    // What is taken at a start only is said.
    home.quipu(&["config", "set", "daemon.threads", "8"]).ok();
    let status = home.quipu(&["status"]).ok();
    assert!(status.contains("`daemon.threads` takes effect after `quipu down`"), "{status}");
    assert_eq!(home.json(&["config", "show"])["restart"], json!(["daemon.threads"]));
    // And a shorter idle time ends it.
    home.quipu(&["config", "set", "daemon.idle", "1s"]).ok();
    until("the daemon was idle for so long", || home.daemons().is_empty().then_some(()));
    assert!(home.log().contains("idle"));
}

#[test]
fn hooks_keep_the_deadline_that_is_set() {
    let home = samples();
    home.quipu(&["config", "set", "hooks.prompt_deadline", "1200ms"]).ok();
    home.quipu(&["config", "set", "hooks.backoff", "0s"]).ok();
    home.signal(Signal::STOP);
    let session = Session::new(&home, "waits", Path::new(TIDEPOOL));
    let payload = session.payload("UserPromptSubmit", &json!({ "prompt": QUESTION, "prompt_id": "p" }));
    for _ in 0..2 {
        // The second one too: nothing makes it leave the daemon alone.
        let (stdout, code, took) = home.hook(&payload);
        assert_eq!((parse(&stdout), code), (json!({}), 0));
        assert!(took > Duration::from_secs(1), "{took:?}");
    }
    home.signal(Signal::CONT);
}

#[test]
fn a_broken_file_stops_no_hook_and_is_told_to_people() {
    let home = samples();
    home.quipu(&["config", "set", "recall.memories", "1"]).ok();
    assert_eq!(asked(&home, "before").matches(" · id ").count(), 1);
    for (text, told) in [
        ("recall.memories = 3\n[hooks\n", "config.toml:2:7"),
        ("[hooks]\npromt_deadline = \"1s\"\nenabled = true\n", "config.toml:2:1: unknown key `hooks.promt_deadline`"),
    ] {
        write(&home, text);
        let answer = asked(&home, told);
        assert_eq!(answer.matches(" · id ").count(), 1, "the daemon stays with what it had: {answer}");
        assert!(home.quipu(&["status"]).ok().contains(told));
        assert!(home.quipu(&["search", "writer"]).fails(64).contains(told));
        assert!(home.quipu(&["config", "show"]).fails(64).contains(told));
        assert!(home.quipu(&["doctor"]).stdout.contains(told));
    }
    home.quipu(&["config", "unset", "hooks.promt_deadline"]).ok();
    home.quipu(&["config", "show"]).ok();

    // A daemon that starts with it serves, and keeps nothing that it may have forbidden.
    write(&home, "[ingest]\ndeny = [\"/home\"\n");
    home.quipu(&["down"]).ok();
    let session = Session::new(&home, "held", &home.work());
    session.write(&[session.prompt("the corncrake is counted at dusk")]);
    session.ask("the corncrake is counted at dusk");
    let refused = home.quipu(&["index", session.file.to_str().unwrap()]).fails(65);
    assert!(refused.contains("until") && refused.contains("config.toml"), "{refused}");
    assert!(!asked(&home, "later").is_empty());
    assert_eq!(holding(&home, "corncrake"), 0);
    write(&home, "");
    session.index();
    assert_eq!(holding(&home, "corncrake"), 1, "nothing of it is lost");

    // Without a daemon, and with one that could not be had in time.
    write(&home, "= = =");
    home.quipu(&["down"]).ok();
    for _ in 0..3 {
        let (stdout, code, _) = home.hook(&session.payload("UserPromptSubmit", &json!({ "prompt": "x" })));
        assert_eq!((parse(&stdout), code), (json!({}), 0));
    }
}

#[test]
fn what_is_denied_is_not_kept() {
    let home = Home::new();
    home.up();
    let private = home.root().join("private");
    std::fs::create_dir_all(private.join("deep")).unwrap();
    let deny = format!("[\"{}\", \"**/never*.jsonl\"]", private.display());
    home.quipu(&["config", "set", "ingest.deny", &deny]).ok();

    let denied = Session::new(&home, "denied", &private.join("deep"));
    let never = Session::new(&home, "never", &home.work());
    let kept = Session::new(&home, "kept", &home.work());
    for session in [&denied, &never, &kept] {
        let said = format!("the whimbrel report of {}", session.id);
        session.ask(&said);
        session.write(&[session.prompt(&said), session.answer(&said)]);
        session.stop(&said);
    }
    let index = home.json(&["index", home.transcripts().to_str().unwrap()]);
    assert_eq!((&index["files"], &index["denied"]), (&json!(2), &json!(1)), "{index}");
    until("all is read", || (holding(&home, "whimbrel report of kept") == 2).then_some(()));
    assert_eq!(holding(&home, "whimbrel"), 2, "{:#?}", home.export());
    assert!(home.health().unwrap().ingest.denied >= 2);
    // The transcript that was not opened is read when it may be; what was passed over is not.
    home.quipu(&["config", "unset", "ingest.deny"]).ok();
    home.json(&["index", home.transcripts().to_str().unwrap()]);
    assert_eq!((holding(&home, "report of never"), holding(&home, "report of denied")), (2, 0));

    home.quipu(&["config", "set", "ingest.enabled", "false"]).ok();
    assert!(home.quipu(&["index"]).fails(65).contains("ingest.enabled"));
}

#[test]
fn hooks_are_silent_where_the_user_or_the_project_says_so() {
    // Words are rare or common among many memories only.
    let home = samples();
    let [a, b, c] = ["a", "b", "c"].map(|name| {
        let dir = home.root().join(name);
        std::fs::create_dir_all(dir.join(".git")).unwrap();
        save_in(&home, &dir, &format!("In {name} the osprey token expires after ninety minutes."));
        dir
    });
    let ask = |dir: &Path, id: &str| {
        let answer = Session::new(&home, id, dir).ask("when does the osprey token expire?");
        answer.contains("ninety minutes")
    };
    assert!(ask(&a, "a1") && ask(&b, "b1") && ask(&c, "c1"));
    home.quipu(&["config", "set", "hooks.deny", a.to_str().unwrap()]).ok();
    let mut set = home.command(&["config", "set", "--project", "hooks.enabled", "false"]);
    std::fs::create_dir(b.join("sub")).unwrap();
    set.current_dir(b.join("sub"));
    run(set, b"").ok();
    assert_eq!(std::fs::read_to_string(b.join(".quipu.toml")).unwrap(), "[hooks]\nenabled = false\n");
    assert!(!ask(&a, "a2") && !ask(&b, "b2") && !ask(&b.join("sub"), "b3") && ask(&c, "c2"));
    // Prompts are written without waiting, in their order: when the last is there, so are those before it.
    let kept = || home.export().into_iter().filter(|m| m.text.contains("when does the osprey")).collect::<Vec<_>>();
    until("the last prompt is kept", || kept().iter().any(|m| m.session_id.as_deref() == Some("c2")).then_some(()));
    let mut sessions: Vec<_> = kept().into_iter().filter_map(|m| m.session_id).collect();
    sessions.sort();
    assert_eq!(sessions, ["a1", "b1", "c1", "c2"], "nor did the others leave anything");
    // A project cannot widen: neither what it may not set nor what the user made small.
    std::fs::write(c.join(".quipu.toml"), "recall.memories = 10\ndaemon.idle = \"1s\"\n").unwrap();
    home.quipu(&["config", "set", "recall.memories", "0"]).ok();
    assert!(!ask(&c, "c3"));
    assert!(home.quipu(&["status"]).ok().contains("`daemon.idle` may not be set by a project"));
}

#[test]
fn a_projects_broken_file_holds_its_transcripts_back_until_it_is_mended() {
    let home = Home::new();
    home.up();
    let dir = home.root().join("p");
    std::fs::create_dir(&dir).unwrap();
    std::fs::write(dir.join(".quipu.toml"), "ingest.enabled = fals").unwrap();
    let session = Session::new(&home, "s", &dir);
    session.write(&[session.prompt("the dunlin survey starts in May")]);
    let failed = session.index()["progress"]["failed"].to_string();
    assert!(failed.contains(".quipu.toml is mended"), "{failed}");
    assert_eq!(holding(&home, "dunlin"), 0);
    std::fs::remove_file(dir.join(".quipu.toml")).unwrap();
    session.index();
    assert_eq!(holding(&home, "dunlin"), 1);
}

#[test]
fn a_daemon_of_another_environment_says_what_it_goes_by() {
    let home = Home::new();
    let mut up = home.command(&["up"]);
    up.env("QUIPU_RECALL_MEMORIES", "2").env("QUIPU_HOOKS_TOOL_DEADLINE", "80ms");
    run(up, b"").ok();
    let text = home.quipu(&["config", "show"]).ok();
    assert!(text.contains("the running daemon has recall.memories = 2 (env: QUIPU_RECALL_MEMORIES)"), "{text}");
    assert_eq!(
        home.json(&["config", "show"])["daemon"].as_array().map(Vec::len),
        Some(1),
        "what is the hooks' own stays there"
    );
    home.json(&["index", SAMPLES]);
    assert_eq!(asked(&home, "env").matches(" · id ").count(), 2);
}
