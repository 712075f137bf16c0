//! Masks a long text to its head, its tail, and the lines between that tell an outcome.
//! It must not know which lines tell something.
//! Invariant: a masked text has at most head + tail + outcome lines of the text, and every gap says how long it is.

use std::borrow::Cow;

use super::telling::Telling;
use crate::limits::{ERROR_CONTEXT, LEAST_GAP, MASKED_LINE};
use crate::plain::{head, overwritten, without_ansi};

/// How much is kept.
pub(super) struct Bounds {
    pub(super) head: usize,
    pub(super) tail: usize,
    pub(super) outcome: usize,
    pub(super) tells: fn(&str) -> Option<Telling>,
}

/// The masked text, and how many lines of it are left out. Escapes go, and what a carriage return overwrote.
pub(super) fn mask<'t>(text: &'t str, bounds: &Bounds) -> (Cow<'t, str>, usize) {
    let plain = without_ansi(text);
    let lines: Vec<&str> = plain.lines().map(overwritten).collect();
    let long = lines.len() >= bounds.head + bounds.tail + LEAST_GAP;
    let changed =
        matches!(plain, Cow::Owned(_)) || text.contains('\r') || lines.iter().any(|line| line.len() > MASKED_LINE);
    if !long && !changed {
        return (Cow::Borrowed(text), 0);
    }
    let kept = if long { kept_lines(&lines, bounds) } else { vec![true; lines.len()] };
    write(&lines, &kept, text.ends_with('\n'))
}

/// Which lines are kept.
fn kept_lines(lines: &[&str], bounds: &Bounds) -> Vec<bool> {
    let middle = bounds.head..lines.len() - bounds.tail;
    let mut kept = vec![true; lines.len()];
    kept[middle.clone()].fill(false);
    let mut telling = Vec::new();
    let mut warnings = Vec::new();
    let mut context = 0;
    for at in middle {
        match (bounds.tells)(lines[at]) {
            Some(Telling::Error) => context = ERROR_CONTEXT + 1,
            Some(Telling::Verdict) => context = context.max(1),
            Some(Telling::Warning) if context == 0 => warnings.push(at),
            _ => {}
        }
        if context > 0 && !lines[at].trim().is_empty() {
            telling.push(at);
        }
        context = context.saturating_sub(1);
    }
    // The first errors are causes, the last ones are what it came to; those between repeat.
    let last = bounds.outcome / 3;
    if telling.len() > bounds.outcome {
        telling.drain(bounds.outcome - last..telling.len() - last);
    }
    telling.iter().chain(warnings.iter().take(bounds.outcome - telling.len())).for_each(|&at| kept[at] = true);
    keep_short_gaps(&mut kept);
    kept
}

/// The line that counts a gap must be shorter than the gap.
fn keep_short_gaps(kept: &mut [bool]) {
    for run in kept.chunk_by_mut(|a, b| a == b) {
        if run.len() < LEAST_GAP {
            run.fill(true);
        }
    }
}

fn write(lines: &[&str], kept: &[bool], ends_line: bool) -> (Cow<'static, str>, usize) {
    let mut out = String::new();
    let (mut gap, mut left_out) = (0, 0);
    for (line, kept) in lines.iter().zip(kept) {
        if !kept {
            gap += 1;
            continue;
        }
        close(&mut out, &mut gap, &mut left_out);
        out.push_str(head(line, MASKED_LINE));
        if line.len() > MASKED_LINE {
            out.push_str(&format!(" … {} bytes left out …", line.len() - head(line, MASKED_LINE).len()));
        }
        out.push('\n');
    }
    close(&mut out, &mut gap, &mut left_out);
    if !ends_line {
        out.pop();
    }
    (Cow::Owned(out), left_out)
}

/// Says how many lines a gap left out.
fn close(out: &mut String, gap: &mut usize, left_out: &mut usize) {
    if *gap > 0 {
        out.push_str(&format!("… {gap} lines left out …\n"));
        *left_out += std::mem::take(gap);
    }
}
