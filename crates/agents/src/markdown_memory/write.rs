//! Writing a memory: the keys in their order, every scalar in its style, then the body.
//!
//! It sees the fields only, never the bytes they came from, and nothing of store, daemon, HTTP,
//! clock or environment.
//!
//! Invariant: the front matter is a YAML mapping in which every key stands once and every value
//! reads back as the text it was, and the file ends with exactly one line feed.

use super::yaml::{Style, is_printable, style};
use super::{Field, MarkdownMemory, OWN, js_trim};
use std::fmt::Write;

/// The keys with a meaning, in the order they are written.
const KEYS: [&str; 10] =
    ["id", "subject", "keywords", "applies_to", "occurred_at", "content_hash", "kind", "project", "session", "agent"];

/// The columns a line may have, indentation included.
const LINE: usize = 80;

/// The longest key YAML accepts without the `?` that marks an explicit one.
const IMPLICIT_KEY: usize = 1024;

/// Writes a memory as a file.
pub fn write(memory: &MarkdownMemory) -> String {
    let mut out = String::from("---\n");
    entry(&mut out, "id", &memory.id.to_string());
    if !memory.subject.is_empty() {
        entry(&mut out, "subject", &memory.subject);
    }
    list(&mut out, "keywords", &memory.keywords);
    entry(&mut out, "applies_to", &memory.applies_to.to_string());
    entry(&mut out, "occurred_at", &memory.occurred_at);
    if !memory.content_hash.is_empty() {
        entry(&mut out, "content_hash", &memory.content_hash);
    }
    let own =
        [("kind", &memory.kind), ("project", &memory.project), ("session", &memory.session), ("agent", &memory.agent)];
    for (key, value) in own {
        if let Some(value) = value {
            entry(&mut out, key, value);
        }
    }
    for key in OWN {
        match memory.own.get(key) {
            Some(Field::Text(text)) => entry(&mut out, key, text),
            Some(Field::List(items)) => list(&mut out, key, items),
            None => {}
        }
    }
    for (index, (key, value)) in memory.unknown.iter().enumerate() {
        // A key that stands twice would make the whole front matter unreadable.
        let stands = memory.unknown.iter().take(index).any(|(earlier, _)| earlier == key);
        if !stands && !KEYS.contains(&key.as_str()) && !OWN.contains(&key.as_str()) {
            entry(&mut out, key, value);
        }
    }
    out.push_str("---\n");
    out.push_str(js_trim(&memory.body));
    out.push('\n');
    out
}

/// The body of a thinking memory; [`thought_parts`](super::thought_parts) takes it apart.
pub fn thought_body(thought: &str, output: &str) -> String {
    let body = format!("## Thought\n\n{}\n\n## Output\n\n{}", js_trim(thought), js_trim(output));
    js_trim(&body).to_owned()
}

fn list(out: &mut String, key: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    out.push_str(key);
    out.push_str(":\n");
    for item in items {
        out.push_str("  - ");
        scalar(out, item, 4);
    }
}

fn entry(out: &mut String, key: &str, value: &str) {
    let start = out.len();
    match style(key, None) {
        Style::Plain => out.push_str(key),
        Style::SingleQuoted => single_quoted(out, key),
        _ => double_quoted(out, key),
    }
    if out[start..].chars().count() > IMPLICIT_KEY {
        out.insert_str(start, "? ");
        out.push('\n');
    }
    out.push_str(": ");
    scalar(out, value, 2);
}

/// Writes a value and the line feed after it; `indent` is where its lines begin if it takes several.
fn scalar(out: &mut String, text: &str, indent: usize) {
    let width = LINE - indent;
    match style(text, Some(width)) {
        Style::Plain => out.push_str(text),
        Style::SingleQuoted => single_quoted(out, text),
        Style::DoubleQuoted => double_quoted(out, text),
        Style::Literal => block(out, '|', text, text, indent),
        Style::Folded => block(out, '>', text, &fold(text, width), indent),
    }
    out.push('\n');
}

fn single_quoted(out: &mut String, text: &str) {
    out.push('\'');
    out.push_str(&text.replace('\'', "''"));
    out.push('\'');
}

fn double_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0' => out.push_str("\\0"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\u{1b}' => out.push_str("\\e"),
            '\u{85}' => out.push_str("\\N"),
            '\u{a0}' => out.push_str("\\_"),
            '\u{2028}' => out.push_str("\\L"),
            '\u{2029}' => out.push_str("\\P"),
            c if is_printable(c) => out.push(c),
            // Writing to a String cannot fail.
            c if c <= '\u{ff}' => _ = write!(out, "\\x{:02X}", u32::from(c)),
            c if c <= '\u{ffff}' => _ = write!(out, "\\u{:04X}", u32::from(c)),
            c => _ = write!(out, "\\U{:08X}", u32::from(c)),
        }
    }
    out.push('"');
}

/// Writes `lines` as a block scalar whose header is that of `text`, without the last line feed.
fn block(out: &mut String, indicator: char, text: &str, lines: &str, indent: usize) {
    out.push(indicator);
    // A reader takes the indentation from the first line with text, so it must be said when that
    // line begins with a space of its own.
    if text.trim_start_matches('\n').starts_with(' ') {
        out.push('2');
    }
    if text.ends_with("\n\n") || text == "\n" {
        out.push('+');
    } else if !text.ends_with('\n') {
        out.push('-');
    }
    for line in lines.strip_suffix('\n').unwrap_or(lines).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', indent));
            out.push_str(line);
        }
    }
}

/// Folds long lines. YAML joins neighbouring lines with a space and takes one line feed fewer than
/// there are, except next to lines that begin with a space; so that is what is put in here.
fn fold(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut before: Option<&str> = None;
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        if line.is_empty() {
            continue;
        }
        let indented = |line: &str| line.starts_with(' ');
        if before.is_some_and(|before| !indented(before)) && !indented(line) {
            out.push('\n');
        }
        before = Some(line);
        fold_line(&mut out, line, width);
    }
    out
}

/// Breaks one line at the last space of a run, so that the run's other spaces stay at the line end.
fn fold_line(out: &mut String, line: &str, width: usize) {
    if line.starts_with(' ') {
        out.push_str(line);
        return;
    }
    let mut used = 0;
    for (index, word) in words(line).enumerate() {
        let length = word.chars().count();
        if index > 0 && used + 1 + length > width {
            out.push('\n');
            used = 0;
        } else if index > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length;
    }
}

/// The pieces between the places where a line may break.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        let bytes = text.as_bytes();
        let at = bytes.windows(2).position(|pair| pair[0] == b' ' && pair[1] != b' ');
        rest = at.map(|at| &text[at + 1..]);
        Some(at.map_or(text, |at| &text[..at]))
    })
}
