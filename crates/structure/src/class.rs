//! The kinds of text there are, by name, and where a text may come from.
//! It must not know how a kind is told.
//! Invariant: the names are stored by others, so a name that was given once keeps its meaning.

/// What kind of text a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// What a person typed.
    UserMessage,
    /// What an assistant said; also prose that a tool returned, which is read and cut like it.
    AssistantText,
    /// What an assistant thought.
    Thinking,
    /// Source code, and lines found in it.
    Code,
    /// Frames of a program that stopped, with its causes.
    StackTrace,
    /// What a compiler, a test runner, a package manager or a server said on its way.
    BuildLog,
    /// Names of files.
    DirListing,
    /// What changed in files.
    Diff,
    /// Settings and data: TOML, YAML, JSON, INI, `.env`.
    Config,
    /// Nothing a reader would miss: progress bars, acknowledgements, blobs, the empty text.
    Noise,
}

impl Class {
    /// Every class, in the order of their declaration.
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

    /// The name it is stored by.
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

    /// The class of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }
}

/// Where a text came from. Who spoke decides by itself; what a tool returned is decided by the text, with this help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// A person.
    User,
    /// An assistant, to be read.
    Assistant,
    /// An assistant, to itself.
    Thinking,
    /// A tool.
    Tool {
        /// The tool's name, as the agent calls it: `Bash`, `Read`, `Glob`.
        name: &'a str,
        /// The shell command it ran, if it ran one.
        command: Option<&'a str>,
        /// The file it looked at, if it looked at one.
        path: Option<&'a str>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_their_own_inverse_and_closed() {
        for class in Class::ALL {
            assert_eq!(Class::parse(class.as_str()), Some(class));
        }
        for unknown in ["", "Code", "code ", "prose"] {
            assert_eq!(Class::parse(unknown), None, "{unknown}");
        }
    }
}
