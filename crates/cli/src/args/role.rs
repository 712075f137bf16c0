//! `quipu role`: what was typed.
//! It must not know what a role allows.
//! Invariant: help texts name the default of each flag that has one.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct RoleArgs {
    #[command(subcommand)]
    pub(crate) wanted: Option<Role>,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Role {
    /// Who has which role (the same as `quipu role`).
    List(PlaceArgs),
    /// Take a role that nobody has; or, by force, from whoever has it.
    Take(TakeArgs),
    /// Give a role up, with a note for whoever takes it next.
    Give(GiveArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
    /// A project by name or path [default: the one of this directory].
    #[arg(long, conflicts_with = "all")]
    pub(crate) project: Option<String>,
    /// Every project.
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TakeArgs {
    /// The role: `prime`.
    pub(crate) role: String,
    /// Only if it is at this epoch still; of two who take it at one, one gets it.
    #[arg(long, value_name = "N")]
    pub(crate) if_epoch: Option<u64>,
    /// From whoever has it.
    #[arg(long, requires = "reason")]
    pub(crate) force: bool,
    /// Why; whoever loses it is told.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// How long it is held unless renewed, which all that a session does does [default: 30m].
    #[arg(long, value_name = "TIME")]
    pub(crate) ttl: Option<String>,
    /// A project by name or path [default: the one of this directory].
    #[arg(long)]
    pub(crate) project: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct GiveArgs {
    /// The role.
    pub(crate) role: String,
    /// What the next one has to know; it is kept as a memory.
    #[arg(long)]
    pub(crate) note: Option<String>,
    /// Whoever has it; an agent may not.
    #[arg(long)]
    pub(crate) force: bool,
    /// A project by name or path [default: the one of this directory].
    #[arg(long)]
    pub(crate) project: Option<String>,
}
