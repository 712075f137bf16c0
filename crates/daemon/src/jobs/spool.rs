//! Empties the spool: at start, and whenever a hook has left something.
//! It must not know what applying an event means.
//! Invariant: a file is deleted only after its event was applied; what cannot be read is kept aside with its reason.

use std::path::{Path, PathBuf};
use std::time::Duration;

use quipu_core::fault_point::{FaultPoint, pass};
use quipu_protocol::fault::FaultKind;
use quipu_protocol::spool::{self, SPOOL_VERSION, SpoolEntry, make_private_dir};

use super::Stop;
use super::beats::Job;
use crate::service::{Service, apply_spooled};

const EVERY: Duration = Duration::from_millis(500);
/// An unfinished file older than this was left by a client that died.
const ABANDONED: Duration = Duration::from_secs(3_600);

pub(super) fn run(service: &Service, stop: &Stop) {
    let dir = service.paths().spool();
    spool::forget_refusals(&service.paths().data);
    loop {
        service.beats().beat(Job::Spool);
        // What a damaged database cannot take waits for another.
        if service.engine().damage().is_none() {
            drain(service, &dir, stop);
        }
        if stop.sleep(EVERY) {
            return;
        }
    }
}

fn drain(service: &Service, dir: &Path, stop: &Stop) {
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path()).collect();
    // Ids are made in the order of time, so this is nearly the order of events; nothing depends on it.
    files.sort();
    for file in files {
        service.beats().beat(Job::Spool);
        // The next daemon goes on: a long spool must not hold up the end of this one.
        if stop.sleep(Duration::ZERO) {
            return;
        }
        if file.extension().is_some_and(|x| x == "json") {
            apply(service, &file);
        } else if is_abandoned(&file) {
            let _ = std::fs::remove_file(&file);
        }
    }
}

fn apply(service: &Service, file: &Path) {
    let entry = match read(file) {
        Ok(Some(entry)) => entry,
        // Written by a newer version: it will know what to do with it.
        Ok(None) => return,
        Err(reason) => return quarantine(file, &reason),
    };
    pass(FaultPoint::DrainRead);
    match apply_spooled(service, &entry) {
        Ok(()) => {
            pass(FaultPoint::DrainApplied);
            if service.engine().fence().is_ok() {
                let _ = std::fs::remove_file(file);
                pass(FaultPoint::DrainDeleted);
            }
        }
        Err(fault) if fault.kind == FaultKind::Caller => quarantine(file, &fault.message),
        // Not the file's fault: it is tried again.
        Err(fault) => tracing::warn!(code = fault.code, "a spooled event could not be applied yet: {}", fault.message),
    }
}

fn read(file: &Path) -> Result<Option<SpoolEntry>, String> {
    let bytes = std::fs::read(file).map_err(|e| e.to_string())?;
    let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(|e| format!("not JSON: {e}"))?;
    match value.get("version").and_then(serde_json::Value::as_u64) {
        Some(version) if version > u64::from(SPOOL_VERSION) => Ok(None),
        Some(_) => serde_json::from_value(value).map(Some).map_err(|e| format!("not a spool entry: {e}")),
        None => Err("no version".to_owned()),
    }
}

fn quarantine(file: &Path, reason: &str) {
    let (Some(dir), Some(name)) = (file.parent().map(|d| d.join("quarantine")), file.file_name()) else { return };
    tracing::warn!(file = %file.display(), reason, "a spooled event cannot be read and is kept aside");
    let moved = make_private_dir(&dir).and_then(|()| std::fs::rename(file, dir.join(name)));
    if moved.is_ok() {
        let _ = std::fs::write(dir.join(name).with_extension("reason"), reason);
    }
}

fn is_abandoned(file: &Path) -> bool {
    let age =
        std::fs::metadata(file).ok().filter(std::fs::Metadata::is_file).and_then(|m| m.modified().ok()?.elapsed().ok());
    age.is_some_and(|age| age > ABANDONED)
}
