//! Cuts of a diff: commits, then files, then hunks.
//! It must not know what the changed files hold.
//! Invariant: a file's header is not cut from its first hunk.

use super::Cut;
use crate::plain::lines_at;

/// Before every commit of a log with patches, every file, and every hunk but a file's first.
pub(super) fn cuts(text: &str) -> Vec<Cut> {
    let mut cuts = Vec::new();
    // Whether a file's header is open: its `---` opens no other, and its first hunk stays with it.
    let mut in_header = false;
    let mut lines = lines_at(text).peekable();
    while let Some((at, line)) = lines.next() {
        let next = lines.peek().map_or("", |(_, next)| next);
        if is_commit(line) {
            cuts.push(Cut { at, rank: 0 });
        } else if opens_file(line) || (!in_header && line.starts_with("--- ") && next.starts_with("+++ ")) {
            cuts.push(Cut { at, rank: 1 });
            in_header = true;
        } else if line.starts_with("@@") {
            if !in_header {
                cuts.push(Cut { at, rank: 2 });
            }
            in_header = false;
        }
    }
    cuts
}

fn opens_file(line: &str) -> bool {
    line.starts_with("diff --") || line.starts_with("Index: ")
}

fn is_commit(line: &str) -> bool {
    let hash = line.strip_prefix("commit ").or_else(|| line.strip_prefix("From ")).unwrap_or("");
    hash.bytes().take_while(u8::is_ascii_hexdigit).count() >= 40
}
