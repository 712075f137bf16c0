//! The closed list of what a memory can be.
//! It must not know how a kind is found in a transcript or drawn on a terminal.
//! Invariant: `Kind::parse(k.as_str()) == Some(k)` for every kind; codes never change meaning.

/// What a memory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// What a person asked.
    Prompt = 1,
    /// What an agent answered.
    Answer = 2,
    /// What an agent reasoned, with the output that followed.
    Thought = 3,
    /// A summary written at a compaction.
    Checkpoint = 4,
    /// What a tool did that is worth keeping: an error, a test result, files changed.
    Outcome = 5,
    /// What one session, or a person, wrote to another.
    Message = 6,
    /// A choice and its reason.
    Decision = 10,
    /// A rule that the project keeps.
    Convention = 11,
    /// Something that was tried and must not be again.
    AntiPattern = 12,
    /// A thing learnt; what `save` writes unless told otherwise.
    Insight = 13,
    /// Something that may go wrong.
    Risk = 14,
    /// A question left open.
    OpenThread = 15,
    /// A pointer to something outside.
    Reference = 16,
    /// How somebody likes things done.
    Preference = 17,
    /// A dated note.
    Journal = 18,
    /// Something to be done; it has a status.
    WorkItem = 19,
}

impl Kind {
    /// Every kind, in the order in which help texts list them.
    pub const ALL: [Kind; 16] = [
        Kind::Prompt,
        Kind::Answer,
        Kind::Thought,
        Kind::Checkpoint,
        Kind::Outcome,
        Kind::Message,
        Kind::Decision,
        Kind::Convention,
        Kind::AntiPattern,
        Kind::Insight,
        Kind::Risk,
        Kind::OpenThread,
        Kind::Reference,
        Kind::Preference,
        Kind::Journal,
        Kind::WorkItem,
    ];

    /// The name used at every door and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Prompt => "prompt",
            Kind::Answer => "answer",
            Kind::Thought => "thought",
            Kind::Checkpoint => "checkpoint",
            Kind::Outcome => "outcome",
            Kind::Message => "message",
            Kind::Decision => "decision",
            Kind::Convention => "convention",
            Kind::AntiPattern => "anti_pattern",
            Kind::Insight => "insight",
            Kind::Risk => "risk",
            Kind::OpenThread => "open_thread",
            Kind::Reference => "reference",
            Kind::Preference => "preference",
            Kind::Journal => "journal",
            Kind::WorkItem => "work_item",
        }
    }

    /// The kind of that name, if there is one.
    pub fn parse(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| k.as_str() == name)
    }

    /// The kind with this code.
    pub fn of_code(code: u8) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| *k as u8 == code)
    }

    /// Written by hand (or by an agent on purpose) rather than captured from a session.
    pub fn is_written(self) -> bool {
        self as u8 >= Kind::Decision as u8
    }

    /// Whether it may be put before an agent that did not ask: what tools said is not, and a message goes to those it is
    /// for, as such.
    pub fn is_recalled(self) -> bool {
        !matches!(self, Kind::Outcome | Kind::Message)
    }

    /// Whether somebody may write one: what is written, and a checkpoint, which a compaction writes too.
    pub fn is_by_hand(self) -> bool {
        self.is_written() || self == Kind::Checkpoint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
            assert_eq!(Kind::of_code(kind as u8), Some(kind));
        }
        assert_eq!(Kind::parse("Prompt"), None);
        assert!(Kind::Decision.is_written());
        assert!(!Kind::Message.is_written() && !Kind::Message.is_recalled() && Kind::Answer.is_recalled());
        assert!(!Kind::Checkpoint.is_written() && Kind::Checkpoint.is_by_hand() && !Kind::Answer.is_by_hand());
    }
}
