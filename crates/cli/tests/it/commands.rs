//! What people type beside a search: save, show, timeline, stats, doctor; exit codes, pipes, plain output.
//! It must not know the daemon's API.
//! Invariant: each failure names its code, and what a person can mend has a hint.

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::session::{QUESTION, TIDEPOOL, files_with, holding, memories, samples};
use crate::support::{Home, Output, run, tool};

/// A run that must fail: its exit code and its fault.
#[track_caller]
fn fault(output: Output, exit: i32, code: &str) -> Value {
    assert_eq!(output.code, exit, "{output:#?}");
    let fault = output.json();
    let keys: Vec<&String> = fault.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["code", "hint", "message"], "{fault}");
    assert_eq!(fault["code"], code, "{fault}");
    fault
}

#[test]
fn saving_says_what_became_of_it() {
    let home = Home::new();
    let stored = home.json(&["save", "the", "kestrel", "probe", "needs", "firmware 7"]);
    assert_eq!((stored["outcome"].as_str(), stored["mode"].as_str()), (Some("stored"), Some("owner")), "{stored}");
    let again = run(home.command(&["save", "-", "--json"]), b"\n the kestrel probe needs firmware 7 \n").json();
    assert_eq!((&again["outcome"], &again["id"]), (&json!("duplicate"), &stored["id"]));
    // Another kind, or another project, is another memory.
    assert_eq!(home.json(&["save", "the kestrel probe needs firmware 7", "--kind", "decision"])["outcome"], "stored");
    assert_eq!(home.json(&["save", "the kestrel probe needs firmware 7", "--global"])["outcome"], "stored");
    let said = home.quipu(&["save", "a fact", "--title", "Titled", "--keyword", "one", "--keyword", "two"]).ok();
    let id = said.trim().strip_prefix("stored ").expect(&said).to_owned();
    let shown = home.json(&["show", &id]);
    assert_eq!((&shown["title"], &shown["keywords"]), (&json!("Titled"), &json!(["one", "two"])));
    assert_eq!(
        (&shown["kind"], &shown["origin"], &shown["text"]),
        (&json!("insight"), &json!("saved"), &json!("a fact"))
    );
    assert_eq!(memories(&home).len(), 4);
}

#[test]
fn saving_redacts_and_says_so() {
    let home = Home::new();
    let secret = "AKIAIOSFODNN7EXAMPLE";
    let reply = home.json(&["save", &format!("the bucket's key is {secret}"), "--title", secret, "--keyword", secret]);
    assert_eq!(reply["outcome"], "stored");
    assert!(reply["redacted"].as_array().is_some_and(|labels| !labels.is_empty()), "{reply}");
    let said = home.quipu(&["save", &format!("another text with {secret}")]).ok();
    assert!(said.contains("redacted: aws-access-key-id"), "{said}");
    assert!(files_with(home.data(), secret).is_empty() && holding(&home, "[redacted:") == 2);
}

#[test]
fn saving_refuses_what_is_no_memory() {
    let home = Home::new();
    let input = |args: &[&str], input: &[u8]| run(home.command(&[&["save"], args, &["--json"]].concat()), input);
    for nothing in [&b""[..], b" \n\t ", "\u{feff}\n".as_bytes()] {
        assert!(fault(input(&["-"], nothing), 64, "empty")["hint"].as_str().unwrap().contains("quipu save -"));
    }
    fault(input(&[""], b""), 64, "empty");
    fault(input(&["-"], b"\xff\xfe text"), 64, "bad_input");
    fault(input(&["-"], &b"too long ".repeat(200_000)), 64, "too_long");
    fault(input(&["-"], &b"far too long ".repeat(2 << 20)), 64, "too_long");
    let hint = fault(input(&["x", "--kind", "wrong"], b""), 64, "no_such_kind")["hint"].clone();
    assert!(hint.as_str().unwrap().contains("decision"), "{hint}");
    assert_eq!(memories(&home), []);
}

