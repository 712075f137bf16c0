//! Tests of the Markdown memory file with what is not one: refusals that name their cure, texts made
//! to be expensive, and arbitrary text. They know no store, daemon, HTTP, clock or environment.
//!
//! Invariant: every run sees the same texts, so a failure can be repeated.

use super::tests::{NAME, SHORT, file, memory};
use super::*;

/// Pieces of YAML and of front matter, from which arbitrary texts are put together.
const PIECES: [&str; 48] = [
    "---\n",
    "\n---\n",
    "---",
    "\n",
    "  ",
    "- ",
    "? ",
    ": ",
    ":",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "!!str ",
    "%YAML 1.1\n",
    "...\n",
    "|",
    "|2-\n",
    ">+\n",
    "'",
    "\"",
    "\\",
    "\\x",
    "\\u12",
    "#",
    "\t",
    "\r",
    "\r\n",
    "é",
    "😀",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\0",
    "id: ",
    "subject: ",
    "keywords:\n",
    "applies_to: ",
    "occurred_at: ",
    "2025-12-03T11:14:22.409Z",
    "-00:00",
    "content_hash: ",
    "a",
    "0",
    "file:",
    ", ",
];

/// Pseudo-random numbers, the same ones in every run.
fn random(mut state: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    }
}

/// The last place up to `at` where a text may be cut.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[test]
fn refusals_say_what_is_wrong_and_what_to_do() {
    let missing = |key| ReadError::MissingKey { key };
    for (text, error) in [
        (String::new(), ReadError::NoFrontMatter),
        ("# A heading\n".to_owned(), ReadError::NoFrontMatter),
        ("---".to_owned(), ReadError::UnterminatedFrontMatter),
        ("---\nid: a\n----\nb".to_owned(), ReadError::UnterminatedFrontMatter),
        ("---\n---\nb".to_owned(), ReadError::NotAMapping),
        ("---\n- a\n---\nb".to_owned(), ReadError::NotAMapping),
        ("---\na\n---\nb".to_owned(), ReadError::NotAMapping),
        (file("kind: a").replace("Use one writer.", "\u{feff} \n"), ReadError::EmptyBody),
        (file("subject: ''"), missing("subject")),
        (file("occurred_at:"), missing("occurred_at")),
        (file("occurred_at: soon"), ReadError::BadTime { found: "soon".to_owned() }),
        (file("subject: [a]"), ReadError::WrongShape { key: "subject" }),
        (file("kind: a\nkind: b"), ReadError::DuplicateKey { line: 8, key: "kind".to_owned() }),
        (file("keywords: {a: b}"), ReadError::WrongShape { key: "keywords" }),
        (file("keywords: [[a]]"), ReadError::WrongShape { key: "keywords" }),
    ] {
        assert_eq!(read(NAME, &text), Err(error.clone()), "{text}");
        assert!(error.to_string().contains([';']), "{error}");
    }
    let no_id = read("notes/today.md", &file("id: mine"));
    assert_eq!(no_id, Err(ReadError::NoId { file_name: "notes/today.md".to_owned() }));
    for (line, at) in [("kind: a: b", 7), ("kind: 'a", 7), ("kind: a\n...\n--- b", 9)] {
        let error = read(NAME, &file(line)).unwrap_err();
        assert!(matches!(error, ReadError::InvalidYaml { line, .. } if line == at), "{error}");
    }
}

#[test]
fn texts_made_to_be_expensive_are_cheap() {
    for piece in ["- ", "[", "{a: ", "? ", ": ", "'", "\n ", "&a [*a, "] {
        let text = format!("---\nkind: {0}\n---\n---\n{0}", piece.repeat(50_000));
        assert!(read(NAME, &text).is_err());
        assert!(read(NAME, &text.replace("kind: ", "")).is_err());
    }
    let bomb = format!("a: &a {}\nb: [{}]", "x".repeat(100_000), "*a, ".repeat(50_000));
    let dropped = Warning::DroppedKey { key: "b".to_owned() };
    assert_eq!(read(NAME, &file(&bomb)).unwrap().warnings, [dropped]);
}

#[test]
fn arbitrary_text_never_panics_and_what_is_read_comes_back() {
    let mut random = random(42);
    let mut taken = 0;
    for round in 0..6_000 {
        let mut text: String = SHORT.chars().take(600).collect();
        if round % 3 == 0 {
            text = (0..random(30)).map(|_| PIECES[random(PIECES.len())]).collect();
            text = format!("---\n{text}\n---\nbody");
        }
        for _ in 0..random(6) {
            // Most of what is interesting is in the front matter, the first 240 bytes.
            let at = boundary(&text, random(240));
            let end = boundary(&text, at + random(8));
            text.replace_range(at..end.max(at), PIECES[random(PIECES.len())]);
        }
        let Ok(first) = read(NAME, &text) else {
            continue;
        };
        taken += 1;
        let again = write(&first.memory);
        assert_eq!(read(NAME, &again).unwrap().memory, first.memory, "{text:?}");
    }
    assert!(taken > 500, "{taken}");
}

#[test]
fn any_text_survives_in_any_field() {
    let mut random = random(7);
    let mut text = || -> String {
        let pieces = (0..=random(40)).map(|_| match random(4) {
            0 => PIECES[random(PIECES.len())].to_owned(),
            1 => "word ".repeat(random(12)),
            2 => ["\n", " ", "  ", "\n\n"][random(4)].to_owned(),
            _ => char::from_u32(u32::try_from(random(0x11_0000)).unwrap()).map(String::from).unwrap_or_default(),
        });
        // A subject or a keyword is never empty.
        pieces.chain(["x".to_owned()]).collect()
    };
    for _ in 0..3_000 {
        let before = MarkdownMemory {
            subject: text(),
            keywords: vec![text(), text()],
            content_hash: text(),
            project: Some(text()),
            unknown: vec![(format!("{}y", text()), text())],
            ..memory()
        };
        let file = write(&before);
        assert_eq!(read(NAME, &file).unwrap().memory, before, "{file}");
    }
}
