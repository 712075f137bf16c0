//! What MCP shows a connection that is bound to one project: every tool, resource and prompt.
//! It must not know how a memory came in.
//! Invariant: a tool of the daemon's is called here, or it is named as one that shows nothing.

use serde_json::{Value, json};

use crate::leak_reads::{Asker, Own, Seen};
use crate::leak_world::{MEANING, TOPIC};
use crate::mcp_shim::Shim;

/// Tools that show no memory.
const SILENT: [&str; 8] = [
    "memory_save",
    "memory_update",
    "memory_link",
    "agents_inbox",
    "agents_send",
    "agents_lease",
    "agents_claim",
    "memory_status",
];

/// Everything that it shows.
pub(crate) fn reads(asker: &Asker<'_>) -> Vec<Seen> {
    let mut shim = Shim::open_in(&asker.world.home, &asker.side.inside());
    let mut seen = Vec::new();
    let own = asker.side.marker("answered");
    let others: Vec<String> = asker.others.iter().map(|other| other.marker("answered")).collect();
    let mut ask = |operation, tool: &str, given: Value, own: Own| {
        let text = shim.tool(tool, &given).to_string();
        let how = format!("mcp {tool} {given}");
        seen.push(Seen { operation, how, text: text.clone(), own });
        text
    };
    for query in [TOPIC, MEANING] {
        let given =
            json!({ "query": query, "limit": 100, "explain": true, "include_archived": true, "max_tokens": 50_000 });
        ask("search", "memory_search", given, Own::Some);
    }
    // A reason names words of the question, and so the asker's own.
    for word in &others {
        ask("search", "memory_search", json!({ "query": word }), Own::Perhaps);
        ask("search", "search", json!({ "query": word }), Own::Perhaps);
        ask("search", "memory_timeline", json!({ "query": word }), Own::Perhaps);
    }
    ask("search", "search", json!({ "query": TOPIC }), Own::Some);
    ask("timeline", "memory_timeline", json!({ "limit": 200, "max_tokens": 50_000 }), Own::Some);
    ask("search", "memory_timeline", json!({ "query": own, "before": 20, "after": 20 }), Own::Some);
    ask("context", "memory_context", json!({ "task": TOPIC, "max_tokens": 2_000 }), Own::Some);
    ask("agents", "agents_list", json!({ "left": true }), Own::Perhaps);
    // Whatever another project holds is not there, by any id of it.
    for other in &asker.others {
        let scope = json!({ "scope": { "cwd": other.dir }, "query": TOPIC, "limit": 20 });
        let hits = asker.world.post("/v1/search", &scope)["hits"].as_array().cloned().unwrap_or_default();
        let ids: Vec<Value> =
            hits.iter().filter(|hit| hit.to_string().contains(other.stem)).map(|hit| hit["id"].clone()).collect();
        assert!(!ids.is_empty());
        ask("search", "memory_get", json!({ "ids": ids, "before": 20, "after": 20 }), Own::Perhaps);
        ask("search", "memory_history", json!({ "id": ids[0] }), Own::Perhaps);
        ask("timeline", "memory_timeline", json!({ "anchor": ids[0] }), Own::Perhaps);
        ask("search", "fetch", json!({ "id": ids[0] }), Own::Perhaps);
    }
    let found = shim.data("memory_search", &json!({ "query": own }));
    let id = found["results"][0]["id"].clone();
    let text =
        shim.tool("memory_get", &json!({ "ids": [id], "before": 20, "after": 20, "max_tokens": 50_000 })).to_string();
    seen.push(Seen { operation: "search", how: "mcp memory_get".into(), text, own: Own::Word(own) });
    let since = json!({ "since": "3 days" });
    for (method, params) in [
        ("resources/list", json!({})),
        ("prompts/get", json!({ "name": "catch_me_up", "arguments": since })),
        ("prompts/get", json!({ "name": "what_did_we_decide", "arguments": { "topic": TOPIC } })),
    ] {
        let text = shim.ask(method, &params).to_string();
        seen.push(Seen { operation: "search", how: format!("mcp {method} {params}"), text, own: Own::Some });
    }
    // A new tool is asked above, or is one that shows nothing.
    let mut all = Shim::start({
        let mut command = asker.world.home.command(&["mcp", "--tools", "all"]);
        command.current_dir(asker.side.inside());
        command
    });
    let listed = all.ask("tools/list", &json!({}));
    for tool in listed["result"]["tools"].as_array().unwrap() {
        let name = tool["name"].as_str().unwrap();
        let asked = seen.iter().any(|seen| seen.how.starts_with(&format!("mcp {name} ")));
        assert!(asked || SILENT.contains(&name), "{name} has no case here");
    }
    seen
}
