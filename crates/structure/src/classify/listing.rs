//! Tells lists of files: one path a line, `ls -l`, `tree`, `du`.
//! It must not ask whether a file is there.
//! Invariant: a list is at least three lines, unless they are all paths with a slash.

use super::sample::Sample;

pub(super) fn is_listing(sample: &Sample<'_>) -> bool {
    let entries = |line: &str| is_path(line) || is_long(line) || is_branch(line) || is_sized(line) || is_total(line);
    let lines = sample.lines.len();
    let many =
        lines >= 3 && sample.count(|line| line.contains(['/', '.']) || is_branch(line) || is_long(line)) * 3 >= lines;
    let paths = sample.share(100, |line| is_path(line) && line.contains('/'));
    !sample.numbered && (many || paths) && sample.share(85, entries)
}

/// One word that names a file, perhaps with the heading's colon of `ls -R`.
fn is_path(line: &str) -> bool {
    let line = line.trim().trim_end_matches(':');
    let odd = |c: char| matches!(c, ' ' | '\t' | '(' | ')' | '{' | '}' | ';' | '=' | '<' | '>' | '"' | ':' | ',' | '|');
    !line.is_empty() && line.len() < 300 && !line.contains(odd) && line.contains(char::is_alphanumeric)
}

/// `-rw-r--r-- 1 dev dev 12 Jan  1 12:00 a.rs`
fn is_long(line: &str) -> bool {
    let mode = line.split(' ').next().unwrap_or("").trim_end_matches(['.', '+', '@']);
    mode.len() == 10
        && mode.starts_with(['-', 'd', 'l', 'c', 'b', 's', 'p'])
        && mode[1..].bytes().all(|b| b"rwxsStT-".contains(&b))
}

/// `├── a.rs`, `│   └── b`
fn is_branch(line: &str) -> bool {
    let line = line.trim_start_matches(['│', ' ', '\u{a0}', '|']);
    line.starts_with("├─") || line.starts_with("└─") || line.starts_with("|--") || line.starts_with("`--")
}

/// `4.0K`, a tab, `./a`
fn is_sized(line: &str) -> bool {
    let Some((size, path)) = line.split_once('\t') else { return false };
    let unit = size.trim().trim_end_matches(['K', 'M', 'G', 'T', 'B', 'i']);
    !unit.is_empty() && unit.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && is_path(path)
}

/// `total 12`, `3 directories, 12 files`
fn is_total(line: &str) -> bool {
    line.strip_prefix("total ").is_some_and(|n| n.starts_with(|c: char| c.is_ascii_digit()))
        || (line.contains(" director") && line.contains(" file"))
}
