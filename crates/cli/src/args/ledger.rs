//! What can be typed after `quipu why`, `quipu hush` and `quipu stats`.
//! It must not know what agents were shown.
//! Invariant: help texts name the default of each flag that has one.

use clap::Args;

use super::Scope;

#[derive(Debug, Args)]
pub(crate) struct WhyArgs {
    /// A memory: every time that it was put before an agent [default: what agents were given last here].
    pub(crate) id: Option<String>,
    /// So many of the newest [default: 20 for a memory, else 1].
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "1")]
    pub(crate) last: Option<usize>,
    /// Only this session of an agent [of a session, --last is 20].
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    pub(crate) session: Option<String>,
    /// Only at this event: prompt, start or edit [default: prompt and start; of a session, all].
    #[arg(long, value_parser = ["prompt", "start", "edit"], conflicts_with = "id")]
    pub(crate) event: Option<String>,
    #[command(flatten)]
    pub(crate) scope: Scope,
}

#[derive(Debug, Args)]
pub(crate) struct HushArgs {
    /// The memory [default: list those that are hushed here].
    pub(crate) id: Option<String>,
    /// Put it before agents again.
    #[arg(long, requires = "id")]
    pub(crate) undo: bool,
    #[command(flatten)]
    pub(crate) scope: Scope,
}

#[derive(Debug, Args)]
pub(crate) struct StatsArgs {
    /// What agents were shown, and what they used of it, in place of what is remembered.
    #[arg(long)]
    pub(crate) injections: bool,
    /// Not before: 2h, 3d, yesterday, 2026-09-01 [default: all that is kept].
    #[arg(long, value_name = "WHEN", requires = "injections")]
    pub(crate) since: Option<String>,
    /// So many memories in each list [default: 5].
    #[arg(long, value_name = "N", requires = "injections")]
    pub(crate) top: Option<usize>,
    /// Only this project, by name or path [default: every project].
    #[arg(long, requires = "injections")]
    pub(crate) project: Option<String>,
}
