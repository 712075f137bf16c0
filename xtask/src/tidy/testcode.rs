//! Which code only tests see: files under `tests/`, `#[cfg(test)]` items, and the files such items declare.
//!
//! It must not know what a check does with that.

use std::collections::BTreeSet;
use std::ops::Range;

use super::rust::{Source, is_name};

/// A `mod name;` and where its file may stand.
pub(crate) struct Declared {
    pub(crate) paths: Vec<String>,
    in_tests: bool,
}

/// Marks the test ranges of every source; a file that only tests see is one range.
pub(crate) fn mark(sources: &mut [Source]) {
    for source in sources.iter_mut() {
        source.tests = if is_test_path(&source.path) || source.code.contains("#![cfg(test)]") {
            whole(source)
        } else {
            test_items(&source.code)
        };
    }
    let mut known: BTreeSet<String> = BTreeSet::new();
    loop {
        let test_only = |source: &Source| source.tests == whole(source) || known.contains(&source.path);
        let found: BTreeSet<String> = sources
            .iter()
            .flat_map(|source| declared(source).into_iter().filter(move |child| child.in_tests || test_only(source)))
            .flat_map(|child| child.paths)
            .collect();
        if found.is_subset(&known) {
            break;
        }
        known.extend(found);
    }
    for source in sources.iter_mut().filter(|source| known.contains(&source.path)) {
        source.tests = whole(source);
    }
}

fn whole(source: &Source) -> Vec<Range<usize>> {
    std::iter::once(0..source.text.len()).collect()
}

/// The files a source declares as its modules. Files of modules inside inline modules are not followed.
pub(crate) fn declared(source: &Source) -> Vec<Declared> {
    let code = &source.code;
    let mut found = Vec::new();
    for at in source.find("mod") {
        let after = code[at + 3..].trim_start();
        let length = after.bytes().take_while(|&byte| is_name(byte)).count();
        let (name, rest) = after.split_at(length);
        if name.is_empty() || !rest.trim_start().starts_with(';') {
            continue;
        }
        // What stands between the item before and this one: attributes and visibility.
        let start = code[..at].rfind([';', '{', '}']).map_or(0, |end| end + 1);
        let paths = match path_attribute(&code[start..at], &source.text[start..at]) {
            Some(path) => vec![join(folder(&source.path), path)],
            None => {
                let home = children_folder(&source.path);
                vec![join(&home, &format!("{name}.rs")), join(&home, &format!("{name}/mod.rs"))]
            }
        };
        found.push(Declared { paths, in_tests: source.is_test(at) });
    }
    found
}

/// Whether cargo takes the file for a test or benchmark by its place.
pub(crate) fn is_test_path(path: &str) -> bool {
    path.split('/').rev().skip(1).any(|part| matches!(part, "tests" | "benches"))
}

/// A file that cargo compiles by itself: `crates/x/tests/name.rs` or `crates/x/tests/name/main.rs`.
pub(crate) fn is_test_root(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts.as_slice(), ["crates", _, "tests", _] | ["crates", _, "tests", _, "main.rs"])
}

/// The folder of a path, without the slash.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path as seen from a folder, with `.` and `..` resolved; those that climb out of the repository keep their `..`.
pub(crate) fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn children_folder(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    if matches!(file, "main.rs" | "lib.rs" | "mod.rs" | "build.rs") || is_test_root(path) {
        folder(path).to_owned()
    } else {
        path.trim_end_matches(".rs").to_owned()
    }
}

/// Strings are blanked in the code, so the value is taken from the text.
fn path_attribute<'t>(code: &str, text: &'t str) -> Option<&'t str> {
    let attribute = code.find("#[path")?;
    text[attribute..].split('"').nth(1)
}

fn test_items(code: &str) -> Vec<Range<usize>> {
    let attributes = code.match_indices("#[cfg(").filter_map(|(start, _)| {
        let end = start + code[start..].find(']')? + 1;
        let condition: String = code[start..end].split_whitespace().collect();
        // `any(test, …)` is compiled for others too.
        let only_tests = condition == "#[cfg(test)]" || condition.starts_with("#[cfg(all(test,");
        only_tests.then(|| start..item_end(code, end))
    });
    attributes.collect()
}

/// The end of the item that begins here: its `;`, or the brace that closes its body.
fn item_end(code: &str, start: usize) -> usize {
    let mut depth = 0_i32;
    for (at, byte) in code.bytes().enumerate().skip(start) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' => depth -= 1,
            b'}' => {
                depth -= 1;
                if depth <= 0 {
                    return at + 1;
                }
            }
            b';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests;
