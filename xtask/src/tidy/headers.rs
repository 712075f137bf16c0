//! A source file opens with `//!`: what it is for, what it must not know, which invariant it keeps.
//!
//! It must not judge the sentence; a reader does.

use super::{Tree, Violation};

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let sources = tree.sources().iter().filter(|source| {
        let mut parts = source.path.split('/');
        parts.next() == Some("crates") && parts.nth(1) == Some("src")
    });
    let without = sources.filter(|source| !opens_with_purpose(&source.text));
    let cure = "open it with `//! <what it is for, and what it must not know>`";
    without.map(|source| Violation::new(&source.path, 1, "the file does not say what it is for", cure)).collect()
}

fn opens_with_purpose(text: &str) -> bool {
    let first = text.lines().next().and_then(|line| line.strip_prefix("//!"));
    first.is_some_and(|sentence| !sentence.trim().is_empty())
}

#[cfg(test)]
mod tests;
