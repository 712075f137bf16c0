//! Opens the database: pragmas in the one right order, epoch raised, files' identity remembered.
//! It must not know who owns the lock; the caller holds it and hands in a check.
//! Invariant: `busy_timeout` is set first and read back; nothing is opened on a network file system.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use quipu_core::fault_point::{FaultPoint, pass};
use quipu_embed::Embedder;
use rusqlite::{Connection, OpenFlags};

use super::{filesystem, migrate};
use crate::error::StoreError;

/// Says whether the caller still holds the data directory, and why not.
pub type FenceCheck = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// Where the store is and who guards it.
#[derive(Clone)]
pub struct OpenOptions {
    /// The data directory.
    pub data: PathBuf,
    /// The database file in it.
    pub database: PathBuf,
    /// The text index's directory.
    pub index: PathBuf,
    /// Asked before every commit.
    pub fence: FenceCheck,
    /// What texts mean.
    pub embedder: Arc<dyn Embedder>,
}

/// How long SQLite itself waits for a foreign tool that holds the database.
pub(super) const BUSY: Duration = Duration::from_millis(5_000);
/// A WAL file larger than this is cut when it is reset, in bytes.
const JOURNAL_SIZE_LIMIT: i64 = 8 << 20;

/// The device and inode of a file: what the fence compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId(u64, u64);

impl FileId {
    pub(super) fn of(path: &Path) -> Result<Self, StoreError> {
        let meta = std::fs::metadata(path).map_err(StoreError::io(path))?;
        Ok(FileId(meta.dev(), meta.ino()))
    }
}

/// Opens the writer's connection and migrates.
pub(super) fn writer(options: &OpenOptions) -> Result<Connection, StoreError> {
    filesystem::refuse_network(&options.data)?;
    let mut connection = Connection::open(&options.database)?;
    prepare(&connection)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // FULL: an acknowledged write survives a loss of power. macOS needs fullfsync for the same promise.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "fullfsync", cfg!(target_os = "macos"))?;
    connection.pragma_update(None, "journal_size_limit", JOURNAL_SIZE_LIMIT)?;
    // Checkpoints are the writer's own decision (see wal.rs), not a side effect of some commit.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -4_096)?;
    // Each operation has a savepoint; what it would undo was written to a file, a twentieth of the time of an ingest.
    connection.pragma_update(None, "temp_store", "memory")?;
    migrate::run(&mut connection, &options.database)?;
    Ok(connection)
}

/// Opens a connection that cannot write.
pub(super) fn reader(database: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    prepare(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -1_024)?;
    Ok(connection)
}

/// Raises the epoch: from now on an earlier owner's commits are refused.
pub(super) fn raise_epoch(connection: &Connection) -> Result<u64, StoreError> {
    // Committed by name: on a full disk a statement that returns a row gives the row and loses the change.
    let tx = connection.unchecked_transaction()?;
    let epoch: i64 =
        tx.query_row("update meta set value = value + 1 where key = 'epoch' returning value", [], |row| row.get(0))?;
    tx.commit()?;
    pass(FaultPoint::EpochRaised);
    Ok(epoch as u64)
}

/// The epoch in the database.
pub(super) fn epoch(connection: &Connection) -> Result<u64, StoreError> {
    let epoch: i64 = connection.query_row("select value from meta where key = 'epoch'", [], |row| row.get(0))?;
    Ok(epoch as u64)
}

fn prepare(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY)?;
    let set: i64 = connection.query_row("pragma busy_timeout", [], |row| row.get(0))?;
    assert_eq!(set, BUSY.as_millis() as i64, "a connection without busy_timeout fails instead of waiting");
    // A plan does not depend on the values bound: otherwise each bind prepares the statement anew, which was a
    // third of a search's time.
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}
