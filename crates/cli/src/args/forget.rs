//! What was typed after `forget` and `redact`.
//! It must not know the daemon, files or the terminal.

use clap::{Args, Subcommand};

/// Everything named beside ids narrows it: `--project P --before DATE` is what is older of P.
#[derive(Debug, Args)]
pub(crate) struct ForgetArgs {
    /// Memories by their ids (`quipu search … --json` gives them).
    pub(crate) ids: Vec<String>,
    /// An agent's session by its id, with its subagents'.
    #[arg(long, value_name = "ID")]
    pub(crate) session: Option<String>,
    /// A project by name or path; `.` is the one of this directory.
    #[arg(long)]
    pub(crate) project: Option<String>,
    /// What was read from this transcript.
    #[arg(long, value_name = "PATH")]
    pub(crate) source: Option<String>,
    /// What happened before: 30d, yesterday, 2026-09-01.
    #[arg(long, value_name = "WHEN")]
    pub(crate) before: Option<String>,
    /// What says this, letter by letter: in text, title or keyword, now or in an earlier revision.
    #[arg(long = "match", value_name = "TEXT")]
    pub(crate) text: Option<String>,
    /// Remove backups and other copies in the data directory that hold any of it too [default: they are only named].
    #[arg(long)]
    pub(crate) backups: bool,
    /// The code that was shown: forgets without asking once more [default: it is asked for on the terminal].
    #[arg(long, value_name = "CODE")]
    pub(crate) confirm: Option<String>,
    /// Show what was forgotten, as counts and dates, and forget nothing.
    #[arg(long, conflicts_with_all = ["ids", "session", "project", "source", "before", "text", "backups", "confirm"])]
    pub(crate) list: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Redact {
    /// Look through everything that is stored with today's patterns, and change nothing.
    Scan,
    /// Replace what is found, in text, title, keywords and earlier revisions, for good.
    Apply {
        /// Only in these memories [default: in all where a scan finds something].
        ids: Vec<String>,
        /// The code that was shown: replaces without asking once more [default: it is asked for on the terminal].
        #[arg(long, value_name = "CODE")]
        confirm: Option<String>,
    },
}
