//! What can be typed after `quipu send`, `inbox`, `ack`, `reply` and `thread`.
//! It must not know who is there.
//! Invariant: help texts name the default of each flag that has one.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct SendArgs {
    /// A session (`claude-code/1f2e3d4c`, or how its id begins), `role:NAME`, `project`, `project:NAME`, `all`, or `user`.
    pub(crate) to: String,
    /// The text; `-` reads it from standard input.
    #[arg(required = true)]
    pub(crate) text: Vec<String>,
    #[command(flatten)]
    pub(crate) how: How,
}

#[derive(Debug, Args)]
pub(crate) struct ReplyArgs {
    /// The message's id.
    pub(crate) id: String,
    /// The text; `-` reads it from standard input.
    #[arg(required = true)]
    pub(crate) text: Vec<String>,
    /// To somebody else than who wrote it.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) how: How,
}

/// How a message is sent.
#[derive(Debug, Args)]
pub(crate) struct How {
    /// A subject.
    #[arg(long)]
    pub(crate) subject: Option<String>,
    /// low, normal, high or urgent [default: normal].
    #[arg(long, value_name = "WORD")]
    pub(crate) importance: Option<String>,
    /// Ask whoever gets it to say that he has taken it in hand (`quipu ack`).
    #[arg(long)]
    pub(crate) ack: bool,
    /// Keep it for a session that has left until that comes back, or for a role until somebody takes it.
    #[arg(long)]
    pub(crate) wait: bool,
    /// Give it up after so long: 30m, 2h, 3d [default: a week].
    #[arg(long, value_name = "TIME")]
    pub(crate) expires: Option<String>,
    /// A name of your own for this message: sent again under it, it is the same message.
    #[arg(long, value_name = "NAME")]
    pub(crate) key: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct InboxArgs {
    /// What was shown and needs no answer too, the newest.
    #[arg(long)]
    pub(crate) all: bool,
    /// What you sent, and what became of it, newest first.
    #[arg(long, conflicts_with_all = ["all", "thread", "session"])]
    pub(crate) sent: bool,
    /// Only this thread: its id, or any message's of it.
    #[arg(long, value_name = "ID")]
    pub(crate) thread: Option<String>,
    /// Look into a session's mailbox, `agent/id`, without taking anything out of it.
    #[arg(long, value_name = "SESSION")]
    pub(crate) session: Option<String>,
    /// Wait so long for a message where there is none: 30s, 5m [default: do not wait].
    #[arg(long, value_name = "TIME", conflicts_with_all = ["all", "sent"])]
    pub(crate) wait: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 10)]
    pub(crate) limit: usize,
}

#[derive(Debug, Args)]
pub(crate) struct AckArgs {
    /// Ids of messages.
    #[arg(required = true)]
    pub(crate) ids: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ThreadArgs {
    /// The thread's id, or any message's of it.
    pub(crate) id: String,
    /// At most so many, the newest.
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: usize,
}
