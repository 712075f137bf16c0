//! What was typed: every command with its flags and help, nothing of what they mean.
//! It must not know the daemon, files or the terminal.
//! Invariant: help texts name the default of each flag that has one.

pub(crate) mod change;
pub(crate) mod config;
pub(crate) mod export;
pub(crate) mod forget;
pub(crate) mod http;
pub(crate) mod import;
pub(crate) mod install;
pub(crate) mod ledger;
pub(crate) mod mail;
pub(crate) mod mirror;
pub(crate) mod repair;
pub(crate) mod work;

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand};

/// One memory and one meeting place for every coding agent on this machine.
#[derive(Debug, Parser)]
#[command(name = "quipu", version, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// Answer as JSON (shapes: docs/json.md).
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Another value for one setting, for this command (several times).
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    pub(crate) sets: Vec<String>,
    /// Open the data directory in this process, for this command, and start no daemon (for CI and containers; also
    /// QUIPU_NO_DAEMON=1). Refused while a daemon owns it.
    #[arg(long, global = true)]
    pub(crate) no_daemon: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Search what was said, decided and learnt.
    Search(SearchArgs),
    /// Show one memory whole, with where it came from.
    Show {
        /// The memory's id.
        id: String,
        #[command(flatten)]
        then: AsOf,
    },
    /// Show what happened, oldest first.
    Timeline(TimelineArgs),
    /// Remember something.
    Save(SaveArgs),
    /// Change what is remembered, archive it, show it again, or put another memory in its place.
    Update(Box<change::UpdateArgs>),
    /// Make several memories one: the others stand behind it, hidden.
    Merge(change::MergeArgs),
    /// Write a summary that stands for several memories, which are hidden.
    Aggregate(change::AggregateArgs),
    /// Take the last change back, whatever it touched; once more, and it is done again.
    Undo(change::UndoArgs),
    /// Show what a memory was before each change.
    History {
        /// The memory's id.
        id: String,
        #[command(flatten)]
        then: AsOf,
    },
    /// Show the session pack: where we stopped, open work, what is pinned, decisions, conventions (docs/context.md).
    Context {
        /// At most so many tokens, 50 to 2000 [default: the setting `recall.start_tokens`].
        #[arg(long, value_name = "N")]
        budget: Option<usize>,
        /// What is about to be done: what is known of it comes first.
        #[arg(long)]
        task: Option<String>,
        /// A project by name or path [default: the one of this directory].
        #[arg(long)]
        project: Option<String>,
    },
    /// List what is to be done, and change where it stands (docs/work.md).
    Work(work::WorkArgs),
    /// Say what one memory is to another.
    Link(work::LinkArgs),
    /// Take such a link away.
    Unlink(work::LinkArgs),
    /// Write to another session, a role, a project, or all who are here (docs/mail.md).
    Send(mail::SendArgs),
    /// Answer a message.
    Reply(mail::ReplyArgs),
    /// Read the messages of this session; from a plain terminal, yours.
    Inbox(mail::InboxArgs),
    /// Say that you have taken messages in hand.
    Ack(mail::AckArgs),
    /// Show a thread of messages, with who has seen what.
    Thread(mail::ThreadArgs),
    /// Forget memories for good: shows what would go, and asks (docs/forget.md).
    Forget(forget::ForgetArgs),
    /// Look for secrets in what is stored, and replace them.
    #[command(subcommand)]
    Redact(forget::Redact),
    /// Say what agents were shown, why, and whether they used it.
    Why(ledger::WhyArgs),
    /// Do not put a memory before agents in a project any more; searches find it all the same.
    Hush(ledger::HushArgs),
    /// Count what is remembered, and what was seen and not kept.
    Stats(ledger::StatsArgs),
    /// Read past sessions into memory (again: only what is new).
    Index {
        /// Transcripts or folders of them [default: Claude Code's own folder].
        paths: Vec<PathBuf>,
        /// Do not wait for the end.
        #[arg(long)]
        no_wait: bool,
    },
    /// Turn texts into vectors with quipu's model, so that other tools need none of their own.
    Embed {
        /// The texts [default: the lines of standard input].
        texts: Vec<String>,
        /// They are what is looked for, not what is to be found.
        #[arg(long)]
        query: bool,
    },
    /// Bring in what other programs remembered (docs/import.md); again: only what is new.
    Import(import::ImportArgs),
    /// Take memories out.
    #[command(subcommand)]
    Export(export::Export),
    /// Keep a folder of Markdown in a repository as memories are, both ways (docs/mirror.md).
    #[command(subcommand)]
    Mirror(mirror::Mirror),
    /// List projects, or make two into one.
    #[command(subcommand)]
    Project(Project),
    /// Stop recalling and keeping for a while.
    Pause {
        #[command(flatten)]
        place: Place,
        /// For how long: 30m, 2h, 1d [default: until `quipu resume`].
        #[arg(long = "for", value_name = "TIME")]
        length: Option<String>,
    },
    /// Go on after a pause.
    Resume {
        #[command(flatten)]
        place: Place,
    },
    /// Connect a coding agent: put quipu's hooks into its settings.
    Install(install::InstallArgs),
    /// Disconnect it: take them out again. What is remembered stays.
    Uninstall(install::UninstallArgs),
    /// Show and change settings (docs/config.md).
    #[command(subcommand)]
    Config(config::Config),
    /// Serve the API over loopback too, for what cannot open a Unix socket [default: say how it is].
    Http {
        #[command(subcommand)]
        wanted: Option<http::Http>,
    },
    /// Look for what is wrong, and say what mends it.
    Doctor {
        /// Mend what can be mended without losing anything, and say what was done.
        #[arg(long)]
        fix: bool,
    },
    /// Make a verified copy of everything that is remembered, while it is in use.
    Backup(repair::BackupArgs),
    /// Put such a copy in the place of what is remembered now, which is kept aside.
    Restore(repair::RestoreArgs),
    /// Start the daemon, if it is not there.
    Up,
    /// Stop the daemon; the next command starts it again.
    Down,
    /// Say how the daemon is.
    Status,
    /// Show the end of the daemon's log.
    Logs {
        /// So many lines.
        #[arg(short = 'n', long, default_value_t = 40)]
        lines: usize,
    },
    /// Run the daemon itself.
    #[command(subcommand)]
    Daemon(Daemon),
    /// Speak MCP on standard input and output, for the project of this directory (docs/mcp.md).
    Mcp {
        /// Another project's directory.
        #[arg(long, value_name = "DIR")]
        project: Option<PathBuf>,
        /// Which tools are shown: first, all, or connector [default: first, or all by `mcp.more_tools`].
        #[arg(long, value_name = "SET", value_parser = ["first", "all", "connector"])]
        tools: Option<String>,
    },
    /// Answer a hook of a coding agent (its payload on standard input).
    Hook {
        /// `claude-code`.
        agent: String,
    },
    /// Show the whole loop on bundled sample sessions, in a scratch home that is removed at the end.
    Demo,
}