#[test]
fn one_memory_is_shown_whole() {
    let home = samples();
    let hit = home.json(&["search", "--all", "--limit", "1", QUESTION])["hits"][0].clone();
    let id = hit["id"].as_str().unwrap();
    let shown = home.json(&["show", id]);
    for key in [
        "id",
        "kind",
        "title",
        "applies_to",
        "keywords",
        "text",
        "content_hash",
        "occurred_at",
        "recorded_at",
        "project",
        "agent",
        "session_id",
        "branch",
        "origin",
        "programmatic",
        "lifecycle",
        "source",
        "redactions",
        "revision",
        "pinned",
        "superseded_by",
        "archived_at",
        "archive_reason",
    ] {
        assert!(shown.get(key).is_some(), "{key}: {shown}");
    }
    assert_eq!(
        (&shown["id"], &shown["session_id"], &shown["agent"]),
        (&hit["id"], &hit["session_id"], &json!("claude-code"))
    );
    let source = &shown["source"];
    let bytes = std::fs::read(source["path"].as_str().unwrap()).unwrap();
    let lines = &bytes[source["from"].as_u64().unwrap() as usize..source["to"].as_u64().unwrap() as usize];
    let first: Value = serde_json::from_slice(lines.split(|b| *b == b'\n').next().unwrap()).unwrap();
    assert_eq!(first["sessionId"], shown["session_id"], "it can be walked back");
    let text = home.quipu(&["show", &format!(" {id} ")]).ok();
    assert!(text.contains("source") && text.contains(source["path"].as_str().unwrap()), "{text}");
    fault(home.quipu(&["show", "--json", "nonsense"]), 64, "bad_id");
    fault(home.quipu(&["show", "--json", "é?#/.. \n"]), 64, "bad_id");
    fault(home.quipu(&["show", "--json", "0193e0a4-7c1e-7000-8000-000000000001"]), 66, "no_such_memory");
    fault(home.quipu(&["show", "--json", ""]), 64, "bad_id");
}

#[test]
fn a_timeline_runs_oldest_first() {
    let home = samples();
    let times = |args: &[&str]| -> Vec<i64> {
        let reply = home.json(&[&["timeline", "--project", TIDEPOOL], args].concat());
        reply["memories"].as_array().unwrap().iter().map(|m| m["occurred_at"].as_i64().unwrap()).collect()
    };
    let newest = times(&["--limit", "10"]);
    assert!(newest.len() == 10 && newest.is_sorted(), "{newest:?}");
    let all = times(&["--limit", "500"]);
    assert!(all.len() == 94 && all.is_sorted() && all.ends_with(&newest));
    let middle = home.json(&["search", "--all", "--limit", "1", "TP-1042"])["hits"][0].clone();
    let around = home.json(&["timeline", middle["id"].as_str().unwrap(), "--limit", "3", "--project", TIDEPOOL]);
    let ids: Vec<&Value> = around["memories"].as_array().unwrap().iter().map(|m| &m["id"]).collect();
    assert!(ids.len() == 7 && ids[3] == &middle["id"], "{ids:?}");
    // Its project need not be named, and an id that is none is said to be none.
    assert_eq!(home.json(&["timeline", middle["id"].as_str().unwrap(), "--limit", "3"]), around);
    fault(home.quipu(&["timeline", "0193e0a4-7c1e-7000-8000-000000000001", "--json"]), 66, "no_such_memory");
    fault(home.quipu(&["timeline", "nonsense", "--json"]), 64, "bad_id");
    let session = middle["session_id"].as_str().unwrap();
    let of = home.json(&["timeline", "--session", session, "--kind", "prompt", "--all"])["memories"].clone();
    assert!(of.as_array().unwrap().iter().all(|m| m["session_id"] == session && m["kind"] == "prompt"), "{of}");
    assert!(times(&["--since", "2026-11-01"]).iter().all(|at| *at >= 1_793_000_000_000));
    assert!(home.quipu(&["timeline", "--project", TIDEPOOL]).ok().lines().count() == 20);
    assert!(home.quipu(&["timeline"]).ok().contains("--all"), "an empty project says what to try");
}

