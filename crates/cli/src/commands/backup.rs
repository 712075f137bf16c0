//! `quipu backup` and `quipu restore`.
//! It must not know how a copy is made or verified.
//! Invariant: a restore says how to go back.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use quipu_daemon::lifecycle::offline::{self, Owned};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::repair::{BackupRequest, CopyView};

use super::Outcome;
use super::stats::bytes;
use crate::args::repair::{BackupArgs, RestoreArgs};
use crate::connect::{self, Daemon};
use crate::dates;
use crate::output::{BAD, DIM, Form, GOOD, json, styled};

pub(super) fn backup(args: BackupArgs, form: Form) -> Result<ExitCode, Fault> {
    if args.list {
        return list(form);
    }
    let target = args.file.as_deref().map(absolute).transpose()?;
    let made: CopyView = Daemon::patient()?.ask("/v1/backup", &BackupRequest { target })?;
    if form == Form::Json {
        json(&made);
    } else {
        anstream::println!("{} {}", styled(GOOD, "verified"), made.path.display());
        anstream::println!("{}", about(&made));
    }
    Ok(ExitCode::SUCCESS)
}

/// Each copy with what is in it; exit code 1 when one is spoilt.
fn list(form: Form) -> Result<ExitCode, Fault> {
    let copies = offline::backups(&connect::paths()?);
    let is_spoilt = copies.iter().any(|(_, verified)| verified.is_err());
    if form == Form::Json {
        let shape = |(path, verified): &(PathBuf, Result<CopyView, Fault>)| match verified {
            Ok(copy) => serde_json::json!({ "path": path, "verified": true, "copy": copy }),
            Err(fault) => serde_json::json!({ "path": path, "verified": false, "reason": fault.message }),
        };
        json(&serde_json::json!({ "backups": copies.iter().map(shape).collect::<Vec<_>>() }));
    } else if copies.is_empty() {
        anstream::println!("no backups yet {}", styled(DIM, "(`quipu backup` makes one)"));
    }
    for (path, verified) in copies.iter().filter(|_| form == Form::Text) {
        match verified {
            Ok(copy) => anstream::println!("{} {}\n         {}", styled(GOOD, "verified"), path.display(), about(copy)),
            Err(fault) => anstream::println!("{} {}", styled(BAD, "spoilt  "), fault.message),
        }
    }
    Ok(if is_spoilt { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

pub(super) fn restore(args: RestoreArgs, form: Form) -> Outcome {
    let (paths, from) = (connect::paths()?, absolute(&args.file)?);
    let owned = if args.stop { Owned::Stop } else { Owned::Refuse };
    let done = offline::restore(&paths, &from, owned)?;
    if form == Form::Json {
        json(&serde_json::json!({
            "restored": done.database, "from": from, "aside": done.aside, "stopped": done.stopped,
            "forgotten": done.forgotten, "forgotten_unread": done.forgotten_unread }));
        return Ok(());
    }
    if done.stopped {
        anstream::println!("stopped the daemon");
    }
    anstream::println!("{} {} from {}", styled(GOOD, "restored"), done.database.path.display(), from.display());
    anstream::println!("{}", about(&done.database));
    if done.forgotten > 0 {
        anstream::println!("{} memories of it were forgotten since, and did not come back", done.forgotten);
    }
    if done.forgotten_unread {
        let what = "what was forgotten could not be read from the database that was there: it may be back";
        anstream::println!("{} {what}; forget it again", styled(BAD, "note:"));
    }
    if let Some(aside) = &done.aside {
        let back = format!("`quipu restore '{}' --stop` goes back to it", aside.display());
        anstream::println!("what was there is kept: {}\n{}", aside.display(), styled(DIM, &back));
    }
    anstream::println!("{}", styled(DIM, "the next command starts the daemon, which makes the text index anew"));
    Ok(())
}

fn about(copy: &CopyView) -> String {
    let newest = copy.last_at.map(|at| format!(", the newest {}", dates::human(at, &jiff::Zoned::now())));
    let newest = newest.unwrap_or_default();
    format!("{}, {} memories of {} sessions{newest}", bytes(copy.bytes), copy.memories, copy.sessions)
}

/// The daemon runs elsewhere.
fn absolute(file: &Path) -> Result<PathBuf, Fault> {
    std::path::absolute(file).map_err(|error| {
        Fault::new(FaultKind::Caller, "bad_path", format!("`{}` is no path: {error}", file.display()))
            .hint("name a file: `quipu backup FILE`")
    })
}
