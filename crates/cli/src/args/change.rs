//! What can be typed after `quipu update`, `merge`, `aggregate` and `undo`.
//! It must not know what a memory allows.
//! Invariant: help texts name the default of each flag that has one.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct UpdateArgs {
    /// The memory's id.
    pub(crate) id: String,
    /// Another text in place of the one that is there; `-` reads it from standard input.
    #[arg(long, conflicts_with = "append", allow_hyphen_values = true)]
    pub(crate) text: Option<String>,
    /// A text to put behind the one that is there; `-` reads it from standard input.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) append: Option<String>,
    /// Another title; an empty one takes it away.
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Another kind: decision, convention, anti_pattern, insight, risk, open_thread, reference, preference, journal, checkpoint,
    /// work_item.
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// A word to file it under too (several times).
    #[arg(long = "keyword", value_name = "WORD")]
    pub(crate) keywords: Vec<String>,
    /// A word to file it under no more (several times).
    #[arg(long = "remove-keyword", value_name = "WORD")]
    pub(crate) remove_keywords: Vec<String>,
    /// Where it holds (several times): global, branch:NAME, area:NAME, file:PATH, session:ID.
    #[arg(long, value_name = "PLACE")]
    pub(crate) applies_to: Vec<String>,
    /// A file that it is about too (several times).
    #[arg(long = "add-file", value_name = "PATH")]
    pub(crate) add_files: Vec<String>,
    /// A file that it is about no more (several times).
    #[arg(long = "remove-file", value_name = "PATH")]
    pub(crate) remove_files: Vec<String>,
    /// A name in code that it is about too (several times).
    #[arg(long = "add-symbol", value_name = "NAME")]
    pub(crate) add_symbols: Vec<String>,
    /// A name in code that it is about no more (several times).
    #[arg(long = "remove-symbol", value_name = "NAME")]
    pub(crate) remove_symbols: Vec<String>,
    /// Of a work item: proposed, planned, active, blocked, done or dropped (see `quipu work`).
    #[arg(long)]
    pub(crate) status: Option<String>,
    /// Of a work item: critical, high, medium, low, backlog, or 1 to 5.
    #[arg(long)]
    pub(crate) priority: Option<String>,
    /// Of a work item: today, tomorrow, friday, 3d, 2026-12-01, or none.
    #[arg(long, value_name = "WHEN")]
    pub(crate) due: Option<String>,
    /// With `--status done` or `dropped`: its open parts with it.
    #[arg(long, requires = "status")]
    pub(crate) with_children: bool,
    /// Hold on to it.
    #[arg(long, conflicts_with = "unpin")]
    pub(crate) pin: bool,
    /// Let go of it.
    #[arg(long)]
    pub(crate) unpin: bool,
    /// For a person's eyes from now on: no agent is told of it, and no export has it.
    #[arg(long, conflicts_with = "no_private")]
    pub(crate) private: bool,
    /// For whoever sees its project.
    #[arg(long)]
    pub(crate) no_private: bool,
    /// How much it matters, 1 (hardly) to 5.
    #[arg(long, value_name = "N")]
    pub(crate) importance: Option<u8>,
    /// It holds from then on, and is not recalled before: 2026-09-01, a timestamp.
    #[arg(long, value_name = "WHEN")]
    pub(crate) valid_from: Option<String>,
    /// It holds no more from then on, and is not recalled any more.
    #[arg(long, value_name = "WHEN")]
    pub(crate) valid_to: Option<String>,
    /// Take away the bounds that it has, but for those that are given here.
    #[arg(long)]
    pub(crate) always_valid: bool,
    /// Hide it from searches and agents.
    #[arg(long, conflicts_with_all = ["restore", "supersede_with"])]
    pub(crate) archive: bool,
    /// Show it again, whatever hid it.
    #[arg(long, conflicts_with = "supersede_with")]
    pub(crate) restore: bool,
    /// Let this memory stand in its place.
    #[arg(long, value_name = "ID")]
    pub(crate) supersede_with: Option<String>,
    /// Why; `quipu history` shows it.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Only if it is at this revision (`quipu show` tells it).
    #[arg(long, value_name = "N")]
    pub(crate) if_revision: Option<u32>,
    /// The code of an answer that asked to be asked again.
    #[arg(long, value_name = "CODE")]
    pub(crate) confirm: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct MergeArgs {
    /// The memory that stays, with the keywords of all.
    pub(crate) keep: String,
    /// Those that stand behind it from now on.
    #[arg(required = true, value_name = "OTHER")]
    pub(crate) others: Vec<String>,
    /// Another text for the one that stays; `-` reads it from standard input [default: its own].
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) text: Option<String>,
    /// Why; `quipu history` shows it.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// The code of an answer that asked to be asked again.
    #[arg(long, value_name = "CODE")]
    pub(crate) confirm: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AggregateArgs {
    /// What the summary stands for: notes, or turns of sessions.
    #[arg(required = true, value_name = "ID")]
    pub(crate) ids: Vec<String>,
    /// The summary; `-` reads it from standard input.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) text: String,
    /// What it is, as in `quipu save`.
    #[arg(long, default_value = "insight")]
    pub(crate) kind: String,
    /// A short title.
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// A word to file it under (several times).
    #[arg(long = "keyword", value_name = "WORD")]
    pub(crate) keywords: Vec<String>,
    /// For every project [default: the one that all of them are of].
    #[arg(long)]
    pub(crate) global: bool,
    /// The code of an answer that asked to be asked again.
    #[arg(long, value_name = "CODE")]
    pub(crate) confirm: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct UndoArgs {
    /// The memory whose last change is meant [default: the last change that was made by hand in this project].
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) scope: super::Scope,
    /// Why; `quipu history` shows it.
    #[arg(long)]
    pub(crate) reason: Option<String>,
}
