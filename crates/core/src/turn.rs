//! What a transcript parser hands on: one turn of a session, agent-neutral.
//! It must not know any agent's file format, nor how a turn is stored.
//! Invariant: `source_id` is the same for the same turn, whichever file repeats it.

use std::borrow::Cow;
use std::ops::Range;

use crate::class::Class;
use crate::id::Millis;
use crate::kind::Kind;

/// One thing said or thought in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The agent's own id of the record, with the part of it that this is.
    pub source_id: String,
    /// Parts of one message share a group; search shows the best of them.
    pub group: String,
    /// Prompt, answer, thought, checkpoint or outcome.
    pub kind: Kind,
    /// What kind of text the body is.
    pub class: Class,
    /// The text, not yet redacted.
    pub body: String,
    /// When the agent's record says it happened.
    pub occurred_at: Millis,
    /// The agent's session id.
    pub session: String,
    /// Working directory of the session at that moment.
    pub cwd: Option<String>,
    /// Git branch, where the agent recorded one.
    pub branch: Option<String>,
    /// Where in the transcript: byte range of the lines it was made from.
    pub bytes: Range<u64>,
    /// Sent by a program rather than typed by a person.
    pub origin: Speaker,
    /// Absolute paths of files: for an outcome those that it changed or that its error names, else those that its
    /// message changed.
    pub files: Vec<String>,
    /// The agent's own id of the subagent that said it; none for the session itself.
    pub subagent: Option<String>,
}

impl Turn {
    /// The name of the session that the turn is kept under: a subagent has one of its own, for its context is its own.
    pub fn session_name(&self) -> Cow<'_, str> {
        session_name(&self.session, self.subagent.as_deref())
    }
}

/// The name under which the session of a subagent of `session`, or that session itself, is kept.
pub fn session_name<'a>(session: &'a str, subagent: Option<&str>) -> Cow<'a, str> {
    match subagent {
        Some(subagent) => Cow::Owned(format!("{session}/{subagent}")),
        None => Cow::Borrowed(session),
    }
}

/// Who stands behind a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// A person at a prompt, or the agent answering one.
    Person,
    /// A program (an SDK call): kept, but not taken for a person's intent.
    Program,
    /// The host itself (a wake-up, a schedule): its words are not kept.
    Machine,
}

/// A record that was seen and not kept: what and where, never its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The record's type as the agent names it, or `unreadable`.
    pub record_type: String,
    /// Why it was not kept.
    pub reason: SkipReason,
    /// Byte range in the file.
    pub bytes: Range<u64>,
}

/// Why a record was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SkipReason {
    /// A type this version does not know: it may matter to a later one.
    Unknown,
    /// The line is not a JSON object.
    Unreadable,
    /// The line is longer than the bound on memory allows.
    TooLong,
    /// Text that quipu itself had put there.
    OwnText,
    /// Nothing that anybody will look for: empty results, a host's own notices.
    Noise,
    /// What a tool said on its way, and what stands elsewhere: files that were read, listings, a subagent's report.
    NotKept,
    /// Somebody marked it, and all of it, as private.
    Private,
    /// It shows what stands in a file of which nothing is kept.
    Denied,
}

impl SkipReason {
    /// The word for it in the store and in `stats`.
    pub fn as_str(self) -> &'static str {
        match self {
            SkipReason::Unknown => "unknown_type",
            SkipReason::Unreadable => "unreadable",
            SkipReason::TooLong => "too_long",
            SkipReason::OwnText => "own_text",
            SkipReason::Noise => "noise",
            SkipReason::NotKept => "not_kept",
            SkipReason::Private => "private",
            SkipReason::Denied => "denied",
        }
    }
}
