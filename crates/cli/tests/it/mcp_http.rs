//! MCP over HTTP against the daemon that ships: official clients, the Inspector, and what of the conformance suite needs no
//! fixtures. They take nothing but an address, so a proxy brings the socket to a port.
//! It must not know which tools there are, nor who else may listen where.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::field::{self, Npm};
use crate::support::{Home, Output, run};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mcp");
const SUITE: &str = "@modelcontextprotocol/conformance/dist/index.js";
const INSPECTOR: &str = "@modelcontextprotocol/inspector/clients/launcher/build/index.js";
/// Scenarios that a server passes without the suite's own tools, by the revision that they are asked in.
const SCENARIOS: [(&str, &[&str]); 2] = [
    (
        "2025-11-25",
        &["server-initialize", "ping", "completion-complete", "tools-list", "resources-list", "prompts-list"],
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
        ],
    ),
];

/// A daemon with a port before it.
struct Port {
    proxy: Child,
    url: String,
    home: Home,
}

impl Port {
    fn open(npm: &Npm) -> Self {
        let home = Home::new();
        let mut proxy = home.program(&npm.node);
        proxy.arg(format!("{SCRIPTS}/proxy.mjs")).arg(home.up().socket).arg(home.work());
        let mut proxy = proxy.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(proxy.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { proxy, url: url.trim().to_owned(), home }
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        let _ = self.proxy.kill();
        let _ = self.proxy.wait();
    }
}

/// Walks through everything with one client.
fn walk(npm: &Npm, revision: &str, client: impl FnOnce(&Home) -> Command) {
    let port = Port::open(npm);
    let mut command = client(&port.home);
    // The socket wants no token; what stands in its place is not looked at.
    command.arg(format!("{}?tools=all", port.url)).arg("none").arg(port.home.work());
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
        walk(&npm, revision, |home| {
            let mut command = home.program(&npm.node);
            command.arg(format!("{SCRIPTS}/walk.mjs")).arg(kind).arg(&npm.modules);
            command.arg(format!("{SCRIPTS}/calls.json"));
            command
        });
    }
    let Some((python, packages)) = field::python() else { return };
    for (mode, revision) in [("legacy", "2025-11-25"), ("auto", "2026-07-28")] {
        walk(&npm, revision, |home| {
            let mut command = home.program(&python);
            command.env("PYTHONPATH", &packages).env("PYTHONDONTWRITEBYTECODE", "1").arg("-s");
            command.arg(format!("{SCRIPTS}/walk.py")).arg(mode).arg(format!("{SCRIPTS}/calls.json"));
            command
        });
    }
}

#[test]
fn the_inspector_and_the_suite_find_nothing_that_needs_no_fixtures() {
    let Some(npm) = Npm::fetched() else { return };
    let port = Port::open(&npm);
    let runs = |program: &str, args: &[&str]| -> Output {
        let mut command = port.home.program(&npm.node);
        command.arg(npm.modules.join(program)).args(args).current_dir(port.home.root());
        run(command, b"")
    };
    for era in ["legacy", "modern"] {
        let look =
            ["--cli", &port.url, "--transport", "http", "--protocol-era", era, "--method", "tools/list", "--strict"];
        runs(INSPECTOR, &look).ok();
    }
    for (revision, scenarios) in SCENARIOS {
        for scenario in scenarios {
            let args = ["server", "--url", &port.url, "--scenario", scenario, "--spec-version", revision];
            let output = runs(SUITE, &args);
            assert_eq!(output.code, 0, "{scenario} ({revision}): {output:#?}");
        }
    }
}
