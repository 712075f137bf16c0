//! What a change must not leave behind: marks of unfinished work, and paths of the machine it was made on.
//!
//! It must not read sample data as if it were ours, but for home paths: those betray a person wherever they stand.

use super::rust::{find_word, line_of};
use super::{Tree, Violation};

/// Put together here, so that this file does not hold what it forbids.
const MARKS: &[&str] = &[concat!("to", "do!("), concat!("unimple", "mented!("), concat!("FIX", "ME")];

/// The one made-up person in sample transcripts.
const SAMPLE_USER: &str = "dev";

pub(super) fn markers(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in tree.files().iter().filter(|file| !file.is_sample()) {
        for mark in MARKS {
            found.extend(find_word(&file.text, mark).map(|at| {
                let what = format!("unfinished work (`{}`)", mark.trim_end_matches('('));
                Violation::new(&file.path, line_of(&file.text, at), what, "finish it, or name it as missing in README")
            }));
        }
    }
    found
}

pub(super) fn home_paths(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in tree.files() {
        let homes = homes(&file.text).into_iter();
        found.extend(homes.map(|(at, home)| {
            let cure = format!("make it relative, or let it belong to the sample user: /home/{SAMPLE_USER}");
            Violation::new(&file.path, line_of(&file.text, at), format!("a home directory of a machine ({home})"), cure)
        }));
    }
    found
}

/// Where home directories stand that are not the sample user's; a `home` folder inside a longer path is none.
fn homes(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (prefix, named) in [("/home/", true), ("/root/", false)] {
        for (at, _) in text.match_indices(prefix) {
            let starts = !text[..at].ends_with(|c: char| c.is_alphanumeric() || "_.-~}$>".contains(c));
            let name: String = text[at + prefix.len()..].chars().take_while(|&c| is_file_name(c)).collect();
            if starts && !name.is_empty() && !(named && name == SAMPLE_USER) {
                found.push((at, format!("{prefix}{name}")));
            }
        }
    }
    found
}

fn is_file_name(c: char) -> bool {
    c.is_alphanumeric() || "_.-".contains(c)
}

#[cfg(test)]
mod tests;
