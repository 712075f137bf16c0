//! A host that takes what it did not ask for is told that a message waits, where the user wants it; here a client stands in
//! for it.
//! It must not know how often is looked.
//! Invariant: a message is told of once, and what is told of it is not its text.

use std::process::Command;

use serde_json::{Value, json};

use crate::mcp_shim::Shim;
use crate::session::Session;
use crate::support::{Home, run};

fn shim(home: &Home) -> Command {
    let mut command = home.command(&["mcp"]);
    command.env("QUIPU_SESSION", "claude-code/listens").current_dir(home.work());
    command
}

fn send(home: &Home, text: &str) -> String {
    let mut command = home.command(&["send", "claude-code/listens", text, "--json"]);
    command.env("QUIPU_SESSION", "claude-code/speaks");
    run(command, b"").json()["id"].as_str().unwrap().to_owned()
}

/// The capabilities of a shim that was asked for them.
fn capabilities(shim: &mut Shim) -> Value {
    let params =
        json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "it", "version": "1" } });
    shim.ask("initialize", &params)["result"]["capabilities"].clone()
}

#[test]
fn messages_are_pushed_where_the_user_wants_it_and_stay_to_be_delivered() {
    let home = Home::new();
    home.json(&["config", "set", "mcp.channel", "true"]);
    Session::new(&home, "listens", &home.work()).hook("SessionStart", &json!({ "source": "startup" }));
    let first = send(&home, "the reeds are cut");
    let mut shim = Shim::start(shim(&home));
    assert_eq!(capabilities(&mut shim)["experimental"], json!({ "claude/channel": {} }));
    shim.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string());
    let word = shim.hear().unwrap();
    assert_eq!(
        (&word["method"], &word["params"]["meta"]["message_id"]),
        (&json!("notifications/claude/channel"), &json!(first))
    );
    assert!(word.get("id").is_none() && !word.to_string().contains("reeds"), "{word}");
    // The next word is of the next message: of the first nothing is said twice.
    let second = send(&home, "and bound");
    assert_eq!(shim.hear().unwrap()["params"]["meta"]["message_id"], json!(second));
    let inbox = shim.tool("agents_inbox", &json!({}));
    assert!(inbox.to_string().contains("the reeds are cut") && inbox.to_string().contains("and bound"), "{inbox}");
}

#[test]
fn nobody_is_told_anything_unasked_otherwise() {
    let home = Home::new();
    Session::new(&home, "listens", &home.work()).hook("SessionStart", &json!({ "source": "startup" }));
    send(&home, "the reeds are cut");
    let mut shim = Shim::start(shim(&home));
    assert!(capabilities(&mut shim)["experimental"].get("claude/channel").is_none());
    shim.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string());
    // Longer than a look.
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert!(shim.ask("ping", &json!({}))["result"].is_object(), "the first thing that is heard");
}
