//! Databases of other programs, and the queues beside them.
//! It must not know SQL, nor what a row says.
//! Invariant: a database is opened once, to be read, and closed before this returns.

use std::ops::ControlFlow;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use quipu_agents::import::brainlayer::{BrainLayer, Classes};
use quipu_agents::import::claude_mem::{self, ClaudeMem};
use quipu_agents::import::database::Database;
use quipu_agents::import::orchestrator::{self, Orchestrator};
use quipu_agents::import::{Given, Place, Record};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_store::foreign::{Foreign, ForeignError, TOO_LONG};

use super::super::Wanted;
use super::super::walk::{self, Within};
use super::{Reading, Sink, Unheard, ends_with, lines, name_of};

/// Reads the source's database, or each of those in its folder.
pub(super) fn read(wanted: &Wanted, sink: &mut Sink) -> Result<Reading, Fault> {
    let files = files(&wanted.path)?;
    for file in &files {
        let read = match wanted.source.as_str() {
            claude_mem::SOURCE => rows(&mut ClaudeMem::default(), file, wanted, sink)?,
            orchestrator::SOURCE => rows(&mut Orchestrator::of(owner(file)), file, wanted, sink)?,
            _ => {
                let classes = if wanted.include_all { Classes::All } else { Classes::Knowledge };
                let mut brainlayer = BrainLayer(classes);
                if ends_with(file, "jsonl") {
                    queue(&brainlayer, file, sink)
                } else {
                    rows(&mut brainlayer, file, wanted, sink)?
                }
            }
        };
        if read.is_err() {
            return Ok(Err(Unheard));
        }
    }
    Ok(Ok(()))
}

/// The databases and queues at `path`.
fn files(path: &Path) -> Result<Vec<PathBuf>, Fault> {
    let is_wanted = |path: &Path| {
        let in_queue = path.parent().is_some_and(|parent| parent.ends_with("queue"));
        let is_queue = ends_with(path, "jsonl") && (in_queue || name_of(path) == "pending-stores.jsonl");
        is_queue || ends_with(path, "db") && name_of(path) != "agent_channel.db"
    };
    let found = walk::files(path, Within::All, is_wanted).map_err(|e| super::no_such_path(path, &e))?;
    if found.is_empty() {
        let message = format!("{} holds no database", path.display());
        return Err(Fault::new(FaultKind::Missing, "no_database", message).hint("name the file itself"));
    }
    Ok(found)
}

/// Whose notes an orchestrator's database holds: those of the project that it lies in, or the user's.
fn owner(file: &Path) -> Place {
    if name_of(file) == "global.db" {
        return Place::Everywhere;
    }
    let folder = file.parent().filter(|folder| folder.file_name().is_some_and(|name| name == ".orchestrator"));
    match folder.and_then(Path::parent) {
        Some(project) => Place::Directory(project.to_string_lossy().into_owned()),
        None => Place::Asked,
    }
}

/// Hands on the rows of every table that is read.
fn rows(of: &mut dyn Database, file: &Path, wanted: &Wanted, sink: &mut Sink) -> Result<Reading, Fault> {
    let place: Arc<str> = file.to_string_lossy().into();
    let unreadable = |error: ForeignError| unreadable(file, error);
    let mut aside = None;
    let opened = Foreign::open(file, || {
        let dir = &wanted.aside;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let made = aside.insert(tempfile::Builder::new().prefix("import-").tempdir_in(dir)?);
        Ok(made.path().to_owned())
    });
    let foreign = opened.map_err(unreadable)?;
    // What was copied stays open; its names need not stay, so that nothing is left behind whatever happens.
    drop(aside);
    sink.batch.files += 1;
    let (table, column) = of.mark();
    if !foreign.columns(table).map_err(unreadable)?.iter().any(|found| found == column) {
        let message = format!("{place} has no table `{table}` with a column `{column}`: it is none of {}", of.source());
        return Err(
            Fault::new(FaultKind::Caller, "other_database", message).hint("`quipu import --list` shows what was found")
        );
    }
    for table in of.tables() {
        let mut read: Reading = Ok(());
        let ended = foreign.each(table, &mut |number, fields| {
            sink.batch.bytes +=
                fields.values().filter_map(|value| value.as_str()).map(|text| text.len() as u64).sum::<u64>();
            read = if fields.contains_key(TOO_LONG) {
                sink.damaged(&format!("{place}: {table} {number}"), "a row longer than 16 MB")
            } else {
                match of.row(table, number, Record(&fields)) {
                    None => Ok(()),
                    Some(given) => sink.given(&place, given),
                }
            };
            if read.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if read.is_err() {
            return Ok(Err(Unheard));
        }
        if let Err(error) = ended {
            // What came before the damage is sent; what comes behind it nobody can tell.
            sink.doubt(&place, format!("table `{table}`: {error}"));
            if sink.passed_over("a damaged table").is_err() {
                return Ok(Err(Unheard));
            }
        }
    }
    Ok(Ok(()))
}

fn queue(of: &BrainLayer, file: &Path, sink: &mut Sink) -> Reading {
    let place: Arc<str> = file.to_string_lossy().into();
    sink.batch.files += 1;
    lines::each(file, u64::MAX, sink, &mut |sink, line, number| match of.queued(line, number) {
        _ if line.iter().all(u8::is_ascii_whitespace) => Ok(()),
        Given::Nothing("unreadable") => sink.damaged(&format!("{place}:{number}"), "unreadable"),
        given => sink.given(&place, given),
    })
}

fn unreadable(file: &Path, error: ForeignError) -> Fault {
    let message = format!("{}: {error}", file.display());
    match error {
        ForeignError::Busy(_) => {
            Fault::new(FaultKind::Busy, "in_use", message).hint("end the program that writes to it, then import again")
        }
        ForeignError::Io { .. } => {
            Fault::new(FaultKind::Caller, "unreadable", message).hint("name a database that this user can read")
        }
        ForeignError::Unreadable(_) => Fault::new(FaultKind::Caller, "unreadable", message)
            .hint("name the database of that program; `quipu import --list` shows what was found"),
    }
}
