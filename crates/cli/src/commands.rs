//! Runs what was typed: one file per family of commands.
//! It must not know how the daemon finds answers.
//! Invariant: a command either prints its answer or returns the fault that is printed here.

mod agents;
mod backup;
mod change;
mod config;
mod context;
mod daemon;
mod deferred;
mod doctor;
mod embed;
mod events;
mod export;
mod forget;
mod http;
mod import;
mod index;
mod install;
mod lease;
mod mail;
mod memories;
mod mirror;
mod places;
mod redact;
mod role;
mod search;
mod stats;
mod together;
mod usage;
mod why;
mod work;

pub(crate) use config::pushes;
use std::process::ExitCode;

use jiff::Zoned;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::search::ScopeParams;

use crate::args::http::Http;
use crate::args::{AsOf, Cli, Command, Daemon, Project, Scope};
use crate::dates::Edge;
use crate::output::{self, Form};
use crate::{connect, demo, hook, mcp};

pub(crate) use memories::{facts, part};
pub(crate) use search::reason;

type Outcome = Result<(), Fault>;

/// Runs a command; the exit code says whose move it is after a failure.
pub(crate) fn run(cli: Cli) -> ExitCode {
    let form = if cli.json { Form::Json } else { Form::Text };
    if cli.no_daemon {
        connect::start_no_daemon();
    }
    let done = config::flags(&cli.sets).and_then(|flags| dispatch(cli.command, &flags, form));
    match done {
        Ok(code) => code,
        Err(fault) => {
            output::fault(&fault, form);
            ExitCode::from(fault.kind.exit_code())
        }
    }
}

fn dispatch(command: Command, flags: &config::Flags, form: Form) -> Result<ExitCode, Fault> {
    // These read settings themselves; of the others only the daemon does.
    let reads = matches!(command, Command::Search(_) | Command::Config(_) | Command::Hook { .. } | Command::Daemon(_));
    if !reads && let Some((name, _)) = flags.first() {
        return Err(Fault::new(FaultKind::Caller, "no_setting", format!("this command does not read `{name}`"))
            .hint("leave `--set` out; `quipu config set` changes it for all"));
    }
    match command {
        Command::Search(args) => return search::search(args, flags, form),
        Command::Show { id, then } => memories::show(&id, &then, form)?,
        Command::Timeline(args) => memories::timeline(args, form)?,
        Command::Save(args) => memories::save(args, form)?,
        Command::Update(args) => change::update(*args, form)?,
        Command::Merge(args) => together::merge(args, form)?,
        Command::Aggregate(args) => together::aggregate(args, form)?,
        Command::Undo(args) => together::undo(args, form)?,
        Command::History { id, then } => change::history(&id, &then, form)?,
        Command::Context { budget, task, project } => context::context(budget, task, project, form)?,
        Command::Work(args) => work::work(args, form)?,
        Command::Lease(args) => return lease::lease(*args, form),
        Command::Role(args) => role::role(args, form)?,
        Command::Link(args) => work::link(args, false, form)?,
        Command::Unlink(args) => work::link(args, true, form)?,
        Command::Agents(args) => agents::agents(args, form)?,
        Command::Events(args) => events::events(args, form)?,
        Command::Send(args) => mail::send(args, form)?,
        Command::Reply(args) => mail::reply(args, form)?,
        Command::Inbox(args) => mail::inbox(args, form)?,
        Command::Ack(args) => mail::ack(args, form)?,
        Command::Thread(args) => mail::thread(args, form)?,
        Command::Forget(args) => return forget::forget(args, form),
        Command::Redact(wanted) => return redact::redact(wanted, form),
        Command::Why(args) => why::why(args, form)?,
        Command::Hush(args) => why::hush(args, form)?,
        Command::Stats(args) if args.injections => usage::usage(args, form)?,
        Command::Stats(_) => stats::stats(form)?,
        Command::Index { paths, no_wait } => index::index(paths, no_wait, form)?,
        Command::Embed { texts, query } => embed::embed(texts, query, form)?,
        Command::Import(args) => import::import(args, form)?,
        Command::Export(wanted) => export::export(wanted, form)?,
        Command::Mirror(wanted) => return mirror::mirror(wanted, form),
        Command::Project(Project::List) => places::list(form)?,
        Command::Project(Project::Merge { old, new }) => places::merge(old, new, form)?,
        Command::Pause { place, length } => places::pause(&place, length.as_deref(), form)?,
        Command::Resume { place } => places::resume(&place, form)?,
        Command::Install(args) => return install::install(&args, form),
        Command::Uninstall(args) => install::uninstall(&args, form)?,
        Command::Config(wanted) => config::config(wanted, flags, form)?,
        Command::Http { wanted } => http::http(wanted.unwrap_or(Http::Status), form)?,
        Command::Doctor { fix } => return doctor::doctor(fix, form),
        Command::Backup(args) => return backup::backup(args, form),
        Command::Restore(args) => backup::restore(args, form)?,
        Command::Up => daemon::up(form)?,
        Command::Down => daemon::down(form)?,
        Command::Status => daemon::status(form)?,
        Command::Logs { lines } => daemon::logs(lines)?,
        Command::Daemon(Daemon::Run { idle, detached }) => daemon::run(idle.as_deref(), flags, detached)?,
        Command::Mcp { project, tools } => mcp::run(project, tools)?,
        Command::Demo => demo::demo()?,
        // Reached only when flags stand before the word; `main` takes the usual way.
        Command::Hook { agent } => {
            return Ok(hook::run(std::time::Instant::now(), std::iter::once(agent.into()), flags));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The directory that commands are about when they name no project.
fn cwd() -> Option<String> {
    std::env::current_dir().ok().map(|dir| dir.to_string_lossy().into_owned())
}

/// A project as it was typed: a path is made absolute here, for the daemon runs elsewhere.
fn project(typed: String) -> String {
    match std::fs::canonicalize(&typed) {
        Ok(path) if typed.contains('/') || typed == "." => path.to_string_lossy().into_owned(),
        _ => typed,
    }
}

fn scope(scope: Scope) -> ScopeParams {
    let project = scope.project.map(project);
    ScopeParams { all: scope.all, project, cwd: cwd(), only: scope.only.map(place) }
}

/// Places as they were typed, as one list; none where nothing was.
fn places(typed: Vec<String>) -> Option<String> {
    let places: Vec<String> = typed.into_iter().map(place).collect();
    (!places.is_empty()).then(|| places.join(", "))
}

/// A place as it was typed. A file that is there, seen from here, is meant as such; any other path is from the project's
/// root on, which the daemon knows.
fn place(typed: String) -> String {
    let path = typed.strip_prefix("file:").map(str::trim);
    match path.and_then(|path| std::fs::canonicalize(path).ok()) {
        Some(path) => format!("file:{}", path.display()),
        None => typed,
    }
}

fn when(text: Option<&str>, edge: Edge) -> Result<Option<i64>, Fault> {
    text.map(|t| crate::dates::parse(t, edge, &Zoned::now()))
        .transpose()
        .map_err(|message| Fault::new(FaultKind::Caller, "bad_time", message))
}

/// A moment of the past behind the `?` of a path, where one was named.
fn as_of(then: &AsOf) -> Result<String, Fault> {
    let at = when(then.as_of.as_deref(), Edge::End)?;
    Ok(at.map(|at| format!("?as_of={at}")).unwrap_or_default())
}

/// The short name of a project's path.
pub(crate) fn project_name(path: &str) -> String {
    quipu_core::memory::ProjectKey(path.to_owned()).name().to_owned()
}
