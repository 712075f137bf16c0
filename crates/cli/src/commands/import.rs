//! `quipu import`: what other programs remembered, read on one thread and sent some at a time on another.
//! It must not know their formats (see `agents::import`) nor the store.
//! Invariant: what cannot be read stops nothing but itself; what was sent is never read back, so a second run costs
//! reading and nothing else.

mod list;
mod read;
mod report;
mod send;
mod walk;

use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;

use quipu_protocol::env::Env;
use quipu_protocol::fault::{Fault, FaultKind};

use super::Outcome;
use crate::args::import::ImportArgs;
use crate::connect::Daemon;
use crate::output::Form;

use report::Report;

/// Batches that may wait between reading and sending.
const WAITING: usize = 2;

/// What is asked for.
struct Wanted {
    source: String,
    path: PathBuf,
    include_all: bool,
    /// A folder of the user's own, for what must be copied before it can be read.
    aside: PathBuf,
    home: Option<PathBuf>,
}

pub(super) fn import(args: ImportArgs, form: Form) -> Outcome {
    let env = Env::read();
    let Some(source) = args.source.clone() else { return list::list(&env, form) };
    if let Some(done) = own(&source, &args, form) {
        return done;
    }
    let path = match &args.path {
        Some(path) => path.clone(),
        None => list::usual(&source, &env).ok_or_else(|| {
            Fault::new(FaultKind::Caller, "no_path", format!("nobody knows where {source} keeps its memories here"))
                .hint(format!("say it: `quipu import {source} PATH`; `quipu import --list` shows what was found"))
        })?,
    };
    let found = std::fs::canonicalize(&path).map_err(|e| no_such_path(&path, &e))?;
    let placing = send::Placing::new(&args, &found)?;
    let daemon = Daemon::patient()?;
    let wanted = Wanted {
        source,
        path: found,
        include_all: args.include_all,
        aside: crate::connect::paths()?.data,
        home: env.home,
    };
    let report = std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(WAITING);
        let reader = scope.spawn(|| read::read(&wanted, read::Sink::new(sender)));
        let sent = send::all(daemon, &wanted.source, placing, args.dry_run, form, receiver);
        // A reader that has nobody to read for ends by itself.
        let read = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let report = sent?;
        read.map(|()| report)
    })?;
    report.print(form);
    Ok(())
}

/// Records come back another way: with revisions, and states that only quipu has.
fn own(source: &str, args: &ImportArgs, form: Form) -> Option<Outcome> {
    if source != "jsonl" {
        return None;
    }
    let caller =
        |code: &str, message: String, hint: &str| Some(Err(Fault::new(FaultKind::Caller, code, message).hint(hint)));
    let Some(path) = &args.path else {
        return caller("no_path", format!("nothing says what {source} is to be read"), "name the folder or the file");
    };
    if args.project.is_some() || !args.maps.is_empty() || args.dry_run || args.include_all || args.global {
        let message = format!("what quipu wrote as {source} says itself whose it is");
        return caller("contradiction", message, "leave the flags out");
    }
    Some(super::export::import(path, form))
}

fn no_such_path(path: &Path, error: &std::io::Error) -> Fault {
    Fault::new(FaultKind::Missing, "no_such_path", format!("{}: {error}", path.display()))
        .hint("name a folder, file or database that is there; `quipu import --list` shows what was found")
}
