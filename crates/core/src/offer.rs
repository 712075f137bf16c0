//! What a hook's answer was: lines with the reason for each, or silence with its own.
//! It must not know how a line is laid out, nor where it is written down.
//! Invariant: nothing of it is a text that was asked or shown; only words that question and memory share.

use crate::id::MemoryId;

/// Why an agent was given nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Silence {
    /// No memory matches, or none that is not known to the session.
    NothingFound,
    /// Some match, none well enough.
    WeakEvidence,
    /// What was worth it did not fit the budget.
    NoRoom,
    /// The session was told of this file before, or of as many as it is told of.
    ToldAlready,
    /// The session goes on with a context of its own.
    OwnContext,
    /// The host's own prompt, not a person's.
    Machine,
    /// Recalling is paused.
    Paused,
    /// There was an answer, and whoever asked had given up.
    Late,
}

impl Silence {
    /// All of them.
    pub const ALL: [Silence; 8] = [
        Silence::NothingFound,
        Silence::WeakEvidence,
        Silence::NoRoom,
        Silence::ToldAlready,
        Silence::OwnContext,
        Silence::Machine,
        Silence::Paused,
        Silence::Late,
    ];

    /// The word in the store and at every door.
    pub fn as_str(self) -> &'static str {
        match self {
            Silence::NothingFound => "nothing_found",
            Silence::WeakEvidence => "weak_evidence",
            Silence::NoRoom => "no_room",
            Silence::ToldAlready => "told_already",
            Silence::OwnContext => "own_context",
            Silence::Machine => "machine",
            Silence::Paused => "paused",
            Silence::Late => "late",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|silence| silence.as_str() == name)
    }

    /// The same for people.
    pub fn in_words(self) -> &'static str {
        match self {
            Silence::NothingFound => "nothing found",
            Silence::WeakEvidence => "too little speaks for what was found",
            Silence::NoRoom => "nothing that fits the budget",
            Silence::ToldAlready => "told of already",
            Silence::OwnContext => "the session has its own context",
            Silence::Machine => "the host's own prompt",
            Silence::Paused => "paused",
            Silence::Late => "no answer in time",
        }
    }
}

/// Why a line was chosen.
#[derive(Debug, Clone, PartialEq)]
pub enum Why {
    /// It matches what was asked.
    Matches {
        /// What decided the order; comparable within one answer only.
        score: f32,
        /// Share of the question's IDF that it holds, 0–1.
        idf_share: f32,
        /// Share of the question's weight that it answers, synonyms in part, 0–1.
        coverage: f32,
        /// Cosine of its meaning to the question's.
        cosine: f32,
        /// Words of the question that it holds, rarest first.
        matched: Vec<String>,
    },
    /// It belongs to this part of a briefing.
    Section(String),
    /// It is about this file, which is about to be edited.
    File(String),
}

/// One line that an agent was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The memory.
    pub memory: MemoryId,
    /// The revision that was shown.
    pub revision: u32,
    /// What the line costs, estimated.
    pub tokens: usize,
    /// Its bytes.
    pub bytes: usize,
    /// Why it is there.
    pub why: Why,
    /// Whether the session was shown an earlier revision.
    pub again: Again,
}

/// Whether a line repeats a memory that has changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// The session has not seen it.
    No,
    /// It has, as it was before.
    Changed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_silence_reads_back() {
        assert!(Silence::ALL.into_iter().all(|silence| Silence::parse(silence.as_str()) == Some(silence)));
        assert_eq!(Silence::parse("loud"), None);
    }
}
