//! Which version a program says it is.
//! It must not know why that is asked.
//! Invariant: nothing here waits longer than it was told to, and no process is left behind.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use quipu_protocol::deadline::Deadline;
use rustix::process::{Pid, Signal, kill_process_group};

/// Longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 4 << 10;

/// The first line that `program --version` prints; the error is a reason for people.
pub(crate) fn answered(program: &Path, limit: Duration) -> Result<String, String> {
    let deadline = Deadline::within(limit);
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    // A group of its own, so that what a script started ends with it.
    command.process_group(0);
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let (sender, receiver) = mpsc::channel();
    let stdout = child.stdout.take();
    // A thread, for a read that hangs must not hang us; it ends with the pipe.
    std::thread::spawn(move || {
        let mut answer = Vec::new();
        let _ = stdout.map(|stdout| stdout.take(MAX_ANSWER).read_to_end(&mut answer));
        let _ = sender.send(answer);
    });
    let answer = receiver.recv_timeout(deadline.left());
    let mut ended = || -> std::io::Result<Option<ExitStatus>> {
        while answer.is_ok() && !deadline.passed() {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
        child.wait().map(|_| None)
    };
    let status = ended().map_err(|error| error.to_string())?;
    let status = status.ok_or_else(|| format!("no answer within {} s", limit.as_secs()))?;
    if !status.success() {
        return Err(format!("it ended with {status}"));
    }
    let text = String::from_utf8_lossy(&answer.unwrap_or_default()).into_owned();
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

/// The three numbers of the first word of a line that has them: `2.1.197 (Claude Code)`.
pub(super) fn numbers(line: &str) -> Option<[u32; 3]> {
    let is_number = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    let word = line.split_whitespace().find(is_number)?;
    let mut parts = word.split(['.', '-', '+']).map_while(|part| part.parse().ok());
    Some([parts.next()?, parts.next()?, parts.next()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_lines() {
        assert_eq!(numbers("2.1.197 (Claude Code)"), Some([2, 1, 197]));
        assert_eq!(numbers("claude 2.0.5-beta.1"), Some([2, 0, 5]));
        assert_eq!(numbers("2.1"), None);
        assert_eq!(numbers("command not found"), None);
        assert!(numbers("2.1.75").is_some_and(|version| version < [2, 1, 76]));
    }
}
