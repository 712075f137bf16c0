//! The official conformance suite against this door, served on loopback with the suite's fixtures beside our tools.
//! It must not know what the suite asks: `tests/conformance/*.yml` say what of it is not for us, each with its reason.
//! Invariant: an entry of those that passes after all is a failure too; without npm it says so and passes.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use quipu_protocol::env::Env;
use quipu_protocol::paths::Paths;
use serde_json::Value;

#[expect(dead_code, reason = "it has clients too, which other tests use")]
#[path = "../../../../cli/tests/mcp/field.rs"]
mod field;

use self::field::Npm;
use super::fixtures::WithFixtures;
use crate::doors::front::{Front, Now};
use crate::lifecycle::local::LocalDaemon;
use crate::service::Ending;

const SUITE: &str = "@modelcontextprotocol/conformance/dist/index.js";
const EXPECTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance");
/// What each revision requires, and what of it is expected to fail.
const REVISIONS: [(&str, &str); 2] = [("2025-11-25", "legacy.yml"), ("2026-07-28", "modern.yml")];

#[test]
fn both_eras_conform() {
    let Some(npm) = Npm::fetched() else { return };
    let home = tempfile::tempdir().expect("a folder");
    let env = Env { quipu_home: Some(home.path().join("q")), ..Env::default() };
    let paths = Paths::resolve(&env).expect("paths");
    let daemon = LocalDaemon::open(&env, &paths, &[], Duration::from_secs(30)).expect("a data directory of its own");
    let front = Arc::new(Front::new(Now::Owner(daemon.service()), Ending::new(), 24));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
    let url = format!("http://{}/mcp", listener.local_addr().expect("its address"));
    let router = super::router_with(&front, WithFixtures::new);
    runtime.spawn(async move { axum::serve(listener, router).await });
    let failures: Vec<String> = REVISIONS
        .iter()
        .filter_map(|(revision, expected)| check(&npm, home.path(), &url, revision, expected))
        .collect();
    runtime.shutdown_timeout(Duration::from_secs(5));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Runs what one revision requires; what it said if it is not as expected.
fn check(npm: &Npm, home: &Path, url: &str, revision: &str, expected: &str) -> Option<String> {
    let mut suite = Command::new(&npm.node);
    suite.arg(npm.modules.join(SUITE)).args(["server", "--url", url, "--requirements", revision]);
    suite.arg("--expected-failures").arg(Path::new(EXPECTED).join(expected));
    // It writes its results where it stands.
    let results = home.join(revision);
    suite.arg("-o").arg(&results).current_dir(home).env("HOME", home);
    let output = suite.output().expect("the suite runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let summary = said.find("=== SUMMARY ===").map_or(said.as_str(), |at| &said[at..]);
    println!("{revision}: {summary}");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (!output.status.success()).then(|| format!("{revision}: {summary}{errors}\n{}", failed(&results)))
}

/// Every check that failed or was warned of, with what the suite says of it.
fn failed(results: &Path) -> String {
    let mut lines = Vec::new();
    for folder in std::fs::read_dir(results).into_iter().flatten().flatten() {
        let name = folder.file_name().to_string_lossy().into_owned();
        let checks = std::fs::read(folder.path().join("checks.json")).unwrap_or_default();
        let checks: Vec<Value> = serde_json::from_slice(&checks).unwrap_or_default();
        let bad = checks.iter().filter(|check| check["status"] == "FAILURE" || check["status"] == "WARNING");
        lines.extend(bad.map(|check| format!("{name}: {} {}", check["id"], check["errorMessage"])));
    }
    lines.sort();
    lines.join("\n")
}
