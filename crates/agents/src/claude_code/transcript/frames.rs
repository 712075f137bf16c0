//! The files that an error names: in the frames of a trace, in a compiler's lines.
//! It must not look at a disk: a path is what is written like one and has a line number.
//! Invariant: absolute paths below the working directory, each once, in the order of the text.

use std::path::{Component, Path, PathBuf};

/// At most so many are named by one error.
const MOST: usize = 16;
/// Folders in a project that are not the project's own work.
const FOREIGN: [&str; 3] = ["node_modules", "site-packages", ".venv"];

/// The files below `cwd` that `text` names with a line.
pub(super) fn files(text: &str, cwd: &str) -> Vec<String> {
    let root = Path::new(cwd);
    let mut found: Vec<String> = Vec::new();
    for line in text.lines() {
        if found.len() == MOST {
            break;
        }
        // Python says the line in the next words.
        let told = line.contains(", line ");
        if !told && !has_position(line) {
            continue;
        }
        for word in line.split(is_between) {
            let named = position(word).or_else(|| told.then_some(word));
            let Some(path) = named.filter(|name| looks_like_a_file(name)).and_then(|name| below(root, name)) else {
                continue;
            };
            if found.len() < MOST && !found.contains(&path) {
                found.push(path);
            }
        }
    }
    found
}

fn is_between(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '(' | ')' | '[' | ']' | '<' | '>' | '{' | '}' | ',' | ';') || c.is_whitespace()
}

/// Whether a word of the line can have a position: most have none, and are not cut into words.
fn has_position(line: &str) -> bool {
    let bytes = line.as_bytes();
    memchr::memchr_iter(b':', bytes).any(|at| bytes.get(at + 1).is_some_and(u8::is_ascii_digit))
}

/// What stands before `:12`, `:12:3` or `:12:in`.
fn position(word: &str) -> Option<&str> {
    let word = word.strip_prefix("file://").unwrap_or(word);
    let (at, _) = word.match_indices(':').find(|(at, _)| word[at + 1..].starts_with(|c: char| c.is_ascii_digit()))?;
    Some(&word[..at])
}

/// A name with an extension that begins with a letter.
fn looks_like_a_file(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or("");
    let extension = last.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map_or("", |(_, extension)| extension);
    let plain = extension.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'+');
    plain && extension.len() <= 12 && extension.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// The absolute path, if it lies below `root` and is part of the work there.
fn below(root: &Path, name: &str) -> Option<String> {
    let mut path = PathBuf::new();
    for part in root.join(name).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            Component::CurDir => {}
            part => path.push(part),
        }
    }
    let inside = path.strip_prefix(root).ok()?;
    let foreign = inside.components().any(|part| FOREIGN.iter().any(|name| part.as_os_str() == *name));
    (!foreign && root.is_absolute() && inside.components().next().is_some())
        .then(|| path.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[&str]) {
        assert_eq!(files(text, "/home/dev/p"), expect, "{text}");
    }

    #[test]
    fn frames_and_compilers() {
        check("  --> src/main.rs:4:5", &["/home/dev/p/src/main.rs"]);
        check("thread 'main' panicked at ./src/a.rs:12:3:\nboom", &["/home/dev/p/src/a.rs"]);
        check("  File \"/home/dev/p/tests/test_a.py\", line 3, in f", &["/home/dev/p/tests/test_a.py"]);
        check("    at run (/home/dev/p/lib/a.js:10:7)", &["/home/dev/p/lib/a.js"]);
        check("    at file:///home/dev/p/lib/b.mjs:1:2", &["/home/dev/p/lib/b.mjs"]);
        check("\t/home/dev/p/cmd/a.go:12 +0x1d", &["/home/dev/p/cmd/a.go"]);
        check("from lib/a.rb:3:in `f'", &["/home/dev/p/lib/a.rb"]);
        check("src/a.ts(3,1): error TS1: x", &[]);
        check("src/a.c:3:1: error: x\nsrc/a.c:9:1: note: y\nsrc/../b.h:1", &["/home/dev/p/src/a.c", "/home/dev/p/b.h"]);
    }

    #[test]
    fn what_is_no_file_of_the_project() {
        check("/usr/lib/python3/json.py:3", &[]);
        check("../other/a.rs:3 ../../dev2/b.rs:4", &[]);
        check("node_modules/x/a.js:1:2 .venv/lib/b.py:1", &[]);
        check("http://localhost:8080 12:30:01 a:1 v1.2:3 std::io::Error: x", &[]);
        check("", &[]);
        assert!(files("src/a.rs:1", "relative").is_empty());
        let many: String = (0..99).map(|n| format!("src/f{n}.rs:1\n")).collect();
        assert_eq!(files(&many, "/p").len(), MOST);
    }
}
