//! A test file that no test target reaches compiles never and passes always.
//!
//! It must not know what a test holds; it follows `mod name;` from the files cargo builds.

use std::collections::{BTreeMap, BTreeSet};

use super::rust::Source;
use super::testcode::{declared, is_test_root};
use super::{Tree, Violation};

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let in_tests = |source: &&Source| matches!(source.path.split('/').nth(2), Some("tests"));
    let files: BTreeMap<&str, &Source> = tree
        .sources()
        .iter()
        .filter(|source| source.path.starts_with("crates/"))
        .filter(in_tests)
        .map(|source| (source.path.as_str(), source))
        .collect();
    let reached = reached(tree, &files);
    let forgotten = files.keys().filter(|path| !reached.contains(**path));
    let cure = "declare it by `mod name;` in its test target, or move it directly into tests/";
    forgotten.map(|path| Violation::new(path, 1, "no test target reaches this file", cure)).collect()
}

/// The files some target compiles, beginning with those cargo finds by itself or by its manifest.
fn reached(tree: &Tree, files: &BTreeMap<&str, &Source>) -> BTreeSet<String> {
    let mut waiting: Vec<String> =
        files.keys().filter(|path| is_target(tree, path)).map(|path| (*path).to_owned()).collect();
    let mut reached = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        let Some(source) = files.get(path.as_str()) else { continue };
        if reached.insert(path) {
            waiting.extend(declared(source).into_iter().flat_map(|child| child.paths));
        }
    }
    reached
}

/// Cargo finds roots by their place, unless the manifest turns that off and names them.
fn is_target(tree: &Tree, path: &str) -> bool {
    let Some((crate_folder, inside)) = path.split_once("/tests/") else { return false };
    let manifest = tree.text(&format!("{crate_folder}/Cargo.toml")).unwrap_or_default();
    let squeezed = |line: &str| line.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let states = |wanted: &str| manifest.lines().any(|line| squeezed(line) == wanted);
    states(&format!("path=\"tests/{inside}\"")) || (is_test_root(path) && !states("autotests=false"))
}

#[cfg(test)]
mod tests;
