//! Replaces secrets in text before anything keeps it, and what somebody marked as private.
//! Knows no SQL, sockets, clock, environment, serde or async: text in, text out.
//! Invariant: the result holds no secret that the table or its owner's own patterns know and nothing private, redacting
//! it again changes nothing, and the work is linear in the length of the text.

mod hints;
mod judge;
mod label;
mod own;
mod patterns;
mod pem;
pub mod private;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod speed;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, LazyLock, OnceLock};

use patterns::{Find, PATTERNS};
use regex::Regex;

use judge::constant;
pub use own::OwnPattern;

/// How often one kind of secret was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The name that stands in the text now, as in `[redacted:LABEL]`; `private` for what was marked as that.
    pub label: Cow<'static, str>,
    /// How many places were replaced.
    pub count: u32,
}

/// Replaces what its rules know: the built-in ones, and those that somebody has added.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    own: Vec<OwnPattern>,
}

/// A place to replace.
struct Span {
    range: Range<usize>,
    rule: usize,
}

/// The label of what was marked as private.
pub const PRIVATE_LABEL: &str = "private";

/// A replacement can only uncover something new next to itself, so real text settles in two rounds;
/// the cap keeps hostile text linear.
const MAX_ROUNDS: usize = 16;

/// How much of a value is looked at to judge it; more would make rows of labels quadratic.
const JUDGED: usize = 128;

/// A name that gives a token away stands so near before it, in bytes.
const BESIDE: usize = 100;

/// What stands in the place of a secret, whoever put it there.
static MARKER: LazyLock<Regex> = LazyLock::new(|| constant(r"\[redacted:[a-z0-9-]{1,40}\]"));

/// The rows' expressions, each compiled when its hint is first seen; of two the second is what stands before.
static COMPILED: LazyLock<Vec<[OnceLock<Regex>; 2]>> =
    LazyLock::new(|| PATTERNS.iter().map(|_| Default::default()).collect());

fn compiled(row: usize, expression: &str) -> &'static Regex {
    COMPILED[row][0].get_or_init(|| constant(expression))
}

fn compiled_before(row: usize, expression: &str) -> &'static Regex {
    COMPILED[row][1].get_or_init(|| constant(expression))
}

impl Redactor {
    /// The built-in rules and these.
    pub fn new(own: Vec<OwnPattern>) -> Self {
        Self { own }
    }

    /// The built-in rules alone.
    pub fn built_in() -> Arc<Self> {
        static BUILT_IN: LazyLock<Arc<Redactor>> = LazyLock::new(Arc::default);
        BUILT_IN.clone()
    }

    /// Replaces what is private in `text` with `[private]` and every secret with `[redacted:LABEL]`, and says what was
    /// replaced; text without either comes back borrowed.
    pub fn redact<'t>(&self, text: &'t str) -> (Cow<'t, str>, Vec<Finding>) {
        let (mut current, private) = private::Spans::default().without(text);
        // Later rounds need no new hints: what a marker puts into the text is never part of a secret.
        let rows = hints::rows(&current);
        let mut counts = vec![0; if !rows.is_empty() || !self.own.is_empty() { self.rules() } else { 0 }];
        for _ in 0..if counts.is_empty() { 0 } else { MAX_ROUNDS } {
            let spans = self.scan(&current, &rows);
            if spans.is_empty() {
                break;
            }
            current = Cow::Owned(self.rewrite(&current, &spans));
            spans.iter().for_each(|span| counts[span.rule] += 1);
        }
        let mut found: Vec<Finding> = Vec::new();
        let counts = counts.into_iter().enumerate().map(|(rule, count)| (self.label(rule), count));
        let private = std::iter::once((Cow::Borrowed(PRIVATE_LABEL), private));
        for (label, count) in private.chain(counts).filter(|(_, count)| *count > 0) {
            match found.iter_mut().find(|finding| finding.label == label) {
                Some(finding) => finding.count += count,
                None => found.push(Finding { label, count }),
            }
        }
        (current, found)
    }

    /// How many rules there are. Its owner's come first: they say more of a place than the table.
    fn rules(&self) -> usize {
        self.own.len() + PATTERNS.len()
    }

    fn label(&self, rule: usize) -> Cow<'static, str> {
        match self.own.get(rule) {
            Some(own) => Cow::Owned(own.name().to_owned()),
            None => Cow::Borrowed(PATTERNS[rule - self.own.len()].label),
        }
    }

    fn rewrite(&self, text: &str, spans: &[Span]) -> String {
        let mut out = String::with_capacity(text.len());
        let mut kept = 0;
        for span in spans {
            out.push_str(&text[kept..span.range.start]);
            out.extend(["[redacted:", &self.label(span.rule), "]"]);
            kept = span.range.end;
        }
        out.push_str(&text[kept..]);
        out
    }

    /// The places to replace, in order and apart from each other.
    fn scan(&self, text: &str, rows: &[usize]) -> Vec<Span> {
        // Markers already there are walls: nothing that touches one is a secret any more.
        let walls: Vec<_> = MARKER.find_iter(text).map(|m| m.range()).collect();
        let mut spans = Vec::new();
        for (rule, own) in self.own.iter().enumerate() {
            spans.extend(own.find(text, &walls).into_iter().map(|range| Span { range, rule }));
        }
        for &row in rows {
            let mut ranges = of_row(row, text, &walls);
            ranges.retain(|range| !touches(&walls, range));
            spans.extend(ranges.into_iter().map(|range| Span { range, rule: self.own.len() + row }));
        }
        merged(spans)
    }
}

/// What a row of the table finds.
fn of_row(row: usize, text: &str, walls: &[Range<usize>]) -> Vec<Range<usize>> {
    let grouped = |expression, accept: fn(&str) -> bool| -> Vec<Range<usize>> {
        let found = compiled(row, expression).captures_iter(text).filter_map(|found| found.get(1));
        found.filter(|secret| accept(head(secret.as_str()))).map(|secret| secret.range()).collect()
    };
    match PATTERNS[row].find {
        Find::Group(expression, accept) => grouped(expression, accept),
        Find::Beside(names, expression, accept) => {
            let mut found = grouped(expression, accept);
            found.retain(|token| compiled_before(row, names).is_match(line_before(text, token.start)));
            found
        }
        Find::Pem(markers) => pem::blocks(text, compiled(row, markers)),
        Find::Labelled(keys, accept) => label::values(text, compiled(row, keys), walls, accept),
    }
}

/// What stands before `at` in its line, as far as it matters.
fn line_before(text: &str, at: usize) -> &str {
    let mut start = at.saturating_sub(BESIDE);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let near = &text[start..at];
    near.rsplit('\n').next().unwrap_or(near)
}

/// Joins spans that overlap; the most specific rule gives the joint its label.
fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| span.range.start);
    let mut apart: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match apart.last_mut() {
            Some(last) if span.range.start < last.range.end => {
                last.range.end = last.range.end.max(span.range.end);
                last.rule = last.rule.min(span.rule);
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
