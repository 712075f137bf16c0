//! `quipu export`: memories as files. What is asked of the daemon, and where an answer is written to.
//! It must not know a format (see the rooms below).
//! Invariant: a file is replaced whole or not at all, and nothing is written into the data directory.

mod html;
mod jsonl;
mod markdown;
mod page;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::folder;
use quipu_protocol::wire::search::PageRequest;
use tempfile::NamedTempFile;

use super::Outcome;
use crate::args::AsOf;
use crate::args::export::{Export, Part};
use crate::connect;
use crate::dates::Edge;
use crate::output::Form;

pub(super) use jsonl::import;

pub(super) fn export(wanted: Export, form: Form) -> Outcome {
    match wanted {
        Export::Markdown { dir, part, then, prune, overwrite } => {
            let spans = part.scope.all;
            let request = PageRequest { as_of: moment(&then)?, ..request(part) };
            markdown::markdown(&dir, request, (spans, prune, overwrite), form)
        }
        Export::Jsonl { file, part, history } => jsonl::export(&file, PageRequest { history, ..request(part) }, form),
        Export::Html { file, part, then, limit } => {
            let request = PageRequest { as_of: moment(&then)?, ..request(part) };
            html::html(&file, request, limit, form)
        }
    }
}

fn moment(then: &AsOf) -> Result<Option<i64>, Fault> {
    super::when(then.as_of.as_deref(), Edge::End)
}

fn request(part: Part) -> PageRequest {
    let Part { scope, kinds, include_archived, include_private } = part;
    PageRequest { scope: super::scope(scope), kinds, include_archived, include_private, ..PageRequest::default() }
}

/// The fault of a place that cannot be written to.
fn cannot(path: &Path, error: &io::Error) -> Fault {
    Fault::new(FaultKind::Caller, "cannot_write", format!("{}: {error}", path.display()))
        .hint("name a place that this user can write to")
}

/// Refuses what lies in the data directory: files there are quipu's own.
fn outside_data(path: &Path) -> Outcome {
    let data = connect::paths()?.data;
    if !folder::is_inside(path, &data) {
        return Ok(());
    }
    let message = format!("{} lies in quipu's data directory, where nothing is kept but its own files", path.display());
    Err(Fault::new(FaultKind::Caller, "data_directory", message).hint("name another place"))
}

/// Where one file is written to.
enum Sink {
    Stdout(BufWriter<io::Stdout>),
    /// It has its name when it is whole.
    File(BufWriter<NamedTempFile>, PathBuf),
}

impl Sink {
    /// Opens a file that is to be written, or standard output for `-`.
    fn open(path: &Path) -> Result<Self, Fault> {
        if path == Path::new("-") {
            return Ok(Sink::Stdout(BufWriter::new(io::stdout())));
        }
        outside_data(path)?;
        if path.is_dir() {
            return Err(cannot(path, &io::Error::other("it is a folder")));
        }
        let above = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = NamedTempFile::new_in(above).map_err(|e| cannot(path, &e))?;
        Ok(Sink::File(BufWriter::new(file), path.to_owned()))
    }

    /// Whether the report goes elsewhere, because what is exported is on standard output.
    fn is_stdout(&self) -> bool {
        matches!(self, Sink::Stdout(_))
    }

    fn write(&mut self, text: &str) -> Result<(), Fault> {
        match self {
            Sink::Stdout(out) => out.write_all(text.as_bytes()).map_err(|e| cannot(Path::new("-"), &e)),
            Sink::File(out, path) => out.write_all(text.as_bytes()).map_err(|e| cannot(path, &e)),
        }
    }

    /// Gives the file its name.
    fn finish(self) -> Outcome {
        match self {
            Sink::Stdout(mut out) => out.flush().map_err(|e| cannot(Path::new("-"), &e)),
            Sink::File(out, path) => {
                let whole = || -> io::Result<()> {
                    let file = out.into_inner().map_err(|e| e.into_error())?;
                    file.as_file().sync_all()?;
                    file.persist(&path).map(drop::<File>).map_err(|e| e.error)
                };
                whole().map_err(|e| cannot(&path, &e))
            }
        }
    }
}
