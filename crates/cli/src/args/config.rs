//! `quipu config` with its forms.
//! It must not know keys or files.
//! Invariant: what changes a file says which one.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Show every key with its value.
    Show {
        /// Say where each value comes from.
        #[arg(long)]
        origin: bool,
    },
    /// Show one value.
    Get {
        /// `section.name`, as `quipu config show` lists them.
        key: String,
    },
    /// Set a value in the user's file.
    Set {
        /// `section.name`.
        key: String,
        /// `150ms`, `600`, `true`; patterns as `'["~/private/**"]'`, or with `:` between them.
        value: String,
        /// In this project's file, .quipu.toml, which may only narrow.
        #[arg(long)]
        project: bool,
    },
    /// Take a value out of the user's file.
    Unset {
        /// `section.name`, or a name in the file that is no key.
        key: String,
        /// Out of this project's file.
        #[arg(long)]
        project: bool,
    },
    /// Show where the files are.
    Path,
}
