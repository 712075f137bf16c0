//! What of a text is worth keeping: what was said and written whole, logs and listings by their ends, noise not at all.
//! It must not know where it is kept.
//! Invariant: what is left out is counted where it stood, so that no reader takes a part for the whole.

mod mask;
mod telling;

use std::borrow::Cow;

use crate::class::Class;
use crate::limits::{LISTING_HEAD, LISTING_TAIL, LOG_HEAD, LOG_OUTCOME, LOG_TAIL};
use mask::Bounds;

/// What is kept of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept<'t> {
    /// The text that is kept; borrowed where nothing was changed.
    pub text: Cow<'t, str>,
    /// How many bytes the whole text has.
    pub bytes: usize,
    /// How many lines were left out.
    pub left_out: usize,
}

/// What of `text` is kept if it is of that class.
pub fn keep(class: Class, text: &str) -> Kept<'_> {
    let (kept, left_out) = match class {
        Class::UserMessage
        | Class::AssistantText
        | Class::Thinking
        | Class::Code
        | Class::StackTrace
        | Class::Diff
        | Class::Config => (Cow::Borrowed(text), 0),
        Class::BuildLog => mask::mask(text, &LOG),
        Class::DirListing => mask::mask(text, &LISTING),
        Class::Noise => (Cow::Borrowed(""), text.lines().count()),
    };
    Kept { text: kept, bytes: text.len(), left_out }
}

const LOG: Bounds = Bounds { head: LOG_HEAD, tail: LOG_TAIL, outcome: LOG_OUTCOME, tells: telling::in_log };
const LISTING: Bounds =
    Bounds { head: LISTING_HEAD, tail: LISTING_TAIL, outcome: LISTING_TAIL, tells: telling::in_listing };

#[cfg(test)]
mod tests;
