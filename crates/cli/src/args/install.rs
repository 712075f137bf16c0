//! What was typed after `install` and `uninstall`.
//! It must not know the daemon, files or the terminal.

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct InstallArgs {
    /// The agent.
    pub(crate) agent: Agent,
    /// Show what would change, and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Say whether it is installed and current (exit code 1: it is not), and write nothing.
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) check: bool,
    /// Only for this project, in its settings for this machine [default: for every project].
    #[arg(long)]
    pub(crate) project: bool,
    /// Without the line that an agent gets before it edits a file.
    #[arg(long)]
    pub(crate) no_file_notes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UninstallArgs {
    /// The agent.
    pub(crate) agent: Agent,
    /// Show what would change, and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Out of this project's settings for this machine [default: out of those for every project].
    #[arg(long)]
    pub(crate) project: bool,
}

/// A coding agent that quipu can connect.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Agent {
    ClaudeCode,
}
