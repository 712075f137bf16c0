//! How things look on a terminal: colour only where there is one, matches marked, long text cut.
//! It must not know commands or the daemon.
//! Invariant: what is printed reads the same without colour.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{IsTerminal, Write};
use std::ops::Range;

use anstyle::{AnsiColor, Style};
use quipu_core::analyse::Analyser;
use quipu_protocol::fault::Fault;
use serde::Serialize;

use crate::plain::{plain, plain_line};

/// Labels and side remarks.
pub(crate) const DIM: Style = Style::new().dimmed();
/// What the eye should find first.
pub(crate) const BOLD: Style = Style::new().bold();
/// The match.
pub(crate) const MATCH: Style = AnsiColor::Yellow.on_default().bold();
/// All is well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// It is not.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Not quite.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();

/// How an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// `text` in `style`.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// A remembered text as it is printed: byte for byte into a pipe, and where a terminal would act on it, made visible.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    if std::io::stdout().is_terminal() { Cow::Owned(plain(text)) } else { Cow::Borrowed(text) }
}

/// Prints a remembered text so; what is no terminal gets it whole, for what looks like colour may be what was said.
pub(crate) fn print_text(text: &str) {
    // Nobody reads any more, most likely; there is nobody to tell.
    let _ = writeln!(std::io::stdout().lock(), "{}", shown(text));
}

/// Prints `value` as indented JSON.
pub(crate) fn json<T: Serialize>(value: &T) {
    anstream::println!("{}", serde_json::to_string_pretty(value).unwrap_or_default());
}

/// Prints `value` as JSON on one line.
pub(crate) fn json_line<T: Serialize>(value: &T) {
    anstream::println!("{}", serde_json::to_string(value).unwrap_or_default());
}

/// Prints a fault where the asker looks for it.
pub(crate) fn fault(fault: &Fault, form: Form) {
    if form == Form::Json {
        let shape = serde_json::json!({ "code": fault.code, "message": fault.message, "hint": fault.hint });
        return json(&shape);
    }
    anstream::eprintln!("{} {}", styled(BAD, "error:"), fault.message);
    if let Some(hint) = &fault.hint {
        anstream::eprintln!("{} {hint}", styled(DIM, "hint:"));
    }
}

/// Columns of the terminal, within reason; 100 where there is none.
pub(crate) fn width() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stdout());
    size.map_or(100, |size| usize::from(size.ws_col)).clamp(40, 140)
}

/// About `characters` of `text` round the place where most of `terms` stand, on one line, the terms marked.
pub(crate) fn excerpt(text: &str, terms: &HashSet<String>, characters: usize) -> String {
    let mark = |piece: Piece| if piece.is_match { styled(MATCH, &piece.text) } else { piece.text };
    pieces(text, terms, characters).into_iter().map(mark).collect()
}

/// A stretch of an excerpt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    /// Whether it is one of the terms.
    pub(crate) is_match: bool,
}

/// The same excerpt in pieces, for who draws it otherwise.
pub(crate) fn pieces(text: &str, terms: &HashSet<String>, characters: usize) -> Vec<Piece> {
    let flat = plain_line(text);
    let matches = matches(&flat, terms);
    let (from, to) = window(&flat, &matches, characters);
    let before = if from > 0 { "… " } else { "" };
    let after = if to < flat.len() { " …" } else { "" };
    let within = matches.into_iter().filter(|(start, end)| *start >= from && *end <= to);
    let mut out = vec![Piece { text: before.to_owned(), is_match: false }];
    out.extend(split(&flat, from..to, within));
    out.push(Piece { text: after.to_owned(), is_match: false });
    out.retain(|piece| !piece.text.is_empty());
    out
}

/// One line of a text, whole, with its terms marked.
pub(crate) fn marked(line: &str, terms: &HashSet<String>) -> Vec<Piece> {
    split(line, 0..line.len(), matches(line, terms).into_iter())
}

fn split(text: &str, range: Range<usize>, matches: impl Iterator<Item = (usize, usize)>) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut at = range.start;
    for (start, end) in matches {
        if start < at {
            continue;
        }
        out.push(Piece { text: text[at..start].to_owned(), is_match: false });
        out.push(Piece { text: text[start..end].to_owned(), is_match: true });
        at = end;
    }
    out.push(Piece { text: text[at..range.end].to_owned(), is_match: false });
    out.retain(|piece| !piece.text.is_empty());
    out
}

/// Byte ranges of the words that analyse to one of `terms`.
fn matches(text: &str, terms: &HashSet<String>) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    if terms.is_empty() {
        return found;
    }
    Analyser::of_few().terms(text, |term| {
        if terms.contains(term.text) {
            found.push((term.start, term.end));
        }
    });
    found
}

/// The stretch of about `characters` that holds most matches; starts a little before the first of them.
fn window(text: &str, matches: &[(usize, usize)], characters: usize) -> (usize, usize) {
    let bytes = text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at);
    if bytes == text.len() {
        return (0, text.len());
    }
    let span = |start: usize| matches.iter().filter(|(s, e)| *s >= start && *e <= start + bytes).count();
    let best = matches.iter().map(|(s, _)| *s).max_by_key(|s| (span(*s), std::cmp::Reverse(*s))).unwrap_or(0);
    let from = word_start(text, best.saturating_sub(bytes / 6));
    let end = text[from..].char_indices().nth(characters).map_or(text.len(), |(at, _)| from + at);
    (from, end)
}

fn word_start(text: &str, near: usize) -> usize {
    let near = (0..=near).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text[..near].rfind(' ').map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, terms: &[&str], characters: usize) -> String {
        let terms = terms.iter().map(|t| (*t).to_owned()).collect();
        anstream::adapter::strip_str(&excerpt(text, &terms, characters)).to_string()
    }

    #[test]
    fn the_excerpt_is_where_the_matches_are() {
        let text = format!("{} the writer locks the database {}", "before ".repeat(60), "after ".repeat(60));
        let cut = check(&text, &["writer", "databas"], 60);
        assert!(cut.contains("writer locks the database") && cut.starts_with('…') && cut.ends_with('…'), "{cut}");
        assert_eq!(check("short\n text", &["short"], 60), "short text");
        assert!(check(&"水が".repeat(500), &["水が"], 30).chars().count() < 40);
        assert_eq!(check("", &["x"], 30), "");
    }

    #[test]
    fn matches_are_marked_by_meaning_of_the_word() {
        let terms = HashSet::from(["lock".to_owned()]);
        assert!(excerpt("it locks", &terms, 60).contains(&styled(MATCH, "locks")));
    }
}
