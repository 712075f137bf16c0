//! `quipu mcp` as a client has it: a process with two pipes.
//! It must not know tools, nor what is asserted of them.
//! Invariant: the process ends with its handle here.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::support::Home;

/// The newest revision that begins with `initialize`, and the one without.
pub(crate) const LEGACY: &str = "2025-11-25";
pub(crate) const MODERN: &str = "2026-07-28";

/// A shim and its client.
pub(crate) struct Shim {
    pub(crate) child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// Whether each request says its revision itself.
    modern: bool,
    next: u64,
}

impl Shim {
    /// One in the home's own project that has said `initialize`.
    pub(crate) fn open(home: &Home) -> Self {
        Self::open_in(home, &home.work())
    }

    /// The same in another directory.
    pub(crate) fn open_in(home: &Home, dir: &Path) -> Self {
        let mut command = home.command(&["mcp"]);
        command.current_dir(dir);
        Self::opened(command)
    }

    /// What `command` starts, once it has said `initialize`.
    pub(crate) fn opened(command: Command) -> Self {
        let mut shim = Self::start(command);
        let params =
            json!({ "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": { "name": "it", "version": "1" } });
        assert_eq!(shim.ask("initialize", &params)["result"]["protocolVersion"], LEGACY);
        shim.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string());
        shim
    }

    /// One that speaks the revision without `initialize`.
    pub(crate) fn modern(home: &Home) -> Self {
        let mut shim = Self::start(home.command(&["mcp"]));
        shim.modern = true;
        shim
    }

    /// Whatever `command` starts.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output, modern: false, next: 0 }
    }

    /// Writes a line.
    pub(crate) fn say(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(format!("{line}\n").as_bytes()).unwrap();
        input.flush().unwrap();
    }

    /// Reads a line; nothing at the end.
    pub(crate) fn hear(&mut self) -> Option<Value> {
        let mut line = String::new();
        (self.output.read_line(&mut line).unwrap() > 0)
            .then(|| serde_json::from_str(&line).unwrap_or_else(|error| panic!("no JSON ({error}): {line}")))
    }

    /// A request and its answer.
    #[track_caller]
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.next += 1;
        let mut params = params.clone();
        if self.modern {
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {},
            });
        }
        let request = json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params });
        self.say(&request.to_string());
        let answer = self.hear().expect("an answer");
        assert_eq!((&answer["jsonrpc"], &answer["id"]), (&json!("2.0"), &json!(self.next)), "{answer}");
        answer
    }

    /// The result of a tool, whatever it is.
    #[track_caller]
    pub(crate) fn tool(&mut self, name: &str, arguments: &Value) -> Value {
        let answer = self.ask("tools/call", &json!({ "name": name, "arguments": arguments }));
        assert!(answer["result"].is_object(), "{answer}");
        answer["result"].clone()
    }

    /// The structured result of a tool that must succeed.
    #[track_caller]
    pub(crate) fn data(&mut self, name: &str, arguments: &Value) -> Value {
        let result = self.tool(name, arguments);
        assert_eq!(result["isError"], false, "{result}");
        result["structuredContent"].clone()
    }

    /// The words of a tool that must fail.
    #[track_caller]
    pub(crate) fn fails(&mut self, name: &str, arguments: &Value) -> String {
        let result = self.tool(name, arguments);
        assert_eq!(result["isError"], true, "{result}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// Ends its input; its exit code.
    pub(crate) fn close(mut self) -> Option<i32> {
        drop(self.input.take());
        assert!(self.hear().is_none(), "it says nothing more");
        self.child.wait().unwrap().code()
    }
}

impl Drop for Shim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
