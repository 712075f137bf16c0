//! Replaces secrets in text before anything keeps it.
//! Knows no SQL, sockets, clock, environment, serde or async: text in, text out.
//! Invariant: the result holds no secret the table knows, redacting it again changes nothing, and
//! the work is linear in the length of the text.

mod patterns;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use patterns::{Find, MARKER, NEXT_FIELD, PATTERNS, PEM_BODY, PEM_RUN, Value};
use regex::{Regex, RegexSet, SetMatches};

/// How often one kind of secret was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The name that stands in the text now, as in `[redacted:LABEL]`.
    pub label: &'static str,
    /// How many places were replaced.
    pub count: u32,
}

/// A place to replace; `row` is its place in the table, where the more specific come first.
struct Span {
    range: Range<usize>,
    row: usize,
}

/// A replacement can only uncover something new next to itself, so real text settles in two rounds;
/// the cap keeps hostile text linear.
const MAX_ROUNDS: usize = 16;

/// Longer PEM blocks than this are not keys, but two unrelated markers in one text.
const MAX_PEM: usize = 64 * 1024;

/// How much of a value is looked at to judge it; more would make rows of labels quadratic.
const JUDGED: usize = 128;

/// One cheap pass that says which rows are worth trying.
static HINTS: LazyLock<RegexSet> =
    LazyLock::new(|| RegexSet::new(PATTERNS.iter().map(|row| row.hint)).expect("the hints are constant and tested"));

/// The rows' expressions, each compiled when its hint is first seen.
static COMPILED: LazyLock<Vec<OnceLock<Regex>>> = LazyLock::new(|| PATTERNS.iter().map(|_| OnceLock::new()).collect());

fn compiled(row: usize, expression: &str) -> &'static Regex {
    COMPILED[row].get_or_init(|| patterns::constant(expression))
}

/// Replaces every secret in `text` with `[redacted:LABEL]` and says what was replaced; text without
/// secrets comes back borrowed.
pub fn redact(text: &str) -> (Cow<'_, str>, Vec<Finding>) {
    // Later rounds need no new hints: what a marker puts into the text is never part of a secret.
    let rows = HINTS.matches(text);
    let mut current = Cow::Borrowed(text);
    let mut counts = vec![0; PATTERNS.len()];
    for _ in 0..MAX_ROUNDS {
        let spans = scan(&current, &rows);
        if spans.is_empty() {
            break;
        }
        current = Cow::Owned(rewrite(&current, &spans));
        spans.iter().for_each(|span| counts[span.row] += 1);
    }
    let mut found: Vec<Finding> = Vec::new();
    let labels = PATTERNS.iter().map(|row| row.label);
    for (label, count) in labels.zip(counts).filter(|(_, count)| *count > 0) {
        match found.iter_mut().find(|finding| finding.label == label) {
            Some(finding) => finding.count += count,
            None => found.push(Finding { label, count }),
        }
    }
    (current, found)
}

fn rewrite(text: &str, spans: &[Span]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut kept = 0;
    for span in spans {
        out.push_str(&text[kept..span.range.start]);
        out.extend(["[redacted:", PATTERNS[span.row].label, "]"]);
        kept = span.range.end;
    }
    out.push_str(&text[kept..]);
    out
}

/// The places to replace, in order and apart from each other.
fn scan(text: &str, rows: &SetMatches) -> Vec<Span> {
    // Markers already there are walls: nothing that touches one is a secret any more.
    let walls: Vec<_> = MARKER.find_iter(text).map(|m| m.range()).collect();
    let mut spans = Vec::new();
    for row in rows {
        let mut ranges = match PATTERNS[row].find {
            Find::Group(expression, accept) => compiled(row, expression)
                .captures_iter(text)
                .filter_map(|found| found.get(1))
                .filter(|secret| accept(head(secret.as_str())))
                .map(|secret| secret.range())
                .collect(),
            Find::Pem(markers) => pem_blocks(text, compiled(row, markers)),
            Find::Labelled(keys, accept) => labelled(text, compiled(row, keys), &walls, accept),
        };
        ranges.retain(|range| !touches(&walls, range));
        spans.extend(ranges.into_iter().map(|range| Span { range, row }));
    }
    merged(spans)
}

