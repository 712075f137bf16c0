//! An agent's host as a process of its own: it runs hooks, holds a shim, and can be killed.
//! It must not know what a test asserts.
//! Invariant: what it started ends with it.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};

use crate::session::PATIENT;
use crate::support::{HANG, Home, QUIPU, until};

/// Runs each line that it is given as the payload of a hook, and a shim beside that.
const SCRIPT: &str = r#"
if [ -n "$2" ]; then
    rm -f "$2"; mkfifo "$2"; exec 3<>"$2"
    CLAUDE_CODE_SESSION_ID=$3 "$1" mcp <"$2" >/dev/null 2>&1 3<&- &
fi
while read -r line; do printf '%s\n' "$line" | "$1" hook claude-code 3<&-; done
"#;

/// A shell under another name: shells stand between an agent and its hooks, and this one is the agent.
pub(crate) struct Host {
    child: Child,
    input: ChildStdin,
    output: Receiver<String>,
    cwd: PathBuf,
}

impl Host {
    /// One with a shim that names `session`, or without one.
    pub(crate) fn start(home: &Home, name: &str, shim_of: Option<&str>) -> Self {
        let program = home.root().join(format!("agent-{name}"));
        // Not by ourselves: a child forked meanwhile would hold the copy open for writing, and it could not be run.
        assert!(Command::new("cp").arg("/bin/sh").arg(&program).status().unwrap().success());
        let fifo = shim_of.map(|_| home.root().join(format!("fifo-{name}")));
        let mut command = home.program(&program);
        command.args(["-c", SCRIPT, "agent", QUIPU]).envs(PATIENT);
        command.arg(fifo.as_ref().map_or("", |path| path.to_str().unwrap())).arg(shim_of.unwrap_or(""));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (told, output) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = told.send(line);
            }
        });
        Self { child, input, output, cwd: home.work() }
    }

    /// Runs a hook of `session`; what it printed.
    pub(crate) fn hook(&mut self, session: &str, event: &str, more: &Value) -> Value {
        let mut payload = json!({ "session_id": session, "hook_event_name": event, "cwd": self.cwd });
        payload.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        writeln!(self.input, "{payload}").unwrap();
        serde_json::from_str(&self.output.recv_timeout(HANG).unwrap()).unwrap()
    }

    /// What an agent is told before it edits `file`.
    pub(crate) fn edits(&mut self, session: &str, file: &str) -> String {
        let tool = json!({ "tool_name": "Write", "tool_input": { "file_path": self.cwd.join(file), "content": "x" } });
        let answer = self.hook(session, "PreToolUse", &tool);
        answer["hookSpecificOutput"]["additionalContext"].as_str().unwrap_or_default().to_owned()
    }

    /// Kills it, as a crash or a closed window does; its children learn it by themselves.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The roster of this directory's project, those that have left among them.
pub(crate) fn roster(home: &Home) -> Value {
    home.json(&["agents", "--left"])
}

/// The state of a session, if it is known.
pub(crate) fn state(home: &Home, session: &str) -> Option<String> {
    let reply = roster(home);
    let agents = reply["agents"].as_array().unwrap().clone();
    let name = format!("claude-code/{session}");
    agents.iter().find(|agent| agent["session"] == name).map(|agent| agent["state"].as_str().unwrap().to_owned())
}

/// Waits until a session is in this state.
#[track_caller]
pub(crate) fn becomes(home: &Home, session: &str, expect: &str) {
    until(&format!("{session} is {expect}"), || (state(home, session).as_deref() == Some(expect)).then_some(()));
}

/// Waits until a session's shim holds a connection.
#[track_caller]
pub(crate) fn connects(home: &Home, session: &str) {
    let name = format!("claude-code/{session}");
    until(&format!("{session} holds a connection"), || {
        let reply = roster(home);
        let agents = reply["agents"].as_array().unwrap();
        agents.iter().any(|agent| agent["session"] == name && agent["connected"] == true).then_some(())
    });
}
