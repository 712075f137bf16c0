//! Which lines tell an outcome and are therefore kept out of the middle of a long text.
//! It must not know how many are kept.
//! Invariant: a name that contains "error" tells nothing, nor does a count of none.

use crate::outcome::{Verdict, verdict};

/// How much a line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Telling {
    /// Worth keeping if there is room.
    Warning,
    /// A verdict by itself.
    Verdict,
    /// A failure whose next lines say where and why.
    Error,
}

/// Beginnings of lines that name what is worked on, whatever it is called.
const WORK: [&str; 9] = [
    "Compiling ",
    "Checking ",
    "Downloading ",
    "Downloaded ",
    "Installing ",
    "Unpacking ",
    "Selecting ",
    "Fresh ",
    "Collecting ",
];

/// In a log.
pub(super) fn in_log(line: &str) -> Option<Telling> {
    let words = line.trim();
    if WORK.iter().any(|work| words.starts_with(work)) || is_good(words) {
        return None;
    }
    match verdict(words) {
        Some(Verdict::Passed) => return Some(Telling::Verdict),
        Some(Verdict::Failed) => return Some(Telling::Error),
        None => {}
    }
    let mut found = None;
    let mut before = "";
    for word in words.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '=' | '\\'))) {
        let word = word.trim_end_matches('.');
        if !word.is_empty() {
            found = found.max(of_word(word).filter(|_| !matches!(before, "0" | "no" | "without")));
            before = word;
        }
    }
    found
}

/// In a listing, where names may say anything: only what the lister itself complains about.
pub(super) fn in_listing(line: &str) -> Option<Telling> {
    let ends = [": Permission denied", ": No such file or directory", ": Not a directory", ": Input/output error"];
    ends.iter().any(|end| line.ends_with(end)).then_some(Telling::Verdict)
}

fn is_good(words: &str) -> bool {
    words.ends_with("... ok") || words.ends_with(" PASSED") || words.starts_with("✓ ") || words.starts_with("--- PASS")
}

fn of_word(word: &str) -> Option<Telling> {
    let error = [
        "error",
        "errors",
        "err",
        "failed",
        "fail",
        "failure",
        "failures",
        "panicked",
        "panic",
        "fatal",
        "traceback",
        "assertion",
        "exception",
        "segfault",
        "sigsegv",
        "sigabrt",
        "sigkill",
        "oomkilled",
        "aborted",
        "undefined",
        "unresolved",
    ];
    let raised = ["Error", "Exception"].iter().any(|end| word.len() > end.len() && word.ends_with(end));
    if raised || error.iter().any(|known| word.eq_ignore_ascii_case(known)) {
        Some(Telling::Error)
    } else if ["warning", "warnings", "warn", "deprecated"].iter().any(|known| word.eq_ignore_ascii_case(known)) {
        Some(Telling::Warning)
    } else {
        None
    }
}
