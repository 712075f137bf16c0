//! `quipu lease`: what was typed.
//! It must not know what a lease allows.
//! Invariant: help texts name the default of each flag that has one.

use std::ffi::OsString;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct LeaseArgs {
    #[command(subcommand)]
    pub(crate) wanted: Option<Lease>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Lease {
    /// What is held and waited for (the same as `quipu lease`).
    List(ListArgs),
    /// Hold a name or files until they are released, or nobody renews them.
    Acquire(AcquireArgs),
    /// Let a lease last from now on; what an agent's session holds is renewed by what it does.
    Renew(RenewArgs),
    /// Give a lease back.
    Release(ReleaseArgs),
    /// Say whether a token is that of a lease which is held now; the exit code says it too.
    Check(TargetArgs),
    /// Look before each commit of this repository whether others have leased what it changes.
    #[command(subcommand)]
    Guard(Guard),
    /// Run a command while holding a name or files; whoever waits comes in the order of asking.
    Run(RunArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Guard {
    /// Put it into the repository's hook, beside what is there.
    Install,
    /// Take it out again; what else is there stays.
    Uninstall,
    /// Look now: 1 where a lease refuses what is about to be committed, 0 else.
    Check,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only this name [default: all].
    pub(crate) name: Option<String>,
    /// Only what has files in common with this path or pattern (several times).
    #[arg(long = "path", value_name = "PATTERN")]
    pub(crate) paths: Vec<String>,
    /// Only what this agent's session holds.
    #[arg(long)]
    pub(crate) mine: bool,
}

/// What is asked for.
#[derive(Debug, Args)]
pub(crate) struct WantArgs {
    /// A name that everybody on this machine means the same by: `build`, `port:3000`, `gpu`.
    #[arg(required_unless_present = "paths", conflicts_with = "paths")]
    pub(crate) name: Option<String>,
    /// Files: a path with all below it, or a pattern with `*`, `?` and `**` (several times).
    #[arg(long = "path", value_name = "PATTERN")]
    pub(crate) paths: Vec<String>,
    /// Of files: together with others who share them.
    #[arg(long, requires = "paths")]
    pub(crate) shared: bool,
    /// Of files: other sessions' agents are kept from editing them [default: they are told].
    #[arg(long, requires = "paths")]
    pub(crate) deny: bool,
    /// How many may hold the name at once [default: as many as before, or 1].
    #[arg(long, value_name = "N", conflicts_with = "paths")]
    pub(crate) permits: Option<u32>,
    /// How many of these permits are taken [default: 1].
    #[arg(long, value_name = "N", conflicts_with = "paths")]
    pub(crate) take: Option<u32>,
    /// Why; others are told.
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AcquireArgs {
    #[command(flatten)]
    pub(crate) want: WantArgs,
    /// How long it lasts unless renewed, 5s to 7d [default: 30m].
    #[arg(long, value_name = "TIME")]
    pub(crate) ttl: Option<String>,
    /// Wait so long for it [default: not at all].
    #[arg(long, value_name = "TIME")]
    pub(crate) wait: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) want: WantArgs,
    /// Wait so long for it, 0s for not at all [default: as long as it takes].
    #[arg(long, value_name = "TIME")]
    pub(crate) wait: Option<String>,
    /// The command; it finds the token in QUIPU_LEASE_TOKEN.
    #[arg(last = true, required = true)]
    pub(crate) command: Vec<OsString>,
}

/// Which lease.
#[derive(Debug, Args)]
pub(crate) struct TargetArgs {
    /// The name.
    #[arg(required_unless_present = "paths", conflicts_with = "paths")]
    pub(crate) name: Option<String>,
    /// Or the files, as they were asked for (several times).
    #[arg(long = "path", value_name = "PATTERN")]
    pub(crate) paths: Vec<String>,
    /// The token that it was given with [default: the asker's own lease].
    #[arg(long, value_name = "N")]
    pub(crate) token: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct RenewArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// How long it lasts from now on [default: as long as it was asked for].
    #[arg(long, value_name = "TIME")]
    pub(crate) ttl: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ReleaseArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// Whoever has it; an agent may not.
    #[arg(long)]
    pub(crate) force: bool,
}
