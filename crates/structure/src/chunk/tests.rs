//! That chunks tile and keep their bound on any text, and are cut where a reader would cut.

mod languages;
mod places;

use quipu_core::tokens;

use super::*;
use crate::limits::CRUMB_TOKENS;

/// The chunks of a text as text; they tile it, and each holds at most what it may.
#[track_caller]
fn check(text: &str, class: Class, language: Option<Language>) -> Vec<&str> {
    let ranges = chunks(text, class, language);
    assert_eq!(ranges.first().map(|range| range.start), Some(0));
    assert_eq!(ranges.last().map(|range| range.end), Some(text.len()));
    assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start), "they tile");
    let parts: Vec<&str> = ranges.into_iter().map(|range| &text[range]).collect();
    let whole = class == Class::StackTrace && parts.len() == 1;
    let bound = if whole { TRACE_TOKENS } else { MAX_TOKENS };
    assert!(parts.iter().all(|part| tokens::estimate(part) <= bound), "they keep the bound");
    assert!(parts.len() == 1 || parts.iter().all(|part| !part.is_empty()), "none is empty");
    // What is a chunk stays one.
    for part in parts.iter().step_by(1 + parts.len() / 20) {
        assert_eq!(chunks(part, class, language).len(), 1);
    }
    parts
}

/// The same for every class, and for code of every language and of none.
#[track_caller]
fn check_all(text: &str) {
    for class in Class::ALL {
        check(text, class, None);
    }
    for language in Language::ALL {
        check(text, Class::Code, Some(language));
    }
}

/// A small generator: the same bytes on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap_or(0)
    }
}

#[test]
fn short_and_empty_texts_are_one_chunk() {
    for text in ["", "a", "水", "\n", "short", "# a\n\nb\n", "fn a() {}\n\nfn b() {}\n"] {
        check_all(text);
        assert_eq!(chunks(text, Class::Code, Some(Language::Rust)).len(), 1);
    }
}

#[test]
fn megabytes_of_anything_tile() {
    for text in [
        "x".repeat(1 << 20),
        "水".repeat(100_000),
        "🙂\u{200d}".repeat(30_000),
        "👩\u{200d}👩\u{200d}👧 ".repeat(10_000),
        "one line of words\r\n".repeat(20_000),
        "a\r\n\r\nb".repeat(50_000),
        "\n".repeat(300_000),
        "\r".repeat(100_000),
        "word ".repeat(100_000),
    ] {
        check(&text, Class::AssistantText, None);
        check(&text, Class::Code, None);
        check(&text, Class::Code, Some(Language::Cpp));
        check(&text, Class::BuildLog, None);
        check(&text, Class::Noise, None);
    }
}

#[test]
fn marks_of_structure_without_end_tile() {
    for mark in [
        "# ",
        "#",
        "```\n",
        "```rust\n",
        "~~~",
        "- a\n",
        "@@ -1 +1 @@\n",
        "diff --git a b\n",
        "--- a\n+++ b\n",
        "\tat a(b:1)\n",
        "Caused by: x\n",
        "  ",
        "\t",
        "{",
        "}\n",
        "(",
        "[[",
        "\"",
        "'",
        "/*",
        "//\n",
        "<<EOF\n",
        "$(",
        "`",
        "<a>",
        "if x:\n ",
        "1→",
        "\0",
    ] {
        check_all(&mark.repeat(2_000));
    }
}

#[test]
fn random_bytes_tile() {
    let mut random = Random(0x5eed);
    for round in 0..30 {
        let bytes: Vec<u8> = (0..3_000 + round * 100).map(|_| random.next().to_le_bytes()[3]).collect();
        check_all(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn random_marks_tile() {
    let marks = [
        "# a\n",
        "\n",
        "\n\n",
        "```\n",
        "```rust\n",
        "fn a() {\n",
        "}\n",
        "    let b = \"",
        "- c\n",
        "  d e f\n",
        "水水水。",
        "\r\n",
        "@@ -1 +1 @@\n",
        "diff --git a b\n",
        "  at a.b(c:1)\n",
        "Caused by: d\n",
        "/*",
        "*/",
        "'",
        "class A:\n",
        "  def b(self):\n",
        "<<E\n",
        "word ",
    ];
    let mut random = Random(0xfeed);
    for _ in 0..30 {
        let text: String = (0..900).map(|_| marks[random.below(marks.len())]).collect();
        check_all(&text);
    }
}

#[test]
fn crumbs_join_what_they_stand_beside() {
    let text = format!("short\n\n{}\n\nshort too\n", "word ".repeat(180).trim_end());
    let parts = check(&text, Class::AssistantText, None);
    assert_eq!(parts.len(), 1);
    let text = format!("# a\n\n{}\n\nshort\n", "word ".repeat(400));
    let parts = check(&text, Class::AssistantText, None);
    assert!(parts.iter().all(|part| tokens::estimate(part) >= CRUMB_TOKENS), "{parts:?}");
}
