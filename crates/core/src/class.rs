//! The closed list of what kind of text a text is.
//! It must not know how a class is found nor what is done with it.
//! Invariant: `Class::parse(c.as_str()) == Some(c)` for every class; names never change meaning.

use crate::kind::Kind;

/// What kind of text a memory's body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// What a person typed, whatever is in it.
    UserMessage,
    /// What an agent wrote for a person.
    AssistantText,
    /// What an agent reasoned.
    Thinking,
    /// Source text of a program.
    Code,
    /// An error with the calls that led to it.
    StackTrace,
    /// What a compiler, test runner or package manager printed.
    BuildLog,
    /// Names of files.
    DirListing,
    /// Changes of files.
    Diff,
    /// Settings.
    Config,
    /// Nothing that anybody will look for.
    Noise,
}

impl Class {
    /// Every class.
    pub const ALL: [Class; 10] = [
        Class::UserMessage,
        Class::AssistantText,
        Class::Thinking,
        Class::Code,
        Class::StackTrace,
        Class::BuildLog,
        Class::DirListing,
        Class::Diff,
        Class::Config,
        Class::Noise,
    ];

    /// The word in the store and at every door.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::UserMessage => "user_message",
            Class::AssistantText => "assistant_text",
            Class::Thinking => "thinking",
            Class::Code => "code",
            Class::StackTrace => "stack_trace",
            Class::BuildLog => "build_log",
            Class::DirListing => "dir_listing",
            Class::Diff => "diff",
            Class::Config => "config",
            Class::Noise => "noise",
        }
    }

    /// The class of what is said, written or summed up as a memory of `kind`; what a tool said has to be looked at.
    pub fn of_kind(kind: Kind) -> Self {
        match kind {
            Kind::Prompt => Class::UserMessage,
            Kind::Thought => Class::Thinking,
            _ => Class::AssistantText,
        }
    }

    /// The class of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        for class in Class::ALL {
            assert_eq!(Class::parse(class.as_str()), Some(class));
        }
        assert_eq!(Class::parse("Code"), None);
    }
}
