//! Opens the database: pragmas in the one right order, epoch raised, files' identity remembered.
//! It must not know who owns the lock; the caller holds it and hands in a check.
//! Invariant: `busy_timeout` is set first and read back; nothing is opened on a network file system.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

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
    /// Where verified copies of the database are kept.
    pub backups: PathBuf,
    /// A file that vectors may lie in rather than in memory: made at start, at once without a name, nobody else's. None keeps
    /// them in memory, which is right for a short while.
    pub vectors: Option<PathBuf>,
    /// Asked before every commit.
    pub fence: FenceCheck,
    /// What texts mean.
    pub embedder: Arc<dyn Embedder>,
}

/// How long SQLite itself waits for a foreign tool that holds the database.
pub(super) const BUSY: Duration = Duration::from_millis(5_000);
/// A page of a database that we make, in bytes. One that there is keeps its own.
const PAGE: i64 = 8_192;
/// A WAL file larger than this is cut when it is reset, in bytes.
pub(super) const JOURNAL_SIZE_LIMIT: u64 = 12 << 20;

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
    // Of a new database: each page that a commit changed is two writes to the journal. With 4 KiB an ingest was 5–10 % slower.
    connection.pragma_update(None, "page_size", PAGE)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // FULL: an acknowledged write survives a loss of power. macOS needs fullfsync for the same promise.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "fullfsync", cfg!(target_os = "macos"))?;
    connection.pragma_update(None, "journal_size_limit", JOURNAL_SIZE_LIMIT as i64)?;
    // Checkpoints are the writer's own decision (see wal.rs), not a side effect of some commit.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -4_096)?;
    // Each operation has a savepoint; what it would undo was written to a file, a twentieth of the time of an ingest.
    connection.pragma_update(None, "temp_store", "memory")?;
    migrate::run(&mut connection, &options.database)?;
    wait_for_others(&mut connection)?;
    Ok(connection)
}

/// Lets a writer wait for a foreign tool that holds the database: longer from try to try, up to a bound, and by chance a
/// little less, so that two who wait do not come back together for ever.
pub(super) fn wait_for_others(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_handler(Some(|tries| {
        let chance = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.subsec_nanos() % 256);
        match pause(u32::try_from(tries).unwrap_or(0), chance) {
            Some(pause) => {
                std::thread::sleep(pause);
                true
            }
            None => false,
        }
    }))
}

/// The pause after so many tries, none when they have taken long enough; `chance` is 0 to 255.
fn pause(tries: u32, chance: u32) -> Option<Duration> {
    const LONGEST: u64 = 100_000;
    let most = (1_000u64 << tries.min(16)).min(LONGEST);
    let tired = u64::from(tries) * LONGEST > BUSY.as_micros() as u64 * 5 / 4;
    (!tired).then(|| Duration::from_micros(most / 2 + most / 2 * u64::from(chance) / 255))
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

/// Opens a connection for a writer that may not write: the database is damaged, and what its WAL holds stays there.
pub(super) fn spectator(database: &Path) -> Result<Connection, StoreError> {
    let connection = reader(database)?;
    leave_wal_at_end(&connection)?;
    Ok(connection)
}

/// The last connection that closes empties the WAL into the database, which is no time to do so when that is damaged.
pub(super) fn leave_wal_at_end(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map(drop)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_end() {
        let all = |chance| (0..).map_while(|tries| pause(tries, chance)).collect::<Vec<_>>();
        let (short, long) = (all(0), all(255));
        assert!(long.windows(2).all(|two| two[0] <= two[1]) && long.iter().all(|p| *p <= Duration::from_millis(100)));
        assert!(short.iter().zip(&long).all(|(short, long)| *short == *long / 2));
        let sum: Duration = long.iter().sum();
        assert!(sum > Duration::from_secs(4) && sum < Duration::from_secs(8), "{sum:?}");
    }
}
