//! Cuts a text into chunks at its own structure: headings, files of a diff, causes of a trace, items of code.
//! It must not know what a chunk is used for.
//! Invariant: chunks tile the text without gap or overlap on character boundaries, and hold at most `MAX_TOKENS`
//! estimated tokens each; a stack trace of at most `TRACE_TOKENS` is one chunk all the same ("traces whole").

mod code;
mod diff;
mod lines;
mod markdown;
mod pack;
mod trace;

use std::ops::Range;

use crate::class::Class;
use crate::language::Language;
use crate::limits::{MAX_TOKENS, TRACE_TOKENS};

/// A place where a text may be cut. The lowest rank is cut at first; higher ones only inside what is still too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cut {
    at: usize,
    rank: u16,
}

/// The chunks of `text` in order. An empty text has one empty chunk, so that it can still be found by its title.
///
/// `language` is that of the whole text, where it is code; fenced code names its own.
pub fn chunks(text: &str, class: Class, language: Option<Language>) -> Vec<Range<usize>> {
    let whole = if class == Class::StackTrace { TRACE_TOKENS } else { MAX_TOKENS };
    if pack::fits(text, whole) {
        return std::iter::once(0..text.len()).collect();
    }
    let cuts = match class {
        Class::UserMessage | Class::AssistantText | Class::Thinking => markdown::cuts(text),
        Class::Code => code::cuts(text, language),
        Class::Config => lines::by_indentation(text),
        Class::StackTrace => trace::cuts(text),
        Class::Diff => diff::cuts(text),
        Class::BuildLog | Class::DirListing => lines::by_paragraph(text),
        Class::Noise => Vec::new(),
    };
    pack::pack(text, cuts)
}

#[cfg(test)]
mod tests;
