//! What can be typed after `quipu agents` and `quipu events`.
//! It must not know what a state is.
//! Invariant: help texts name the default of each flag that has one.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct AgentsArgs {
    #[command(subcommand)]
    pub(crate) wanted: Option<Agents>,
    #[command(flatten)]
    pub(crate) list: RosterArgs,
}

/// Which agents are listed.
#[derive(Debug, Args)]
pub(crate) struct RosterArgs {
    /// A project by name or path [default: the one of this directory].
    #[arg(long, conflicts_with = "all")]
    pub(crate) project: Option<String>,
    /// Every project.
    #[arg(long)]
    pub(crate) all: bool,
    /// Those too that have left within a day.
    #[arg(long)]
    pub(crate) left: bool,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: usize,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Agents {
    /// List who is here: the same as `quipu agents`.
    List(RosterArgs),
    /// Say what this session does, so that others see it.
    Task {
        /// What, in a line.
        #[arg(required_unless_present = "clear")]
        task: Vec<String>,
        /// Nothing any more.
        #[arg(long, conflicts_with = "task")]
        clear: bool,
        /// Whose session: its id, or enough of its beginning [default: the one that this shell belongs to].
        #[arg(long, value_name = "ID")]
        session: Option<String>,
    },
    /// Show one session whole.
    Show {
        /// Its id, or enough of its beginning.
        session: String,
    },
    /// Hold back what is sent to agents; memory goes on.
    Pause {
        #[command(flatten)]
        place: DeliveryPlace,
        /// For how long: 30m, 2h, 1d [default: until `quipu agents resume`].
        #[arg(long = "for", value_name = "TIME")]
        length: Option<String>,
    },
    /// Let it through again.
    Resume {
        #[command(flatten)]
        place: DeliveryPlace,
    },
}

/// Where delivery is held back.
#[derive(Debug, Args)]
pub(crate) struct DeliveryPlace {
    /// To this session: its id, or enough of its beginning.
    #[arg(long, value_name = "ID", conflicts_with_all = ["role", "project", "all"])]
    pub(crate) session: Option<String>,
    /// To whoever holds this role.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["project", "all"])]
    pub(crate) role: Option<String>,
    /// In a project by name or path [default: the one of this directory].
    #[arg(long, conflicts_with = "all")]
    pub(crate) project: Option<String>,
    /// To everybody; of `resume`: every pause.
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    /// Go on with what happens, until it is interrupted.
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// What came after this number, oldest first [default: the newest].
    #[arg(long, value_name = "N")]
    pub(crate) after: Option<u64>,
    /// Only this kind: joined, left, message, lease_granted, … (several times; docs/agents.md) [default: all].
    #[arg(long = "kind", value_name = "KIND")]
    pub(crate) kinds: Vec<String>,
    /// At most so many, before what happens from now on.
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: usize,
    /// A project by name or path [default: the one of this directory].
    #[arg(long, conflicts_with = "all")]
    pub(crate) project: Option<String>,
    /// Every project.
    #[arg(long)]
    pub(crate) all: bool,
}
