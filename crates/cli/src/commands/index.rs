//! `quipu index`: asks for past transcripts and shows how far it has come.
//! It must not know how they are read; the daemon does it, and goes on if this process ends.
//! Invariant: ends when everything asked for has been read or has failed.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::daemon::{IndexReply, IndexRequest, IngestProgress};

use super::Outcome;
use super::stats::bytes;
use crate::connect::{self, Daemon};
use crate::output::{BAD, DIM, Form, json, styled};

pub(super) fn index(paths: Vec<PathBuf>, no_wait: bool, form: Form) -> Outcome {
    if no_wait && connect::is_alone() {
        let message = "without a daemon nobody reads on when this command ends";
        return Err(Fault::new(FaultKind::Caller, "nobody_reads_on", message)
            .hint("leave out `--no-wait`, or `--no-daemon` (and QUIPU_NO_DAEMON)"));
    }
    let mut daemon = Daemon::new()?;
    let before: IngestProgress = daemon.get("/v1/index")?;
    let request = IndexRequest { paths: absolute(paths)? };
    let asked: IndexReply = daemon.write("/v1/index", &request)?;
    let mut now: IngestProgress = daemon.get("/v1/index")?;
    let live = form == Form::Text && std::io::stderr().is_terminal();
    while !no_wait && (now.waiting > 0 || now.current.is_some()) {
        now = daemon.get("/v1/index/settled")?;
        if live {
            let done = (now.files_done - before.files_done.min(now.files_done)).min(asked.files);
            anstream::eprint!(
                "\r{} {done} of {} transcripts, {} memories",
                styled(DIM, "reading"),
                asked.files,
                now.stored - before.stored.min(now.stored)
            );
        }
    }
    if live {
        anstream::eprintln!();
    }
    let mut delta = since(&before, now);
    // Failures of other transcripts are `status`' to tell.
    let is_asked = |path: &Path| request.paths.is_empty() || request.paths.iter().any(|root| path.starts_with(root));
    delta.failed.retain(|(path, _)| is_asked(path));
    if form == Form::Json {
        json(
            &serde_json::json!({ "files": asked.files, "bytes": asked.bytes, "denied": asked.denied, "waited": !no_wait, "progress": delta }),
        );
        return Ok(());
    }
    if no_wait {
        anstream::println!(
            "{} transcripts are being read {}",
            asked.files,
            styled(DIM, "(`quipu status` shows how far)")
        );
        return Ok(());
    }
    anstream::println!(
        "{} transcripts, {} read: {} memories stored, {} known already, {} records not kept, {} secrets redacted",
        asked.files,
        bytes(delta.bytes_done),
        delta.stored + delta.merged,
        delta.duplicate,
        delta.skipped,
        delta.redactions,
    );
    if asked.denied > 0 {
        anstream::println!("{} transcripts are denied by the setting `ingest.deny` and not read", asked.denied);
    }
    if delta.denied > 0 {
        anstream::println!("{} turns were said where settings deny it and not kept", delta.denied);
    }
    if delta.forgotten > 0 {
        anstream::println!("{} turns or transcripts were forgotten, and stay so", delta.forgotten);
    }
    if delta.paused > 0 {
        anstream::println!("{} turns were said during a pause and not kept", delta.paused);
    }
    for (path, reason) in &delta.failed {
        anstream::println!("{} {}: {reason}", styled(BAD, "failed"), path.display());
    }
    Ok(())
}

fn absolute(paths: Vec<PathBuf>) -> Result<Vec<PathBuf>, Fault> {
    paths
        .into_iter()
        .map(|path| {
            std::fs::canonicalize(&path)
                .map_err(|e| Fault::new(FaultKind::Missing, "no_such_path", format!("{}: {e}", path.display())))
        })
        .collect()
}

/// What has happened between two looks; a daemon that was replaced in between counts from zero.
fn since(before: &IngestProgress, now: IngestProgress) -> IngestProgress {
    let minus = |now: u64, before: u64| now.checked_sub(before).unwrap_or(now);
    IngestProgress {
        files_done: minus(now.files_done, before.files_done),
        bytes_done: minus(now.bytes_done, before.bytes_done),
        stored: minus(now.stored, before.stored),
        duplicate: minus(now.duplicate, before.duplicate),
        merged: minus(now.merged, before.merged),
        skipped: minus(now.skipped, before.skipped),
        paused: minus(now.paused, before.paused),
        denied: minus(now.denied, before.denied),
        forgotten: minus(now.forgotten, before.forgotten),
        redactions: minus(now.redactions, before.redactions),
        ..now
    }
}
