//! What of a tool's result is worth keeping: errors, test results, changes of files. The rest is passed over.
//! It must not know records or messages.
//! Invariant: redacted before it is masked or cut; bounded, whatever the tool said.

use serde_json::value::RawValue;

use quipu_core::class::Class;
use quipu_core::fence;
use quipu_core::turn::SkipReason;
use quipu_structure::{Outcome, Verdict, classify, keep, may_be_trace, outcome_of};

use super::record::Hunk;
use super::tool::Call;
use super::{diff, frames, text};
use crate::Privacy;

/// At most so much is kept of one result, in bytes: what is longer keeps its beginning and its end.
const MOST: usize = 8 << 10;
/// What says how much was left out has room beside it, so that what was cut once is not cut again.
const GAP: usize = 64;

/// How the host's own notices begin: the agent misused a tool, or a person said no.
const NOTICES: [&str; 9] = [
    "<tool_use_error>",
    "The user doesn't want to",
    "[Request interrupted by user",
    "File has not been read yet",
    "File does not exist",
    "File has been modified since",
    "String to replace not found",
    "Claude requested permissions",
    "Permission to use ",
];
/// All that is kept of a change of a denied file.
const NOT_KEPT: &str = "(changed; what stands in it is not kept)";
/// Before the words that a person gave with a no.
const REASON: &str = "the user said:";

/// What becomes of a result.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// It is a memory.
    Kept(Kept),
    /// It is counted.
    Passed(SkipReason),
}

/// What is kept of one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) class: Class,
    pub(super) text: String,
    pub(super) files: Vec<String>,
}

/// Whether a tool went well, as its result says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Well,
    Badly,
}

/// Weighs a result of `call`.
pub(super) fn weigh(
    call: &Call,
    content: &RawValue,
    (ended, patch): (Ended, &[Hunk]),
    cwd: Option<&str>,
    privacy: &Privacy,
) -> Worth {
    // What quipu itself answered is in memory already.
    if call.ours {
        return Worth::Passed(SkipReason::OwnText);
    }
    // A subagent's report stands in its own transcript.
    if call.delegates {
        return Worth::Passed(SkipReason::NotKept);
    }
    if let (Some(change), Ended::Well, true) = (&call.change, ended, call.is_denied) {
        return Worth::Kept(Kept { class: Class::Diff, text: NOT_KEPT.to_owned(), files: vec![change.path.clone()] });
    }
    if call.is_denied {
        return Worth::Passed(SkipReason::Denied);
    }
    if let (Some(change), Ended::Well) = (&call.change, ended) {
        let changed = if patch.is_empty() { change.diff.clone() } else { diff::of_hunks(patch, privacy) };
        let text = capped(fence::strip(&changed).into_owned());
        return Worth::Kept(Kept { class: Class::Diff, text, files: vec![change.path.clone()] });
    }
    // What a tool found is not an outcome; what a command printed may be one.
    if ended == Ended::Well && call.command.is_none() {
        return Worth::Passed(SkipReason::NotKept);
    }
    let said = text::of_result(content);
    let said = fence::strip(&said);
    let told = match ended {
        Ended::Badly => None,
        // Most commands tell nothing, and that is seen sooner than what their output is.
        Ended::Well => match (outcome_of(&said).filter(tells), may_be_trace(&said)) {
            (None, false) => return Worth::Passed(SkipReason::NotKept),
            (told, _) => told,
        },
    };
    let class = classify(&said, call.source());
    if class == Class::Noise || (ended == Ended::Badly && is_notice(&said)) {
        return Worth::Passed(SkipReason::Noise);
    }
    let failed = match (ended, class, told) {
        (Ended::Badly, ..) | (Ended::Well, Class::StackTrace, _) => true,
        (Ended::Well, Class::BuildLog, Some(told)) => told.verdict == Verdict::Failed,
        (Ended::Well, ..) => return Worth::Passed(SkipReason::NotKept),
    };
    if privacy.is_denied_in_output(&said, cwd) {
        return Worth::Passed(SkipReason::Denied);
    }
    let safe = privacy.redact(&said);
    let text = capped(keep(class, &safe).text.trim_end().to_owned());
    let files = if failed { frames::files(&text, cwd.unwrap_or("")) } else { Vec::new() };
    Worth::Kept(Kept { class, text, files })
}

/// Of a command that went well: a build that broke behind a pipe, or tests that were counted.
fn tells(outcome: &Outcome) -> bool {
    outcome.passed.is_some() || outcome.failed.is_some() || outcome.verdict == Verdict::Failed
}

/// Whether it says no more than that a tool was not used well, or a bare number.
fn is_notice(said: &str) -> bool {
    let said = said.trim();
    let said = said.strip_prefix("Error: ").unwrap_or(said);
    let is_bare = said.strip_prefix("Exit code ").is_some_and(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
    is_bare || said.is_empty() || (NOTICES.iter().any(|notice| said.starts_with(notice)) && !said.contains(REASON))
}

/// `text`, or its beginning and its end with the number of bytes between.
pub(super) fn capped(text: String) -> String {
    if text.len() <= MOST + GAP {
        return text;
    }
    let line_end = |at: usize| text.as_bytes()[..at].iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
    let head = floor(&text, line_end(MOST * 2 / 3).max(MOST / 3));
    let rest = floor(&text, text.len() - MOST / 3);
    let tail = text[rest..].find('\n').map_or(rest, |at| rest + at + 1);
    format!("{}\n… {} bytes left out …\n{}", &text[..head], tail - head, &text[tail..])
}

/// The nearest boundary of a character at or before `at`.
pub(super) fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
#[path = "outcome/tests.rs"]
mod tests;
