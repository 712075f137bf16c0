//! Cuts of a text that is known by its lines alone: settings, logs, listings, code of an unknown language.
//! It must not know any syntax beyond blank lines, indentation and closing brackets.
//! Invariant: every cut is at the beginning of a line.

use super::Cut;
use crate::plain::{indentation, lines_at};

/// Columns beyond which indentation is no structure any more.
const DEEPEST: usize = 40;

/// Before lines that stand after a blank line, and before the others; less indented ones first.
pub(super) fn by_indentation(text: &str) -> Vec<Cut> {
    let mut cuts = Vec::new();
    let mut after_blank = false;
    for (at, line) in lines_at(text) {
        let words = line.trim_start();
        if words.is_empty() {
            after_blank = true;
            continue;
        }
        // A closing bracket belongs to what it closes.
        if !words.starts_with(['}', ')', ']']) {
            let column = indentation(line).min(DEEPEST);
            let rank = 2 * u16::try_from(column).unwrap_or(0) + u16::from(!after_blank);
            cuts.push(Cut { at, rank });
        }
        after_blank = false;
    }
    cuts
}

/// Before lines that stand after a blank line, then before every line that is not indented.
pub(super) fn by_paragraph(text: &str) -> Vec<Cut> {
    let mut cuts = Vec::new();
    let mut after_blank = false;
    for (at, line) in lines_at(text) {
        let blank = line.trim().is_empty();
        if !blank && (after_blank || !line.starts_with([' ', '\t'])) {
            cuts.push(Cut { at, rank: u16::from(!after_blank) });
        }
        after_blank = blank;
    }
    cuts
}
