//! The official Inspector's command line against `quipu mcp`: are the schemas such that every client takes them, and does
//! each tool answer when one process makes one call.
//! It must not know which tools there are: the wire tells, and `tests/mcp/calls.json` how each is called.

use serde_json::Value;

use crate::field::Npm;
use crate::support::{Home, Output, QUIPU, run};

const CALLS: &str = include_str!("../mcp/calls.json");
const INSPECTOR: &str = "@modelcontextprotocol/inspector/clients/launcher/build/index.js";
/// Its code for an answer that says `isError`.
const IS_ERROR: i32 = 5;

struct Inspector {
    npm: Npm,
    home: Home,
    /// One of `legacy`, `modern`.
    era: &'static str,
}

impl Inspector {
    /// Runs it with the shim as its server.
    fn run(&self, args: &[&str]) -> Output {
        let mut command = self.home.program(&self.npm.node);
        command
            .arg(self.npm.modules.join(INSPECTOR))
            .arg("--cli")
            .args([QUIPU, "mcp", "--tools", "all", "--format", "json"]);
        // It gives a server no variables but those that it is told of.
        command.arg("-e").arg(format!("QUIPU_HOME={}", self.home.data().display()));
        command.args(["--protocol-era", self.era]).args(args);
        run(command, b"")
    }

    /// What it printed as the result.
    fn result(&self, output: Output) -> Value {
        let shown = format!("{}: {output:#?}", self.era);
        let printed: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {shown}"));
        assert!(printed["result"].is_object(), "{shown}");
        printed["result"].clone()
    }
}

#[test]
fn its_strict_look_finds_nothing_and_every_tool_answers_it() {
    let Some(npm) = Npm::fetched() else { return };
    let calls: Value = serde_json::from_str(CALLS).unwrap();
    for era in ["legacy", "modern"] {
        let inspector = Inspector { npm: npm.clone(), home: Home::new(), era };
        let strict = inspector.run(&["--method", "tools/list", "--strict"]);
        assert_eq!(strict.code, 0, "{era}: {strict:#?}");
        let listed = inspector.result(strict);
        let mut left: Vec<&str> =
            listed["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        let mut kept: Vec<(String, String)> = Vec::new();
        for row in calls["tools"].as_array().unwrap() {
            let name = row["tool"].as_str().unwrap();
            if !left.contains(&name) && row.get("keep").is_none() {
                continue;
            }
            let filled = |value: &Value| {
                kept.iter().fold(value.to_string(), |text, (name, id)| text.replace(&format!("${name}"), id))
            };
            let arguments = filled(&row["arguments"]);
            let output =
                inspector.run(&["--method", "tools/call", "--tool-name", name, "--tool-args-json", &arguments]);
            let fails = row.get("fails").is_some();
            assert_eq!(output.code, if fails { IS_ERROR } else { 0 }, "{era}, {arguments}: {output:#?}");
            let result = inspector.result(output);
            let says: String = serde_json::from_str(&filled(&row["says"])).unwrap();
            assert!(result["content"][0]["text"].as_str().unwrap().contains(&says), "no {says:?} in {result:#}");
            for (name, field) in row["keep"].as_object().into_iter().flatten() {
                let value = result["structuredContent"][field.as_str().unwrap()].as_str().unwrap();
                kept.push((name.clone(), value.to_owned()));
            }
            left.retain(|tool| *tool != name);
        }
        assert!(left.is_empty(), "calls.json has no row for {left:?}");
    }
}
