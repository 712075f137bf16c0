//! SQL stands in the store and nowhere else, so that what touches the data can be read in one crate.
//!
//! It must not parse SQL: a string that begins like a statement is one. Prose is told apart by its capital letter
//! ("Select a session from …") or its article ("delete from the index"); for the rest there is the mark `not sql:`.

use super::rust::Literal;
use super::{Tree, Violation};

/// Rooms where SQL may stand: the store; benchmarks that compare stores by hand-written SQL; this check's own cases.
const ROOMS: &[&str] = &["crates/store/", "xtask/src/bench", "xtask/src/tidy/sql/"];

/// A comment with this mark and a reason, on the string's line or the one above, says the text is a sample.
const SAMPLE_MARK: &str = "not sql:";

/// Words that follow `from` or `into` in a sentence, where a statement names its table.
const ARTICLES: &[&str] = &["the", "a", "an", "this", "that", "its", "your", "our", "all", "any", "one", "each", "it"];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in tree.sources().iter().filter(|source| !is_room(&source.path)) {
        let lines: Vec<&str> = source.text.lines().collect();
        for Literal { line, text } in &source.literals {
            let marked = lines[line.saturating_sub(2)..*line].iter().any(|line| line.contains(SAMPLE_MARK));
            if let (false, Some(verb)) = (marked, statement(text)) {
                let cure = format!("move it beside its function in crates/store, or say `// {SAMPLE_MARK} <why>`");
                found.push(Violation::new(&source.path, *line, format!("a string is SQL (`{verb} …`)"), cure));
            }
        }
    }
    let files = tree.files().iter().filter(|file| file.path.ends_with(".sql") && !is_room(&file.path));
    found.extend(files.map(|file| Violation::new(&file.path, 1, "SQL outside the store", "move it to crates/store")));
    found
}

fn is_room(path: &str) -> bool {
    ROOMS.iter().any(|room| path.starts_with(room))
}

/// The verb of the first statement in a text, if there is one; it begins the text, a line or a bracket.
fn statement(text: &str) -> Option<&'static str> {
    let begins = |piece: &str| {
        let later = piece.match_indices(['\n', '(']).map(|(at, _)| at + 1);
        std::iter::once(0).chain(later).find_map(|start| verb(&piece[start..]))
    };
    // A literal is as written: its line breaks may be escaped.
    text.replace("\\n", "\n").split(';').find_map(begins)
}

/// Whether the words begin like a statement.
fn verb(piece: &str) -> Option<&'static str> {
    let words: Vec<String> = piece.split_whitespace().filter_map(same_case).collect();
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let after = |keyword: &str| words.iter().position(|word| word == keyword).map(|at| word(at + 1));
    let is_table = |name: &str| !ARTICLES.contains(&name);
    match (word(0), word(1)) {
        ("select", what) if !what.is_empty() && after("from").is_some_and(is_table) => Some("select"),
        ("insert" | "replace", "into" | "or") if after("into").is_some_and(is_table) => Some("insert"),
        ("delete", "from") if is_table(word(2)) => Some("delete"),
        ("update", _) if is_update(&words[1..]) => Some("update"),
        ("create" | "drop" | "alter", "table" | "index" | "trigger" | "view" | "virtual" | "temp" | "unique")
            if words.len() > 2 && is_table(word(2)) =>
        {
            Some("create")
        }
        ("pragma", name) if !name.is_empty() => Some("pragma"),
        ("begin", "immediate" | "exclusive" | "deferred") => Some("begin"),
        _ => None,
    }
}

/// `t set`, `or ignore t set`, `t as u set`: a table's name and no sentence before the `set`.
fn is_update(words: &[String]) -> bool {
    let is_name = |word: &String| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.{}".contains(&byte));
    let Some(set) = words.iter().position(|word| word == "set") else { return false };
    matches!(set, 1 | 3) && words[..set].iter().all(is_name) && !ARTICLES.contains(&words[0].as_str())
}

/// A word in lower case; `None` if it has both cases, as the first word of a sentence has.
fn same_case(word: &str) -> Option<String> {
    let upper = word.bytes().any(|byte| byte.is_ascii_uppercase());
    let lower = word.bytes().any(|byte| byte.is_ascii_lowercase());
    (!(upper && lower)).then(|| word.to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
