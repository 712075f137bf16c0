//! The official Inspector's own load test, with the shim as its server: a second opinion, in its own words.
//!
//! It must not know our figures. Invariant: nothing is claimed of what it says; without npm it is left out, with a word.

use std::process::Stdio;

use serde_json::json;

#[expect(dead_code, reason = "it has clients too, which tests use")]
#[path = "../../../../crates/cli/tests/mcp/field.rs"]
mod field;

use crate::bench::scratch::Scratch;
use crate::shell::Outcome;

const PROGRAM: &str = "@modelcontextprotocol/inspector/clients/launcher/build/index.js";
/// So long it calls, in seconds.
const SECONDS: &str = "5";

pub(super) fn load(home: &Scratch, clients: usize, query: &str) -> Outcome {
    println!("\nthe Inspector's --load, {clients} calls at once for {SECONDS} s through one shim");
    let Some(npm) = field::Npm::fetched() else { return Ok(()) };
    let shim = home.command(&["mcp"]);
    let mut command = std::process::Command::new(&npm.node);
    home.environment(&mut command);
    command.arg(npm.modules.join(PROGRAM)).arg("--cli").arg(shim.get_program()).arg("mcp");
    // It gives a server no variables but those that it is told of.
    command.arg("-e").arg(format!("{}={}", quipu_protocol::env::QUIPU_HOME, home.paths.data.display()));
    let arguments = json!({ "query": query, "project": "all" }).to_string();
    command.args(["--method", "tools/call", "--tool-name", "memory_search", "--tool-args-json", &arguments]);
    command.args(["--load", "--load-duration", SECONDS, "--load-concurrency", &clients.to_string()]);
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("cannot run the Inspector: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("the Inspector failed: {said}{}", String::from_utf8_lossy(&output.stderr)));
    }
    println!("{}", said.trim());
    Ok(())
}
