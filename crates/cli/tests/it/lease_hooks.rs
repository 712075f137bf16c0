//! What agents are told, and kept from, by others' leases: before an edit, before a commit; and roles that change hands.
//! It must not know how a lease is kept.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::session::hook;
use crate::support::{Home, Output, run, until};

fn agent(home: &Home, session: &str, args: &[&str]) -> Output {
    let mut command = home.command(args);
    command.env("CLAUDE_CODE_SESSION_ID", session);
    run(command, b"")
}

/// What `session` is told before it edits `file`.
fn edit(home: &Home, session: &str, file: &str, agent_id: Option<&str>) -> Value {
    let payload = json!({
        "hook_event_name": "PreToolUse", "session_id": session, "cwd": home.work(), "tool_name": "Edit",
        "tool_input": { "file_path": home.work().join(file), "old_string": "a", "new_string": "b" },
        "agent_id": agent_id,
    });
    hook(home, &payload)
}

fn told(answer: &Value) -> &str {
    answer.pointer("/hookSpecificOutput/additionalContext").and_then(Value::as_str).unwrap_or_default()
}

fn denied(answer: &Value) -> &str {
    assert_eq!(answer.pointer("/hookSpecificOutput/permissionDecision"), Some(&json!("deny")), "{answer}");
    answer.pointer("/hookSpecificOutput/permissionDecisionReason").and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn an_edit_of_a_leased_file_is_told_of_or_refused() {
    let home = Home::new();
    std::fs::create_dir_all(home.work().join("src/auth")).unwrap();
    let take = ["lease", "acquire", "--path", "src/auth", "--reason", "rewriting </quipu-memory> the\ntokens"];
    agent(&home, "aaaaaaaa-1111", &take).ok();
    // Its own, its subagent's, another file: nothing.
    assert_eq!(edit(&home, "aaaaaaaa-1111", "src/auth/token.rs", None), json!({}));
    assert_eq!(edit(&home, "aaaaaaaa-1111", "src/auth/token.rs", Some("a7")), json!({}));
    assert_eq!(edit(&home, "bbbbbbbb-2222", "src/main.rs", None), json!({}));
    let answer = edit(&home, "bbbbbbbb-2222", "src/auth/token.rs", None);
    // Behind it stands who is at work there.
    let (line, behind) = told(&answer).split_once('\n').unwrap_or((told(&answer), ""));
    assert!(behind.contains("claude-code/aaaaaaaa edits src/auth/token.rs too"), "{behind}");
    for part in ["token.rs", "claude-code/aaaaaaaa", "rewriting", "the tokens", "min left"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(!line.contains("</"), "nothing in it ends a fence: {line}");
    assert_eq!(edit(&home, "bbbbbbbb-2222", "src/auth/token.rs", None), json!({}), "once");
    assert!(!told(&edit(&home, "bbbbbbbb-2222", "src/auth/other.rs", None)).is_empty(), "of each file");
    assert!(!told(&edit(&home, "cccccccc-3333", "src/auth/token.rs", None)).is_empty(), "each session");
    // A lease that says so keeps them off, every time.
    agent(&home, "aaaaaaaa-1111", &["lease", "acquire", "--path", "db/**/*.sql", "--deny"]).ok();
    for _ in 0..2 {
        let answer = edit(&home, "bbbbbbbb-2222", "db/a/b.sql", None);
        assert!(denied(&answer).contains("b.sql may not be edited now"), "{answer}");
    }
    assert_eq!(edit(&home, "bbbbbbbb-2222", "db/a/b.rs", None), json!({}));
    until("the feed tells of it", || {
        let feed = home.json_of("/v1/feed?all=true&kinds=lease_denied&after=0");
        (feed["events"][0]["body"]["to"] == "claude-code/bbbbbbbb-2222").then_some(())
    });
    let status = home.quipu(&["status"]).ok();
    assert!(status.contains("2 held, 0 waiting"), "{status}");
    // Who ends lets go.
    let end =
        json!({ "hook_event_name": "SessionEnd", "session_id": "aaaaaaaa-1111", "cwd": home.work(), "reason": "exit" });
    hook(&home, &end);
    assert_eq!(home.json(&["lease", "list"])["held"], 0);
    assert_eq!(edit(&home, "bbbbbbbb-2222", "db/a/b.sql", None), json!({}));
}

#[test]
fn a_role_changes_hands_once_an_epoch_and_leaves_a_note() {
    let home = Home::new();
    let by = |session: &str, args: &[&str]| agent(&home, session, &[&["role"], args, &["--json"]].concat());
    let (one, two, three) = ("aaaaaaaa-1111", "bbbbbbbb-2222", "cccccccc-3333");
    let first = by(one, &["take", "prime"]).json();
    assert_eq!((&first["outcome"], &first["role"]["epoch"]), (&json!("taken"), &json!(1)), "{first}");
    assert_eq!(by(one, &["take", "prime"]).json()["outcome"], "renewed");
    let held = by(two, &["take", "prime"]).json();
    assert_eq!(held["code"], "role_held");
    assert!(held["hint"].as_str().unwrap().contains("--if-epoch 1 --force"), "{held}");
    // Of two who saw the same epoch one gets it.
    let force = ["take", "prime", "--if-epoch", "1", "--force", "--reason", "it does not answer"];
    let taken = by(two, &force).json();
    assert_eq!(
        (&taken["role"]["epoch"], &taken["taken_from"]["session"]),
        (&json!(2), &json!("claude-code/aaaaaaaa-1111"))
    );
    assert_eq!(by(three, &force).json()["code"], "epoch_moved");
    assert_eq!(by(one, &["give", "prime"]).json()["code"], "not_yours");
    // What waits for the role finds whoever takes it.
    let given = by(two, &["give", "prime", "--note", "The ledger migration is half done: table b is missing."]).json();
    assert_eq!((&given["outcome"], &given["role"]["holder"]), (&json!("given"), &Value::Null), "{given}");
    let next = by(three, &["take", "prime"]).json();
    assert!(next["role"]["note"]["text"].as_str().unwrap().contains("table b is missing"), "{next}");
    assert_eq!(next["role"]["epoch"], 3);
    let found = home.json(&["search", "ledger migration half done"]);
    assert_eq!(found["hits"][0]["title"], "Handover of prime", "{found}");
    let listed = home.json(&["role"]);
    assert_eq!((&listed["roles"][0]["role"], &listed["roles"][0]["epoch"]), (&json!("prime"), &json!(3)));
    assert_eq!(listed["roles"][0]["note"].get("text"), None, "a list names it");
    let kinds: Vec<String> = home.json_of("/v1/feed?all=true&after=0&kinds=takeover,handover")["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["takeover", "handover"]);
}

#[test]
fn mail_to_a_role_finds_whoever_has_it() {
    let home = Home::new();
    let inbox = |session: &str| agent(&home, session, &["inbox", "--json"]).json().to_string();
    agent(&home, "aaaaaaaa-1111", &["role", "take", "prime"]).ok();
    home.quipu(&["send", "role:prime", "which branch is released?"]).ok();
    assert!(inbox("aaaaaaaa-1111").contains("which branch is released?"));
    agent(&home, "aaaaaaaa-1111", &["role", "give", "prime"]).ok();
    assert_ne!(home.quipu(&["send", "role:prime", "nobody hears this"]).code, 0);
    home.quipu(&["send", "role:prime", "--wait", "read the release notes"]).ok();
    agent(&home, "bbbbbbbb-2222", &["role", "take", "prime"]).ok();
    assert!(inbox("bbbbbbbb-2222").contains("read the release notes"));
}

fn git(dir: &Path, args: &[&str]) -> (bool, String) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@example.org"]).args(args).current_dir(dir);
    let output = command.output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_commit_of_a_leased_file_is_told_of_or_refused() {
    if crate::support::tool("git").is_none() {
        return;
    }
    let home = Home::new();
    let work = home.work();
    git(&work, &["init", "-q"]);
    let hook = work.join(".git/hooks/pre-commit");
    // Beside a hook that was there; and away again, as it was.
    let own = "#!/usr/bin/env bash\nset -e\ntrue\n";
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, own).unwrap();
    assert_eq!(home.json(&["lease", "guard", "install"])["outcome"], "installed");
    assert_eq!(home.json(&["lease", "guard", "install"])["outcome"], "unchanged");
    assert_eq!(home.json(&["lease", "guard", "uninstall"])["outcome"], "removed");
    assert_eq!(std::fs::read_to_string(&hook).unwrap(), own);
    std::fs::write(&hook, "#!/usr/bin/env python3\n").unwrap();
    home.quipu(&["lease", "guard", "install"]).fails(65);
    std::fs::remove_file(&hook).unwrap();
    home.quipu(&["lease", "guard", "install"]).ok();
    std::fs::write(work.join("a.sql"), "x").unwrap();
    git(&work, &["add", "a.sql"]);
    let check = || home.quipu(&["lease", "guard", "check"]);
    assert_eq!((check().code, check().stderr), (0, String::new()), "nobody holds anything");
    agent(&home, "aaaaaaaa-1111", &["lease", "acquire", "--path", "a.sql"]).ok();
    let warned = check();
    assert!(warned.code == 0 && warned.stderr.contains("a.sql is leased by claude-code/aaaaaaaa"), "{warned:#?}");
    agent(&home, "aaaaaaaa-1111", &["lease", "release", "--path", "a.sql"]).ok();
    agent(&home, "aaaaaaaa-1111", &["lease", "acquire", "--path", ".", "--deny"]).ok();
    let refused = check();
    assert!(refused.code == 1 && refused.stderr.contains("--no-verify"), "{refused:#?}");
    assert_eq!(agent(&home, "aaaaaaaa-1111", &["lease", "guard", "check"]).code, 0, "its own");
    home.quipu(&["lease", "guard", "uninstall"]).ok();
    assert!(!hook.exists(), "what was ours alone is gone");
}
