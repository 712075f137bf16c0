//! `quipu mirror` with its forms.
//! It must not know the daemon or files.
//! Invariant: help texts name the default of each flag that has one.

use std::path::PathBuf;

use clap::Subcommand;

use super::Scope;

#[derive(Debug, Subcommand)]
pub(crate) enum Mirror {
    /// Keep a folder from now on: notes become files in it, and files that change or come become notes.
    Add {
        /// The folder; made if it is not there.
        dir: PathBuf,
        #[command(flatten)]
        scope: Scope,
        /// Only this kind (several times) [default: everything that is written on purpose].
        #[arg(long = "kind", value_name = "KIND")]
        kinds: Vec<String>,
        /// Take files that are there already, too, without asking.
        #[arg(long)]
        yes: bool,
    },
    /// Name the folders that are kept, and how they stand.
    List,
    /// Look at a folder now [default: at every one].
    Sync {
        /// The folder.
        dir: Option<PathBuf>,
        /// Do what it asks for, too.
        #[arg(long)]
        yes: bool,
        /// Write files again that are gone, in place of archiving their memories.
        #[arg(long)]
        write_gone: bool,
    },
    /// Keep a folder no longer; its files stay, and so do the memories.
    Remove {
        /// The folder.
        dir: PathBuf,
    },
}
