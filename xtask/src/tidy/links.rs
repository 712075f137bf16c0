//! A link in our own pages leads to a file of this repository.
//!
//! It must not open a network connection: links to other sites are left alone, and so is sample data.

use super::testcode::{folder, join};
use super::{Tree, Violation};

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    let pages = tree.files().iter().filter(|file| file.path.ends_with(".md") && !file.is_sample());
    for page in pages {
        for (line, target) in targets(&page.text) {
            let path = target.split(['#', '?']).next().unwrap_or_default();
            let base = if path.starts_with('/') { "" } else { folder(&page.path) };
            if is_elsewhere(target) || tree.holds(&join(base, path)) || path.is_empty() {
                continue;
            }
            let what = format!("a link to `{target}`, which is no file here");
            found.push(Violation::new(&page.path, line, what, "mend the path, or write the page"));
        }
    }
    found
}

/// What links point to, with their lines: `[text](target)` and `[name]: target`, outside code.
fn targets(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim_start();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            fenced = !fenced;
        } else if !fenced {
            found.extend(in_line(line).into_iter().map(|target| (number, target)));
        }
    }
    found
}

fn in_line(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    // Every second piece between backticks is code.
    for piece in line.split('`').step_by(2) {
        for (at, opening) in piece.match_indices("](") {
            let rest = &piece[at + opening.len()..];
            found.push(target(rest.split(')').next().unwrap_or(rest)));
        }
    }
    if let Some((name, rest)) = line.split_once("]: ") {
        // A footnote (`[^1]: …`) is a sentence.
        if name.starts_with('[') && !name.starts_with("[^") && !name.contains(']') {
            found.push(target(rest));
        }
    }
    found
}

/// The path alone: without a title, and without the angle brackets that allow blanks in it.
fn target(written: &str) -> &str {
    let written = written.trim();
    match written.strip_prefix('<') {
        Some(bracketed) => bracketed.split('>').next().unwrap_or(bracketed),
        None => written.split_whitespace().next().unwrap_or(written),
    }
}

fn is_elsewhere(target: &str) -> bool {
    target.contains("://") || target.starts_with("mailto:")
}

#[cfg(test)]
mod tests;
