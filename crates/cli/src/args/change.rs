//! What can be typed after `quipu update`.
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
    /// Another kind: decision, convention, anti_pattern, insight, risk, open_thread, reference, preference, journal.
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
}
