//! Where a text may come from; the kinds of text there are stand in core, for they are stored by name.
//! It must not know how a kind is told.
//! Invariant: what is told apart by its source alone needs no look at the text.

pub use quipu_core::class::Class;

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
