//! The one line that an agent gets before it edits a file: which text is about the file, and which sentence is worth it.
//! It must not know hooks, the store or a disk: paths are words.
//! Invariant: at most [`MOST`] characters, fenced; nothing rather than a sentence without a reason.

use std::collections::HashSet;

use crate::fence;
use crate::id::MemoryId;
use crate::kind::Kind;
use crate::pack::HEAD;

/// The line has at most so many characters, its fence aside.
pub const MOST: usize = 240;

/// Names that are borne by too many files to say which is meant.
const COMMON: [&str; 22] = [
    "__init__",
    "app",
    "build",
    "cargo",
    "changelog",
    "config",
    "index",
    "init",
    "lib",
    "license",
    "main",
    "mod",
    "package",
    "page",
    "readme",
    "route",
    "setup",
    "test",
    "tests",
    "types",
    "util",
    "utils",
];
/// What a sentence says that is worth being reminded of.
const STRONG: [&str; 9] =
    ["must", "never", "don't", "do not", "gotcha", "beware", "root cause", "caused by", "breaks when"];
/// What a sentence says that gives a reason.
const WEAK: [&str; 6] = ["because", "so that", "otherwise", "due to", "instead of", "the reason"];
/// How an agent announces what it does next, which is no knowledge.
const PLANS: [&str; 9] = ["let me", "i'll", "i will", "i need", "i must", "i'm going", "now i", "now let", "next,"];
/// Shorter ones say too little, longer ones are no sentences, in bytes.
const SENTENCE: std::ops::RangeInclusive<usize> = 24..=600;

/// Whether `text` names the file at `path`: by its name, where few files have it, or by the end of its path.
pub fn names(text: &str, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.is_empty() {
        return false;
    }
    text.match_indices(name).any(|(at, _)| {
        let end = at + name.len();
        let mut after = text[end..].chars();
        let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/');
        match (after.next(), after.next()) {
            (Some('.'), Some(c)) if goes_on(c) => return false,
            (Some(c), _) if goes_on(c) => return false,
            _ => {}
        }
        let in_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '~' | '@' | '+');
        let start = text[..at].char_indices().rev().take_while(|(_, c)| in_path(*c)).last().map_or(at, |(at, _)| at);
        let word = text[start..end].trim_start_matches("./");
        if word == name { is_particular(name) } else { path == word || path.ends_with(&format!("/{word}")) }
    })
}

pub(crate) fn is_particular(name: &str) -> bool {
    let Some((stem, _)) = name.split_once('.') else { return false };
    stem.len() >= 3 && !COMMON.contains(&stem.to_ascii_lowercase().as_str())
}

/// The names in a piece of code that are unlikely to be words of a sentence: `snake_case`, `camelCase`, `TypeName`.
pub fn symbols(code: &str) -> HashSet<&str> {
    let words = code.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| word.len() >= 5);
    let is_name = |word: &&str| {
        let humps = word.as_bytes().windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
        (humps || word.trim_matches('_').contains('_')) && !word.starts_with(|c: char| c.is_ascii_digit())
    };
    words.filter(is_name).collect()
}

/// The sentence of `text` that says most about the file or one of `symbols`, with its weight; none without a reason.
pub fn reason<'t>(text: &'t str, path: &str, symbols: &HashSet<&str>) -> Option<(u32, &'t str)> {
    let weighed = sentences(text).filter_map(|sentence| {
        let about = match names(sentence, path) {
            true => 2,
            false => u32::from(words(sentence).any(|word| symbols.contains(word))),
        };
        let low = sentence.to_lowercase().replace('’', "'");
        let says = |phrases: &[&str]| phrases.iter().any(|phrase| holds(&low, phrase));
        let worth = if says(&STRONG) { 2 } else { u32::from(says(&WEAK)) };
        let is_plan = PLANS.iter().any(|plan| low.starts_with(plan));
        (about > 0 && worth > 0 && !is_plan && !low.ends_with('?')).then_some((about + worth, sentence))
    });
    // The first of the best.
    weighed.fold(None, |best: Option<(u32, &str)>, one| if best.is_none_or(|b| one.0 > b.0) { Some(one) } else { best })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
}

/// Whether `text` holds `phrase` as whole words.
fn holds(text: &str, phrase: &str) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(phrase)
        .any(|(at, _)| !is_word(text[..at].chars().next_back()) && !is_word(text[at + phrase.len()..].chars().next()))
}

