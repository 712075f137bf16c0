//! The official clients of MCP against `quipu mcp`, over standard input and output: both majors of the TypeScript one, the
//! Python one, both eras of the protocol.
//! It must not know which tools there are: the wire tells the scripts, and `tests/mcp/calls.json` how each is called.
//! Invariant: a client that does not check what a tool answers against its schema proves nothing; that they do is tested.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::field::{self, Npm};
use crate::support::{Home, QUIPU, run};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mcp");
/// The eras that clients can be told to speak, and the revision that they end up with.
const TYPESCRIPT: [(&str, &str); 4] =
    [("v1", "2025-11-25"), ("v2-legacy", "2025-11-25"), ("v2-auto", "2026-07-28"), ("v2-modern", "2026-07-28")];
const PYTHON: [(&str, &str); 3] = [("auto", "2026-07-28"), ("legacy", "2025-11-25"), ("2026-07-28", "2026-07-28")];
/// The sets of tools that a connection may ask for; the first is what it gets unasked.
const SETS: [&str; 3] = ["first", "all", "connector"];

/// One of the scripts, but for the server that it is to start.
type Script = dyn Fn(&Home, &str) -> Command;

/// A file of the scripts' folder.
fn script(name: &str) -> PathBuf {
    Path::new(SCRIPTS).join(name)
}

fn typescript() -> Option<Box<Script>> {
    let npm = Npm::fetched()?;
    Some(Box::new(move |home, kind| {
        let mut command = home.program(&npm.node);
        command.arg(script("walk.mjs")).arg(kind).arg(&npm.modules).arg(script("calls.json"));
        command
    }))
}

fn python() -> Option<Box<Script>> {
    let (python, packages) = field::python()?;
    Some(Box::new(move |home, mode| {
        let mut command = home.program(&python);
        command.env("PYTHONPATH", &packages).env("PYTHONDONTWRITEBYTECODE", "1").arg("-s").arg(script("walk.py"));
        command.arg(mode).arg(script("calls.json"));
        command
    }))
}

/// Walks through all sets of tools with each client, each with a home of its own.
fn check(client: &Script, eras: &[(&str, &str)]) {
    let mut seen: Vec<BTreeSet<String>> = Vec::new();
    for (kind, revision) in eras {
        for (n, set) in SETS.into_iter().enumerate() {
            let home = Home::new();
            let mut command = client(&home, kind);
            command.args([QUIPU, "mcp", "--tools", set]);
            let output = run(command, b"");
            assert_eq!(output.code, 0, "{kind}, {set}: {output:#?}");
            let told: Value = serde_json::from_str(output.stdout.trim()).unwrap();
            assert_eq!(told["revision"], *revision, "{told}");
            let tools: BTreeSet<String> = serde_json::from_value(told["tools"].clone()).unwrap();
            assert!(tools.len() >= 2 && (set == "all" || tools.len() <= 8), "{told}");
            assert_eq!(seen.get(n).unwrap_or(&tools), &tools, "{kind} was shown other tools than the one before");
            if seen.len() == n {
                seen.push(tools);
            }
        }
    }
    assert!(seen[0].is_subset(&seen[1]), "{seen:?}");
}

/// The first client of `eras` is answered with a structured result that its schema forbids.
fn notices_a_lie(client: &Script, kind: &str, words: &str) {
    let home = Home::new();
    let mut command = client(&home, kind);
    let lie = r#"s/"outcome":"stored"/"outcome":7/"#;
    command.args(["sh", "-c", &format!("'{QUIPU}' mcp | sed -u '{lie}'")]);
    let output = run(command, b"");
    assert_ne!(output.code, 0, "{kind} took a number for a word: {output:#?}");
    assert!(output.stderr.contains(words), "{kind}: {output:#?}");
}

#[test]
fn the_typescript_clients_use_all_of_it_in_both_eras() {
    let Some(client) = typescript() else { return };
    check(&*client, &TYPESCRIPT);
    for kind in ["v1", "v2-modern"] {
        notices_a_lie(&*client, kind, "does not match the tool's output schema");
    }
}

#[test]
fn the_python_client_uses_all_of_it_in_both_eras() {
    let Some(client) = python() else { return };
    check(&*client, &PYTHON);
    notices_a_lie(&*client, "auto", "Invalid structured content");
}