#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// What to look for: words, an error code, a path [default: on a terminal, results as you type].
    pub(crate) query: Vec<String>,
    /// Results as you type, beginning with the query (docs/search.md).
    #[arg(short, long)]
    pub(crate) interactive: bool,
    /// At most so many hits [default: the setting `search.limit`; as you type, 50].
    #[arg(long)]
    pub(crate) limit: Option<usize>,
    #[command(flatten)]
    pub(crate) scope: Scope,
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// Hidden memories too: archived, superseded, aggregated, out of date.
    #[arg(long)]
    pub(crate) include_archived: bool,
    #[command(flatten)]
    pub(crate) then: AsOf,
    /// Say why each hit is there.
    #[arg(long)]
    pub(crate) explain: bool,
    /// Go by the words themselves, not by what is meant
    #[arg(long)]
    pub(crate) words_only: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TimelineArgs {
    /// Around this memory [default: the newest].
    pub(crate) around: Option<String>,
    /// At most so many, on either side of a memory.
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: usize,
    /// Go on with what is older, from where the answer before says.
    #[arg(long, conflicts_with = "around")]
    pub(crate) cursor: Option<String>,
    /// Only this session of an agent.
    #[arg(long)]
    pub(crate) session: Option<String>,
    /// Hidden memories too: archived, superseded, aggregated, out of date.
    #[arg(long)]
    pub(crate) include_archived: bool,
    #[command(flatten)]
    pub(crate) then: AsOf,
    #[command(flatten)]
    pub(crate) scope: Scope,
    #[command(flatten)]
    pub(crate) filter: Filter,
}

