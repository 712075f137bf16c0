//! What can be typed after `quipu work`, `link` and `unlink`.
//! It must not know what a status allows.
//! Invariant: help texts name the default of each flag that has one.

use clap::{Args, Subcommand};

use super::Scope;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct WorkArgs {
    #[command(subcommand)]
    pub(crate) wanted: Option<Work>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

/// Which work items are listed.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// What is done or dropped too.
    #[arg(long)]
    pub(crate) closed: bool,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: usize,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Work {
    /// List open items by priority and due date: the same as `quipu work`.
    List(ListArgs),
    /// Write down something that is to be done.
    Add(AddArgs),
    /// Begin one, or take up again what was done or dropped.
    Start {
        /// The item's id.
        id: String,
    },
    /// Say that it waits: for other memories, or for what no memory stands for.
    Block {
        /// The item's id.
        id: String,
        /// What has to end first (several times) [default: nothing that quipu knows of].
        #[arg(long, value_name = "ID")]
        by: Vec<String>,
        /// Why; `quipu history` shows it.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Take its blockers away; it goes on where it was.
    Unblock {
        /// The item's id.
        id: String,
    },
    /// It is done. What only waited for it is unblocked.
    Done(EndArgs),
    /// It will not be done. What only waited for it is unblocked.
    Drop(EndArgs),
    /// Say when it is due.
    Due {
        /// The item's id.
        id: String,
        /// today, tomorrow, friday, 3d, 2026-12-01, a timestamp, or none.
        #[arg(required = true)]
        when: Vec<String>,
    },
    /// Show one whole, with its links.
    Show {
        /// The item's id.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// What is to be done; `-` reads it from standard input.
    #[arg(required = true)]
    pub(crate) text: Vec<String>,
    /// A short title.
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// proposed, planned, active or blocked [default: planned].
    #[arg(long)]
    pub(crate) status: Option<String>,
    /// critical, high, medium, low, backlog, or 1 to 5 [default: medium].
    #[arg(long, short)]
    pub(crate) priority: Option<String>,
    /// When it is due: today, tomorrow, friday, 3d, 2026-12-01.
    #[arg(long, value_name = "WHEN")]
    pub(crate) due: Option<String>,
    /// The item that it is a part of.
    #[arg(long, value_name = "ID")]
    pub(crate) parent: Option<String>,
    /// What has to end first (several times).
    #[arg(long, value_name = "ID")]
    pub(crate) blocked_by: Vec<String>,
    /// A file that it is about (several times).
    #[arg(long = "file", value_name = "PATH")]
    pub(crate) files: Vec<String>,
    /// A word to file it under (several times).
    #[arg(long = "keyword", value_name = "WORD")]
    pub(crate) keywords: Vec<String>,
    /// For every project, not only for this one.
    #[arg(long)]
    pub(crate) global: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EndArgs {
    /// The item's id.
    pub(crate) id: String,
    /// Its open parts with it.
    #[arg(long)]
    pub(crate) with_children: bool,
    /// Why, or how it came out; `quipu history` shows it.
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct LinkArgs {
    /// The id of one memory.
    pub(crate) id: String,
    /// What it is to the other: relates_to, depends_on, blocks, part_of, needed_by, blocked_by, has_part.
    pub(crate) relation: String,
    /// The id of the other.
    pub(crate) to: String,
}
