//! What was typed to take memories out.
//! It must not know files or formats.
//! Invariant: help texts name the default of each flag that has one.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{AsOf, Scope};

#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// One Markdown file per memory, made to be kept in git: again, only what has changed is written (docs/export.md).
    Markdown {
        /// The folder; made if it is not there.
        dir: PathBuf,
        #[command(flatten)]
        part: Part,
        #[command(flatten)]
        then: AsOf,
        /// Remove files of an earlier export whose memories are no longer in it; never what somebody has changed.
        #[arg(long)]
        prune: bool,
        /// Write over files that somebody has changed, too [default: they are kept and named].
        #[arg(long)]
        overwrite: bool,
    },
    /// One memory a line, as JSON, with all that is kept of it; `quipu import jsonl` takes it back.
    Jsonl {
        /// The file; `-` is standard output.
        file: PathBuf,
        #[command(flatten)]
        part: Part,
        /// What each memory was before, too.
        #[arg(long)]
        history: bool,
    },
    /// One page that needs nothing else, to be read in a browser, on a phone or on paper.
    Html {
        /// The file; `-` is standard output.
        file: PathBuf,
        #[command(flatten)]
        part: Part,
        #[command(flatten)]
        then: AsOf,
        /// At most so many memories, the newest.
        #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(1..))]
        limit: u64,
    },
}

/// What of it.
#[derive(Debug, Args)]
pub(crate) struct Part {
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// Only this kind (several times).
    #[arg(long = "kind", value_name = "KIND")]
    pub(crate) kinds: Vec<String>,
    /// Archived and superseded memories too.
    #[arg(long)]
    pub(crate) include_archived: bool,
    /// Private memories too.
    #[arg(long)]
    pub(crate) include_private: bool,
}
