//! Tells what compilers, test runners, package managers and servers print.
//! It must not know what a log is kept for.
//! Invariant: a summary line is enough; words like "error" alone are not.

use super::sample::Sample;
use crate::outcome;

/// What lines of logs begin with, after blanks.
const BEGINNINGS: [&str; 62] = [
    "-- ",
    "--- FAIL",
    "--- PASS",
    "...",
    "=== RUN",
    "=====",
    "> Task",
    "Adding ",
    "Building ",
    "Bundling ",
    "CMake ",
    "Checking ",
    "Collecting ",
    "Compiling ",
    "Configuring ",
    "Created ",
    "Creating ",
    "Downloaded ",
    "Downloading ",
    "E: ",
    "ERROR",
    "Error: ",
    "FAIL",
    "Fetching ",
    "Finished ",
    "Found existing",
    "Get:",
    "Hit:",
    "INFO",
    "Installed ",
    "Installing ",
    "Linking ",
    "Locking ",
    "Making ",
    "Need to get",
    "PASS",
    "Packages:",
    "Preparing ",
    "Progress:",
    "Pulling ",
    "Reading ",
    "Removing ",
    "Requirement already",
    "Resolved ",
    "Resolving ",
    "Running ",
    "Scanning ",
    "Selecting ",
    "Setting up ",
    "Step ",
    "Successfully ",
    "Unpacking ",
    "Updating ",
    "Using cached",
    "WARN",
    "[DEBUG]",
    "[ERROR]",
    "[INFO]",
    "[WARN",
    "ninja: ",
    "npm ",
    "make",
];

/// A line of outcome, or a third of the lines as logs have them.
pub(super) fn is_log(sample: &Sample<'_>) -> bool {
    let summary = sample.lines.iter().any(|line| outcome::is_summary(line));
    summary || sample.share(34, is_line)
}

/// A tool says that it could not do it: whatever file it was asked for, this is not the file.
pub(super) fn is_complaint(sample: &Sample<'_>) -> bool {
    let first = sample.first();
    let says = ["<tool_use_error>", "File does not exist", "EISDIR", "ENOENT", "Error: ", "File content ("];
    let shell = first.ends_with(": No such file or directory") || first.ends_with(": Permission denied");
    !sample.numbered && sample.lines.len() <= 3 && (shell || says.iter().any(|begin| first.starts_with(begin)))
}

fn is_line(line: &str) -> bool {
    let words = line.trim();
    let first = words.as_bytes().first();
    let mut alike = BEGINNINGS.iter().filter(|begin| begin.as_bytes().first() == first);
    alike.any(|begin| words.starts_with(begin))
        || is_stamped(words)
        || is_verdict(words)
        || is_diagnostic(words)
        || is_step(words)
}

/// `2026-01-01T12:00:00Z …`, `12:00:00 …`, `[12:00:00] …`
fn is_stamped(words: &str) -> bool {
    if !words.trim_start_matches('[').starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let shape: String =
        words.trim_start_matches('[').chars().take(8).map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    shape == "99:99:99" || shape == "9999-99-" || shape == "9999/99/"
}

/// `test a::b ... ok`, `✓ renders`, `tests/a.py::test_b PASSED`, `ok 1 - x`, `1/3 Test #1: a ... Passed`
fn is_verdict(words: &str) -> bool {
    let ends = ["... ok", "... FAILED", "... ignored", " PASSED", " FAILED", " PASS", " FAIL", "Passed", "100%]"];
    let begins = ["✓ ", "✗ ", "✔ ", "✖ ", "× ", "√ ", "ok ", "not ok ", "PASS ", "FAIL ", "● "];
    ends.iter().any(|end| words.ends_with(end)) || begins.iter().any(|begin| words.starts_with(begin))
}

/// `error[E0308]: …`, `warning: …`, `  --> src/a.rs:1:2`, `a.c:1:2: error: …`, `a.ts(1,2): error TS1: …`
fn is_diagnostic(words: &str) -> bool {
    let begins = ["error:", "error[", "warning:", "warning[", "note: ", "help: ", "--> ", "fatal:", "E   ", "|"];
    let inside =
        [": error:", ": error ", ": warning:", ": warning ", ": fatal error", ": note:", " error TS", " - error "];
    let named = || ["error", "warning", "note:"].iter().any(|word| words.contains(word));
    begins.iter().any(|begin| words.starts_with(begin)) || (named() && inside.iter().any(|part| words.contains(part)))
}

/// `[ 50%] Building …`, `[3/12] …`, `#5 [2/4] RUN …`, `12 | let x`
fn is_step(words: &str) -> bool {
    let inside = words.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or("", |(inside, _)| inside.trim());
    let counted = !inside.is_empty() && inside.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'/' | b'%'));
    let layer = words.starts_with('#') && words.contains(" [") && words.contains('/');
    let shown = words.split_once(" | ").is_some_and(|(number, _)| number.trim().parse::<u32>().is_ok());
    counted || layer || shown
}
