//! What was typed after `backup` and `restore`.
//! It must not know the daemon, files or the terminal.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// A file that is not there yet [default: one in the data directory, where the newest five are kept].
    pub(crate) file: Option<PathBuf>,
    /// Verify the copies in the data directory and show them, and make none.
    #[arg(long, conflicts_with = "file")]
    pub(crate) list: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The copy.
    pub(crate) file: PathBuf,
    /// Ask the daemon to stop first [default: refuse while one runs].
    #[arg(long)]
    pub(crate) stop: bool,
}