/// The sentences of prose; code blocks are none.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    let prose = text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    });
    let pieces = prose.flat_map(|line| {
        let mut rest = line;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let ends = |(at, c): (usize, char)| {
                let after = at + c.len_utf8();
                let is_end = match c {
                    '。' | '！' | '？' => true,
                    '.' | '!' | '?' => rest[after..].starts_with(char::is_whitespace),
                    _ => false,
                };
                is_end.then_some(after)
            };
            let (piece, next) = rest.split_at(rest.char_indices().find_map(ends).unwrap_or(rest.len()));
            rest = next;
            Some(piece)
        })
    });
    let marks = |c: char| c.is_whitespace() || matches!(c, '-' | '*' | '#' | '>' | '•' | '|');
    pieces.map(move |piece| piece.trim_start_matches(marks).trim_end()).filter(|piece| SENTENCE.contains(&piece.len()))
}

/// The fenced line.
pub fn line(kind: Kind, when: &str, id: MemoryId, text: &str) -> String {
    let head = format!("- {} · {when} · id {id}: ", kind.as_str());
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let flat = fence::neutralise(&flat);
    let room = MOST - head.chars().count();
    let cut = match flat.char_indices().nth(room) {
        None => flat.into_owned(),
        Some(_) => {
            let kept: String = flat.chars().take(room - 2).collect();
            format!("{} …", kept.trim_end())
        }
    };
    format!("{HEAD}{head}{cut}\n{}", fence::CLOSE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_file_is_named_by_its_name_or_the_end_of_its_path() {
        let path = "/home/dev/p/crates/daemon/src/lock.rs";
        for (text, is_named) in [
            ("`lock.rs` holds it", true),
            ("see lock.rs.", true),
            ("see lock.rs: it waits", true),
            ("in daemon/src/lock.rs", true),
            ("in ./crates/daemon/src/lock.rs:12", true),
            ("/home/dev/p/crates/daemon/src/lock.rs", true),
            ("in store/src/lock.rs", false),
            ("/srv/other/lock.rs", false),
            ("block.rs is another", false),
            ("lock.rs.bak and lock.rsx", false),
            ("the lock", false),
            ("", false),
        ] {
            assert_eq!(names(text, path), is_named, "{text}");
        }
        assert!(!names("mod.rs and lib.rs", "/p/src/mod.rs") && names("in src/mod.rs", "/p/src/mod.rs"));
        assert!(!names("Makefile", "/p/Makefile") && names("日本語lib/水.rs", "/p/日本語lib/水.rs"));
        assert!(!names("anything", "/p/"));
    }

    #[test]
    fn sentences_need_a_subject_and_a_reason() {
        let path = "/home/dev/p/src/writer.rs";
        let symbols = symbols("fn open_pool(pool: &ConnPool) { let lines = 1; }");
        let of = |text: &'static str| reason(text, path, &symbols).map(|(_, sentence)| sentence);
        assert_eq!(
            of("Done. In `writer.rs` never hold two locks. It is fast."),
            Some("In `writer.rs` never hold two locks.")
        );
        assert_eq!(
            of("- open_pool waits because SQLite has one writer"),
            Some("open_pool waits because SQLite has one writer")
        );
        assert_eq!(
            of("The ConnPool isn't closed, don’t drop it early."),
            Some("The ConnPool isn't closed, don’t drop it early.")
        );
        assert_eq!(
            of("writer.rs changed so that it waits. writer.rs must flush first."),
            Some("writer.rs must flush first.")
        );
        for nothing in [
            "I changed writer.rs and all tests pass now.",
            "It must never hold two locks at once, for sure.",
            "Must writer.rs hold a lock at every commit?",
            "Let me look at writer.rs because it is slow.",
            "```\nwriter.rs must flush before it answers\n```",
            "the mustard of writer.rs, nevertheless a fine file",
            "writer.rs must",
            "",
        ] {
            assert_eq!(of(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn names_in_code() {
        let found =
            symbols("let read_to = self.open(Path::new(\"x\")); TailChunk::default(); __init__ 12345_678 lines");
        assert_eq!(found, HashSet::from(["read_to", "TailChunk"]));
    }

    #[test]
    fn the_line_is_short_and_fenced() {
        let id = MemoryId(Uuid::from_u128(7));
        for text in ["short", &"long words ".repeat(90), &"水".repeat(900), "a </quipu-memory> b\n\nc"] {
            let fenced = line(Kind::AntiPattern, "2026-09-03", id, text);
            assert!(fenced.starts_with(fence::OPEN) && fenced.ends_with(fence::CLOSE) && fenced.lines().count() == 3);
            assert_eq!(fenced.matches(fence::CLOSE).count(), 1);
            let line = fenced.lines().nth(1).unwrap_or_default();
            assert!(line.chars().count() <= MOST && line.contains(&id.to_string()), "{line}");
            assert_eq!(fence::strip(&fenced), "");
        }
    }
}
