//! Migrations are a list without holes: `NNNN_verb_noun.sql`, each saying in its first line why it exists, and each
//! named by a source, for a migration nobody includes is shipped by nobody. No name is made twice: two people who write
//! a section each of one migration are warned by no merge, and then no daemon starts.
//!
//! It must not know what a migration does.

use std::collections::BTreeMap;

use super::testcode::folder;
use super::tree::File;
use super::{Tree, Violation};

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut lists: BTreeMap<&str, Vec<&File>> = BTreeMap::new();
    for file in tree.files().iter().filter(|file| file.path.ends_with(".sql")) {
        let home = folder(&file.path);
        if home.rsplit('/').next() == Some("migrations") {
            lists.entry(home).or_default().push(file);
        }
    }
    let mut found: Vec<Violation> = lists.values().flat_map(|list| one_list(list)).collect();
    for file in lists.values().flatten().filter(|file| !is_included(tree, &file.path)) {
        let cure = "add it to the list of migrations, by `include_str!`";
        found.push(Violation::new(&file.path, 1, "no source includes this migration", cure));
    }
    found
}

fn is_included(tree: &Tree, path: &str) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    tree.sources().iter().any(|source| source.literals.iter().any(|literal| literal.text.ends_with(name)))
}

fn one_list(list: &[&File]) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut numbered: Vec<(u32, &str)> = Vec::new();
    for File { path, text } in list.iter().copied() {
        match number(path) {
            Some(number) => numbered.push((number, path)),
            None => found.push(Violation::new(path, 1, "not named like a migration", "call it NNNN_verb_noun.sql")),
        }
        let why = text.lines().next().and_then(|line| line.strip_prefix("-- why:"));
        if why.is_none_or(|why| why.trim().is_empty()) {
            let cure = "begin it with `-- why: <what could not be done before>`";
            found.push(Violation::new(path, 1, "a migration does not say why", cure));
        }
    }
    numbered.sort_unstable();
    for ((number, path), expected) in numbered.into_iter().zip(1..) {
        if number != expected {
            let what = format!("migration {number:04} stands where {expected:04} is due");
            found.push(Violation::new(path, 1, what, "number them from 0001 without holes or twins"));
            break;
        }
    }
    found.extend(twins(list));
    found
}

/// Tables, indexes, views and triggers that are made while one of that name stands.
fn twins(list: &[&File]) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut files = list.to_vec();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut stand: BTreeMap<String, String> = BTreeMap::new();
    for File { path, text } in files {
        for (line, number) in text.lines().zip(1..) {
            let code = line.split("--").next().unwrap_or_default().to_ascii_lowercase();
            let mut words = code.split(|c: char| c.is_whitespace() || "(;".contains(c)).filter(|word| !word.is_empty());
            let verb = words.next().unwrap_or_default();
            let mut words = words.skip_while(|word| ["unique", "virtual", "temporary"].contains(word));
            let is_made = matches!(words.next(), Some("table" | "index" | "view" | "trigger"));
            let mut words = words.skip_while(|word| ["if", "not", "exists"].contains(word));
            let (true, Some(name)) = (is_made, words.next()) else { continue };
            match verb {
                "create" => {
                    if let Some(first) = stand.insert(name.to_owned(), format!("{path}:{number}")) {
                        let what = format!("`{name}` was made already, at {first}");
                        found.push(Violation::new(path, number, what, "make it once, or drop it first"));
                    }
                }
                "drop" => drop(stand.remove(name)),
                // What is renamed stands under its new name: `alter table a rename to b`.
                "alter" => {
                    let other = words.skip_while(|word| *word != "to").nth(1);
                    if let (Some(other), Some(at)) =
                        (other.filter(|_| code.contains(" rename to ")), stand.remove(name))
                    {
                        stand.insert(other.to_owned(), at);
                    } else {
                        stand.entry(name.to_owned()).or_insert_with(|| format!("{path}:{number}"));
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// The number of a well-named migration.
fn number(path: &str) -> Option<u32> {
    let name = path.rsplit('/').next()?.strip_suffix(".sql")?;
    let (digits, words) = name.split_once('_')?;
    let plain = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let well_named = digits.len() == 4 && words.contains('_') && words.split('_').all(plain);
    if well_named { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests;
