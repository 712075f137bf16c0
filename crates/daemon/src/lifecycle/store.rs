//! Where the store of a data directory lies, and how its owner opens it.
//! It must not know who serves it.
//! Invariant: one place says which files and which model a data directory has.

use std::sync::Arc;

use quipu_embed::StaticModel;
use quipu_protocol::fault::Fault;
use quipu_protocol::paths::Paths;
use quipu_store::sqlite::{FenceCheck, OpenOptions, SqliteEngine};

use super::lock::OwnerLock;
use crate::service;

/// How long the store is kept open.
#[derive(Debug, Clone, Copy)]
pub(super) enum Length {
    /// For as long as a daemon is needed.
    Daemon,
    /// For one command.
    Command,
}

/// The store below `paths`; `fence` says whether whoever opens it still may write.
pub(crate) fn options(paths: &Paths, fence: FenceCheck) -> OpenOptions {
    OpenOptions {
        data: paths.data.clone(),
        database: paths.database(),
        index: paths.index(),
        backups: paths.backups(),
        vectors: None,
        fence,
        embedder: Arc::new(StaticModel::bundled()),
    }
}

/// Opens it as the holder of `lock`. A daemon has a file for vectors, so that most of them count as memory that can be taken
/// back; for the length of one command that would be so much written for nothing.
pub(super) fn open(paths: &Paths, lock: &OwnerLock, length: Length) -> Result<SqliteEngine, Fault> {
    let vectors = match length {
        Length::Daemon => Some(paths.vectors()),
        Length::Command => None,
    };
    let opened = SqliteEngine::open(OpenOptions { vectors, ..options(paths, Arc::new(lock.fence())) });
    // Indexers of the operating system keep off the folder when they find this.
    let _ = std::fs::write(paths.data.join(".metadata_never_index"), "");
    opened.map_err(service::fault_of)
}
