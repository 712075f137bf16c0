//! Tells sentences and Markdown that a tool returned.
//! It must not know who wrote them.
//! Invariant: words are counted, in any script; a line of symbols is no sentence.

use super::sample::Sample;

pub(super) fn is_prose(sample: &Sample<'_>) -> bool {
    let headed = sample.lines.iter().any(|line| line.starts_with("# ") || line.starts_with("## "));
    sample.share(if headed { 30 } else { 50 }, is_sentence)
}

fn is_sentence(line: &str) -> bool {
    let words = line.trim().trim_start_matches(['-', '*', '>', '#', ' ']);
    let letters = words.chars().filter(|c| c.is_alphabetic()).count();
    let all = words.chars().filter(|c| !c.is_whitespace()).count();
    // Scripts without spaces have sentences of one "word".
    let beyond = words.chars().filter(|c| !c.is_ascii()).count();
    let long_enough = words.split_whitespace().count() >= 5 || beyond >= 8;
    long_enough && letters * 100 >= all * 80
}
