//! The ready socket: a new daemon tells the client that started it where it listens, or why it does not.
//! It must not know how either side was started.
//! Invariant: one JSON line, then end of file; a daemon that dies before it gives end of file alone.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use quipu_protocol::deadline::Deadline;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::owner::Owner;
use serde::{Deserialize, Serialize};

/// What a starting daemon reports.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ready {
    /// It owns the data directory and listens.
    Listening(Owner),
    /// Another one does.
    Already(Option<Owner>),
    /// It could not start.
    Failed(Fault),
}

/// Reports to the client at the other end, if there is one.
pub(crate) fn report(stream: Option<UnixStream>, ready: &Ready) {
    let Some(mut stream) = stream else { return };
    if let Ok(mut line) = serde_json::to_vec(ready) {
        line.push(b'\n');
        // A client that has given up does not need the answer.
        let _ = stream.write_all(&line);
    }
}

/// Waits for the report.
pub(crate) fn wait(stream: UnixStream, deadline: Deadline) -> Result<Ready, Fault> {
    let failed =
        |message: String| Fault::new(FaultKind::Unavailable, "start_failed", message).hint("look at `quipu logs`");
    // Zero would mean "for ever" to the system call.
    let patience = deadline.left().max(std::time::Duration::from_millis(1));
    stream.set_read_timeout(Some(patience)).map_err(|e| failed(e.to_string()))?;
    let mut line = String::new();
    match BufReader::new(stream).read_line(&mut line) {
        Ok(0) => Err(failed("the daemon ended before it was ready".into())),
        Ok(_) => serde_json::from_str(&line).map_err(|e| failed(format!("unreadable report: {e}"))),
        Err(_) => Err(failed("the daemon was not ready in time".into())),
    }
}
