//! What changes between two texts, line by line, in the form that `diff -u` made known.
//! It must not know what the texts are.
//! Invariant: the lines with `-` and without a mark are the old text, those with `+` and without a mark the new one,
//! but for very long ones, which are cut.

use std::collections::VecDeque;

/// Unchanged lines that are shown round a change.
const CONTEXT: usize = 3;
/// Beyond so many changed lines the rest is shown as taken out whole and put in whole.
const MOST_CHANGES: usize = 1_000;
/// Longest line that is shown whole, in characters.
const LONG: usize = 300;

/// What a line of a diff is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Where a stretch stands: `@@ … @@`.
    Place,
    Same,
    Out,
    In,
}

/// One line of a diff, without its mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) mark: Mark,
    pub(super) text: String,
}

impl Line {
    /// The line with its mark.
    pub(super) fn marked(&self) -> String {
        let mark = match self.mark {
            Mark::Place => "",
            Mark::Same => " ",
            Mark::Out => "-",
            Mark::In => "+",
        };
        format!("{mark}{}", self.text)
    }
}

/// The stretches that differ, with some lines round each.
pub(super) fn diff(before: &str, after: &str) -> Vec<Line> {
    let (old, new) = (lines(before), lines(after));
    let steps = steps(&old, &new);
    let mut shown = Vec::new();
    let mut at = 0;
    while let Some(from) = (at..steps.len()).find(|step| steps[*step].0 != Mark::Same) {
        // A stretch goes on as long as less than two contexts lie between its changes.
        let mut to = from;
        while let Some(next) = (to + 1..steps.len().min(to + 2 * CONTEXT + 2)).find(|s| steps[*s].0 != Mark::Same) {
            to = next;
        }
        let (start, end) = (from.saturating_sub(CONTEXT), (to + CONTEXT + 1).min(steps.len()));
        shown.extend(stretch(&steps, start..end));
        at = to + 1;
    }
    shown
}

/// A step through both texts: what it does, and the line.
type Step<'t> = (Mark, &'t str);

fn stretch(steps: &[Step<'_>], range: std::ops::Range<usize>) -> Vec<Line> {
    let count = |steps: &[Step<'_>], not: Mark| steps.iter().filter(|(mark, _)| *mark != not).count();
    let side = |sign: char, not: Mark| {
        let (before, inside) = (count(&steps[..range.start], not), count(&steps[range.clone()], not));
        format!("{sign}{},{inside}", if inside == 0 { before } else { before + 1 })
    };
    let place = format!("@@ {} {} @@", side('-', Mark::In), side('+', Mark::Out));
    let mut lines = vec![Line { mark: Mark::Place, text: place }];
    for at in range {
        let (mark, text) = steps[at];
        let partner = match mark {
            Mark::Out => steps.get(at + 1).filter(|next| next.0 == Mark::In),
            Mark::In => at.checked_sub(1).map(|before| &steps[before]).filter(|before| before.0 == Mark::Out),
            _ => None,
        };
        lines.push(Line { mark, text: cut(text, partner.map(|partner| partner.1)) });
        if !text.ends_with('\n') {
            lines.push(Line { mark: Mark::Place, text: "\\ No newline at end of file".to_owned() });
        }
    }
    lines
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// A line fit to be shown: without its end, and where it is very long only the part in which it differs.
fn cut(line: &str, partner: Option<&str>) -> String {
    let shown = |c: char| if c.is_control() && c != '\t' { '\u{fffd}' } else { c };
    let line = line.trim_end_matches(['\n', '\r']);
    if line.chars().count() <= LONG {
        return line.chars().map(shown).collect();
    }
    let partner = partner.unwrap_or_default();
    let same = line.chars().zip(partner.chars()).take_while(|(a, b)| a == b).count().saturating_sub(CONTEXT * 10);
    let part: String = line.chars().skip(same).take(LONG).map(shown).collect();
    let is_end = same + LONG >= line.chars().count();
    format!("{}{part}{}", if same > 0 { "…" } else { "" }, if is_end { "" } else { "…" })
}

/// The way from `old` to `new`: what both begin and end with stays, the rest by the fewest changes.
fn steps<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Step<'t>> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_core, new_core) = (&old_rest[..old_rest.len() - tail], &new_rest[..new_rest.len() - tail]);
    let core = fewest(old_core, new_core).unwrap_or_else(|| {
        let out = old_core.iter().map(|line| (Mark::Out, *line));
        out.chain(new_core.iter().map(|line| (Mark::In, *line))).collect()
    });
    let same = |lines: &[&'t str]| lines.iter().map(|line| (Mark::Same, *line)).collect::<Vec<_>>();
    [same(&old[..head]), core, same(&old_rest[old_rest.len() - tail..])].concat()
}

/// The fewest changes (Myers, "An O(ND) difference algorithm"); nothing where they are too many.
///
/// `reach[k]` is how far into `old` one gets on diagonal `k` (place in old less place in new) with `d` changes.
fn fewest<'t>(old: &[&'t str], new: &[&'t str]) -> Option<Vec<Step<'t>>> {
    let most = (old.len() + new.len()).min(MOST_CHANGES);
    let offset = most + 1;
    let mut reach = vec![0usize; 2 * most + 3];
    let mut trace = Vec::new();
    for d in 0..=most {
        trace.push(reach[offset - d..=offset + d].to_vec());
        for k in (offset - d..=offset + d).step_by(2) {
            let down = k == offset - d || (k != offset + d && reach[k - 1] < reach[k + 1]);
            let mut x = if down { reach[k + 1] } else { reach[k - 1] + 1 };
            while let Some(y) = (x + offset).checked_sub(k)
                && x < old.len()
                && y < new.len()
                && old[x] == new[y]
            {
                x += 1;
            }
            reach[k] = x;
            if x == old.len() && x + offset == k + new.len() {
                return Some(backwards(&trace, old, new));
            }
        }
    }
    None
}

/// Walks the trace from its end to its beginning.
fn backwards<'t>(trace: &[Vec<usize>], old: &[&'t str], new: &[&'t str]) -> Vec<Step<'t>> {
    let mut steps = VecDeque::new();
    let (mut x, mut y) = (old.len(), new.len());
    for d in (1..trace.len()).rev() {
        // In the row of `d` changes diagonal 0 stands at `d`; it holds what was reached with one change less.
        let row = |k: isize| usize::try_from(k + d.cast_signed()).ok().and_then(|at| trace[d].get(at)).copied();
        let k = x.cast_signed() - y.cast_signed();
        let is_down = k == -d.cast_signed() || (k != d.cast_signed() && row(k - 1) < row(k + 1));
        let from_k = if is_down { k + 1 } else { k - 1 };
        let from_x = row(from_k).unwrap_or_default();
        let from_y = from_x.saturating_add_signed(-from_k);
        while x > from_x && y > from_y {
            (x, y) = (x - 1, y - 1);
            steps.push_front((Mark::Same, old[x]));
        }
        if is_down {
            y -= 1;
            steps.push_front((Mark::In, new[y]));
        } else {
            x -= 1;
            steps.push_front((Mark::Out, old[x]));
        }
    }
    while x > 0 {
        x -= 1;
        steps.push_front((Mark::Same, old[x]));
    }
    steps.into()
}

#[cfg(test)]
mod tests;
