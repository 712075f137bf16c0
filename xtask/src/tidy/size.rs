//! A file is a room: seen at a glance, or with a reason not to be.
//!
//! It must not count what a file is worth, only its lines, tests and comments too.

use super::{Tree, Violation};

/// Above this a file says why in its header: `size:` and the reason.
const NEEDS_A_REASON: usize = 500;
/// Above this no reason is good enough.
const TOO_LONG: usize = 800;
/// Where the reason is looked for.
const HEADER_LINES: usize = 12;

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    tree.sources().iter().filter_map(|source| one_file(&source.path, &source.text)).collect()
}

fn one_file(path: &str, text: &str) -> Option<Violation> {
    let lines = text.lines().count();
    if lines > TOO_LONG {
        let what = format!("{lines} lines, more than {TOO_LONG}");
        Some(Violation::new(path, lines, what, "split it; no reason excuses this length"))
    } else if lines > NEEDS_A_REASON && !text.lines().take(HEADER_LINES).any(gives_reason) {
        let what = format!("{lines} lines, more than {NEEDS_A_REASON}");
        let cure = format!("split it, or say why in its first {HEADER_LINES} lines: `//! size: <reason>`");
        Some(Violation::new(path, lines, what, cure))
    } else {
        None
    }
}

fn gives_reason(line: &str) -> bool {
    let comment = line.trim_start().strip_prefix("//");
    let reason = comment.and_then(|comment| comment.split_once("size:"));
    reason.is_some_and(|(_, reason)| !reason.trim().is_empty())
}

#[cfg(test)]
mod tests;
