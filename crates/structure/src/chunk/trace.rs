//! Cuts of a stack trace that is too long to stay whole: between causes, then between frames.
//! It must not know how a trace is told from other text.
//! Invariant: the lines that explain a frame stay with it.

use super::Cut;
use crate::plain::lines_at;
use crate::trace::{Part, part};

/// Before every cause, and before every frame.
pub(super) fn cuts(text: &str) -> Vec<Cut> {
    let mut cuts = Vec::new();
    let mut lines = lines_at(text).peekable();
    while let Some((at, line)) = lines.next() {
        let rank = match part(line) {
            Some(Part::Cause) => 0,
            // Python names the exception below its frames, the others above.
            Some(Part::Exception) if lines.peek().is_some_and(|(_, next)| next.trim_start().starts_with("at ")) => 0,
            Some(Part::Frame) => 1,
            _ => continue,
        };
        cuts.push(Cut { at, rank });
    }
    cuts
}
