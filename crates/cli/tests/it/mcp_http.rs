//! MCP over the loopback port of the daemon that ships: official clients and the Inspector with the token, and what of the
//! conformance suite needs no fixtures, behind the guard.
//! It must not know which tools there are, nor how the guard judges.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use quipu_protocol::http::{HttpCard, read_card};
use serde_json::Value;

use crate::field::{self, Npm};
use crate::support::{Home, Output, run, until};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mcp");
const SUITE: &str = "@modelcontextprotocol/conformance/dist/index.js";
const INSPECTOR: &str = "@modelcontextprotocol/inspector/clients/launcher/build/index.js";
/// Scenarios that a server passes without the suite's own tools, by the revision that they are asked in.
const SCENARIOS: [(&str, &[&str]); 2] = [
    (
        "2025-11-25",
        &[
            "server-initialize",
            "ping",
            "completion-complete",
            "tools-list",
            "resources-list",
            "prompts-list",
            "dns-rebinding-protection",
        ],
    ),
    (
        "2026-07-28",
        &[
            "completion-complete",
            "tools-list",
            "resources-list",
            "prompts-list",
            "caching",
            "sep-2164-resource-not-found",
            "http-header-validation",
            "server-sse-multiple-streams",
            "dns-rebinding-protection",
        ],
    ),
];

/// A home whose port is open.
fn open() -> (Home, HttpCard) {
    let home = Home::new();
    home.json(&["http", "on"]);
    home.up();
    let card = until("it listens", || read_card(&home.data().join("http.json")));
    (home, card)
}

/// Walks through everything with one client.
fn walk(revision: &str, client: impl FnOnce(&Home) -> Command) {
    let (home, card) = open();
    let mut command = client(&home);
    command.arg(format!("{}/mcp?tools=all", card.url)).arg(&card.token).arg(home.work());
    let output = run(command, b"");
    assert_eq!(output.code, 0, "{revision}: {output:#?}");
    let told: Value = serde_json::from_str(output.stdout.trim()).unwrap();
    assert_eq!(told["revision"], revision, "{told}");
    assert!(told["tools"].as_array().unwrap().len() > 8, "{told}");
}

#[test]
fn the_official_clients_use_all_of_it_by_an_address() {
    let Some(npm) = Npm::fetched() else { return };
    for (kind, revision) in [("v1", "2025-11-25"), ("v2-legacy", "2025-11-25"), ("v2-modern", "2026-07-28")] {
        walk(revision, |home| {
            let mut command = home.program(&npm.node);
            command.arg(format!("{SCRIPTS}/walk.mjs")).arg(kind).arg(&npm.modules);
            command.arg(format!("{SCRIPTS}/calls.json"));
            command
        });
    }
    let Some((python, packages)) = field::python() else { return };
    for (mode, revision) in [("legacy", "2025-11-25"), ("auto", "2026-07-28")] {
        walk(revision, |home| {
            let mut command = home.program(&python);
            command.env("PYTHONPATH", &packages).env("PYTHONDONTWRITEBYTECODE", "1").arg("-s");
            command.arg(format!("{SCRIPTS}/walk.py")).arg(mode).arg(format!("{SCRIPTS}/calls.json"));
            command
        });
    }
}

#[test]
fn the_inspector_finds_nothing_and_gets_nothing_without_the_token() {
    let Some(npm) = Npm::fetched() else { return };
    let (home, card) = open();
    let asks = |era: &str, token: &str, args: &[&str]| -> Output {
        let mut command = home.program(&npm.node);
        command.arg(npm.modules.join(INSPECTOR)).args(["--cli", &format!("{}/mcp", card.url), "--transport", "http"]);
        command.args(["--header", &format!("Authorization: Bearer {token}")]);
        command.args(["--header", &format!("Quipu-Cwd: {}", home.work().display())]);
        command.args(["--format", "json", "--protocol-era", era]).args(args);
        run(command, b"")
    };
    for era in ["legacy", "modern"] {
        asks(era, &card.token, &["--method", "tools/list", "--strict"]).ok();
        let search = ["--tool-name", "memory_search", "--tool-args-json", r#"{"query":"gauge"}"#];
        let found = asks(era, &card.token, &[&["--method", "tools/call"][..], &search].concat());
        assert!(found.ok().contains("structuredContent"));
        assert_ne!(asks(era, "nonsense", &["--method", "tools/list"]).code, 0, "{era}");
    }
}

#[test]
fn what_needs_no_fixtures_conforms_behind_the_guard() {
    let Some(npm) = Npm::fetched() else { return };
    let (home, card) = open();
    // The suite sends no token.
    let mut proxy = home.program(&npm.node);
    proxy.arg(format!("{SCRIPTS}/with_token.mjs")).arg(&card.url).arg(&card.token).arg(home.work());
    let mut proxy = proxy.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(proxy.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let mut failed = Vec::new();
    for (revision, scenarios) in SCENARIOS {
        for scenario in scenarios {
            let mut suite = home.program(&npm.node);
            suite.arg(npm.modules.join(SUITE)).args(["server", "--url", url.trim(), "--scenario", scenario]);
            suite.args(["--spec-version", revision]).current_dir(home.root());
            let output = run(suite, b"");
            if output.code != 0 {
                failed.push(format!("{scenario} ({revision}): {output:#?}"));
            }
        }
    }
    // It ends with its input.
    drop(proxy.stdin.take());
    proxy.wait().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