/// Joins spans that overlap; the most specific row gives the joint its label.
fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| span.range.start);
    let mut apart: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match apart.last_mut() {
            Some(last) if span.range.start < last.range.end => {
                last.range.end = last.range.end.max(span.range.end);
                last.row = last.row.min(span.row);
            }
            _ => apart.push(span),
        }
    }
    apart
}

/// The first wall that ends after `at`, if any.
fn next_wall(walls: &[Range<usize>], at: usize) -> Option<&Range<usize>> {
    walls.get(walls.partition_point(|wall| wall.end <= at))
}

fn touches(walls: &[Range<usize>], range: &Range<usize>) -> bool {
    next_wall(walls, range.start).is_some_and(|wall| wall.start < range.end)
}

/// At most `JUDGED` bytes of `value`, cut between characters.
fn head(value: &str) -> &str {
    let mut end = value.len().min(JUDGED);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    &value[..end]
}

/// Private key blocks; one whose end is missing reaches to the end of its base64 body.
fn pem_blocks(text: &str, markers: &Regex) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let mut markers = markers.find_iter(text).peekable();
    while let Some(begin) = markers.next() {
        if !begin.as_str().contains("BEGIN") {
            continue;
        }
        let end = markers.next_if(|next| next.as_str().contains("END") && next.end() - begin.start() <= MAX_PEM);
        let from = begin.end();
        let until = match end {
            Some(end) => PEM_RUN.find(&text[from..end.start()]).map(|_| end.end()),
            None => PEM_BODY.find(&text[from..]).map(|body| from + body.end()),
        };
        blocks.extend(until.map(|end| begin.start()..end));
    }
    blocks
}

/// The values of labels such as `API_KEY=` and `"password": "`.
fn labelled(text: &str, keys: &Regex, walls: &[Range<usize>], accept: fn(&Value<'_>) -> bool) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut values = Vec::new();
    let mut from = 0;
    // Where the bare value that was measured last ends: labels inside it share that end.
    let mut bare_end = 0;
    while let Some(label) = keys.find_at(text, from) {
        from = label.end();
        if touches(walls, &label.range()) {
            continue;
        }
        let quoted = quoted_end(bytes, label.as_str(), from);
        let mut end = quoted.unwrap_or_else(|| {
            if bare_end <= from {
                bare_end = from + bare_len(&bytes[from..]);
            }
            bare_end
        });
        if let Some(wall) = next_wall(walls, from) {
            end = end.min(wall.start.max(from));
        }
        if quoted.is_none() {
            if let Some(field) = NEXT_FIELD.find(head(&text[from..end])) {
                end = from + field.start();
            }
            // Brackets and stops of the text around it; a bound keeps rows of them linear.
            let floor = from.max(end.saturating_sub(8));
            while end > floor && b",;.)]}*".contains(&bytes[end - 1]) {
                end -= 1;
            }
        }
        let value = Value {
            before: &bytes[..label.start()],
            label: label.as_str(),
            text: head(&text[from..end]),
            after: &bytes[end..],
            quoted: quoted.is_some(),
        };
        if accept(&value) {
            values.push(from..end);
            from = end;
        }
    }
    values
}

/// Where the quote that `label` ends with is closed on the same line.
fn quoted_end(bytes: &[u8], label: &str, from: usize) -> Option<usize> {
    let quote = label.bytes().last().filter(|b| b"\"'`".contains(b))?;
    // Inside JSON inside JSON the quotes themselves are escaped, so the next one closes.
    let nested = label.as_bytes().get(label.len().wrapping_sub(2)) == Some(&b'\\');
    let mut escapes = 0;
    for (at, &byte) in bytes.iter().enumerate().skip(from) {
        match byte {
            b'\n' => return None,
            b'\\' => escapes += 1,
            _ if byte == quote && nested => return Some(at - escapes),
            _ if byte == quote && escapes % 2 == 0 => return Some(at),
            _ => escapes = 0,
        }
    }
    None
}

/// The length of a value without quotes: up to white space, a quote, markup, an escaped line end or
/// a character of a script that puts no space between words.
fn bare_len(bytes: &[u8]) -> usize {
    let ends = |at: usize| match bytes[at] {
        0..=b' ' | b'"' | b'\'' | b'`' | b'<' | b'>' | 0xE2.. => true,
        b'\\' => bytes.get(at + 1).is_none_or(|next| b"nrt\"'\\".contains(next)),
        _ => false,
    };
    (0..bytes.len()).find(|&at| ends(at)).unwrap_or(bytes.len())
}
