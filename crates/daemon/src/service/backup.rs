//! Verified copies of the database, made while it is in use.
//! It must not know how a copy is made or verified.
//! Invariant: an existing file is never overwritten; of the copies in their own folder the newest few are kept.

use std::path::{Path, PathBuf};

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::spool::make_private_dir;
use quipu_protocol::wire::repair::{BackupRequest, BackupView, BackupsReply, CopyView};
use quipu_store::read::CopyFacts;
use quipu_store::sqlite::{list_copies, name_of_copy, tidy_copies, verify_copy};

use super::{Service, fault_of};

/// So many copies are kept in their own folder.
const KEPT: usize = 5;

pub(crate) fn backup(service: &Service, request: &BackupRequest) -> Result<CopyView, Fault> {
    let folder = service.paths.backups();
    let target = match &request.target {
        Some(target) => target.clone(),
        None => {
            make_private_dir(&folder).map_err(|error| no_place(&folder, &error.to_string()))?;
            name_of_copy(&folder, &stamp())
        }
    };
    if !target.is_absolute() || target.file_name().is_none() {
        return Err(Fault::new(FaultKind::Caller, "bad_path", format!("`{}` is no absolute path", target.display()))
            .hint("name a file by its absolute path"));
    }
    if target.symlink_metadata().is_ok() {
        return Err(Fault::new(FaultKind::Conflict, "exists", format!("{} is there already", target.display()))
            .hint("name a file that is not there yet: nothing is overwritten"));
    }
    if let Some(parent) = target.parent().filter(|parent| !parent.is_dir()) {
        return Err(no_place(parent, "it is not a directory"));
    }
    let facts = service.engine.back_up(&target).map_err(fault_of)?;
    if request.target.is_none() {
        tidy_copies(&folder, KEPT);
    }
    Ok(view_of_copy(facts))
}

/// The copies in their own folder, each verified now.
pub(crate) fn backups(service: &Service) -> BackupsReply {
    let verified = |path: PathBuf| match verify_copy(&path) {
        Ok(facts) => BackupView { path, verified: true, copy: Some(view_of_copy(facts)), reason: None },
        Err(error) => BackupView { path, verified: false, copy: None, reason: Some(error.to_string()) },
    };
    BackupsReply { backups: list_copies(&service.paths.backups()).into_iter().map(verified).collect() }
}

fn no_place(dir: &Path, reason: &str) -> Fault {
    Fault::new(FaultKind::Caller, "no_place", format!("{} cannot take a backup: {reason}", dir.display()))
        .hint("name a file in a directory of your own: `quipu backup FILE`")
}

pub(crate) fn view_of_copy(facts: CopyFacts) -> CopyView {
    CopyView {
        path: facts.path,
        bytes: facts.bytes,
        schema: facts.schema,
        epoch: facts.epoch,
        memories: facts.memories,
        sessions: facts.sessions,
        last_at: facts.last_at.map(|at| at.0),
    }
}

/// The time of now as it stands in names of files: later ones sort behind.
pub(crate) fn stamp() -> String {
    jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%.3fZ").to_string()
}
