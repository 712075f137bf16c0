//! The part of a text that its class is told from: lines of its beginning and its end, as a terminal shows them.
//! It must not know any class.
//! Invariant: no line is blank, and all together are at most `SAMPLE_HEAD + SAMPLE_TAIL` bytes.

use crate::limits::{SAMPLE_HEAD, SAMPLE_TAIL};
use crate::plain::{head, is_numbered, line_number, overwritten, tail, without_ansi};

/// What the checks look at.
pub(super) struct Sample<'s> {
    /// Beginning and end as they came.
    pub(super) raw: [&'s str; 2],
    /// Lines that are not blank, without escapes, line numbers and what was overwritten.
    pub(super) lines: Vec<&'s str>,
    /// How many bytes the whole text has.
    pub(super) bytes: usize,
    /// Whether a reading tool numbered the lines.
    pub(super) numbered: bool,
}

impl Sample<'_> {
    /// Hands `look` a sample of `text`; the lines live as long as the call.
    pub(super) fn with<T>(text: &str, look: impl FnOnce(&Sample<'_>) -> T) -> T {
        let raw = if text.len() > SAMPLE_HEAD + SAMPLE_TAIL {
            [head(text, SAMPLE_HEAD), tail(text, SAMPLE_TAIL)]
        } else {
            [text, ""]
        };
        let plain = raw.map(without_ansi);
        let numbered = is_numbered(&plain[0]);
        let shown = |line| {
            let line: &str = overwritten(line);
            let number = if numbered { line_number(line).unwrap_or(0) } else { 0 };
            &line[number..]
        };
        let lines = plain.iter().flat_map(|part| part.lines()).map(shown).filter(|line| !line.trim().is_empty());
        let lines = lines.collect();
        look(&Sample { raw, lines, bytes: text.len(), numbered })
    }

    /// How many lines are so.
    pub(super) fn count(&self, is_so: impl Fn(&str) -> bool) -> usize {
        self.lines.iter().filter(|line| is_so(line)).count()
    }

    /// Whether at least `percent` of the lines are so; no lines are nothing.
    pub(super) fn share(&self, percent: usize, is_so: impl Fn(&str) -> bool) -> bool {
        let all = self.lines.len();
        // Most texts are not so, and their first lines tell.
        let mut others = all * (100 - percent) / 100 + 1;
        !self.lines.iter().any(|line| {
            others -= usize::from(!is_so(line));
            others == 0
        }) && all > 0
    }

    pub(super) fn first(&self) -> &str {
        self.lines.first().copied().unwrap_or("")
    }

    pub(super) fn last(&self) -> &str {
        self.lines.last().copied().unwrap_or("")
    }
}
