//! Tells stack traces from logs that mention one.
//! It must not know lines of traces; `crate::trace` does.
//! Invariant: a frame alone is no trace: there are two, or a frame and a cause.

use super::sample::Sample;
use crate::trace::{Part, part};

/// Lines that belong to a trace, and whether there is one at all.
struct Found {
    lines: usize,
    is_trace: bool,
}

/// Half of the lines are a trace's.
pub(super) fn is_mostly_trace(sample: &Sample<'_>) -> bool {
    let found = find(sample);
    found.is_trace && found.lines * 2 >= sample.lines.len()
}

/// A quarter of the lines are a trace's, in a text that is no log by itself.
pub(super) fn has_trace(sample: &Sample<'_>) -> bool {
    let found = find(sample);
    found.is_trace && found.lines * 4 >= sample.lines.len()
}

fn find(sample: &Sample<'_>) -> Found {
    let (mut lines, mut frames, mut causes) = (0, 0, 0);
    let mut after_frame = false;
    for line in &sample.lines {
        let part = part(line);
        // Python shows a frame's source below it, deeper.
        let source = after_frame && part.is_none() && line.starts_with("    ");
        lines += usize::from(part.is_some() || source);
        frames += usize::from(part == Some(Part::Frame));
        causes += usize::from(matches!(part, Some(Part::Cause | Part::Exception)));
        after_frame = part == Some(Part::Frame);
    }
    Found { lines, is_trace: frames >= 2 || (frames >= 1 && causes >= 1) || is_panic(sample) }
}

/// A Rust panic without a backtrace is a trace of one place.
fn is_panic(sample: &Sample<'_>) -> bool {
    sample.lines.iter().take(5).any(|line| line.starts_with("thread '") && line.contains(" panicked at "))
        && sample.lines.len() < 10
}
