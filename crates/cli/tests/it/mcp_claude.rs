//! The real Claude Code with `quipu mcp` among its servers, against a stand-in for its model: the tools are offered to the
//! model, a call of one reaches the daemon, and what was remembered comes back to the model.
//! It must not know quipu's inside: it sees requests to the model, and the lines between client and shim.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::real_client::{client, in_a_network_of_its_own, session};
use crate::stub_api::StubApi;
use crate::support::{Home, QUIPU, run};

/// What Claude Code calls our search.
const SEARCH: &str = "mcp__quipu__memory_search";

#[test]
fn the_real_client_searches_by_its_tool() {
    in_a_network_of_its_own("mcp_claude::inside");
}

/// The test proper; does nothing outside the namespace.
#[test]
fn inside() {
    let Some(claude) = client() else { return };
    let home = Home::new();
    home.json(&["save", "The identifier prefix of the harbour station's tide gauge is ZQ-77.", "--kind", "decision"]);
    let (server, config) = (home.root().join("server"), home.root().join("servers.json"));
    // What passes is copied, for the client does not tell what it speaks.
    let script = format!("#!/bin/sh\ntee '{0}/in' | '{QUIPU}' mcp | tee '{0}/out'\n", home.root().display());
    std::fs::write(&server, script).unwrap();
    std::fs::set_permissions(&server, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(&config, json!({ "mcpServers": { "quipu": { "command": server } } }).to_string()).unwrap();

    let api = StubApi::calling(SEARCH, json!({ "query": "prefix of the tide gauge" }), "It is ZQ-77.");
    let mut command = session(&home, &api, &claude, "Which prefix has the tide gauge?");
    command.arg("--mcp-config").arg(&config).args(["--strict-mcp-config", "--allowedTools", SEARCH]);
    let output = run(command, b"");
    assert!(output.code == 0 && output.stdout.contains("It is ZQ-77."), "{output:#?}");

    let lines = |name: &str| -> Vec<Value> {
        let text = std::fs::read_to_string(home.root().join(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let (asked, told) = (lines("in"), lines("out"));
    let (first, hello) = (&asked[0], &told[0]);
    println!(
        "it began with {} ({}) and was answered {}",
        first["method"], first["params"]["clientInfo"]["version"], hello["result"]["protocolVersion"]
    );
    assert!(asked.iter().any(|line| line["method"] == "tools/list"), "{asked:#?}");
    for line in &told {
        assert!(line["error"].is_null(), "the shim refused something: {line:#}");
    }

    let bodies = api.asked();
    let offers = |body: &Value| {
        let tools = body["tools"].as_array().cloned().unwrap_or_default();
        tools.iter().filter(|tool| tool["name"].as_str().unwrap().starts_with("mcp__quipu__")).count()
    };
    let offered = bodies.iter().map(offers).max().unwrap();
    assert!((7..=8).contains(&offered), "{offered} tools of ours were offered to the model");
    let last = bodies.last().unwrap()["messages"].to_string();
    assert!(last.contains("tool_result") && last.contains("ZQ-77"), "{last}");
}
