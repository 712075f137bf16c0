//! One `quipu mcp` that is asked line by line.
//!
//! It must not know what is measured. Invariant: it ends with its handle.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::Value;

use crate::bench::scratch::Scratch;

pub(super) struct Shim {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    asked: u64,
}

impl Shim {
    pub(super) fn start(home: &Scratch) -> Result<Self, String> {
        let child = home.command(&["mcp"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| format!("cannot run `quipu mcp`: {error}"))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let output = BufReader::new(output.ok_or("`quipu mcp` has no output")?);
        Ok(Self { child, input, output, asked: 0 })
    }

    /// The answer to one search.
    pub(super) fn ask(&mut self, query: &str) -> Result<Value, String> {
        self.asked += 1;
        let gone = |error: &dyn std::fmt::Display| format!("`quipu mcp` is gone: {error}");
        let input = self.input.as_mut().ok_or("`quipu mcp` was ended")?;
        // One write, as clients do it: two would be two wake-ups.
        let line = format!("{}\n", super::message(self.asked, query));
        input.write_all(line.as_bytes()).map_err(|error| gone(&error))?;
        let mut answer = String::new();
        self.output.read_line(&mut answer).map_err(|error| gone(&error))?;
        serde_json::from_str(&answer).map_err(|error| gone(&error))
    }

    /// What it holds of memory that no file backs, in bytes; none where the system does not say.
    pub(super) fn anonymous(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("RssAnon:"))?;
        line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok().map(|kb| kb * 1_024)
    }
}

impl Drop for Shim {
    fn drop(&mut self) {
        // Its input ends, and so does it.
        self.input = None;
        let _ = self.child.wait();
    }
}