#[test]
fn stats_and_status_count_what_is_there() {
    let home = Home::new();
    assert_eq!(home.json(&["status"]), json!({ "mode": "absent" }));
    assert!(home.card().is_none(), "asking starts nothing");
    let empty = home.json(&["stats"]);
    assert_eq!((&empty["by_kind"], &empty["chunks"], &empty["mode"]), (&json!([]), &json!(0), &json!("owner")));
    assert!(home.quipu(&["stats"]).ok().starts_with("0 memories"));
    home.json(&["save", "one"]);
    assert_eq!(home.json(&["stats"])["by_kind"], json!([["insight", 1]]));
    let status = home.json(&["status"]);
    assert_eq!((&status["mode"], &status["spool"], &status["quarantined"]), (&json!("owner"), &json!(0), &json!(0)));
    assert_eq!(status["data"], json!(home.data()));
}

#[test]
fn the_doctor_finds_a_fresh_home_well_and_open_doors_weak() {
    let home = Home::new();
    std::fs::create_dir(home.transcripts()).unwrap();
    let findings = |exit: i32| {
        let output = home.quipu(&["doctor", "--json"]);
        assert_eq!(output.code, exit, "{output:#?}");
        output.json().as_array().unwrap().clone()
    };
    let fresh = findings(0);
    assert!(fresh.iter().all(|f| f["verdict"] == "good" || f["cure"].is_string()), "{fresh:#?}");
    let good = fresh.iter().filter(|f| f["verdict"] == "good");
    let checks: Vec<&str> = good.map(|f| f["check"].as_str().unwrap()).collect();
    assert!(
        ["data", "disk", "daemon", "spool", "claude-code"].iter().all(|check| checks.contains(check)),
        "{checks:?}"
    );
    let mode = |bits| std::fs::set_permissions(home.data(), std::fs::Permissions::from_mode(bits)).unwrap();
    mode(0o755);
    let open = findings(0);
    let data = open.iter().find(|f| f["check"] == "data").unwrap();
    assert!(data["verdict"] == "weak" && data["cure"].as_str().unwrap().contains("chmod 700"), "{data}");
    mode(0o700);
    assert_eq!(findings(0)[0]["verdict"], "good");
    std::fs::remove_dir_all(home.root().join("c")).unwrap();
    let without = findings(0);
    assert!(without.iter().any(|f| f["check"] == "claude-code" && f["verdict"] == "weak"), "{without:#?}");
    // A home that cannot be: broken, with its cure.
    let file = home.root().join("file");
    std::fs::write(&file, "").unwrap();
    let nowhere = Home::new().at(file);
    let output = nowhere.quipu(&["doctor"]);
    assert!(output.code == 1 && output.stdout.contains("bad ") && output.stdout.contains("QUIPU_HOME"), "{output:#?}");
}

#[test]
fn output_into_a_pipe_is_plain_and_a_closed_pipe_is_no_failure() {
    let home = samples();
    let (all, prompt) = ("--all", "a prompt");
    for args in [
        &["search", all, "--explain", QUESTION][..],
        &["search", all, "--limit", "0", "x"],
        &["timeline", all],
        &["stats"],
        &["status"],
        &["doctor"],
        &["project", "list"],
        &["save", prompt],
        &["save", "key AKIAIOSFODNN7EXAMPLE"],
        &["update", "nonsense", "--archive"],
        &["history", "nonsense"],
        &["pause"],
        &["resume"],
        &["index", "--no-wait"],
        &["logs"],
    ] {
        let output = home.quipu(args);
        assert!(!output.stdout.contains('\u{1b}') && !output.stderr.contains('\u{1b}'), "{args:?}: {output:?}");
        // The reader goes before anything is written.
        let mut command = home.command(args);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code().is_some_and(|code| code != 101) && !stderr.contains("panicked"),
            "{args:?}: {stderr}"
        );
    }
    let Some(shell) = tool("sh") else { return };
    let mut command = home.program(&shell);
    command.args(["-c", &format!("'{}' search --all writer | head -0", crate::support::QUIPU)]);
    let output = run(command, b"");
    assert!(output.code == 0 && output.stderr.is_empty(), "{output:?}");
}
