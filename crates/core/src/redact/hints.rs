//! Which rows of the table are worth trying on a text: one pass for the beginnings of all their hints.
//! Knows no secret, and nothing of what a row does with a text.
//! Invariant: the rows are those whose hints the text matches, no more and no fewer.
//!
//! A set of expressions does the same in one pass, at 160 MB/s: so many beginnings make it fall back to an automaton that
//! follows failure links at each byte (`redact::speed` times both).

use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, StartKind};
use regex::Regex;
use regex_syntax::hir::literal::Extractor;

use super::judge::constant;
use super::patterns::PATTERNS;

/// So much of a beginning is looked for, in bytes: longer ones are rarer, and make the automaton larger.
const LENGTH: usize = 4;
/// So many beginnings a hint may have at most: a letter in either case makes two of one.
const BEGINNINGS: usize = 400;

/// The beginnings of every hint, and whose each is.
struct Beginnings {
    automaton: AhoCorasick,
    /// By pattern of the automaton.
    rows: Vec<usize>,
}

static BEGINNINGS_OF_ALL: LazyLock<Beginnings> = LazyLock::new(Beginnings::of_all);

/// The hints' expressions, each compiled when one of its beginnings is first seen.
static COMPILED: LazyLock<Vec<OnceLock<Regex>>> = LazyLock::new(|| PATTERNS.iter().map(|_| OnceLock::new()).collect());

/// The rows whose hints stand in `text`, in the order of the table.
pub(super) fn rows(text: &str) -> Vec<usize> {
    let all = &*BEGINNINGS_OF_ALL;
    let mut begun: Vec<usize> = Vec::new();
    for found in all.automaton.find_overlapping_iter(text) {
        let row = all.rows[found.pattern().as_usize()];
        if !begun.contains(&row) {
            begun.push(row);
        }
    }
    begun.sort_unstable();
    begun.retain(|&row| COMPILED[row].get_or_init(|| constant(PATTERNS[row].hint)).is_match(text));
    begun
}

impl Beginnings {
    fn of_all() -> Self {
        let mut literals = Vec::new();
        let mut rows = Vec::new();
        for (row, pattern) in PATTERNS.iter().enumerate() {
            let found = beginnings(pattern.hint);
            rows.extend(std::iter::repeat_n(row, found.len()));
            literals.extend(found);
        }
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .start_kind(StartKind::Unanchored)
            .prefilter(false)
            .build(&literals);
        Self { automaton: automaton.expect("the hints are constant and tested"), rows }
    }
}

/// What every match of `hint` begins with one of.
fn beginnings(hint: &str) -> Vec<Vec<u8>> {
    let hir = regex_syntax::parse(hint).expect("the hints are constant and tested");
    let mut found = Extractor::new().limit_literal_len(LENGTH).limit_total(BEGINNINGS).extract(&hir);
    found.dedup();
    let literals = found.literals().expect("a hint begins with one of a few words");
    literals.iter().map(|literal| literal.as_bytes().to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use regex::RegexSet;

    use super::super::samples;
    use super::*;

    #[test]
    fn every_hint_begins_with_something() {
        for pattern in PATTERNS.iter() {
            let shortest = beginnings(pattern.hint).iter().map(Vec::len).min();
            assert!(shortest >= Some(2), "{}: {:?}", pattern.label, beginnings(pattern.hint));
        }
    }

    #[test]
    fn rows_are_what_a_set_of_all_hints_finds() {
        let set = RegexSet::new(PATTERNS.iter().map(|row| row.hint)).expect("compiles");
        let check = |text: &str| assert_eq!(rows(text), set.matches(text).iter().collect::<Vec<_>>(), "{text}");
        let mut met = 0;
        for sample in samples::all() {
            met += rows(&sample.text).len();
            check(&sample.text);
            check(&sample.text.to_uppercase());
            check(&sample.text.to_lowercase());
        }
        assert!(met > PATTERNS.len());
        for text in
            ["", "ask the task on disk", "PassWord, toKEN, кey", "пароль Пароль ПАРОЛЬ 密码 パスワード SKabc SKABC"]
        {
            check(text);
        }
    }
}
