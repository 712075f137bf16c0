//! Tells what kind of text a text is: who spoke decides, and for a tool what the text looks like, then what it ran.
//! It must not know what becomes of a class.
//! Invariant: it looks at a sample of bounded size, so a text of 16 MB costs what one of 80 KB does.

mod code;
mod config;
mod diff;
mod hint;
mod listing;
mod log;
mod noise;
mod prose;
mod sample;
mod trace;

use crate::class::{Class, Source};
use hint::{Hint, Kind};
use sample::Sample;

/// The class of `text`, which came from `source`.
pub fn classify(text: &str, source: Source<'_>) -> Class {
    match source {
        Source::User => Class::UserMessage,
        Source::Assistant => Class::AssistantText,
        Source::Thinking => Class::Thinking,
        Source::Tool { name, command, path } => {
            Sample::with(text, |sample| of_tool(sample, &Hint::of(name, command, path)))
        }
    }
}

/// What is certain comes first, then what the hint makes likely, then what the text makes likely.
fn of_tool(sample: &Sample<'_>, hint: &Hint) -> Class {
    if noise::is_noise(sample) {
        return Class::Noise;
    }
    if let Some(class) = hint.file {
        return if log::is_complaint(sample) { Class::BuildLog } else { class };
    }
    if diff::is_diff(sample) {
        return Class::Diff;
    }
    if trace::is_mostly_trace(sample) {
        return Class::StackTrace;
    }
    if config::is_json(sample) {
        return Class::Config;
    }
    match hint.kind {
        Some(Kind::Log) => return Class::BuildLog,
        Some(Kind::Listing) => return Class::DirListing,
        Some(Kind::Diff) => return Class::Diff,
        Some(Kind::Prose) => return Class::AssistantText,
        None => {}
    }
    by_looks(sample)
}

/// Whether a sample looks like something.
type Look = fn(&Sample<'_>) -> bool;

fn by_looks(sample: &Sample<'_>) -> Class {
    let looks: [(Look, Class); 7] = [
        (log::is_log, Class::BuildLog),
        (trace::has_trace, Class::StackTrace),
        (code::is_search_result, Class::Code),
        (listing::is_listing, Class::DirListing),
        (config::is_config, Class::Config),
        (code::is_code, Class::Code),
        (prose::is_prose, Class::AssistantText),
    ];
    // What a program printed and nobody recognises is kept as a log is: its beginning and its end.
    looks.into_iter().find(|(looks_so, _)| looks_so(sample)).map_or(Class::BuildLog, |(_, class)| class)
}

#[cfg(test)]
mod tests;
