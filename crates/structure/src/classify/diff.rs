//! Tells diffs: unified ones, with git's headers or without.
//! It must not take a text that quotes a hunk for a diff.
//! Invariant: a diff has a header of a file or of a hunk, and mostly lines that a diff can hold.

use super::sample::Sample;

pub(super) fn is_diff(sample: &Sample<'_>) -> bool {
    let hunks = sample.count(is_hunk);
    let files = sample.count(|line| line.starts_with("diff --git ") || line.starts_with("diff --cc "));
    let headed = sample.count(|line| line.starts_with("--- ")) > 0 && sample.count(|line| line.starts_with("+++ ")) > 0;
    let begins = sample.lines.iter().take(40).any(|line| is_hunk(line) || line.starts_with("diff --"));
    let certain = files > 0 || (hunks > 0 && headed) || hunks > 1;
    certain && begins && sample.share(70, is_line)
}

fn is_hunk(line: &str) -> bool {
    let at = line.trim_start_matches('@');
    line.starts_with("@@") && at.starts_with(" -") && at.contains(" +") && at.contains(" @@")
}

/// Lines of a hunk, and those around it. Blank context lines are not in a sample.
fn is_line(line: &str) -> bool {
    let headers =
        ["@@", "diff ", "index ", "new file", "deleted file", "old mode", "new mode", "rename ", "similarity "];
    let commit = [
        "commit ",
        "Author:",
        "Date:",
        "Merge:",
        "From ",
        "Subject:",
        "Binary files",
        "\\ No newline",
        "Index:",
        "===",
    ];
    line.starts_with(['+', '-', ' ']) || headers.iter().chain(&commit).any(|begin| line.starts_with(begin))
}