#[derive(Debug, Args)]
pub(crate) struct SaveArgs {
    /// The text; `-` reads it from standard input.
    #[arg(required = true)]
    pub(crate) text: Vec<String>,
    /// What it is: decision, convention, anti_pattern, insight, risk, open_thread, reference, preference, journal, checkpoint,
    /// work_item.
    #[arg(long, default_value = "insight")]
    pub(crate) kind: String,
    /// A short title.
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// A word to file it under (several times).
    #[arg(long = "keyword", value_name = "WORD")]
    pub(crate) keywords: Vec<String>,
    /// For every project, not only for this one.
    #[arg(long)]
    pub(crate) global: bool,
    /// Where it holds (several times): branch:NAME, area:NAME, file:PATH, session:ID [default: in all of the project].
    #[arg(long, value_name = "PLACE")]
    pub(crate) applies_to: Vec<String>,
    /// For a person's eyes: no agent is told of it, and no export has it.
    #[arg(long)]
    pub(crate) private: bool,
    /// The memory that it takes the place of.
    #[arg(long, value_name = "ID")]
    pub(crate) supersedes: Option<String>,
    /// What it is to another memory: relates_to, depends_on, blocks or part_of, a colon, the id (several times).
    #[arg(long = "link", value_name = "RELATION:ID")]
    pub(crate) links: Vec<String>,
    /// A file that it is about (several times).
    #[arg(long = "file", value_name = "PATH")]
    pub(crate) files: Vec<String>,
    /// A name in code that it is about (several times).
    #[arg(long = "symbol", value_name = "NAME")]
    pub(crate) symbols: Vec<String>,
    /// How much it matters, 1 (hardly) to 5 [default: 3].
    #[arg(long, value_name = "N")]
    pub(crate) importance: Option<u8>,
    /// It holds from then on, and is not recalled before: 2026-09-01, a timestamp [default: always].
    #[arg(long, value_name = "WHEN")]
    pub(crate) valid_from: Option<String>,
    /// It holds no more from then on, and is not recalled any more [default: for ever].
    #[arg(long, value_name = "WHEN")]
    pub(crate) valid_to: Option<String>,
    /// The code of an answer that asked to be asked again.
    #[arg(long, value_name = "CODE")]
    pub(crate) confirm: Option<String>,
}

/// A moment of the past.
#[derive(Debug, Args)]
pub(crate) struct AsOf {
    /// What was there then, as it was then: 3d, yesterday, 2026-09-01 (its end), a timestamp [default: now].
    #[arg(long, value_name = "WHEN")]
    pub(crate) as_of: Option<String>,
}

/// Whose memories.
#[derive(Debug, Args)]
pub(crate) struct Scope {
    /// A project by name or path [default: the one of this directory].
    #[arg(long, conflicts_with = "all")]
    pub(crate) project: Option<String>,
    /// Every project.
    #[arg(long)]
    pub(crate) all: bool,
    /// Only what was written for one place: global, project, branch:NAME, area:NAME, file:PATH, session:ID.
    #[arg(long = "scope", value_name = "PLACE")]
    pub(crate) only: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Filter {
    /// Only this kind (several times).
    #[arg(long = "kind", value_name = "KIND")]
    pub(crate) kinds: Vec<String>,
    /// Only what changed or names this file, or lies below this folder (several times).
    #[arg(long = "file", value_name = "PATH")]
    pub(crate) files: Vec<String>,
    /// Not before: 2h, 3d, yesterday, 2026-09-01.
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Not after.
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<String>,
}

/// Which project a pause is for.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// This directory's project [default].
    #[arg(long, conflicts_with = "all")]
    pub(crate) project: bool,
    /// Every project.
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Project {
    /// Every project with what it holds.
    List,
    /// Give everything of OLD to NEW (names or paths), for good.
    Merge {
        /// The project that goes.
        old: String,
        /// The project that stays.
        new: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Daemon {
    /// Run it here, in the foreground.
    Run {
        /// End after so long without client or job [default: the setting `daemon.idle`].
        #[arg(long, value_name = "TIME")]
        idle: Option<String>,
        /// Started by a client: standard input is its ready socket.
        #[arg(long, hide = true)]
        detached: bool,
    },
}

/// Reads the process's arguments; prints help or an error and ends where they ask for that.
pub(crate) fn parse() -> Cli {
    Cli::parse()
}

/// What is said of `quipu search` without words where nobody can type any, as the parser says such things; its exit
/// code is the parser's too.
pub(crate) fn nothing_to_look_for(why: &str) -> clap::Error {
    let mut command = Cli::command();
    command.build();
    let words = format!("{why}: say what to look for, `quipu search WORDS…`");
    match command.find_subcommand_mut("search") {
        Some(search) => search.error(clap::error::ErrorKind::MissingRequiredArgument, words),
        None => command.error(clap::error::ErrorKind::MissingRequiredArgument, words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }
}
