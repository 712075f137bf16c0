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

/// The store below `paths`; `fence` says whether whoever opens it still may write.
pub(crate) fn options(paths: &Paths, fence: FenceCheck) -> OpenOptions {
    OpenOptions {
        data: paths.data.clone(),
        database: paths.database(),
        index: paths.index(),
        backups: paths.backups(),
        fence,
        embedder: Arc::new(StaticModel::bundled()),
    }
}

/// Opens it as the holder of `lock`.
pub(super) fn open(paths: &Paths, lock: &OwnerLock) -> Result<SqliteEngine, Fault> {
    let opened = SqliteEngine::open(options(paths, Arc::new(lock.fence())));
    // Indexers of the operating system keep off the folder when they find this.
    let _ = std::fs::write(paths.data.join(".metadata_never_index"), "");
    opened.map_err(service::fault_of)
}
