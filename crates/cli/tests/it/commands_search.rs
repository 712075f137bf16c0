//! `quipu search` as it is typed: every flag, the documented JSON, what a wrong one is answered.
//! It must not know ranking.
//! Invariant: the keys of the JSON are those that the documentation names.

use serde_json::{Value, json};

use crate::session::{QUESTION, Session, TIDEPOOL, samples};
use crate::support::Home;

fn hits(home: &Home, args: &[&str]) -> Vec<Value> {
    home.json(&[&["search"], args].concat())["hits"].as_array().unwrap().clone()
}

fn days(hits: &[Value]) -> Vec<String> {
    let day = |hit: &Value| {
        let at = jiff::Timestamp::from_millisecond(hit["occurred_at"].as_i64().unwrap()).unwrap();
        at.strftime("%Y-%m-%d").to_string()
    };
    let mut days: Vec<String> = hits.iter().map(day).collect();
    days.sort();
    days.dedup();
    days
}

#[test]
fn the_json_is_what_the_documentation_says() {
    let home = samples();
    let reply = home.json(&["search", "--all", QUESTION]);
    for key in ["hits", "mode", "fallback", "took_ms"] {
        assert!(reply.get(key).is_some(), "{key}: {reply}");
    }
    assert_eq!((&reply["mode"], &reply["fallback"]), (&json!("owner"), &Value::Null));
    assert!(reply["took_ms"].as_f64().is_some_and(|ms| ms >= 0.0), "{reply}");
    let hits = reply["hits"].as_array().unwrap();
    assert_eq!(hits.len(), 10, "the default limit");
    let scores: Vec<f64> = hits.iter().map(|hit| hit["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "best first: {scores:?}");
    for hit in hits {
        for key in ["id", "kind", "session_id", "agent", "project", "occurred_at", "score", "text"] {
            assert!(!hit[key].is_null(), "{key}: {hit}");
        }
        assert!(hit["occurred_at"].is_i64() && hit.get("explain").is_none(), "{hit}");
    }
    let explained = home.json(&["search", "--all", "--explain", QUESTION]);
    let why = &explained["hits"][0]["explain"];
    for key in ["own", "context", "idf_share", "matched", "worth_injecting"] {
        assert!(!why[key].is_null(), "{key}: {why}");
    }
    assert!(explained["terms"].as_array().unwrap().iter().any(|term| term["term"] == "sqlite"), "{explained}");
    assert!(home.quipu(&["search", "--all", "--explain", QUESTION]).ok().contains("of the query's weight"));
}

#[test]
fn limits() {
    let home = samples();
    for n in [1, 3, 100] {
        assert!(hits(&home, &["--all", "--limit", &n.to_string(), "the writer of the database"]).len() <= n);
    }
    assert_eq!(hits(&home, &["--all", "--limit", "1", "writer"]).len(), 1);
    for n in ["0", "101", "99999999999"] {
        let output = home.quipu(&["search", "--limit", n, "x", "--json"]);
        assert_eq!(output.code, 64, "{output:#?}");
        let fault = output.json();
        assert_eq!(fault["code"], "bad_limit");
        assert!(fault["hint"].as_str().unwrap().contains("1 to 100"), "{fault}");
    }
    let text = home.quipu(&["search", "--limit", "0", "x"]).fails(64);
    assert!(text.contains("error:") && text.contains("hint:"), "{text}");
    for wrong in [&["--limit", "many", "x"][..], &[], &["--nonsense", "x"], &["--all", "--project", "p", "x"]] {
        home.quipu(&[&["search"], wrong].concat()).fails(2);
    }
}

#[test]
fn projects_by_name_by_path_and_all() {
    let home = samples();
    let of = |args: &[&str]| {
        let mut all: Vec<String> =
            hits(&home, args).iter().map(|hit| hit["project"].as_str().unwrap().to_owned()).collect();
        all.sort();
        all.dedup();
        all
    };
    let worktree = "/srv/samples/tidepool-wt-retry";
    assert_eq!(of(&["--project", "tidepool", "--limit", "50", "retry queue"]), [TIDEPOOL]);
    assert_eq!(of(&["--project", TIDEPOOL, "--limit", "50", "retry queue"]), [TIDEPOOL]);
    assert_eq!(of(&["--project", "/srv/samples/tidepool/src/retry", "--limit", "50", "retry queue"]), [TIDEPOOL]);
    assert_eq!(of(&["--project", "tidepool-wt-retry", "retry queue"]), [worktree]);
    assert_eq!(of(&["--all", "--limit", "50", "retry queue"]), [TIDEPOOL, worktree]);
    assert_eq!(of(&["retry queue"]), [] as [&str; 0], "this directory's project has none");
    let text = home.quipu(&["search", "retry queue"]).ok();
    assert!(text.starts_with("Nothing found in w") && text.contains("--all"), "{text}");
    let output = home.quipu(&["search", "--project", "nobody", "x", "--json"]);
    assert_eq!((output.code, output.json()["code"].clone()), (66, json!("no_such_project")));
    let reply = home.json(&["search", "--project", "tidepool", "retry"]);
    assert_eq!(reply["project"], TIDEPOOL);
}

#[test]
fn kinds() {
    let home = samples();
    let of = |args: &[&str]| {
        let mut all: Vec<String> =
            hits(&home, args).iter().map(|hit| hit["kind"].as_str().unwrap().to_owned()).collect();
        all.sort();
        all.dedup();
        all
    };
    assert_eq!(of(&["--all", "--kind", "prompt", "sqlite writer"]), ["prompt"]);
    assert_eq!(
        of(&["--all", "--kind", "thought", "--kind", "prompt", "--limit", "50", "sqlite writer"]),
        ["prompt", "thought"]
    );
    assert_eq!(of(&["--all", "--kind", "decision", "sqlite writer"]), [] as [&str; 0]);
    for command in ["search", "timeline"] {
        let query = if command == "search" { &["x"][..] } else { &[] };
        let output = home.quipu(&[&[command, "--kind", "wrong", "--json"], query].concat());
        assert_eq!(output.code, 64, "{output:#?}");
        let fault = output.json();
        assert!(fault["code"] == "no_such_kind" && fault["hint"].as_str().unwrap().contains("anti_pattern"), "{fault}");
    }
}

#[test]
fn times() {
    let home = samples();
    let query = &["--all", "--limit", "100", "the writer queue and the frame and the chart and the release"];
    let between = |since: &[&str]| days(&hits(&home, &[&query[..], since].concat()));
    let all = between(&[]);
    let days = ["2026-09-02", "2026-09-17", "2026-10-06", "2026-10-27", "2026-11-05", "2026-11-12"];
    assert_eq!(all, days);
    assert_eq!(between(&["--since", "2026-10-27"]), days[3..]);
    assert_eq!(between(&["--until", "2026-10-27"]), days[..4], "a day that is named is taken whole");
    assert_eq!(between(&["--since", "2026-10-06", "--until", "2026-10-06"]), days[2..3]);
    assert_eq!(between(&["--until", "2026-10-06T00:00:00Z"]), days[..2]);
    assert_eq!(between(&["--since", "2026-10-07", "--until", "2026-10-26"]), [] as [&str; 0]);
    assert_eq!(between(&["--since", "1h"]), [] as [&str; 0]);
    assert_eq!(between(&["--since", "20 years"]), days);
    for flag in ["--since", "--until"] {
        let output = home.quipu(&["search", "x", flag, "soonish", "--json"]);
        assert_eq!(output.code, 64, "{output:#?}");
        let fault = output.json();
        assert!(fault["code"] == "bad_time" && fault["message"].as_str().unwrap().contains("yesterday"), "{fault}");
    }
}

#[test]
fn archived_memories_are_found_when_they_are_asked_for() {
    let home = Home::new();
    let session = Session::new(&home, "archived", &home.work());
    session.write(&[session.prompt("poll the pelican buoy"), session.answer("Polled.")]);
    session.index();
    // The host says afterwards that nobody had typed it.
    session.hook(
        "UserPromptSubmit",
        &json!({ "prompt": "poll the pelican buoy", "source": "poll_event", "prompt_id": "p" }),
    );
    crate::support::until("it is archived", || {
        hits(&home, &["pelican"]).iter().all(|h| h["kind"] != "prompt").then_some(())
    });
    let found = hits(&home, &["--include-archived", "pelican"]);
    let prompt = found.iter().find(|hit| hit["kind"] == "prompt").expect("the archived prompt");
    assert_eq!(prompt["lifecycle"], "archived");
    assert!(home.quipu(&["search", "--include-archived", "pelican"]).ok().contains("archived"));
    let shown = home.quipu(&["show", prompt["id"].as_str().unwrap()]).ok();
    assert!(shown.contains("archived"), "{shown}");
}

#[test]
fn queries_of_any_form_are_answered() {
    let home = samples();
    let long = "a very long question about the writer ".repeat(2_000);
    for query in [
        "",
        " ",
        "the of and",
        "\"unclosed",
        "a AND (b OR",
        "tide*",
        "path:/x",
        "a\u{0301}",
        "🚀",
        "--",
        "%00",
        "''",
        &long,
    ] {
        let reply = home.quipu(&["search", "--all", "--json", "--", query]).json();
        assert!(reply["hits"].as_array().unwrap().len() <= 10, "{query}");
    }
    // Words need no quotes, and a query may look like a flag.
    assert!(!hits(&home, &["--all", "single", "writer", "sqlite"]).is_empty());
    assert!(!hits(&home, &["--all", "src/ingest/decoder.rs:142"]).is_empty());
    assert!(!hits(&home, &["--all", "decodeGaugeFrame"]).is_empty());
}
