//! Claude Code: its transcripts, its hooks, and its settings.
//! It must not know where turns go or what a hook is answered with beyond its form.
//! Invariant: one constant names the agent everywhere.

pub mod hook;
pub mod install;
pub mod transcript;

/// The name under which Claude Code's sessions are kept.
pub const AGENT: &str = "claude-code";
