//! How a test run or a build ended, told by its summary line.
//! It must not know what is kept of a log.
//! Invariant: one failure anywhere makes the whole a failure; counts are those that were told, never guessed.

mod runners;

use runners::{Told, Weight};

use crate::plain::{shown_lines, without_ansi};

/// Whether it went well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It did.
    Passed,
    /// It did not.
    Failed,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it went well.
    pub verdict: Verdict,
    /// Tests that passed, where that was told.
    pub passed: Option<u64>,
    /// Tests that failed, or errors that a compiler counted, where that was told.
    pub failed: Option<u64>,
    /// The line that tells it, without escapes: of several the last that failed, else the last.
    pub line: String,
}

/// The outcome that `text` tells of. Of a run in several parts the counts are added where each part tells its own.
pub fn outcome_of(text: &str) -> Option<Outcome> {
    let plain = without_ansi(text);
    let mut best: Option<(Told, &str)> = None;
    let mut broken: Option<&str> = None;
    for line in shown_lines(&plain).map(str::trim) {
        let Some(told) = runners::told(line) else { continue };
        if told.verdict == Verdict::Failed && told.weight > Weight::Exit {
            broken = Some(line);
        }
        best = Some(match best {
            Some((known, its_line)) if known.weight > told.weight => (known, its_line),
            Some((known, its_line)) if known.weight == told.weight => {
                let failed_before = known.verdict == Verdict::Failed && told.verdict == Verdict::Passed;
                (known.and(told), if failed_before { its_line } else { line })
            }
            _ => (told, line),
        });
    }
    let (told, line) = best?;
    let verdict = if broken.is_some() { Verdict::Failed } else { told.verdict };
    let line = if told.verdict == verdict { line } else { broken.unwrap_or(line) };
    Some(Outcome { verdict, passed: told.passed, failed: told.failed, line: line.to_owned() })
}

/// Whether a line sums up a run of tests or a build; an exit code alone does not.
pub(crate) fn is_summary(line: &str) -> bool {
    runners::told(line.trim()).is_some_and(|told| told.weight > Weight::Exit)
}

/// The verdict that one line tells, be it only by an exit code.
pub(crate) fn verdict(line: &str) -> Option<Verdict> {
    runners::told(line.trim()).map(|told| told.verdict)
}

#[cfg(test)]
mod tests;
